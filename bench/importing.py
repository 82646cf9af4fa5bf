"""Importing beside generators of static sites: time, CPU and memory for the same documents."""

import os
import shutil
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

from bench import ROOT, folder, servers
from bench.processes import Cost, timed

PEERS = ROOT / "bench" / "peers" / "generators"
LAYOUTS = {
    "single.html": "<h1>{{ .Title }}</h1>{{ .Content }}",
    "list.html": (
        "{{ range .Pages }}<a href='{{ .Permalink }}'>{{ .Title }}</a>{{ .Summary }}{{ end }}"
    ),
}
JEKYLL_LAYOUT = "<h1>{{ page.title }}</h1>{{ content }}"
JEKYLL_MOST = 1000  # more would take minutes


def measure(work: Path, size: dict, peers: Path | None) -> dict:
    """Costs by task; a task of ours and Hugo's build of the same files take turns."""
    posts, rounds = size["posts"], size["rounds"]
    site = work / "site"
    folder.write_posts(site / "_posts", posts)
    tasks, left_out = [], []

    def note(name: str, cost: Cost, count: int = posts) -> None:
        found = next((task for task in tasks if task["task"] == name), None)
        if found is None:
            found = {"task": name, "posts": count, "wall": [], "cpu": [], "memory": []}
            tasks.append(found)
        for kind, value in cost._asdict().items():
            found[kind].append(value)
        print(
            f"  {name}: {cost.wall:.1f} s, CPU {cost.cpu:.1f} s, {cost.memory:.0f} MB", flush=True
        )

    hugo = shutil.which("hugo")
    if hugo is None:
        left_out.append("Hugo, which is not installed")
    else:
        prepare_hugo(site)
    for number in range(rounds):
        newsroom(work / f"run-{number}", site, note)
        if hugo:
            target = work / f"hugo-{number}"
            options = [
                "--quiet",
                "--source",
                site,
                "--contentDir",
                "_posts",
                "--destination",
                target,
            ]
            note("Hugo, build", timed([hugo, *options]))
            built(target, posts)
    others(work, site, peers, note, left_out)
    return {"posts": posts, "tasks": tasks, "left_out": left_out}


def newsroom(work: Path, site: Path, note: Callable[..., None]) -> None:
    """A first import, the same folder again, and a rebuild of every post."""
    work.mkdir()
    database = f"sqlite:///{work}/site.sqlite3"
    options = {"cwd": ROOT, "env": os.environ | servers.site_settings(database, work)}
    manage = [sys.executable, "manage.py"]
    subprocess.run([*manage, "migrate", "-v0"], check=True, **options)
    note("Newsroom, start alone", timed([*manage, "check"], **options))
    note("Newsroom, import", timed([*manage, "import_posts", site], **options))
    note("Newsroom, unchanged folder", timed([*manage, "import_posts", site], **options))
    note("Newsroom, rebuild", timed([*manage, "rebuild_posts"], **options))
    shutil.rmtree(work)


def prepare_hugo(site: Path) -> None:
    """The least of layouts, so that Markdown weighs most."""
    shutil.copy(PEERS / "hugo.toml", site / "config.toml")
    layouts = site / "layouts" / "_default"
    layouts.mkdir(parents=True)
    for name, text in LAYOUTS.items():
        (layouts / name).write_text(text)


def others(work: Path, site: Path, peers: Path | None, note: Callable, left_out: list[str]) -> None:
    """Pelican and Jekyll, once each: they take minutes."""
    if peers is None:
        left_out.append("Pelican, whose packages could not be installed")
    else:
        shutil.copy(PEERS / "pelicanconf.py", work)
        (work / "content").symlink_to(site / "_posts")
        pelican = [peers.with_name("pelican"), work / "content", "-s", work / "pelicanconf.py"]
        posts = len(list((site / "_posts").glob("*.md")))
        note("Pelican, build", timed([*pelican, "-o", work / "pelican"], cwd=work))
        built(work / "pelican", posts)
    if shutil.which("jekyll") is None:
        left_out.append("Jekyll, which is not installed")
        return
    source = work / "jekyll"
    (source / "_layouts").mkdir(parents=True)
    (source / "_posts").mkdir()
    (source / "_layouts" / "post.html").write_text(JEKYLL_LAYOUT)
    shutil.copy(PEERS / "jekyll.yml", source / "_config.yml")
    chosen = sorted((site / "_posts").glob("*.md"))[:JEKYLL_MOST]
    for path in chosen:
        shutil.copy(path, source / "_posts")
    command = ["jekyll", "build", "--quiet", "--source", source, "--destination", work / "built"]
    note("Jekyll, build", timed(command, cwd=source), len(chosen))
    built(work / "built", len(chosen))


def built(target: Path, posts: int) -> None:
    """Ends the benchmark where a generator wrote fewer pages than there are posts."""
    found = sum(1 for path in target.rglob("*.html") if path.stat().st_size > 2000)
    if found < posts:
        raise SystemExit(f"{target.name} holds {found} pages for {posts} posts")
    shutil.rmtree(target)
