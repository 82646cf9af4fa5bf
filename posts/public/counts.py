"""How many posts and stories readers may see, and since when: from the counts that saves keep.

A count holds posts whose time has not come and none that expire; both are few and are asked for
beside it, so that a page says what the querysets of :mod:`posts.models` say. One query each.
"""

from collections import defaultdict
from dataclasses import dataclass, field
from datetime import date
from functools import cache
from typing import Any, NamedTuple

from django.db.models import (
    BigIntegerField,
    CharField,
    Count,
    DateField,
    IntegerField,
    QuerySet,
    Value,
)
from django.db.models.functions import Cast

from posts.models import Citation, Post, PostAuthor, PostCategory, PostTag, Tally
from posts.models.prepared import LANGUAGE, NOW, Prepared, Slot, Together
from posts.models.tallies import TOTAL
from posts.public.rows import LabelRow

THROUGH: dict[str, Any] = {
    "tag": PostTag,
    "category": PostCategory,
    "author": PostAuthor,
    "source": Citation,
}
NEWEST = 200  # posts of a label whose other tags are looked at
TAGS = 12  # that are shown
YOUNG = 120  # posts or stories of a label whose days are looked at; one that has more is not young
DAYS, FURTHER = 800, 100  # that a calendar of all years shows, the newest; those yet to come
LABEL = Slot("label", BigIntegerField())
FIRST, LAST = Slot("first", DateField()), Slot("last", DateField())
STORED, EACH, OLDEST, BESIDE, DAY, BOTH, NEW = range(7)  # what a row says


class Number(NamedTuple):
    """Posts, and of a source its stories too."""

    posts: int = 0
    stories: int = 0


Numbers = dict[date, Number]  # by the first day of a month, or by day; those without any left out


@dataclass
class Facts:
    """What stands beside a label's list: its numbers by month, its oldest day, the tags that its
    newest posts have too, those of most posts first. ``days`` are those of each post or story of a
    label that has few, else none.
    """

    months: Numbers = field(default_factory=dict)
    first: date | None = None
    tags: list[LabelRow] = field(default_factory=list)
    days: list[date] = field(default_factory=list)

    @property
    def posts(self) -> int:
        """All of them."""
        return sum(number.posts for number in self.months.values())

    @property
    def stories(self) -> int:
        """Those of a source."""
        return sum(number.stories for number in self.months.values())


@dataclass
class Calendar:
    """Posts by month, and by day where that is asked for."""

    months: Numbers
    days: Numbers


class Sums:
    """Numbers that are added up."""

    def __init__(self) -> None:
        self.found: dict[Any, list[int]] = defaultdict(lambda: [0, 0])

    def add(self, key: Any, posts: int, stories: int = 0) -> None:
        """Some more, or less."""
        sums = self.found[key]
        sums[0] += posts
        sums[1] += stories

    def numbers(self) -> dict[Any, Number]:
        """Those that are left, in the order of their keys."""
        rows = sorted(self.found.items())
        return {key: Number(*sums) for key, sums in rows if sums[0] > 0}


def of_label(kind: str, label: int, language: str = "") -> Facts:
    """The facts of a label, of its posts in a language if it is given. One query."""
    found, months, known = Facts(), Sums(), set()
    rows = _facts(kind, bool(language)).rows(label=label, language=language)
    for what, day, posts, stories, pk, slug, name in rows:
        if what == STORED:
            months.add(day, posts, stories)
        elif what == EACH:  # a story of a post; of a source it may be one of several
            first = 0 if pk in known else posts
            months.add(day.replace(day=1), first, 0 if stories is None else posts)
            known.add(pk)
        elif what == OLDEST:
            found.first = day
        elif what == NEW:
            found.days.append(day)
        else:
            found.tags.append(LabelRow(pk, slug, name))
    found.months = months.numbers()
    if len(found.days) > YOUNG:
        found.days = []
    return found


@cache
def _facts(kind: str, language: bool) -> Together:
    tongue = LANGUAGE if language else ""
    mine = THROUGH[kind].objects.in_language(tongue).filter(**{f"{kind}_id": LABEL}).order_by()
    stored = Tally.objects.of(kind, tongue).filter(label=LABEL).exclude(month=TOTAL)
    listed = mine.listed(now=NOW)
    return Together(
        Prepared(lambda: _columns(stored, STORED, "month", "posts", "stories")),
        Prepared(lambda: _each(mine.upcoming(now=NOW), -1, kind)),
        Prepared(lambda: _each(mine.passing(now=NOW), 1, kind)),
        Prepared(lambda: _columns(listed.order_by("listed_at"), OLDEST, "post__day")[:1]),
        Prepared(lambda: _columns(listed.order_by("-listed_at"), NEW, "post__day")[: YOUNG + 1]),
        Prepared(lambda: _beside(listed, kind)),
    )


def _columns(rows: QuerySet[Any], what: int, day: str = "", *more: Any) -> QuerySet[Any]:
    """What it is, a day, posts, stories, the key of a post or a label, the last part of an address,
    a name; or the first of them.
    """
    empty = [
        *(Value(0, IntegerField()) for _number in range(3)),
        Value("", CharField()),
        Value("", CharField()),
    ]
    first = day or Cast(Value(None), DateField())
    return rows.values_list(Value(what, IntegerField()), first, *more, *empty[len(more) :])


def _each(rows: QuerySet[Any], sign: int, kind: str = "") -> QuerySet[Any]:
    """Rows that no count says right, which are added or taken away: each for itself, since SQLite
    would walk over all days to group them.
    """
    if not kind:
        return _columns(rows.annotate(sign=Value(sign)), BOTH, "day", "sign")
    story = "story_id" if kind == "source" else Cast(Value(None), BigIntegerField())
    found = rows.annotate(sign=Value(sign))
    return _columns(found, EACH, "post__day", "sign", story, "post_id")


def _beside(listed: QuerySet[Any], kind: str) -> QuerySet[Any]:
    """The tags that the newest posts of a label have; of a tag the others."""
    newest = listed.order_by("-listed_at").values("post_id")[:NEWEST]
    rows = PostTag.objects.filter(post_id__in=newest)
    if kind == "tag":
        rows = rows.exclude(tag_id=LABEL)
    groups = rows.values("tag_id", "tag__slug", "tag__name").annotate(number=Count("pk"))
    first, zero = groups.order_by("-number", "tag_id"), Value(0, IntegerField())
    return _columns(first, BESIDE, "", "number", zero, "tag_id", "tag__slug", "tag__name")[:TAGS]


def calendar(first: date, last: date, language: str = "") -> Calendar:
    """The posts of the days from one to another. One query."""
    found = _calendar(_within(bool(language)), first=first, last=last, language=language)
    months = {day: number for day, number in found.months.items() if first <= day <= last}
    return Calendar(months, {day: one for day, one in found.days.items() if first <= day <= last})


def archive(language: str = "") -> Calendar:
    """The posts of all months, and of the newest days. One query."""
    found = _calendar(_whole(bool(language)), language=language)
    newest = list(found.days)[-DAYS:]
    found.days = {day: found.days[day] for day in newest}
    return found


def _calendar(together: Together, **values: Any) -> Calendar:
    months, days = Sums(), Sums()
    for what, day, posts, *_rest in together.rows(**values):
        if what != DAY:
            months.add(day.replace(day=1), posts)
        if what != STORED:
            days.add(day, posts)
    return Calendar(months.numbers(), days.numbers())


@cache
def _within(language: bool) -> Together:
    tongue, span = LANGUAGE if language else "", (FIRST, LAST)
    stored = Tally.objects.of("day", tongue).filter(label=0, month__range=span)
    posts = Post.objects.in_language(tongue)  # those few of all days
    return Together(
        Prepared(lambda: _columns(stored, BOTH, "month", "posts")),
        Prepared(lambda: _each(posts.upcoming(now=NOW), -1)),
        Prepared(lambda: _each(posts.passing(now=NOW), 1)),
    )


@cache
def _whole(language: bool) -> Together:
    tongue = LANGUAGE if language else ""
    months = Tally.objects.of("month", tongue).filter(label=0)
    days = Tally.objects.of("day", tongue).filter(label=0).order_by("-month")
    posts = Post.objects.in_language(tongue)
    return Together(
        Prepared(lambda: _columns(months, STORED, "month", "posts")),
        Prepared(lambda: _columns(days, DAY, "month", "posts")[: DAYS + FURTHER]),
        Prepared(lambda: _each(posts.upcoming(now=NOW), -1)),
        Prepared(lambda: _each(posts.passing(now=NOW), 1)),
    )
