"""Revisions of a post: all of them, one beside another, and the way back to one."""

from typing import Any

from django.contrib import admin, messages
from django.core.exceptions import PermissionDenied
from django.http import Http404, HttpRequest, HttpResponse, HttpResponseRedirect
from django.shortcuts import get_object_or_404
from django.template.response import TemplateResponse
from django.urls import URLPattern, path, reverse
from django.utils.translation import gettext as _

from posts import publishing
from posts.admin.comparing import compared
from posts.admin.saving import REFUSALS, warn_of_addresses
from posts.admin.wording import worded
from posts.content.frontmatter import PatchError
from posts.content.problems import Unreadable
from posts.models import Post, Revision

MOST = 500  # revisions in one list


class RevisionsAdmin(admin.ModelAdmin):
    """The history of a post is its revisions, not Django's log."""

    def get_urls(self) -> list[URLPattern]:
        view = self.admin_site.admin_view(self.revision_view)
        route = "<int:post_id>/revisions/<int:number>/"
        return [path(route, view, name="posts_post_revision"), *super().get_urls()]

    def _post(self, request: HttpRequest, post_id: Any) -> Post:
        post = get_object_or_404(Post, pk=post_id)
        if not self.has_view_permission(request, post):
            raise PermissionDenied
        return post

    def _page(self, request: HttpRequest, template: str, **context: Any) -> HttpResponse:
        context |= self.admin_site.each_context(request) | {"opts": self.opts}
        return TemplateResponse(request, f"admin/posts/{template}", context)

    def history_view(
        self, request: HttpRequest, object_id: str, extra_context: dict[str, Any] | None = None
    ) -> HttpResponse:
        """All revisions of a post."""
        if not object_id.isdecimal():
            raise Http404
        post = self._post(request, object_id)
        revisions = post.revisions.select_related("user").defer("document")[:MOST]
        page = {"post": post, "revisions": revisions, "title": _("Revisions")}
        return self._page(request, "revisions.html", **page)

    def revision_view(self, request: HttpRequest, post_id: int, number: int) -> HttpResponse:
        """One revision beside another (``?with=``; the newest by default); POST restores it."""
        post = self._post(request, post_id)
        revision = get_object_or_404(Revision, post=post, number=number)
        may_restore = self.has_change_permission(request, post) and number != post.version
        if request.method == "POST":
            return self._restore(request, post, revision)
        other = self._other(request, post)
        names = f"#{number}", f"#{other.number}"
        return self._page(
            request,
            "revision.html",
            post=post,
            revision=revision,
            rows=compared(request, revision.document, other.document, *names),
            may_restore=may_restore,
            title=_("Revision %(n)s") % {"n": number},
        )

    @staticmethod
    def _other(request: HttpRequest, post: Post) -> Revision:
        """The revision that another is compared with."""
        number = request.GET.get("with", "")
        if not (number.isascii() and number.isdecimal() and len(number) < 9):
            return Revision(post=post, number=post.version, document=post.document)
        return get_object_or_404(Revision, post=post, number=int(number))

    def _restore(self, request: HttpRequest, post: Post, revision: Revision) -> HttpResponse:
        if not self.has_change_permission(request, post):
            raise PermissionDenied
        try:
            outcome = publishing.restore(revision, user=request.user)
        except (Unreadable, PatchError, *REFUSALS) as error:
            messages.error(request, worded(error))
        else:
            warn_of_addresses(request, outcome)
            done = _("Revision %(n)s is the newest one again.") % {"n": revision.number}
            messages.success(request, done)
        return HttpResponseRedirect(reverse("admin:posts_post_history", args=[post.pk]))
