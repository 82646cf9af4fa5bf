"""What WebSub hubs are still to be told."""

from django.db import models
from django.utils.translation import gettext_lazy as _


class Ping(models.Model):
    """A post whose feeds changed, for one hub; gone once the hub has taken it.

    ``due_at`` is null where the hub refused it too often.
    """

    post = models.ForeignKey("posts.Post", models.CASCADE, related_name="pings")
    hub = models.CharField(_("hub"), max_length=500)
    due_at = models.DateTimeField(_("due at"), null=True, db_index=True)
    attempts = models.PositiveSmallIntegerField(_("attempts"), default=0)
    error = models.CharField(_("error"), max_length=300, blank=True)

    class Meta:
        verbose_name = _("ping")
        verbose_name_plural = _("pings")
        ordering = ["-due_at"]
        constraints = [models.UniqueConstraint(fields=["post", "hub"], name="ping_once")]

    def __str__(self):
        return f"{self.hub} {self.post_id}"
