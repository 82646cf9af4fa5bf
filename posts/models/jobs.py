"""Work that goes through many posts in small steps, so that it can be watched, continued and
undone.
"""

from django.conf import settings
from django.db import models
from django.utils.translation import gettext_lazy as _


class Job(models.Model):
    """One such work. ``cursor`` is the last post that is done; ``arguments`` and ``changed`` are
    what its kind needs to do it and to undo it; ``failures`` are pairs of a title and a reason.
    """

    class Kind(models.TextChoices):
        MERGE = "merge", _("merge")
        UNMERGE = "unmerge", _("undo a merge")
        PUBLISH = "publish", _("publish")
        WITHDRAW = "withdraw", _("withdraw")
        REVERT = "revert", _("undo a selection")
        REBUILD = "rebuild", _("read documents again")

    class State(models.TextChoices):
        WAITING = "waiting", _("waiting for the worker")
        RUNNING = "running", _("running")
        DONE = "done", _("done")
        FAILED = "failed", _("failed")
        CANCELLED = "cancelled", _("cancelled")

    kind = models.CharField(_("kind"), max_length=10, choices=Kind)
    subject = models.CharField(_("subject"), max_length=500)
    user = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.SET_NULL, null=True, blank=True, verbose_name=_("user")
    )
    by_system = models.BooleanField(default=False)
    arguments = models.JSONField(default=dict)
    state = models.CharField(_("state"), max_length=10, choices=State, default=State.WAITING)
    cursor = models.BigIntegerField(default=0)
    done = models.PositiveIntegerField(_("done"), default=0)
    total = models.PositiveIntegerField(_("posts"), default=0)
    changed = models.JSONField(default=list)
    failures = models.JSONField(_("failures"), default=list)
    undone_by = models.OneToOneField(
        "self", models.SET_NULL, null=True, blank=True, related_name="undoes"
    )
    created_at = models.DateTimeField(_("created at"), auto_now_add=True)
    active_at = models.DateTimeField(_("last active"), null=True)
    finished_at = models.DateTimeField(_("finished at"), null=True)

    class Meta:
        verbose_name = _("job")
        verbose_name_plural = _("jobs")
        ordering = ["-pk"]

    def __str__(self):
        return f"{self.get_kind_display()}: {self.subject}"
