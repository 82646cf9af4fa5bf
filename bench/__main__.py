"""``make bench``: importing beside Hugo, pages beside a bare view and a WSGI hello world.

Absolute figures are printed for orientation; the ratios are the result. ``POSTS=`` sets the number of posts (10,000).
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

from bench.folder import write_posts

ROOT = Path(__file__).resolve().parent.parent
POSTS = int(os.environ.get("POSTS", "10000"))
SECONDS = float(os.environ.get("SECONDS", "4"))


def timed(command: list, **options) -> tuple[float, float, int]:
    """(wall seconds, CPU seconds, peak memory in MB) of a command and its children."""
    script = (
        "import resource, subprocess, sys, time; began = time.monotonic(); code = subprocess.call(sys.argv[1:], stdout=subprocess.DEVNULL);"
        "used = resource.getrusage(resource.RUSAGE_CHILDREN); print(time.monotonic() - began, used.ru_utime + used.ru_stime, used.ru_maxrss // 1024, code)"
    )
    done = subprocess.run(
        [sys.executable, "-c", script, *map(str, command)],
        capture_output=True,
        text=True,
        **options,
    )
    wall, cpu, memory, code = done.stdout.split()[-4:]
    if code != "0":
        raise SystemExit(f"{command} failed: {done.stderr[-400:]}")
    return float(wall), float(cpu), int(memory)


def importing(folder: Path, environment: dict):
    """The first import, the second, and Hugo's build of the same files."""
    manage = [sys.executable, "manage.py"]
    subprocess.run([*manage, "migrate", "-v0"], cwd=ROOT, env=environment, check=True)
    first = timed([*manage, "import_posts", folder / "site"], cwd=ROOT, env=environment)
    again = timed([*manage, "import_posts", folder / "site"], cwd=ROOT, env=environment)
    start = timed([*manage, "check"], cwd=ROOT, env=environment)
    print(
        f"import of {POSTS} new posts: {first[0]:.1f} s wall, {first[1]:.1f} s CPU, {first[2]} MB; {POSTS / first[0]:.0f} posts/s"
    )
    print(
        f"import of the same folder:  {again[0]:.1f} s wall, {POSTS / max(0.01, again[0] - start[0]):.0f} posts/s beyond start-up"
    )
    if hugo := shutil.which("hugo"):
        (folder / "site" / "config.toml").write_text(
            'baseURL = "http://x.example/"\ntitle = "x"\n[markup.goldmark.renderer]\nunsafe = true\n'
        )
        layouts = folder / "site" / "layouts" / "_default"
        layouts.mkdir(parents=True)
        (layouts / "single.html").write_text("<h1>{{ .Title }}</h1>{{ .Content }}")
        (layouts / "list.html").write_text(
            "{{ range .Pages }}<a href='{{ .Permalink }}'>{{ .Title }}</a>{{ .Summary }}{{ end }}"
        )
        built = timed(
            [
                hugo,
                "--quiet",
                "--source",
                folder / "site",
                "--contentDir",
                "_posts",
                "--destination",
                folder / "public",
            ]
        )
        print(
            f"Hugo's build of the same:   {built[0]:.1f} s wall, {built[1]:.1f} s CPU, {built[2]} MB"
        )
        print(
            f"RATIO import / Hugo: wall {first[0] / built[0]:.2f}, CPU {first[1] / built[1]:.2f}, memory {first[2] / built[2]:.2f}"
        )
    else:
        print("Hugo is not installed; the import has nothing to stand beside")


def serving(folder: Path, environment: dict):
    """Pages per second beside the same server's hello world, one connection after another."""
    rates: dict[str, list[float]] = {}
    pages = {
        "post": "/2026/01/05/tech-5/",
        "home": "/",
        "tag": "/tags/ai/",
        "feed": "/rss.xml",
        "304": "/",
    }
    for _round in range(3):
        for name, application, path in [
            ("hello", "bench.hello:application", "/"),
            ("bare view", "bench.bare:application", "/bare/"),
        ]:
            with server(application, environment) as base:
                rates.setdefault(name, []).append(rate(base + path))
        with server("newsroom.wsgi:application", environment) as base:
            for name, path in pages.items():
                rates.setdefault(name, []).append(rate(base + path, conditional=name == "304"))
    middle = {name: statistics.median(values) for name, values in rates.items()}
    for name, value in middle.items():
        print(
            f"{name:10} {value:8.0f} req/s   RATIO to hello {value / middle['hello']:.3f}, to a bare view {value / middle['bare view']:.3f}"
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
        serving(folder, environment)
    finally:
        shutil.rmtree(folder, ignore_errors=True)


if __name__ == "__main__":
    main()
