"""One document at a time: saving, publishing, withdrawing, restoring."""

from datetime import datetime

from django.conf import settings
from django.db import IntegrityError, transaction
from django.utils import timezone

from posts.content import frontmatter
from posts.content.frontmatter import as_bool
from posts.deriving import pool
from posts.models import Post, Revision
from posts.publishing.addresses import base_address, fits, site_language
from posts.publishing.saving import Outcome, Submission, save_all


class Conflict(Exception):
    """Somebody else saved the post, or made one of that path, meanwhile."""


def submission(path: str, document: str, zone: str = "") -> Submission:
    """Derive a document in a child process. Raises ``Unreadable`` with the line."""
    zone = zone or settings.TIME_ZONE
    return Submission(path, document, pool.shared.derive(document, path, zone), zone)


def save(
    *, path: str, document: str, reason: str, user=None, zone: str = "", based_on: int | None = None
) -> Outcome:
    """Save one document. ``based_on`` is the revision that its editor began with.

    Raises ``Unreadable`` for a document that cannot be read, :class:`Conflict` if another revision was
    saved meanwhile. Nothing is written then.
    """
    return save_submission(
        submission(path, document, zone), reason=reason, user=user, based_on=based_on
    )


def save_submission(
    wanted: Submission,
    *,
    reason: str,
    user=None,
    based_on: int | None = None,
    remember: bool = True,
) -> Outcome:
    """Save a document that is derived already. With ``remember`` an address that it leaves is noted in the document."""
    try:
        return _saved(wanted, reason, user, based_on, remember)
    except IntegrityError:
        raise Conflict(f"{wanted.path} or its address was taken meanwhile; try again") from None


def _saved(wanted: Submission, reason: str, user, based_on: int | None, remember: bool) -> Outcome:
    with transaction.atomic():
        current = Post.objects.select_for_update().filter(path=wanted.path).first()
        if current and based_on is not None and current.version != based_on:
            raise Conflict(f"revision {current.version} of {current.path} was saved meanwhile")
        return save_all(
            [_remembering(wanted, current) if remember else wanted], reason=reason, user=user
        )[0]


def _remembering(wanted: Submission, current: Post | None) -> Submission:
    """A public post that moves says so in ``redirect_from:``, so that its folder alone can rebuild the site."""
    base = base_address(wanted.derived, site_language(wanted.derived.language))
    if (
        not (current and current.is_public and base)
        or fits(current.address, base)
        or current.address in wanted.derived.written_addresses
    ):
        return wanted
    document = frontmatter.read(wanted.document)
    written = document.values.get("redirect_from")
    have = (
        written
        if isinstance(written, list)
        else [written]
        if isinstance(written, str) and written
        else []
    )
    text = frontmatter.patch(document, {"redirect_from": [*have, current.address]}).text
    return submission(wanted.path, text, wanted.zone)


def edit(post: Post, changes: dict, *, reason: str, user=None) -> Outcome:
    """Patch keys of a post's front matter and save."""
    document = frontmatter.patch(frontmatter.read(post.document), changes).text
    return save(
        path=post.path,
        document=document,
        reason=reason,
        user=user,
        zone=post.zone,
        based_on=post.version,
    )


def publish(post: Post, *, user=None, now: datetime | None = None) -> Outcome:
    """Make a post public: what holds it back is taken back in its document; a post without a date gets today's."""
    changes = publishing_changes(post.path, frontmatter.read(post.document))
    if post.day is None:
        changes["date"] = timezone.localtime(now or timezone.now()).strftime("%Y-%m-%d %H:%M:%S %z")
    return edit(post, changes, reason="publish", user=user)


def publishing_changes(path: str, document: frontmatter.Document) -> dict:
    """The keys that stand between a post and its readers, with the values that let it through."""
    values, changes = document.values, {}
    if as_bool(values.get("published")) is False:
        changes["published"] = True
    if as_bool(values.get("draft")) or (
        "_drafts" in path.split("/") and as_bool(values.get("draft")) is None
    ):
        changes["draft"] = False
    changes |= {key: False for key in ("hidden", "unlisted") if as_bool(values.get(key))}
    if str(values.get("status", "")).lower() in (
        "draft",
        "pending",
        "private",
        "hidden",
        "unlisted",
        "withdrawn",
    ):
        changes["status"] = "published"
    return changes


def withdraw(post: Post, *, user=None) -> Outcome:
    """Take a post back from its readers: ``published: false``, as Jekyll says it."""
    return edit(post, {"published": False}, reason="withdraw", user=user)


def restore(revision: Revision, *, user=None, may_publish: bool = True) -> Outcome:
    """Save an older revision's document as the newest one. Raises PermissionError if that would publish the post and may not."""
    post = revision.post
    wanted = submission(post.path, revision.document, post.zone)
    if wanted.derived.status == Post.Status.PUBLISHED and not may_publish:
        raise PermissionError(
            "this revision is a public one; only those who may publish can restore it"
        )
    return save_submission(
        wanted,
        reason=f"restore #{revision.number}",
        user=user,
        based_on=post.version,
        remember=False,
    )
