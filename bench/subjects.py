"""What is compared in serving: which server answers which addresses."""

import json
import os
import subprocess
import sys
from collections.abc import Callable
from contextlib import ExitStack
from dataclasses import dataclass
from pathlib import Path
from urllib.parse import quote

from bench import ROOT, load, servers
from bench.load import Ask
from bench.servers import Server

COLD = {"PAGE_CACHE_MB": "0"}
GZIP = {"Accept-Encoding": "gzip"}


@dataclass
class Row:
    """One line of the table."""

    subject: str  # newsroom, granian, gunicorn, nginx, django, blog, wagtail
    state: str  # warm, cold, first
    server: Server
    ask: Ask


def site(work: str, *rest: int, database: str, folder: Path):
    """The answer of ``bench.site``."""
    done = subprocess.run(
        [sys.executable, "-m", "bench.site", work, *map(str, rest)],
        cwd=ROOT,
        env=os.environ | servers.site_settings(database, folder),
        stdout=subprocess.PIPE,
        text=True,
    )
    if done.returncode:
        raise SystemExit(f"bench.site {work} failed")
    return json.loads(done.stdout) if done.stdout.strip() else None


def imported(database: str, work: Path) -> None:
    """Tables, and the posts of the folder ``site``."""
    environment = os.environ | servers.site_settings(database, work)
    for command in (["migrate", "-v0"], ["import_posts", work / "site"]):
        subprocess.run(
            [sys.executable, "manage.py", *map(str, command)],
            cwd=ROOT,
            env=environment,
            check=True,
            stdout=subprocess.DEVNULL,
        )


def pages(found: dict) -> list[Ask]:
    """Every kind of page that readers ask for, one address of each."""
    year, month, _day = found["month"].split("-")
    post, story = found["post"][0], quote(found["story"][0])
    return [
        Ask("post", [post], holds="<article"),
        Ask("story", [story], holds="<article"),
        Ask("home", ["/"], holds="<article"),
        Ask("tag", ["/tags/ai/"], holds="<article"),
        Ask("source", [found["source"]], holds="<article"),
        Ask("archive", ["/archive/"], holds=f"/{year}/"),
        Ask("RSS", ["/rss.xml"], holds="<item>"),
        Ask("JSON feed", ["/feed.json"], holds='"items"'),
        Ask("sitemap part", [f"/sitemap-posts-{year}-{month}.xml"], holds="<loc>"),
        Ask("404", ["/nothing/here/"], status=404, holds="<h1"),
    ]


def many(found: dict) -> dict[str, list[str]]:
    """Kinds of which there are many, so that each request has an address of its own."""
    return {"post": found["post"], "story": [quote(story) for story in found["story"]]}


def ours(warm: Server, cold: Server, found: dict) -> list[Row]:
    """The site from memory and without one."""
    asks = pages(found)
    zipped = [Ask("post, gzip", asks[0].addresses, headers=GZIP)]
    rows = [Row("newsroom", "warm", warm, ask) for ask in asks + zipped]
    listed = many(found)
    for ask in asks:
        distinct = listed.get(ask.page, ask.addresses)
        rows.append(
            Row("newsroom", "cold", cold, Ask(ask.page, distinct, ask.status, holds=ask.holds))
        )
    first = [address for pair in zip(*listed.values(), strict=False) for address in pair]
    rows.append(Row("newsroom", "first", warm, Ask("post and story", first, once=True)))
    return rows


def unchanged(warm: Server, found: dict, granian: Server, nginx: Server) -> list[Row]:
    """Pages that a reader has already."""
    post, rows = found["post"][0], []
    for subject, server, address in [
        ("newsroom", warm, post),
        ("granian", granian, "/"),
        ("nginx", nginx, "/post.html"),
    ]:
        tag = load.etag(server.port, address) or '"x"'
        headers = {"If-None-Match": tag}
        rows.append(Row(subject, "warm", server, Ask("304", [address], 304, headers=headers)))
    return rows


def peers(start: Callable[[Server], Server], python: Path, folder: Path, posts: Path) -> list[Row]:
    """The textbook blog and Wagtail, filled with the same posts."""
    slugs = [json.loads(line)["slug"] for line in posts.read_text().splitlines()]
    rows = []
    for subject, name, prefix, feed in [
        ("blog", "blog", "/posts/", "/rss.xml"),
        ("wagtail", "magazine", "/", "/feed/"),
    ]:
        settings = {f"{name.upper()}_DATABASE": str(folder / f"{name}.sqlite3")}
        fill = [python, "-m", f"bench.peers.{name}.fill", posts]
        subprocess.run(fill, cwd=ROOT, env=os.environ | settings, check=True)
        server = start(servers.granian(python, f"bench.peers.{name}.wsgi:application", **settings))
        for ask in [
            Ask("post", [f"{prefix}{slug}/" for slug in slugs], holds="<article"),
            Ask("home", ["/"], holds="<article"),
            Ask("tag", ["/tags/ai/"], holds="<article"),
            Ask("RSS", [feed], holds="<item>"),
        ]:
            rows.append(Row(subject, "cold", server, ask))
    return rows


def least(start: Callable[[Server], Server], python: Path | None, files: Path) -> list[Row]:
    """What servers can do at all: five bytes, files of the size of our pages, a bare view."""
    settings = {"BENCH_PAGES": str(files)}
    hello = start(servers.granian(sys.executable, "bench.hello:application", **settings))
    bare = start(servers.granian(sys.executable, "bench.bare:application"))
    rows = [Row("django", "cold", bare, Ask("hello", ["/"], holds="hello"))]
    subjects = [("granian", hello)]
    if python is not None:
        gunicorn = start(servers.gunicorn(python, "bench.hello:application", **settings))
        subjects.append(("gunicorn", gunicorn))
    for subject, server in subjects:
        rows.append(Row(subject, "warm", server, Ask("hello", ["/"], holds="hello")))
        rows += sized(subject, server)
    return rows


def sized(subject: str, server: Server) -> list[Row]:
    """A post and a feed, as long as ours."""
    asks = Ask("a post's bytes", ["/post.html"]), Ask("a feed's bytes", ["/feed.html"])
    return [Row(subject, "warm", server, ask) for ask in asks]


def starter(stack: ExitStack, folder: Path) -> Callable[[Server], Server]:
    """Starts servers that end with the stack."""
    return lambda server: stack.enter_context(servers.running(server, folder))
