"""One document at a time: saving, publishing, withdrawing, restoring."""

from datetime import datetime

from django.conf import settings
from django.db import transaction
from django.utils import timezone

from posts import sandbox
from posts.content import frontmatter
from posts.content.frontmatter import truth
from posts.models import Post, Revision
from posts.publishing.saving import Outcome, Submission, save_all


class Conflict(Exception):
    """Somebody else saved the post meanwhile. ``post`` is what it is now."""

    def __init__(self, post: Post):
        super().__init__(f"revision {post.version} of {post.path} was saved meanwhile")
        self.post = post


def submission(path: str, document: str, zone: str = "") -> Submission:
    """Derive a document in a child process. Raises ``Unreadable`` with the line."""
    zone = zone or settings.TIME_ZONE
    return Submission(path, document, sandbox.shared.derive(document, path, zone), zone)


def save(*, path: str, document: str, reason: str, user=None, zone: str = "", based_on: int | None = None) -> Outcome:
    """Save one document. ``based_on`` is the revision that its editor began with; 0 means that there must be none yet.

    Raises ``Unreadable`` for a document that cannot be read, :class:`Conflict` if another revision was
    saved meanwhile. Nothing is written then.
    """
    wanted = submission(path, document, zone)
    return _save(wanted, reason, user, based_on)


def _save(wanted: Submission, reason: str, user, based_on: int | None) -> Outcome:
    with transaction.atomic():
        current = Post.objects.select_for_update().filter(path=wanted.path).first()
        if current and based_on is not None and current.version != based_on:
            raise Conflict(current)
        return save_all([wanted], reason=reason, user=user)[0]


def edit(post: Post, changes: dict, *, reason: str, user=None) -> Outcome:
    """Patch keys of a post's front matter and save."""
    document = frontmatter.patch(frontmatter.read(post.document), changes).text
    return save(path=post.path, document=document, reason=reason, user=user, zone=post.zone, based_on=post.version)


def publish(post: Post, *, user=None, now: datetime | None = None) -> Outcome:
    """Make a post public: what holds it back is taken back in its document; a post without a date gets today's."""
    return edit(post, publishing_changes(post, now), reason="publish", user=user)


def publishing_changes(post: Post, now: datetime | None = None) -> dict:
    """The keys that stand between a post and its readers, with the values that let it through."""
    values = frontmatter.read(post.document).values
    changes: dict = {}
    if truth(values.get("published")) is False:
        changes["published"] = True
    if truth(values.get("draft")) or ("_drafts" in post.path.split("/") and truth(values.get("draft")) is None):
        changes["draft"] = False
    changes |= {key: False for key in ("hidden", "unlisted") if truth(values.get(key))}
    if str(values.get("status", "")).lower() in ("draft", "pending", "private", "hidden", "unlisted", "withdrawn"):
        changes["status"] = "published"
    if post.day is None:
        changes["date"] = timezone.localtime(now or timezone.now()).strftime("%Y-%m-%d %H:%M:%S %z")
    return changes


def withdraw(post: Post, *, user=None) -> Outcome:
    """Take a post back from its readers: ``published: false``, as Jekyll says it."""
    return edit(post, {"published": False}, reason="withdraw", user=user)


def restore(revision: Revision, *, user=None) -> Outcome:
    """Save an older revision's document as the newest one."""
    post = revision.post
    reason = f"restore #{revision.number}"
    return save(path=post.path, document=revision.document, reason=reason, user=user, zone=post.zone, based_on=post.version)
