"""Posts in the admin: the list, the form, publishing."""

from typing import Any

from django import forms
from django.contrib import admin, messages
from django.http import HttpRequest, HttpResponse
from django.urls import reverse
from django.utils.html import format_html, format_html_join
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, ngettext

from posts import publishing
from posts.admin.deliveries import waiting_notice
from posts.admin.filters import CategoryFilter, LanguageFilter
from posts.admin.forms import Documented, DocumentForm, PostForm
from posts.admin.paging import CappedPaginator
from posts.admin.revisions import RevisionsAdmin
from posts.admin.saving import RefusableAdmin, refusal_of, warn_of_addresses
from posts.admin.searching import matching
from posts.admin.wording import failures_of, with_line
from posts.content import hyperlinks
from posts.content.frontmatter import Document
from posts.content.problems import Problem, Unreadable
from posts.deriving import pool
from posts.models import Job, Post
from posts.models.labels import label_names

EDITED = (
    "title",
    ("date", "status"),
    "slug",
    "authors",
    "categories",
    "tags",
    "source",
    "body",
    "based_on",
)
SHOWN = ("title", "day", "status", "document")  # to those who may only look
WHOLE = ("document", "based_on")  # where the document cannot be read in parts
READ = ("address_shown", "stories_shown", "remarks", "path", "guid")


@admin.register(Post)
class PostAdmin(RefusableAdmin, RevisionsAdmin):
    """Every way to change a post ends in ``publishing``."""

    form = PostForm
    list_display = ["title", "status_shown", "day", "sections", "story_count", "language"]
    list_filter = ["status", CategoryFilter, LanguageFilter]
    search_fields = ["title", "path"]  # so that there is a box; what it does is below
    search_help_text = gettext_lazy(
        "Words, “phrases”, -without, tag: category: source: author: before: after: lang:, or a part"
        " of a path"
    )
    date_hierarchy = "day"
    ordering = ["-day", "-id"]
    list_per_page = 50
    paginator = CappedPaginator
    show_full_result_count = False
    actions = ["publish", "withdraw"]
    save_on_top = True
    view_on_site = False  # the form shows the address, where there is one

    # -- permissions ---------------------------------------------------------------------------

    def has_publish_permission(self, request, obj=None):
        """Publishing, withdrawing and changing what is public."""
        return request.user.has_perm("posts.publish_post")

    def has_delete_permission(self, request, obj=None):
        """Posts are withdrawn, not deleted: their addresses and revisions stay."""
        return False

    def has_change_permission(self, request, obj=None):
        """A post that is public is changed by those who may publish."""
        allowed = super().has_change_permission(request, obj)
        return allowed and (
            obj is None
            or obj.status != Post.Status.PUBLISHED
            or self.has_publish_permission(request)
        )

    # -- the list ------------------------------------------------------------------------------

    def get_queryset(self, request: HttpRequest) -> Any:
        queryset: Any = super().get_queryset(request)
        match = request.resolver_match
        is_form = match is not None and (match.url_name or "").endswith("_change")
        return queryset if is_form else queryset.for_lists()

    def get_changelist_instance(self, request):
        """The list, with the names of labels in one query for all its posts."""
        changelist = super().get_changelist_instance(request)
        names = label_names(post.card for post in changelist.result_list)
        for post in changelist.result_list:
            post.labels = names.of(post.card)
        return changelist

    def get_search_results(
        self, request: HttpRequest, queryset: Any, search_term: str
    ) -> tuple[Any, bool]:
        return (queryset.filter(pk__in=matching(search_term)) if search_term else queryset), False

    @admin.display(description=gettext_lazy("status"), ordering="status")
    def status_shown(self, post):
        return _("scheduled") if post.is_scheduled else post.get_status_display()

    @admin.display(description=gettext_lazy("categories"))
    def sections(self, post):
        return ", ".join(category.name for category in post.labels.categories)

    # -- the form ------------------------------------------------------------------------------

    def get_object(
        self, request: HttpRequest, object_id: str, from_field: str | None = None
    ) -> Post | None:
        """The post, with its document read once for all that ask."""
        post = super().get_object(request, object_id, from_field)
        if post is not None:
            post.parsed = _parsed(post)
        return post

    def get_form(
        self, request: HttpRequest, obj: Post | None = None, change: bool = False, **kwargs: Any
    ) -> type[forms.ModelForm]:
        if obj is not None and not self.has_change_permission(request, obj):
            kwargs |= {"form": forms.ModelForm, "fields": ()}
            return super().get_form(request, obj, change=change, **kwargs)
        parsed = getattr(obj, "parsed", None)
        base: type[Documented] = DocumentForm if obj is not None and parsed is None else PostForm

        class BoundForm(base):  # type: ignore[misc, valid-type]
            def __init__(self, *args: Any, **options: Any):
                options |= {"user": request.user, "refusal": refusal_of(request)}
                super().__init__(*args, parsed=parsed, **options)

        kwargs |= {"form": BoundForm, "fields": None}
        return super().get_form(request, obj, change=change, **kwargs)

    def get_fieldsets(self, request: HttpRequest, obj: Post | None = None) -> Any:
        read = (_("What Newsroom reads in it"), {"fields": READ})
        if obj is None:
            return [(None, {"fields": EDITED})]
        if not self.has_change_permission(request, obj):
            return [(None, {"fields": SHOWN}), read]
        is_readable = getattr(obj, "parsed", None) is not None
        return [(None, {"fields": EDITED if is_readable else WHOLE}), read]

    def get_readonly_fields(self, request: HttpRequest, obj: Post | None = None) -> list[str]:
        if obj and not self.has_change_permission(request, obj):
            return [*READ, *SHOWN]
        return list(READ)

    @admin.display(description=gettext_lazy("address"))
    def address_shown(self, post):
        if not post.address:
            return _("none before the post has a date")
        if post.is_public:
            return format_html('<a href="{}">{}</a>', hyperlinks.quoted(post.address), post.address)
        return post.address

    @admin.display(description=gettext_lazy("stories"))
    def stories_shown(self, post):
        if not post.card.stories:
            return _("No story was recognised.")
        rows = (
            (story.heading, ", ".join(f"{link.text} ({link.host})" for link in story.citations))
            for story in post.card.stories
        )
        return format_html(
            '<ol class="stories">{}</ol>',
            format_html_join("", "<li><bdi>{}</bdi><br><small>{}</small></li>", rows),
        )

    @admin.display(description=gettext_lazy("remarks"))
    def remarks(self, post: Post) -> str:
        rows = ((with_line(Problem.from_json(stored)),) for stored in post.problems)
        return format_html_join("", "<p>{}</p>", rows) or "–"

    def save_model(self, request: HttpRequest, obj: Post, form: Any, change: bool) -> None:
        reason = "edit" if change else "new"
        before = obj if change else None
        outcome = publishing.save_submission(
            form.submission, reason=reason, user=request.user, before=before
        )
        for field in obj._meta.concrete_fields:
            setattr(obj, field.attname, getattr(outcome.post, field.attname))
        warn_of_addresses(request, outcome)

    def render_change_form(
        self, request: HttpRequest, context: Any, *args: Any, **kwargs: Any
    ) -> HttpResponse:
        if (post := context.get("original")) is not None and getattr(post, "parsed", 1) is None:
            text = _("This document cannot be read. Mend it here as a whole: %(problem)s")
            problem = with_line(post.unreadable)
            messages.warning(request, text % {"problem": problem})
        if post is not None and (notice := waiting_notice(post)):
            messages.warning(request, notice)
        return super().render_change_form(request, context, *args, **kwargs)

    # -- actions -------------------------------------------------------------------------------

    @admin.action(description=gettext_lazy("Publish"), permissions=["publish"])
    def publish(self, request, queryset):
        self._start(request, queryset, Job.Kind.PUBLISH)

    @admin.action(description=gettext_lazy("Withdraw"), permissions=["publish"])
    def withdraw(self, request, queryset):
        self._start(request, queryset, Job.Kind.WITHDRAW)

    def _start(self, request, queryset, kind):
        """A few posts are done at once, many by the worker."""
        ids = list(queryset.order_by().values_list("pk", flat=True))
        job = publishing.start(publishing.start_selection(kind, ids, user=request.user))
        for title, reason in failures_of(job):
            messages.error(request, f"{title}: {reason}")
        count = len(job.changed) if job.finished_at else job.total
        text = (
            ngettext("%(count)s post was changed.", "%(count)s posts were changed.", count)
            if job.finished_at
            else ngettext(
                "%(count)s post is being changed.", "%(count)s posts are being changed.", count
            )
        )
        link = reverse("admin:posts_job_change", args=[job.pk])
        messages.success(
            request,
            format_html(
                '{} <a href="{}">{}</a>', text % {"count": count}, link, _("Progress and undo")
            ),
        )


def _parsed(post: Post) -> Document | None:
    """The document in parts; None, with the problem on the post, where it cannot be read."""
    try:
        return pool.shared.read(post.document)
    except Unreadable as error:
        post.unreadable = error.problem  # type: ignore[attr-defined]
        return None
