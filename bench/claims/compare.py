"""Sets the pass beside decoding alone and beside DuckDB, over one made-up city; writes a table and a plot.

usage: python3 compare.py --binary BINARY --work FOLDER --library RULES.jsonl --packs FOLDER --docs FOLDER [--patients 730000] [--buckets 16]
       [--part LINES|RULES|DUCKDB|SINGLE ...]

Needs the packages duckdb and pyarrow. BINARY is target/release/xingjian-bench-claims, RULES.jsonl what `xingjian rules import nhsa` writes, and the
packs are policy/national/claims. The city is made once in the working folder and stays there. Every comparison asserts that the counts of hits are equal.
"""

import argparse
import json
import os
import random
import resource
import shutil
import subprocess
import sys
import time
from pathlib import Path

MONTHS = 12
TIMES = 2


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

    def make(self):
        if not (self.store / "manifest.json").exists():
            o = self.options
            said = self.run(self.all, ["make", "--patients", str(o.patients), "--months", str(MONTHS), "--buckets", str(o.buckets),
                                       "--violations", str(o.patients * 2 // 5)])
            print("made:", said, flush=True)

    def run(self, rules, what, threads=2, months=MONTHS):
        command = [self.options.binary, "--store", str(self.store), "--rules", str(rules), "--threads", str(threads), "--first-months",
                   str(months), *what]
        return measured(command)

    def beside_floor(self, rules, threads=2, months=MONTHS):
        """The pass and the floor in turn, so that both have the same neighbours; the least of each."""
        passes, floors = [], []
        for _ in range(TIMES):
            passes.append(self.run(rules, ["pass"], threads, months))
            floors.append(self.run(rules, ["floor"], threads, months))
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

    def duckdb(self, rules, threads=2, months=MONTHS, single=False):
        command = [sys.executable, __file__, "duckdb", str(self.store), str(rules), str(threads), str(months), "single" if single else "merged"]
        return measured(command)


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


def duckdb(store, rules, threads, months, how):
    """Runs in a process of its own, for its memory."""
    import duckdb
    from merged import Claims

    db = duckdb.connect()
    db.execute(f"set threads = {threads}")
    db.execute("set preserve_insertion_order = false")
    begun = time.perf_counter()
    claims, rules = Claims(db, store, int(months)), rules_of(rules)
    counts, seconds = {}, {"visits": time.perf_counter() - begun}
    asked = [0]

    def ask(kinds, queries):
        left = set(kinds) - set("+".join(queries).split("+"))
        assert not left, f"no query for {left}"
        for names, query in queries.items():
            if any(name in kinds for name in names.split("+")):
                started = time.perf_counter()
                found = db.execute(query).fetchall()
                seconds[names] = seconds.get(names, 0) + time.perf_counter() - started
                asked[0] += 1
                yield from found

    if how == "merged":
        kinds = claims.load(rules)
        kind_of = {number: kind for kind, numbers in kinds.items() for number in numbers}
        for number, count in ask(kinds, claims.queries()):
            counts[kind_of[number]] = counts.get(kind_of[number], 0) + count
    else:
        chains = {}
        for rule in rules:
            chains.setdefault(rule["id"], []).append(rule)
        for chain in chains.values():
            kinds = claims.load(chain)
            for _, count in ask(kinds, claims.queries()):
                counts[chain[0]["test"]["kind"]] = counts.get(chain[0]["test"]["kind"], 0) + count
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss // 1024
    # Without the making of the tables of rules.
    print(json.dumps({"seconds": round(sum(seconds.values()), 2), "queries": asked[0], "kinds": counts, "by_kind_seconds": {kind: round(taken, 2) for kind, taken in seconds.items()}, "peak_mb": peak}))


def same(ours, theirs):
    ours, theirs = ({kind: count for kind, count in counts.items() if count} for counts in (ours["kinds"], theirs["kinds"]))
    different = {kind: (ours.get(kind), theirs.get(kind)) for kind in {*ours, *theirs} if ours.get(kind) != theirs.get(kind)}
    assert not different, f"hits differ, ours and DuckDB's: {different}"


def main():
    parser = argparse.ArgumentParser()
    for name in ("binary", "work", "library", "packs", "docs"):
        parser.add_argument(f"--{name}", required=True)
    parser.add_argument("--patients", type=int, default=730_000)
    parser.add_argument("--buckets", type=int, default=16)
    parser.add_argument("--part", nargs="*", default=["lines", "rules", "next", "duckdb", "single"])
    bench = Bench(parser.parse_args())
    bench.make()
    kept = bench.work / "figures.json"
    figures = json.loads(kept.read_text()) if kept.exists() else {}
    whole = bench.sets[bench.whole]
    steps = {
        "lines": lambda: [bench.beside_floor(whole, threads, months) for threads in (2, 1) for months in (3, 6, 12)],
        "rules": lambda: [bench.beside_floor(path) for path in bench.sets.values()],
        "next": lambda: bench.next_month(whole),
        "duckdb": lambda: [bench.duckdb(whole, months=months) | {"months": months} for months in (3, 12)],
        "single": lambda: [bench.beside_floor(bench.sets[60]), bench.duckdb(bench.sets[60], single=True), bench.duckdb(bench.sets[60])],
    }
    for part in bench.options.part:
        print(part, flush=True)
        figures[part] = steps[part]()
        print(json.dumps(figures[part]), flush=True)
        kept.write_text(json.dumps(figures, indent=1))
    if {"lines", "rules", "next", "duckdb", "single"} <= figures.keys():
        for theirs in figures["duckdb"]:
            same(next(f for f in figures["lines"] if f["months"] == theirs["months"]), theirs)
        for theirs in figures["single"][1:]:
            same(figures["single"][0], theirs)
        from report import report

        report(figures, Path(bench.options.docs))


if __name__ == "__main__":
    duckdb(*sys.argv[2:]) if sys.argv[1:2] == ["duckdb"] else main()
