"""Stories, their citations, and the sources that these lead to."""

from typing import Self

from django.db import models
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from posts.models.folded import FoldedField
from posts.models.listed import (
    LabelQuerySet,
    ListedQuerySet,
    ListedRow,
    SortKeyField,
    Time,
    no_later_than,
    unexpired,
)
from posts.models.posts import Post, gone, readable


class Source(models.Model):
    """A publication, known by its host name; ``name`` is what editors call it."""

    host = models.CharField(_("host"), max_length=253, unique=True)
    name = models.CharField(_("name"), max_length=200, blank=True)
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
    folded = FoldedField("name", "host")

    objects = LabelQuerySet.as_manager()
    LISTED_BY = "citations"

    class Meta:
        verbose_name = _("source")
        verbose_name_plural = _("sources")
        ordering = ["host"]
        indexes = [models.Index(fields=["sort_key"], name="source_sorted")]

    def __str__(self):
        return self.name or self.host

    def get_absolute_url(self):
        return reverse("source", args=[self.host])


class StoryQuerySet(models.QuerySet["Story"]):
    """Lists of stories."""

    def published(self, *, now: Time | None = None) -> Self:
        """Stories of posts that anybody may read now."""
        return self.filter(readable(relation="post__", now=now))

    def gone(self) -> Self:
        """Stories of posts that readers once had and that were withdrawn."""
        return self.filter(gone(relation="post__"))


class Story(models.Model):
    """A news item inside a digest.

    ``slug`` is unique within its post; ``guid`` stays when the heading changes.
    """

    post = models.ForeignKey(Post, models.CASCADE, related_name="stories")
    position = models.PositiveSmallIntegerField(_("position"))
    heading = models.CharField(_("heading"), max_length=500)
    slug = models.CharField(_("slug"), max_length=200)
    section = models.CharField(_("section"), max_length=200, blank=True)
    guid = models.CharField(_("identifier in feeds"), max_length=60, unique=True)
    minutes = models.PositiveSmallIntegerField(_("minutes to read"), default=1)
    html = models.TextField(blank=True)
    text = models.TextField(_("text"), blank=True)

    objects = StoryQuerySet.as_manager()

    class Meta:
        verbose_name = _("story")
        verbose_name_plural = _("stories")
        ordering = ["post", "position"]
        constraints = [models.UniqueConstraint(fields=["post", "slug"], name="story_slug_in_post")]

    def __str__(self):
        return self.heading

    def get_absolute_url(self):
        return f"{self.post.address}{self.slug}/" if self.post.address else ""


class CitationQuerySet(ListedQuerySet):
    """Lists of citations."""

    def covered(self, until: Time | None = None, *, now: Time | None = None) -> Self:
        """Those of stories that anybody may read now, whether their source's archive lists them
        or not; those published after ``until`` left out.
        """
        now = now or timezone.now()
        before = no_later_than(until, now)
        return self.filter(unexpired(now), coverage_at__lte=before, story__isnull=False)

    def covered_after(self, time: Time | None, *, now: Time | None = None) -> Self:
        """Those of :meth:`covered` that were published after a time."""
        return self.covered(now=now).filter(coverage_at__gt=time)


class Citation(ListedRow):
    """A link from a story, or from a post itself (``story`` is null), to a page of a source.

    ``listed_at`` is the post's ``published_at`` on the one citation that stands for its story in
    the source's archive, and null on the others; ``coverage_at`` is it on every one, for "who
    else cited this page".
    """

    post = models.ForeignKey(Post, models.CASCADE, related_name="citations")
    story = models.ForeignKey(Story, models.CASCADE, null=True, related_name="citations")
    position = models.PositiveIntegerField(_("position"))
    text = models.CharField(_("text"), max_length=500)
    url = models.CharField(_("address"), max_length=2000, blank=True)
    page = models.CharField(max_length=500, blank=True, help_text=_("equal for links to one page"))
    source = models.ForeignKey(
        Source, models.CASCADE, null=True, related_name="citations", db_index=False
    )
    coverage_at = models.DateTimeField(null=True)

    objects = CitationQuerySet.as_manager()  # type: ignore[misc]

    class Meta:
        verbose_name = _("citation")
        verbose_name_plural = _("citations")
        ordering = ["post", "position"]
        indexes = [
            models.Index(
                fields=["source", "-listed_at", "-path", "position"], name="citation_list"
            ),
            models.Index(
                fields=["source", "language", "-listed_at", "-path", "position"],
                name="citation_lang_list",
            ),
            models.Index(
                fields=["source", "expires_at"],
                name="citation_expires",
                condition=models.Q(expires_at__isnull=False),
            ),
            models.Index(
                fields=["page", "coverage_at"],
                name="citation_page",
                condition=models.Q(story__isnull=False),
            ),
        ]
        constraints = [
            models.UniqueConstraint(fields=["post", "position"], name="citation_position_in_post"),
            models.CheckConstraint(
                condition=models.Q(url="") | models.Q(url__startswith="http"),
                name="citation_is_web",
            ),
        ]

    def __str__(self):
        return self.text
