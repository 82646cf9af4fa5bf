"""Merging labels and changing many posts at once: jobs of small steps, watched, continued."""

import shutil
import tempfile
import threading
from pathlib import Path
from unittest import mock

from django.contrib.auth.models import Permission, User
from django.db import OperationalError, connection
from django.test import TestCase, TransactionTestCase, skipUnlessDBFeature, tag
from django.test.utils import CaptureQueriesContext
from django.utils import timezone, translation

from posts import publishing
from posts.admin.wording import failures_of
from posts.models import Author, Category, Citation, Job, Post, PostTag, Source, Tag
from posts.publishing import jobs, merging, relabelling
from posts.publishing.labels import Labels
from tests.cast import digest, plain, save
from tests.support.databases import Database


def rows() -> dict[str, list]:
    """Everything that labels and sources are listed by, whatever the ids of rows are."""
    found = {
        "citations": list(
            Citation.objects.order_by("post", "position").values_list(
                "post", "position", "source__host", "listed_at", "coverage_at"
            )
        )
    }
    for kind in ("tag", "category", "author"):
        model = Post._meta.get_field(f"{kind}_rows").related_model
        columns = ("post", "position", f"{kind}__slug", "listed_at", "language")
        found[kind] = list(model.objects.order_by("post", "position").values_list(*columns))
    return found


def merge(label, into, **options) -> Job:
    job = publishing.start_merge(label, into, **options)
    jobs.run(job.pk)
    job.refresh_from_db()
    return job


class Cast(TestCase):
    def setUp(self):
        save()
        save(
            plain("另一篇", "2026-03-06", tags="[ＡＩ, 人工智能]", author="乙"),
            "_posts/2026-03-06-b.md",
        )
        third = digest(date="2026-03-07").replace("  - 港口\n  - ai\n", "  - 人工智能\n  - x\n")
        save(third, "_posts/2026-03-07-c.md")
        for number in range(5):
            text = plain(f"n{number}", "2026-03-08", tags="[人工智能]", category="航运")
            save(text, f"_posts/2026-03-08-n{number}.md")
        self.ai, self.old = Tag.objects.get(slug="ai"), Tag.objects.get(slug="人工智能")


class Merging(Cast):
    def test_undoing_a_merge_leaves_labels_that_were_merged_elsewhere_since(self):
        other = Tag.objects.get(slug="x")
        first, second = merge(self.ai, self.old), merge(self.old, other)
        jobs.run(publishing.undo(first).pk)
        self.ai.refresh_from_db()
        other.refresh_from_db()
        merge(self.ai, other)
        jobs.run(publishing.undo(second).pk)
        self.ai.refresh_from_db()
        self.assertEqual(self.ai.merged_into, other)
        outcomes = publishing.rebuild(Post.objects.all())
        self.assertEqual({outcome.state for outcome in outcomes}, {"unchanged"})

    def test_a_merged_tag_counts_for_the_other_and_no_document_changes(self):
        documents = dict(Post.objects.values_list("path", "document"))
        job = merge(self.old, self.ai)
        self.assertEqual((job.state, job.done, job.total), ("done", 7, 7))
        self.assertEqual(dict(Post.objects.values_list("path", "document")), documents)
        self.assertFalse(PostTag.objects.filter(tag=self.old).exists())
        both = Post.objects.get(path__endswith="b.md")
        self.assertEqual(list(both.tags.values_list("slug", flat=True)), ["ai"])
        save(plain("第三篇", "2026-03-09", tags="[人工智能]"), "_posts/2026-03-09-d.md")
        self.assertContains(self.client.get("/tags/ai/"), "第三篇")

    def test_names_follow_at_once_before_the_job_has_run(self):
        publishing.start_merge(self.old, self.ai)
        post = Post.objects.get(path__endswith="n1.md")
        page = self.client.get(post.address)
        self.assertContains(page, 'href="/tags/ai/"')
        self.assertNotContains(page, "人工智能")

    def test_a_label_that_had_no_post_shows_those_of_the_other_at_once(self):
        empty = {
            self.old: Tag.objects.create(name="空", slug="空"),
            Source.objects.get(host="ferry.example"): Source.objects.create(host="new.example"),
            Category.objects.get(slug="tech"): Category.objects.create(name="空", slug="空"),
        }
        for label, into in empty.items():
            with self.subTest(label=label):
                publishing.start_merge(label, into)
                self.assertEqual(self.client.get(into.get_absolute_url()).status_code, 200)
                page = self.client.get(label.get_absolute_url(), follow=True)
                self.assertEqual(page.redirect_chain[-1], (into.get_absolute_url(), 301))

    def test_a_label_that_was_read_before_a_merge_does_not_undo_it_when_it_is_saved(self):
        read_before = Tag.objects.get(pk=self.old.pk)
        publishing.start_merge(self.old, self.ai)
        read_before.name = "新名"
        publishing.save_row(read_before)
        self.old.refresh_from_db()
        self.assertEqual((self.old.name, self.old.merged_into), ("新名", self.ai))

    def test_a_label_is_renamed_in_one_row_whatever_the_number_of_its_posts(self):
        self.old.name = "新名"
        with CaptureQueriesContext(connection) as captured:
            publishing.save_row(self.old)
        written = [one["sql"] for one in captured if one["sql"].startswith("UPDATE")]
        self.assertEqual(len(written), 1)
        self.assertIn("posts_tag", written[0])
        self.assertLessEqual(len(captured), 4)

    def test_the_newest_posts_come_first(self):
        for number in range(30):
            day = f"2026-02-{number % 28 + 1:02}"
            save(plain(f"k{number}", day, tags="[many]"), f"_posts/{day}-k{number}.md")
        newest = save(plain("newest", "2026-05-01", tags="[many]"), "_posts/2026-05-01-n.md")
        job = publishing.start_merge(Tag.objects.get(slug="many"), self.ai)
        self.assertEqual((job.total, job.done), (31, 20))
        self.assertTrue(PostTag.objects.filter(tag=self.ai, post=newest).exists())
        jobs.run(job.pk)
        job.refresh_from_db()
        self.assertEqual(job.done, 31)

    def test_rows_are_exactly_those_of_a_save_of_the_documents(self):
        pairs = [
            (self.old, self.ai),
            (Source.objects.get(host="maps.example"), Source.objects.get(host="ferry.example")),
            (Author.objects.get(slug="乙"), Author.objects.get(name="港口编辑部")),
            (Category.objects.get(slug="航运"), Category.objects.get(slug="tech")),
        ]
        for label, into in pairs:
            with self.subTest(label=label):
                merge(label, into)
                merged = rows()
                outcomes = publishing.rebuild(Post.objects.order_by("pk"))
                self.assertEqual({outcome.state for outcome in outcomes}, {"unchanged"})
                self.assertEqual(rows(), merged)
        self.assertContains(self.client.get("/sources/ferry.example/"), "渡船改线</a>", count=2)

    def test_an_undo_brings_back_exactly_what_was(self):
        other = Tag.objects.get(slug="港口")
        first = merge(Tag.objects.get(slug="x"), self.old)
        before = rows(), list(Tag.objects.order_by("pk").values_list("slug", "merged_into"))
        job = merge(self.old, other)
        self.assertEqual(Tag.objects.get(slug="x").merged_into, other)
        undoing = publishing.undo(job)
        jobs.run(undoing.pk)
        self.assertEqual(rows(), before[0])
        self.assertEqual(
            list(Tag.objects.order_by("pk").values_list("slug", "merged_into")), before[1]
        )
        with self.assertRaises(publishing.UndoError):
            publishing.undo(job)
        jobs.run(publishing.undo(first).pk)
        self.assertEqual({o.state for o in publishing.rebuild(Post.objects.all())}, {"unchanged"})

    def test_what_cannot_be_merged_is_refused(self):
        for label, into in ((self.ai, self.ai), (self.ai, Category.objects.get(slug="tech"))):
            with self.assertRaises(publishing.MergeError):
                publishing.start_merge(label, into)
        merge(self.old, self.ai)
        for label, into in ((self.old, self.ai), (Tag.objects.get(slug="x"), self.old)):
            with self.assertRaises(publishing.MergeError):
                publishing.start_merge(label, into)
        with self.assertRaises(publishing.NotAllowed):
            publishing.start_merge(self.ai, self.old, user=User.objects.create(username="author"))

    @mock.patch.object(merging, "FIRST", 0)
    def test_a_job_that_was_cut_off_goes_on_where_it_was(self):
        job = publishing.start_merge(self.old, self.ai)
        with mock.patch.object(merging, "BATCH", 2):
            done = []

            def cut_off(*arguments):
                if len(done) == 2:
                    raise KeyboardInterrupt
                done.append(arguments)
                relabelling.relabel(*arguments)

            with (
                mock.patch.object(merging, "relabel", cut_off),
                self.assertRaises(KeyboardInterrupt),
            ):
                jobs.run(job.pk)
            job.refresh_from_db()
            self.assertEqual((job.state, job.done), ("running", 4))
            self.assertEqual(publishing.run_all(), 0)  # its worker may still be at it
            Job.objects.update(active_at=timezone.now() - jobs.STALE * 2)
            self.assertEqual(publishing.run_all(), 1)
        job.refresh_from_db()
        self.assertEqual((job.state, job.done), ("done", 7))
        self.assertFalse(PostTag.objects.filter(tag=self.old).exists())

    def test_a_worker_takes_up_what_another_left(self):
        left = publishing.start_merge(self.old, self.ai)
        Job.objects.update(state="running", active_at=timezone.now() - jobs.STALE * 2)
        other = publishing.start_merge(Tag.objects.get(slug="x"), self.ai)
        jobs.run_job.call(other.pk)
        left.refresh_from_db()
        self.assertEqual(left.state, "done")
        self.assertFalse(PostTag.objects.filter(tag=self.old).exists())

    @mock.patch.object(merging, "FIRST", 0)
    def test_a_locked_database_is_tried_again_and_another_fault_is_reported(self):
        job = publishing.start_merge(self.old, self.ai)
        answers = [OperationalError("database is locked"), None]

        def locked(*arguments):
            if (answer := answers.pop(0) if answers else None) is not None:
                raise answer
            relabelling.relabel(*arguments)

        with mock.patch.object(merging, "relabel", locked), mock.patch.object(jobs.time, "sleep"):
            jobs.run(job.pk)
        job.refresh_from_db()
        self.assertEqual(job.state, "done")
        job = publishing.start_merge(Tag.objects.get(slug="x"), self.ai)
        with mock.patch.object(merging, "relabel", side_effect=RuntimeError("broken")):
            jobs.run(job.pk)
        job.refresh_from_db()
        self.assertEqual(job.state, "failed")
        self.assertEqual(failures_of(job)[0][1][-20:], "RuntimeError: broken")

    @mock.patch.object(merging, "FIRST", 0)
    def test_a_job_leaves_others_time_to_write_where_there_is_one_lock_for_all(self):
        job = publishing.start_merge(self.old, self.ai)
        with mock.patch.object(merging, "BATCH", 2), mock.patch.object(jobs.time, "sleep") as pause:
            jobs.run(job.pk)
        waits = [call.args[0] for call in pause.call_args_list]
        steps = 0 if connection.features.has_select_for_update else 4
        self.assertEqual(waits, [jobs.PAUSE] * steps)

    def test_a_step_costs_the_same_whatever_the_number_of_its_posts(self):
        counts = []
        for number in (30, 90):  # 20 come when it starts
            for n in range(number):
                save(plain(f"m{n}", "2026-03-10", tags=f"[t{number}]"), f"_posts/m{number}-{n}.md")
            job = publishing.start_merge(Tag.objects.get(slug=f"t{number}"), self.ai)
            with CaptureQueriesContext(connection) as captured:
                jobs.run(job.pk)
            counts.append(len(captured))
        self.assertEqual(counts[0], counts[1])


class Selections(TestCase):
    def setUp(self):
        self.editor = User.objects.create_superuser("editor")
        for number in range(24):
            save(plain(f"n{number}", "2026-03-05"), f"_posts/2026-03-05-n{number:02}.md")
        self.ids = list(Post.objects.order_by("pk").values_list("pk", flat=True))

    def start(self, kind: str, ids, user=None) -> Job:
        job = publishing.start_selection(kind, ids, user=user or self.editor)
        jobs.run(job.pk)
        job.refresh_from_db()
        return job

    def test_many_posts_are_withdrawn_in_few_queries_and_an_undo_brings_them_back(self):
        before = dict(Post.objects.values_list("path", "document"))
        with CaptureQueriesContext(connection) as captured:
            job = self.start("withdraw", self.ids)
        self.assertLess(len(captured), 24 * 8)
        self.assertEqual((job.state, len(job.changed), job.failures), ("done", 24, []))
        self.assertFalse(Post.objects.published().exists())
        edited = Post.objects.get(pk=self.ids[0])
        save(edited.document.replace("正文", "新文"), edited.path)
        undoing = publishing.undo(job, user=self.editor)
        jobs.run(undoing.pk)
        undoing.refresh_from_db()
        self.assertEqual(Post.objects.published().count(), 23)
        with translation.override("en"):
            self.assertEqual(failures_of(undoing), [("n0", "the post was edited since")])
        after = dict(Post.objects.values_list("path", "document"))
        self.assertEqual({path for path in before if before[path] != after[path]}, {edited.path})

    def test_an_undo_knows_what_a_step_changed_that_was_cut_off_before_it_was_recorded(self):
        before = dict(Post.objects.values_list("path", "document"))
        job = publishing.start_selection("withdraw", self.ids, user=self.editor)
        self.cut_off(job)
        jobs.run(job.pk)
        job.refresh_from_db()
        self.assertEqual((len(job.changed), Post.objects.published().count()), (24, 0))
        with mock.patch.object(jobs, "DIRECT", 0):
            undoing = publishing.undo(job, user=self.editor)
        self.cut_off(undoing)
        jobs.run(undoing.pk)
        undoing.refresh_from_db()
        self.assertEqual(undoing.failures, [])
        self.assertEqual(dict(Post.objects.values_list("path", "document")), before)

    def cut_off(self, job: Job) -> None:
        """Let a job's worker be killed behind its first step, and be missed for long enough."""
        with mock.patch.object(jobs, "_record", side_effect=KeyboardInterrupt):
            self.assertRaises(KeyboardInterrupt, jobs.run, job.pk)
        Job.objects.filter(pk=job.pk).update(active_at=timezone.now() - 2 * jobs.STALE)

    def test_the_right_is_asked_when_it_starts_and_again_when_it_runs(self):
        author = User.objects.create(username="author")
        with self.assertRaises(publishing.NotAllowed):
            publishing.start_selection("withdraw", self.ids, user=author)
        author.user_permissions.add(Permission.objects.get(codename="publish_post"))
        author = User.objects.get(pk=author.pk)
        job = publishing.start_selection("withdraw", self.ids, user=author)
        author.user_permissions.clear()
        jobs.run(job.pk)
        job.refresh_from_db()
        self.assertEqual((len(job.failures), Post.objects.published().count()), (24, 24))

    def test_one_post_that_fails_costs_itself(self):
        Post.objects.filter(pk=self.ids[3]).update(document="---\ntitle: a: b\n---\n")
        job = self.start("withdraw", self.ids[:6])
        self.assertEqual((job.state, len(job.changed)), ("done", 5))
        self.assertEqual([title for title, _reason in job.failures], ["n3"])

    def test_a_job_can_be_stopped(self):
        job = publishing.start_selection("withdraw", self.ids, user=self.editor)
        publishing.cancel(job, user=self.editor)
        jobs.run(job.pk)
        self.assertEqual(Post.objects.published().count(), 24)


class InTheAdmin(TestCase):
    def setUp(self):
        self.client.force_login(User.objects.create_superuser("editor"))
        for number in range(8):
            save(
                plain(f"n{number}", "2026-03-05", tags="[a, b]"), f"_posts/2026-03-05-n{number}.md"
            )

    def test_a_selection_runs_as_a_job_that_shows_its_progress_and_can_be_undone(self):
        ids = list(Post.objects.values_list("pk", flat=True))
        with self.captureOnCommitCallbacks(execute=True):
            self.client.post("/admin/posts/post/", {"action": "withdraw", "_selected_action": ids})
        job = Job.objects.get()
        self.assertEqual((job.state, job.done), ("done", 8))
        self.assertContains(self.client.get("/admin/posts/job/"), "<progress")
        self.assertContains(self.client.get(f"/admin/posts/job/{job.pk}/change/"), "/undo/")
        with self.captureOnCommitCallbacks(execute=True):
            self.client.post(f"/admin/posts/job/{job.pk}/undo/")
        self.assertEqual(Post.objects.published().count(), 8)

    def test_steps_are_for_those_who_may_publish_and_never_by_get(self):
        job = publishing.start_selection("withdraw", Post.objects.values_list("pk", flat=True))
        self.assertEqual(self.client.get(f"/admin/posts/job/{job.pk}/undo/").status_code, 405)
        someone = User.objects.create(username="someone", is_staff=True)
        someone.user_permissions.set(Permission.objects.filter(codename__in=["view_job"]))
        self.client.force_login(someone)
        for step in ("undo", "cancel", "continue"):
            answer = self.client.post(f"/admin/posts/job/{job.pk}/{step}/")
            self.assertEqual(answer.status_code, 403, step)

    def test_turning_the_switch_of_a_category_reads_its_documents_again(self):
        category = Category.objects.create(name="c", slug="c")
        data = {"name": "c", "position": 1, "digest": "false", "description": ""}
        with self.captureOnCommitCallbacks(execute=True):
            answer = self.client.post(f"/admin/posts/category/{category.pk}/change/", data)
        self.assertEqual(answer.status_code, 302)
        self.assertEqual(Job.objects.get().kind, "rebuild")

    def test_a_category_that_holds_no_digests_gets_no_stories_unless_a_document_asks(self):
        post, own = save(), save(digest(digest="true"), "_posts/2026-03-06-own.md")
        category = Category.objects.get(slug="tech")
        data = {"name": "tech", "position": 1, "digest": "false", "description": ""}
        with self.captureOnCommitCallbacks(execute=True):
            self.client.post(f"/admin/posts/category/{category.pk}/change/", data)
        self.assertEqual((post.stories.count(), own.stories.count()), (0, 2))
        self.assertEqual({o.state for o in publishing.rebuild(Post.objects.all())}, {"unchanged"})
        with self.captureOnCommitCallbacks(execute=True):
            data["digest"] = "unknown"
            self.client.post(f"/admin/posts/category/{category.pk}/change/", data)
        self.assertEqual(post.stories.count(), 2)


@tag("slow")
@skipUnlessDBFeature("has_select_for_update")  # elsewhere a save is alone with its writing
class Races(TransactionTestCase):
    """A save that has asked which label counts, and a merge that begins before it ends."""

    def setUp(self):
        self.post = save(plain("a", "2026-03-05", tags="[alt]"), "_posts/2026-03-05-a.md")
        save(plain("b", "2026-03-05", tags="[neu]"), "_posts/2026-03-05-b.md")
        self.old, self.new = Tag.objects.get(slug="alt"), Tag.objects.get(slug="neu")

    def beside_a_save(self, work):
        """Do something while a save of a new post waits that has read its labels."""
        has_read, may_go_on = threading.Event(), threading.Event()
        read = Labels.read

        def slow(labels, changes):
            read(labels, changes)
            if threading.current_thread() is not threading.main_thread():
                has_read.set()
                may_go_on.wait(20)

        def saving():
            save(plain("c", "2026-03-06", tags="[alt]"), "_posts/2026-03-06-c.md")
            connection.close()

        def other():
            work()
            connection.close()

        with mock.patch.object(Labels, "read", slow):
            threads = [threading.Thread(target=saving), threading.Thread(target=other)]
            threads[0].start()
            self.assertTrue(has_read.wait(20))
            threads[1].start()
            threads[1].join(1)
            may_go_on.set()
            for thread in threads:
                thread.join(20)

    def test_a_merge_leaves_no_row_of_a_save_that_began_before_it(self):
        self.beside_a_save(lambda: merge(self.old, self.new))
        self.assertEqual(Post.objects.filter(path__endswith="c.md").count(), 1)
        self.assertFalse(PostTag.objects.filter(tag=self.old).exists())
        self.assertEqual(PostTag.objects.filter(tag=self.new).count(), 3)

    def test_neither_does_a_merge_of_the_label_that_it_counted_for(self):
        merge(self.old, self.new)
        third = Tag.objects.create(name="third", slug="third")
        self.beside_a_save(lambda: merge(self.new, third))
        self.assertEqual(PostTag.objects.filter(tag=third).count(), 3)

    def test_nor_does_an_undo(self):
        job = merge(self.old, self.new)
        self.beside_a_save(lambda: jobs.undo(job))
        self.assertEqual(PostTag.objects.filter(tag=self.old).count(), 2)
        self.assertEqual(PostTag.objects.filter(tag=self.new).count(), 1)


class Together(TestCase):
    """An editor saves while a tag of many posts is merged: every save lands."""

    def test_saves_during_a_merge(self):
        folder = Path(tempfile.mkdtemp(prefix="newsroom-test-"))
        self.addCleanup(shutil.rmtree, folder, ignore_errors=True)
        database = Database(folder, "merge")
        self.addCleanup(database.drop)
        database.create()
        self.assertEqual(database.start("manage.py", "migrate", "-v0").wait(), 0)
        database.output(
            "from tests.cast import plain; from posts.publishing import save_all, submission;"
            "save_all([submission(f'_posts/2026-03-05-n{n}.md', plain(f'n{n}', '2026-03-05',"
            " tags='[a, b]')) for n in range(600)], reason='x')"
        )
        merging = database.run(
            "from posts import publishing; from posts.publishing import jobs, merging;"
            "from posts.models import Tag; merging.BATCH = 10;"
            "a, b = Tag.objects.order_by('slug');"
            "job = publishing.start_merge(a, b); jobs.run(job.pk)"
        )
        editor = database.run(
            "from tests.cast import plain, save;"
            "[save(plain(f'm{n}', '2026-03-05', tags='[a, b]'), f'_posts/2026-03-05-n{n}.md')"
            " for n in range(0, 600, 20)]"
        )
        self.assertEqual((merging.wait(), editor.wait()), (0, 0))
        report = database.output(
            "from posts.models import Job, Post, PostTag; from posts import publishing;"
            "job = Job.objects.get();"
            "states = {o.state for o in publishing.rebuild(Post.objects.all())};"
            "print(job.state, PostTag.objects.filter(tag__slug='a').count(), states)"
        )
        self.assertEqual(report.strip(), "done 0 {'unchanged'}")
