"""What every public page has: its language, its menu, its validators for caches."""

import time
from datetime import datetime
from hashlib import blake2b
from typing import Any

from django.conf import settings
from django.http import HttpRequest, HttpResponse
from django.template.loader import render_to_string
from django.utils import translation
from django.utils.cache import get_conditional_response
from django.utils.http import http_date

from posts.models import Category, Post
from posts.models.changes import site_changed_at

MENU = 8
PAGE_AGE, FEED_AGE = 60, 300  # seconds that a cache may answer without asking


def activate_language(language: str) -> str:
    """Let the interface speak a page's language where it can, else the site's."""
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
    language: str = "",
    changed: datetime | None = None,
    status: int = 200,
) -> HttpResponse:
    """A whole page, with validators.

    ``changed`` is :func:`last_change` where the caller has it already. One query for the menu, one
    more for the last change.
    """
    interface_language = activate_language(language)
    context = context | {
        "site_name": settings.SITE_NAME,
        "site_description": settings.SITE_DESCRIPTION,
        "site_url": settings.SITE_URL,
        "prefix": f"/{language}/" if language and language != settings.SITE_LANGUAGE else "/",
        "interface_language": interface_language,
        "menu": menu(language),
    }
    content = render_to_string(template, context, request)
    response = HttpResponse(content, status=status)
    return conditional(request, response, changed or last_change(), PAGE_AGE)


def conditional(
    request, response: HttpResponse, modified: datetime | None, age: int
) -> HttpResponse:
    """The answer with ``ETag`` (of its own content), ``Last-Modified`` and ``Cache-Control``; 304
    where the asker has it.
    """
    etag = f'"{blake2b(response.content, digest_size=12).hexdigest()}"'
    response.headers["ETag"] = etag
    response.headers["Cache-Control"] = f"public, max-age={age}, stale-while-revalidate={age * 10}"
    # A clock that was wrong once must not make a time that no cache can beat.
    seconds = int(min(modified.timestamp(), time.time())) if modified else None
    if seconds is not None:
        response.headers["Last-Modified"] = http_date(seconds)
    return get_conditional_response(request, etag=etag, last_modified=seconds, response=response)
