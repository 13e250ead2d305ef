"""The same run by xingjian-cluster: in one process, and by a scheduler with one and two executors on this machine."""

import contextlib
import hashlib
import json
import os
import secrets
import shutil
import socket
import subprocess
import time
from pathlib import Path

TIMES = 2


class Node:
    """A scheduler or an executor, ended with the measurement; what it says goes to a file."""

    def __init__(self, command, said: Path):
        with said.open("w", encoding="utf-8") as file:
            self.process = subprocess.Popen(command, stdout=file)
        until = time.monotonic() + 60
        while "监听" not in said.read_text(encoding="utf-8"):
            if self.process.poll() is not None or time.monotonic() > until:
                self.end()
                raise RuntimeError(f"{command[1]} did not start")
            time.sleep(0.05)

    def peak_mb(self):
        with open(f"/proc/{self.process.pid}/status", encoding="utf-8") as file:
            return int(next(line for line in file if line.startswith("VmHWM")).split()[1]) // 1024

    def end(self):
        if self.process.poll() is None:
            self.process.terminate()
        try:
            self.process.wait(30)
        except subprocess.TimeoutExpired:
            self.process.kill()
            self.process.wait()


def screened(binary, store, rules, runs, *how):
    """Seconds and memory of the client, and what it kept: a hash of the run, and how many hits."""
    shutil.rmtree(runs, ignore_errors=True)
    command = [binary, "screen", "--store", str(store), "--rules", str(rules), "--runs", str(runs), *how]
    begun = time.perf_counter()
    client = subprocess.Popen(command, stdout=subprocess.DEVNULL)
    _, status, usage = os.wait4(client.pid, 0)
    client.returncode = os.waitstatus_to_exitcode(status)
    seconds = time.perf_counter() - begun
    if client.returncode:
        raise RuntimeError(f"{how} ended with {client.returncode}")
    digest = hashlib.sha256()
    for name in ("run.json", "hits.parquet"):
        [path] = Path(runs).rglob(name)
        digest.update(path.read_bytes())
    [kept] = Path(runs).rglob("run.json")
    hits = sum(rule["hits"] for rule in json.loads(kept.read_text(encoding="utf-8"))["by_rule"].values())
    return {"seconds": round(seconds, 2), "hits": hits, "client_mb": usage.ru_maxrss // 1024, "sha256": digest.hexdigest()}


def port():
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        return free.getsockname()[1]


def nodes(binary, store, rules, work: Path):
    """Five ways, each the least of some runs in turn; all keep the same bytes, or it stops."""
    token, runs = work / "cluster.token", work / "cluster-runs"
    token.write_text(secrets.token_hex(32))
    token.chmod(0o600)
    secret = ["--token-file", str(token)]

    def here(*how):
        return screened(binary, store, rules, runs, *how) | {"nodes_mb": []}

    def by(executors):
        at = f"127.0.0.1:{port()}"
        with contextlib.ExitStack() as stack:
            def node(name, *command):
                one = Node([binary, *command, *secret], work / f"cluster-{name}.txt")
                stack.callback(one.end)
                return one

            started = [node("scheduler", "scheduler", "--listen", at)]
            for number in range(executors):
                folder = work / f"cluster-work-{number}"
                folder.mkdir(exist_ok=True)
                started.append(node(f"executor-{number}", "executor", "--scheduler", at, "--rules", str(rules), "--threads", "1", "--work", str(folder)))
            run = screened(binary, store, rules, runs, "--scheduler", at, *secret)
            return run | {"nodes_mb": [one.peak_mb() for one in started]}

    ways = {
        "`--local`, 1 thread": lambda: here("--local", "--threads", "1"),
        "`--local`, 2 threads": lambda: here("--local", "--threads", "2"),
        "`--standalone`, 2 threads": lambda: here("--standalone", "--threads", "2"),
        "scheduler and one executor of 1 thread": lambda: by(1),
        "scheduler and two executors of 1 thread": lambda: by(2),
    }
    turns = [{"what": name} | way() for _ in range(TIMES) for name, way in ways.items()]
    assert len({turn["sha256"] for turn in turns}) == 1, "the runs differ"
    return [min((turn for turn in turns if turn["what"] == name), key=lambda turn: turn["seconds"]) for name in ways]
