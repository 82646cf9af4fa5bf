"""Stories of today that earlier posts reported of too: they cite one of the same pages."""

from collections.abc import Iterable
from datetime import date, datetime
from functools import cache
from typing import Any, NamedTuple

from django.db.models import BigIntegerField, CharField, DateTimeField, QuerySet
from django.db.models.expressions import RawSQL

from posts.caching import keys
from posts.caching.keys import Shown
from posts.content import hyperlinks
from posts.models import Citation
from posts.models.cards import CardStory
from posts.models.prepared import NOW, Prepared, Slot
from posts.public.rows import PostRow

PAGES, EARLIER = 12, 3  # pages that are looked for; earlier reports of each
STORIES, DATES = 3, 2  # that are shown; dates of each


class Earlier(NamedTuple):
    """A story of another post that cites a page; ``pk`` is the post's."""

    page: str
    pk: int
    address: str
    day: date
    published_at: datetime
    expires_at: datetime | None
    slug: str
    story_id: int


class Again(NamedTuple):
    """A story with earlier reports of it, newest first."""

    post: PostRow
    slug: str
    heading: str
    earlier: list[Earlier]


def reported(posts: Iterable[PostRow], shown: Shown) -> list[Again]:
    """The stories of some posts that were reported before, with the newest of these reports.

    One query, a step of an index for each of the first pages that the stories cite; none without
    any. ``shown`` gets the keys of the pages and of the posts.
    """
    newest = sorted(posts, key=lambda post: post.day, reverse=True)
    found = [(post, story) for post in newest for story in post.card.stories]
    wanted = _pages(found)
    if not wanted:
        return []
    shown.add(*map(keys.cited, wanted))
    values: dict[str, Any] = {}
    for number, (page, (post, _index)) in enumerate(wanted.items()):
        values |= {
            f"page{number}": page,
            f"at{number}": post.published_at,
            f"post{number}": post.pk,
        }
    rows = [Earlier(*row) for row in _prepared(len(wanted)).rows(**values)]
    shown.posts(rows)
    by_story: dict[int, dict[int, Earlier]] = {}
    for row in sorted(rows, key=lambda one: (one.published_at, one.pk), reverse=True):
        post, index = wanted[row.page]
        if row.day < post.day:  # not the same digest in another language
            by_story.setdefault(index, {}).setdefault(row.pk, row)
    return [
        Again(found[index][0], found[index][1].slug, found[index][1].heading, list(ones)[:DATES])
        for index, ones in sorted((i, d.values()) for i, d in by_story.items())
    ][:STORIES]


def _pages(found: list[tuple[PostRow, CardStory]]) -> dict[str, tuple[PostRow, int]]:
    """The first pages that are cited, each with its post and the number of its story. A
    publication's front page is no news that two stories could share.
    """
    pages: dict[str, tuple[PostRow, int]] = {}
    for index, (post, story) in enumerate(found):
        for link in story.citations:
            page = hyperlinks.page_key(link.url)[:500] if link.url else ""
            if "/" in page or "?" in page:
                pages.setdefault(page, (post, index))
        if len(pages) >= PAGES:
            break
    return dict(list(pages.items())[:PAGES])


@cache
def _prepared(count: int) -> Prepared:
    """The newest citations of ``count`` pages before a time of each."""

    def make() -> QuerySet[Any]:
        parts: list[str] = []
        values: list[Any] = []
        for number in range(count):
            before = Slot(f"at{number}", DateTimeField())
            rows = Citation.objects.covered(before, now=NOW)
            mine = rows.filter(page=Slot(f"page{number}", CharField()))
            others = mine.exclude(post_id=Slot(f"post{number}", BigIntegerField()))
            newest = others.order_by("-coverage_at").values("pk")[:EARLIER]
            sql, params = newest.query.sql_with_params()
            parts.append(f"SELECT * FROM ({sql}) AS part{number}")  # noqa: S608 - compiled
            values += params
        union = RawSQL(" UNION ALL ".join(parts), values)  # noqa: S611 - of compiled parts
        return Citation.objects.filter(pk__in=union).values_list(
            "page",
            *(f"post__{name}" for name in ("id", "address", "day", "published_at", "expires_at")),
            *("story__slug", "story_id"),
        )

    return Prepared(make)
