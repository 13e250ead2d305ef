"""The figures of a comparison as a page with a table and two plots."""

import math
import os
import platform
from pathlib import Path

INK, GRID, PASS, FLOOR = "#333", "#ddd", "#1f6f8b", "#c8553d"


def machine():
    with open("/proc/cpuinfo", encoding="utf-8") as file:
        name = next((line.split(":", 1)[1].strip() for line in file if line.startswith("model name")), platform.machine())
    with open("/proc/meminfo", encoding="utf-8") as file:
        memory = int(next(line for line in file if line.startswith("MemTotal")).split()[1]) / 1024 / 1024
    return f"{os.cpu_count()} × {name}, {memory:.0f} GiB"


def chart(left, title, unit, points, places, lines):
    """One plot, 400 wide: points at their places (0 to 1) on the horizontal axis, a line for each list of seconds."""
    top = max(max(values) for _, _, values in lines) * 1.1
    x = lambda at: left + 60 + places[at] * 300
    y = lambda value: 250 - value / top * 190
    parts = [f'<text x="{left + 30}" y="28" font-weight="bold">{title}</text>']
    for step in range(5):
        value = top * step / 4
        parts.append(f'<line x1="{left + 60}" x2="{left + 360}" y1="{y(value):.1f}" y2="{y(value):.1f}" stroke="{GRID}"/>')
        parts.append(f'<text x="{left + 54}" y="{y(value) + 4:.1f}" text-anchor="end">{value:.1f}</text>')
    parts.append(f'<text x="{left + 30}" y="46">s</text>')
    for at, point in enumerate(points):
        parts.append(f'<text x="{x(at):.1f}" y="270" text-anchor="middle">{point}</text>')
    parts.append(f'<text x="{left + 210}" y="288" text-anchor="middle">{unit}</text>')
    for name, colour, values in lines:
        path = " ".join(f"{x(at):.1f},{y(value):.1f}" for at, value in enumerate(values))
        parts.append(f'<polyline points="{path}" fill="none" stroke="{colour}" stroke-width="2"/>')
        parts += [f'<circle cx="{x(at):.1f}" cy="{y(value):.1f}" r="3" fill="{colour}"/>' for at, value in enumerate(values)]
        parts.append(f'<text x="{x(len(values) - 1) + 6:.1f}" y="{y(values[-1]) + 4:.1f}" fill="{colour}">{name}</text>')
    return parts


def plot(figures):
    by_lines = [run for run in figures["lines"] if run["threads"] == 2]
    most = max(run["lines"] for run in by_lines)
    parts = chart(0, "processor time by lines", "million lines", [f"{run['lines'] / 1e6:.1f}" for run in by_lines],
                  [run["lines"] / most for run in by_lines],
                  [("pass", PASS, [run["cpu"] for run in by_lines]), ("floor", FLOOR, [run["floor_cpu"] for run in by_lines])])
    by_rules = figures["rules"]
    first, last = (math.log(by_rules[at]["rules"]) for at in (0, -1))
    parts += chart(470, "processor time by rules (logarithmic)", "rules", [f"{run['rules']:,}" for run in by_rules],
                   [(math.log(run["rules"]) - first) / (last - first) for run in by_rules],
                   [("pass", PASS, [run["cpu"] for run in by_rules]), ("floor", FLOOR, [run["floor_cpu"] for run in by_rules])])
    body = "\n".join(parts)
    return f"""<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 960 300" font-family="sans-serif" font-size="12" fill="{INK}">
<rect width="960" height="300" fill="#fff"/>
{body}
</svg>
"""


def page(figures):
    rows = []
    twice = [figures["twice"]] if "twice" in figures else []
    for run in [*figures["lines"], *twice, *figures["rules"]]:
        rows.append(f"| {run['lines'] / 1e6:.1f} M | {run['rules']:,} | {run['threads']} | {run['hits']:,} | {run['seconds']:.1f} | {run['floor']:.1f} | "
                    f"{run['cpu']:.1f} | {run['floor_cpu']:.1f} | {run['cpu'] / run['floor_cpu']:.1f} | {run['peak_mb']} MB |")
    ours = {run["months"]: run for run in figures["lines"] if run["threads"] == 2}
    sixty, single, merged = figures["single"]
    of_all = sorted(figures["duckdb"] + figures["datafusion"], key=lambda run: run["months"])
    against = [(merged_rules(ours[run["months"]], run), ours[run["months"]], run) for run in of_all]
    against += [("60 rules, one query a rule", sixty, single), ("60 rules, merged", sixty, merged)]
    others = [f"| {ours['lines'] / 1e6:.1f} M | {what} | {theirs.get('engine', 'DuckDB')} | {theirs['queries']} | {ours['seconds']:.1f} | "
              f"{theirs['seconds']:.1f} | {theirs['seconds'] / ours['seconds']:.0f} | {ours['cpu']:.1f} | {theirs['cpu']:.1f} | "
              f"{theirs['cpu'] / ours['cpu']:.1f} | {theirs['peak_mb']} MB |"
              for what, ours, theirs in against]
    failed = [f"| {run['months']} | {kinds.replace('+', ', ')} | {why.replace('|', '/')} |"
              for run in figures["datafusion"] for kinds, why in run["failed"].items()]
    numbering = ", ".join(f"{run['by_kind_seconds']['visits']:.1f} s over {run['months']} months"
                          for run in figures["datafusion"] if run["engine"] == "DataFusion")
    after = figures["next"]
    months = [f"| {run['what']} | {run['lines'] / 1e6:.1f} M | {run['fresh_lines'] / 1e6:.1f} M | {run['seconds']:.1f} | {run['cpu']:.1f} | {run['peak_mb']} MB |"
              for run in after["runs"]]
    new = "\n"
    return f"""# The claims pass, measured

Made by `bench/claims/compare.py` (`bench/README.md` has the command). {machine()}; seconds are by the
clock, CPU s of user and system in all threads. Each figure is the least of two runs, pass and floor in turn. One city of {max(run['lines'] for run in figures['lines']):,} lines;
fewer lines are its first months{"; more, a city of twice as many patients" if twice else ""}. The floor decodes the columns that the pass reads and does nothing with them.

![processor time by lines and by rules](claims-bench.svg)

| lines | rules | threads | hits | pass s | floor s | pass CPU s | floor CPU s | ratio of CPU | peak memory of the pass |
|---|---|---|---|---|---|---|---|---|---|
{new.join(rows)}

The rules of the second half are 60 and 600 drawn from all kinds with all their versions, the national library with the shipped rules, and that with further rules whose items are
drawn as often as the library has them. Items drawn by chance hit people whom nobody meant: there the time is that of the hits, which are counted and not held.

## The next month

Each run keeps what months show (`docs/claims.md`). {after['kept_mb']} MB are kept beside {after['claims_mb']} MB of claims. The hits of the last three rows are the same, or the script stops.

| run | lines | lines read | s | CPU s | peak memory |
|---|---|---|---|---|---|
{new.join(months)}

## Beside DuckDB and DataFusion

The aims are 1.5 times the floor, 400 MB, six times as fast as merged SQL and fifteen times as fast as a query a rule. A ratio of more than 1.5 above, and less than six times (a query a rule: fifteen) below, is an aim that was missed.

Both read the same files with two threads or partitions: `merged.py` asks once a kind for all its rules, after joining visits with patients once (counted); the making of
the tables of rules is not counted. Their hits are the same, kind by kind, or the script stops. DataFusion is asked by its Python package in the same words where it knows them (`fusion.py`).
It does not know the number of a row, so pyarrow numbers visits and patients before they are joined; with that the joining took {numbering}, which is counted.

| lines | what | engine | queries | ours s | theirs s | times | ours CPU s | their CPU s (with tables of rules) | times, by CPU | their peak memory |
|---|---|---|---|---|---|---|---|---|---|---|
{new.join(others)}
{not_answered(failed)}{on_nodes(figures)}"""


def merged_rules(ours, theirs):
    left_out = [*theirs["failed"], *theirs["without"]] if "failed" in theirs else []
    return f"all {ours['rules']:,} rules, merged" + (f", without {', '.join(left_out)}" if left_out else "")


def not_answered(failed):
    if not failed:
        return "\nDataFusion answered every query.\n"
    rows = "\n".join(failed)
    return f"""
DataFusion did not answer these queries; beside what it did answer stands DuckDB with the same queries. The pass beside them does all kinds.

| months | kinds | what it said |
|---|---|---|
{rows}
"""


def on_nodes(figures):
    if "cluster" not in figures:
        return ""
    single = figures["cluster"][0]["seconds"]
    memory = lambda run: ", ".join(f"{name} {mb} MB" for name, mb in zip(["client", "scheduler", "executor", "executor"],
                                                                        [run["client_mb"], *run["nodes_mb"]]))
    rows = "\n".join(f"| {run['what']} | {run['seconds']:.1f} | {single / run['seconds']:.2f} | {memory(run)} |" for run in figures["cluster"])
    return f"""
## On nodes

The same rules over the same city by `xingjian-cluster` (`docs/cluster.md`), which also names and writes its hits; scheduler, executors and client share this machine. Each the least of two
runs in turn. All keep the same run byte for byte, or the script stops.

| how | s | times as fast as one thread | highest resident memory |
|---|---|---|---|
{rows}
"""


def report(figures, docs: Path):
    (docs / "claims-bench.svg").write_text(plot(figures), encoding="utf-8")
    (docs / "claims-bench.md").write_text(page(figures), encoding="utf-8")
