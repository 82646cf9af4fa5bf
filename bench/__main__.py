"""``make bench``: measure, keep the figures in ``bench/results/``, write ``docs/benchmarks.md``.

``QUICK=1`` takes about three minutes and writes nothing into the repository; ``ONLY=serving`` (or
``importing``, ``search``, ``growth``, ``report``, several with commas) does a part; ``make
bench-million`` is the part ``million``, which is in no other run.
"""

import json
import os
import shutil
import signal
import subprocess
import sys
import tempfile
import time
from pathlib import Path

from bench import RESULTS, ROOT, growth, importing, machine, report, searching, serving

PARTS = {
    "serving": serving,
    "importing": importing,
    "search": searching,
    "growth": growth,
    "million": growth,
}
BOTH = ["SQLite", "PostgreSQL"]
FULL = {
    "serving": {"posts": 10_000, "rounds": 5, "seconds": 1},
    "importing": {"posts": 10_000, "rounds": 5},
    "search": {"posts": 200_000, "databases": BOTH},
    "growth": {"sizes": [2000, 20_000, 200_000], "seconds": 2, "databases": BOTH},
    "million": {"sizes": [1_000_000], "seconds": 3, "databases": BOTH},
}
QUICK = {
    "serving": {"posts": 1000, "rounds": 1, "seconds": 1},
    "importing": {"posts": 500, "rounds": 1},
    "search": {"posts": 4000, "databases": BOTH},
    "growth": {"sizes": [2000, 4000], "seconds": 1, "databases": BOTH},
    "million": {"sizes": [20_000], "seconds": 1, "databases": BOTH},
}
PEERS = ROOT / "var" / "bench-peers"


def main() -> None:
    """Every part that is asked for, each in a folder of its own that is left empty."""
    quick = os.environ.get("QUICK", "") not in ("", "0")
    asked = os.environ.get("ONLY", "serving,importing,search,growth").split(",")
    if unknown := set(asked) - {*PARTS, "report"}:
        raise SystemExit(f"ONLY names {', '.join(unknown)}; the parts are {', '.join(PARTS)}")
    target = Path(tempfile.mkdtemp(prefix="newsroom-bench-results-")) if quick else RESULTS
    document = (target if quick else ROOT / "docs") / "benchmarks.md"
    needed(asked)
    signal.signal(signal.SIGTERM, lambda *_stopped: sys.exit("stopped"))  # servers end with us
    for part in asked:
        if part != "report":
            run(part, (QUICK if quick else FULL)[part], target, quick)
        report.write(target, document, document.with_suffix(""))
    print(f"{document} is written")


def needed(parts: list[str]) -> None:
    """Ends with a sentence where a part cannot be measured at all."""
    if (os.cpu_count() or 1) < 2 and parts != ["report"]:
        raise SystemExit("The benchmark needs two cores: one for servers, one for those who ask.")
    for tool, package in (("wrk", "wrk"), ("taskset", "util-linux")):
        if shutil.which(tool) is None and {"serving", "growth", "million"} & set(parts):
            raise SystemExit(f"{tool} is missing: apt-get install {package}")


def run(part: str, size: dict, target: Path, quick: bool) -> None:
    """Measure a part and keep what came out; what is measured in a folder is removed with it."""
    print(f"{part}: {size}", flush=True)
    began = time.monotonic()
    work = Path(tempfile.mkdtemp(prefix="newsroom-bench-", dir=os.environ.get("BENCH_FOLDER")))
    try:
        found = PARTS[part].measure(work, size, peers(part))
    finally:
        shutil.rmtree(work, ignore_errors=True)
    command = "make bench-million" if part == "million" else "make bench"
    about = machine.about(f"QUICK=1 {command}" if quick else command)
    result = {"about": about | {"seconds": round(time.monotonic() - began)}, "size": size} | found
    target.mkdir(exist_ok=True)
    (target / f"{part}.json").write_text(json.dumps(rounded(result), indent=1) + "\n")
    print(f"{part}: done in {time.monotonic() - began:.0f} s", flush=True)


def rounded(value):
    """Five figures are more than a benchmark knows."""
    if isinstance(value, float):
        return float(f"{value:.5g}")
    if isinstance(value, dict):
        return {key: rounded(each) for key, each in value.items()}
    return [rounded(each) for each in value] if isinstance(value, list) else value


def peers(part: str) -> Path | None:
    """The Python of the peers' environment, made when it is first needed; none if it cannot be."""
    if part not in ("serving", "importing"):
        return None
    python, wanted = PEERS / "bin" / "python", ROOT / "bench" / "peers" / "requirements.txt"
    marker = PEERS / "installed"
    if marker.exists() and marker.read_text() == wanted.read_text():
        return python
    print("  installing the peers", flush=True)
    for command in (
        [sys.executable, "-m", "venv", PEERS],
        [python, "-m", "pip", "install", "-qq", "--requirement", wanted],
    ):
        if subprocess.run(list(map(str, command))).returncode:
            return None
    marker.write_text(wanted.read_text())
    return python


if __name__ == "__main__":
    main()
