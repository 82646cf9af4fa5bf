"""Commands say what they did, and refuse what was mistyped before they touch anything."""

import io
import sys
import tempfile
from datetime import timedelta
from pathlib import Path
from unittest import mock

from django.core.management import CommandError, call_command
from django.test import TestCase
from django.utils import timezone

from posts import publishing
from posts.models import Post, PostTag, Tag
from tests.cast import DIGEST, digest, plain, save


class Terminal(io.StringIO):
    """A stream that says it is a terminal."""

    def isatty(self) -> bool:
        return True


class Commands(TestCase):
    def setUp(self):
        self.folder = Path(self.enterContext(tempfile.TemporaryDirectory()))
        (self.folder / "_posts").mkdir()
        (self.folder / "_posts" / "2026-03-05-port.md").write_text(DIGEST)

    def output(self, *arguments: str, **options) -> str:
        out = io.StringIO()
        call_command(*arguments, stdout=out, stderr=out, **options)
        return out.getvalue()

    def test_an_import_refuses_mistyped_options_before_it_reads_a_file(self):
        for options, words in [
            ({"jobs": 0}, "1 to 64"),
            ({"jobs": 65}, "1 to 64"),
            ({"timezone": "Mars/Base"}, "Mars/Base"),
            ({"report": self.folder / "none" / "report.json"}, "none does not exist"),
        ]:
            with self.subTest(options), self.assertRaises(CommandError) as refused:
                self.output("import_posts", str(self.folder), **options)
            self.assertIn(words, str(refused.exception))
            self.assertEqual(refused.exception.returncode, 2)
        self.assertFalse(Post.objects.exists())

    def test_an_import_shows_its_progress_on_a_terminal_only(self):
        shown = Terminal()
        with mock.patch.object(sys, "stderr", shown):
            call_command("import_posts", str(self.folder), stdout=io.StringIO(), stderr=shown)
        self.assertIn("] 1/1", shown.getvalue())
        self.assertNotIn("] 1/1", self.output("import_posts", str(self.folder)))

    def test_inspecting_tells_people_what_a_file_is_and_what_is_wrong_with_it(self):
        (self.folder / "_posts" / "2026-03-06-bad.md").write_text("---\ntitle: AI: x\n---\n")
        (self.folder / "README.md").write_text("about\n")
        out = io.StringIO()
        with self.assertRaises(SystemExit) as ended:
            call_command("inspect_posts", str(self.folder), stdout=out)
        self.assertEqual(ended.exception.code, 1)
        text = out.getvalue()
        self.assertIn("_posts/2026-03-05-port.md: ok\n  港口日报：风起之前 (2026-03-05,", text)
        self.assertIn("_posts/2026-03-06-bad.md: quarantined\n  line 2: ", text)
        self.assertIn("README.md: skipped\n", text)
        with self.assertRaises(CommandError) as refused:
            self.output("inspect_posts", str(self.folder / "nowhere"))
        self.assertEqual(refused.exception.returncode, 2)

    def test_jobs_are_done_without_a_worker(self):
        save()
        one, other = Tag.objects.get(slug="ai"), Tag.objects.get(slug="港口")
        publishing.start_merge(one, other)
        self.assertEqual(self.output("run_jobs"), "1 jobs, 0 posts told to WebSub hubs\n")
        self.assertFalse(PostTag.objects.filter(tag=one).exists())
        self.assertEqual(self.output("run_jobs"), "0 jobs, 0 posts told to WebSub hubs\n")

    def test_rebuilding_goes_on_past_a_post_that_fails_and_names_it(self):
        good, bad = save(), save(digest(title="坏"), "_posts/2026-03-06-bad.md")
        Post.objects.update(title="x")

        def failing(submissions, **options):
            if any(one.path == bad.path for one in submissions):
                raise RuntimeError("broken")
            return publishing.save_all(submissions, **options)

        out = io.StringIO()
        with (
            mock.patch("posts.management.commands.rebuild_posts.save_all", failing),
            self.assertRaises(SystemExit),
        ):
            call_command("rebuild_posts", stdout=out, stderr=out)
        self.assertIn("_posts/2026-03-06-bad.md: RuntimeError: broken\n", out.getvalue())
        self.assertIn("2 posts, 1 mended, 1 failed\n", out.getvalue())
        good.refresh_from_db()
        self.assertEqual(good.title, "港口日报：风起之前")


class NewsSitemap(TestCase):
    def test_holds_the_posts_of_the_last_two_days_in_their_language(self):
        now = timezone.localtime()
        for name, hours, language in (("new", 1, "en"), ("zh", 2, "zh-Hans"), ("old", 60, "en")):
            at = (now - timedelta(hours=hours)).strftime("%Y-%m-%d %H:%M:%S %z")
            save(plain(name, at, lang=language), f"_posts/2026-03-05-{name}.md")
        text = self.client.get("/sitemap-news.xml").content.decode()
        self.assertIn("<news:title>new</news:title>", text)
        self.assertIn("<news:language>en</news:language>", text)
        self.assertIn("<news:language>zh-cn</news:language>", text)
        self.assertNotIn("<news:title>old</news:title>", text)

    def test_a_part_that_is_no_month_does_not_exist(self):
        for part in ("posts-2026-13", "posts-x", "archives-x", "x"):
            self.assertEqual(self.client.get(f"/sitemap-{part}.xml").status_code, 404, part)
