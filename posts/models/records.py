"""What is remembered beside the posts: revisions, deliveries, redirects, unreadable files."""

from django.conf import settings
from django.db import models
from django.utils.translation import gettext_lazy as _

from posts.content.problems import Problem


class Revision(models.Model):
    """The document as it stood at one save."""

    post = models.ForeignKey("posts.Post", models.CASCADE, related_name="revisions")
    number = models.PositiveIntegerField(_("number"))
    saved_at = models.DateTimeField(_("saved at"))
    user = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.SET_NULL, null=True, blank=True, verbose_name=_("user")
    )
    reason = models.CharField(_("reason"), max_length=200)
    document = models.TextField(_("document"))

    class Meta:
        verbose_name = _("revision")
        verbose_name_plural = _("revisions")
        ordering = ["post", "-number"]
        constraints = [
            models.UniqueConstraint(fields=["post", "number"], name="revision_number_in_post")
        ]

    def __str__(self):
        return f"{self.post_id} #{self.number}"


class Delivery(models.Model):
    """A text that a file brought for a post, and what became of it.

    ``document`` is null where the post's revision of the number ``revision`` is the same text;
    else that is the newest revision there was when this was settled.
    """

    class Role(models.TextChoices):
        BASE = "base", _("settled")  # the newest that was taken in or refused: merges begin here
        SEEN = "seen", _("seen")  # an older one that a file may still hold
        WAITING = "waiting", _("waiting")  # for an editor: it and the post changed the same words
        PAST = "past", _("past")

    post = models.ForeignKey("posts.Post", models.CASCADE, related_name="deliveries")
    role = models.CharField(_("state"), max_length=10, choices=Role)
    sha256 = models.CharField(max_length=64)
    revision = models.PositiveIntegerField(_("revision"))
    document = models.TextField(_("document"), null=True)
    held = models.BooleanField(
        default=False, help_text=_("an editor had held the post back; no delivery publishes it")
    )
    delivered_at = models.DateTimeField(_("delivered at"))

    class Meta:
        verbose_name = _("delivery")
        verbose_name_plural = _("deliveries")
        ordering = ["post", "-id"]
        constraints = [
            models.UniqueConstraint(
                fields=["post"], condition=models.Q(role="base"), name="delivery_one_base"
            ),
            models.UniqueConstraint(
                fields=["post"], condition=models.Q(role="waiting"), name="delivery_one_waiting"
            ),
        ]

    def __str__(self):
        return f"{self.post_id} {self.role}"

    @property
    def text(self) -> str:
        """The text as it was delivered. One query where a revision holds it."""
        if self.document is not None:
            return self.document
        shared = Revision.objects.filter(post_id=self.post_id, number=self.revision)
        return shared.values_list("document", flat=True).first() or ""


class Redirect(models.Model):
    """An old path and where it leads: to a post, to a story, or to another path that an editor
    chose.
    """

    old_path = models.CharField(_("old path"), max_length=500, unique=True)
    post = models.ForeignKey(
        "posts.Post", models.CASCADE, null=True, blank=True, related_name="redirects"
    )
    story = models.ForeignKey(
        "posts.Story", models.CASCADE, null=True, blank=True, related_name="redirects"
    )
    target = models.CharField(_("new path"), max_length=500, blank=True)
    derived = models.BooleanField(
        default=False, help_text=_("written in the post's document, and gone when it is no longer")
    )

    class Meta:
        verbose_name = _("redirect")
        verbose_name_plural = _("redirects")
        ordering = ["old_path"]
        constraints = [
            models.CheckConstraint(
                condition=models.Q(old_path__startswith="/"), name="redirect_from_path"
            ),
            models.CheckConstraint(
                condition=models.Q(target="")
                | (models.Q(target__startswith="/") & ~models.Q(target__startswith="//")),
                name="redirect_within_site",
            ),
        ]

    def __str__(self):
        return self.old_path


class QuarantinedFile(models.Model):
    """A file that an import could not read, with the reason; gone once the file is read."""

    path = models.CharField(_("path"), max_length=500, unique=True)
    line = models.PositiveIntegerField(_("line"))
    code = models.CharField(_("reason"), max_length=40)
    message = models.TextField(_("message"))
    problem = models.JSONField(default=dict)
    seen_at = models.DateTimeField(_("seen at"))

    class Meta:
        verbose_name = _("quarantined file")
        verbose_name_plural = _("quarantined files")
        ordering = ["path"]

    def __str__(self):
        return self.path

    @property
    def found(self) -> Problem:
        """What is wrong with the file; of an older version its sentence."""
        old = {"line": self.line, "code": self.code, "message": self.message}
        return Problem.from_json(self.problem or old)
