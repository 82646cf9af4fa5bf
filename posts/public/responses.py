"""What every public page has: its language, its menu, its validators for caches."""

from collections.abc import Sequence
from datetime import datetime
from functools import cache, lru_cache
from hashlib import blake2b
from typing import Any

from django.conf import settings
from django.db.models.expressions import RawSQL
from django.http import HttpRequest, HttpResponse
from django.template.loader import render_to_string
from django.utils import translation
from django.utils.http import http_date

from posts.caching import freshness, journal
from posts.caching.keys import MENU as MENU_KEY
from posts.caching.keys import Shown
from posts.caching.menus import Section
from posts.content import hyperlinks
from posts.models import Post
from posts.models.changes import site_changed_at
from posts.models.prepared import NOW, Prepared

LANGUAGE_TAG = "[a-z]{2,3}(?:-[a-z0-9]{2,8})?"  # as addresses begin with it
PAGE_AGE, FEED_AGE = 60, 300  # seconds that a cache may answer without asking


def site_uri(path: str) -> str:
    """A path of this site with scheme and host, as an address that any program understands."""
    return hyperlinks.uri(settings.SITE_URL) + hyperlinks.quoted(path)


def activate_language(language: str) -> str:
    """Give the interface a page's language where there is a translation, else the site's."""
    language_code = language if language in dict(settings.LANGUAGES) else settings.SITE_LANGUAGE
    translation.activate(language_code)
    return language_code


def menu(language: str = "") -> list[Section]:
    """The sections that have public posts, in a language if it is given. One query; none where
    they are known.
    """
    return journal.shared.menu(language)


def last_change() -> datetime | None:
    """When anything that readers see last changed; None for a site without posts. One query; none
    where it is known.
    """
    if journal.shared.looks():
        return journal.shared.last_modified
    row = _last_change().first()
    return row[0] if row else None


@cache
def _last_change() -> Prepared:
    return Prepared(lambda: Post.objects.order_by("pk").values_list(site_changed_at(NOW))[:1])


def changed_too(known: bool) -> list[RawSQL]:
    """A column more for the query of a page: the site's last change, unless it is known."""
    return [] if known else [site_changed_at(NOW)]


def render_page(
    request: HttpRequest,
    template: str,
    context: dict[str, Any],
    *,
    shown: Shown,
    language: str = "",
    changed: Sequence[datetime] = (),
) -> HttpResponse:
    """A whole page, with validators.

    ``shown`` has the keys of what the page shows beside its menu; ``changed`` is
    :func:`last_change` where a query has brought it. One query for the menu, one more for the last
    change; none for what is known.
    """
    interface_language = activate_language(language)
    context = context | {
        "site_name": settings.SITE_NAME,
        "site_description": settings.SITE_DESCRIPTION,
        "site_url": hyperlinks.uri(settings.SITE_URL),
        "prefix": f"/{language}/" if language and language != settings.SITE_LANGUAGE else "/",
        "interface_language": interface_language,
        "menu": tuple(menu(language)),
    }
    response = HttpResponse(render_to_string(template, context))
    shown.add(MENU_KEY)
    latest = changed[0] if changed else last_change()
    return conditional(request, response, latest, PAGE_AGE, shown=shown)


def error_page(request: HttpRequest, template: str, status: int) -> HttpResponse:
    """What is answered where no page is, the same at every address.

    No query: it also answers what no database should be asked about. Rendered once, since robots
    ask for much that is not there.
    """
    activate_language("")
    make = _error_html.__wrapped__ if settings.DEBUG else _error_html
    content = make(template, settings.SITE_NAME, settings.SITE_LANGUAGE, settings.STATIC_URL)
    return HttpResponse(content, status=status)


@lru_cache(16)
def _error_html(template: str, site_name: str, language: str, static_url: str) -> bytes:
    context = {
        "site_name": site_name,
        "site_description": "",
        "prefix": "/",
        "interface_language": language,
        "menu": (),
    }
    return render_to_string(template, context).encode()


def conditional(
    request: HttpRequest,
    response: HttpResponse,
    changed: datetime | None,
    age: int,
    *,
    shown: Shown | None = None,
) -> HttpResponse:
    """The answer with ``ETag`` (of its own content), ``Last-Modified`` and ``Cache-Control``, and
    with what it shows. :mod:`posts.caching.middleware` keeps it, and answers conditions.
    """
    response.shown = shown  # type: ignore[attr-defined]
    response.headers["ETag"] = f'"{blake2b(response.content, digest_size=12).hexdigest()}"'
    response.headers["Cache-Control"] = (
        f"public, max-age={age}, stale-while-revalidate={age * 10}"
        f", stale-if-error={settings.STALE_SECONDS}"
    )
    seconds = freshness.last_modified(changed)
    if seconds is not None:
        response.headers["Last-Modified"] = http_date(seconds)
    return response
