"""Tags, categories and authors, and the through rows between them and posts.

An index over the through rows answers a label's list in its order, with no sort and no look at
posts that are not shown (:mod:`posts.models.listed`).
"""

import json
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Any, NamedTuple

from django.conf import settings
from django.core.validators import RegexValidator
from django.db import connection, models
from django.urls import reverse
from django.utils.translation import gettext_lazy as _
from taggit.models import ItemBase, NaturalKeyManager, TagBase

from posts.content import slugs
from posts.models.cards import Card
from posts.models.folded import FoldedField
from posts.models.listed import LabelQuerySet, ListedRow, SortKeyField

one_segment = RegexValidator(
    r"\A[^/\s?#%.][^/\s?#%]*\Z", _("A slug is one part of an address: no slash, space, ?, # or %.")
)


class Label(models.Model):
    """A name with an address of its own.

    The name comes from documents, the title and description from editors.
    """

    name = models.CharField(_("name"), max_length=200)
    slug = models.CharField(_("slug"), max_length=200, unique=True, validators=[one_segment])
    description = models.TextField(_("description"), blank=True)
    merged_into = models.ForeignKey(
        "self",
        models.SET_NULL,
        null=True,
        blank=True,
        related_name="merged",
        verbose_name=_("merged into"),
        help_text=_("every mention counts for that one"),
    )
    changed_at = models.DateTimeField(_("changed at"), auto_now=True, db_index=True)
    sort_key = SortKeyField()
    folded = FoldedField("name")

    objects = LabelQuerySet.as_manager()
    LISTED_BY = "rows"

    class Meta:
        abstract = True
        ordering = ["name"]
        indexes = [models.Index(fields=["sort_key"], name="%(class)s_sorted")]

    def __str__(self):
        return self.name


class Category(Label):
    """A section of the site."""

    position = models.PositiveSmallIntegerField(
        _("position"), default=100, help_text=_("smaller ones stand first in the menu")
    )
    names = models.JSONField(
        _("names in other languages"),
        default=dict,
        blank=True,
        help_text=_('by language tag: {"en": "Technology"}'),
    )
    digest = models.BooleanField(
        _("digests"),
        null=True,
        blank=True,
        help_text=_("whether its posts hold stories, where a post itself says nothing about it"),
    )

    class Meta(Label.Meta):
        verbose_name = _("category")
        verbose_name_plural = _("categories")
        ordering = ["position", "name"]

    def get_absolute_url(self):
        return reverse("category", args=[self.slug])


class Author(Label):
    """A byline, perhaps of a user."""

    user = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.SET_NULL, null=True, blank=True, verbose_name=_("user")
    )

    class Meta(Label.Meta):
        verbose_name = _("author")
        verbose_name_plural = _("authors")

    def get_absolute_url(self):
        return reverse("author", args=[self.slug])


class Tag(TagBase):
    """A subject word. Names that a reader takes for one have one slug, and so are one tag."""

    name = models.CharField(_("name"), max_length=200)
    slug = models.CharField(_("slug"), max_length=200, unique=True, validators=[one_segment])
    description = models.TextField(_("description"), blank=True)
    merged_into = models.ForeignKey(
        "self",
        models.SET_NULL,
        null=True,
        blank=True,
        related_name="merged",
        verbose_name=_("merged into"),
    )
    changed_at = models.DateTimeField(_("changed at"), auto_now=True, db_index=True)
    sort_key = SortKeyField()
    folded = FoldedField("name")

    natural_key_fields = ["slug"]
    objects = NaturalKeyManager.from_queryset(LabelQuerySet)()
    LISTED_BY = "rows"

    class Meta:
        verbose_name = _("tag")
        verbose_name_plural = _("tags")
        ordering = ["name"]
        indexes = [models.Index(fields=["sort_key"], name="tag_sorted")]

    def slugify(self, tag, i=None):
        """The slug that documents give the name; a number follows where another tag has it."""
        return slugs.tag_slug(tag) + (f"-{i}" if i else "")

    def get_absolute_url(self):
        return reverse("tag", args=[self.slug])


class PostLabel(ListedRow):
    """What every through row has; ``position`` is the label's in the document."""

    position = models.PositiveSmallIntegerField(default=0)

    class Meta:
        abstract = True


def label_indexes(label: str) -> tuple[list, list]:
    """(indexes, constraints) of a through row: its label's list, whole and by language, the few
    rows that expire, and each label once.
    """
    return (
        [
            models.Index(fields=[label, "listed_at", "path"], name=f"post{label}_list"),
            models.Index(
                fields=[label, "language", "listed_at", "path"], name=f"post{label}_lang_list"
            ),
            models.Index(
                fields=[label, "expires_at"],
                name=f"post{label}_expires",
                condition=models.Q(expires_at__isnull=False),
            ),
        ],
        [models.UniqueConstraint(fields=["post", label], name=f"post{label}_once")],
    )


class PostTag(PostLabel, ItemBase):
    """A tag of a post."""

    post = models.ForeignKey("posts.Post", models.CASCADE, related_name="tag_rows")
    tag = models.ForeignKey(Tag, models.CASCADE, related_name="rows", db_index=False)

    class Meta:
        indexes, constraints = label_indexes("tag")

    @property
    def content_object(self):
        """What taggit calls the post."""
        return self.post

    @classmethod
    def lookup_kwargs(cls, instance):
        return {"post": instance}

    @classmethod
    def tags_for(cls, model, instance=None, **extra_filters):
        """The tags that posts have, or one post has; taggit's manager asks this."""
        if instance is not None:
            return Tag.objects.filter(rows__post=instance, **extra_filters)
        return Tag.objects.filter(rows__isnull=False, **extra_filters).distinct()


class PostCategory(PostLabel):
    """A category of a post."""

    post = models.ForeignKey("posts.Post", models.CASCADE, related_name="category_rows")
    category = models.ForeignKey(Category, models.CASCADE, related_name="rows", db_index=False)

    class Meta:
        indexes, constraints = label_indexes("category")


class PostAuthor(PostLabel):
    """An author of a post."""

    post = models.ForeignKey("posts.Post", models.CASCADE, related_name="author_rows")
    author = models.ForeignKey(Author, models.CASCADE, related_name="rows", db_index=False)

    class Meta:
        indexes, constraints = label_indexes("author")


class LabelName(NamedTuple):
    """What a reader sees of a label: the last part of its address and its name."""

    slug: str
    name: str


@dataclass(frozen=True)
class CardLabels:
    """The labels of one card with their names, in the order of its document."""

    authors: list[LabelName]
    categories: list[LabelName]
    tags: list[LabelName]


class LabelNames:
    """The names that some cards need; a merged label has those of the one it was merged into.

    ``ids`` has each label that the cards name, and the one that it was merged into, as
    ``("tags", 5)``; ``own`` has of each the one that counts.
    """

    def __init__(
        self,
        names: dict[tuple[str, str], LabelName],
        ids: set[tuple[str, int]],
        own: dict[tuple[str, str], int],
    ):
        self.names = names
        self.ids = ids
        self.own = own
        self.known: dict[Any, CardLabels] = {}

    def of(self, card: Card) -> CardLabels:
        """The labels of a card, each once."""
        named = card.authors, card.categories, card.tags
        found = self.known.get(named)
        if found is None:
            found = self.known[named] = CardLabels(*map(self._of, NAMED, named))
        return found

    def ids_of(self, kind: str, slugs: Iterable[str]) -> list[int]:
        """The keys of labels that a card names, each once; what they were merged into counts."""
        return list(dict.fromkeys(self.own[kind, one] for one in slugs if (kind, one) in self.own))

    def _of(self, kind: str, slugs: tuple[str, ...]) -> list[LabelName]:
        names = self.names
        found = [names[kind, slug] for slug in slugs if (kind, slug) in names]
        return list(dict.fromkeys(found)) if len(found) > 1 else found


def label_names(
    cards: Iterable[Card], kinds: Iterable[str] | None = None, language: str = ""
) -> LabelNames:
    """The names of all labels of some cards, or of those of some kinds, such as ``"tags"``. One
    query; none if there is no label. Categories have names of their own in some languages.

    Written out: the ORM puts the union together for as long as all else that a page asks for.
    """
    parts, values = name_parts(cards, kinds)
    if not parts:
        return LabelNames({}, set(), {})
    with connection.cursor() as cursor:
        cursor.execute(" UNION ALL ".join(parts), values)
        return names_from(cursor.fetchall(), language)


def name_parts(
    cards: Iterable[Card], kinds: Iterable[str] | None = None
) -> tuple[list[str], list[Any]]:
    """What :func:`label_names` asks: the parts of a union, and their values."""
    cards = list(cards)
    parts: list[str] = []
    values: list[Any] = []
    for kind in NAMED if kinds is None else kinds:
        model = NAMED[kind]
        wanted = {slug for card in cards for slug in getattr(card, kind)}
        if wanted:
            table = connection.ops.quote_name(model._meta.db_table)
            own, other = (
                f"CAST({one}.names AS text)" if kind == "categories" else "NULL"
                for one in OWN_OTHER
            )
            slots = ", ".join(["%s"] * len(wanted))
            parts.append(
                NAMES.format(kind=kind, table=table, slots=slots, names=own, other_names=other)
            )
            values += wanted
    return parts, values


def names_from(rows: Iterable[Sequence[Any]], language: str = "") -> LabelNames:
    """The names in the rows of :func:`name_parts`."""
    names: dict[tuple[str, str], LabelName] = {}
    ids: set[tuple[str, int]] = set()
    counted: dict[tuple[str, str], int] = {}
    for kind, pk, slug, name, translated, into, into_slug, into_name, into_translated in rows:
        found = LabelName(slug, name_in(language, name, translated))
        if into:
            found = LabelName(into_slug, name_in(language, into_name, into_translated))
        names[kind, slug] = found
        counted[kind, slug] = into or pk
        ids.add((kind, pk))
        if into:
            ids.add((kind, into))
    return LabelNames(names, ids, counted)


def name_in(language: str, name: str, translated: Any) -> str:
    """A name in a language; SQLite has the translations as a text."""
    if not translated or translated == "{}":
        return name
    found = json.loads(translated) if isinstance(translated, str) else translated
    return str(found.get(language or settings.SITE_LANGUAGE, name))


OWN_OTHER = ("own", "other")
NAMED: dict[str, type[models.Model]] = {"authors": Author, "categories": Category, "tags": Tag}
NAMES = """
SELECT '{kind}', own.id, own.slug, own.name, {names}, other.id, other.slug, other.name,
    {other_names}
FROM {table} own LEFT JOIN {table} other ON other.id = own.merged_into_id
WHERE own.slug IN ({slots})
"""
