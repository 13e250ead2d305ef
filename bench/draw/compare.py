"""The first fifth of the tickets of so many ids: by this program, and by Rivest's sampler from PyPI, in one run.

    python3 bench/draw/compare.py target/release/xingjian-bench-draw [IDS]

Prints seconds by the clock and of the processor, and the ratios; stops where a ticket differs.
"""
import json, subprocess, sys, time
from consistent_sampler import sampler

program, count = sys.argv[1], int(sys.argv[2]) if len(sys.argv) > 2 else 1_000_000
ids = [f"PDY{at * 7919 % 100_000_000:08}-{at:07}" for at in range(count)]
ran = subprocess.run([program, "tickets", "--ids", str(count)], capture_output=True, text=True, check=True)
told = json.loads(ran.stdout)
clock, processor = time.perf_counter(), time.process_time()
drawn = list(sampler(ids, seed="object|bench|1", take=count // 5, digits=80))
took = [time.perf_counter() - clock, time.process_time() - processor]
lines = [f"{ticket} {name}" for ticket, name, _ in drawn]
if lines != ran.stderr.splitlines():
    sys.exit("the tickets differ")
print(json.dumps(told))
print("consistent_sampler", [round(seconds, 3) for seconds in took], "the same", len(lines), "tickets")
for what in ["as_text", "select"]:
    print(what, "times faster by the clock and of the processor:", [round(a / max(b, 0.001), 1) for a, b in zip(took, told[what])])
