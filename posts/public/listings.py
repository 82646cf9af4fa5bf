"""The lists that pages and feeds share: newest posts, those of a label, a source, a span of days.

Each answers from an index that holds its order. A list knows its own address, so that its page and
its feeds cannot disagree about what is in it.
"""

from calendar import monthrange
from collections.abc import Callable, Iterable
from dataclasses import dataclass, field
from datetime import date, datetime
from typing import Any

from django.conf import settings
from django.db.models import QuerySet, Subquery
from django.http import Http404
from django.utils import timezone
from django.utils.formats import date_format
from django.utils.translation import gettext as _

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
from posts.models.changes import site_changed_at
from posts.models.labels import CardLabels, label_names
from posts.public import cursors

LARGE = ("post__document", "post__html")
KINDS: dict[str, tuple[Any, Any, str]] = {  # folder -> label, its rows, the relation's name
    "tags": (Tag, PostTag, "tag"),
    "categories": (Category, PostCategory, "category"),
    "authors": (Author, PostAuthor, "author"),
    "sources": (Source, Citation, "source"),
}
FOLDERS = {relation: folder for folder, (_model, _through, relation) in KINDS.items()}


@dataclass
class Entry:
    """One line of a list: a post with the names of its labels, or one story of it."""

    post: Post
    labels: CardLabels
    story: CardStory | None = None


@dataclass
class Listing:
    """A list of posts, or of stories.

    ``rows`` takes an upper bound of the first key, or None, and gives a queryset of posts, label
    rows or citations; ``keys`` is its order, ``kinds`` the types of a cursor's parts. ``scope`` is
    the list's name in the keys of the page cache; ``first`` and ``last`` are the days of a list
    that has some.
    """

    title: str
    address: str
    rows: Callable[[Any], QuerySet[Any]]
    keys: tuple[str, ...]
    kinds: tuple[type, ...]
    language: str = ""
    label: Any = None
    kind: str = "home"
    description: str = ""
    stories: bool = False
    parents: list[tuple[str, str]] = field(default_factory=list)
    changed: datetime | None = None  # the last change of the site, where a query has brought it
    scope: str = ALL
    first: date | None = None
    last: date | None = None

    def page(self, before: str, size: int, shown: Shown) -> tuple[list[Entry], str]:
        """(entries, the cursor of the next page or ""); ``shown`` gets their keys.

        Two queries. Raises Http404 for a cursor that is none.
        """
        found = list(self.after(before)[: size + 1])
        more = ""
        if len(found) > size:
            more = cursors.encode([_cursor_value(found[size - 1], key) for key in self.keys])
        self._show(found, before, size, shown)
        lines = entries(found[:size], shown)
        shown.posts(entry.post for entry in lines)
        return lines, more

    def _show(self, found: list[Any], before: str, size: int, shown: Shown) -> None:
        """The keys of the label and of the time from the cursor to the first row that is left out,
        whose going would end the list here.
        """
        if self.label is not None:
            shown.add(label(self.kind, self.label.pk))
        low, high, now = self.first, self.last, timezone.now()
        if before:
            bound = cursors.decode(before, self.kinds)[0]
            open_end = now if self.last is None else self.last
            high = bound if bound < open_end else self.last
        if len(found) > size:
            low = getattr(found[size], self.keys[0].removeprefix("-"))
            shown.expires(found[size].expires_at)
        shown.add(*span(scoped(self.scope, self.language), low, high, now))

    def after(self, before: str) -> QuerySet[Any]:
        """The rows after a cursor, in order; all rows for an empty one.

        Raises Http404 for a cursor that is none.
        """
        if not before:
            return self.rows(None).order_by(*self.keys)
        try:
            values = cursors.decode(before, self.kinds)
        except cursors.BadCursor:
            raise Http404 from None
        bounds = tuple(
            Subquery(Post.objects.filter(pk=value).values("path")[:1]) if key == "-path" else value
            for key, value in zip(self.keys, values, strict=True)
        )
        return cursors.beyond(self.rows(values[0]), self.keys, bounds).order_by(*self.keys)


def _cursor_value(row: Any, key: str) -> Any:
    """What a cursor holds of a row for a key of the order; for its post's path the post's id."""
    if key == "-path":
        return row.pk if isinstance(row, Post) else row.post_id
    return getattr(row, key.removeprefix("-"))


def entries(rows: Iterable[Any], shown: Shown) -> list[Entry]:
    """Posts, label rows or citations as lines of a list. One query, for the names of labels, whose
    keys ``shown`` gets.
    """
    pairs = [_post_and_story(row) for row in rows]
    names = label_names(post.card for post, _story in pairs)
    shown.add(*(label(KINDS[folder][2], pk) for folder, pk in names.ids))
    return [Entry(post, names.of(post.card), story) for post, story in pairs]


def _post_and_story(row: Any) -> tuple[Post, CardStory | None]:
    if isinstance(row, Post):
        return row, None
    if isinstance(row, Citation) and row.story is not None:
        story = row.post.card.story(row.story.slug)
        return row.post, story or CardStory(row.story.slug, row.story.heading)
    return row.post, None


def _prefix(language: str) -> str:
    return f"/{language}/" if language else "/"


def check_language(language: str) -> None:
    """Raise Http404 for the site's own language as a prefix: it has the plain addresses."""
    if language == settings.SITE_LANGUAGE:
        raise Http404


def home(language: str = "") -> Listing:
    """The newest posts."""
    check_language(language)

    def rows(until: datetime | None) -> QuerySet[Any]:
        return Post.objects.published(until).in_language(language).for_lists()

    return Listing(
        settings.SITE_NAME,
        _prefix(language),
        rows,
        ("-published_at", "-path"),
        (datetime, int),
        language,
        description=settings.SITE_DESCRIPTION,
    )


def labelled(kind: str, slug: str, language: str = "") -> Listing:
    """The posts of a tag, category or author. One query for the label."""
    check_language(language)
    folder = FOLDERS[kind]
    model, through, _relation = KINDS[folder]
    own = _found(model, language, slug=slug)

    def rows(until: datetime | None) -> QuerySet[Any]:
        mine = through.objects.listed(until).in_language(language).filter(**{kind: own})
        return mine.select_related("post").defer(*LARGE)

    address = f"{_prefix(language)}{folder}/{own.slug}/"
    return Listing(
        own.name,
        address,
        rows,
        ("-listed_at", "-path"),
        (datetime, int),
        language,
        own,
        kind,
        own.description or f"{own.name} · {settings.SITE_NAME}",
        changed=own.changed,
        scope=label(kind, own.pk),
    )


def source(host: str, language: str = "") -> Listing:
    """The stories that cite a publication."""
    check_language(language)
    own = _found(Source, language, host=host)

    def rows(until: datetime | None) -> QuerySet[Any]:
        mine = Citation.objects.listed(until).in_language(language).filter(source=own)
        return mine.select_related("post", "story").defer(*LARGE, "story__html", "story__text")

    return Listing(
        str(own),
        f"{_prefix(language)}sources/{own.host}/",
        rows,
        ("-listed_at", "-path", "position"),
        (datetime, int, int),
        language,
        own,
        "source",
        _("Stories that cite %(source)s") % {"source": own},
        stories=True,
        changed=own.changed,
        scope=label("source", own.pk),
    )


def _found(model: Any, language: str, **key: str) -> Any:
    labels = model.objects.listed(language).filter(**key)
    found = labels.annotate(changed=site_changed_at()).first()
    if found is None:
        raise Http404
    return found


def days(year: int, month: int = 0, day: int = 0, language: str = "") -> Listing:
    """The posts of a year, month or day, as their authors dated them."""
    check_language(language)
    try:
        first = date(year, month or 1, day or 1)
        last = date(year, month or 12, day or monthrange(year, month or 12)[1])
    except ValueError:
        raise Http404 from None

    def rows(until: date | None) -> QuerySet[Any]:
        mine = Post.objects.published().in_language(language).for_lists()
        return mine.filter(day__range=(first, min(last, until or last)))

    prefix = _prefix(language)
    parts = [f"{year:04}"] + ([f"{month:02}"] if month else []) + ([f"{day:02}"] if day else [])
    style = "DATE_FORMAT" if day else "YEAR_MONTH_FORMAT"
    title = date_format(first, style) if month else _("%(year)s") % {"year": year}
    parents = [(_("Archive"), f"{prefix}archive/")] + [
        ("/".join(parts[: n + 1]), f"{prefix}{'/'.join(parts[: n + 1])}/")
        for n in range(len(parts) - 1)
    ]
    return Listing(
        title,
        f"{prefix}{'/'.join(parts)}/",
        rows,
        ("-day", "-published_at", "-path"),
        (date, datetime, int),
        language,
        None,
        "days",
        parents=parents,
        scope=DAY,
        first=first,
        last=last,
    )
