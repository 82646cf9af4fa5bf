"""What every public page has: its language, its menu, its validators for caches."""

from collections.abc import Sequence
from datetime import datetime
from functools import cache, lru_cache
from hashlib import blake2b
from typing import Any, NamedTuple

from django.conf import settings
from django.db.models.expressions import RawSQL
from django.http import HttpRequest, HttpResponse
from django.template.loader import render_to_string
from django.utils import translation
from django.utils.http import http_date
from django.utils.translation import gettext as _
from django.utils.translation import trans_real

from posts.caching import freshness, journal
from posts.caching.keys import MENU as MENU_KEY
from posts.caching.keys import Shown
from posts.caching.menus import Menu
from posts.content import hyperlinks
from posts.models import Post
from posts.models.changes import site_changed_at
from posts.models.prepared import NOW, Prepared
from posts.models.sites import SiteValues, site_column, site_values
from posts.public import heads, languages, structured
from posts.public.heads import Head

LANGUAGE_TAG = "[a-z]{2,3}(?:-[a-z0-9]{2,8})?"  # as addresses begin with it
PAGE_AGE, FEED_AGE = 60, 300  # seconds that a cache may answer without asking


def site_uri(path: str) -> str:
    """A path of this site with scheme and host, as an address that any program understands."""
    return hyperlinks.uri(settings.SITE_URL) + hyperlinks.quoted(path)


def language_prefix(language: str) -> str:
    """The beginning of the addresses of lists in a language; of all languages for an empty one."""
    return f"/{language}/" if language else "/"


def frame_of(language: str) -> str:
    """The language of the lists that a post leads to: all together for one in the site's own."""
    return "" if language == settings.SITE_LANGUAGE else language


def activate_language(language: str) -> str:
    """Give the interface a page's language where there is a translation, else the site's."""
    known = language in settings.PUBLIC_LANGUAGES
    language_code = language if known else settings.SITE_LANGUAGE
    translation.activate(language_code)
    if language_code != settings.SITE_LANGUAGE:
        _fall_back_to_english(language_code)
    return language_code


@cache
def _fall_back_to_english(language: str) -> None:
    """Let texts without a translation be English: Django would take the site's own language."""
    trans_real.translation(language)._fallback = None  # type: ignore[attr-defined]


def menu(language: str = "") -> Menu:
    """The sections that have public posts, in a language if it is given, and all languages. One
    query; none where they are known.
    """
    return journal.shared.menu(language)


class Facts(NamedTuple):
    """What every page has of the site: when anything that readers see last changed (None for a
    site without posts), and the site's own settings.
    """

    changed_at: datetime | None
    site: SiteValues


def site_facts(columns: Sequence[Any] = ()) -> Facts:
    """The facts that :func:`site_columns` brought. One query without them; none where they are
    known.
    """
    if columns:
        return Facts(columns[0], site_values(columns[1]))
    if journal.shared.looks():
        return Facts(journal.shared.last_modified, journal.shared.site())
    row = _facts().first()
    return Facts(row[0], site_values(row[1])) if row else Facts(None, site_values(None))


@cache
def _facts() -> Prepared:
    return Prepared(lambda: Post.objects.order_by("pk").values_list(*site_columns(False))[:1])


def site_columns(known: bool) -> list[RawSQL]:
    """Columns more for the query of a page: those of :func:`site_facts`, unless they are known."""
    return [] if known else [site_changed_at(NOW), site_column()]


def render_page(
    request: HttpRequest,
    template: str,
    context: dict[str, Any],
    *,
    head: Head,
    shown: Shown,
    language: str = "",
    facts: Facts | None = None,
    known: Menu | None = None,
) -> HttpResponse:
    """A whole page, with validators.

    ``head`` is what it says of itself, ``shown`` has the keys of what it shows beside its menu,
    ``facts`` and ``known`` are those of :func:`site_facts` and :func:`menu` where the view has
    them. One query for the menu, one more for the facts; none for what is known.
    """
    interface_language = activate_language(language)
    facts = facts or site_facts()
    frame = frame_of(language) if head.article else language
    prefix = language_prefix(frame)
    known = known or menu(frame)
    switch = languages.switch(head, prefix, language, known.languages)
    context = context | {
        **_of_head(head, facts.site, prefix, interface_language),
        "menu": known.sections,
        "languages": switch,
    }
    response = HttpResponse(render_to_string(template, context))
    shown.add(MENU_KEY)
    return conditional(request, response, facts.changed_at, PAGE_AGE, shown=shown)


def _of_head(head: Head, site: SiteValues, prefix: str, language: str) -> dict[str, Any]:
    """What the head of a page needs."""
    if head.description in ("", head.title):
        head.description = site.description
    origin = hyperlinks.uri(settings.SITE_URL)
    card = origin + heads.card_path(head, site, language)
    return {
        "head": head,
        "card": card,
        "structured": structured.block(head, site, origin, prefix, language, card),
        "site": site,
        "site_url": origin,
        "prefix": prefix,
        "interface_language": language,
    }


def error_page(request: HttpRequest, template: str, status: int) -> HttpResponse:
    """What is answered where no page is, the same at every address.

    It is in the language that the address begins with, and has the sections and the newest posts
    where this process knows them. No query: it also answers what no database should be asked about.
    Rendered once for each language and what is known, since robots ask for much that is not there.
    """
    known, language = _known_menu(_asked_language(request.path))
    interface_language = activate_language(language)
    make = _error_html.__wrapped__ if settings.DEBUG else _error_html
    site = journal.shared.site()
    content = make(template, site, interface_language, language, known, settings.STATIC_URL)
    return HttpResponse(content, status=status)


def _asked_language(path: str) -> str:
    """The language that an address begins with, if the interface speaks it."""
    first = path[1 : path.find("/", 1)] if path.count("/") > 1 else ""
    return first if first in settings.PUBLIC_LANGUAGES else ""


def _known_menu(language: str) -> tuple[Menu, str]:
    """What this process knows of a language's menu, else of that of all; nothing where it does not
    look at the journal. The next look brings what was not known.
    """
    for one in dict.fromkeys((language, "")):
        known = journal.shared.known_menu(one)
        if known is None and journal.shared.looks():
            journal.shared.want_menu(one)
        elif known and (not one or one in known.languages):
            return known, language
    return Menu(), language


@lru_cache(64)
def _error_html(
    template: str,
    site: SiteValues,
    interface_language: str,
    language: str,
    known: Menu,
    static_url: str,
) -> bytes:
    titles = {"404.html": _("Page not found"), "410.html": _("Withdrawn")}
    head, prefix = Head(titles[template], noindex=True), language_prefix(language)
    if language not in known.languages:
        prefix = "/"
    context = {
        "head": head,
        "site": site,
        "prefix": prefix,
        "interface_language": interface_language,
        "menu": known.sections,
        "languages": languages.switch(head, prefix, language, known.languages),
        "newest": known.newest,
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
