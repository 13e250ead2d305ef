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
    for run in [*figures["lines"], *figures["rules"]]:
        rows.append(f"| {run['lines'] / 1e6:.1f} M | {run['rules']:,} | {run['threads']} | {run['hits']:,} | {run['seconds']:.1f} | {run['floor']:.1f} | "
                    f"{run['cpu']:.1f} | {run['floor_cpu']:.1f} | {run['cpu'] / run['floor_cpu']:.1f} | {run['peak_mb']} MB |")
    ours = {run["months"]: run for run in figures["lines"] if run["threads"] == 2}
    sixty, single, merged = figures["single"]
    against = [(f"all {ours[run['months']]['rules']:,} rules, merged", ours[run["months"]], run) for run in figures["duckdb"]]
    against += [("60 rules, one query a rule", sixty, single), ("60 rules, merged", sixty, merged)]
    duckdb = [f"| {ours['lines'] / 1e6:.1f} M | {what} | {theirs['queries']} | {ours['seconds']:.1f} | {theirs['seconds']:.1f} | "
              f"{theirs['seconds'] / ours['seconds']:.0f} | {ours['cpu']:.1f} | {theirs['cpu']:.1f} | {theirs['cpu'] / ours['cpu']:.1f} | "
              f"{theirs['peak_mb']} MB |"
              for what, ours, theirs in against]
    after = figures["next"]
    months = [f"| {run['what']} | {run['lines'] / 1e6:.1f} M | {run['fresh_lines'] / 1e6:.1f} M | {run['seconds']:.1f} | {run['cpu']:.1f} | {run['peak_mb']} MB |"
              for run in after["runs"]]
    new = "\n"
    return f"""# The claims pass, measured

Made by `bench/claims/compare.py` (`bench/README.md` has the command). {machine()}; seconds are by the
clock, CPU s of user and system in all threads. Each figure is the least of two runs, pass and floor in turn. One city of {max(run['lines'] for run in figures['lines']):,} lines;
fewer lines are its first months. The floor decodes the columns that the pass reads and does nothing with them.

![processor time by lines and by rules](claims-bench.svg)

| lines | rules | threads | hits | pass s | floor s | pass CPU s | floor CPU s | ratio of CPU | peak memory of the pass |
|---|---|---|---|---|---|---|---|---|---|
{new.join(rows)}

The rules of the second half are 60 and 600 drawn from all kinds with all their versions, the national library with the shipped rules, and that with further rules whose items are
drawn as often as the library has them. Items drawn by chance hit people whom nobody meant: there the time and the memory are those of the hits.

## The next month

Each run keeps what months show (`docs/claims.md`). {after['kept_mb']} MB are kept beside {after['claims_mb']} MB of claims. The hits of the last three rows are the same, or the script stops.

| run | lines | lines read | s | CPU s | peak memory |
|---|---|---|---|---|---|
{new.join(months)}

## Beside DuckDB

The aims are 1.5 times the floor, 400 MB, six times as fast as merged SQL and fifteen times as fast as a query a rule. DataFusion has not been measured here.

DuckDB reads the same files with two threads: `merged.py` asks once a kind for all its rules, after joining visits with patients once (counted); the making of its tables
of rules is not counted. Its hits are the same, kind by kind, or the script stops.

| lines | what | queries | ours s | DuckDB s | times | ours CPU s | DuckDB CPU s (with tables of rules) | times, by CPU | DuckDB's peak memory |
|---|---|---|---|---|---|---|---|---|---|
{new.join(duckdb)}
"""


def report(figures, docs: Path):
    (docs / "claims-bench.svg").write_text(plot(figures), encoding="utf-8")
    (docs / "claims-bench.md").write_text(page(figures), encoding="utf-8")
