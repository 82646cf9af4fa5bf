"""How many of the posts that were found belong to a category, a tag, a source, an author, a year.

Counted among the newest so many that match, never among all: what it costs is bounded.
"""

import json
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, NamedTuple

from django.db import connection
from django.utils.translation import gettext as _

from posts.models.labels import LabelNames, name_in, name_parts, names_from
from posts.public.rows import PostRow
from posts.public.searches.asked import Asked

MOST = 1000  # posts that are counted
SHOWN = 8  # of each kind
MARK = "facet-"
COUNTED = """
SELECT '{mark}{kind}', own.id, own.{slug}, own.name, {names}, {kind}.many, NULL, NULL, NULL FROM (
SELECT {kind}_id AS label, COUNT({what}) AS many FROM {through}
WHERE post_id IN ({ids}) AND {kind}_id IS NOT NULL
GROUP BY {kind}_id ORDER BY many DESC, {kind}_id LIMIT {shown}
) AS {kind} JOIN {table} own ON own.id = {kind}.label
"""
YEARS = """
SELECT * FROM (SELECT '{mark}date', 0, {year} AS year, {year}, NULL, COUNT(*), NULL, NULL, NULL
FROM posts_post WHERE id IN ({ids}) GROUP BY {year} ORDER BY {year} DESC LIMIT {shown}) AS years
"""
IDS = {"sqlite": "SELECT value FROM json_each(%s)", "postgresql": "SELECT unnest(%s::bigint[])"}
YEAR = {"sqlite": "substr(day, 1, 4)", "postgresql": "to_char(day, 'YYYY')"}
THROUGH = {
    "category": ("posts_postcategory", "posts_category"),
    "tag": ("posts_posttag", "posts_tag"),
    "source": ("posts_citation", "posts_source"),
    "author": ("posts_postauthor", "posts_author"),
}


class Choice(NamedTuple):
    """One value of a facet: how many posts have it, and the search among them."""

    name: str
    posts: int
    address: str


@dataclass
class Facet:
    """The values of one kind that most posts have."""

    title: str
    choices: list[Choice]


def count(ids: Sequence[int], posts: Sequence[PostRow], asked: Asked) -> tuple[list[Facet], Any]:
    """The facets of what was found, and the names of the labels of the posts that are shown: one
    query for both, none for nothing.
    """
    parts, values = name_parts((post.card for post in posts), ("authors", "categories"))
    if len(ids) > 1:
        given = json.dumps(list(ids)) if connection.vendor == "sqlite" else list(ids)
        counted = _parts()
        parts, values = [*parts, *counted], [*values, *([given] * len(counted))]
    if not parts:
        return [], LabelNames({}, set(), {})
    with connection.cursor() as cursor:
        cursor.execute(" UNION ALL ".join(parts), values)
        rows = cursor.fetchall()
    named = [row for row in rows if not row[0].startswith(MARK)]
    facets = _facets([row for row in rows if row[0].startswith(MARK)], len(ids), asked)
    return facets, names_from(named, asked.language)


def _parts() -> list[str]:
    ids, year = IDS[connection.vendor], YEAR[connection.vendor]
    parts = []
    for kind, (through, table) in THROUGH.items():
        is_source, is_category = kind == "source", kind == "category"
        parts.append(
            COUNTED.format(
                mark=MARK,
                kind=kind,
                slug="host" if is_source else "slug",
                names="CAST(own.names AS text)" if is_category else "NULL",
                what="DISTINCT post_id" if is_source else "*",
                through=through,
                table=table,
                ids=ids,
                shown=SHOWN,
            )
        )
    return [*parts, YEARS.format(mark=MARK, year=year, ids=ids, shown=SHOWN)]


def _facets(rows: Sequence[Sequence[Any]], total: int, asked: Asked) -> list[Facet]:
    titles = {
        "category": _("Sections"),
        "tag": _("Tags"),
        "source": _("Sources"),
        "author": _("Authors"),
        "date": _("Years"),
    }
    there = {(one.kind, one.value.casefold()) for one in asked.query.filters if not one.excluded}
    facets = []
    for kind, title in titles.items():
        choices = [
            Choice(name_in(asked.language, name, names) or slug, many, asked.narrowed(kind, slug))
            for mark, _pk, slug, name, names, many, *_rest in rows
            if mark == MARK + kind and (kind, slug.casefold()) not in there
        ]
        # What all posts have narrows nothing.
        choices = [one for one in choices if one.posts < total]
        if kind == "date":
            choices.sort(key=lambda one: one.name, reverse=True)
        else:
            choices.sort(key=lambda one: (-one.posts, one.name))
        if choices:
            facets.append(Facet(title, choices))
    return facets
