"""The whole suite, on SQLite and on PostgreSQL: ``python -m tests [--quick] [LABEL...]``.

``--quick`` runs it on SQLite alone, without browsers and the slow classes (kills, growth, hostile
documents, real servers). The pass on PostgreSQL leaves out what would only be repeated: classes
that use no database, and the browsers. ``COVERAGE=1`` measures the suite and fails below 95 % of
lines. What could not be run is named with its reason; with ``REQUIRE_POSTGRES=1`` or
``REQUIRE_BROWSER=1`` it fails.
"""

import os
import re
import subprocess
import sys
import time
from pathlib import Path

from tests.support import SLOW, browser, postgres

COVERED = 95  # percent of lines
ONLY_DATABASE = ("--only-database", "--exclude-tag=browser")  # ours, and Django's


def coverage(*arguments: str) -> list[str]:
    """A command of coverage.py; ``pyproject.toml`` says what is measured."""
    return [sys.executable, "-m", "coverage", *arguments]


def command(labels: list[str], quick: bool, measured: bool) -> list[str]:
    """How one pass of the suite is started."""
    start = coverage("run") if measured else [sys.executable]
    options = ["--parallel", os.environ.get("TEST_PROCESSES", "2"), "--timing"]
    options += [f"--exclude-tag={name}" for name in sorted(SLOW) if quick]
    return [*start, "manage.py", "test", *options, *(labels or ["tests"])]


def run(database: str, url: str, arguments: list[str]) -> tuple[int, int, int]:
    """(run, failed, skipped) of one pass."""
    print(f"== {database}", flush=True)
    environment = os.environ | {
        "DATABASE_URL": url,
        "PYTHONWARNINGS": "default::DeprecationWarning:posts",
    }
    process = subprocess.Popen(arguments, env=environment, stderr=subprocess.PIPE, text=True)
    report = []
    for line in process.stderr:
        report.append(line)
        print(line, end="", flush=True)
    code = process.wait()
    text = "".join(report)
    count = int((re.findall(r"^Ran (\d+) test", text, re.MULTILINE) or ["0"])[-1])
    failed = sum(
        int(number)
        for number in re.findall(r"(?:failures|errors|unexpected successes)=(\d+)", text)
    )
    skipped = sum(int(number) for number in re.findall(r"skipped=(\d+)", text))
    return count, max(failed, 1 if code or not count else 0), skipped


def on_postgresql(arguments: list[str], missing: list[str]) -> tuple[int, int, int]:
    """The pass on PostgreSQL: the one that is named, or one that is started for it."""
    print("Classes that use no database, and browsers, were run on SQLite alone.")
    arguments = [*arguments, *ONLY_DATABASE]
    try:
        if given := os.environ.get("TEST_DATABASE_URL", ""):
            return run("PostgreSQL", given, arguments)
        with postgres.server() as url:
            return run("PostgreSQL", url, arguments)
    except RuntimeError as error:
        missing.append(f"PostgreSQL was not tested: {error}")
        return 0, 1 if os.environ.get("REQUIRE_POSTGRES") else 0, 0


def enough_covered(whole: bool) -> bool:
    """Prints what no test reached; False if that is too much for a run of the whole suite."""
    subprocess.run(coverage("combine", "--quiet"), check=True)
    limit = COVERED if whole else 0
    report = coverage("report", "--skip-covered", "--show-missing", f"--fail-under={limit}")
    return subprocess.run(report).returncode == 0


def main() -> int:
    """Run what is asked for; the last line counts it."""
    quick, started = "--quick" in sys.argv, time.monotonic()
    labels = [label for label in sys.argv[1:] if label != "--quick"]
    measured = bool(os.environ.get("COVERAGE"))
    if measured:
        Path("var/coverage").mkdir(parents=True, exist_ok=True)
        subprocess.run(coverage("erase"), check=True)
    arguments, missing = command(labels, quick, measured), []
    totals = [run("SQLite", "", arguments)]
    if not quick:
        totals.append(on_postgresql(arguments, missing))
        if reason := browser.missing():
            missing.append(f"Browser tests were skipped: {reason}")
            totals.append((0, 1 if os.environ.get("REQUIRE_BROWSER") else 0, 0))
    if measured and not enough_covered(whole=not (labels or quick)):
        missing.append(f"Fewer than {COVERED} % of lines are covered")
        totals.append((0, 1, 0))
    for line in missing:
        print(line)
    count, failed, skipped = (sum(column) for column in zip(*totals, strict=True))
    print(f"in {time.monotonic() - started:.0f} s")
    print(f"{max(count - failed - skipped, 0)} passed, {failed} failed, {skipped} skipped")
    return 1 if failed else 0


if __name__ == "__main__":
    sys.exit(main())
