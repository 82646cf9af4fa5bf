"""Jobs in the admin: their progress, what failed, and undoing them."""

from django.contrib import admin, messages
from django.core.exceptions import PermissionDenied
from django.http import HttpRequest, HttpResponse, HttpResponseNotAllowed, HttpResponseRedirect
from django.shortcuts import get_object_or_404
from django.urls import path, reverse
from django.utils.html import format_html, format_html_join
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from posts import publishing
from posts.admin.records import ReadOnlyAdmin
from posts.admin.wording import failures_of, worded
from posts.models import Job


@admin.register(Job)
class JobAdmin(ReadOnlyAdmin):
    """Shown, stopped, continued and undone; never edited."""

    list_display = ["__str__", "state", "progress", "user", "created_at"]
    list_select_related = ["user"]
    list_filter = ["state", "kind"]
    fields = [
        "kind",
        "subject",
        "state",
        "progress",
        "failures_shown",
        "user",
        "created_at",
        "finished_at",
    ]
    change_form_template = "admin/posts/job.html"

    def has_delete_permission(self, request, obj=None):
        return False

    @admin.display(description=gettext_lazy("progress"))
    def progress(self, job):
        return format_html(
            '<progress max="{}" value="{}"></progress> {} / {}',
            max(job.total, 1),
            job.total if job.state == Job.State.DONE else min(job.done, job.total),
            min(job.done, job.total),
            job.total,
        )

    @admin.display(description=gettext_lazy("failures"))
    def failures_shown(self, job):
        rows = ((title, why) for title, why in failures_of(job))
        return format_html_join("", "<p><bdi>{}</bdi>: {}</p>", rows) or "–"

    def get_urls(self):
        view = self.admin_site.admin_view(self.step_view)
        own = [
            path(f"<int:job_id>/{step}/", view, {"step": step}, name=f"posts_job_{step}")
            for step in ("undo", "cancel", "continue")
        ]
        return own + super().get_urls()

    def step_view(self, request: HttpRequest, job_id: int, step: str) -> HttpResponse:
        """``undo``, ``cancel`` or ``continue`` a job."""
        if request.method != "POST":
            return HttpResponseNotAllowed(["POST"])
        job = get_object_or_404(Job, pk=job_id)
        try:
            shown = self._step(request, job, step)
        except publishing.NotAllowed:
            raise PermissionDenied from None
        except (publishing.UndoError, publishing.MergeError) as error:
            messages.error(request, worded(error))
            shown = job
        return HttpResponseRedirect(reverse("admin:posts_job_change", args=[shown.pk]))

    @staticmethod
    def _step(request: HttpRequest, job: Job, step: str) -> Job:
        if step == "undo":
            undoing = publishing.undo(job, user=request.user)
            messages.success(request, _("This job undoes the other."))
            return undoing
        if step == "cancel":
            publishing.cancel(job, user=request.user)
            return job
        publishing.require(request.user)
        return publishing.start(job)
