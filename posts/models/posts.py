"""The post: a document and what is derived from it."""

from datetime import date
from typing import Any

from django.conf import settings
from django.core.validators import ProhibitNullCharactersValidator
from django.db import models
from django.db.models import Exists, Q, Subquery
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from posts.models.cards import Card, CardField
from posts.models.labels import Author, Category, PostAuthor, PostCategory, PostTag
from posts.models.listed import PathField, Time, no_later_than, passed, unexpired
from posts.models.prepared import Slot
from posts.models.tagging import PostTags

MOST_YEARS = 100  # that are looked for one by one
RTL_LANGUAGES = {"ar", "fa", "he", "ur", "ps", "sd", "yi"}


def readable(until: Time | None = None, relation: str = "", *, now: Time | None = None) -> Q:
    """The condition that anybody may read a post now, or the post that a row leads to (``post__``).

    Drafts and withdrawn posts have no ``published_at``; scheduled posts appear and expiring ones
    vanish by the clock alone. Those published after ``until`` are left out.
    """
    now = now or timezone.now()
    published = Q(**{f"{relation}published_at__lte": no_later_than(until, now)})
    return published & unexpired(now, relation)


def gone(relation: str = "") -> Q:
    """The condition that readers once had a post and that it was withdrawn: they may be told so,
    while any other that is not public does not exist for them.
    """
    was_public = Q(**{f"{relation}public_since__isnull": False})
    return was_public & Q(**{f"{relation}status": "withdrawn"})


class PostQuerySet(models.QuerySet["Post"]):
    """Lists of posts. Every public one begins at :meth:`published`."""

    def published(self, until: Time | None = None, *, now: Time | None = None) -> "PostQuerySet":
        """Those that anybody may read now, those published after ``until`` left out."""
        return self.filter(readable(until, now=now))

    def counted(self) -> "PostQuerySet":
        """Those that counts hold (:mod:`posts.models.tallies`), whatever the clock says."""
        return self.filter(published_at__isnull=False, expires_at__isnull=True)

    def upcoming(self, *, now: Time | None = None) -> "PostQuerySet":
        """Those that counts hold, and that nobody may read yet."""
        return self.filter(published_at__gt=now or timezone.now(), expires_at__isnull=True)

    def passing(self, *, now: Time | None = None) -> "PostQuerySet":
        """Those that anybody may read now and that counts do not hold: they will expire."""
        now = now or timezone.now()
        return self.filter(passed("published_at", now), expires_at__gt=now)

    def gone(self) -> "PostQuerySet":
        """Those that readers once had and that were withdrawn."""
        return self.filter(gone())

    def in_language(self, language: str | Slot) -> "PostQuerySet":
        """Those of a language; all of them for an empty one."""
        return self.filter(language=language) if language else self

    def for_lists(self) -> "PostQuerySet":
        """Without the large columns: for pages that show cards."""
        return self.defer("document", "html")

    def dates(self, field_name: str, kind: Any, order: Any = "ASC") -> Any:
        """As Django's. Years, which the admin's list offers, cost two queries and a step of an
        index for each, where Django walks over all posts.
        """
        known, one = self.filter(**{f"{field_name}__isnull": False}), self.model._default_manager
        # Not by MIN and MAX: SQLite walks over the whole index for two of them.
        ends = {
            name: Subquery(known.order_by(column).values(field_name)[:1])
            for name, column in (("first", field_name), ("last", f"-{field_name}"))
        }
        bounds = one.order_by("pk").values(**ends).first() or {"first": None}
        first, last = bounds["first"], bounds.get("last")
        if kind != "year" or order != "ASC" or not first or last.year - first.year > MOST_YEARS:
            return super().dates(field_name, kind, order)
        years = {}
        for year in range(first.year, last.year + 1):
            within = {f"{field_name}__range": (date(year, 1, 1), date(year, 12, 31))}
            years[f"year_{year}"] = Exists(self.filter(**within).order_by())
        found = one.order_by("pk").values(**years)[:1].get()
        return [date(int(name[5:]), 1, 1) for name, there in found.items() if there]


class Written:
    """What a post says of its language and its letters; for models and plain rows alike."""

    address: str | None
    language: str
    rtl: bool

    def get_absolute_url(self) -> str:
        """The public address; empty for a post without one."""
        return self.address or ""

    @property
    def direction(self) -> str:
        """``rtl`` or ``ltr``, from the language where it is named, else from the letters."""
        if self.language != settings.SITE_LANGUAGE:
            return "rtl" if self.language.split("-")[0] in RTL_LANGUAGES else "ltr"
        return "rtl" if self.rtl else "ltr"

    @property
    def lang(self) -> str:
        """The value of the ``lang`` attribute: empty (unknown) where letters contradict the
        site's own language.
        """
        if self.language == settings.SITE_LANGUAGE and self.rtl != (
            self.language.split("-")[0] in RTL_LANGUAGES
        ):
            return ""
        return self.language


class Post(Written, models.Model):
    """One document.

    ``document`` is the truth; every other column is derived from it by ``publishing``.
    """

    class Status(models.TextChoices):
        PUBLISHED = "published", _("published")
        DRAFT = "draft", _("draft")
        WITHDRAWN = "withdrawn", _("withdrawn")

    # Narrow columns stand first: a scan of a list must not read through the documents.
    path = PathField(
        _("path"), max_length=500, unique=True, validators=[ProhibitNullCharactersValidator()]
    )
    title = models.CharField(_("title"), max_length=500)
    slug = models.CharField(_("slug"), max_length=200)
    address = models.CharField(
        _("address"),
        max_length=300,
        unique=True,
        null=True,
        help_text=_("null while the post has no date"),
    )
    day = models.DateField(_("day"), null=True, help_text=_("the date as its author wrote it"))
    date_text = models.CharField(_("date as written"), max_length=60, blank=True)
    published_at = models.DateTimeField(
        _("published at"), null=True, help_text=_("null unless the status is published")
    )
    expires_at = models.DateTimeField(
        _("expires at"), null=True, help_text=_("no longer public from then on")
    )
    public_since = models.DateTimeField(
        _("public since"), null=True, help_text=_("when readers first had it; null if never")
    )
    status = models.CharField(_("status"), max_length=10, choices=Status)
    language = models.CharField(_("language"), max_length=12)
    translation = models.CharField(
        _("translation key"),
        max_length=200,
        blank=True,
        default="",
        help_text=_("posts that have the same one are translations of each other"),
    )
    rtl = models.BooleanField(_("right to left"), default=False)
    words = models.PositiveIntegerField(_("words"), default=0)
    minutes = models.PositiveSmallIntegerField(_("minutes to read"), default=1)
    story_count = models.PositiveSmallIntegerField(_("stories"), default=0)
    guid = models.CharField(_("identifier in feeds"), max_length=60, unique=True)
    zone = models.CharField(_("time zone"), max_length=60, help_text=_("for dates that name none"))
    sha256 = models.CharField(max_length=64)
    version = models.PositiveIntegerField(_("revision"), default=1)
    saved_at = models.DateTimeField(_("saved at"))
    modified_at = models.DateTimeField(
        _("modified at"), help_text=_("when the document last changed")
    )
    excerpt = models.TextField(_("excerpt"), blank=True)
    card = CardField(
        default=Card, help_text=_("labels, stories and picture as lists and feeds show them")
    )
    problems = models.JSONField(_("remarks"), default=list, blank=True)
    document = models.TextField(_("document"))
    html = models.TextField(blank=True)

    authors = models.ManyToManyField(
        Author, through=PostAuthor, related_name="posts", verbose_name=_("authors")
    )
    categories = models.ManyToManyField(
        Category, through=PostCategory, related_name="posts", verbose_name=_("categories")
    )
    tags = PostTags(through=PostTag, blank=True, verbose_name=_("tags"))

    objects = PostQuerySet.as_manager()

    class Meta:
        verbose_name = _("post")
        verbose_name_plural = _("posts")
        permissions = [("publish_post", _("Can publish and withdraw posts"))]
        indexes = [
            models.Index(fields=["published_at", "path"], name="post_newest"),
            models.Index(fields=["language", "published_at", "path"], name="post_language_newest"),
            models.Index(fields=["day", "published_at", "path"], name="post_day"),
            models.Index(
                fields=["language", "day", "published_at", "path"], name="post_language_day"
            ),
            models.Index(fields=["saved_at"], name="post_saved"),
            models.Index(
                fields=["expires_at"], name="post_expires", condition=Q(expires_at__isnull=False)
            ),
            models.Index(fields=["status", "day", "id"], name="post_status"),
            models.Index(
                fields=["translation"], name="post_translation", condition=~Q(translation="")
            ),
        ]
        constraints = [
            models.CheckConstraint(
                condition=Q(status="published", published_at__isnull=False)
                | (~Q(status="published") & Q(published_at__isnull=True)),
                name="post_public_has_time",
            ),
            models.CheckConstraint(
                condition=Q(published_at__isnull=True) | Q(address__isnull=False),
                name="post_public_has_address",
            ),
        ]

    def __str__(self):
        return self.title

    @property
    def is_public(self) -> bool:
        """True if readers may see the post now: as :meth:`PostQuerySet.published`."""
        return self.published_at is not None and not (self.is_scheduled or self.is_expired)

    @property
    def had_readers(self) -> bool:
        """True if readers have or had the post, also where it came by the clock since its last
        save and ``public_since`` does not say so yet.
        """
        return self.public_since is not None or self.is_public

    @property
    def is_scheduled(self) -> bool:
        """True if the post will appear by itself."""
        return self.published_at is not None and self.published_at > timezone.now()

    @property
    def is_expired(self) -> bool:
        """True if the post's time is over."""
        return self.expires_at is not None and self.expires_at <= timezone.now()
