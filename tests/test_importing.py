"""Every file is accounted for; a second run writes nothing; a killed run is continued."""

import io
import json
import os
import random
import re
import shutil
import signal
import tempfile
import time
from collections import Counter
from pathlib import Path
from unittest import mock, skipUnless

from django.core.management import CommandError, call_command
from django.db import connection
from django.test import TestCase, override_settings, tag
from django.test.utils import CaptureQueriesContext
from PIL import Image as Pillow

from posts.content.analysis import plain_text
from posts.content.problems import Unreadable
from posts.files import discovery
from posts.files.importing import ImportRun
from posts.models import Citation, Image, Post, PostTag, QuarantinedFile, Redirect, Revision, Story
from posts.models.cards import Card
from posts.publishing import rebuilding
from tests.cast import CORPORA, DIGEST, SEED, digest, plain
from tests.support.databases import Database

WRITES = ("INSERT", "UPDATE", "DELETE")


class Folder:
    """A temporary folder with files, gone at the end of the test."""

    def __init__(self, case, files: dict[str, str | bytes] | None = None):
        self.root = Path(tempfile.mkdtemp(prefix="newsroom-test-"))
        case.addCleanup(shutil.rmtree, self.root, ignore_errors=True)
        for name, text in (files or {}).items():
            self.write(name, text)

    def write(self, name: str, text: str | bytes):
        file = self.root / name
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_bytes(text if isinstance(text, bytes) else text.encode())


def run(*paths, **options) -> dict[str, tuple[str, str]]:
    done = ImportRun([Path(path) for path in paths], **options)
    results = done.run()
    assert (
        sum(done.counts[state] for state in done.counts if state != "files")
        == done.counts["files"]
        == len(results)
    )
    return {result.path: (result.state, result.code) for result in results}


def writes(queries) -> list[str]:
    return [
        query["sql"][:120] for query in queries if query["sql"].lstrip().upper().startswith(WRITES)
    ]


def content() -> dict:
    """Everything in the database that does not depend on when or in what order it was written."""
    return {
        "posts": list(
            Post.objects.order_by("path").values_list(
                "path",
                "address",
                "title",
                "published_at",
                "status",
                "guid",
                "document",
                "html",
                "card",
            )
        ),
        "stories": list(
            Story.objects.order_by("guid").values_list(
                "guid", "slug", "heading", "position", "html", "post__path"
            )
        ),
        "citations": list(
            Citation.objects.order_by("post__path", "position").values_list(
                "post__path", "position", "url", "source__host", "listed_at"
            )
        ),
        "tags": list(
            PostTag.objects.order_by("post__path", "position").values_list(
                "post__path", "tag__slug", "listed_at"
            )
        ),
        "redirects": list(
            Redirect.objects.order_by("old_path").values_list("old_path", "post__path", "derived")
        ),
        "revisions": list(
            Revision.objects.order_by("post__path", "number").values_list(
                "post__path", "number", "document"
            )
        ),
        "quarantine": list(
            QuarantinedFile.objects.order_by("path").values_list("path", "line", "code")
        ),
    }


class EveryFile(TestCase):
    def setUp(self):
        media = tempfile.mkdtemp(prefix="newsroom-media-")
        self.addCleanup(shutil.rmtree, media, ignore_errors=True)
        override = override_settings(MEDIA_ROOT=media)
        override.enable()
        self.addCleanup(override.disable)

    def test_ends_in_exactly_one_state_with_a_reason(self):
        folder = Folder(
            self,
            {
                "_posts/2026-03-05-port.md": DIGEST,
                "_posts/2026-03-06-bad.md": "---\ntitle: AI: x\n---\nbody",
                "_posts/2026-03-07-gbk.md": "---\ntitle: 中文\n---\n".encode("gb18030"),
                "_posts/2026-03-08-nul.md": b"---\ntitle: a\n---\nx\0y",
                "_posts/2026-03-09-date.md": "---\ntitle: a\ndate: 2026-02-30\n---\n",
                "_posts/2026-03-10-none.markdown": "只有正文\n",
                "README.md": "# about\n",
                "about.md": "---\ntitle: About\n---\n",
                "_drafts/idea.md": "---\ntitle: Idea\n---\n",
                "image.svg": "<svg/>",
                "_config.yml": "timezone: UTC\n",
                "_posts/2026-03-11-utf16.md": "---\ntitle: a\n---\n".encode("utf-16"),
            },
        )
        os.symlink(folder.root / "about.md", folder.root / "_posts" / "2026-03-12-link.md")
        os.mkfifo(folder.root / "_posts" / "2026-03-13-fifo.md")
        (folder.root / "_posts" / "2026-03-14-folder.md").mkdir()
        done = ImportRun([folder.root])
        self.assertEqual(
            {result.path: (result.state, result.code) for result in done.run()},
            {
                "_posts/2026-03-05-port.md": ("imported", ""),
                "_posts/2026-03-06-bad.md": ("quarantined", "bad-yaml"),
                "_posts/2026-03-07-gbk.md": ("quarantined", "encoding"),
                "_posts/2026-03-08-nul.md": ("quarantined", "nul"),
                "_posts/2026-03-09-date.md": ("quarantined", "bad-date"),
                "_posts/2026-03-10-none.markdown": ("imported", ""),
                "README.md": ("skipped", "not-a-post"),
                "about.md": ("skipped", "no-date"),
                "_drafts/idea.md": ("imported", ""),
                "_config.yml": ("skipped", "not-markdown"),
                "_posts/2026-03-11-utf16.md": ("quarantined", "encoding"),
                "_posts/2026-03-12-link.md": ("skipped", "link"),
                "_posts/2026-03-13-fifo.md": ("skipped", "not-a-file"),
            },
        )
        self.assertEqual(QuarantinedFile.objects.get(path="_posts/2026-03-09-date.md").line, 3)
        self.assertEqual(
            [(entry.path, entry.state, entry.code) for entry in done.pictures],
            [("image.svg", "skipped", "picture-unused")],
        )
        self.assertEqual(
            Post.objects.get(path="_posts/2026-03-10-none.markdown").published_at.isoformat(),
            "2026-03-10T00:00:00+00:00",
        )

    def test_a_second_run_writes_nothing_and_a_mended_file_leaves_quarantine(self):
        folder = Folder(
            self,
            {
                "_posts/2026-03-05-port.md": DIGEST,
                "_posts/2026-03-06-bad.md": "---\ntitle: AI: x\n---\nbody",
            },
        )
        run(folder.root)
        before = content()
        with CaptureQueriesContext(connection) as queries:
            self.assertEqual(run(folder.root)["_posts/2026-03-05-port.md"][0], "unchanged")
        self.assertEqual(writes(queries), [])
        self.assertEqual(content(), before)
        folder.write("_posts/2026-03-06-bad.md", '---\ntitle: "AI: x"\n---\nbody')
        self.assertEqual(run(folder.root)["_posts/2026-03-06-bad.md"][0], "imported")
        self.assertFalse(QuarantinedFile.objects.exists())

    def test_a_run_asks_only_about_posts_of_its_own_files(self):
        run(Folder(self, {"_posts/2026-03-05-port.md": DIGEST}).root)
        other = Folder(self, {"_posts/2026-03-06-other.md": plain("乙", "2026-03-06")})
        for _round in ("new", "unchanged"):
            with CaptureQueriesContext(connection) as queries:
                run(other.root)
            asked = [
                query["sql"]
                for query in queries
                if re.search(r'FROM "posts_(post|delivery|story|citation)"', query["sql"])
            ]
            self.assertTrue(asked)
            self.assertEqual([sql for sql in asked if "WHERE" not in sql], [])

    def test_a_file_that_grows_while_it_is_read_is_bounded(self):
        folder = Folder(self, {"2026-03-05-a.md": "x" * 5000})
        read = os.read
        endless = mock.patch("posts.files.discovery.os.read", lambda file, size: b"x" * size)
        short = mock.patch("posts.files.discovery.os.read", lambda file, size: read(file, 7))
        location = str(folder.root / "2026-03-05-a.md")
        with endless, self.assertRaises(Unreadable) as caught:
            discovery.read_bytes(location)
        self.assertEqual(caught.exception.problem.code, "too-large")
        with short:
            self.assertEqual(discovery.read_bytes(location), b"x" * 5000)

    def test_a_dry_run_writes_nothing(self):
        folder = Folder(
            self, {"_posts/2026-03-05-port.md": DIGEST, "_posts/2026-03-06-bad.md": "---\nx"}
        )
        with CaptureQueriesContext(connection) as queries:
            self.assertEqual(
                run(folder.root, dry_run=True)["_posts/2026-03-05-port.md"][0], "imported"
            )
        self.assertEqual(writes(queries), [])

    def test_two_posts_that_want_one_address_both_stay(self):
        folder = Folder(
            self,
            {
                "a/2026-03-05-x.md": plain("甲", "2026-03-05"),
                "b/2026-03-05-x.md": plain("乙", "2026-03-05"),
            },
        )
        run(folder.root)
        self.assertEqual(
            set(Post.objects.values_list("address", "title")),
            {("/2026/03/05/x/", "甲"), ("/2026/03/05/x-2/", "乙")},
        )
        run(folder.root)
        self.assertEqual(Post.objects.count(), 2)

    def test_old_addresses_are_redirected_and_conflicts_reported(self):
        one = plain(
            "甲", "2026-03-05", permalink="/old/one/", redirect_from="[/a/]", category="news"
        )
        two = plain("乙", "2026-03-06", redirect_from="/a/")
        folder = Folder(self, {"_posts/2026-03-05-x.md": one, "_posts/2026-03-06-y.md": two})
        self.assertEqual(
            run(folder.root)["_posts/2026-03-06-y.md"], ("imported", "redirect-conflict")
        )
        for old in ("/old/one/", "/a/", "/2026/03/05/x.html", "/news/2026/03/05/x.html"):
            response = self.client.get(old)
            self.assertEqual(
                (response.status_code, response["Location"]), (301, "/2026/03/05/x/"), old
            )

    def test_the_pipelines_json(self):
        post = {
            "filename": "2026-03-05-port.md",
            "front_matter": {"title": "港口", "date": "2026-03-05", "tags": ["a"]},
            "content": "正文",
        }
        folder = Folder(self, {"batch.json": json.dumps({"posts": [post, {"content": "x"}]})})
        self.assertEqual(
            run(folder.root / "batch.json"),
            {
                "_posts/2026-03-05-port.md": ("imported", ""),
                "batch.json#1": ("quarantined", "bad-json"),
            },
        )
        self.assertEqual(
            run(folder.root / "batch.json")["_posts/2026-03-05-port.md"][0], "unchanged"
        )

    def test_pictures_beside_the_posts_come_along_cleaned_and_the_document_is_not_rewritten(self):
        out = io.BytesIO()
        exif = Pillow.Exif()
        exif.get_ifd(0x8825)[1] = "N"
        exif[0x010F] = "SecretCamera"
        Pillow.new("RGB", (40, 30), "red").save(out, "JPEG", exif=exif)
        bomb = (
            b"\x89PNG\r\n\x1a\n\0\0\0\rIHDR"
            + (50_000).to_bytes(4, "big") * 2
            + b"\x08\x02\0\0\0"
            + b"\0\0\0\0"
        )
        text = plain(
            "图",
            "2026-03-05",
            "![灯](../img/灯.jpg) ![弹](/img/bomb.png) ![外](/../../etc/x.png) ![矢](/img/x.svg)\n",
        )
        folder = Folder(
            self,
            {
                "_posts/2026-03-05-x.md": text,
                "img/灯.jpg": out.getvalue(),
                "img/bomb.png": bomb,
                "img/x.svg": "<svg onload=alert(1)/>",
            },
        )
        os.symlink("/etc/hostname", folder.root / "img" / "link.png")
        run(folder.root)
        image = Image.objects.get()
        self.assertEqual(
            (image.path, image.width, image.height, image.content_type),
            ("img/灯.jpg", 40, 30, "image/jpeg"),
        )
        with image.file.open() as file:
            self.assertNotIn(b"SecretCamera", file.read())
        post = Post.objects.get()
        self.assertEqual(post.document, text)
        self.assertIn(f'<img src="{image.file.url}" alt="灯" width="40" height="30"', post.html)
        self.assertIn("<em>弹</em>", post.html)
        self.assertNotIn("svg", post.html)
        self.assertEqual(self.client.get(image.file.url).status_code, 200)

    def test_keys_that_name_columns_mean_nothing(self):
        folder = Folder(
            self,
            {
                "_posts/2026-03-05-x.md": plain(
                    "甲",
                    "2026-03-05",
                    id="7",
                    pk="7",
                    is_superuser="true",
                    status="draft",
                    published_at="2020-01-01",
                )
            },
        )
        run(folder.root)
        self.assertIsNone(Post.objects.get().published_at)

    def test_the_commands_answer_as_the_contract_says(self):
        folder = Folder(
            self,
            {
                "_posts/2026-03-05-port.md": DIGEST,
                "_posts/2026-03-06-bad.md": "---\ntitle: a: b\n---\n",
            },
        )
        report = folder.root / "report.json"
        with self.assertRaises(SystemExit) as stopped:
            call_command(
                "import_posts",
                str(folder.root),
                report=report,
                stdout=io.StringIO(),
                stderr=io.StringIO(),
            )
        self.assertEqual(stopped.exception.code, 1)
        written = json.loads(report.read_text())
        self.assertEqual(
            written["counts"],
            {
                "files": 2,
                "imported": 1,
                "updated": 0,
                "merged": 0,
                "conflict": 0,
                "unchanged": 0,
                "quarantined": 1,
                "failed": 0,
                "skipped": 0,
                "pictures": {"imported": 0, "unchanged": 0, "refused": 0, "skipped": 0},
            },
        )
        self.assertEqual(set(written["files"][0]), {"path", "state", "line", "code", "message"})
        with self.assertRaises(CommandError) as refused:
            call_command("import_posts", "/no/such/folder")
        self.assertEqual(refused.exception.returncode, 2)
        out = io.StringIO()
        with self.assertRaises(SystemExit):
            call_command("inspect_posts", str(folder.root / "_posts"), json=True, stdout=out)
        entry = json.loads(out.getvalue().splitlines()[0])
        self.assertEqual(
            (entry["path"], entry["state"], entry["date"], entry["tags"]),
            ("_posts/2026-03-05-port.md", "ok", "2026-03-05", ["港口", "ai"]),
        )
        self.assertEqual(
            [section["kind"] for section in entry["sections"]],
            ["lead", "stories", "commentary", "commentary"],
        )
        self.assertEqual(
            [citation["source"] for citation in entry["stories"][1]["citations"]],
            ["ferry.example", "maps.example"],
        )

    def test_export_gives_the_same_bytes_and_writes_only_inside(self):
        crlf = digest(title="带 BOM").replace("\n", "\r\n")
        files = {
            "_posts/2026-03-05-a.md": ("\ufeff" + crlf).encode(),
            "es/_posts/2026-03-06-b.md": DIGEST.rstrip("\n").encode(),
        }
        source, target = Folder(self, files), Folder(self)
        run(source.root)
        call_command("export_posts", str(target.root), stdout=io.StringIO())
        for name, data in files.items():
            self.assertEqual((target.root / name).read_bytes(), data)
        call_command("export_posts", str(target.root), check=True, stdout=io.StringIO())
        (target.root / "_posts/2026-03-05-a.md").write_text("x")
        with self.assertRaises(SystemExit):
            call_command("export_posts", str(target.root), check=True, stdout=io.StringIO())
        outside = Folder(self)
        shutil.rmtree(target.root / "es")
        os.symlink(outside.root, target.root / "es")
        with self.assertRaises(SystemExit):
            call_command(
                "export_posts", str(target.root), stdout=io.StringIO(), stderr=io.StringIO()
            )
        self.assertEqual(list(outside.root.iterdir()), [])

    def test_rebuilding_leaves_a_healthy_database_and_mends_a_broken_one(self):
        folder = Folder(self, {"_posts/2026-03-05-port.md": DIGEST})
        run(folder.root)
        before = content()
        self.enterContext(mock.patch.object(rebuilding, "NOTED_EVERY", 3600))  # how far it is
        with CaptureQueriesContext(connection) as queries:
            call_command("rebuild_posts", stdout=io.StringIO())
        self.assertEqual(writes(queries), [])
        Post.objects.update(title="x", html="", card=Card())
        Citation.objects.all().delete()
        PostTag.objects.all().delete()
        call_command("rebuild_posts", stdout=io.StringIO())
        self.assertEqual(content(), before)


@tag("slow")
@skipUnless(SEED.is_dir(), "the shared documents are not on this machine")
class Seed(TestCase):
    def test_the_seed(self):
        run(SEED)
        post = Post.objects.get()
        self.assertEqual(post.address, "/2026/01/31/tech-news/")
        self.assertEqual(
            [
                source.host
                for source in sorted(
                    {c.source for c in post.citations.select_related("source")},
                    key=lambda s: s.host,
                )
            ],
            ["aws.amazon.com", "bloomberg.com", "wsj.com"],
        )
        self.assertEqual(
            (post.stories.count(), post.tags.count(), post.categories.get().slug), (3, 5, "tech")
        )
        page = self.client.get(post.address).content.decode()
        headings = [plain_text(one) for one in re.findall(r"<h1.*?</h1>", page)]
        self.assertEqual(headings, [post.title])
        for address in [
            post.address + post.stories.first().slug + "/",
            "/tags/oracle/",
            "/categories/tech/",
            "/sources/wsj.com/",
            "/authors/科技观察/",
        ]:
            self.assertEqual(self.client.get(address).status_code, 200, address)
        for address in [
            "/",
            "/tags/oracle/",
            "/categories/tech/",
            "/sources/wsj.com/",
            "/authors/科技观察/",
            "/2026/",
            "/2026/01/",
            "/2026/01/31/",
        ]:
            for feed in ("rss.xml", "atom.xml", "feed.json"):
                self.assertContains(self.client.get(address + feed), "3000亿美元")


class Corpus:
    """The documents of one real site. A class for each, so that several processes share them."""

    name: str
    least: int  # so many of them are posts

    def test_every_document_is_imported_exported_and_left_alone(self):
        folder = CORPORA / self.name
        media = self.enterContext(tempfile.TemporaryDirectory())
        self.enterContext(override_settings(MEDIA_ROOT=media))
        states = run(folder)
        counted = Counter(state for state, _code in states.values())
        self.assertGreaterEqual(counted["imported"], self.least)
        self.assertEqual(counted["quarantined"], 0)
        with CaptureQueriesContext(connection) as queries:
            again = run(folder)
        self.assertEqual(writes(queries), [])
        self.assertLessEqual({state for state, _code in again.values()}, {"unchanged", "skipped"})
        target = Folder(self)
        call_command("export_posts", str(target.root), stdout=io.StringIO())
        for file in target.root.rglob("*"):
            if file.is_file():
                self.assertEqual(
                    file.read_bytes(), (folder / file.relative_to(target.root)).read_bytes()
                )
        self.enterContext(mock.patch.object(rebuilding, "NOTED_EVERY", 3600))  # how far it is
        with CaptureQueriesContext(connection) as queries:
            call_command("rebuild_posts", stdout=io.StringIO())
        self.assertEqual(writes(queries), [])


@tag("slow")
@skipUnless(CORPORA.is_dir(), "the shared documents are not on this machine")
class EighteenF(Corpus, TestCase):
    name, least = "18f", 505


@tag("slow")
@skipUnless(CORPORA.is_dir(), "the shared documents are not on this machine")
class BitcoinOps(Corpus, TestCase):
    name, least = "bitcoinops", 300


@tag("slow")
@skipUnless(CORPORA.is_dir(), "the shared documents are not on this machine")
class Jekyll(Corpus, TestCase):
    name, least = "jekyll", 155


@tag("slow")
@skipUnless(CORPORA.is_dir(), "the shared documents are not on this machine")
class Persian(Corpus, TestCase):
    name, least = "mehdix-fa", 98


@tag("slow")
@skipUnless(CORPORA.is_dir(), "the shared documents are not on this machine")
class ThisWeekInRust(Corpus, TestCase):
    name, least = "twir", 148


@tag("slow")
class KilledImports(TestCase):
    """Twenty kills at random moments, each of an import into an empty database, then a run that
    is let be.
    """

    def test_a_killed_run_is_continued_to_the_same_content(self):
        rng = random.Random(4)
        posts = Folder(self)
        for number in range(150):
            tags = f"  - t{number % 7}\n  - 共同"
            posts.write(
                f"_posts/2026-03-{1 + number % 28:02}-n{number}.md",
                digest(title=f"第 {number} 期").replace("  - 港口\n  - ai", tags),
            )
        posts.write("_posts/2026-03-01-bad.md", "---\nx: y: z\n---\n")
        databases = Folder(self).root
        empty = self._database(databases, "empty")
        empty.start("manage.py", "migrate", "-v0").wait()
        finish = (
            "from tests.test_importing import content, run; "
            f"run({str(posts.root)!r}); print(repr(content()))"
        )
        wanted = self._database(databases, "whole", empty).output(finish)
        self.assertIn("n149", wanted)
        timed = self._database(databases, "timed", empty)
        began = time.monotonic()
        timed.start("manage.py", "import_posts", str(posts.root)).wait()
        whole = time.monotonic() - began
        cut = rounds = 0
        while cut < 20:
            rounds += 1
            self.assertLess(rounds, 60, "the runs end before they can be killed")
            database = self._database(databases, f"killed{rounds}", empty)
            process = database.start("manage.py", "import_posts", str(posts.root))
            time.sleep(rng.uniform(0.3, 0.9) * whole)
            process.send_signal(signal.SIGKILL)
            if process.wait() == -signal.SIGKILL:
                cut += 1
                self.assertEqual(database.output(finish), wanted)
            else:
                whole *= 0.9  # the machine is quicker than when it was timed

    def _database(self, folder: Path, name: str, template: Database | None = None) -> Database:
        database = Database(folder, name)
        self.addCleanup(database.drop)
        database.create(template)
        return database
