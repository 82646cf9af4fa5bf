"""All rows again from the documents: on all cores, continued where it was cut off."""

import io
from datetime import timedelta
from unittest import mock

from django.core.management import CommandError, call_command
from django.db import connection
from django.test import TestCase
from django.test.utils import CaptureQueriesContext

from posts import publishing
from posts.deriving.pool import Pool
from posts.management.commands import rebuild_posts
from posts.models import Job, Post
from posts.publishing import jobs, rebuilding
from tests.cast import plain, save

WRITES = ("INSERT", "UPDATE", "DELETE")


class CutOff(TestCase):
    def setUp(self):
        self.enterContext(mock.patch.object(rebuild_posts, "BATCH", 1))
        self.enterContext(mock.patch.object(rebuilding, "NOTED_EVERY", 0))
        for number in range(1, 6):
            save(plain(f"Nr. {number}", f"2026-03-0{number}"), f"_posts/2026-03-0{number}-x.md")
        Post.objects.update(title="x")

    def rebuild(self) -> str:
        out = io.StringIO()
        call_command("rebuild_posts", jobs=1, stdout=out, stderr=out)
        return out.getvalue()

    def cut_off_after(self, count: int) -> None:
        saved = []

        def save_all(submissions, **options):
            if len(saved) == count:
                raise KeyboardInterrupt
            saved.extend(submissions)
            return publishing.save_all(submissions, **options)

        with (
            mock.patch.object(rebuild_posts, "save_all", save_all),
            self.assertRaises(KeyboardInterrupt),
        ):
            self.rebuild()

    def titles(self) -> list[str]:
        return list(Post.objects.order_by("path").values_list("title", flat=True))

    def derived_while(self, act) -> list[str]:
        original, paths = Pool.derive_files, []

        def derive_files(pool, files, switches=None):
            paths.extend(file.path for file in files)
            return original(pool, files, switches)

        with mock.patch.object(Pool, "derive_files", derive_files):
            act()
        return paths

    def test_a_run_that_was_cut_off_goes_on_where_it_was(self):
        self.cut_off_after(3)
        self.assertEqual(self.titles(), ["Nr. 1", "Nr. 2", "Nr. 3", "x", "x"])
        said = []
        paths = self.derived_while(lambda: said.append(self.rebuild()))
        self.assertEqual(paths, ["_posts/2026-03-04-x.md", "_posts/2026-03-05-x.md"])
        self.assertIn("continued after 3 posts", said[0])
        self.assertIn("5 posts, 2 mended, 0 failed", said[0])
        self.assertEqual(self.titles(), [f"Nr. {number}" for number in range(1, 6)])
        self.assertFalse(Job.objects.exists())
        self.assertEqual(len(self.derived_while(self.rebuild)), 5)

    def test_what_other_code_or_other_settings_did_counts_for_nothing(self):
        self.cut_off_after(3)
        with mock.patch.object(rebuilding, "fingerprint", lambda: "newer"):
            self.assertEqual(len(self.derived_while(self.rebuild)), 5)
        self.assertFalse(Job.objects.exists())
        with self.settings(TIME_ZONE="UTC"):
            other = rebuilding.fingerprint()
        self.assertNotEqual(other, rebuilding.fingerprint())

    def test_the_worker_continues_it_too(self):
        self.cut_off_after(2)
        self.assertEqual(Job.objects.get().state, "running")
        with mock.patch.object(jobs, "STALE", timedelta(seconds=-1)):
            jobs.run_all()
        self.assertEqual(self.titles(), [f"Nr. {number}" for number in range(1, 6)])
        self.assertEqual((Job.objects.get().state, Job.objects.get().done), ("done", 5))

    def test_failures_of_the_first_part_are_not_forgotten(self):
        Post.objects.filter(path="_posts/2026-03-01-x.md").update(
            document="---\ntitle: a: b\n---\n"
        )
        self.cut_off_after(2)
        with self.assertRaises(SystemExit):
            self.rebuild()
        self.assertFalse(Job.objects.exists())

    def test_it_can_be_cancelled_in_the_admin(self):
        self.cut_off_after(1)
        job = Job.objects.get()

        def save_all(submissions, **options):
            jobs.cancel(job)
            return publishing.save_all(submissions, **options)

        with (
            mock.patch.object(rebuild_posts, "save_all", save_all),
            self.assertRaises(CommandError),
        ):
            self.rebuild()
        self.assertEqual(self.titles().count("x"), 3)

    def test_an_editors_post_that_would_be_none_as_a_file_is_rebuilt(self):
        save("Nur Worte\n", "notes/words.md")
        Post.objects.update(title="x")
        self.assertIn("6 posts, 6 mended, 0 failed", self.rebuild())
        self.assertNotIn("x", self.titles())


class Healthy(TestCase):
    def test_a_short_run_over_right_rows_writes_nothing_at_all(self):
        save(plain("A", "2026-03-05"), "_posts/2026-03-05-a.md")
        with CaptureQueriesContext(connection) as queries:
            call_command("rebuild_posts", stdout=io.StringIO())
        written = [q["sql"] for q in queries if q["sql"].startswith(WRITES)]
        self.assertEqual(written, [])

    def test_the_number_of_children_is_checked(self):
        for jobs_ in (0, 65):
            with self.assertRaises(CommandError):
                call_command("rebuild_posts", jobs=jobs_)
