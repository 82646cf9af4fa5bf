"""The whole suite, on SQLite and on PostgreSQL: ``python -m tests [LABEL...]``.

Says plainly what could not be run and why. ``REQUIRE_POSTGRES=1`` and ``REQUIRE_BROWSER=1`` make that a failure.
"""

import os
import re
import subprocess
import sys
import time

from tests.support import browser, postgres


def run(database: str, url: str, labels: list[str]) -> tuple[int, int, int]:
    """(run, failed, skipped) of one pass."""
    print(f"== {database}", flush=True)
    environment = os.environ | {
        "DATABASE_URL": url,
        "PYTHONWARNINGS": "default::DeprecationWarning:posts",
    }
    command = [
        sys.executable,
        "manage.py",
        "test",
        "--parallel",
        os.environ.get("TEST_PROCESSES", "2"),
        "--timing",
        *(labels or ["tests"]),
    ]
    process = subprocess.Popen(command, env=environment, stderr=subprocess.PIPE, text=True)
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


def main() -> int:
    labels, started = sys.argv[1:], time.monotonic()
    totals = [run("SQLite", "", labels)]
    missing = []
    given = os.environ.get("TEST_DATABASE_URL", "")
    try:
        if given:
            totals.append(run("PostgreSQL", given, labels))
        else:
            with postgres.server() as url:
                totals.append(run("PostgreSQL", url, labels))
    except RuntimeError as error:
        missing.append(f"PostgreSQL was not tested: {error}")
        totals.append((0, 1 if os.environ.get("REQUIRE_POSTGRES") else 0, 0))
    if reason := browser.missing():
        missing.append(f"Browser tests were skipped: {reason}")
        totals.append((0, 1 if os.environ.get("REQUIRE_BROWSER") else 0, 0))
    for line in missing:
        print(line)
    count, failed, skipped = (sum(column) for column in zip(*totals, strict=True))
    print(f"in {time.monotonic() - started:.0f} s")
    print(f"{max(count - failed - skipped, 0)} passed, {failed} failed, {skipped} skipped")
    return 1 if failed else 0


if __name__ == "__main__":
    sys.exit(main())
