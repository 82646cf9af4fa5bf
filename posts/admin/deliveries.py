"""Files that wait: they and an editor changed the same words, and an editor decides."""

from typing import Any

from django.contrib import admin, messages
from django.core.exceptions import PermissionDenied
from django.http import Http404, HttpRequest, HttpResponse, HttpResponseRedirect
from django.shortcuts import get_object_or_404
from django.template.response import TemplateResponse
from django.urls import reverse
from django.utils.html import format_html
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from posts import publishing
from posts.admin.comparing import compared
from posts.admin.inputs import Decision
from posts.admin.records import ReadOnlyAdmin
from posts.admin.saving import REFUSALS, warn_of_addresses
from posts.admin.wording import worded
from posts.content.frontmatter import PatchError
from posts.content.lines import newline, unified
from posts.content.problems import Unreadable
from posts.models import Delivery, Post

DONE = {
    "take": gettext_lazy("The post has the text of the file now."),
    "join": gettext_lazy("The post has the joined text now."),
    "refuse": gettext_lazy("The post stays as it is; the file counts as seen."),
}


@admin.register(Delivery)
class DeliveryAdmin(ReadOnlyAdmin):
    """The list of what waits; each is taken, joined or refused on a page of its own."""

    list_display = ["title", "path", "delivered_at"]
    list_select_related = ["post"]
    search_fields = ["post__title", "post__path"]
    ordering = ["-delivered_at", "-pk"]

    def has_view_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return request.user.has_perm("posts.change_post")

    def has_module_permission(self, request: HttpRequest) -> bool:
        return self.has_view_permission(request)

    def has_delete_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return False

    def get_queryset(self, request: HttpRequest) -> Any:
        waiting = super().get_queryset(request).filter(role=Delivery.Role.WAITING)
        return waiting.defer("document", "post__document", "post__html")

    @admin.display(description=gettext_lazy("title"), ordering="post__title")
    def title(self, delivery: Delivery) -> str:
        return delivery.post.title

    @admin.display(description=gettext_lazy("path"), ordering="post__path")
    def path(self, delivery: Delivery) -> str:
        return delivery.post.path

    def changelist_view(
        self, request: HttpRequest, extra_context: dict[str, Any] | None = None
    ) -> HttpResponse:
        title = {"title": _("Files that wait for an editor")}
        return super().changelist_view(request, title | (extra_context or {}))

    def change_view(
        self,
        request: HttpRequest,
        object_id: str,
        form_url: str = "",
        extra_context: dict[str, Any] | None = None,
    ) -> HttpResponse:
        """Both texts beside each other, joined as far as they can be; POST decides."""
        if not object_id.isdecimal():
            raise Http404
        if not self.has_view_permission(request):
            raise PermissionDenied
        waiting = Delivery.objects.filter(role=Delivery.Role.WAITING).select_related("post")
        delivery = get_object_or_404(waiting, pk=object_id)
        if request.method != "POST":
            return self._page(request, delivery, Decision(initial=_joined(request, delivery)))
        form = Decision(request.POST)
        if self._decided(request, delivery, form):
            page = reverse("admin:posts_post_change", args=[delivery.post.pk])
            return HttpResponseRedirect(page)
        return self._page(request, delivery, form)

    def _page(self, request: HttpRequest, delivery: Delivery, form: Decision) -> HttpResponse:
        post = delivery.post
        names = _("the post"), _("the file")
        context = self.admin_site.each_context(request) | {
            "delivery": delivery,
            "post": post,
            "rows": compared(request, post.document, delivery.text, *names),
            "form": form,
            "opts": self.opts,
            "title": _("A file waits"),
            "may_answer": _may_answer(request, post),
        }
        return TemplateResponse(request, "admin/posts/delivery.html", context)

    @staticmethod
    def _decided(request: HttpRequest, delivery: Delivery, form: Decision) -> bool:
        """Do what was asked; False with the reason on the form if it cannot be done."""
        step = request.POST.get("step", "")
        form.fields["document"].required = step == "join"
        if step not in DONE or not form.is_valid():
            return False
        try:
            _answer(request, delivery, step, form.cleaned_data)
        except (Unreadable, PatchError, *REFUSALS) as error:
            form.add_error("document" if step == "join" else None, worded(error))
            return False
        messages.success(request, str(DONE[step]))
        return True


def waiting_notice(post: Post) -> str:
    """A sentence with the way to what waits beside a post; empty if nothing does. One query."""
    delivery = publishing.waiting(post)
    if delivery is None:
        return ""
    return format_html(
        '{} <a href="{}">{}</a>',
        _("A file brought other words for what was changed here."),
        reverse("admin:posts_delivery_change", args=[delivery.pk]),
        _("Take, join or refuse it"),
    )


def _may_answer(request: HttpRequest, post: Post) -> bool:
    return post.status != Post.Status.PUBLISHED or publishing.may_publish(request.user)


def _joined(request: HttpRequest, delivery: Delivery) -> dict[str, Any]:
    """What the form begins with: both texts in one, or the post's where they cannot be joined."""
    post = delivery.post
    try:
        text = publishing.comparison(delivery).text
    except Unreadable as error:
        messages.warning(request, worded(error))
        text = post.document
    return {"document": unified(text), "based_on": post.version}


def _answer(request: HttpRequest, delivery: Delivery, step: str, cleaned: dict[str, Any]) -> None:
    user, based_on = request.user, cleaned["based_on"]
    if step == "refuse":
        publishing.refuse(delivery, user=user)
        return
    if step == "take":
        outcome = publishing.take(delivery, user=user, based_on=based_on)
    else:
        old = delivery.post.document
        mark = "\ufeff" if old.startswith("\ufeff") else ""
        text = mark + unified(cleaned["document"]).replace("\n", newline(old))
        outcome = publishing.join(delivery, text, user=user, based_on=based_on)
    warn_of_addresses(request, outcome)
