"""Tags, categories, authors and sources in the admin, and merging them."""

from typing import Any

from django import forms
from django.conf import settings
from django.contrib import admin, messages
from django.contrib.admin import helpers
from django.contrib.admin.widgets import AdminTextInputWidget
from django.template.response import TemplateResponse
from django.urls import reverse
from django.utils.html import format_html
from django.utils.text import format_lazy
from django.utils.translation import get_language_info, gettext_lazy
from django.utils.translation import gettext as _

from posts import publishing
from posts.admin.inputs import TextField
from posts.admin.paging import CappedPaginator
from posts.admin.saving import RowAdmin, RowForm
from posts.admin.wording import worded
from posts.models import Author, Category, Job, Source, Tag


class LabelAdmin(RowAdmin):
    """Names come from documents; editors describe, order and merge them.

    None is deleted: a document may name it again.
    """

    list_display = ["name", "slug", "merged_into", "changed_at"]
    fields = ["name", "slug", "description", "merged_into"]
    readonly_fields = ["slug", "merged_into"]
    search_fields = ["name", "slug"]
    list_select_related = ["merged_into"]
    list_per_page = 100
    paginator = CappedPaginator
    show_full_result_count = False
    actions = ["merge"]

    def has_delete_permission(self, request, obj=None):
        return False

    def has_add_permission(self, request):
        return False

    @admin.action(description=gettext_lazy("Merge"), permissions=["change"])
    def merge(self, request, queryset):
        """Choose which of the chosen ones the others become."""
        chosen = list(queryset.filter(merged_into=None)[:100])
        if len(chosen) < 2:
            messages.error(request, _("Choose two or more that are not merged yet."))
            return None
        into = next((label for label in chosen if str(label.pk) == request.POST.get("into")), None)
        if into is None:
            context = {
                "labels": chosen,
                "opts": self.opts,
                "title": _("Merge"),
                "checkbox": helpers.ACTION_CHECKBOX_NAME,
            }
            return TemplateResponse(
                request, "admin/posts/merge.html", self.admin_site.each_context(request) | context
            )
        for label in chosen:
            if label != into:
                self._merge(request, label, into)
        return None

    def _merge(self, request, label, into):
        try:
            job = publishing.start(publishing.start_merge(label, into, user=request.user))
        except publishing.MergeError as error:
            messages.error(request, f"{label}: {worded(error)}")
        else:
            messages.success(request, merged_message(job, label, into))


def merged_message(job: Job, label: Any, into: Any) -> str:
    """What an editor reads of a merge, with the way to its progress."""
    text = _("%(label)s was merged into %(into)s; %(posts)s posts are brought over.")
    return format_html(
        '{} <a href="{}">{}</a>',
        text % {"label": label, "into": into, "posts": job.total},
        reverse("admin:posts_job_change", args=[job.pk]),
        _("Progress and undo"),
    )


@admin.register(Tag)
class TagAdmin(LabelAdmin):
    pass


OTHER_LANGUAGES = [one for one in settings.PUBLIC_LANGUAGES if one != settings.SITE_LANGUAGE]
NAMES: dict[str, forms.Field] = {
    f"name_{language}": TextField(
        label=format_lazy(
            "{} ({})", gettext_lazy("name"), get_language_info(language)["name_local"]
        ),
        required=False,
        max_length=200,
        widget=AdminTextInputWidget(attrs={"dir": "auto", "lang": language}),
    )
    for language in OTHER_LANGUAGES
}
NameFields: Any = type("NameFields", (forms.Form,), dict(NAMES))


class CategoryForm(RowForm, NameFields):
    """A section, with its names in the languages of public pages; others stay as they are."""

    def __init__(self, *args: Any, **kwargs: Any):
        super().__init__(*args, **kwargs)
        for language in OTHER_LANGUAGES:
            self.initial.setdefault(f"name_{language}", self.instance.names.get(language, ""))

    def clean(self) -> dict[str, Any]:
        cleaned = super().clean()
        names = dict(self.instance.names)
        for language in OTHER_LANGUAGES:
            names[language] = cleaned.get(f"name_{language}", "").strip()
        self.instance.names = {tag: name for tag, name in names.items() if name}
        return cleaned


@admin.register(Category)
class CategoryAdmin(LabelAdmin):
    form = CategoryForm
    list_display = ["name", "slug", "position", "merged_into"]
    list_editable = ["position"]
    fields = ["name", *NAMES, "slug", "position", "digest", "description", "merged_into"]

    def save_model(self, request, obj, form, change):
        """The switch for digests counts for the posts that are there, too."""
        super().save_model(request, obj, form, change)
        if "digest" in form.changed_data:
            publishing.start(publishing.start_rebuild(obj, user=request.user))


@admin.register(Author)
class AuthorAdmin(LabelAdmin):
    fields = ["name", "slug", "user", "description", "merged_into"]
    autocomplete_fields = ["user"]


@admin.register(Source)
class SourceAdmin(LabelAdmin):
    list_display = ["host", "name", "merged_into", "changed_at"]
    fields = ["host", "name", "merged_into"]
    readonly_fields = ["host", "merged_into"]
    search_fields = ["host", "name"]
