"""A file is one more editor: what it did not change is not its business, and no word is lost."""

import contextlib
import importlib
import io
import json
import os
import re
import shutil
import tempfile
from pathlib import Path
from unittest import mock

from django.apps import apps
from django.contrib.auth import get_user_model
from django.core.management import call_command
from django.db import connection, transaction
from django.test import TestCase, override_settings, tag
from django.test.utils import CaptureQueriesContext
from hypothesis import HealthCheck, settings
from hypothesis import strategies as st
from hypothesis.stateful import (
    RuleBasedStateMachine,
    initialize,
    invariant,
    rule,
    run_state_machine_as_test,
)
from PIL import Image as Pillow

from posts import publishing
from posts.content.problems import Unreadable
from posts.deriving.pool import Pool
from posts.files.importing import ImportRun
from posts.models import Delivery, Image, Post, Redirect, Revision
from posts.publishing import delivering, workflow
from tests.cast import DIGEST, digest, plain, save
from tests.test_importing import Folder, content, writes

PATH = "_posts/2026-03-05-port.md"


class Delivered(TestCase):
    """A site with one post whose file is delivered again and again."""

    def setUp(self):
        media = tempfile.mkdtemp(prefix="newsroom-media-")
        self.addCleanup(shutil.rmtree, media, ignore_errors=True)
        override = override_settings(MEDIA_ROOT=media)
        override.enable()
        self.addCleanup(override.disable)
        self.folder = Folder(self)

    def deliver(self, text: str | None = None, path: str = PATH, **options) -> str:
        """Write the file, import the folder; the state of the file."""
        if text is not None:
            self.folder.write(path, text)
        return self.run_all(**options)[path]

    def run_all(self, **options) -> dict[str, str]:
        self.done = ImportRun([self.folder.root], **options)
        return {result.path: result.state for result in self.done.run()}

    @property
    def post(self) -> Post:
        return Post.objects.get(path=PATH)

    def edit(self, old: str, new: str) -> Post:
        self.assertIn(old, self.post.document)
        return save(self.post.document.replace(old, new))


class Remembered(Delivered):
    def test_a_second_import_of_an_unchanged_folder_undoes_no_editor(self):
        self.deliver(DIGEST)
        post = self.edit("省电的型号", "很省电的型号")
        publishing.withdraw(post)
        before = content()
        with CaptureQueriesContext(connection) as queries:
            self.assertEqual(self.deliver(), "unchanged")
        self.assertEqual(writes(queries), [])
        self.assertEqual(content(), before)
        self.assertEqual(self.post.status, "withdrawn")

    def test_a_file_that_changed_updates_a_post_that_did_not(self):
        self.deliver(DIGEST)
        self.assertEqual(self.deliver(digest(title="新题")), "updated")
        self.assertEqual(self.post.document, digest(title="新题"))
        self.assertEqual(self.deliver(), "unchanged")
        self.assertEqual(self.deliver(DIGEST), "updated")

    def test_where_both_changed_they_are_merged_and_the_delivered_text_is_kept(self):
        self.deliver(DIGEST)
        self.edit("省电的型号", "很省电的型号")
        theirs = digest(title="新题").replace("  - ai\n", "  - ai\n  - 灯塔\n")
        self.assertEqual(self.deliver(theirs), "merged")
        self.assertEqual(self.post.document, theirs.replace("省电的型号", "很省电的型号"))
        self.assertEqual(self.post.tags.count(), 3)
        self.assertEqual(publishing.delivering.post_base(self.post), theirs)
        with CaptureQueriesContext(connection) as queries:
            self.assertEqual(self.deliver(), "unchanged")
        self.assertEqual(writes(queries), [])
        self.deliver(digest(title="更新的题"))
        self.assertIn(theirs, texts_of(self.post))

    def test_where_both_changed_the_same_words_the_post_stands_and_the_file_waits(self):
        self.deliver(DIGEST)
        edited = self.edit("渡船改走北线。", "渡船明日改走北线。")
        theirs = DIGEST.replace("渡船改走北线。", "渡船改走南线。")
        self.assertEqual(self.deliver(theirs), "conflict")
        self.assertEqual(self.post.document, edited.document)
        self.assertEqual(publishing.waiting(self.post).text, theirs)
        self.assertIn("第二条：渡船改线", self.done.results[0].message)
        with CaptureQueriesContext(connection) as queries:
            self.assertEqual(self.deliver(), "conflict")
        self.assertEqual(writes(queries), [])

    def test_a_newer_delivery_takes_the_place_of_one_that_waits(self):
        self.deliver(DIGEST)
        edited = self.edit("渡船改走北线。", "渡船明日改走北线。")
        first = DIGEST.replace("渡船改走北线。", "渡船改走南线。")
        self.deliver(first)
        second = DIGEST.replace("渡船改走北线。", "渡船改走东线。")
        self.assertEqual(self.deliver(second), "conflict")
        self.assertEqual(publishing.waiting(self.post).text, second)
        self.assertIn(first, texts_of(self.post))
        self.assertEqual(self.deliver(edited.document), "unchanged")
        self.assertIsNone(publishing.waiting(self.post))

    def test_a_file_that_returns_to_what_it_was_leaves_nothing_waiting(self):
        self.deliver(DIGEST)
        edited = self.edit("渡船改走北线。", "渡船明日改走北线。")
        self.deliver(DIGEST.replace("渡船改走北线。", "渡船改走南线。"))
        self.assertEqual(self.deliver(DIGEST), "unchanged")
        self.assertIsNone(publishing.waiting(self.post))
        self.assertEqual(self.post.document, edited.document)

    def test_a_post_written_in_the_admin_is_not_imported_over(self):
        written = save(digest(title="编辑写的"))
        self.assertEqual(self.deliver(DIGEST), "conflict")
        self.assertEqual(self.post.document, written.document)
        self.assertEqual(self.deliver(written.document), "unchanged")
        self.assertIsNone(publishing.waiting(self.post))
        self.assertEqual(self.deliver(digest(title="编辑写的", date="2026-03-06")), "updated")

    def test_restoring_counts_as_an_edit(self):
        self.deliver(DIGEST)
        self.deliver(digest(title="第二版"))
        publishing.restore(self.post.revisions.get(number=1))
        self.assertEqual(self.deliver(), "unchanged")
        self.assertEqual(self.post.document, DIGEST)

    def test_a_folder_that_was_exported_and_imported_again_changes_nothing_and_undoes_nothing(self):
        self.deliver(DIGEST)
        edited = self.edit("渡船改走北线。", "渡船明日改走北线。")
        exported = Folder(self)
        call_command("export_posts", str(exported.root), stdout=io.StringIO())
        before = content()
        self.assertEqual([r.state for r in ImportRun([exported.root]).run()], ["unchanged"])
        self.assertEqual(self.deliver(), "unchanged")
        self.assertEqual(content(), before)
        self.assertEqual(self.post.document, edited.document)
        later = edited.document.replace("完。", "完了。")
        exported.write(PATH, later)
        self.assertEqual([r.state for r in ImportRun([exported.root]).run()], ["updated"])

    def test_deliveries_go_on_where_an_exported_folder_was_imported(self):
        self.deliver(DIGEST)
        edited = self.edit("渡船改走北线。", "渡船明日改走北线。").document
        Post.objects.all().delete()
        self.assertEqual(self.deliver(edited), "imported")
        self.edit("完。", "完了。")
        self.assertEqual(self.deliver(edited.replace("风向", "潮水")), "merged")
        self.assertEqual(
            self.post.document, edited.replace("风向", "潮水").replace("完。", "完了。")
        )

    def test_a_folder_of_before_that_goes_on_after_an_exported_one_was_imported_is_merged(self):
        self.deliver(DIGEST)
        self.edit("渡船改走北线。", "渡船明日改走北线。")
        exported = Folder(self)
        call_command("export_posts", str(exported.root), stdout=io.StringIO())
        ImportRun([exported.root]).run()
        self.assertEqual(self.deliver(digest(title="新题")), "merged")
        self.assertEqual(self.post.title, "新题")
        self.assertIn("渡船明日改走北线。", self.post.document)

    def test_a_database_from_before_knows_what_its_imports_delivered(self):
        self.deliver(DIGEST)
        self.deliver(digest(title="第二版"))
        self.edit("完。", "完了。")
        Delivery.objects.all().delete()
        migration = importlib.import_module("posts.migrations.0006_deliveries")
        migration.remember_imports(apps, None)
        self.assertEqual(publishing.delivering.post_base(self.post), digest(title="第二版"))
        self.assertEqual(self.deliver(), "unchanged")
        self.assertEqual(self.deliver(digest(title="第三版")), "merged")

    def test_a_file_that_moves_its_post_leaves_a_redirect(self):
        self.deliver(DIGEST)
        self.assertEqual(self.deliver(digest(slug="new-name")), "updated")
        self.assertRedirects(
            self.client.get("/2026/03/05/port/"), "/2026/03/05/new-name/", status_code=301
        )
        self.assertEqual(self.post.document, digest(slug="new-name"))


class Held(Delivered):
    def test_a_delivery_never_publishes_what_an_editor_withdrew(self):
        self.deliver(DIGEST)
        publishing.withdraw(self.post)
        self.assertEqual(self.deliver(digest(title="新题")), "merged")
        self.assertEqual((self.post.status, self.post.title), ("withdrawn", "新题"))
        self.assertEqual(self.deliver(digest(title="新题", published="true")), "conflict")
        self.assertEqual(self.post.status, "withdrawn")

    def test_nor_what_an_editor_published_and_withdrew_again(self):
        held = digest(published="false")
        self.deliver(held)
        publishing.publish(self.post)
        publishing.withdraw(self.post)
        self.assertEqual(self.post.document, held)
        self.assertEqual(self.deliver(held.replace("完。", "完了。")), "updated")
        self.assertEqual(self.deliver(digest(published="true")), "conflict")
        self.assertEqual(self.post.status, "withdrawn")

    def test_nor_by_the_clock(self):
        held = digest(published="false")
        self.deliver(held)
        publishing.publish(self.post)
        publishing.withdraw(self.post)
        self.assertEqual(self.deliver(digest(published="true", date="2999-01-01")), "conflict")
        self.assertIsNone(self.post.published_at)

    def test_a_post_that_an_editor_scheduled_goes_on_with_its_file(self):
        self.deliver(DIGEST)
        save(digest(date="2999-01-01"))
        self.assertEqual(self.deliver(digest(title="新题")), "merged")
        self.assertEqual((self.post.is_scheduled, self.post.title), (True, "新题"))

    def test_nor_what_an_editor_withdrew_when_its_file_moves(self):
        for path in ("_posts/2026/2026-03-05-port.md", "_posts/2026-03-05-renamed.md"):
            with self.subTest(path):
                Post.objects.all().delete()
                self.deliver(DIGEST)
                publishing.withdraw(self.post)
                (self.folder.root / PATH).unlink()
                self.assertEqual(self.deliver(DIGEST, path), "quarantined")
                self.assertIn(PATH, self.done.results[0].message)
                self.assertFalse(Post.objects.published().exists())
                publishing.publish(self.post)
                self.assertEqual(self.deliver(path=path), "imported")
                (self.folder.root / path).unlink()

    def test_what_its_own_file_withdrew_may_come_back_under_another_name(self):
        self.deliver(DIGEST)
        self.deliver(digest(published="false"))
        self.assertEqual(self.deliver(DIGEST, "_posts/2026/2026-03-05-port.md"), "imported")
        self.assertTrue(Post.objects.published().exists())

    def test_nor_what_an_editor_made_a_draft_or_moved_into_the_future(self):
        for key, value in (("draft", "true"), ("date", "2999-01-01")):
            Post.objects.all().delete()
            self.deliver(DIGEST)
            save(digest(**{key: value}))
            self.deliver(digest(title="新题", date="2026-03-06"))
            self.assertFalse(self.post.is_public, key)

    def test_a_draft_that_only_files_held_back_is_published_by_its_file(self):
        self.deliver(digest(draft="true"))
        self.edit("完。", "完了。")
        self.assertEqual(self.deliver(digest(draft="false")), "merged")
        self.assertTrue(self.post.is_public)
        self.assertIn("完了。", self.post.document)

    def test_a_merge_that_moves_a_post_notes_the_address_it_leaves(self):
        self.deliver(DIGEST)
        self.edit("完。", "完了。")
        self.assertEqual(self.deliver(digest(slug="new-name")), "merged")
        self.assertIn("redirect_from", self.post.document)
        self.assertRedirects(
            self.client.get("/2026/03/05/port/"), "/2026/03/05/new-name/", status_code=301
        )

    def test_an_address_that_readers_had_leads_on_after_a_time_without_a_date(self):
        path = "notes/x.md"
        self.deliver(plain("甲", "2026-03-05"), path)
        undated = plain("甲", "2026-03-05", draft="true").replace("date: 2026-03-05\n", "")
        self.assertEqual(self.deliver(undated, path), "updated")
        self.assertEqual(Post.objects.get().status, "draft")
        self.assertEqual(self.deliver(plain("甲", "2026-03-06"), path), "updated")
        self.assertEqual(Post.objects.get().address, "/2026/03/06/x/")
        led = Redirect.objects.get(old_path="/2026/03/05/x/")
        self.assertEqual(led.post, Post.objects.get())


class Answered(Delivered):
    """What an editor can do with a delivery that waits."""

    def setUp(self):
        super().setUp()
        self.deliver(DIGEST)
        self.edited = self.edit("渡船改走北线。", "渡船明日改走北线。")
        self.theirs = digest(title="新题").replace("渡船改走北线。", "渡船改走南线。")
        self.deliver(self.theirs)
        self.delivery = publishing.waiting(self.post)

    def test_an_editor_takes_it(self):
        publishing.take(self.delivery)
        self.assertEqual(self.post.document, self.theirs)
        self.assertEqual(self.deliver(), "unchanged")
        self.assertIn(self.edited.document, texts_of(self.post))

    def test_taking_keeps_the_addresses_that_lead_to_the_post(self):
        self.edit("title:", "slug: moved\ntitle:")
        publishing.take(publishing.waiting(self.post))
        self.assertEqual(self.post.address, "/2026/03/05/port/")
        self.assertIn("/2026/03/05/moved/", self.post.document)

    def test_an_editor_joins_it(self):
        marked = publishing.comparison(self.delivery).text
        self.assertIn("title: 新题", marked)
        with self.assertRaises(Unreadable):
            publishing.join(self.delivery, marked)
        joined = marked.split("<<<<<<<")[0] + "渡船明日改走南线。" + marked.split(">>>>>>> file")[1]
        publishing.join(self.delivery, joined)
        self.assertIn("渡船明日改走南线。", self.post.document)
        self.assertEqual(self.deliver(), "unchanged")
        self.assertIn(self.theirs, texts_of(self.post))
        self.assertEqual(self.deliver(self.theirs.replace("完。", "完了。")), "merged")
        self.assertIn("渡船明日改走南线。", self.post.document)

    def test_an_editor_refuses_it(self):
        publishing.refuse(self.delivery)
        self.assertEqual(self.post.document, self.edited.document)
        self.assertEqual(self.deliver(), "unchanged")
        self.assertIsNone(publishing.waiting(self.post))
        self.assertEqual(self.deliver(self.theirs.replace("完。", "完了。")), "merged")
        self.assertIn("渡船明日改走北线。", self.post.document)
        self.assertNotIn("新题", self.post.document)
        self.assertIn(self.theirs, texts_of(self.post))

    def test_what_somebody_else_answered_is_a_conflict(self):
        publishing.refuse(self.delivery)
        for answer in (publishing.take, publishing.refuse):
            with self.assertRaises(publishing.Conflict):
                answer(self.delivery)
        self.assertEqual(self.post.document, self.edited.document)

    def test_an_editor_who_saw_an_older_revision_is_told(self):
        version = self.post.version
        self.edit("完。", "完了。")
        with self.assertRaises(publishing.Conflict):
            publishing.take(self.delivery, based_on=version)

    def test_who_may_not_publish_cannot_answer_for_a_public_post(self):
        author = get_user_model().objects.create_user("author")
        for answer in (
            lambda: publishing.take(self.delivery, user=author),
            lambda: publishing.join(self.delivery, DIGEST, user=author),
            lambda: publishing.refuse(self.delivery, user=author),
        ):
            with self.assertRaises(publishing.NotAllowed):
                answer()
        self.assertEqual(publishing.waiting(self.post), self.delivery)


class Unexpected(Delivered):
    """One file's trouble costs that file."""

    def test_an_exception_while_reading_costs_that_file(self):
        self.folder.write("_posts/2026-03-06-b.md", plain("乙", "2026-03-06"))
        derive = self.failing_for("2026-03-06-b")
        with mock.patch("posts.deriving.pool.Pool.derive_files", derive):
            states = self.deliver(DIGEST), self.done.results[1]
        self.assertEqual((states[0], states[1].state), ("imported", "failed"))
        self.assertIn("ZeroDivisionError", states[1].message)
        self.assertEqual(self.run_all()["_posts/2026-03-06-b.md"], "imported")

    @staticmethod
    def failing_for(name: str):
        original = Pool.derive_files

        def derive(pool, files, switches=None):
            if any(name in file.path for file in files):
                raise ZeroDivisionError("by zero")
            return original(pool, files, switches)

        return derive

    def test_an_exception_while_writing_costs_that_file(self):
        self.folder.write("_posts/2026-03-06-b.md", plain("乙", "2026-03-06"))
        original = delivering.save_all

        def save_all(submissions, **options):
            if any("2026-03-06" in wanted.path for wanted in submissions):
                raise ZeroDivisionError("by zero")
            return original(submissions, **options)

        with mock.patch("posts.publishing.delivering.save_all", save_all):
            self.assertEqual(self.deliver(DIGEST), "imported")
        self.assertEqual(self.done.counts["failed"], 1)
        with (
            self.assertRaises(SystemExit) as stopped,
            mock.patch("posts.publishing.delivering.save_all", save_all),
        ):
            call_command(
                "import_posts", str(self.folder.root), stdout=io.StringIO(), stderr=io.StringIO()
            )
        self.assertEqual(stopped.exception.code, 1)

    def test_a_folder_that_cannot_be_read_costs_itself(self):
        self.folder.write("closed/2026-03-06-b.md", plain("乙", "2026-03-06"))
        original = os.scandir

        def scandir(folder):
            if Path(folder).name == "closed":
                raise PermissionError(13, "Permission denied")
            return original(folder)

        with mock.patch("posts.files.discovery.os.scandir", scandir):
            self.assertEqual(self.deliver(DIGEST), "imported")
        self.assertEqual(self.done.counts["quarantined"], 1)

    def test_one_name_twice_in_a_json_delivery_is_refused_for_both(self):
        post = {"filename": "2026-03-05-a.md", "front_matter": {"title": "甲"}, "content": "一"}
        other = post | {"filename": "2026-03-05-a", "content": "二"}
        whole = post | {"filename": "2026-03-06-b.md"}
        self.folder.write("batch.json", json.dumps({"posts": [post, whole, other]}))
        done = ImportRun([self.folder.root / "batch.json"])
        self.assertEqual(
            [(result.state, result.code) for result in done.run()],
            [("quarantined", "same-path"), ("imported", ""), ("quarantined", "same-path")],
        )
        self.assertEqual(Post.objects.count(), 1)

    def test_two_folders_with_one_path_are_refused_for_both_and_a_folder_named_twice_is_read_once(
        self,
    ):
        other = Folder(self, {PATH: digest(title="别处")})
        self.folder.write(PATH, DIGEST)
        states = [r.state for r in ImportRun([self.folder.root, other.root]).run()]
        self.assertEqual(states, ["quarantined", "quarantined"])
        root = self.folder.root
        states = [r.state for r in ImportRun([root, root / "_posts", root / PATH]).run()]
        self.assertEqual(states, ["imported"])

    def test_a_run_without_a_single_post_is_no_success(self):
        self.folder.write("README.md", "# x\n")
        with self.assertRaises(SystemExit) as stopped:
            call_command("import_posts", str(self.folder.root), stdout=io.StringIO())
        self.assertEqual(stopped.exception.code, 1)

    def test_a_conflict_is_no_success_and_stands_in_the_report(self):
        self.deliver(DIGEST)
        self.edit("渡船改走北线。", "渡船明日改走北线。")
        self.folder.write(PATH, DIGEST.replace("渡船改走北线。", "渡船改走南线。"))
        report = Path(tempfile.mkdtemp()) / "report.json"
        self.addCleanup(shutil.rmtree, report.parent)
        with self.assertRaises(SystemExit):
            call_command(
                "import_posts",
                str(self.folder.root),
                report=report,
                stdout=io.StringIO(),
                stderr=io.StringIO(),
            )
        written = json.loads(report.read_text())
        self.assertEqual(written["counts"]["conflict"], 1)
        self.assertEqual(written["files"][0]["code"], "conflict")

    def test_inspecting_and_a_dry_run_know_merges_and_conflicts_and_write_nothing(self):
        for theirs, state in (
            (digest(title="新题"), "merged"),
            (DIGEST.replace("渡船改走北线。", "渡船改走南线。"), "conflict"),
        ):
            Post.objects.all().delete()
            self.deliver(DIGEST)
            self.edit("渡船改走北线。", "渡船明日改走北线。")
            self.folder.write(PATH, theirs)
            out = io.StringIO()
            with CaptureQueriesContext(connection) as queries:
                self.assertEqual(self.deliver(dry_run=True), state)
                call_command(
                    "inspect_posts", str(self.folder.root), json=True, site=True, stdout=out
                )
            self.assertEqual(writes(queries), [])
            self.assertEqual(json.loads(out.getvalue())["import"], state)

    def test_rebuilding_goes_on_past_a_post_that_fails(self):
        self.deliver(DIGEST)
        save(plain("乙", "2026-03-06"), "_posts/2026-03-06-b.md")
        Post.objects.update(title="x")
        original = Pool.derive_files

        def derive(pool, files, switches=None):
            if any(file.path == PATH for file in files):
                raise ZeroDivisionError("by zero")
            return original(pool, files, switches)

        out, errors = io.StringIO(), io.StringIO()
        with (
            mock.patch("posts.deriving.pool.Pool.derive_files", derive),
            self.assertRaises(SystemExit),
        ):
            call_command("rebuild_posts", stdout=out, stderr=errors)
        self.assertIn("2 posts, 1 mended, 1 failed", out.getvalue())
        self.assertIn(f"{PATH}: ZeroDivisionError", errors.getvalue())
        self.assertEqual(Post.objects.get(path="_posts/2026-03-06-b.md").title, "乙")

    def test_an_editor_who_saves_during_the_import_loses_no_word(self):
        self.deliver(DIGEST)
        original = delivering._written
        saved = []

        def written(found, now):
            if not saved:
                saved.append(self.edit("完。", "完了。"))
            return original(found, now)

        with mock.patch("posts.publishing.delivering._written", written):
            self.assertEqual(self.deliver(digest(title="新题")), "merged")
        self.assertEqual(self.post.document, digest(title="新题").replace("完。", "完了。"))


class Zones(Delivered):
    def test_a_corrected_time_zone_takes_effect_on_files_that_did_not_change(self):
        self.folder.write("_posts/2026-03-06-z.md", plain("乙", "2026-03-06 10:00 +0100"))
        self.deliver(plain("甲", "2026-03-05 10:00"), zone="UTC")
        self.assertEqual(self.post.published_at.isoformat(), "2026-03-05T10:00:00+00:00")
        states = self.run_all(zone="Asia/Shanghai")
        self.assertEqual(states, {PATH: "updated", "_posts/2026-03-06-z.md": "unchanged"})
        self.assertEqual(self.post.published_at.isoformat(), "2026-03-05T02:00:00+00:00")
        for zone in ("Asia/Shanghai", ""):
            with CaptureQueriesContext(connection) as queries:
                self.assertEqual(set(self.run_all(zone=zone).values()), {"unchanged"})
            self.assertEqual(writes(queries), [])
        self.folder.write("_config.yml", "timezone: UTC\n")
        self.assertEqual(self.deliver(), "updated")


class Pictures(Delivered):
    @staticmethod
    def picture(colour: str) -> bytes:
        out = io.BytesIO()
        Pillow.new("RGB", (40, 30), colour).save(out, "PNG")
        return out.getvalue()

    def setUp(self):
        super().setUp()
        self.text = plain("图", "2026-03-05", "![灯](/img/灯.png)")

    def entries(self) -> list[tuple[str, str, str]]:
        return [(entry.path, entry.state, entry.code) for entry in self.done.pictures]

    def test_a_picture_that_arrives_after_its_post_appears(self):
        self.deliver(self.text)
        [remark] = self.post.problems
        self.assertEqual((remark["key"], remark["line"]), ("picture-missing", 6))
        self.folder.write("img/灯.png", self.picture("red"))
        self.assertEqual(self.deliver(), "unchanged")
        self.assertIn(Image.objects.get().file.url, self.post.html)
        self.assertEqual(self.post.problems, [])
        self.assertEqual(self.entries(), [("img/灯.png", "imported", "")])
        with CaptureQueriesContext(connection) as queries:
            self.deliver()
        self.assertEqual((writes(queries), self.entries()), ([], [("img/灯.png", "unchanged", "")]))

    def test_a_picture_that_changed_is_shown_by_the_posts_of_unchanged_files(self):
        self.folder.write("img/灯.png", self.picture("red"))
        self.deliver(self.text)
        self.folder.write("img/灯.png", self.picture("blue"))
        self.assertEqual(self.deliver(), "unchanged")
        post = self.post
        url = Image.objects.get().file.url
        self.assertIn(url, post.html)
        self.assertEqual(post.card.image.url, url)

    def test_pictures_in_the_report_are_pictures(self):
        self.folder.write("img/灯.png", b"no picture")
        self.folder.write("img/unused.png", self.picture("red"))
        self.assertEqual(self.deliver(self.text), "imported")
        self.assertEqual(self.done.counts["files"], 1)
        self.assertEqual(
            self.entries(),
            [
                ("img/unused.png", "skipped", "picture-unused"),
                ("img/灯.png", "refused", "picture-unknown"),
            ],
        )
        self.assertEqual([remark["key"] for remark in self.post.problems], ["picture-missing"])

    def test_a_photograph_of_20_megabytes_is_taken(self):
        data = self.picture("red")
        out = io.BytesIO()
        Pillow.effect_noise((2600, 2600), 100).convert("RGB").save(out, "PNG", compress_level=0)
        data = out.getvalue()
        self.assertGreater(len(data), 20_000_000)
        self.folder.write("img/灯.png", data)
        self.deliver(self.text)
        self.assertEqual(self.entries(), [("img/灯.png", "imported", "")])


class File:
    """A digest that a pipeline writes anew for each delivery: its parts, and how it looks."""

    def __init__(self) -> None:
        self.keys: dict[str, str] = {"title": "日报", "date": "2026-03-05"}
        self.tags = ["港口", "ai"]
        self.stories = {name: [f"{name}的话。"] for name in ("灯塔", "渡船")}
        self.after = ["分析的话。"]
        self.end = "\n"

    @property
    def text(self) -> str:
        keys = [f"{key}: {value}" for key, value in self.keys.items()]
        tags = ["tags:", *(f"  - {tag}" for tag in self.tags)] if self.tags else []
        parts = ["# 日报", "开头。", "## 主要新闻"]
        for name, paragraphs in self.stories.items():
            source = f"**Source:** [{name}](https://{ord(name[0])}.example/a)"
            parts += [f"### {name}", *paragraphs, source]
        parts += ["## 分析", *self.after]
        lines = ["---", *keys, *tags, "---", "", *(f"{part}\n" for part in parts)]
        return "\n".join(lines).replace("\n", self.end)


VALUES = {
    "title": ["日报", "晚报", "第三号"],
    "date": ["2026-03-05", "2026-03-06 08:00 +0800", "2999-01-01"],
    "slug": ["one", "two"],
    "published": ["true", "false"],
    "draft": ["true"],
    "redirect_from": ["[/old-a/, /old-b/]"],
}
CHANGES = st.one_of(
    *(st.tuples(st.just(key), st.sampled_from([*values, None])) for key, values in VALUES.items())
)


class Histories(RuleBasedStateMachine):
    """Files, editors and exports in any order, and what must hold after each step."""

    def __init__(self) -> None:
        super().__init__()
        self.atomic = transaction.atomic()
        self.atomic.__enter__()
        self.root = Path(tempfile.mkdtemp(prefix="newsroom-test-"))
        self.file = File()
        self.count = 0
        self.texts: set[str] = set()  # all that was saved or delivered
        self.addresses: set[str] = set()  # all that readers ever had
        self.is_held = False  # by an editor
        self.delivered = ""

    def teardown(self) -> None:
        transaction.set_rollback(True)
        self.atomic.__exit__(None, None, None)
        shutil.rmtree(self.root)

    # -- what a pipeline does --------------------------------------------------------------------

    @initialize()
    def first(self) -> None:
        self.deliver()

    def word(self, who: str) -> str:
        self.count += 1
        return f"{who}{self.count}"

    @rule(data=st.data())
    def both_go_on(self, data) -> None:
        """Editors do something, the file changes, and it is delivered."""
        edits = [
            self.edit_key,
            self.edit_words,
            self.edit_words,
            self.edit_stories,
            self.edit_state,
        ]
        changes = [self.change_key, self.change_words, self.change_words, self.change_stories]
        changes.append(self.change_looks)
        for deed in data.draw(st.lists(st.sampled_from(edits), max_size=2)):
            deed(data.draw)
        for deed in data.draw(st.lists(st.sampled_from(changes), min_size=1, max_size=3)):
            deed(data.draw)
        self.deliver()

    def change_key(self, draw) -> None:
        key, value = draw(CHANGES)
        if value is None:
            self.file.keys.pop(key, None)
        else:
            self.file.keys[key] = value

    def change_words(self, draw) -> None:
        paragraphs = [*self.file.stories.values(), self.file.after]
        some = draw(st.sampled_from([p for p in paragraphs if p] or [["x"]]))
        index = draw(st.integers(0, len(some) - 1))
        deed = draw(st.sampled_from(["change", "add", "remove"]))
        if deed == "change":
            some[index] += self.word("f")
        elif deed == "add":
            some.insert(index, f"新段{self.word('f')}。")
        else:
            del some[index]

    def change_stories(self, draw) -> None:
        names = list(self.file.stories)
        deed = draw(st.sampled_from(["add", "remove", "move"]))
        if deed == "add":
            self.file.stories[f"新闻{self.word('f')}"] = [f"新的{self.word('f')}。"]
        elif names:
            name = draw(st.sampled_from(names))
            paragraphs = self.file.stories.pop(name)
            if deed == "move":
                self.file.stories = {name: paragraphs} | self.file.stories

    def change_looks(self, draw) -> None:
        self.file.end = draw(st.sampled_from(["\n", "\r\n"]))
        tag = draw(st.sampled_from(["港口", "ai", "雾", f"标签{self.word('f')}"]))
        self.file.tags = [t for t in self.file.tags if t != tag] or [tag]

    def deliver(self) -> None:
        text = self.file.text
        before = Post.objects.filter(path=PATH).first()
        bases = self.bases()
        state = self.import_text(text)
        post = Post.objects.get(path=PATH)
        self.texts.add(text)
        if before is None:
            assert state == "imported"
            return
        if text == self.delivered:
            assert (state in ("unchanged", "conflict")) and post.document == before.document, state
        if state in ("unchanged", "conflict"):
            assert post.document == before.document
        if state == "updated":
            assert post.document == text
        self.delivered = text
        written = words(before.document) - bases
        assert written <= words(post.document), f"{state} lost {written - words(post.document)}"
        if self.is_held and post.published_at is not None:
            assert before.published_at is not None, f"{state} published it"
            assert post.published_at >= before.published_at, f"{state} published it sooner"

    def import_text(self, text: str, root: Path | None = None) -> str:
        target = (root or self.root) / PATH
        target.parent.mkdir(parents=True, exist_ok=True)
        target.write_bytes(text.encode())
        [result] = ImportRun([root or self.root], jobs=1).run()
        assert result.state not in ("failed", "quarantined"), result
        return result.state

    def bases(self) -> set[str]:
        """The editor's words that a file has held: a file may take them back."""
        return {word for text in self.handed for word in words(text)}

    @property
    def handed(self) -> list[str]:
        rows = Delivery.objects.filter(post__path=PATH).exclude(role="waiting")
        return [row.text for row in rows]

    # -- what editors do -------------------------------------------------------------------------

    def save(self, wanted) -> None:
        """An editor saves; a post that this takes back is held from then on."""
        before = self.post
        after = publishing.save_submission(wanted, reason="edit").post
        self.noted(before, after)

    def noted(self, before: Post, after: Post) -> None:
        self.texts.add(after.document)
        self.is_held = not after.is_public and (self.is_held or before.is_public)

    @property
    def post(self) -> Post:
        return Post.objects.get(path=PATH)

    def save_text(self, text: str) -> None:
        post = self.post
        self.save(publishing.submission(PATH, text, post.zone, post.version))

    def edit_key(self, draw) -> None:
        self.save(workflow.edited(self.post, dict([draw(CHANGES)])))

    def edit_words(self, draw) -> None:
        text = self.post.document
        lines = text.splitlines(keepends=True)
        body = lines.index(next(line for line in lines if line.startswith("# ")))
        some = [n for n, line in enumerate(lines) if n > body and "。" in line]
        if not some:
            return
        index = draw(st.sampled_from(some))
        deed = draw(st.sampled_from(["change", "change", "add", "remove"]))
        if deed == "change":
            lines[index] = lines[index].replace("。", f"，{self.word('e')}。", 1)
        elif deed == "add":
            end = "\r\n" if "\r\n" in text else "\n"
            lines.insert(index, f"编者按{self.word('e')}。{end}{end}")
        else:
            del lines[index]
        self.save_text("".join(lines))

    def edit_stories(self, draw) -> None:
        text = self.post.document
        starts = [found.start() for found in re.finditer("^### ", text, re.M)]
        if len(starts) < 2:
            return
        index = draw(st.integers(0, len(starts) - 2))
        story = text[starts[index] : starts[index + 1]]
        rest = text.replace(story, "")
        is_moved = draw(st.booleans())
        self.save_text(rest[: starts[0]] + story + rest[starts[0] :] if is_moved else rest)

    def edit_state(self, draw) -> None:
        before = self.post
        deed = draw(st.sampled_from([publishing.withdraw, publishing.publish]))
        self.noted(before, deed(before).post)

    @rule(data=st.data())
    def something_else(self, data) -> None:
        """An editor restores a revision or answers what waits; the site is exported."""
        deeds = [self.restore, self.answer, self.answer, self.export_and_import, self.redeliver]
        data.draw(st.sampled_from(deeds))(data.draw)

    def redeliver(self, draw) -> None:
        self.deliver()

    def restore(self, draw) -> None:
        before = self.post
        number = draw(st.integers(1, before.version))
        self.noted(before, publishing.restore(before.revisions.get(number=number)).post)

    def answer(self, draw) -> None:
        before = self.post
        deed = draw(st.sampled_from(["take", "join", "refuse"]))
        delivery = publishing.waiting(before)
        if delivery is None:
            return
        if deed == "take":
            publishing.take(delivery)
        elif deed == "refuse":
            publishing.refuse(delivery)
        else:
            marked = publishing.comparison(delivery).text.splitlines(keepends=True)
            kept = [line for line in marked if not line.startswith(("<<<<<<< ", ">>>>>>> "))]
            with contextlib.suppress(Unreadable):  # a key that now stands there twice, oddly
                publishing.join(
                    delivery, "".join(kept).replace("=======\r\n", "").replace("=======\n", "")
                )
        self.noted(before, self.post)

    def export_and_import(self, draw) -> None:
        """That changes nothing, and the folder of before changes nothing afterwards."""
        exported = Path(tempfile.mkdtemp(prefix="newsroom-test-"))
        try:
            call_command("export_posts", str(exported), stdout=io.StringIO())
            before = content()
            text = (exported / PATH).read_bytes().decode()
            assert text == self.post.document
            assert self.import_text(text, exported) == "unchanged"
            assert content() == before
            with CaptureQueriesContext(connection) as queries:
                assert self.import_text(text, exported) == "unchanged"
            assert writes(queries) == []
        finally:
            shutil.rmtree(exported)

    # -- what always holds -----------------------------------------------------------------------

    @invariant()
    def no_text_is_lost(self) -> None:
        post = Post.objects.filter(path=PATH).first()
        if post:
            assert self.texts <= texts_of(post), self.texts - texts_of(post)

    @invariant()
    def no_address_is_lost(self) -> None:
        post = Post.objects.filter(path=PATH).first()
        if post is None:
            return
        if post.is_public:
            self.addresses.add(post.address)
        led = Redirect.objects.filter(post=post, story=None).values_list("old_path", flat=True)
        lost = self.addresses - {post.address, *led}
        assert not lost, f"{lost} leads nowhere from {post.address}"


@tag("long")
class AnyHistory(TestCase):
    """``DELIVERY_EXAMPLES=500`` for a long run, with other examples each time."""

    def test_loses_no_word_and_no_address_and_publishes_nothing_that_was_held(self):
        examples = int(os.environ.get("DELIVERY_EXAMPLES", "0"))
        media = tempfile.mkdtemp(prefix="newsroom-media-")
        self.addCleanup(shutil.rmtree, media, ignore_errors=True)
        pool = Pool(size=1)
        self.addCleanup(pool.close)
        with (
            override_settings(MEDIA_ROOT=media),
            mock.patch("posts.files.importing.Pool", lambda size: pool),
            mock.patch.object(pool, "close"),
        ):
            run_state_machine_as_test(
                Histories,
                settings=settings(
                    max_examples=examples or 25,
                    stateful_step_count=12,
                    derandomize=not examples,
                    database=None,
                    deadline=None,
                    print_blob=False,
                    suppress_health_check=list(HealthCheck),
                ),
            )


def words(text: str) -> set[str]:
    """The words that an editor of a history wrote."""
    return set(re.findall(r"e\d+", text))


def texts_of(post: Post) -> set[str]:
    """Every text that is still to be found for a post."""
    rows = Delivery.objects.filter(post=post, document__isnull=False)
    return {
        post.document,
        *Revision.objects.filter(post=post).values_list("document", flat=True),
        *rows.values_list("document", flat=True),
    }
