"""What files delivered, remembered beside the posts.

A post has one *base*: the newest text of its file that was settled, from which the next merge
begins. A text that waits for an editor is *waiting*. Where a file brings the very words of the post
(its folder was exported and imported again), what was the base and what waited are *seen*: the
folder of before may still hold them, and is left alone. No text is forgotten that no revision
holds.
"""

from collections import defaultdict
from collections.abc import Iterable
from datetime import datetime
from typing import NamedTuple

from django.db import transaction

from posts.models import Delivery, Post, bulk
from posts.publishing.submissions import Change, Conflict, Delivered, document_hash

Role = Delivery.Role
CURRENT = (Role.BASE, Role.SEEN, Role.WAITING)


def current(posts: Iterable[Post]) -> dict[int, list[Delivery]]:
    """What was delivered for some posts and still counts, by post. One query, or none."""
    found: dict[int, list[Delivery]] = defaultdict(list)
    ids = [post.pk for post in posts if post.pk]
    if ids:
        for row in Delivery.objects.filter(post_id__in=ids, role__in=CURRENT).order_by("pk"):
            found[row.post_id].append(row)
    return found


def of_role(rows: Iterable[Delivery], role: Role) -> Delivery | None:
    """The base, or what waits, among a post's rows."""
    return next((row for row in rows if row.role == role), None)


def remember(changes: list[Change], now: datetime) -> None:
    """Write down what the saves of a batch answered; a part of their transaction.

    Raises :class:`Conflict` if an editor answered what no longer waits. At most five queries, none
    where a batch answers no file.
    """
    answering = [change for change in changes if change.submission.delivered is not None]
    if not answering:
        return
    rows = current(change.post for change in answering if not change.is_new)
    fresh: list[_Base] = []
    left: list[Delivery] = []
    seen: list[Delivery] = []
    for change in answering:
        there = rows.get(change.post.pk, [])
        base = _settled(change, there, now)
        over = [row for row in there if row.role == Role.WAITING]
        if base is not None:
            fresh.append(base)
            over += [row for row in there if row.role == Role.BASE]
        (left if change.state in ("imported", "updated") else seen).extend(over)
    _leave(left, fresh)
    if seen:
        Delivery.objects.filter(pk__in=[row.pk for row in seen]).update(role=Role.SEEN)
    bulk.insert(Delivery, _Base._fields, fresh)


def _settled(change: Change, there: list[Delivery], now: datetime) -> "_Base | None":
    """The new base of a post; None if the text is known already."""
    delivered, post = change.submission.delivered, change.post
    assert delivered is not None
    waiting = of_role(there, Role.WAITING)
    if delivered.answers is not None and (waiting is None or waiting.pk != delivered.answers):
        raise Conflict("conflict.answered")
    is_whole = delivered.document is change.submission.document
    digest = post.sha256 if is_whole else document_hash(delivered.document)
    if any(row.sha256 == digest for row in there if row.role != Role.WAITING):
        return None
    text = None if post.sha256 == digest else delivered.document
    return _Base(post.pk, Role.BASE.value, digest, post.version, text, delivered.held, now)


class _Base(NamedTuple):
    """The columns of a new base."""

    post_id: int
    role: str
    sha256: str
    revision: int
    document: str | None
    held: bool
    delivered_at: datetime


def _row(post: Post, delivered: Delivered, role: Role, now: datetime) -> Delivery:
    return Delivery(
        post_id=post.pk,
        role=role,
        sha256=document_hash(delivered.document),
        revision=post.version,
        document=delivered.document,
        held=delivered.held,
        delivered_at=now,
    )


def _leave(rows: list[Delivery], fresh: Iterable[Delivery | _Base] = ()) -> None:
    """Rows that no longer count: kept for their text, if no revision and no new row has it."""
    again = {(row.post_id, row.sha256) for row in fresh}
    texts: list[int] = []
    others: list[int] = []
    for row in rows:
        has_own = row.document is not None and (row.post_id, row.sha256) not in again
        (texts if has_own else others).append(row.pk)
    if texts:
        Delivery.objects.filter(pk__in=texts).update(role=Role.PAST)
    if others:
        Delivery.objects.filter(pk__in=others).delete()


def keep_waiting(post: Post, delivered: Delivered, now: datetime) -> None:
    """Keep a text beside a post for an editor, in place of what waited before.

    Raises :class:`Conflict` if the post was saved meanwhile.
    """
    with transaction.atomic():
        there = _locked(post)
        waiting = of_role(there, Role.WAITING)
        if waiting is None or waiting.sha256 != document_hash(delivered.document):
            _leave([waiting] if waiting else [])
            _row(post, delivered, Role.WAITING, now).save()


def settle(post: Post, delivered: Delivered | None, now: datetime) -> None:
    """End the waiting without a change of the post: what waited becomes the base if it is given.

    None means that the file is again as it was. Raises :class:`Conflict` as the others do.
    """
    with transaction.atomic():
        there = _locked(post)
        waiting = of_role(there, Role.WAITING)
        if delivered is not None and (waiting is None or waiting.pk != delivered.answers):
            raise Conflict("conflict.answered")
        if delivered is None:
            _leave([waiting] if waiting else [])
        else:
            base = _row(post, delivered, Role.BASE, now)
            _leave([row for row in there if row.role != Role.SEEN], [base])
            base.save()


def _locked(post: Post) -> list[Delivery]:
    """The rows of a post that is locked until the transaction ends, as it was read."""
    found = Post.objects.select_for_update().filter(pk=post.pk, version=post.version)
    if not found.values_list("pk", flat=True).first():
        raise Conflict("conflict.busy", path=post.path)
    return current([post])[post.pk]
