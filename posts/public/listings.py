"""The lists that pages and feeds share: newest posts, those of a label, a source, a span of days.

Each answers from an index that holds its order. A list knows its own address, so that its page and
its feeds cannot disagree about what is in it.
"""

from calendar import monthrange
from collections.abc import Collection, Iterable
from dataclasses import dataclass, field
from datetime import date, datetime
from functools import cache
from itertools import groupby
from typing import Any
from urllib.parse import quote

from django.conf import settings
from django.db import connection
from django.db.models import CharField, DateField, JSONField, QuerySet, Value
from django.db.models.expressions import RawSQL
from django.http import Http404
from django.utils import timezone
from django.utils.translation import get_language
from django.utils.translation import gettext as _

from posts.caching import journal
from posts.caching.keys import ALL, DAY, Shown, label, scoped, span
from posts.models import (
    Author,
    Category,
    Citation,
    Post,
    PostAuthor,
    PostCategory,
    PostTag,
    Source,
    Tag,
)
from posts.models.cards import CardStory
from posts.models.labels import CardLabels, label_names
from posts.models.prepared import LANGUAGE, NOW, Prepared, Slot
from posts.public import cursors, localized, shapes
from posts.public.heads import EVERY, Head, Link
from posts.public.languages import languages_of, newest_column
from posts.public.responses import Facts, language_prefix, site_columns, site_facts
from posts.public.rows import LabelRow, Line, PostRow, line

KINDS: dict[str, tuple[Any, Any, str]] = {  # folder -> label, its rows, the relation's name
    "tags": (Tag, PostTag, "tag"),
    "categories": (Category, PostCategory, "category"),
    "authors": (Author, PostAuthor, "author"),
    "sources": (Source, Citation, "source"),
}
FOLDERS = {relation: folder for folder, (_model, _through, relation) in KINDS.items()}


BYLINE = ("authors", "categories")  # the labels that pages of lists show
HEADLINES = 5  # headlines that say what a list is about, where no editor does
NAMED = (*BYLINE, "tags")


@dataclass
class Entry:
    """One line of a list: a post with the names of its labels, or one story of it."""

    post: PostRow
    labels: CardLabels
    story: CardStory | None = None
    excerpt: str = ""  # of the story


@dataclass
class Listing:
    """A list of posts, or of stories: one of a shape, for some values.

    ``scope`` is the list's name in the keys of the page cache.
    """

    title: str
    address: str
    shape: shapes.Shape
    given: dict[str, Any]
    language: str = ""
    label: LabelRow | None = None
    kind: str = "home"
    description: str = ""
    stories: bool = False
    parents: list[tuple[str, str]] = field(default_factory=list)
    query: str = ""  # what its page and feeds are asked with
    facts: Facts | None = None  # where a query has brought them
    scope: str = ALL
    newest: str | None = None  # as posts.public.languages has it

    @property
    def archived(self) -> bool:
        """True if its feeds have archives: one by date is an archive itself."""
        return self.shape.kinds[0] is datetime

    def page(
        self, before: str, size: int, shown: Shown, named: Collection[str] = BYLINE
    ) -> tuple[list[Entry], str]:
        """(entries, the cursor of the next page or ""); ``shown`` gets their keys.

        ``named`` are the kinds of labels whose names are wanted.

        Two queries. Raises Http404 for a cursor that is none.
        """
        bounds = self._bounds(before)
        found, more = self.cut(self._lines(bounds, size + 1), bounds, size, shown)
        lines = entries(found, shown, named, self.language)
        shown.posts(entry.post for entry in lines)
        return lines, more

    def cut(
        self, found: list[Line], bounds: tuple[Any, ...], size: int, shown: Shown
    ) -> tuple[list[Line], str]:
        """(the lines of a page, the cursor of the next one or ""), from one line more; ``shown``
        gets the keys of the list.
        """
        more = ""
        if len(found) > size:
            more = cursors.encode([found[size - 1].value(key) for key in self.shape.keys])
        self._show(found[size:], bounds, shown)
        return found[:size], more

    def head(self, rows: list[Entry], before: str, more: str) -> Head:
        """What a page of the list says of itself; ``more`` is the cursor of the next one.

        A page further back is one of its own. It moves with every new post, and each post is found
        elsewhere, so that nobody needs to keep it.
        """
        path = [Link(*parent) for parent in self.parents]
        items = [
            Link(row.story.heading, f"{row.post.address}{row.story.slug}/")
            if row.story
            else Link(row.post.title, row.post.address)
            for row in rows
        ]
        named = " · ".join(item.name for item in items[:HEADLINES]) if self.title else ""
        return Head(
            self.title,
            self.address,
            self.description or named,
            "profile" if self.kind == "author" else "website",
            query=f"?before={quote(before)}" if before else "",
            next=f"?before={quote(more)}" if more else "",
            noindex=bool(before),
            has_card=self.label is not None,
            feeds=self.address,
            feeds_title=self.title,
            crumbs=[*path, Link(self.title, self.address)] if self.title else [],
            languages=EVERY if self.kind == "home" else None,
            about=self.label.description if self.label else "",
            items=items,
        )

    def languages(self, shown: Shown, everywhere: Collection[str]) -> Collection[str]:
        """The languages in which the list is there; ``shown`` gets their keys. ``everywhere`` are
        those of the site.

        One query for a list by date, which brings the facts too, else none.
        """
        if self.kind == "home":
            return EVERY
        if self.kind == "days":
            prepared = _prepared_newest(journal.shared.looks())
            self.newest, *columns = prepared.first(**self.given) or (None,)
            self.facts = site_facts(columns)
        return languages_of(self.newest, self.scope, shown, everywhere)

    def is_empty(self, before: str, shown: Shown) -> bool:
        """True if there is nothing behind a cursor; else ``shown`` gets what is there first.

        One query. Raises Http404 for a cursor that is none.
        """
        found = self._lines(self._bounds(before), 1)
        shown.posts(row.post for row in found)
        return not found

    def _bounds(self, before: str) -> tuple[Any, ...]:
        try:
            return cursors.decode(before, self.shape.kinds) if before else ()
        except cursors.BadCursor:
            raise Http404 from None

    def _lines(self, bounds: tuple[Any, ...], size: int) -> list[Line]:
        values = self.shape.upper(self.given, bounds) | {"language": self.language}
        values |= {f"bound{index}": value for index, value in enumerate(bounds)}
        prepared = shapes.prepared(self.shape, bool(self.language), bool(bounds), size)
        return [line(row) for row in prepared.rows(**values)]

    def _show(self, left_out: list[Line], bounds: tuple[Any, ...], shown: Shown) -> None:
        """The keys of the label and of the time from the cursor to the first row that is left out,
        whose going would end the list here.
        """
        if self.label is not None:
            shown.add(label(self.kind, self.label.pk))
        low, high, now = self.given.get("first"), self.given.get("last"), timezone.now()
        if bounds and bounds[0] < (now if high is None else high):
            high = bounds[0]
        for row in left_out:
            low = row.value(self.shape.keys[0])
            shown.expires(row.post.expires_at)
        shown.add(*span(scoped(self.scope, self.language), low, high, now))


def entries(
    rows: Iterable[Line], shown: Shown, named: Collection[str], language: str = ""
) -> list[Entry]:
    """Rows as lines of a list. One query, for the names of labels of some kinds, whose keys
    ``shown`` gets; in a language where they have names in it.
    """
    lines = list(rows)
    names = label_names((row.post.card for row in lines), named, language)
    shown.add(*(label(KINDS[folder][2], pk) for folder, pk in names.ids))
    return [Entry(row.post, names.of(row.post.card), row.story, row.excerpt) for row in lines]


def by_day(rows: Iterable[Entry]) -> list[tuple[date, list[Entry]]]:
    """The lines of a list below the days of their posts."""
    return [(day, list(group)) for day, group in groupby(rows, lambda row: row.post.day)]


def index_title(folder: str) -> str:
    """What the index of all tags, categories, authors or sources is called."""
    return {
        "tags": _("Tags"),
        "categories": _("Sections"),
        "authors": _("Authors"),
        "sources": _("Sources"),
    }[folder]


def _index(folder: str, language: str) -> tuple[str, str]:
    return index_title(folder), f"{language_prefix(language)}{folder}/"


def home(language: str = "") -> Listing:
    """The newest posts. Its title is the site's name."""
    return Listing("", language_prefix(language), shapes.NEWEST, {}, language)


def labelled(kind: str, slug: str, language: str = "") -> Listing:
    """The posts of a tag, category or author. One query for the label."""
    own, newest, facts = _found(FOLDERS[kind], slug, language)
    return Listing(
        own.name,
        f"{language_prefix(language)}{FOLDERS[kind]}/{own.slug}/",
        shapes.LABELLED[kind],
        {"label": own.pk},
        language,
        own,
        kind,
        own.description,
        parents=[_index(FOLDERS[kind], language)],
        facts=facts,
        scope=label(kind, own.pk),
        newest=newest,
    )


def source(host: str, language: str = "") -> Listing:
    """The stories that cite a publication."""
    own, newest, facts = _found("sources", host, language)
    name = str(own)
    return Listing(
        name,
        f"{language_prefix(language)}sources/{own.slug}/",
        shapes.CITING,
        {"label": own.pk},
        language,
        own,
        "source",
        _("Stories that cite %(source)s") % {"source": name},
        stories=True,
        parents=[_index("sources", language)],
        facts=facts,
        scope=label("source", own.pk),
        newest=newest,
    )


def _found(folder: str, slug: str, language: str) -> tuple[LabelRow, str, Facts]:
    """A label that has something to list, its newest by language, and the facts of the site. One
    query.
    """
    prepared = _prepared_label(folder, bool(language), journal.shared.looks())
    row = prepared.first(slug=slug, language=language)
    if row is None:
        raise Http404
    pk, slug, name, about, names, newest, *columns = row
    name = (names or {}).get(language or settings.SITE_LANGUAGE, name)
    return LabelRow(pk, slug, name, about), newest, site_facts(columns)


@cache
def _prepared_label(folder: str, language: bool, change_known: bool) -> Prepared:
    slug, about = ("host", Value("")) if folder == "sources" else ("slug", "description")
    names = "names" if folder == "categories" else Value(None, JSONField())
    model, through, relation = KINDS[folder]

    def make() -> QuerySet[Any]:
        rows = model.objects.listed(LANGUAGE if language else "", now=NOW)
        mine = rows.filter(**{slug: Slot("slug", CharField())})
        own = RawSQL(f"{connection.ops.quote_name(model._meta.db_table)}.id", ())  # noqa: S611
        newest = newest_column(
            through.objects.listed(now=NOW).filter(**{f"{relation}_id": own}), "listed_at"
        )
        found: QuerySet[Any] = mine.values_list(
            "id", slug, "name", about, names, newest, *site_columns(change_known)
        )
        return found

    return Prepared(make)


@cache
def _prepared_newest(change_known: bool) -> Prepared:
    """The newest day in each language of a span of days."""

    def make() -> QuerySet[Any]:
        span = (Slot("first", DateField()), Slot("last", DateField()))
        rows = Post.objects.published(now=NOW).filter(day__range=span)
        one: QuerySet[Any] = Post.objects.order_by("pk").values_list(
            newest_column(rows, "day"), *site_columns(change_known)
        )
        return one[:1]

    return Prepared(make)


def _year_of(day: date, language: str) -> str:
    return localized.year(day.year, language)


def days(year: int, month: int = 0, day: int = 0, language: str = "") -> Listing:
    """The posts of a year, month or day, as their authors dated them."""
    try:
        first = date(year, month or 1, day or 1)
        last = date(year, month or 12, day or monthrange(year, month or 12)[1])
    except ValueError:
        raise Http404 from None
    prefix = language_prefix(language)
    parts = [f"{year:04}"] + ([f"{month:02}"] if month else []) + ([f"{day:02}"] if day else [])
    write = localized.day_text if day else localized.month if month else _year_of
    title = write(first, get_language() or "")
    parents = [(_("Archive"), f"{prefix}archive/")] + [
        ("/".join(parts[: n + 1]), f"{prefix}{'/'.join(parts[: n + 1])}/")
        for n in range(len(parts) - 1)
    ]
    return Listing(
        title,
        f"{prefix}{'/'.join(parts)}/",
        shapes.DATED,
        {"first": first, "last": last},
        language,
        None,
        "days",
        parents=parents,
        scope=DAY,
    )
