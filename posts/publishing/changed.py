"""What a save changes of what readers see, named for the page caches.

A post that readers cannot see names nothing, with one exception: what a redirect leads to. What
comes or goes by the clock is seen by those who look at it (:mod:`posts.caching.standing`).
"""

from collections import defaultdict
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any, NamedTuple

from posts.caching import journal, keys
from posts.caching.standing import CITATION, ROWS, Standing, beside, label_changed
from posts.models import Citation, Post, PostTag, Redirect
from posts.publishing.submissions import Change

MARGIN = timedelta(minutes=5)  # from the time of a save to its commit, at most
MOST_NEW = 50  # posts that come at once; more change most lists, and are not gone through
POSITION = ("published_at", "expires_at", "day", "language")
CARD = (*POSITION, "title", "address", "rtl", "minutes", "excerpt", "card", "translation")
TEXT = (*CARD, "html", "modified_at")
LEADS = ("status", "address", "public_since")  # to the page, or to the answer that it is gone
KIND = {model: kind for kind, model in ROWS.items()}


@dataclass
class Before:
    """What readers saw of the posts of a batch: some of their columns."""

    columns: dict[int, dict[str, Any]]

    @classmethod
    def of(cls, posts: Iterable[Post]) -> "Before":
        """Of posts as they were read."""
        names = {*TEXT, *LEADS}
        return cls({post.pk: {name: getattr(post, name) for name in names} for post in posts})


class Pair(NamedTuple):
    """The rows of one model below a post, as they were and as they are, each the values of
    ``columns``.
    """

    model: Any
    columns: tuple[str, ...]
    post: int
    was: list[Any]
    new: list[Any]


def note_saved(
    changes: list[Change],
    before: Before,
    pairs: Iterable[Pair],
    touched: set[int],
    redirects: bool,
    now: datetime,
) -> None:
    """Note what a batch changes; a part of its transaction. One statement, none if it writes no
    post.

    ``touched`` are posts whose stories or rows changed; ``redirects`` is true if a redirect did.
    Where more than ``MOST_NEW`` posts come at once, everything changes.
    """
    if sum(change.is_new and _may_be_seen(change.post, now) for change in changes) > MOST_NEW:
        journal.note({keys.EVERYTHING})
        return
    names = {keys.REDIRECTS} if redirects else set()
    of_posts: dict[int, list[Pair]] = defaultdict(list)
    for pair in pairs:
        of_posts[pair.post].append(pair)
    for change in changes:
        post = change.post
        if change.state != "unchanged":
            old = before.columns.get(post.pk, {})
            names |= _names(post, old, of_posts[post.pk], post.pk in touched, now)
            names.add(keys.NOTHING)  # who finds a post written and no note forgets everything
    journal.note(names | _beside(changes, of_posts))


def _beside(changes: list[Change], of_posts: dict[int, list[Pair]]) -> set[str]:
    """The lists beside which other tags stand, since their posts have others. One query where a
    post keeps its other labels and has other tags, else none.
    """
    retagged = [
        change.post.pk
        for change in changes
        if change.kept and any(_retags(pair) for pair in of_posts[change.post.pk])
    ]
    return beside(retagged)


def _retags(pair: Pair) -> bool:
    if pair.model is not PostTag:
        return False
    was, new = (set(_picked(pair, rows, ("tag_id",))) for rows in (pair.was, pair.new))
    return was != new


def _names(
    post: Post, old: dict[str, Any], pairs: list[Pair], touched: bool, now: datetime
) -> set[str]:
    was, new = _standings(post, old, pairs)
    differ = {name for name in (*TEXT, *LEADS) if old.get(name) != getattr(post, name)}
    was_seen, is_seen = bool(old) and _may_be_seen(was, now), _may_be_seen(new, now)
    names: set[str] = set()
    if old and (old["public_since"] or post.public_since) and differ & {*LEADS, "card"}:
        names.add(keys.REDIRECTS)
    if not (was_seen or is_seen):
        return names
    if was_seen != is_seen or differ & {*POSITION}:
        return names | (was.names() if was_seen else set()) | (new.names() if is_seen else set())
    if touched or differ & {*TEXT}:
        names |= {keys.post(post.pk), keys.SEARCH}
        names |= {keys.stood(keys.MAP, post.day)} if post.day else set()
    if differ & {*CARD}:
        names.add(keys.card(post.pk))
    if "translation" in differ:
        names.add(keys.card(post.pk))  # pages that name one of several translations
        names |= {keys.translated(one) for one in (was.translation, new.translation) if one}
    if differ & {"address", "card"}:
        names |= _led_to(old, post)
    return names | _other_lists(was, new)


def _standings(post: Post, old: dict[str, Any], pairs: Iterable[Pair]) -> tuple[Standing, Standing]:
    """Where a post stood, and where it stands."""
    was = Standing.of(post.pk, old)
    new = Standing.of(post.pk, vars(post))
    for pair in pairs:
        for standing, rows in ((was, pair.was), (new, pair.new)):
            if pair.model is Citation:
                standing.take_citations(_picked(pair, rows, CITATION))
            else:
                kind = KIND[pair.model]
                standing.labels[kind] = {one for (one,) in _picked(pair, rows, (f"{kind}_id",))}
    return was, new


def _picked(pair: Pair, rows: Iterable[Any], names: tuple[str, ...]) -> Iterable[Any]:
    indexes = [pair.columns.index(name) for name in names]
    return (tuple(row[index] for index in indexes) for row in rows)


def _may_be_seen(one: Standing | Post, now: datetime) -> bool:
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


def note_relabelled(posts: Iterable[Post], pairs: list[Pair]) -> None:
    """Note posts whose rows were brought to other labels; a part of the transaction."""
    found = {post.pk: post for post in posts if post.published_at is not None}
    names = {keys.NOTHING}  # the label's time is written with them
    for pair in pairs:
        if pair.post in found:
            names |= _other_lists(*_standings(found[pair.post], vars(found[pair.post]), [pair]))
            names.add(keys.SEARCH)
    retagged = [pair.post for pair in pairs if pair.post in found and _retags(pair)]
    journal.note(names | beside(retagged))
