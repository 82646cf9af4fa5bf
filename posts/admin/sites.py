"""The settings of the site: one row, and so one form."""

import re
from typing import Any

from django import forms
from django.conf import settings
from django.contrib import admin
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.urls import reverse
from django.utils.text import format_lazy
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from posts import publishing
from posts.admin.inputs import TextField
from posts.admin.saving import RowAdmin, RowForm
from posts.admin.wording import worded
from posts.deriving import pool
from posts.deriving.picture import BadPicture
from posts.files.pictures import uploaded
from posts.models import Site
from posts.models.sites import ONLY
from posts.publishing.sites import checked_link, save_site

ROWS, EMPTY = 12, 2  # links that the form has room for; empty rows that it shows
LINKS: dict[str, forms.Field] = {
    f"link_{part}_{row}": TextField(
        label=format_lazy("{} {}", label, row + 1),
        required=False,
        max_length=length,
        widget=forms.TextInput(attrs={"size": size, "dir": "auto"}),
    )
    for row in range(ROWS)
    for part, label, length, size in (
        ("name", gettext_lazy("name"), 60, 20),
        ("url", gettext_lazy("address"), 2000, 50),
    )
}
LinkFields: Any = type("LinkFields", (forms.Form,), dict(LINKS))


class SiteForm(RowForm, LinkFields):
    """The settings, with the links as rows of a name and an address."""

    new_logo = forms.FileField(
        label=gettext_lazy("upload a logo"),
        required=False,
        help_text=gettext_lazy(
            "a JPEG, PNG, GIF, WebP or AVIF picture; it takes the other's place"
        ),
    )

    class Meta:
        model = Site
        fields = ["name", "description", "footer", "logo", "lead", "robots", "hubs"]

    def __init__(self, *args: Any, **kwargs: Any):
        super().__init__(*args, **kwargs)
        for name, value in (
            ("name", settings.SITE_NAME),
            ("description", settings.SITE_DESCRIPTION),
        ):
            self.fields[name].widget.attrs |= {"placeholder": value, "class": "vLargeTextField"}
        for row, link in enumerate(self.instance.links[:ROWS]):
            for part in ("name", "url"):
                self.initial.setdefault(f"link_{part}_{row}", link[part])

    def clean(self) -> dict[str, Any]:
        cleaned = super().clean()
        self.instance.links = []
        for row in range(ROWS):
            link = {part: cleaned.get(f"link_{part}_{row}", "") for part in ("name", "url")}
            if link["name"] or link["url"]:
                try:
                    self.instance.links.append(checked_link(link))
                except publishing.Refused as error:
                    self.add_error(f"link_url_{row}", worded(error))
        if cleaned.get("new_logo") and not self.errors:
            self._take_logo(cleaned)
        return cleaned

    def _take_logo(self, cleaned: dict[str, Any]) -> None:
        file = cleaned["new_logo"]
        try:
            cleaned["logo"] = uploaded(file.chunks(), file.name, pool.shared)
        except BadPicture as error:
            self.add_error("new_logo", worded(error))
        except OSError:
            self.add_error("new_logo", _("The picture could not be kept. Is the disk full?"))


@admin.register(Site)
class SiteAdmin(RowAdmin):
    """The list leads straight to the one form."""

    form = SiteForm
    autocomplete_fields = ["logo", "lead"]

    def has_add_permission(self, request: HttpRequest) -> bool:
        return False

    def has_delete_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return False

    def get_fieldsets(self, request: HttpRequest, obj: Any = None) -> Any:
        rows = range(min(len(obj.links) + EMPTY if obj else EMPTY, ROWS))
        links = [(f"link_name_{row}", f"link_url_{row}") for row in rows]
        below = {
            "fields": [*links, "footer"],
            "description": _("Links to elsewhere: addresses that begin with https:// or mailto:"),
        }
        return [
            (None, {"fields": ["name", "description", "logo", "new_logo"]}),
            (_("Front page"), {"fields": ["lead"]}),
            (_("Below every page"), below),
            (_("For machines"), {"fields": ["robots", "hubs"], "classes": ["collapse"]}),
        ]

    def get_object(self, request: HttpRequest, object_id: str, from_field: Any = None) -> Any:
        if not re.fullmatch(str(ONLY), object_id):
            return None
        return Site.objects.select_related("logo", "lead").filter(pk=ONLY).first() or Site(pk=ONLY)

    def changelist_view(
        self, request: HttpRequest, extra_context: dict[str, Any] | None = None
    ) -> HttpResponse:
        return HttpResponseRedirect(reverse("admin:posts_site_change", args=[ONLY]))

    def save_model(self, request: HttpRequest, obj: Any, form: Any, change: bool) -> None:
        save_site(obj, user=request.user)
