"""The sections that stand on every page, as one process knows them.

Whether a section comes or goes is not known by whoever saves: two transactions can each take away
one of its last two posts. So a change only says that it may be, and each process asks.
"""

from collections.abc import Iterable
from functools import cache
from typing import Any, NamedTuple

from django.conf import settings
from django.db.models import QuerySet

from posts.models import Category
from posts.models.prepared import LANGUAGE, NOW, Prepared

SECTIONS = 50  # the most that stand on a page
MOST = 200  # languages


class Section(NamedTuple):
    """A category as the menu shows it."""

    pk: int
    slug: str
    name: str


def sections(language: str = "") -> list[Section]:
    """The sections that have public posts, in a language if it is given, and their names in it. One
    query.
    """
    language = "" if language == settings.SITE_LANGUAGE else language
    rows = _sections(bool(language)).rows(language=language)
    return [Section(pk, slug, names.get(language, name)) for pk, slug, name, names in rows]


@cache
def _sections(language: bool) -> Prepared:
    def make() -> QuerySet[Any]:
        listed = Category.objects.listed(LANGUAGE if language else "", now=NOW)
        return listed.values_list("id", "slug", "name", "names")[:SECTIONS]

    return Prepared(make)


class Menus:
    """The known sections by language.

    What views read from the database is not compared: it may be older or newer than what is known,
    so a language that was read is as good as unknown until it is asked again.
    """

    def __init__(self) -> None:
        self.known: dict[str, list[Section]] = {}
        self.wanted: set[str] = set()
        self.unsettled = False

    def want(self, language: str) -> None:
        """A view has read, or is about to read, the sections in a language."""
        self.wanted.add(language)

    def may_differ(self, languages: Iterable[str]) -> bool:
        """Ask the sections in some languages (``*``: in all that are known), and those that are
        wanted: true if pages may show others. A query for each language.

        What is asked may be newer than the change that it is asked for: the next change is then
        taken for one of the sections too.
        """
        named, wanted = set(languages), self.wanted
        self.wanted = set()
        asked = set(wanted)
        if named:
            asked |= {"", *named - {"*"}, *(self.known if "*" in named else ())}
        unsure = self.unsettled or bool(wanted) or any(one not in self.known for one in asked)
        fresh = {one: sections(one) for one in asked}
        self.unsettled = any(fresh[one] != self.known.get(one) for one in fresh)
        self.known = {**self.known, **fresh} if len(self.known) <= MOST else fresh
        return bool(named) and (self.unsettled or unsure)
