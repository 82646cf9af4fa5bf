"""What stands on every page beside its own: the sections, the languages, the newest posts for
pages where nothing is; as one process knows them.

Whether a section or a language comes or goes is not known by whoever saves: two transactions can
each take away one of its last two posts. So a change only says that it may be, and each process
asks.
"""

import json
from collections.abc import Collection, Iterable
from functools import cache
from typing import Any, NamedTuple

from django.conf import settings
from django.db import connection
from django.db.models import QuerySet
from django.db.models.expressions import RawSQL

from posts.caching import keys
from posts.models import Category, Post
from posts.models.prepared import LANGUAGE, NOW, Prepared, timed

SECTIONS = 50  # the most that stand on a page
NEWEST = 3
MOST = 200  # languages
READ = """
WITH RECURSIVE tags(tag) AS (
    SELECT MIN(language) FROM {posts} WHERE language > ''
    UNION ALL
    SELECT (SELECT MIN(language) FROM {posts} WHERE language > tags.tag) FROM tags
    WHERE tag IS NOT NULL
)
SELECT 0, 0, tag, '', NULL, 0, '', 0 FROM tags WHERE EXISTS ({readable})
UNION ALL SELECT 1, id, slug, name, names, position, sort_key, 0 FROM ({sections}) section
UNION ALL SELECT 2, id, address, title, NULL, 0, language, CASE WHEN rtl THEN 1 ELSE 0 END
FROM ({newest}) newest
"""


class Section(NamedTuple):
    """A category as the menu shows it."""

    pk: int
    slug: str
    name: str


class Newest(NamedTuple):
    """A new post, for pages where nothing is."""

    pk: int
    address: str
    title: str
    language: str
    rtl: bool


class Menu(NamedTuple):
    """The sections that have public posts, in a language if one was asked, in the order of the
    editors; the languages of all public posts; the newest posts.
    """

    sections: tuple[Section, ...] = ()
    languages: tuple[str, ...] = ()
    newest: tuple[Newest, ...] = ()


def read_menu(language: str = "") -> Menu:
    """What posts in a language have, or all for an empty one; names of sections are those in the
    language, which is the site's own for an empty one. One query, some steps of an index for each
    language.
    """
    statements = [one.statement() for one in _parts(bool(language))]
    values = timed({"language": language})
    readable, sections, newest = (one.sql for one in statements)
    posts = connection.ops.quote_name(Post._meta.db_table)
    sql = READ.format(posts=posts, readable=readable, sections=sections, newest=newest)
    with connection.cursor() as cursor:
        cursor.execute(sql, [value for one in statements for value in one.bound(values)])
        rows = cursor.fetchall()
    own = language or settings.SITE_LANGUAGE
    ordered = sorted((row for row in rows if row[0] == 1), key=lambda row: (row[5], row[6]))
    return Menu(
        tuple(Section(row[1], row[2], _named(row[3], row[4], own)) for row in ordered),
        tuple(sorted(row[2] for row in rows if row[0] == 0)),
        tuple(Newest(row[1], row[2], row[3], row[6], bool(row[7])) for row in rows if row[0] == 2),
    )


def _named(name: str, names: Any, language: str) -> str:
    found = json.loads(names) if isinstance(names, str) else names or {}
    return str(found.get(language, name))


@cache
def _parts(language: bool) -> tuple[Prepared, ...]:
    own = LANGUAGE if language else ""

    def sections() -> QuerySet[Any]:
        listed = Category.objects.listed(own, now=NOW).order_by("position", "sort_key")
        return listed.values_list("id", "slug", "name", "names", "position", "sort_key")[:SECTIONS]

    def newest() -> QuerySet[Any]:
        rows = Post.objects.published(now=NOW).in_language(own)
        columns = ("id", "address", "title", "language", "rtl")
        return rows.order_by("-published_at", "-path").values_list(*columns)[:NEWEST]

    return Prepared(_readable), Prepared(sections), Prepared(newest)


def _readable() -> QuerySet[Any]:
    tag = RawSQL("tags.tag", ())
    rows = Post.objects.published(now=NOW).filter(language=tag)
    return rows.order_by("-published_at").values_list("id")[:1]


class Menus:
    """The known menus by language.

    What views read from the database is not compared: it may be older or newer than what is known,
    so a language that was read is as good as unknown until it is asked again.
    """

    def __init__(self) -> None:
        self.known: dict[str, Menu] = {}
        self.languages: tuple[str, ...] = ()
        self.wanted: set[str] = set()
        self.unsettled = False

    def get(self, language: str) -> Menu | None:
        """The menu in a language; None where it is not known."""
        found = self.known.get(language)
        return found and found._replace(languages=self.languages)

    def want(self, language: str) -> None:
        """A view has read, or is about to read, the menu in a language."""
        self.wanted.add(language)

    def showing(self, names: Collection[str]) -> set[str]:
        """The languages of which one of the newest posts is among some keys."""
        return {
            language
            for language, menu in self.known.items()
            if any(keys.card(post.pk) in names for post in menu.newest)
        }

    def may_differ(self, languages: Iterable[str]) -> bool:
        """Ask the menus in some languages (``*``: in all that are known), and those that are
        wanted: true if pages may show others. A query for each language.

        What is asked may be newer than the change that it is asked for: the next change is then
        taken for one of the menu too.
        """
        named, wanted = set(languages), self.wanted
        self.wanted = set()
        asked = set(wanted)
        if named:
            asked |= {"", *named - {"*"}, *(self.known if "*" in named else ())}
        unsure = self.unsettled or bool(wanted) or any(one not in self.known for one in asked)
        fresh = {one: read_menu(one) for one in asked}
        self.unsettled = any(self._differs(one, menu) for one, menu in fresh.items())
        self.known = {**self.known, **fresh} if len(self.known) <= MOST else fresh
        if fresh:
            self.languages = next(reversed(fresh.values())).languages
        return bool(named) and (self.unsettled or unsure)

    def _differs(self, language: str, fresh: Menu) -> bool:
        known = self.known.get(language)
        return known is None or (known.sections, self.languages) != fresh[:2]
