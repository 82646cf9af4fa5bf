"""One document at a time: saving, publishing, withdrawing, restoring."""

from collections.abc import Mapping
from dataclasses import replace
from datetime import datetime
from typing import Any

from django.conf import settings
from django.utils import timezone

import posts.publishing.fitting as fitting
from posts.content import frontmatter, visibility
from posts.content.frontmatter.patching import Value
from posts.deriving import pool
from posts.models import Post, Redirect, Revision
from posts.publishing.addresses import moves, name_address, wanted_address
from posts.publishing.labels import digest_switches
from posts.publishing.saving import ATTEMPTS, save_all
from posts.publishing.submissions import Conflict, Outcome, Submission


def submission(
    path: str,
    document: str,
    zone: str = "",
    based_on: int | None = None,
    switches: Mapping[str, bool] | None = None,
) -> Submission:
    """Derive a document in a child process. Raises ``Unreadable`` with the line.

    ``switches`` are those of the categories, where the caller has read them for many documents.
    """
    zone = zone or settings.TIME_ZONE
    switches = digest_switches() if switches is None else switches
    derived = pool.shared.derive(document, path, zone, switches)
    return Submission(path, document, derived, zone, based_on)


def save(
    *,
    path: str,
    document: str,
    reason: str,
    user: Any = None,
    zone: str = "",
    based_on: int | None = None,
) -> Outcome:
    """Save one document. ``based_on`` is the revision that its editor began with.

    Raises ``Unreadable`` for a document that cannot be read, and as
    :func:`posts.publishing.saving.save_all` does. Nothing is written then.
    """
    wanted = submission(path, document, zone, based_on)
    return save_submission(wanted, reason=reason, user=user)


def save_submission(
    wanted: Submission, *, reason: str, user: Any = None, before: Post | None = None
) -> Outcome:
    """Save a document that is derived already; an address that it leaves is noted in it.

    What the note needs is read and derived before the transaction; if somebody saves the post
    meanwhile it is done again, or a :class:`Conflict` where the submission names its revision.
    ``before`` is the post as the caller has read it, which saves a query.
    """
    fitting.check(wanted)  # a database that is asked for such a path fails in its own way
    for _attempt in range(ATTEMPTS):
        current, before = before or Post.objects.filter(path=wanted.path).first(), None
        version = current.version if current else 0
        if wanted.based_on not in (None, version):
            break
        ready = replace(noted(wanted, left_address(current, wanted)), based_on=version)
        known = {wanted.path: current}
        try:
            return save_all([ready], reason=reason, user=user, before=known)[0]
        except Conflict:
            if wanted.based_on is not None:
                raise
    raise Conflict("conflict.saved", path=wanted.path, version=version)


def left_address(current: Post | None, wanted: Submission) -> list[str]:
    """The address that a post which readers had would leave."""
    if current is None or not current.address or not moves(current, wanted.derived):
        return []
    return [current.address] if current.had_readers else []


def noted(
    wanted: Submission, addresses: list[str], switches: Mapping[str, bool] | None = None
) -> Submission:
    """A post that moves says so in ``redirect_from:``: its folder alone can rebuild the site.

    ``switches`` are those of the categories, where the caller has read them.
    """
    missing = [path for path in addresses if path not in wanted.derived.written_addresses]
    if not missing:
        return wanted
    have = frontmatter.listed(pool.shared.read(wanted.document), "redirect_from")
    text = pool.shared.patched(wanted.document, {"redirect_from": [*have, *missing]}).text
    switches = digest_switches() if switches is None else switches
    derived = pool.shared.derive(text, wanted.path, wanted.zone, switches)
    return replace(wanted, document=text, derived=derived)


def edited(post: Post, changes: Mapping[str, Value]) -> Submission:
    """A post's document with some keys of its front matter patched, to be saved."""
    document = pool.shared.patched(post.document, changes).text
    return submission(post.path, document, post.zone, post.version)


def edit(post: Post, changes: dict[str, Any], *, reason: str, user: Any = None) -> Outcome:
    """Patch keys of a post's front matter and save."""
    return save_submission(edited(post, changes), reason=reason, user=user)


def to_publish(post: Post, now: datetime | None = None) -> Submission:
    """A post without what holds it back in its document; one without a date gets today's."""
    now = now or timezone.now()
    document = pool.shared.read(post.document)
    changes = publishing_changes(post.path, document, zone=post.zone, now=now)
    if post.day is None:
        changes["date"] = timezone.localtime(now).strftime("%Y-%m-%d %H:%M:%S %z")
    return edited(post, changes)


def to_withdraw(post: Post) -> Submission:
    """A post taken back from its readers: ``published: false``, as Jekyll says it."""
    return edited(post, visibility.withdrawal(pool.shared.read(post.document)))


def publish(post: Post, *, user: Any = None, now: datetime | None = None) -> Outcome:
    """Make a post public, as :func:`to_publish` says."""
    return save_submission(to_publish(post, now), reason="publish", user=user)


def withdraw(post: Post, *, user: Any = None) -> Outcome:
    """Take a post back, as :func:`to_withdraw` says."""
    return save_submission(to_withdraw(post), reason="withdraw", user=user)


def publishing_changes(
    path: str, document: frontmatter.Document, *, zone: str = "", now: datetime | None = None
) -> visibility.Changes:
    """The keys that stand between a post and its readers, with the values that let it through."""
    zone = zone or settings.TIME_ZONE
    return visibility.release(document, path, zone=zone, now=now or timezone.now())


def to_restore(revision: Revision) -> Submission:
    """An older revision's document, to be saved as the newest one.

    Addresses that the post had since are added to its ``redirect_from:``, so that none is lost.
    """
    post = revision.post
    wanted = submission(post.path, revision.document, post.zone, post.version)
    return noted(wanted, lost_addresses(post, wanted)) if post.had_readers else wanted


def restore(revision: Revision, *, user: Any = None) -> Outcome:
    """Save an older revision's document as the newest one, as :func:`to_restore` says."""
    return save_submission(to_restore(revision), reason=f"restore #{revision.number}", user=user)


def lost_addresses(post: Post, wanted: Submission) -> list[str]:
    """Addresses that lead to a post and that another document of it would not name. One query."""
    derived = wanted.derived
    named = {*derived.written_addresses, *derived.usual_addresses, name_address(post.path)}
    rows = Redirect.objects.filter(post=post, story=None).order_by("pk")
    paths = rows.values_list("old_path", flat=True)
    return [path for path in paths if path not in named and path != wanted_address(derived)]
