"""Redirects, quarantined files and pictures at the desk."""

from django import forms
from django.contrib import admin
from django.utils.html import format_html
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from posts.admin.paging import CappedPaginator
from posts.content import hyperlinks
from posts.models import Image, Post, QuarantinedFile, Redirect


class RedirectForm(forms.ModelForm):
    """Both ends are paths of this site."""

    class Meta:
        model = Redirect
        fields = ["old_path", "target"]

    def _path(self, name: str) -> str:
        path = hyperlinks.site_path(self.cleaned_data[name])
        if not path or self.cleaned_data[name].strip().startswith(("//", "/\\", "http")):
            raise forms.ValidationError(_("Write a path of this site, such as /2026/01/31/name/."))
        return path

    def clean_old_path(self):
        path = self._path("old_path")
        if Post.objects.filter(address=path).exists():
            raise forms.ValidationError(_("A post has this address; it cannot lead elsewhere."))
        return path

    def clean_target(self):
        if not self.cleaned_data["target"] and self.instance.post_id:
            return ""
        return self._path("target")

    def clean(self):
        cleaned = super().clean()
        if cleaned.get("target") and cleaned.get("target") == cleaned.get("old_path"):
            raise forms.ValidationError(_("A path cannot lead to itself."))
        return cleaned


@admin.register(Redirect)
class RedirectAdmin(admin.ModelAdmin):
    form = RedirectForm
    list_display = ["old_path", "leads_to", "derived"]
    list_select_related = ["post", "story"]
    search_fields = ["old_path", "target"]
    list_per_page = 100
    paginator = CappedPaginator
    show_full_result_count = False

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
    list_display = ["path", "line", "code", "message", "seen_at"]
    list_filter = ["code"]
    search_fields = ["path"]


@admin.register(Image)
class ImageAdmin(ReadOnlyAdmin):
    list_display = ["path", "thumbnail", "width", "height", "size", "content_type"]
    search_fields = ["path"]

    def has_delete_permission(self, request, obj=None):
        return False

    @admin.display(description=gettext_lazy("picture"))
    def thumbnail(self, image):
        return format_html('<img src="{}" alt="" width="96" loading="lazy">', image.file.url)
