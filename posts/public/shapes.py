"""Which rows each kind of list has, and in which order; each is compiled once for all its lists."""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import date, datetime
from functools import cache
from typing import Any

from django.db.models import BigIntegerField, DateField, DateTimeField, QuerySet, Subquery

from posts.models import Citation, Post, PostAuthor, PostCategory, PostTag
from posts.models.prepared import LANGUAGE, NOW, UNTIL, Prepared, Slot
from posts.public import cursors
from posts.public.rows import CITED, COLUMNS, LISTED

FIELDS: dict[type, type] = {datetime: DateTimeField, date: DateField, int: BigIntegerField}


@dataclass(frozen=True, eq=False)
class Shape:
    """All lists of one kind.

    ``make`` gives the queryset for the values that ``slots`` names, beside ``language``, ``now``
    and ``until``, an upper bound of the first column. ``keys`` is its order, ``kinds`` the types
    of a cursor's parts.
    """

    make: Callable[..., QuerySet[Any]]
    slots: dict[str, type]
    keys: tuple[str, ...]
    kinds: tuple[type, ...]

    def rows(self, given: dict[str, Any], bounds: tuple[Any, ...] = ()) -> QuerySet[Any]:
        """The rows of a list in order, those behind some bounds of its keys if there are any."""
        rows = self.make(**given)
        if bounds:
            values = tuple(
                Subquery(Post.objects.filter(pk=value).values("path")[:1])
                if key == "-path"
                else value
                for key, value in zip(self.keys, bounds, strict=True)
            )
            rows = cursors.beyond(rows, self.keys, values)
        return rows.order_by(*self.keys)

    def upper(self, given: dict[str, Any], bounds: tuple[Any, ...]) -> dict[str, Any]:
        """The values of a list of which only what is behind some bounds is wanted.

        One bound of the first column: given two, SQLite may enter the index at the wrong one.
        """
        if not bounds:
            return given
        name = "last" if "last" in given else "until"
        return given | {name: min(given.get(name, bounds[0]), bounds[0])}


@cache
def prepared(shape: Shape, language: bool, before: bool, size: int) -> Prepared:
    """The first rows of any list of a shape; the values of bounds are ``bound0`` and so on."""

    def make() -> QuerySet[Any]:
        given: dict[str, Any] = {name: Slot(name, FIELDS[kind]()) for name, kind in slots}
        given |= {"now": NOW, "language": LANGUAGE if language else ""}
        if before and "last" not in given:
            given["until"] = UNTIL
        bounds = tuple(Slot(f"bound{n}", FIELDS[kind]()) for n, kind in enumerate(shape.kinds))
        return shape.rows(given, bounds if before else ())[:size]

    slots = shape.slots.items()
    return Prepared(make)


def _newest(language: Any, until: Any = None, now: Any = None) -> QuerySet[Any]:
    return Post.objects.published(until, now=now).in_language(language).values_list(*COLUMNS)


def _dated(first: Any, last: Any, language: Any, now: Any = None) -> QuerySet[Any]:
    rows = Post.objects.published(now=now).in_language(language)
    return rows.filter(day__range=(first, last)).values_list(*COLUMNS)


def _labelled(through: Any, column: str, columns: list[Any]) -> Callable[..., QuerySet[Any]]:
    def make(label: Any, language: Any, until: Any = None, now: Any = None) -> QuerySet[Any]:
        rows = through.objects.listed(until, now=now).in_language(language)
        mine: QuerySet[Any] = rows.filter(**{column: label}).values_list(*columns)
        return mine

    return make


NEWEST = Shape(_newest, {}, ("-published_at", "-path"), (datetime, int))
DATED = Shape(
    _dated,
    {"first": date, "last": date},
    ("-day", "-published_at", "-path"),
    (date, datetime, int),
)
LABELLED = {
    kind: Shape(
        _labelled(through, f"{kind}_id", LISTED),
        {"label": int},
        ("-listed_at", "-path"),
        (datetime, int),
    )
    for kind, through in {"tag": PostTag, "category": PostCategory, "author": PostAuthor}.items()
}
CITING = Shape(
    _labelled(Citation, "source_id", CITED),
    {"label": int},
    ("-listed_at", "-path", "position"),
    (datetime, int, int),
)
