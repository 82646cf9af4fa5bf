"""Where a post stands: the lists that show it, and the keys that a change of it names for them.

Words of :func:`posts.caching.keys.stood` are used, so that a change of a post that cites two
hundred sources stays a short row.
"""

from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass, field
from datetime import date, datetime
from typing import Any

from django.db.models import Q, Value

from posts.caching import keys
from posts.models import Citation, Post, PostAuthor, PostCategory, PostTag

ROWS: dict[str, Any] = {"tag": PostTag, "category": PostCategory, "author": PostAuthor}
FOLDERS = {"tag": "tags", "category": "categories", "author": "authors", "source": "sources"}
CITATION = ("story_id", "position", "source_id", "listed_at", "page")
MOST = 500  # posts that come or go by the clock at once


@dataclass
class Standing:
    """A post among others; times may be None for one that readers cannot see.

    ``labels`` are ids by kind, those that count after merges. ``sources`` are the story and the
    position of each listed citation by source, ``pages`` the stories that cite a page.
    """

    pk: int
    published_at: datetime | None
    expires_at: datetime | None
    day: date | None
    language: str
    translation: str = ""
    labels: dict[str, set[int]] = field(default_factory=dict)
    sources: dict[int, set[Any]] = field(default_factory=dict)
    pages: dict[str, set[Any]] = field(default_factory=dict)

    @classmethod
    def of(cls, pk: int, columns: Mapping[str, Any]) -> "Standing":
        """Of a post's columns; empty for a post that was not there."""
        published_at, expires_at, day = map(columns.get, ("published_at", "expires_at", "day"))
        language, translation = columns.get("language", ""), columns.get("translation", "")
        return cls(pk, published_at, expires_at, day, language, translation)

    def take_citations(self, rows: Iterable[tuple[Any, int, Any, Any, str]]) -> None:
        """Take in citations: story, position, source, ``listed_at`` and page of each."""
        for story, position, source, listed_at, page in rows:
            if source is not None and listed_at is not None:
                self.sources.setdefault(source, set()).add((story, position))
            if page and story is not None:
                self.pages.setdefault(page, set()).add(story)

    def names(self) -> set[str]:
        """All that changes when the post comes, goes or moves."""
        found = {keys.post(self.pk), keys.card(self.pk), keys.MONTHS, keys.REDIRECTS, keys.SEARCH}
        if self.published_at is not None:
            found |= self.at(keys.ALL)
            found.add(keys.sections(self.language))
        if self.day is not None:
            found.add(keys.stood(keys.MAP, self.day))
            found |= {keys.stood(scope, self.day) for scope in self._lists(keys.DAY)}
        if self.translation:
            found.add(keys.translated(self.translation))
        for kind, ids in self.labels.items():
            found |= self.label_names(kind, ids)
        found |= self.label_names("source", self.sources)
        return found | {keys.cited(page) for page in self.pages}

    def label_names(self, kind: str, ids: Iterable[int]) -> set[str]:
        """What changes when the post comes to the lists of some labels, or leaves them.

        A label comes or goes with its only post, and so do the addresses that lead to it.
        """
        found: set[str] = set()
        for pk in ids:
            found |= self.at(keys.label(kind, pk))
        if found:
            found |= {keys.INDEXES[FOLDERS[kind]], keys.REDIRECTS}
        if found and kind == "category":
            found.add(keys.sections(self.language))
        return found

    def at(self, scope: str) -> set[str]:
        """A list and the same list in the post's language, at its time."""
        if self.published_at is None:
            return set()
        return {keys.stood(one, self.published_at) for one in self._lists(scope)}

    def _lists(self, scope: str) -> tuple[str, ...]:
        """A list, and the same in the post's language."""
        return scope, keys.scoped(scope, self.language)


def label_changed(kind: str, ids: Iterable[int]) -> set[str]:
    """What changes with a label itself: its name, its description, what it was merged into."""
    found = {keys.label(kind, pk) for pk in ids}
    found |= {keys.INDEXES[FOLDERS[kind]], keys.REDIRECTS, keys.SEARCH}
    return found | {keys.sections("*")} if kind == "category" else found


def beside(posts: Collection[int]) -> set[str]:
    """The lists of all labels that some posts have: beside them the posts' tags stand. One query,
    none for no posts.
    """
    if not posts:
        return set()
    rows = [
        model.objects.filter(post__in=posts).order_by().values_list(Value(kind), f"{kind}_id")
        for kind, model in [*ROWS.items(), ("source", Citation)]
    ]
    found = rows[0].union(*rows[1:])
    return {keys.beside(keys.label(kind, pk)) for kind, pk in found if pk is not None}


def by_clock(last: datetime, now: datetime) -> list[tuple[datetime, set[str]]] | None:
    """Times after ``last`` up to ``now`` at which posts came or went, with the keys that change.

    None for too many to go through. One query where there are none, else five.
    """
    came = Q(published_at__gt=last, published_at__lte=now)
    went = Q(published_at__lte=now, expires_at__gt=last, expires_at__lte=now)
    posts = Post.objects.filter(came | went).only(
        "published_at", "expires_at", "day", "language", "address", "translation"
    )
    found = {post.pk: Standing.of(post.pk, vars(post)) for post in posts[: MOST + 1]}
    if len(found) > MOST:
        return None
    if found:
        _read_rows(found)
    return [(_last_time(one, now), one.names()) for one in found.values()]


def _read_rows(found: dict[int, Standing]) -> None:
    for kind, model in ROWS.items():
        for post, label in model.objects.filter(post__in=found).values_list(
            "post_id", f"{kind}_id"
        ):
            found[post].labels.setdefault(kind, set()).add(label)
    for post, *row in Citation.objects.filter(post__in=found).values_list("post_id", *CITATION):
        found[post].take_citations([tuple(row)])


def _last_time(one: Standing, now: datetime) -> datetime:
    times = (one.published_at, one.expires_at)
    return max(time for time in times if time is not None and time <= now)
