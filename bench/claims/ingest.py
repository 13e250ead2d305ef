"""Ingest beside DuckDB, which reads the same files with types, sorts each table by person and time and writes it as Parquet, and checks nothing.

usage: ingest.py BENCH_PROGRAM RULES FOLDER     (needs the package duckdb; FOLDER as written by `tables`)

Runs the two in turn five times, each in a process of its own, and prints the seconds by the clock and of the processor, the medians and their ratios.
"""

import glob
import os
import shutil
import statistics
import subprocess
import sys
import tempfile
import time

import duckdb

program, rules, folder = sys.argv[1:4]
THREADS = 2
TYPES = {
    "date": ("brdy", "die_date"),
    "timestamp": ("begntime", "endtime", "setl_time", "fee_ocur_time"),
    "decimal(18, 2)": ("medfee_sumamt", "fund_pay_sumamt", "det_item_fee_sumamt", "inscp_amt"),
    "decimal(18, 4)": ("cnt",),
    "decimal(18, 6)": ("pric", "pric_uplmt_amt"),
    "integer": ("prd_days",),
}
TYPES = {column: kind for kind, columns in TYPES.items() for column in columns}
ORDER = {
    "mdtrt_d": "psn_no, begntime, mdtrt_id",
    "setl_d": "psn_no, setl_time, setl_id",
    "fee_list_d": "psn_no, fee_ocur_time, mdtrt_id, bkkp_sn",
    "setl_list_diag_d": "psn_no, mdtrt_id, setl_list_diag_id",
}


def reference(target):
    db = duckdb.connect(config={"threads": THREADS})
    for path in glob.glob(os.path.join(folder, "2026-01", "*.csv")):
        table = os.path.basename(path).removesuffix(".csv")
        with open(path, encoding="utf-8") as file:
            names = file.readline().strip().split(",")
        columns = "{" + ", ".join(f"'{name}': '{TYPES.get(name, 'varchar')}'" for name in names) + "}"
        db.execute(
            f"copy (select * from read_csv('{path}', header = true, columns = {columns}) order by {ORDER[table]}) "
            f"to '{target}/{table}.parquet' (format parquet, compression zstd)"
        )


if len(sys.argv) > 4:
    reference(sys.argv[4])
    sys.exit()


def measured(command):
    before, begun = os.times(), time.perf_counter()
    subprocess.run(command, check=True, stdout=subprocess.DEVNULL)
    clock, after = time.perf_counter() - begun, os.times()
    return clock, after.children_user + after.children_system - before.children_user - before.children_system


times = {"ingest": [], "duckdb": []}
for _ in range(5):
    for name in times:
        target = tempfile.mkdtemp()
        ours = [program, "--store", target, "--rules", rules, "--threads", str(THREADS), "ingest", "--folder", folder]
        times[name].append(measured(ours if name == "ingest" else [sys.executable, *sys.argv, target]))
        shutil.rmtree(target)
        print(f"{name:<7} clock {times[name][-1][0]:6.2f} s  processor {times[name][-1][1]:6.2f} s", flush=True)
for at, what in enumerate(("clock", "processor")):
    ours, theirs = (statistics.median(run[at] for run in times[name]) for name in ("ingest", "duckdb"))
    print(f"{what}: ingest {ours:.2f} s, DuckDB {theirs:.2f} s, ratio {ours / theirs:.2f}")
