"""What every public page has: its language, its menu, its validators for caches."""

import time
from datetime import datetime
from hashlib import blake2b

from django.conf import settings
from django.db.models import Max
from django.http import HttpResponse
from django.template.loader import render_to_string
from django.utils import translation
from django.utils.cache import get_conditional_response
from django.utils.http import http_date

from posts.models import Category, Post
from posts.public.listings import labels

MENU = 8
PAGE_AGE, FEED_AGE = 60, 300  # seconds that a cache may answer without asking


def activate_language(language: str) -> str:
    """Let the interface speak a page's language where it can, else the site's."""
    language_code = language if language in dict(settings.LANGUAGES) else settings.SITE_LANGUAGE
    translation.activate(language_code)
    return language_code


def menu(language: str = "") -> list[Category]:
    """The sections that have public posts, in a language if it is given. One query."""
    return list(labels("categories", "" if language == settings.SITE_LANGUAGE else language)[:MENU])


def last_change() -> datetime | None:
    """When any post was last saved; from the end of an index. One query."""
    return Post.objects.aggregate(last=Max("saved_at"))["last"]


def render_page(
    request,
    template: str,
    context: dict,
    *,
    language: str = "",
    newest: datetime | None = None,
    status: int = 200,
):
    """A whole page, with validators. ``newest`` is the latest moment shown, for posts that came by the clock. Two queries."""
    language_code = activate_language(language)
    categories = menu(language)
    context = context | {
        "site_name": settings.SITE_NAME,
        "site_description": settings.SITE_DESCRIPTION,
        "site_url": settings.SITE_URL,
        "prefix": f"/{language}/" if language and language != settings.SITE_LANGUAGE else "/",
        "interface_language": language_code,
        "menu": categories,
    }
    content = render_to_string(template, context, request)
    changed = [
        time
        for time in (last_change(), newest, *(category.changed_at for category in categories))
        if time
    ]
    response = HttpResponse(content, status=status)
    return conditional(request, response, max(changed, default=None), PAGE_AGE)


def conditional(
    request, response: HttpResponse, modified: datetime | None, age: int
) -> HttpResponse:
    """The answer with ``ETag`` (of its own content), ``Last-Modified`` and ``Cache-Control``; 304 where the asker has it."""
    etag = f'"{blake2b(response.content, digest_size=12).hexdigest()}"'
    response.headers["ETag"] = etag
    response.headers["Cache-Control"] = f"public, max-age={age}, stale-while-revalidate={age * 10}"
    # A clock that was wrong once must not make a time that no cache can beat.
    seconds = int(min(modified.timestamp(), time.time())) if modified else None
    if seconds is not None:
        response.headers["Last-Modified"] = http_date(seconds)
    return get_conditional_response(request, etag=etag, last_modified=seconds, response=response)
