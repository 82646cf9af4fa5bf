"""Tags, categories and authors, and the rows that tie them to posts.

Each tie repeats the post's moment and language as ``listed_at`` and ``language``: an index over them
answers a label's list in its order, with no sort and no look at posts that are not shown.
``listed_at`` is null for a post that is not to be listed at all.
"""

from django.conf import settings
from django.core.validators import RegexValidator
from django.db import models
from django.urls import reverse
from django.utils.translation import gettext_lazy as _
from taggit.models import ItemBase, TagBase

one_segment = RegexValidator(
    r"\A[^/\s?#%.][^/\s?#%]*\Z", _("A slug is one part of an address: no slash, space, ?, # or %.")
)


class Label(models.Model):
    """A name with an address of its own. The name comes from documents, the title and description from editors."""

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
    changed_at = models.DateTimeField(_("changed at"), auto_now=True)

    class Meta:
        abstract = True
        ordering = ["name"]

    def __str__(self):
        return self.name


class Category(Label):
    """A section of the site."""

    position = models.PositiveSmallIntegerField(
        _("position"), default=100, help_text=_("smaller ones stand first in the menu")
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
    changed_at = models.DateTimeField(_("changed at"), auto_now=True)

    class Meta:
        verbose_name = _("tag")
        verbose_name_plural = _("tags")
        ordering = ["name"]

    def get_absolute_url(self):
        return reverse("tag", args=[self.slug])


class PostLabel(models.Model):
    """What every tie has; ``position`` is the place in the document."""

    position = models.PositiveSmallIntegerField(default=0)
    language = models.CharField(max_length=12)
    listed_at = models.DateTimeField(null=True)

    class Meta:
        abstract = True


def label_indexes(label: str) -> tuple[list, list]:
    """(indexes, constraints) of a tie: its label's list, whole and by language, and each label once."""
    return (
        [
            models.Index(fields=[label, "listed_at", "post"], name=f"post{label}_list"),
            models.Index(
                fields=[label, "language", "listed_at", "post"], name=f"post{label}_lang_list"
            ),
        ],
        [models.UniqueConstraint(fields=["post", label], name=f"post{label}_once")],
    )


class PostTag(PostLabel, ItemBase):
    """A tag of a post."""

    content_object = None
    post = models.ForeignKey("posts.Post", models.CASCADE, related_name="tag_rows")
    tag = models.ForeignKey(Tag, models.CASCADE, related_name="rows", db_index=False)

    class Meta:
        indexes, constraints = label_indexes("tag")

    @classmethod
    def tag_model(cls):
        return Tag

    @classmethod
    def tag_relname(cls):
        return "tag"

    @classmethod
    def lookup_kwargs(cls, instances):
        return {"post__in": instances} if len(instances) != 1 else {"post": instances[0]}

    @classmethod
    def tags_for(cls, model, instance=None, **extra_filters):
        """The tags that posts have, or one post has; taggit's managers ask this."""
        rows = {"rows__post": instance} if instance is not None else {"rows__isnull": False}
        return Tag.objects.filter(**rows, **extra_filters).distinct()


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
