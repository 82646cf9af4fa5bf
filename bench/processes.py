"""Processes measured from ``/proc``: CPU time and memory of one with all its children."""

import os
import re
import subprocess
import sys
import threading
from pathlib import Path
from typing import NamedTuple

TICKS = os.sysconf("SC_CLK_TCK")
SERVER_CORE, LOAD_CORE = "0", "1"
# Runs a command; 36 is PR_SET_CHILD_SUBREAPER: processes whose parent has ended become its own.
BETWEEN = """\
import ctypes, os, subprocess, sys, time
ctypes.CDLL(None).prctl(36, 1, 0, 0, 0)
began = time.monotonic()
code = subprocess.call(sys.argv[1:], stdout=subprocess.DEVNULL)
wall = time.monotonic() - began
try:
    while time.monotonic() - began < wall + 10:
        if not os.waitpid(-1, os.WNOHANG)[0]:
            time.sleep(0.05)
except ChildProcessError:
    pass
used = os.times()
print(wall, used.children_user + used.children_system)
sys.exit(code)
"""


class Cost(NamedTuple):
    """What a command and its children took."""

    wall: float  # seconds
    cpu: float  # seconds
    memory: float  # MB at the peak, shared pages counted once


def tree(pid: int) -> list[int]:
    """A process and all below it; those that end meanwhile may be missing."""
    try:
        found = [pid]
        for task in os.listdir(f"/proc/{pid}/task"):
            for child in Path(f"/proc/{pid}/task/{task}/children").read_text().split():
                found += tree(int(child))
    except OSError:
        pass
    return found


def cpu_seconds(pid: int) -> float:
    """CPU time of a process, its children and those of them that ended and were waited for."""
    total = 0
    for each in tree(pid):
        try:
            fields = Path(f"/proc/{each}/stat").read_text().rpartition(")")[2].split()
        except OSError:
            continue
        total += sum(map(int, fields[11:15]))
    return total / TICKS


def memory(pid: int) -> float:
    """MB of a process and its children, shared pages counted once."""
    return sum(map(own_memory, tree(pid)))


def own_memory(pid: int) -> float:
    """MB of one process with its share of what it shares; 0 if it has ended."""
    try:
        rollup = Path(f"/proc/{pid}/smaps_rollup").read_text()
    except OSError:
        return 0.0
    found = re.search(r"^Pss: +(\d+) kB", rollup, re.MULTILINE)
    return int(found[1]) / 1024 if found else 0.0


def pinned(command: list, core: str) -> list[str]:
    """The command on one core alone."""
    return ["taskset", "-c", core, *map(str, command)]


def timed(command: list, **options) -> Cost:
    """The cost of a command on all cores; ends the benchmark if it fails.

    What it leaves behind is waited for by a process in between, so that its CPU time counts. Memory
    is looked at five times a second, so that a shorter peak is missed.
    """
    wanted = [sys.executable, "-c", BETWEEN, *map(str, command)]
    pipes = {"stdout": subprocess.PIPE, "stderr": subprocess.PIPE, "text": True}
    process = subprocess.Popen(wanted, **pipes, **options)
    peak, over = [0.0], threading.Event()

    def watch():
        while not over.wait(0.2):
            below = [pid for pid in tree(process.pid) if pid != process.pid]
            peak[0] = max(peak[0], sum(map(own_memory, below)))

    watcher = threading.Thread(target=watch)
    watcher.start()
    printed, errors = process.communicate()
    over.set()
    watcher.join()
    if process.returncode:
        raise SystemExit(f"{' '.join(map(str, command))} failed:\n{errors[-2000:]}")
    wall, cpu = map(float, printed.split())
    return Cost(wall, cpu, peak[0])
