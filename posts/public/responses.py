"""What every public page has: its language, its menu, its validators for caches."""

from datetime import datetime, timedelta
from functools import cache
from hashlib import blake2b
from typing import Any, NamedTuple

from django.conf import settings
from django.db.models import QuerySet
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.template.loader import render_to_string
from django.utils import timezone, translation
from django.utils.cache import get_conditional_response
from django.utils.http import http_date, parse_http_date_safe

from posts.caching.keys import MENU as MENU_KEY
from posts.caching.keys import Shown
from posts.content import hyperlinks
from posts.models import Category, Post
from posts.models.changes import site_changed_at
from posts.models.prepared import LANGUAGE, NOW, Prepared

MENU = 8
LANGUAGE_TAG = "[a-z]{2,3}(?:-[a-z0-9]{2,8})?"  # as addresses begin with it
PAGE_AGE, FEED_AGE = 60, 300  # seconds that a cache may answer without asking
STARTED = timezone.now()  # templates and settings may be others than before
SETTLED = timedelta(seconds=10)  # a save must need less from its time to its commit


def site_uri(path: str) -> str:
    """A path of this site with scheme and host, as an address that any program understands."""
    return hyperlinks.uri(settings.SITE_URL) + hyperlinks.quoted(path)


def activate_language(language: str) -> str:
    """Give the interface a page's language where there is a translation, else the site's."""
    language_code = language if language in dict(settings.LANGUAGES) else settings.SITE_LANGUAGE
    translation.activate(language_code)
    return language_code


class Section(NamedTuple):
    """A category as the menu shows it."""

    slug: str
    name: str


def menu(language: str = "") -> list[Section]:
    """The sections that have public posts, in a language if it is given. One query."""
    language = "" if language == settings.SITE_LANGUAGE else language
    return [Section(*row) for row in _menu(bool(language)).rows(language=language)]


@cache
def _menu(language: bool) -> Prepared:
    def make() -> QuerySet[Any]:
        sections = Category.objects.listed(LANGUAGE if language else "", now=NOW)
        return sections.values_list(*Section._fields)[:MENU]

    return Prepared(make)


def last_change() -> datetime | None:
    """When anything that readers see last changed; None for a site without posts. One query."""
    row = _last_change().first()
    return row[0] if row else None


@cache
def _last_change() -> Prepared:
    return Prepared(lambda: Post.objects.order_by("pk").values_list(site_changed_at(NOW))[:1])


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
    response: Any,
    changed: datetime | None,
    age: int,
    *,
    shown: Shown | None = None,
) -> HttpResponse:
    """The answer with ``ETag`` (of its own content), ``Last-Modified`` and ``Cache-Control``; 304
    where the asker has it. ``shown`` becomes an attribute of it, for the page cache.
    """
    if shown is not None:
        response.shown = shown
    etag = f'"{blake2b(response.content, digest_size=12).hexdigest()}"'
    response.headers["ETag"] = etag
    response.headers["Cache-Control"] = f"public, max-age={age}, stale-while-revalidate={age * 10}"
    seconds = _last_modified(changed)
    if seconds is not None:
        response.headers["Last-Modified"] = http_date(seconds)
    since = parse_http_date_safe(request.headers.get("If-Modified-Since", ""))
    if since != seconds and "If-None-Match" not in request.headers:
        answer: HttpResponse = response  # another version, or a time that is not of our giving
        return answer
    unchanged: Any = get_conditional_response(
        request, etag=etag, last_modified=seconds, response=response
    )
    return unchanged


def _last_modified(changed: datetime | None) -> int | None:
    """The time by which a page is known, in seconds; None while it says too little.

    That is as long as a save of an earlier time may still be on its way to its commit, as another
    change may fall into the same second, and while a clock that ran ahead is being overtaken.
    """
    latest = max(changed or STARTED, STARTED)
    return int(latest.timestamp()) if timezone.now() - latest >= SETTLED else None
