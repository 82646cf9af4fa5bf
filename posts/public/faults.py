"""What is answered when something is broken: 503 for what mends itself or others mend, else 500.

The pages need no database, no cache, no session and no manifest of static files.
"""

import errno
import logging
import sys
from collections.abc import Iterator
from functools import lru_cache
from typing import Any

from django.conf import settings
from django.db import Error
from django.http import HttpRequest, HttpResponse
from django.template.loader import render_to_string
from django.utils import translation
from django.utils.translation import gettext as _

RETRY_AFTER = 30  # seconds
AWAY, FULL, READ_ONLY = "away", "full", "read-only"
FILES = {
    errno.ENOSPC: FULL,
    errno.EDQUOT: FULL,
    errno.EROFS: READ_ONLY,
}
# Primary result codes of SQLite: perm, busy, locked, nomem, ioerr, corrupt, cantopen, protocol,
# notadb; full; readonly.
SQLITE = dict.fromkeys((3, 5, 6, 7, 10, 11, 14, 15, 26), AWAY) | {13: FULL, 8: READ_ONLY}
# SQLSTATE classes and codes of PostgreSQL, the longest that fits counts.
POSTGRES = {
    "08": AWAY,  # the connection failed
    "28": AWAY,  # not let in
    "3D000": AWAY,  # no such database
    "25006": READ_ONLY,
    "40": AWAY,  # deadlock, serialisation
    "42P01": AWAY,  # no such table: not migrated
    "42703": AWAY,  # no such column
    "53": AWAY,  # memory, connections
    "53100": FULL,
    "55P03": AWAY,  # a lock was not to be had
    "57": AWAY,  # shutting down, or a statement was cancelled
    "58": AWAY,  # the server's own files
}


def diagnose(error: BaseException | None) -> str:
    """``away``, ``full`` or ``read-only`` for a fault of what we stand on; empty for our own."""
    for each in _causes(error):
        if isinstance(each, OSError) and (found := FILES.get(each.errno or 0)):
            return found
        if isinstance(each, Error) and (found := _database_fault(each)):
            return found
    return ""


def _causes(error: BaseException | None) -> Iterator[BaseException]:
    seen: list[BaseException] = []
    while error is not None and error not in seen:
        seen.append(error)
        yield error
        error = error.__cause__ or error.__context__


def _database_fault(error: Error) -> str:
    """The fault behind Django's exception, by the driver's code."""
    driver: Any = error.__cause__
    if code := getattr(driver, "sqlite_errorcode", 0):
        missing = "no such table" in str(driver) or "no such column" in str(driver)
        return AWAY if missing else SQLITE.get(code & 0xFF, "")
    if hasattr(driver, "sqlstate"):
        if driver.sqlstate is None:  # the server was not reached, or went away
            return AWAY
        return POSTGRES.get(driver.sqlstate, POSTGRES.get(driver.sqlstate[:2], ""))
    return ""


def server_error(request: HttpRequest) -> HttpResponse:
    """Django's ``handler500``; it is called while the exception is being handled."""
    fault = diagnose(sys.exc_info()[1])
    if not fault:
        return _page("500.html", {}, 500)
    title, text = {
        AWAY: (
            _("Not available just now"),
            _("The site cannot reach its database. Please try again in a minute."),
        ),
        FULL: (
            _("Nothing can be saved just now"),
            _("The disk is full. Reading goes on."),
        ),
        READ_ONLY: (
            _("Nothing can be saved just now"),
            _("The disk is full or can only be read. Reading goes on."),
        ),
    }[fault]
    context = {"title": title, "text": text, "unsaved": request.method == "POST"}
    response = _page("fault.html", context, 503)
    response.headers["Retry-After"] = str(RETRY_AFTER)
    return response


def _page(template: str, context: dict[str, object], status: int) -> HttpResponse:
    language = translation.get_language() or settings.SITE_LANGUAGE
    context |= {"interface_language": language, "site_name": settings.SITE_NAME}
    try:
        content, kind = _rendered(template, tuple(context.items())), "text/html"
    except Exception:
        logging.getLogger(__name__).exception("the page of an error could not be rendered")
        content, kind = "Something went wrong; please try again in a minute.\n", "text/plain"
    return HttpResponse(content, status=status, content_type=f"{kind}; charset=utf-8")


@lru_cache(64)
def _rendered(template: str, context: tuple[tuple[str, object], ...]) -> str:
    """Rendered once: while a database is away everybody gets the same few pages."""
    return str(render_to_string(template, dict(context)))
