"""``make bench``: importing beside Hugo, pages beside a bare view and a WSGI hello world.

Absolute figures are printed for orientation; the ratios are the result. ``POSTS=`` sets the number
of posts (10,000), ``SECONDS=`` how long each page is asked for.
"""

import os
import shutil
import statistics
import subprocess
import sys
import tempfile
import time
import urllib.request
from pathlib import Path
from typing import NamedTuple

from bench.folder import write_posts

ROOT = Path(__file__).resolve().parent.parent
POSTS = int(os.environ.get("POSTS", "10000"))
SECONDS = float(os.environ.get("SECONDS", "4"))


MEASURE = """\
import resource, subprocess, sys, time
began = time.monotonic()
code = subprocess.call(sys.argv[1:], stdout=subprocess.DEVNULL)
used = resource.getrusage(resource.RUSAGE_CHILDREN)
print(time.monotonic() - began, used.ru_utime + used.ru_stime, used.ru_maxrss // 1024, code)
"""
HUGO = """\
baseURL = "http://x.example/"
title = "x"
[markup.goldmark.renderer]
unsafe = true
"""
LAYOUTS = {
    "single.html": "<h1>{{ .Title }}</h1>{{ .Content }}",
    "list.html": (
        "{{ range .Pages }}<a href='{{ .Permalink }}'>{{ .Title }}</a>{{ .Summary }}{{ end }}"
    ),
}
PAGES = {
    "post": "/2026/01/05/tech-5/",
    "home": "/",
    "tag": "/tags/ai/",
    "feed": "/rss.xml",
    "304": "/",
}


class Cost(NamedTuple):
    """What a command and its children took."""

    wall: float  # seconds
    cpu: float  # seconds
    memory: int  # MB at the peak

    def __str__(self) -> str:
        return f"{self.wall:.1f} s wall, {self.cpu:.1f} s CPU, {self.memory} MB"


def timed(command: list, **options) -> Cost:
    """The cost of a command; ends the benchmark if it fails."""
    done = subprocess.run(
        [sys.executable, "-c", MEASURE, *map(str, command)],
        capture_output=True,
        text=True,
        **options,
    )
    wall, cpu, memory, code = done.stdout.split()[-4:]
    if code != "0":
        raise SystemExit(f"{command} failed: {done.stderr[-400:]}")
    return Cost(float(wall), float(cpu), int(memory))


def importing(folder: Path, environment: dict):
    """The first import, the second, and Hugo's build of the same files."""
    manage = [sys.executable, "manage.py"]
    subprocess.run([*manage, "migrate", "-v0"], cwd=ROOT, env=environment, check=True)
    first = timed([*manage, "import_posts", folder / "site"], cwd=ROOT, env=environment)
    again = timed([*manage, "import_posts", folder / "site"], cwd=ROOT, env=environment)
    start = timed([*manage, "check"], cwd=ROOT, env=environment)
    beyond = POSTS / max(0.01, again.wall - start.wall)
    print(f"import of {POSTS} new posts: {first}; {POSTS / first.wall:.0f} posts/s")
    print(f"import of the same folder:  {again}; {beyond:.0f} posts/s beyond start-up")
    hugo = shutil.which("hugo")
    if hugo is None:
        print("Hugo is not installed; the import has nothing to stand beside")
        return
    built = building(hugo, folder)
    print(f"Hugo's build of the same:   {built}")
    ratios = [ours / theirs for ours, theirs in zip(first, built, strict=True)]
    print("RATIO import / Hugo: wall {:.2f}, CPU {:.2f}, memory {:.2f}".format(*ratios))


def building(hugo: str, folder: Path) -> Cost:
    """What Hugo takes for a site of the same documents with the least of layouts."""
    (folder / "site" / "config.toml").write_text(HUGO)
    layouts = folder / "site" / "layouts" / "_default"
    layouts.mkdir(parents=True)
    for name, text in LAYOUTS.items():
        (layouts / name).write_text(text)
    options = ["--contentDir", "_posts", "--destination", folder / "public"]
    return timed([hugo, "--quiet", "--source", folder / "site", *options])


def serving(environment: dict):
    """Pages per second beside the same server's hello world, one connection after another."""
    rates: dict[str, list[float]] = {}
    for _round in range(3):
        for name, application, path in [
            ("hello", "bench.hello:application", "/"),
            ("bare view", "bench.bare:application", "/bare/"),
        ]:
            with server(application, environment) as base:
                rates.setdefault(name, []).append(rate(base + path))
        with server("newsroom.wsgi:application", environment) as base:
            for name, path in PAGES.items():
                rates.setdefault(name, []).append(rate(base + path, conditional=name == "304"))
    middle = {name: statistics.median(values) for name, values in rates.items()}
    for name, value in middle.items():
        hello, bare = value / middle["hello"], value / middle["bare view"]
        print(
            f"{name:10} {value:8.0f} req/s   RATIO to hello {hello:.3f}, to a bare view {bare:.3f}"
        )


class server:
    """gunicorn with one worker, for a ``with`` block."""

    def __init__(self, application: str, environment: dict):
        self.application, self.environment = application, environment

    def __enter__(self) -> str:
        command = [
            sys.executable,
            "-m",
            "gunicorn",
            self.application,
            "--bind",
            "127.0.0.1:8765",
            "--worker-class",
            "gthread",
            "--workers",
            "1",
            "--threads",
            "1",
            "--log-level",
            "error",
        ]
        self.process = subprocess.Popen(command, cwd=ROOT, env=self.environment)
        for _attempt in range(100):
            try:
                urllib.request.urlopen("http://127.0.0.1:8765/", timeout=2).read()
                break
            except OSError:
                time.sleep(0.1)
        return "http://127.0.0.1:8765"

    def __exit__(self, *error):
        self.process.terminate()
        self.process.wait()


def rate(address: str, conditional: bool = False) -> float:
    """Answers per second over a few seconds, on one kept connection."""
    import http.client

    host, _slash, path = address.removeprefix("http://").partition("/")
    connection = http.client.HTTPConnection(host)
    headers = {}
    connection.request("GET", f"/{path}")
    first = connection.getresponse()
    first.read()
    assert first.status == 200, (address, first.status)
    if conditional:
        headers["If-None-Match"] = first.headers["ETag"]
    count, end = 0, time.monotonic() + SECONDS / 3
    began = time.monotonic()
    while time.monotonic() < end:
        connection.request("GET", f"/{path}", headers=headers)
        connection.getresponse().read()
        count += 1
    return count / (time.monotonic() - began)


def main():
    folder = Path(tempfile.mkdtemp(prefix="newsroom-bench-"))
    try:
        write_posts(folder / "site" / "_posts", POSTS)
        environment = os.environ | {
            "DATABASE_URL": f"sqlite:///{folder}/bench.sqlite3",
            "MEDIA_ROOT": str(folder / "media"),
            "DJANGO_SETTINGS_MODULE": "newsroom.settings",
        }
        importing(folder, environment)
        serving(environment)
    finally:
        shutil.rmtree(folder, ignore_errors=True)


if __name__ == "__main__":
    main()
