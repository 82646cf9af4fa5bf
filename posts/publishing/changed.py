"""What a save changes of what readers see, named for the page caches.

A post that readers cannot see names nothing, with one exception: what a redirect leads to. What
comes or goes by the clock is seen by those who look at it (:mod:`posts.caching.standing`).
"""

from collections import defaultdict
from collections.abc import Iterable
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any

from posts.caching import journal, keys
from posts.caching.standing import ROWS, Standing, label_changed
from posts.models import Citation, Post, Redirect
from posts.publishing.submissions import Change

MARGIN = timedelta(minutes=5)  # from the time of a save to its commit, at most
POSITION = ("published_at", "expires_at", "day", "language")
CARD = (*POSITION, "title", "address", "rtl", "minutes", "excerpt", "card")
TEXT = (*CARD, "html", "modified_at")
LEADS = ("status", "address", "public_since")  # to the page, or to the answer that it is gone
KIND = {model: kind for kind, model in ROWS.items()}


@dataclass
class Before:
    """What readers saw of the posts of a batch, and the rows below them that were replaced.

    ``rows`` are, by post and model, those that were there and those that are wanted.
    """

    columns: dict[int, dict[str, Any]]
    rows: dict[int, dict[Any, tuple[list[Any], list[Any]]]] = field(
        default_factory=lambda: defaultdict(dict)
    )

    @classmethod
    def of(cls, posts: Iterable[Post]) -> "Before":
        """Of posts as they were read."""
        names = {*TEXT, *LEADS}
        return cls({post.pk: {name: getattr(post, name) for name in names} for post in posts})


@dataclass
class _Old:
    """A post's columns as they were."""

    pk: int
    published_at: datetime | None = None
    expires_at: datetime | None = None
    day: Any = None
    language: str = ""


def note_saved(
    changes: list[Change], before: Before, touched: set[int], redirects: bool, now: datetime
) -> None:
    """Note what a batch changes; a part of its transaction. One statement, or none.

    ``touched`` are posts whose stories or rows changed; ``redirects`` is true if a redirect did.
    """
    names = {keys.REDIRECTS} if redirects else set()
    for change in changes:
        if change.state != "unchanged" or change.post.pk in touched:
            names |= _names(change, before, touched, now)
    journal.note(names)


def _names(change: Change, before: Before, touched: set[int], now: datetime) -> set[str]:
    post = change.post
    old = before.columns.get(post.pk, {})
    was, new = _standings(post, old, before.rows[post.pk])
    differ = {name for name in (*TEXT, *LEADS) if old.get(name) != getattr(post, name)}
    was_seen, is_seen = bool(old) and _may_be_seen(was, now), _may_be_seen(new, now)
    names: set[str] = set()
    if old and (old["public_since"] or post.public_since) and differ & {*LEADS, "card"}:
        names.add(keys.REDIRECTS)
    if not (was_seen or is_seen):
        return names
    if was_seen != is_seen or differ & {*POSITION}:
        return names | (was.names() if was_seen else set()) | (new.names() if is_seen else set())
    if differ & {*TEXT} or post.pk in touched:
        names |= {keys.post(post.pk), *({keys.stood(keys.MAP, post.day)} if post.day else ())}
    if differ & {*CARD}:
        names.add(keys.card(post.pk))
    if differ & {"address", "card"}:
        names |= _led_to(old, post)
    return names | _other_lists(was, new)


def _standings(
    post: Post, old: dict[str, Any], rows: dict[Any, tuple[list[Any], list[Any]]]
) -> tuple[Standing, Standing]:
    """Where a post stood, and where it stands."""
    was = Standing.of(_Old(post.pk, **{name: old[name] for name in POSITION if name in old}))
    new = Standing.of(post)
    for model, pair in rows.items():
        for standing, mine in zip((was, new), pair, strict=True):
            if model is Citation:
                standing.citations(mine)
            else:
                standing.label_rows(KIND[model], mine)
    return was, new


def _may_be_seen(one: Standing, now: datetime) -> bool:
    """True for a post that readers see while its transaction runs, or soon thereafter."""
    if one.published_at is None or one.published_at > now + MARGIN:
        return False
    return one.expires_at is None or one.expires_at > now - MARGIN


def _led_to(old: dict[str, Any], post: Post) -> set[str]:
    """Old addresses lead to the post's, and to those of its stories."""
    slugs = [story.slug for story in post.card.stories]
    had = [story.slug for story in old["card"].stories]
    return {keys.REDIRECTS} if old["address"] != post.address or had != slugs else set()


def _other_lists(was: Standing, new: Standing) -> set[str]:
    """What changes where a post has other labels, sources or cited pages at the same time."""
    names: set[str] = set()
    for kind in ROWS:
        have, want = was.labels.get(kind, set()), new.labels.get(kind, set())
        names |= new.label_names(kind, have ^ want)
    moved = {
        pk for pk in {*was.sources, *new.sources} if was.sources.get(pk) != new.sources.get(pk)
    }
    names |= {one for pk in moved for one in new.at(keys.label("source", pk))}
    names |= new.label_names("source", set(was.sources) ^ set(new.sources))
    pages = {
        page for page in {*was.pages, *new.pages} if was.pages.get(page) != new.pages.get(page)
    }
    return names | {keys.cited(page) for page in pages}


def note_row(row: Any) -> None:
    """Note a label or a redirect that was written; a part of its transaction."""
    if isinstance(row, Redirect):
        journal.note({keys.REDIRECTS})
    else:
        note_labels(type(row), [row.pk])


def note_labels(model: Any, ids: Iterable[int]) -> None:
    """Note labels whose name, text or merging changed; a part of the transaction."""
    journal.note(label_changed(str(model._meta.model_name), ids))


def note_relabelled(
    model: Any, posts: Iterable[Post], rows: dict[int, tuple[list[Any], list[Any]]]
) -> None:
    """Note posts whose rows of one model were brought to other labels, with those that were there
    and those that are; a part of the transaction.
    """
    names: set[str] = set()
    for post in posts:
        if post.pk in rows and post.published_at is not None:
            names |= _other_lists(*_standings(post, vars(post), {model: rows[post.pk]}))
    journal.note(names)
