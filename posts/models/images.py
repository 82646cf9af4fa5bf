"""Pictures."""

from django.db import models
from django.utils.translation import gettext_lazy as _


class Image(models.Model):
    """A picture that came beside the posts, known by its path there; the file is named by its
    content.
    """

    path = models.CharField(_("path"), max_length=500, unique=True)
    file = models.FileField(_("file"), max_length=200)
    origin = models.CharField(max_length=64, help_text=_("sha256 of the file as it came"))
    width = models.PositiveIntegerField(_("width"))
    height = models.PositiveIntegerField(_("height"))
    size = models.PositiveIntegerField(_("bytes"))
    content_type = models.CharField(_("type"), max_length=40)

    class Meta:
        verbose_name = _("image")
        verbose_name_plural = _("images")
        ordering = ["path"]

    def __str__(self):
        return self.path
