"""What every public page has: its language, its menu, its validators for caches."""

from datetime import datetime
from hashlib import blake2b
from typing import Any

from django.conf import settings
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.template.loader import render_to_string
from django.utils import translation
from django.utils.http import http_date

from posts.caching import freshness
from posts.caching.keys import MENU as MENU_KEY
from posts.caching.keys import Shown
from posts.content import hyperlinks
from posts.models import Category, Post
from posts.models.changes import site_changed_at

MENU = 8
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


def menu(language: str = "") -> list[Category]:
    """The sections that have public posts, in a language if it is given. One query."""
    language = "" if language == settings.SITE_LANGUAGE else language
    return list(Category.objects.listed(language)[:MENU])


def last_change() -> datetime | None:
    """When anything that readers see last changed; None for a site without posts. One query."""
    return Post.objects.values_list(site_changed_at(), flat=True).first()


def render_page(
    request: HttpRequest,
    template: str,
    context: dict[str, Any],
    *,
    shown: Shown,
    language: str = "",
    changed: datetime | None = None,
) -> HttpResponse:
    """A whole page, with validators.

    ``shown`` has the keys of what the page shows beside its menu; ``changed`` is
    :func:`last_change` where the caller has it already. One query for the menu, one more for the
    last change.
    """
    interface_language = activate_language(language)
    context = context | {
        "site_name": settings.SITE_NAME,
        "site_description": settings.SITE_DESCRIPTION,
        "site_url": hyperlinks.uri(settings.SITE_URL),
        "prefix": f"/{language}/" if language and language != settings.SITE_LANGUAGE else "/",
        "interface_language": interface_language,
        "menu": menu(language),
    }
    response = HttpResponse(render_to_string(template, context, request))
    shown.add(MENU_KEY)
    return conditional(request, response, changed or last_change(), PAGE_AGE, shown=shown)


def error_page(request: HttpRequest, template: str, status: int) -> HttpResponse:
    """What is answered where no page is, the same at every address.

    No query: it also answers what no database should be asked about.
    """
    activate_language("")
    context = {
        "site_name": settings.SITE_NAME,
        "prefix": "/",
        "interface_language": settings.SITE_LANGUAGE,
    }
    return render(request, template, context, status=status)


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
