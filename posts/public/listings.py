"""The lists that pages and feeds share: newest posts, and those of a label, a source or a span of days.

Each answers from an index that holds its order. A list knows its own address, so that its page and
its feeds cannot disagree about what is in it.
"""

from calendar import monthrange
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import date, datetime

from django.conf import settings
from django.db.models import Exists, OuterRef
from django.http import Http404
from django.utils import timezone
from django.utils.formats import date_format
from django.utils.translation import gettext as _

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
from posts.public import cursors

LARGE = ("post__document", "post__html")
INDEXES = {
    "tags": (Tag, PostTag, "tag", "slug"),
    "categories": (Category, PostCategory, "category", "slug"),
    "authors": (Author, PostAuthor, "author", "slug"),
    "sources": (Source, Citation, "source", "host"),
}
FOLDERS = {relation: folder for folder, (_model, _tie, relation, _key) in INDEXES.items()}


@dataclass
class Entry:
    """One line of a list: a post, or one story of it."""

    post: Post
    story: list | None = None  # of a card: [slug, heading, [[text, url, host], ...]]


@dataclass
class Listing:
    """A list of posts. ``keys`` is its order; ``kinds`` the types of a cursor's parts."""

    title: str
    address: str
    rows: Callable  # (upper bound of the first key, or None) -> a queryset of posts, ties or citations
    keys: tuple[str, ...]
    kinds: tuple[type, ...]
    language: str = ""
    label: object = None
    kind: str = "home"
    description: str = ""
    stories: bool = False
    parents: list[tuple[str, str]] = field(default_factory=list)

    def page(self, before: str, size: int) -> tuple[list[Entry], str]:
        """(entries, the cursor of the next page or ""). One query. Raises Http404 for a cursor that is none."""
        found = list(self.after(before)[: size + 1])
        more = (
            cursors.encode(tuple(self._key(found[size - 1], key) for key in self.keys))
            if len(found) > size
            else ""
        )
        return [self._entry(row) for row in found[:size]], more

    def after(self, before: str):
        """The rows after a cursor, in order; all rows for an empty one. Raises Http404 for a cursor that is none."""
        if not before:
            return self.rows(None).order_by(*self.keys)
        try:
            values = cursors.decode(before, self.kinds)
        except cursors.BadCursor:
            raise Http404 from None
        return cursors.beyond(self.rows(values[0]), self.keys, values).order_by(*self.keys)

    @staticmethod
    def _key(row, key: str):
        return getattr(row, key.removeprefix("-"))

    def _entry(self, row) -> Entry:
        if isinstance(row, Post):
            return Entry(row)
        if isinstance(row, Citation) and row.story_id:
            story = row.story
            return Entry(
                row.post,
                next(
                    (one for one in row.post.card["stories"] if one[0] == story.slug),
                    [story.slug, story.heading, []],
                ),
            )
        return Entry(row.post)


def _prefix(language: str) -> str:
    return f"/{language}/" if language else "/"


def _check_language(language: str):
    if language == settings.SITE_LANGUAGE:
        raise Http404  # the site's own language has the plain addresses


def _now(until: datetime | None) -> datetime:
    """The latest moment that a list may show: now, or a cursor's place before it."""
    now = timezone.now()
    return min(until, now) if until else now


def _in(rows, language: str):
    return rows.filter(language=language) if language else rows


def labels(kind: str, language: str = ""):
    """The tags, categories, authors or sources that lead to a public post, in a language if it is given; a queryset."""
    model, through, relation, _key = INDEXES[kind]
    shown = _in(
        through.objects.filter(**{relation: OuterRef("pk"), "listed_at__lte": timezone.now()}),
        language,
    )
    return model.objects.filter(Exists(shown), merged_into=None)


def home(language: str = "") -> Listing:
    """The newest posts."""
    _check_language(language)

    def rows(until):
        return _in(Post.objects.published(_now(until)).for_lists(), language)

    return Listing(
        settings.SITE_NAME,
        _prefix(language),
        rows,
        ("-published_at", "-id"),
        (datetime, int),
        language,
        description=settings.SITE_DESCRIPTION,
    )


def labelled(kind: str, slug: str, language: str = "") -> Listing:
    """The posts of a tag, category or author. One query for the label."""
    _check_language(language)
    folder = FOLDERS[kind]
    model, through, _relation, _key = INDEXES[folder]
    label = _found(model, slug=slug)

    def rows(until):
        return _in(
            through.objects.filter(**{kind: label, "listed_at__lte": _now(until)})
            .select_related("post")
            .defer(*LARGE),
            language,
        )

    address = f"{_prefix(language)}{folder}/{label.slug}/"
    return Listing(
        label.name,
        address,
        rows,
        ("-listed_at", "-post_id"),
        (datetime, int),
        language,
        label,
        kind,
        label.description or f"{label.name} · {settings.SITE_NAME}",
    )


def source(host: str, language: str = "") -> Listing:
    """The stories that cite a publication."""
    _check_language(language)
    label = _found(Source, host=host)

    def rows(until):
        found = (
            Citation.objects.filter(source=label, listed_at__lte=_now(until))
            .select_related("post", "story")
            .defer(*LARGE, "story__html", "story__text")
        )
        return _in(found, language)

    return Listing(
        str(label),
        f"{_prefix(language)}sources/{label.host}/",
        rows,
        ("-listed_at", "-post_id", "position"),
        (datetime, int, int),
        language,
        label,
        "source",
        _("Stories that cite %(source)s") % {"source": label},
        stories=True,
    )


def _found(model, **key):
    label = model.objects.filter(**key, merged_into=None).first()
    if label is None:
        raise Http404
    return label


def days(year: int, month: int = 0, day: int = 0, language: str = "") -> Listing:
    """The posts of a year, month or day, as their authors dated them."""
    _check_language(language)
    try:
        first = date(year, month or 1, day or 1)
        last = date(year, month or 12, day or monthrange(year, month or 12)[1])
    except ValueError:
        raise Http404 from None

    def rows(until):
        return _in(
            Post.objects.published()
            .for_lists()
            .filter(day__range=(first, min(last, until or last))),
            language,
        )

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
        ("-day", "-published_at", "-id"),
        (date, datetime, int),
        language,
        None,
        "days",
        parents=parents,
    )
