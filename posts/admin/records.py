"""Redirects, quarantined files and pictures in the admin."""

from typing import Any

from django import forms
from django.contrib import admin
from django.utils.html import format_html
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from posts import publishing
from posts.admin.answering import is_answered
from posts.admin.paging import CappedPaginator
from posts.admin.saving import RowAdmin, RowForm
from posts.admin.wording import worded
from posts.content import hyperlinks
from posts.models import Image, QuarantinedFile, Redirect


class RedirectForm(RowForm):
    """Both ends are paths of this site; nothing answers at the old one."""

    class Meta:
        model = Redirect
        fields = ["old_path", "target"]

    def _path(self, name: str) -> str:
        typed = self.cleaned_data[name].strip()
        path = hyperlinks.site_path(typed)
        if not path or typed.startswith(("//", "/\\", "http")):
            raise forms.ValidationError(_("Write a path of this site, such as /2026/01/31/name/."))
        return path

    def clean_old_path(self) -> str:
        path = self._path("old_path")
        if is_answered(path):
            message = _("The site answers at this path; it cannot lead elsewhere.")
            raise forms.ValidationError(message, code="live")
        return path

    def clean_target(self) -> str:
        if not self.cleaned_data["target"] and self.instance.post_id:
            return ""
        return self._path("target")

    def clean(self) -> dict[str, Any]:
        cleaned = super().clean()
        if not self.errors:
            old_path, target = cleaned["old_path"], cleaned["target"]
            row = Redirect(pk=self.instance.pk, old_path=old_path, target=target)
            try:
                publishing.check_redirect(row)
            except publishing.Refused as error:
                message = forms.ValidationError(worded(error), code=error.key)
                self.add_error(str(error.values["column"]), message)
        return cleaned


@admin.register(Redirect)
class RedirectAdmin(RowAdmin):
    """Old paths. One that a document named or a post left becomes an editor's with a target."""

    form = RedirectForm
    list_display = ["old_path", "leads_to", "derived"]
    list_select_related = ["post", "story"]
    search_fields = ["old_path", "target"]
    list_per_page = 100
    paginator = CappedPaginator
    show_full_result_count = False

    def has_add_permission(self, request):
        return super().has_add_permission(request) and publishing.may_publish(request.user)

    def has_delete_permission(self, request, obj=None):
        allowed = super().has_delete_permission(request, obj)
        return allowed and publishing.may_publish(request.user)

    def save_model(self, request, obj, form, change):
        if obj.target:
            obj.post = obj.story = None
            obj.derived = False
        super().save_model(request, obj, form, change)

    def delete_model(self, request, obj):
        publishing.delete_row(obj, user=request.user)

    def get_queryset(self, request):
        return (
            super()
            .get_queryset(request)
            .defer("post__document", "post__html", "story__html", "story__text")
        )

    @admin.display(description=gettext_lazy("leads to"))
    def leads_to(self, redirect):
        return redirect.target or (redirect.post.address if redirect.post else "") + (
            f"{redirect.story.slug}/" if redirect.story else ""
        )


class ReadOnlyAdmin(admin.ModelAdmin):
    """Shown, not changed."""

    paginator = CappedPaginator
    show_full_result_count = False

    def has_add_permission(self, request):
        return False

    def has_change_permission(self, request, obj=None):
        return False


@admin.register(QuarantinedFile)
class QuarantinedFileAdmin(ReadOnlyAdmin):
    list_display = ["path", "line", "code", "reason", "seen_at"]
    list_filter = ["code"]
    search_fields = ["path"]
    fields = ["path", "line", "code", "reason", "seen_at"]

    @admin.display(description=gettext_lazy("message"))
    def reason(self, file):
        return worded(file.found)


@admin.register(Image)
class ImageAdmin(ReadOnlyAdmin):
    list_display = ["path", "thumbnail", "width", "height", "size", "content_type"]
    search_fields = ["path"]

    def has_delete_permission(self, request, obj=None):
        return False

    @admin.display(description=gettext_lazy("picture"))
    def thumbnail(self, image):
        return format_html('<img src="{}" alt="" width="96" loading="lazy">', image.file.url)
