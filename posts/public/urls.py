"""Addresses of the public site (``docs/addresses.md``).

Every list also answers as three feeds, and in a language. What is none of these is looked up by
:mod:`posts.public.redirects`.
"""

from typing import Any

from django.urls import URLPattern, path, register_converter
from django.views.decorators.common import no_append_slash

from posts.public import (
    archives,
    formats,
    front,
    indexes,
    listings,
    posters,
    posts,
    redirects,
    sitefiles,
    sitemaps,
    subscribe,
    twins,
    views,
)
from posts.public.heads import CARD, TWIN
from posts.public.responses import LANGUAGE_TAG
from posts.public.searches import suggestions
from posts.public.searches import views as searches


class Digits:
    """A number of a fixed number of ASCII digits."""

    width: int

    def to_python(self, value: str) -> int:
        return int(value)

    def to_url(self, value: Any) -> str:
        return str(int(value)).zfill(self.width)


class Year(Digits):
    """Four digits."""

    regex, width = "[0-9]{4}", 4


class Two(Digits):
    """A month or a day."""

    regex, width = "[0-9]{2}", 2


class Language:
    """A language tag in lower case."""

    regex = LANGUAGE_TAG

    def to_python(self, value: str) -> str:
        return value

    def to_url(self, value: str) -> str:
        return value


register_converter(Year, "year")
register_converter(Two, "two")
register_converter(Language, "language")

LISTS: list[tuple[str, str, dict[str, Any]]] = [
    ("", "home", {"make": listings.home}),
    ("<year:year>/", "year", {"make": listings.days}),
    ("<year:year>/<two:month>/", "month", {"make": listings.days}),
    ("<year:year>/<two:month>/<two:day>/", "day", {"make": listings.days}),
    ("tags/<str:slug>/", "tag", {"make": listings.labelled, "kind": "tag"}),
    ("categories/<str:slug>/", "category", {"make": listings.labelled, "kind": "category"}),
    ("authors/<str:slug>/", "author", {"make": listings.labelled, "kind": "author"}),
    ("sources/<str:host>/", "source", {"make": listings.source}),
]
POST = "<year:year>/<two:month>/<two:day>/<str:slug>/"
PAGES: list[tuple[str, str, Any, dict[str, Any]]] = [
    (POST, "post", posts.post, {}),  # most addresses are of posts: they are tried first
    (f"{POST}<str:story>/", "story", posts.story, {}),
    ("archive/", "archive", archives.archive, {}),
    *((f"{kind}/", kind, indexes.index, {"kind": kind}) for kind in listings.KINDS),
    ("feeds/", "feeds", subscribe.page, {}),
    ("search/", "search", searches.search, {}),
]
BESIDE: list[tuple[str, Any, dict[str, Any]]] = [
    *((f"search/{kind}", searches.feed, {"feed": kind}) for kind in formats.WRITERS),
    ("search/suggest.json", suggestions.suggest, {}),
    ("opensearch.xml", suggestions.opensearch, {}),
]


def _patterns(prefix: str, name: str) -> list[URLPattern]:
    """All lists, their feeds and all pages.

    Django's own way to the slash would ask nobody whether a page is there; ``redirects`` does.
    """
    lists = [
        (route, key, front.front if key == "home" else views.listing, extra)
        for route, key, extra in LISTS
    ]
    pages = [
        path(prefix + route, no_append_slash(view), extra, name=name + key)
        for route, key, view, extra in (*PAGES, *lists)
    ]
    cards = [
        path(f"{prefix}{POST[:-1]}{TWIN}", twins.post),
        path(f"{prefix}{POST}<str:story>{TWIN}", twins.story),
        path(f"{prefix}{POST}{CARD}", posters.of_post),
        path(f"{prefix}{POST}<str:story>/{CARD}", posters.of_story),
        *(path(f"{prefix}{route}{CARD}", posters.of_listing, extra) for route, extra in _labels()),
    ]
    beside = [path(prefix + route, view, extra) for route, view, extra in BESIDE]
    return [*pages, *_feeds(prefix), *cards, *beside]


def _feeds(prefix: str) -> list[URLPattern]:
    return [
        path(prefix + route + kind, views.listing, {**extra, "feed": kind})
        for route, _key, extra in LISTS
        for kind in formats.WRITERS
    ]


def _labels() -> list[tuple[str, dict[str, Any]]]:
    return [(route, extra) for route, key, extra in LISTS if "<str:" in route]


ICONS = {  # which browsers look for without being told
    "favicon.ico": "favicon.ico",
    "apple-touch-icon.png": "apple-touch-icon.png",
    "apple-touch-icon-precomposed.png": "apple-touch-icon.png",
}
FORMER = {  # what Jekyll, WordPress, Ghost and Hugo call their feeds
    "feed.xml": "/rss.xml",
    "feed/": "/rss.xml",
    "rss/": "/rss.xml",
    "index.xml": "/rss.xml",
    "atom/": "/atom.xml",
}

urlpatterns = [
    *_patterns("", ""),
    path("robots.txt", sitefiles.robots, name="robots"),
    path("site.webmanifest", sitefiles.manifest, name="manifest"),
    path("llms.txt", twins.llms, name="llms"),
    *(path(name, sitefiles.icon, {"name": file}) for name, file in ICONS.items()),
    path(CARD, posters.of_site, name="card"),
    path("healthz", views.healthz, name="healthz"),
    path("feeds.opml", subscribe.opml, name="opml"),
    path("sitemap.xml", sitemaps.index, name="sitemap"),
    path("sitemap-news.xml", sitemaps.news, name="sitemap-news"),
    path("sitemap-<str:part>.xml", sitemaps.part, name="sitemap-part"),
    *(path(old, redirects.former, {"to": new}) for old, new in FORMER.items()),
    *_patterns("<language:language>/", "language-"),
]
