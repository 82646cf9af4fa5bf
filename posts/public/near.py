"""What stands near a post: its neighbours in the section, who covered its stories, what is related.

One query for all of it, some steps of an index for each label and each page, however many posts
there are. Related are posts that are no newer than the post itself: so a new post changes what a
few pages show, and not every page that shares a tag with it.
"""

from collections import defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from datetime import UTC, date, datetime
from functools import cache
from typing import Any, NamedTuple

from django.db import connection
from django.db.models import BigIntegerField, CharField, DateTimeField, Q
from django.db.models.expressions import RawSQL
from django.db.models.functions import Coalesce
from django.utils import timezone

from posts.caching import keys
from posts.caching.keys import Shown
from posts.content import hyperlinks
from posts.models import Citation, Post, PostCategory, PostTag, Story
from posts.models.cards import CardLink
from posts.models.labels import LabelNames
from posts.models.posts import Written
from posts.models.prepared import LANGUAGE, NOW, UNTIL, Joined, Part, Prepared, Slot, timed
from posts.public.rows import PostRow

TAGS, EACH = 3, 4  # tags that are asked for related posts; posts of each
RELATED = 3  # that are shown
PAGES_OF_POST, PAGES_OF_STORY = 24, 10  # that are looked for
BEFORE, COVERAGE = 11, 20  # stories that cite a page: of a post, of a story on either side
A_PAGE, A_TAG = 3, 1  # what it counts for a post to share one


@dataclass(slots=True)
class Nearby(Written):
    """A post as another page names it; one that was found by what it cites with its story."""

    pk: int
    address: str
    title: str
    day: date
    published_at: datetime
    expires_at: datetime | None
    path: str
    language: str
    rtl: bool
    translation: str
    story_id: int | None
    slug: str | None
    heading: str | None

    @property
    def time(self) -> tuple[datetime, str]:
        """What orders posts, whatever list they stand in."""
        return self.published_at, self.path


COLUMNS = "id address title day published_at expires_at path language rtl".split()
DATED = ("day", "published_at", "expires_at", "rtl")
TIME, PATH = 5, 7  # where a row that is not converted has them, behind the number of its part
EXPIRES, TRANSLATION = 6, 10
CITING = ("earlier", "later")  # kinds of parts


class Wanted(NamedTuple):
    """What is asked: of a section (0 for that of all posts, None for no neighbours), of tags, of
    pages, these also after the post if ``later``. ``translation`` is the post's own key.
    """

    section: int | None
    tags: tuple[int, ...]
    pages: tuple[str, ...]
    translation: str = ""
    later: bool = False


@dataclass
class Near:
    """What was found; ``covered`` by page, newest first."""

    older: Nearby | None = None
    newer: Nearby | None = None
    covered: dict[str, list[Nearby]] = field(default_factory=dict)
    related: list[Nearby] = field(default_factory=list)


def of_post(found: PostRow, translation: str, names: LabelNames, shown: Shown) -> Near:
    """What stands near a post, none of its translations. One query; ``shown`` gets its keys."""
    sections = names.ids_of("categories", found.card.categories)
    tags = names.ids_of("tags", found.card.tags)[:TAGS]
    cited = pages([link for story in found.card.stories for link in story.citations])
    section = sections[0] if sections else 0
    wanted = Wanted(section, tuple(tags), cited[:PAGES_OF_POST], translation)
    return _near(found, wanted, shown)


def of_story(
    found: PostRow,
    translation: str,
    citations: Sequence[CardLink],
    names: LabelNames,
    shown: Shown,
) -> Near:
    """What stands near a story of a post: related posts only where nobody else covered it. One
    query; ``shown`` gets its keys.
    """
    tags = names.ids_of("tags", found.card.tags)[:TAGS]
    cited = pages(citations)[:PAGES_OF_STORY]
    return _near(found, Wanted(None, tuple(tags), cited, translation, later=True), shown)


def pages(citations: Iterable[CardLink]) -> tuple[str, ...]:
    """The pages that are cited. A publication's front page is no news that two could share."""
    cited = dict.fromkeys(hyperlinks.page_key(link.url)[:500] for link in citations if link.url)
    return tuple([key for key in cited if "/" in key or "?" in key])


def once(posts: Iterable[Nearby], language: str) -> list[Nearby]:
    """Each post once, and one of those that are translations of each other: in a language where
    there is one.
    """
    found: dict[str | int, Nearby] = {}
    for one in posts:
        key = one.translation or one.pk
        if key not in found or (one.language == language != found[key].language):
            found[key] = one
    return list(found.values())


def _near(found: PostRow, wanted: Wanted, shown: Shown) -> Near:
    near = Near()
    if wanted.section is None and not wanted.tags and not wanted.pages:
        return near
    prepared, parts = _prepared(
        wanted.section and 1, len(wanted.tags), len(wanted.pages), wanted.later
    )
    at = found.published_at
    values = {"at": at, "until": at, "path": found.path, "language": found.language}
    values |= {"post": found.pk, "section": wanted.section}
    values |= {f"tag{number}": tag for number, tag in enumerate(wanted.tags)}
    values |= {f"page{number}": page for number, page in enumerate(wanted.pages)}
    statement = prepared.statement()
    rows: dict[tuple[str, int], list[Sequence[Any]]] = defaultdict(list)
    for row in statement.fetched(timed(values)):
        if row[TRANSLATION] != wanted.translation or not wanted.translation:
            rows[parts[row[0]]].append(row)
    made = _Reading(found, wanted, rows, statement, shown)
    if wanted.section is not None:
        near.older, near.newer = made.neighbours()
    near.covered = made.covered()
    if not (wanted.later and near.covered):
        near.related = made.related(near)
    return near


@dataclass
class _Reading:
    """The rows of an answer, told apart by the kind and the number of their part; few of them are
    shown, and only those are converted.
    """

    found: PostRow
    wanted: Wanted
    rows: dict[tuple[str, int], list[Sequence[Any]]]
    statement: Any
    shown: Shown

    def _made(self, rows: Iterable[Sequence[Any]]) -> list[Nearby]:
        converted = self.statement.converted
        return [Nearby(*converted(row)[1:]) for row in rows]

    def _scope(self, kind: str, pk: int) -> str:
        """A label's list in the post's language."""
        return keys.scoped(keys.label(kind, pk), self.found.language)

    def neighbours(self) -> tuple[Nearby | None, Nearby | None]:
        """The posts before and after, and the keys of the time between them."""
        section = self.wanted.section
        older = next(iter(self._made(self.rows["older", 0])), None)
        newer = next(iter(self._made(self.rows["newer", 0])), None)
        scope = self._scope("category", section) if section else ""
        low, high = (one.published_at if one else None for one in (older, newer))
        scope = scope or keys.scoped(keys.ALL, self.found.language)
        self.shown.posts(one for one in (older, newer) if one)
        self.shown.add(*keys.span(scope, low, high, timezone.now()))
        return older, newer

    def covered(self) -> dict[str, list[Nearby]]:
        """Who else covered a page."""
        covered = {}
        for number, page in enumerate(self.wanted.pages):
            rows = self.rows.get(("earlier", number), []) + self.rows.get(("later", number), [])
            if rows:
                covered[page] = sorted(self._made(rows), key=lambda one: one.time, reverse=True)
                self.shown.posts(covered[page])
        self.shown.add(*map(keys.cited, self.wanted.pages))
        return covered

    def related(self, near: Near) -> list[Nearby]:
        """Posts that share most of the pages and tags, the newest of those that share as much."""
        shares: dict[int, int] = defaultdict(int)
        row_of: dict[int, Sequence[Any]] = {}
        for (kind, number), rows in self.rows.items():
            if kind == "tag":
                self._tag_keys(number, rows)
            if kind in ("tag", "earlier"):
                for pk, row in {row[1]: row for row in rows}.items():
                    shares[pk] += A_TAG if kind == "tag" else A_PAGE
                    row_of[pk] = row
        for number in range(len(self.wanted.tags)):
            if ("tag", number) not in self.rows:
                self._tag_keys(number, [])
        beside = {one.pk for one in (near.older, near.newer) if one}
        order = sorted(
            (pk for pk in shares if pk not in beside),
            key=lambda pk: (shares[pk], row_of[pk][TIME], row_of[pk][PATH]),
            reverse=True,
        )
        chosen: dict[Any, Sequence[Any]] = {}
        for pk in order:
            chosen.setdefault(row_of[pk][TRANSLATION] or pk, row_of[pk])
            if len(chosen) == RELATED:
                break
        related = self._made(chosen.values())
        self.shown.posts(related)
        return related

    def _tag_keys(self, number: int, rows: Sequence[Sequence[Any]]) -> None:
        """The time of a tag's list that was looked at, and when one of its posts expires."""
        low = None
        if len(rows) >= EACH:
            low = _day(min(row[TIME] for row in rows))
        for one in self._made(row for row in rows if row[EXPIRES] is not None):
            self.shown.expires(one.expires_at)
        scope = self._scope("tag", self.wanted.tags[number])
        self.shown.add(*keys.span(scope, low, self.found.published_at, timezone.now()))


def _day(time: datetime | str) -> date:
    """The day in UTC of a time that is not converted."""
    return date.fromisoformat(time[:10]) if isinstance(time, str) else time.astimezone(UTC).date()


@cache
def _prepared(
    section: int | None, tags: int, pages: int, later: bool
) -> tuple[Prepared, list[tuple[str, int]]]:
    """The statement for so many tags and pages, and what each of its parts is."""
    kinds: list[tuple[str, int]] = []
    if section is not None:
        kinds += [("older", 0), ("newer", 0)]
    kinds += [("tag", number) for number in range(tags)]
    sides = ("earlier", "later") if later else ("earlier",)
    kinds += [(side, number) for number in range(pages) for side in sides]

    def make() -> Joined:
        made = _Parts(bool(section), COVERAGE if later else BEFORE).made
        parts = [made(kind).numbered(number, "tag", "page") for kind, number in kinds]
        story = connection.ops.quote_name(Story._meta.db_table)
        posts = connection.ops.quote_name(Post._meta.db_table)
        more = f"LEFT JOIN {story} story ON story.id = near.story WHERE {posts}.id = near.post"
        # Few rows are shown: as expressions their times come as SQLite has them, not converted.
        # The translation key stands behind the documents: it is read only where it is needed.
        first = next((n for n, (kind, _number) in enumerate(kinds) if kind in CITING), len(kinds))
        key = f"CASE WHEN near.part >= {first} THEN {posts}.translation ELSE '' END"
        late = [Coalesce(name, name) if name in DATED else name for name in COLUMNS]
        more_columns = [key, *(f"story.{name}" for name in ("id", "slug", "heading"))]
        of_story = [RawSQL(sql, ()) for sql in more_columns]  # noqa: S611 - of constants
        rows = Post.objects.order_by().values_list(RawSQL("near.part", ()), *late, *of_story)
        return Joined(rows, parts, more)

    return Prepared(make), kinds


AT, PATH_SLOT = Slot("at", DateTimeField()), Slot("path", CharField())
POST = Slot("post", BigIntegerField())


class _Parts:
    """The parts of a statement, each compiled once."""

    def __init__(self, section: bool, most: int):
        self.section, self.most = section, most
        self.known: dict[str, Part] = {}

    def made(self, kind: str) -> Part:
        """The part of a kind."""
        if kind not in self.known:
            self.known[kind] = getattr(self, f"_{kind}")()
        return self.known[kind]

    def _older(self) -> Part:
        rows, time = self._list(UNTIL)
        before = Q(**{time: AT, "path__lt": PATH_SLOT}) | Q(**{f"{time}__lt": AT})
        rows = rows.filter(before).order_by(f"-{time}", "-path")[:1]
        return Part.of(rows, "post_id" if self.section else "id")

    def _newer(self) -> Part:
        rows, time = self._list(None)
        after = Q(**{time: AT, "path__gt": PATH_SLOT}) | Q(**{f"{time}__gt": AT})
        rows = rows.filter(after, **{f"{time}__gte": AT}).order_by(time, "path")[:1]
        return Part.of(rows, "post_id" if self.section else "id")

    def _list(self, until: Slot | None) -> tuple[Any, str]:
        """The list in which a post has its neighbours, and the column that orders it."""
        if not self.section:
            return Post.objects.published(until, now=NOW).in_language(LANGUAGE), "published_at"
        rows = PostCategory.objects.listed(until, now=NOW).in_language(LANGUAGE)
        return rows.filter(category_id=Slot("section", BigIntegerField())), "listed_at"

    def _tag(self) -> Part:
        rows = PostTag.objects.listed(UNTIL, now=NOW).in_language(LANGUAGE)
        mine = rows.filter(tag_id=Slot("tag", BigIntegerField())).exclude(post_id=POST)
        return Part.of(mine.order_by("-listed_at", "-path")[:EACH], "post_id")

    def _earlier(self) -> Part:
        return self._citing(Citation.objects.covered(UNTIL, now=NOW), "-coverage_at")

    def _later(self) -> Part:
        return self._citing(Citation.objects.covered_after(AT, now=NOW), "coverage_at")

    def _citing(self, rows: Any, order: str) -> Part:
        mine = rows.filter(page=Slot("page", CharField())).exclude(post_id=POST)
        return Part.of(mine.order_by(order)[: self.most], "post_id", "story_id")
