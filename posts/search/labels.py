"""Labels by what people call them: slug, host or name, in any case, width or script.

A label stands for all that were merged into it, and their names lead to it. What leads readers to
no post does not exist here either.
"""

from collections.abc import Iterable, Sequence
from functools import cache
from typing import Any, NamedTuple

from django.db import connection
from django.db.models import CharField, F, Q, QuerySet, Value
from django.db.models.functions import Coalesce

from posts.content import hyperlinks, slugs, tokens
from posts.content.tokens import label_token
from posts.models import Author, Category, Source, Tag
from posts.models.folded import folded_name
from posts.models.prepared import NOW, Prepared, Slot, timed

MODELS: dict[str, tuple[Any, str]] = {
    "tag": (Tag, "slug"),
    "category": (Category, "slug"),
    "source": (Source, "host"),
    "author": (Author, "slug"),
}
BEGINNINGS = [*((kind, "folded") for kind in MODELS), ("source", "host")]
LOOKED_AT = 400  # labels that begin alike, whether they lead readers to something or not
SIZES = (4, 12, 32)  # names that are looked for at once


class Known(NamedTuple):
    """A label that readers may see; ``slug`` is a source's host. ``tokens`` name it in the index,
    and what was merged into it; ``called`` are all its slugs and folded names.
    """

    kind: str
    pk: int
    slug: str
    name: str
    tokens: frozenset[str]
    called: frozenset[str]

    def __str__(self) -> str:
        return self.name or self.slug


class Called(NamedTuple):
    """What somebody calls a label: perhaps its slug or host, and a name as they are compared."""

    slug: str
    folded: str

    @classmethod
    def of(cls, kind: str, text: str) -> "Called":
        """How a label of a kind might be meant by a text."""
        slug = _host(text) if kind == "source" else slugs.tag_slug(text)
        return cls(slug, folded_name(text))


def _host(text: str) -> str:
    """``https://www.WSJ.com/`` -> ``wsj.com``."""
    return hyperlinks.host(text if "//" in text else f"https://{text}") or text.casefold()


def find(wanted: Iterable[tuple[str, Called]], hidden: bool = False) -> list[Known]:
    """The labels that are called so. One query; none for nothing.

    ``wanted`` are pairs of a kind and a name; some more may be found than were wanted. ``hidden``
    are also those that lead readers to nothing: for those who edit.
    """
    by_kind: dict[str, list[Called]] = {}
    for kind, called in wanted:
        if called.slug or called.folded:
            by_kind.setdefault(kind, []).append(called)
    parts: list[str] = []
    values: list[Any] = []
    for kind, names in by_kind.items():
        size = next((size for size in SIZES if len(names) <= size), SIZES[-1])
        statement = _named(kind, size, hidden).statement()
        padded = [names[min(n, len(names) - 1)] for n in range(size)]
        given = {f"slug{n}": one.slug for n, one in enumerate(padded)}
        given |= {f"folded{n}": one.folded or " " for n, one in enumerate(padded)}
        parts.append(f"SELECT * FROM ({statement.sql}) AS part{len(parts)}")  # noqa: S608
        values += statement.bound(timed(given | {"nothing": ""}))
    return _labels(parts, values)


def _labels(parts: list[str], values: list[Any]) -> list[Known]:
    if not parts:
        return []
    with connection.cursor() as cursor:
        cursor.execute(" UNION ALL ".join(parts), values)
        rows = cursor.fetchall()
    members: dict[tuple[str, int], list[Sequence[Any]]] = {}
    for row in rows:
        members.setdefault((row[0], row[1]), []).append(row)
    found = []
    for (kind, pk), same in members.items():
        _kind, _pk, slug, name, folded = same[0][:5]
        merged = [(row[5], row[6]) for row in same if row[5]]
        names = frozenset({slug, folded, *(text for pair in merged for text in pair)} - {""})
        marks = frozenset(label_token(kind, one) for one in (slug, *(m[0] for m in merged)))
        found.append(Known(kind, pk, slug, name, marks, names))
    return found


@cache
def _named(kind: str, size: int, hidden: bool) -> Prepared:
    """The labels of a kind that have one of some names, or that such a one was merged into,
    a row for each that was merged into them.
    """
    model, key = MODELS[kind]

    def make() -> QuerySet[Any]:
        by_slug = [Slot(f"slug{n}", CharField()) for n in range(size)]
        by_name = [Slot(f"folded{n}", CharField()) for n in range(size)]
        called = model.objects.filter(Q(**{f"{key}__in": by_slug}) | Q(folded__in=by_name))
        counting = called.annotate(counts=Coalesce(F("merged_into_id"), F("pk"))).values("counts")
        rows = model.objects.unmerged() if hidden else model.objects.listed(now=NOW)
        return _columns(rows.filter(pk__in=counting), kind, key)

    return Prepared(make)


def _columns(rows: QuerySet[Any], kind: str, key: str) -> QuerySet[Any]:
    return rows.order_by().values_list(
        Value(kind), "pk", key, "name", "folded", f"merged__{key}", "merged__folded"
    )


def beginning(texts: Iterable[str], most: int) -> list[Known]:
    """Labels whose names or hosts begin with one of some texts, ``most`` of each kind and text.
    One query.
    """
    parts: list[str] = []
    values: list[Any] = []
    for low in dict.fromkeys(tokens.folded(text).strip()[:60] for text in texts):
        for kind, column in BEGINNINGS if low else ():
            statement = _beginning(kind, column, most).statement()
            parts.append(f"SELECT * FROM ({statement.sql}) AS part{len(parts)}")  # noqa: S608
            values += statement.bound(timed({"low": low, "high": f"{low}\U0010ffff"}))
    return _labels(parts, values)


@cache
def _beginning(kind: str, column: str, most: int) -> Prepared:
    """By one column: an index in the order of another would be walked from end to end."""
    model, key = MODELS[kind]

    def make() -> QuerySet[Any]:
        low, high = Slot("low", CharField()), Slot("high", CharField())
        begins = {f"{column}__gte": low, f"{column}__lt": high}
        first = model.objects.unmerged().filter(**begins).order_by(column).values("pk")[:LOOKED_AT]
        found = model.objects.listed(now=NOW).filter(pk__in=first).order_by(column)
        nothing = Value("")
        return found.values_list(Value(kind), "pk", key, "name", "folded", nothing, nothing)[:most]

    return Prepared(make)
