"""What editors say of the site itself: its name, its pictures, what stands on every page.

There is one row. What an editor leaves empty is what the environment says (``SITE_NAME``).
"""

import json
from functools import lru_cache
from typing import Any, NamedTuple

from django.conf import settings
from django.db import connection, models
from django.db.models import TextField
from django.db.models.expressions import RawSQL
from django.utils.translation import gettext_lazy as _

ONLY = 1  # the key of the row


class SiteLink(NamedTuple):
    """A link that stands below every page."""

    name: str
    url: str


class SitePicture(NamedTuple):
    """A picture of the site: its address here, pixels, media type."""

    url: str
    width: int
    height: int
    content_type: str


class SiteValues(NamedTuple):
    """What pages and feeds show of the site; ``lead`` is the key of the post that is pinned to the
    front page, 0 for none, ``hubs`` the WebSub hubs, ``robots`` lines more of ``robots.txt``.
    """

    name: str
    description: str
    footer: str = ""
    links: tuple[SiteLink, ...] = ()
    logo: SitePicture | None = None
    lead: int = 0
    robots: str = ""
    hubs: tuple[str, ...] = ()

    @property
    def icon(self) -> SitePicture | None:
        """The logo, where it may stand as an icon: as wide as high, or nearly."""
        logo = self.logo
        return logo if logo and abs(logo.width - logo.height) * 8 <= logo.width else None


class Site(models.Model):
    """The settings of the site; ``shown`` repeats them as what every page reads in one column."""

    name = models.CharField(_("name"), max_length=100, blank=True)
    description = models.CharField(_("description"), max_length=300, blank=True)
    footer = models.TextField(
        _("footer"), blank=True, max_length=2000, help_text=_("a line or two below every page")
    )
    links = models.JSONField(_("links"), default=list, blank=True)
    logo = models.ForeignKey(
        "posts.Image", models.SET_NULL, null=True, blank=True, verbose_name=_("logo")
    )
    lead = models.ForeignKey(
        "posts.Post",
        models.SET_NULL,
        null=True,
        blank=True,
        verbose_name=_("lead"),
        help_text=_("stands first on the front page while readers may see it"),
    )
    robots = models.TextField(_("lines of robots.txt"), blank=True, max_length=5000)
    hubs = models.TextField(
        _("WebSub hubs"), blank=True, max_length=1000, help_text=_("one address a line")
    )
    changed_at = models.DateTimeField(_("changed at"), auto_now=True, db_index=True)
    shown = models.TextField(editable=False, default="")

    class Meta:
        verbose_name = _("site")
        verbose_name_plural = _("site")

    def __str__(self):
        return self.name or settings.SITE_NAME

    def save(self, *args: Any, **kwargs: Any) -> None:
        self.pk = ONLY
        self.shown = json.dumps(self.values(), ensure_ascii=False)
        super().save(*args, **kwargs)

    def values(self) -> dict[str, Any]:
        """What ``shown`` holds."""
        logo = self.logo
        return {
            "name": self.name,
            "description": self.description,
            "footer": self.footer,
            "links": [[link["name"], link["url"]] for link in self.links],
            "logo": [logo.file.url, logo.width, logo.height, logo.content_type] if logo else None,
            "lead": self.lead_id or 0,
            "robots": self.robots,
            "hubs": self.hubs.split(),
        }


def site_text() -> str:
    """An expression of SQL: what the row shows, null without one."""
    quoted = connection.ops.quote_name
    return f"(SELECT shown FROM {quoted(Site._meta.db_table)} WHERE id = {ONLY})"  # noqa: S608


def site_column() -> RawSQL:
    """:func:`site_text` as a column of any query."""
    return RawSQL(site_text(), (), TextField())  # noqa: S611 - of constants


def site_values(text: str | None) -> SiteValues:
    """The values of a row's ``shown``; without one those of the environment."""
    return _values(text or "{}", settings.SITE_NAME, settings.SITE_DESCRIPTION)


@lru_cache(8)
def _values(text: str, name: str, description: str) -> SiteValues:
    found = json.loads(text)
    logo = found.get("logo")
    return SiteValues(
        found.get("name") or name,
        found.get("description") or description,
        found.get("footer", ""),
        tuple(SiteLink(*link) for link in found.get("links", ())),
        SitePicture(*logo) if logo else None,
        found.get("lead", 0),
        found.get("robots", ""),
        tuple(found.get("hubs", ())),
    )
