"""Pages per second of server CPU, beside hello world, nginx, a bare view and peers, in one run.

All servers run at once on one core and are asked one after another from the other core, round by
round, so that a machine that drifts does so for all of them.
"""

import http.client
import shutil
import time
from contextlib import ExitStack
from dataclasses import replace
from pathlib import Path

from bench import folder, load, servers, subjects
from bench.processes import cpu_seconds, memory
from bench.subjects import Row, site

CONNECTIONS = 8


def measure(work: Path, size: dict, peers: Path | None) -> dict:
    """The rows of the table, each with a figure for every round."""
    database = f"sqlite:///{work}/site.sqlite3"
    work.chmod(0o755)  # nginx reads as another account
    filled(work, size["posts"], database)
    left_out = []
    with ExitStack() as stack:
        start = subjects.starter(stack, work)
        found = site("addresses", 40_000, database=database, folder=work)
        warm = start(servers.newsroom(database, work))
        cold = start(servers.newsroom(database, work / "cold", **subjects.COLD))
        files = work / "files"
        files.mkdir()
        (files / "post.html").write_bytes(body(warm.port, found["post"][0]))
        (files / "feed.html").write_bytes(body(warm.port, "/rss.xml"))
        rows = subjects.least(start, peers, files) + subjects.ours(warm, cold, found)
        if shutil.which("nginx"):
            nginx = stack.enter_context(servers.running(servers.nginx(files), files))
            rows += subjects.sized("nginx", nginx)
            rows += subjects.unchanged(warm, found, rows[1].server, nginx)
        else:
            left_out.append("nginx, which is not installed")
        if peers is None:
            left_out.append("the peers, whose packages could not be installed")
        else:
            rows += subjects.peers(start, peers, work, work / "posts.jsonl")
        results = measured(rows, size)
        sizes = {row.server.name: round(memory(row.server.pid)) for row in rows}
    return {"posts": size["posts"], "rows": results, "memory_mb": sizes, "left_out": left_out}


def filled(work: Path, posts: int, database: str) -> None:
    """The site's database and what the peers are filled from."""
    folder.write_posts(work / "site" / "_posts", posts)
    folder.write_lines(work / "site" / "_posts", work / "posts.jsonl")
    subjects.imported(database, work)


def body(port: int, address: str) -> bytes:
    """A page as it is, for those who serve files."""
    connection = http.client.HTTPConnection("127.0.0.1", port, timeout=60)
    connection.request("GET", address)
    return connection.getresponse().read()


def measured(rows: list[Row], size: dict) -> list[dict]:
    """Every row asked in every round; what was answered is looked at before and after."""
    results = [
        {
            "subject": row.subject,
            "page": row.ask.page,
            "state": row.state,
            "status": row.ask.status,
            "body": load.check(row.server.port, row.ask),
        }
        | {name: [] for name in ("rate", "p50", "p99", "busy", "bytes")}
        for row in rows
    ]
    for number in range(size["rounds"]):
        for row, result in zip(rows, results, strict=True):
            for name, value in once(row, size["seconds"], number, size["rounds"]).items():
                result[name].append(value)
            load.check(row.server.port, row.ask)
        print(f"  round {number + 1} of {size['rounds']}: {said(results)}", flush=True)
    return results


def once(row: Row, seconds: int, number: int, rounds: int) -> dict[str, float]:
    """One row in one round: answers per second of the server's CPU time, and what waiting cost."""
    share = len(row.ask.addresses) // rounds
    ask = row.ask
    if ask.once:
        ask = replace(ask, addresses=ask.addresses[number * share : (number + 1) * share])
    before, began = cpu_seconds(row.server.pid), time.monotonic()
    found = load.drive(
        row.server.port, ask, seconds, CONNECTIONS, 0 if ask.once else number * share
    )
    used, passed = cpu_seconds(row.server.pid) - before, time.monotonic() - began
    return {
        "rate": found.requests / max(used, 0.01),
        "p50": found.p50,
        "p99": found.p99,
        "busy": used / min(passed, found.seconds),
        "bytes": found.bytes,
    }


def said(results: list[dict]) -> str:
    """A few of the figures of the round, for whoever waits."""
    shown = []
    for result in results:
        if result["page"] in ("hello", "post") and result["subject"] in ("granian", "newsroom"):
            rate = f"{result['rate'][-1]:.0f}"
            shown.append(f"{result['subject']} {result['page']} {result['state']} {rate}/CPU-s")
    return ", ".join(shown)
