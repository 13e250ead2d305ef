"""Sets the pass beside decoding alone, DuckDB and DataFusion, over one made-up city; writes a table and a plot.

usage: python3 compare.py --binary BINARY --work FOLDER --library RULES.jsonl --packs FOLDER --docs FOLDER [--patients 730000] [--buckets 16]
       [--part lines|rules|next|duckdb|datafusion|single|twice|cluster ...] [--cluster BINARY]

Needs the packages duckdb, datafusion and pyarrow. BINARY is target/release/xingjian-bench-claims, RULES.jsonl what `xingjian rules import nhsa` writes,
and the packs are policy/national/claims. The city is made once in the working folder and stays there. Every comparison asserts that the counts of hits
are equal. Two parts do not run by themselves: `twice` makes a second city of twice as many patients (100 million lines), `cluster` runs
target/release/xingjian-cluster, which `--cluster` names.
"""

import argparse
import contextlib
import json
import os
import random
import resource
import shutil
import subprocess
import sys
import time
from pathlib import Path

from nodes import nodes

MONTHS = 12
TIMES = 2
PARTS = ["lines", "rules", "next", "duckdb", "datafusion", "single"]


def rules_of(path):
    with open(path, encoding="utf-8") as file:
        return [json.loads(line) for line in file]


def write(path, rules):
    with open(path, "w", encoding="utf-8") as file:
        file.writelines(json.dumps(rule, ensure_ascii=False) + "\n" for rule in rules)


def some(rules, count, dice):
    """So many rules, of every kind in turn; all versions of a rule together count as one."""
    by_kind = {}
    for rule in dice.sample(rules, len(rules)):
        by_kind.setdefault(rule["test"]["kind"], {}).setdefault(rule["id"], None)
    chosen, queues = [], [list(ids) for ids in by_kind.values()]
    while len(chosen) < count:
        for queue in queues:
            if queue and len(chosen) < count:
                chosen.append(queue.pop())
    return [rule for rule in rules if rule["id"] in set(chosen)]


def more(rules, count, dice):
    """Further rules like those of the library: the test of one of them, items drawn as often as the library has them."""
    library = [rule for rule in rules if rule["id"].startswith("nhsa/") and rule.get("items")]
    items = [item for rule in library for item in rule["items"]]
    added = []
    for at in range(count - len(rules)):
        like = dice.choice(library)
        added.append({**like, "id": f"more/{at:06}", "version": 1, "items": sorted(set(dice.choices(items, k=len(like["items"]))))})
    return rules + added


class Bench:
    def __init__(self, options):
        self.options, self.work = options, Path(options.work)
        self.store = self.work / "store"
        self.work.mkdir(parents=True, exist_ok=True)
        packs = [str(path) for path in sorted(Path(options.packs).glob("*.toml")) if path.name != "without_library.toml"]
        every = [flag for path in [options.library, *packs] for flag in ("--rules", path)]
        self.all = self.work / "rules-all.jsonl"
        text = subprocess.run([options.binary, "--store", "-", *every, "rules"], check=True, capture_output=True, text=True).stdout
        self.all.write_text(text, encoding="utf-8")
        dice, rules = random.Random(20260122), rules_of(self.all)
        # Rules about registrations have nothing to look at here.
        rules = [rule for rule in rules if rule.get("state", "live") in ("live", "trial") and
                 rule["test"]["kind"] not in ("unlicensed", "beyond_scope")]
        self.sets = {}
        for count in (60, 600, len(rules), 20_000):
            path = self.work / f"rules-{count}.jsonl"
            write(path, rules if count == len(rules) else some(rules, count, dice) if count < len(rules) else more(rules, count, dice))
            self.sets[count] = path
        self.whole = len(rules)

    def make(self, store, patients):
        if not (store / "manifest.json").exists():
            o = self.options
            said = self.run(self.all, ["make", "--patients", str(patients), "--months", str(MONTHS), "--buckets", str(o.buckets),
                                       "--violations", str(patients * 2 // 5)], store=store)
            print("made:", said, flush=True)

    def run(self, rules, what, threads=2, months=MONTHS, store=None):
        command = [self.options.binary, "--store", str(store or self.store), "--rules", str(rules), "--threads", str(threads), "--first-months",
                   str(months), *what]
        return measured(command)

    def beside_floor(self, rules, threads=2, months=MONTHS, store=None):
        """The pass and the floor in turn, so that both have the same neighbours; the least of each."""
        passes, floors = [], []
        for _ in range(TIMES):
            passes.append(self.run(rules, ["pass"], threads, months, store))
            floors.append(self.run(rules, ["floor"], threads, months, store))
        best, floor = min(passes, key=lambda run: run["seconds"]), min(floors, key=lambda run: run["seconds"])
        least = lambda runs: min(run["cpu"] for run in runs)
        return {"rules": rules_count(rules), "threads": threads, "months": months, "lines": best["lines"], "hits": best["hits"],
                "seconds": best["seconds"], "floor": floor["seconds"], "cpu": least(passes), "floor_cpu": least(floors),
                "peak_mb": max(run["peak_mb"] for run in passes), "kinds": best["kinds"]}

    def next_month(self, rules):
        """One month more, and the same again, where the runs before kept what months show."""
        folder = self.work / "kept"
        shutil.rmtree(folder, ignore_errors=True)
        kept = ["pass", "--kept", str(folder)]
        steps = [("all months but the last, kept", kept, MONTHS - 1), ("and the last month", kept, MONTHS), ("the same again", kept, MONTHS),
                 ("all months, nothing kept", ["pass"], MONTHS)]
        runs = [{"what": name} | self.run(rules, what, months=months) for name, what, months in steps]
        assert len({json.dumps(run["kinds"]) for run in runs[1:]}) == 1, "hits differ with what was kept"
        size = sum(path.stat().st_size for path in folder.iterdir())
        claims = sum(path.stat().st_size for path in self.store.glob("*/b*.parquet"))
        return {"runs": runs, "kept_mb": size // 1_000_000, "claims_mb": claims // 1_000_000}

    def twice(self, rules):
        """The pass alone over twice as many patients."""
        store = self.work / "store-twice"
        self.make(store, self.options.patients * 2)
        return self.beside_floor(rules, store=store)

    def ask(self, engine, rules, threads=2, months=MONTHS, how="merged", without=()):
        """What another engine finds and takes, in a process of its own, for its memory."""
        command = [sys.executable, __file__, "ask", engine, str(self.store), str(rules), str(threads), str(months), how, *without]
        return measured(command) | {"engine": engine, "months": months}

    def datafusion(self, rules, months):
        """DataFusion, and DuckDB with the queries that it could answer, where these are not all."""
        found = self.ask("DataFusion", rules, months=months)
        beside = [self.ask("DuckDB", rules, months=months, without=found["failed"])] if found["failed"] else []
        return [found, *beside]


def rules_count(path):
    with open(path, encoding="utf-8") as file:
        return sum(1 for _ in file)


def measured(command):
    """What a program prints last, with the processor time it took."""
    before = resource.getrusage(resource.RUSAGE_CHILDREN)
    done = subprocess.run(command, check=True, stdout=subprocess.PIPE, text=True)
    after = resource.getrusage(resource.RUSAGE_CHILDREN)
    said = json.loads(done.stdout.strip().splitlines()[-1])
    said["cpu"] = round(after.ru_utime - before.ru_utime + after.ru_stime - before.ru_stime, 2)
    return said


def duckdb(store, threads, months):
    import duckdb
    from merged import Claims

    db = duckdb.connect()
    db.execute(f"set threads = {threads}")
    db.execute("set preserve_insertion_order = false")
    return Claims(db, store, months)


@contextlib.contextmanager
def datafusion(store, threads, months):
    from datafusion import RuntimeEnvBuilder, SessionConfig, SessionContext
    from fusion import Fusion

    # Two thirds of the memory: what needs more is spilled, or the query fails and is told as one that failed.
    memory = os.sysconf("SC_PAGE_SIZE") * os.sysconf("SC_PHYS_PAGES") * 2 // 3
    runtime = RuntimeEnvBuilder().with_disk_manager_os().with_fair_spill_pool(memory)
    claims = Fusion(SessionContext(SessionConfig().with_target_partitions(threads), runtime), store, months)
    try:
        yield claims
    finally:
        claims.close()


def ask(engine, store, rules, threads, months, how, *without):
    """Asks another engine; `without` are queries that are left out."""
    open_store = {"DuckDB": lambda *where: contextlib.nullcontext(duckdb(*where)), "DataFusion": datafusion}[engine]
    begun = time.perf_counter()
    with open_store(store, int(threads), int(months)) as claims:
        rules = rules_of(rules)
        counts, failed, seconds = {}, {}, {"visits": time.perf_counter() - begun}
        asked = 0
        chains = {}
        for rule in rules:
            chains.setdefault(rule["id"] if how == "single" else None, []).append(rule)
        for chain in chains.values():
            kinds = claims.load(chain)
            kind_of = {number: kind for kind, numbers in kinds.items() for number in numbers}
            queries = claims.queries()
            left = set(kinds) - set("+".join(queries).split("+"))
            assert not left, f"no query for {left}"
            for names, query in queries.items():
                if names in without or not any(name in kinds for name in names.split("+")):
                    continue
                started = time.perf_counter()
                try:
                    found = claims.ask(query)
                except Exception as error:
                    if engine != "DataFusion":
                        raise
                    failed[names] = str(error).strip().splitlines()[0][:200]
                    continue
                seconds[names] = seconds.get(names, 0) + time.perf_counter() - started
                asked += 1
                for number, count in found:
                    counts[kind_of[number]] = counts.get(kind_of[number], 0) + count
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss // 1024
    # Without the making of the tables of rules, and what failed.
    print(json.dumps({"seconds": round(sum(seconds.values()), 2), "queries": asked, "kinds": counts, "failed": failed, "without": without,
                      "by_kind_seconds": {kind: round(taken, 2) for kind, taken in seconds.items()}, "peak_mb": peak}))


def same(ours, theirs):
    """Stops where the hits differ, but for the queries that were not answered."""
    without = "+".join([*theirs.get("failed", ()), *theirs.get("without", ())]).split("+")
    ours, others = ({kind: count for kind, count in counts.items() if count and kind not in without}
                    for counts in (ours["kinds"], theirs["kinds"]))
    different = {kind: (ours.get(kind), others.get(kind)) for kind in {*ours, *others} if ours.get(kind) != others.get(kind)}
    assert not different, f"hits differ, ours and those of {theirs.get('engine', 'DuckDB')}: {different}"


def main():
    parser = argparse.ArgumentParser()
    for name in ("binary", "work", "library", "packs", "docs"):
        parser.add_argument(f"--{name}", required=True)
    parser.add_argument("--patients", type=int, default=730_000)
    parser.add_argument("--buckets", type=int, default=16)
    parser.add_argument("--cluster")
    parser.add_argument("--part", nargs="*", default=PARTS)
    bench = Bench(parser.parse_args())
    bench.make(bench.store, bench.options.patients)
    kept = bench.work / "figures.json"
    figures = json.loads(kept.read_text()) if kept.exists() else {}
    whole = bench.sets[bench.whole]
    steps = {
        "lines": lambda: [bench.beside_floor(whole, threads, months) for threads in (2, 1) for months in (3, 6, 12)],
        "rules": lambda: [bench.beside_floor(path) for path in bench.sets.values()],
        "next": lambda: bench.next_month(whole),
        "duckdb": lambda: [bench.ask("DuckDB", whole, months=months) for months in (3, 12)],
        "datafusion": lambda: [run for months in (3, 12) for run in bench.datafusion(whole, months)],
        "single": lambda: [bench.beside_floor(bench.sets[60]), bench.ask("DuckDB", bench.sets[60], how="single"), bench.ask("DuckDB", bench.sets[60])],
        "twice": lambda: bench.twice(whole),
        "cluster": lambda: nodes(bench.options.cluster, bench.store, whole, bench.work),
    }
    for part in bench.options.part:
        print(part, flush=True)
        figures[part] = steps[part]()
        print(json.dumps(figures[part]), flush=True)
        kept.write_text(json.dumps(figures, indent=1))
    if set(PARTS) <= figures.keys():
        for theirs in figures["duckdb"] + figures["datafusion"]:
            same(next(f for f in figures["lines"] if f["months"] == theirs["months"]), theirs)
        for theirs in figures["single"][1:]:
            same(figures["single"][0], theirs)
        for run in figures.get("cluster", ()):
            assert run["hits"] == figures["lines"][-1]["hits"], f"{run['what']} finds {run['hits']} hits"
        from report import report

        report(figures, Path(bench.options.docs))


if __name__ == "__main__":
    ask(*sys.argv[2:]) if sys.argv[1:2] == ["ask"] else main()
