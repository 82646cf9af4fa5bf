"""Indexes of all tags, categories, authors or sources: those of most posts first, then all of them
by letter.
"""

from dataclasses import dataclass, field
from functools import cache
from itertools import groupby
from typing import Any
from urllib.parse import quote

from django.db import connection
from django.db.models import (
    CharField,
    Count,
    F,
    IntegerField,
    JSONField,
    OuterRef,
    QuerySet,
    Subquery,
    Value,
)
from django.db.models.expressions import RawSQL
from django.db.models.functions import Coalesce, Substr
from django.http import HttpRequest, HttpResponse

from posts.caching import keys
from posts.caching.keys import Shown
from posts.content import initials
from posts.models import Post, Tally
from posts.models.prepared import LANGUAGE, NOW, Prepared, Slot, Together, timed
from posts.public import listings
from posts.public.heads import EVERY, Head, Link
from posts.public.responses import activate_language, language_prefix, render_page
from posts.public.views import check_language_known

SIZE = 300  # labels of a page
MOST = 30  # that stand first, by use
FEW = 12  # so many need no second list by letter
LIKELY = 2 * MOST  # by their counts, before the clock is asked
LAST = "\U0010ffff"  # no character stands behind it
ADJUSTED, TOP = range(2)


@dataclass
class Label:
    """A line of an index."""

    pk: int
    slug: str
    name: str
    key: str
    posts: int = 0


@dataclass
class Group:
    """The labels under one letter."""

    letter: str
    labels: list[Label] = field(default_factory=list)

    @property
    def anchor(self) -> str:
        """Its name within the page."""
        return f"letter-{ord(self.letter):x}"


def index(request: HttpRequest, kind: str, language: str = "") -> HttpResponse:
    """All labels of a kind that lead to a public post. At most five queries.

    Pages of a long one go on from a key of its order, or from a letter.
    """
    shown = Shown({keys.INDEXES[kind]})
    activate_language(language)
    before = request.GET.get("before", "")
    found, more = _page(kind, language, before)
    if not found and language:
        check_language_known(language, shown)
    used = _used(kind, language, found) if found else []
    is_short = not before and not more and len(found) <= FEW
    groups = [] if is_short else grouped(found)
    jumps = {group.letter: f"#{group.anchor}" for group in groups}
    if before or more:
        others = {one: f"?before={quote(one)}" for one in letters(kind, language)}
        jumps = others | jumps
    relation = listings.KINDS[kind][2]
    shown.add(*(keys.label(relation, one.pk) for one in (*found, *used)))
    head = _head(kind, language, before, more, found)
    context = {
        "title": head.title,
        "address": head.address,
        "kind": kind,
        "most": [] if before else used,
        "groups": groups,
        "jumps": sorted(jumps.items()),
        "more": more,
        "first_page": not before,
    }
    return render_page(request, "index.html", context, head=head, shown=shown, language=language)


def _head(kind: str, language: str, before: str, more: str, found: list[Label]) -> Head:
    title, address = listings.index_title(kind), f"{language_prefix(language)}{kind}/"
    return Head(
        title,
        address,
        title,
        query=f"?before={quote(before)}" if before else "",
        next=f"?before={quote(more)}" if more else "",
        noindex=bool(before),
        crumbs=[Link(title, address)],
        languages=EVERY,
        items=[Link(one.name, f"{address}{one.slug}/") for one in found],
    )


def grouped(labels: list[Label]) -> list[Group]:
    """Labels in order below their letters."""
    by_letter = groupby(labels, lambda one: initials.letter(one.key))
    return [Group(letter, list(group)) for letter, group in by_letter]


def _page(kind: str, language: str, before: str) -> tuple[list[Label], str]:
    """The labels behind a cursor in order, and the cursor of those behind them. One query."""
    found = []
    rows = _labels(kind, bool(language), bool(before)).rows(language=language, before=before)
    for pk, slug, name, names, key, posts in rows:
        own = (names or {}).get(language, name) or slug
        if own != (name or slug):
            key = initials.sort_key(own, slug)
        found.append(Label(pk, slug, own, key, posts))
    more = found[SIZE - 1].key if len(found) > SIZE else ""
    page = found[:SIZE]
    return (page if before or more else sorted(page, key=lambda one: one.key)), more


def _column(kind: str) -> str:
    return "host" if kind == "sources" else "slug"


@cache
def _labels(kind: str, language: bool, before: bool) -> Prepared:
    model, _through, relation = listings.KINDS[kind]
    tongue = LANGUAGE if language else ""
    names = F("names") if kind == "categories" else Value(None, JSONField())

    def make() -> QuerySet[Any]:
        rows = model.objects.listed(tongue, now=NOW)
        if before:
            rows = rows.filter(sort_key__gt=Slot("before", CharField()))
        rows = rows.annotate(number=_stored(relation, tongue)).order_by("sort_key")
        found: QuerySet[Any] = rows.values_list(
            "id", _column(kind), "name", names, "sort_key", "number"
        )
        return found[: SIZE + 1]

    return Prepared(make)


def _stored(relation: str, tongue: Any) -> Coalesce:
    """What is counted for a label, whatever the clock says."""
    mine = Tally.objects.of(relation, tongue).totals().filter(label=OuterRef("pk"))
    return Coalesce(Subquery(mine.values("posts")[:1]), 0, output_field=IntegerField())


def _used(kind: str, language: str, page: list[Label]) -> list[Label]:
    """The labels of most posts. One query, which also says of the page's what the clock does."""
    differ: dict[int, int] = {}
    top: list[Label] = []
    for what, pk, posts, slug, name in _uses(kind, bool(language)).rows(language=language):
        if what == ADJUSTED:
            differ[pk] = differ.get(pk, 0) + posts
        else:
            top.append(Label(pk, slug, name or slug, "", posts))
    known = {one.pk: one for one in page}
    rows = [*page, *(one for one in top if one.pk not in known)]
    for one in rows:
        one.posts += differ.get(one.pk, 0)
    visible = [one for one in rows if one.posts > 0]
    return sorted(visible, key=lambda one: (-one.posts, one.key, one.slug))[:MOST]


@cache
def _uses(kind: str, language: bool) -> Together:
    model, through, relation = listings.KINDS[kind]
    tongue = LANGUAGE if language else ""
    label = f"{relation}_id"

    def adjusted(rows: QuerySet[Any], posts: QuerySet[Any], sign: int) -> QuerySet[Any]:
        rows = rows.filter(**{"post_id__in": posts.values("id"), f"{label}__isnull": False})
        number = Value(sign) * Count("post_id", distinct=True)
        groups = rows.order_by().values(label).annotate(number=number)
        return groups.values_list(
            Value(ADJUSTED), label, "number", Value("", CharField()), Value("", CharField())
        )

    def top() -> QuerySet[Any]:
        counted = Tally.objects.of(relation, tongue).totals().order_by("-posts", "label")
        rows = model.objects.unmerged().filter(pk__in=counted.values("label")[:LIKELY])
        rows = rows.annotate(number=_stored(relation, tongue)).order_by()
        return rows.values_list(Value(TOP), "id", "number", _column(kind), "name")

    posts, rows = Post.objects.in_language(tongue), through.objects.in_language(tongue)
    return Together(
        Prepared(top),
        Prepared(lambda: adjusted(rows.counted(), posts.upcoming(now=NOW), -1)),
        Prepared(lambda: adjusted(rows.passing(now=NOW), posts.passing(now=NOW), 1)),
    )


LETTERS = """
WITH RECURSIVE heads(head) AS (
    SELECT ({first})
    UNION ALL
    SELECT ({next}) FROM heads WHERE head IS NOT NULL
)
SELECT head FROM heads WHERE head IS NOT NULL LIMIT 200
"""


def letters(kind: str, language: str) -> list[str]:
    """The letters under which labels stand. One query, a step of an index for each."""
    first, further = _heads(kind, bool(language), False), _heads(kind, bool(language), True)
    statements = first.statement(), further.statement()
    values = timed({"language": language})
    with connection.cursor() as cursor:
        cursor.execute(
            LETTERS.format(first=statements[0].sql, next=statements[1].sql),
            [value for one in statements for value in one.bound(values)],
        )
        return [head for (head,) in cursor.fetchall()]


@cache
def _heads(kind: str, language: bool, further: bool) -> Prepared:
    def make() -> QuerySet[Any]:
        rows = listings.KINDS[kind][0].objects.listed(LANGUAGE if language else "", now=NOW)
        if further:
            beyond = RawSQL("heads.head || %s", [LAST], CharField())
            rows = rows.filter(sort_key__gt=beyond)
        found: QuerySet[Any] = rows.order_by("sort_key").values_list(Substr("sort_key", 1, 1))
        return found[:1]

    return Prepared(make)
