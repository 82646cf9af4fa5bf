"""Publishing, withdrawing or reading again many posts, a few in each transaction."""

from collections.abc import Callable, Iterable
from typing import Any

from django.contrib.auth import get_user_model

import posts.publishing.workflow as workflow
from posts.content.frontmatter import PatchError
from posts.content.problems import Unreadable
from posts.models import Job, Post, PostCategory, Revision
from posts.publishing.gate import NotAllowed, require
from posts.publishing.rebuilding import rebuild
from posts.publishing.saving import save_all
from posts.publishing.steps import Failure, Step, Stopped, reason, stored, waiting_job
from posts.publishing.submissions import Conflict, Outcome, Refused, Submission

FEW = 10  # posts whose documents are derived for one transaction
FAILURES = (Unreadable, PatchError, NotAllowed, Conflict, Refused)


def start_selection(kind: str, ids: Iterable[int], *, user: Any = None) -> Job:
    """A job that publishes or withdraws some posts."""
    require(user)
    wanted = sorted(set(ids))
    return waiting_job(kind, _subject(wanted), len(wanted), user, ids=wanted)


def start_revert(selection: Job, *, user: Any = None) -> Job:
    """A job that gives the posts of a selection the documents they had, where nobody edited
    since.
    """
    require(user)
    changed = selection.changed
    return waiting_job(Job.Kind.REVERT, selection.subject, len(changed), user, changed=changed)


def start_rebuild(category: Any, *, user: Any = None) -> Job:
    """A job that reads a category's documents again, after its switch for digests was turned."""
    require(user)
    total = PostCategory.objects.filter(category=category).count()
    return waiting_job(Job.Kind.REBUILD, str(category), total, user, category=category.pk)


def selection_step(job: Job) -> Step:
    """Publish or withdraw the next few posts."""
    ids = job.arguments["ids"][job.cursor : job.cursor + FEW]
    prepare = workflow.to_publish if job.kind == Job.Kind.PUBLISH else workflow.to_withdraw
    posts = Post.objects.filter(pk__in=ids).order_by("pk")
    failures = _save_each([(post, prepare) for post in posts], job)
    return Step(len(ids), job.cursor + len(ids), not ids, failures)


def revert_step(job: Job) -> Step:
    """Give the next few posts the documents back that they had before a selection."""
    rows = job.arguments["changed"][job.cursor : job.cursor + FEW]
    posts = {post.pk: post for post in Post.objects.filter(pk__in=[pk for pk, *_ in rows])}
    done = {pk for pk, *_versions in job.changed}  # by a step that was cut off
    wanted, failures = [], []
    for pk, before, after in rows:
        post = posts.get(pk)
        if pk in done:
            continue
        if post is None or post.version != after:
            failures.append((post.title if post else str(pk), stored("edited-since")))
        else:
            wanted.append((post, _revision(before)))
    failures += _save_each(wanted, job)
    return Step(len(rows), job.cursor + len(rows), not rows, failures)


def rebuild_step(job: Job) -> Step:
    """Read the documents of the next few posts of a category again; without one, of all posts."""
    if "category" in job.arguments:
        rows = PostCategory.objects.filter(category=job.arguments["category"])
        rows = rows.filter(post_id__gt=job.cursor).order_by("post_id")
        ids = list(rows.values_list("post_id", flat=True)[:FEW])
    else:
        posts = Post.objects.filter(pk__gt=job.cursor).order_by("pk")
        ids = list(posts.values_list("pk", flat=True)[:FEW])
    failures = []
    for post in Post.objects.filter(pk__in=ids).order_by("pk"):
        try:
            rebuild([post], reason="category")
        except FAILURES as error:
            failures.append((post.title, reason(error)))
    return Step(len(ids), ids[-1] if ids else None, not ids, failures)


def _revision(number: int) -> Callable[[Post], Submission]:
    def prepare(post: Post) -> Submission:
        return workflow.to_restore(Revision.objects.get(post=post, number=number))

    return prepare


def _save_each(wanted: list[tuple[Post, Callable[[Post], Submission]]], job: Job) -> list[Failure]:
    """Save what becomes of some posts in one transaction; each by itself if that fails."""
    submissions: list[Submission] = []
    titles: dict[str, str] = {}
    failures: list[Failure] = []
    for post, prepare in wanted:
        titles[post.path] = post.title
        try:
            submissions.append(prepare(post))
        except FAILURES as error:
            failures.append((post.title, reason(error)))
    return failures + [(titles[path], why) for path, why in _saved(submissions, job)]


def _saved(submissions: list[Submission], job: Job) -> list[Failure]:
    if not submissions:
        return []

    def note(outcomes: list[Outcome]) -> None:
        _note_changed(job, outcomes)

    try:
        save_all(submissions, reason=job.kind, user=_user(job), note=note)
        return []
    except FAILURES as error:
        if len(submissions) == 1:
            return [(submissions[0].path, reason(error))]
    return [failure for submission in submissions for failure in _saved([submission], job)]


def _note_changed(job: Job, outcomes: list[Outcome]) -> None:
    """What an undo needs, written with the posts: a worker that dies right after them loses
    nothing of it, and an undo that cancels the job sees all of it or stops it here.
    """
    row = Job.objects.select_for_update().get(pk=job.pk)
    if row.state != Job.State.RUNNING:
        raise Stopped
    row.changed += [
        [one.post.pk, one.post.version - 1, one.post.version]
        for one in outcomes
        if one.state == "updated"
    ]
    row.save(update_fields=["changed"])


def _user(job: Job) -> Any:
    """Who started the job, with the rights of now; nobody's for a user who is gone."""
    if job.by_system:
        return None
    users = get_user_model()
    return users.objects.filter(pk=job.user_id or 0).first() or users()


def _subject(ids: list[int]) -> str:
    titles = Post.objects.filter(pk__in=ids[:3]).order_by("pk").values_list("title", flat=True)
    return ", ".join(titles)[:490] + ("…" if len(ids) > 3 else "")
