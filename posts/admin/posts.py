"""Posts at the desk: the form, the list, publishing, revisions."""

from django.contrib import admin, messages
from django.core.exceptions import PermissionDenied
from django.http import Http404, HttpResponseRedirect
from django.shortcuts import get_object_or_404
from django.template.response import TemplateResponse
from django.urls import path, reverse
from django.utils.html import format_html, format_html_join
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, ngettext

from posts import publishing
from posts.admin.forms import PostForm
from posts.admin.paging import CappedPaginator
from posts.content import hyperlinks
from posts.content.problems import Problem, Unreadable
from posts.deriving import pool
from posts.models import Category, Job, Post, Revision
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
READ = ("address_shown", "stories_shown", "remarks", "path", "guid")


class CategoryFilter(admin.SimpleListFilter):
    """By section; answered from the ties' index."""

    title = gettext_lazy("category")
    parameter_name = "category"

    def lookups(self, request, model_admin):
        return [
            (category.slug, category.name)
            for category in Category.objects.filter(merged_into=None)[:50]
        ]

    def queryset(self, request, queryset):
        return (
            queryset.filter(category_rows__category__slug=self.value())
            if self.value()
            else queryset
        )


class LanguageFilter(admin.SimpleListFilter):
    """By language, one index step for each."""

    title = gettext_lazy("language")
    parameter_name = "language"

    def lookups(self, request, model_admin):
        found, last = [], ""
        while len(found) < 30 and (
            last := Post.objects.filter(language__gt=last)
            .order_by("language")
            .values_list("language", flat=True)
            .first()
        ):
            found.append((last, last))
        return found

    def queryset(self, request, queryset):
        return queryset.filter(language=self.value()) if self.value() else queryset


@admin.register(Post)
class PostAdmin(admin.ModelAdmin):
    """Every way to change a post ends in ``publishing``."""

    form = PostForm
    readonly_fields = list(READ)
    list_display = ["title", "status_shown", "day", "sections", "story_count", "language"]
    list_filter = ["status", CategoryFilter, LanguageFilter]
    search_fields = ["title", "path"]
    search_help_text = gettext_lazy("Title or path")
    date_hierarchy = "day"
    ordering = ["-day", "-id"]
    list_per_page = 50
    paginator = CappedPaginator
    show_full_result_count = False
    actions = ["publish", "withdraw"]
    save_on_top = True
    view_on_site = False  # the form shows the address, where there is one

    class Media:
        css = {"all": ["site/admin.css"]}

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

    def get_queryset(self, request):
        queryset = super().get_queryset(request)
        return (
            queryset
            if request.resolver_match.url_name.endswith("_change")
            else queryset.for_lists()
        )

    def get_changelist_instance(self, request):
        """The list, with the names of labels in one query for all its posts."""
        changelist = super().get_changelist_instance(request)
        names = label_names(post.card for post in changelist.result_list)
        for post in changelist.result_list:
            post.labels = names.of(post.card)
        return changelist

    @admin.display(description=gettext_lazy("status"), ordering="status")
    def status_shown(self, post):
        return _("scheduled") if post.is_scheduled else post.get_status_display()

    @admin.display(description=gettext_lazy("categories"))
    def sections(self, post):
        return ", ".join(category.name for category in post.labels.categories)

    # -- the form ------------------------------------------------------------------------------

    def get_form(self, request, obj=None, change=False, **kwargs):
        class BoundForm(PostForm):
            def __init__(self, *args, **options):
                super().__init__(*args, user=request.user, **options)

        if obj is not None and not self.has_change_permission(request, obj):
            return super().get_form(request, obj, change=change, **(kwargs | {"fields": ()}))
        return super().get_form(
            request, obj, change=change, **(kwargs | {"fields": None, "form": BoundForm})
        )

    def get_fieldsets(self, request, obj=None):
        read = (_("What Newsroom reads in it"), {"fields": READ})
        if obj is not None and not self.has_change_permission(request, obj):
            return [(None, {"fields": SHOWN}), read]
        return [(None, {"fields": EDITED}), read] if obj else [(None, {"fields": EDITED})]

    def get_readonly_fields(self, request, obj=None):
        return (
            [*READ, *SHOWN]
            if obj and not self.has_change_permission(request, obj)
            else self.readonly_fields
        )

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
    def remarks(self, post):
        problems = map(Problem.from_json, post.problems)
        rows = ((problem.line, _(problem.template) % problem.values) for problem in problems)
        return format_html_join("", "<p>{}: {}</p>", rows) or "–"

    def save_model(self, request, obj, form, change):
        reason = "edit" if change else "new"
        outcome = publishing.save_submission(form.submission, reason=reason, user=request.user)
        obj.pk = outcome.post.pk
        obj.refresh_from_db()
        for address in outcome.conflicts:
            messages.warning(
                request,
                _("The old address %(address)s belongs to another post and is not redirected.")
                % {"address": address},
            )

    def changeform_view(self, request, object_id=None, form_url="", extra_context=None):
        try:
            return super().changeform_view(request, object_id, form_url, extra_context)
        except (
            publishing.Conflict
        ):  # saved between the form's check and ours: now the form's check tells
            return super().changeform_view(request, object_id, form_url, extra_context)
        except Unreadable as error:  # the stored document, which no form can show
            messages.error(request, _(error.problem.template) % error.problem.values)
            return HttpResponseRedirect(reverse("admin:posts_post_changelist"))

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
        for title, reason in job.failures:
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

    # -- revisions -----------------------------------------------------------------------------

    def get_urls(self):
        own = [
            path(
                "<int:post_id>/revisions/<int:number>/",
                self.admin_site.admin_view(self.revision_view),
                name="posts_post_revision",
            )
        ]
        return own + super().get_urls()

    def _post(self, request, post_id) -> Post:
        post = get_object_or_404(Post, pk=post_id)
        if not self.has_view_permission(request, post):
            raise PermissionDenied
        return post

    def history_view(self, request, object_id, extra_context=None):
        """All revisions of a post."""
        if not str(object_id).isdecimal():
            raise Http404
        post = self._post(request, object_id)
        revisions = post.revisions.select_related("user").defer("document")[:500]
        context = self.admin_site.each_context(request) | {
            "post": post,
            "revisions": revisions,
            "title": _("Revisions"),
            "opts": self.opts,
        }
        return TemplateResponse(request, "admin/posts/revisions.html", context)

    def revision_view(self, request, post_id, number):
        """One revision beside another (``?with=``; the newest by default); POST restores it."""
        post = self._post(request, post_id)
        revision = get_object_or_404(Revision, post=post, number=number)
        if request.method == "POST":
            return self._restore(request, post, revision)
        other_number = request.GET.get("with", "")
        other = (
            get_object_or_404(Revision, post=post, number=int(other_number))
            if other_number.isascii() and other_number.isdecimal() and len(other_number) < 9
            else None
        )
        newer = other.document if other else post.document
        newer_name = f"#{other.number if other else post.version}"
        try:
            rows = pool.shared.compared(revision.document, newer, f"#{number}", newer_name)
        except Unreadable as error:
            rows = []
            messages.warning(request, _(error.problem.template) % error.problem.values)
        may_restore = self.has_change_permission(request, post) and number != post.version
        context = {
            "post": post,
            "revision": revision,
            "rows": rows,
            "may_restore": may_restore,
            "title": _("Revision %(n)s") % {"n": number},
            "opts": self.opts,
        }
        return TemplateResponse(
            request, "admin/posts/revision.html", self.admin_site.each_context(request) | context
        )

    def _restore(self, request, post, revision):
        if not self.has_change_permission(request, post):
            raise PermissionDenied
        try:
            publishing.restore(revision, user=request.user)
            messages.success(
                request, _("Revision %(n)s is the newest one again.") % {"n": revision.number}
            )
        except (Unreadable, publishing.Conflict, PermissionError) as error:
            messages.error(request, str(error))
        return HttpResponseRedirect(reverse("admin:posts_post_history", args=[post.pk]))
