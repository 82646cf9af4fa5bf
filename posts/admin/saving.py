"""What only the save itself finds is shown on the form, beside what was typed, never as a 500."""

from typing import Any

from django import forms
from django.contrib import admin, messages
from django.contrib.admin.widgets import AdminTextareaWidget, AdminTextInputWidget
from django.core.exceptions import PermissionDenied
from django.db import models
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.utils.decorators import method_decorator
from django.utils.translation import gettext as _
from django.views.decorators.csrf import csrf_protect

from posts import publishing
from posts.admin.inputs import TextField
from posts.admin.wording import worded
from posts.content.problems import Worded

REFUSALS = (publishing.Conflict, publishing.NotAllowed, publishing.Refused)


def refusal_of(request: HttpRequest) -> Worded | None:
    """What the save of this request found a moment ago."""
    return getattr(request, "refusal", None)


def warn_of_addresses(request: HttpRequest, outcome: publishing.Outcome) -> None:
    """Name the old addresses that a document asks for and that others hold."""
    text = _("The old address %(address)s belongs to another post and is not redirected.")
    for address in outcome.conflicts:
        messages.warning(request, text % {"address": address})


class RefusableAdmin(admin.ModelAdmin):
    """An admin whose saves may be refused: the form is shown again and says why."""

    @method_decorator(csrf_protect)
    def changeform_view(
        self,
        request: HttpRequest,
        object_id: str | None = None,
        form_url: str = "",
        extra_context: dict[str, Any] | None = None,
    ) -> HttpResponse:
        """Django's form view, but without a transaction around it.

        Django holds one from before the form is checked. Here the save alone holds one, and what
        the form reads in a child process is read outside.
        """
        view: Any = self._changeform_view  # type: ignore[attr-defined]
        try:
            return view(request, object_id, form_url, extra_context)
        except REFUSALS as error:
            request.refusal = error  # type: ignore[attr-defined]
        return view(request, object_id, form_url, extra_context)


class RowForm(forms.ModelForm):
    """A row of its own, not a document: what its save finds is shown at its field."""

    refusal: Worded | None = None

    def clean(self) -> dict[str, Any]:
        cleaned = super().clean() or {}
        if self.refusal is not None:
            column = str(self.refusal.values.get("column", ""))
            message = forms.ValidationError(worded(self.refusal), code=self.refusal.code)
            self.add_error(column if column in self.fields else None, message)
        return cleaned


class RowAdmin(RefusableAdmin):
    """An admin of labels or redirects: what readers see, changed by those who may publish."""

    form = RowForm
    formfield_overrides = {
        models.CharField: {"form_class": TextField, "widget": AdminTextInputWidget},
        models.TextField: {"form_class": TextField, "widget": AdminTextareaWidget},
    }

    def has_change_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        allowed = super().has_change_permission(request, obj)
        return allowed and publishing.may_publish(request.user)

    def get_form(
        self, request: HttpRequest, obj: Any = None, change: bool = False, **kwargs: Any
    ) -> type[forms.ModelForm]:
        made = super().get_form(request, obj, change=change, **kwargs)
        return type(made.__name__, (made,), {"refusal": refusal_of(request)})

    def save_model(self, request: HttpRequest, obj: Any, form: Any, change: bool) -> None:
        publishing.save_row(obj, user=request.user)

    def changelist_view(
        self, request: HttpRequest, extra_context: dict[str, Any] | None = None
    ) -> HttpResponse:
        """The list; whatever is sent to it changes what readers see."""
        if request.method == "POST" and not publishing.may_publish(request.user):
            raise PermissionDenied
        try:
            return super().changelist_view(request, extra_context)
        except REFUSALS as error:
            messages.error(request, worded(error))
            return HttpResponseRedirect(request.get_full_path())
