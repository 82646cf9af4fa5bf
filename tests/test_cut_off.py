"""Jobs whose worker dies, or that are undone, between their work and the note of it."""

from datetime import timedelta
from unittest import mock

from django.test import TestCase

from posts import publishing
from posts.models import Job, Post
from posts.publishing import jobs
from tests.cast import plain, save


class CutOff(TestCase):
    def setUp(self):
        for number in range(12):
            save(plain(f"n{number}", "2026-03-08"), f"_posts/2026-03-08-n{number}.md")

    def withdrawal(self) -> Job:
        ids = Post.objects.values_list("pk", flat=True)
        return publishing.start_selection(Job.Kind.WITHDRAW, ids)

    def test_posts_changed_by_a_worker_that_died_before_it_noted_them_are_undone_too(self):
        job = publishing.start_selection(
            Job.Kind.WITHDRAW, Post.objects.values_list("pk", flat=True)
        )
        with (
            mock.patch.object(jobs, "_record", side_effect=KeyboardInterrupt),
            self.assertRaises(KeyboardInterrupt),
        ):
            jobs.run(job.pk)
        with mock.patch.object(jobs, "STALE", timedelta(seconds=-1)):
            jobs.run(job.pk)
        self.assertEqual(Post.objects.published().count(), 0)
        jobs.run(publishing.undo(job).pk)
        self.assertEqual(Post.objects.published().count(), 12)

    def test_an_undo_that_comes_during_a_step_undoes_that_step_too(self):
        job = publishing.start_selection(
            Job.Kind.WITHDRAW, Post.objects.values_list("pk", flat=True)
        )
        saved = jobs.STEPS[Job.Kind.WITHDRAW]

        def undone_meanwhile(running):
            step = saved(running)
            self.undoing = publishing.undo(job)
            return step

        with mock.patch.dict(jobs.STEPS, {Job.Kind.WITHDRAW: undone_meanwhile}):
            jobs.run(job.pk)
        jobs.run(self.undoing.pk)
        self.assertEqual(Post.objects.published().count(), 12)

    def test_a_job_that_is_cancelled_before_its_step_writes_changes_nothing(self):
        job = self.withdrawal()
        prepare = publishing.workflow.to_withdraw

        def cancelled_meanwhile(post):
            publishing.cancel(job)
            return prepare(post)

        with mock.patch.object(publishing.workflow, "to_withdraw", cancelled_meanwhile):
            jobs.run(job.pk)
        job.refresh_from_db()
        self.assertEqual((job.state, job.failures), ("cancelled", []))
        self.assertEqual(Post.objects.published().count(), 12)
