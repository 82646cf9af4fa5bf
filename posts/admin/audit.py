"""The security log: who signed in or could not, what was refused, whose rights were changed.

One line for each event on the logger ``newsroom.security``. No line holds a password, a session or
a token, and none holds a name that nobody has: people type passwords into the wrong field.
"""

import logging
from collections.abc import Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from typing import Any

from axes.signals import user_locked_out
from django.contrib.auth import get_user_model
from django.contrib.auth.models import Group
from django.contrib.auth.signals import user_logged_in, user_logged_out, user_login_failed
from django.db.models import Model
from django.db.models.signals import m2m_changed, post_delete, pre_save
from django.http import HttpRequest

from posts.admin.signin import client_address

User = get_user_model()
logger = logging.getLogger("newsroom.security")
_request: ContextVar[HttpRequest | None] = ContextVar("request", default=None)
RIGHTS = ("username", "is_active", "is_staff", "is_superuser", "password")
LONGEST = 200  # characters of one value


@contextmanager
def acting(request: HttpRequest) -> Iterator[None]:
    """Let the events of a block name who asked for them."""
    token = _request.set(request)
    try:
        yield
    finally:
        _request.reset(token)


def record(event: str, values: dict[str, Any], request: HttpRequest | None = None) -> None:
    """Write one event; by whom and from where if a request brought it about."""
    request = request or _request.get()
    if request is not None:
        values = values | {"by": _name(request), "address": client_address(request)}
    parts = [f"event={event}", *(f"{key}={_quoted(value)}" for key, value in values.items())]
    logger.info("%s", " ".join(parts))


def refused(request: HttpRequest) -> None:
    """A request was answered with 403."""
    record("refused", {"method": request.method, "path": request.path}, request)


def _name(request: HttpRequest) -> str:
    user = getattr(request, "user", None)
    return user.get_username() if user is not None and user.is_authenticated else "-"


def _quoted(value: Any) -> str:
    """A value that ends where it ends: quoted if it could be taken for more."""
    text = str(value)[:LONGEST]
    if text and not any(char.isspace() or char in '"=\\' for char in text):
        return text
    return '"' + text.replace("\\", "\\\\").replace('"', '\\"').replace("\n", "\\n") + '"'


def connect() -> None:
    """Listen to Django's own signals, and django-axes'."""
    user_logged_in.connect(_signed_in, dispatch_uid="audit")
    user_logged_out.connect(_signed_out, dispatch_uid="audit")
    user_login_failed.connect(_sign_in_failed, dispatch_uid="audit")
    user_locked_out.connect(_locked_out, dispatch_uid="audit")
    pre_save.connect(_account_saved, User, dispatch_uid="audit")
    for model in (User, Group):
        post_delete.connect(_deleted, model, dispatch_uid="audit")
    for through in (
        User.groups.through,
        User.user_permissions.through,
        Group.permissions.through,
    ):
        m2m_changed.connect(_rights_changed, through, dispatch_uid="audit")


def _signed_in(request: HttpRequest | None, user: Any, **kwargs: Any) -> None:
    record("signed-in", {"user": user.get_username()}, request)


def _signed_out(request: HttpRequest | None, user: Any, **kwargs: Any) -> None:
    record("signed-out", {"user": user.get_username() if user else "-"}, request)


def _known(name: str | None) -> str:
    """A name if somebody has it. One query."""
    return name if name and User.objects.filter(username=name).exists() else "unknown"


def _sign_in_failed(
    credentials: dict[str, Any], request: HttpRequest | None = None, **kwargs: Any
) -> None:
    record("sign-in-failed", {"user": _known(credentials.get("username"))}, request)


def _locked_out(request: HttpRequest, username: str | None, **kwargs: Any) -> None:
    record("sign-in-locked", {"user": _known(username)}, request)


def _account_saved(
    instance: Any, raw: bool, update_fields: frozenset[str] | None, **kwargs: Any
) -> None:
    fields = [name for name in RIGHTS if update_fields is None or name in update_fields]
    if raw or not fields:
        return
    old = User.objects.filter(pk=instance.pk).values(*RIGHTS).first()
    if old is None:
        rights = {name: getattr(instance, name) for name in ("is_staff", "is_superuser")}
        record("account-created", {"user": instance.get_username()} | rights)
        return
    new = {name: getattr(instance, name) for name in fields}
    changes = {name: value for name, value in new.items() if value != old[name]}
    if "password" in changes:
        changes["password"] = "changed"  # noqa: S105 - not the password
    if changes:
        record("account-changed", {"user": old["username"]} | changes)


def _kind(model: Model | type[Model]) -> str:
    return model._meta.model_name or "object"


def _deleted(instance: Model, **kwargs: Any) -> None:
    record("deleted", {_kind(instance): instance})


def _rights_changed(
    instance: Model, action: str, model: type[Model], pk_set: set[Any] | None, **kwargs: Any
) -> None:
    verb, _underscore, change = action.partition("_")
    if verb != "post" or pk_set == set():
        return
    found = model._default_manager.filter(pk__in=pk_set or ())
    names = sorted(getattr(each, "codename", None) or str(each) for each in found)
    values = {_kind(instance): instance, "change": change, f"{_kind(model)}s": ",".join(names)}
    record("rights-changed", values)
