"""What a run was made on and with."""

import importlib.metadata
import os
import platform
import re
import shutil
import subprocess
from datetime import UTC, datetime
from pathlib import Path

from bench import ROOT

TOOLS = {
    "nginx": (["nginx", "-v"], r"nginx/([\d.]+)"),
    "wrk": (["wrk", "-v"], r"wrk (\S+)"),
    "Hugo": (["hugo", "version"], r"v([\d.]+)"),
    "Jekyll": (["jekyll", "--version"], r"([\d.]+)"),
}
PACKAGES = ("django", "granian", "markdown", "psycopg")


def about(command: str) -> dict:
    """The run: command, date, machine (no names), versions, and the commit."""
    model = re.search(r"^model name\s*: (.*)$", Path("/proc/cpuinfo").read_text(), re.MULTILINE)
    total = re.search(r"MemTotal: +(\d+)", Path("/proc/meminfo").read_text())
    return {
        "command": command,
        "date": datetime.now(UTC).strftime("%Y-%m-%d %H:%M UTC"),
        "cores": os.cpu_count(),
        "cpu": model[1] if model else platform.machine(),
        "memory_gb": round(int(total[1]) / 1024**2) if total else 0,
        "load": os.getloadavg()[1],  # of the five minutes before: others disturb
        "commit": _commit(),
        "versions": _versions(),
    }


def _versions() -> dict[str, str]:
    found = {"Python": platform.python_version()}
    found |= {name: importlib.metadata.version(name) for name in PACKAGES}
    for name, (command, pattern) in TOOLS.items():
        if shutil.which(command[0]):
            done = subprocess.run(command, capture_output=True, text=True)
            if version := re.search(pattern, done.stdout + done.stderr):
                found[name] = version[1]
    return found


def _commit() -> str:
    done = subprocess.run(
        ["git", "rev-parse", "--short=12", "HEAD"], cwd=ROOT, capture_output=True, text=True
    )
    return done.stdout.strip()
