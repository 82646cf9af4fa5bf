"""Rows again from the documents."""

import time
from collections.abc import Iterable, Mapping, Sequence
from hashlib import sha256
from pathlib import Path
from typing import Any

from django.conf import settings
from django.utils import timezone

from posts.content.problems import Unreadable
from posts.content.recognition import NoPost
from posts.deriving.pool import File, Pool
from posts.models import Job, Post
from posts.publishing.labels import digest_switches
from posts.publishing.saving import save_all
from posts.publishing.steps import Failure, Stopped, waiting_job
from posts.publishing.submissions import Outcome, Submission
from posts.publishing.workflow import submission

NOTED_EVERY = 5.0  # seconds
ROOT = Path(__file__).resolve().parent.parent


def rebuild(posts: Iterable[Post], *, reason: str = "rebuild", user: Any = None) -> list[Outcome]:
    """Derive some posts again from their documents; those whose rows are right stay untouched.

    Documents are derived before the transaction. Raises ``Unreadable`` for one that no longer is.
    """
    switches = digest_switches()
    wanted = [
        submission(post.path, post.document, post.zone, post.version, switches) for post in posts
    ]
    return save_all(wanted, reason=reason, user=user)


def derived_again(
    posts: Sequence[Post], pool: Pool, switches: Mapping[str, bool]
) -> list[Submission | Exception]:
    """What each of some posts is by its document, asked of one child, or why it is nothing."""
    try:
        return _derived_again(posts, pool, switches)
    except Exception as error:
        if len(posts) == 1:
            return [error]
        return [answer for post in posts for answer in derived_again([post], pool, switches)]


def _derived_again(
    posts: Sequence[Post], pool: Pool, switches: Mapping[str, bool]
) -> list[Submission | Exception]:
    zones = [post.zone or settings.TIME_ZONE for post in posts]
    files = [File(p.document, p.path, zone) for p, zone in zip(posts, zones, strict=True)]
    found: list[Submission | Exception] = []
    for post, file, answer in zip(posts, files, pool.derive_files(files, switches), strict=True):
        try:
            if isinstance(answer, NoPost):  # as a file; an editor wrote it here, though
                answer = pool.derive(*file, switches)
        except Unreadable as error:
            answer = error
        if isinstance(answer, Unreadable):
            found.append(answer)
        else:
            found.append(Submission(post.path, post.document, answer, file.zone, post.version))
    return found


class Progress:
    """How far the rebuilding of all posts is, so that it goes on where it was cut off.

    It is noted in a job, every few seconds, from where a worker continues it too. A run that is
    over sooner, and one that came to its end, leave nothing. What was done by other code or with
    other settings counts for nothing.
    """

    def __init__(self) -> None:
        self.arguments = {"all": True, "by": fingerprint()}
        cut_off = Job.objects.filter(
            kind=Job.Kind.REBUILD, finished_at=None, arguments__by=self.arguments["by"]
        )
        self.job = cut_off.order_by("-pk").first()
        self.cursor = self.job.cursor if self.job else 0
        self.done = self.job.done if self.job else 0
        self.failures: list[Failure] = self.job.failures if self.job else []
        self.total = Post.objects.count()
        self.noted_at = time.monotonic()

    def advance(self, cursor: int, done: int, failures: list[Failure]) -> None:
        """Some posts more are done, up to one. A query every few seconds.

        Raises :class:`Stopped` if somebody cancelled the job.
        """
        self.cursor, self.done = cursor, self.done + done
        self.failures += failures
        if time.monotonic() >= self.noted_at + NOTED_EVERY:
            self._note()

    def _note(self) -> None:
        if self.job is None:
            Job.objects.filter(kind=Job.Kind.REBUILD, arguments__all=True).delete()
            self.job = waiting_job(
                Job.Kind.REBUILD, "rebuild_posts", self.total, None, **self.arguments
            )
        noted = Job.objects.filter(pk=self.job.pk, finished_at=None).update(
            state=Job.State.RUNNING,
            cursor=self.cursor,
            done=self.done,
            failures=self.failures,
            active_at=timezone.now(),
        )
        if not noted:
            raise Stopped
        self.noted_at = time.monotonic()

    def finish(self) -> None:
        """All posts are done: what was noted is over, of earlier runs too."""
        Job.objects.filter(kind=Job.Kind.REBUILD, arguments__all=True).delete()


def fingerprint() -> str:
    """Of the code and the settings that say what a document becomes."""
    digest = sha256(f"{settings.SITE_LANGUAGE} {settings.TIME_ZONE}".encode())
    for path in sorted(ROOT.rglob("*.py")):
        digest.update(path.read_bytes())
    return digest.hexdigest()
