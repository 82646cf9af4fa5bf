"""What pages, the admin's list and a save cost as the site grows, on both databases.

The first posts are imported; the others are copies of their rows, made in SQL. One connection asks,
so that nothing waits in a queue: p50 and p99 are of single answers.
"""

import contextlib
import http.client
import time
from collections.abc import Iterator
from contextlib import ExitStack
from pathlib import Path

from bench import folder, load, servers, subjects
from bench.measures import percentile
from bench.processes import cpu_seconds
from bench.subjects import site
from tests.support import postgres

FIRST = 2000  # posts that are imported
LISTS, SAVES = 40, 40  # of the admin's list and of saves, each time


def measure(work: Path, size: dict, peers: Path | None) -> dict:
    """Rows for every database and number of posts."""
    folder.write_posts(work / "site" / "_posts", FIRST)
    rows, left_out, built = [], [], []
    for name in size["databases"]:
        try:
            with database(name, work) as url:
                subjects.imported(url, work)
                for posts in size["sizes"]:
                    began = time.monotonic()
                    site("multiply", posts, database=url, folder=work)
                    seconds = time.monotonic() - began
                    built.append({"database": name, "posts": posts, "seconds": seconds})
                    rows += measured(name, url, posts, work, size["seconds"])
        except RuntimeError as error:
            left_out.append(f"{name}: {error}")
    return {"rows": rows, "built": built, "left_out": left_out}


@contextlib.contextmanager
def database(name: str, work: Path) -> Iterator[str]:
    """An empty database of this kind for a block. Raises RuntimeError where there is none."""
    if name == "PostgreSQL":
        with postgres.server() as url:
            yield url
    else:
        path = work / "growth.sqlite3"
        try:
            yield f"sqlite:///{path}"
        finally:
            for left in work.glob("growth.sqlite3*"):
                left.unlink()


def measured(name: str, url: str, posts: int, work: Path, seconds: int) -> list[dict]:
    """Every kind of page warm and cold, the admin's list, and saving."""
    found = site("addresses", 4000, database=url, folder=work)
    rows, pages = [], work / f"{name}-{posts}"  # what was kept of a smaller site is not asked for
    with ExitStack() as stack:
        start = subjects.starter(stack, work)
        warm = start(servers.newsroom(url, pages / "warm"))
        cold = start(servers.newsroom(url, pages / "cold", **subjects.COLD))
        for row in subjects.ours(warm, cold, found):
            if row.state != "first" and "gzip" not in row.ask.page:
                load.check(row.server.port, row.ask)
                load.check(row.server.port, row.ask)  # the first opened connections
                rows.append(asked(row, seconds))
        rows.append(listed(cold, site("editor", database=url, folder=work)))
    rows.append(saved(site("save", SAVES, database=url, folder=work)))
    home = {row["page"]: row["p50"] for row in rows if row["state"] != "warm"}
    print(
        f"  {name}, {found['posts']} posts: home {home['home']:.1f} ms, post {home['post']:.1f} ms,"
        f" admin list {home['admin list']:.1f} ms, save {home['save']:.1f} ms",
        flush=True,
    )
    return [{"database": name, "posts": posts} | row for row in rows]


def asked(row: subjects.Row, seconds: int) -> dict:
    """One kind of page on one connection."""
    before = cpu_seconds(row.server.pid)
    found = load.drive(row.server.port, row.ask, seconds, 1)
    used = cpu_seconds(row.server.pid) - before
    cost = {"p50": found.p50, "p99": found.p99, "cpu": 1000 * used / found.requests}
    return {"page": row.ask.page, "state": row.state, "n": found.requests} | cost


def listed(server: servers.Server, editor: dict) -> dict:
    """The admin's list of posts, as an editor sees it."""
    connection = http.client.HTTPConnection("127.0.0.1", server.port, timeout=120)
    times, before = [], 0.0
    for number in range(LISTS + 3):
        if number == 3:
            before = cpu_seconds(server.pid)
        began = time.perf_counter()
        connection.request("GET", editor["list"], headers={"Cookie": editor["cookie"]})
        response = connection.getresponse()
        if response.status != 200 or b"result_list" not in response.read():
            raise load.Answer(f"the admin's list: {response.status}")
        times.append(1000 * (time.perf_counter() - began))
    used = 1000 * (cpu_seconds(server.pid) - before) / LISTS
    return row_of("admin list", times[3:], used)


def saved(found: dict) -> dict:
    """A changed word in a post, by the write path."""
    costs = found["saves"]
    row = row_of("save", [1000 * cost["wall"] for cost in costs], 1000 * found["cpu"])
    return row | {"queries": percentile([cost["queries"] for cost in costs], 0.5)}


def row_of(page: str, times: list[float], cpu: float) -> dict:
    """A row of milliseconds."""
    cost = {"p50": percentile(times, 0.5), "p99": percentile(times, 0.99), "cpu": cpu}
    return {"page": page, "state": "editor", "n": len(times)} | cost
