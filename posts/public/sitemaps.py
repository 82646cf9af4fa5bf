"""Sitemaps.

The index names one part for each month of posts and one for each kind of archive, so that no part
grows with the site beyond what the protocol allows (50,000 addresses).
"""

import json
from calendar import monthrange
from collections.abc import Iterator
from datetime import date, datetime, timedelta
from functools import cache
from itertools import islice
from typing import Any, NamedTuple
from xml.sax.saxutils import escape

from django.db.models import DateField, DateTimeField, QuerySet, TextField
from django.db.models.functions import Cast
from django.http import Http404, HttpRequest, HttpResponse
from django.utils import timezone

from posts.caching import keys
from posts.caching.keys import Shown
from posts.content import hyperlinks
from posts.models import Post
from posts.models.prepared import NOW, Prepared, Slot
from posts.public import months
from posts.public.distant import clean
from posts.public.listings import KINDS
from posts.public.responses import (
    FEED_AGE,
    Facts,
    conditional,
    site_facts,
    site_uri,
)

MOST = 50_000  # addresses of a part, as the protocol has it
NEWS_AGE, NEWS_MOST = timedelta(hours=48), 1000  # as Google News has it
HEAD = '<?xml version="1.0" encoding="UTF-8"?>\n'
SCHEMA = "http://www.sitemaps.org/schemas/sitemap/0.9"
NEWS = "http://www.google.com/schemas/sitemap-news/0.9"


class Newest(NamedTuple):
    """What a sitemap of news names of a post."""

    address: str
    title: str
    language: str
    day: date
    published_at: datetime
    expires_at: datetime | None


def _answer(
    request: HttpRequest,
    content: str,
    shown: Shown,
    kind: str = "application/xml",
    facts: Facts | None = None,
) -> HttpResponse:
    response = HttpResponse(HEAD + content, content_type=f"{kind}; charset=utf-8")
    return conditional(request, response, (facts or site_facts()).changed_at, FEED_AGE, shown=shown)


def _absolute(path: str) -> str:
    return site_uri(path).replace("&", "&amp;")  # the only one of XML that a URI can hold


def index(request: HttpRequest) -> HttpResponse:
    """The parts. Two queries."""
    parts = [f"posts-{month.isoformat()[:7]}" for month in months.months()] + [
        f"archives-{kind}" for kind in KINDS
    ]
    lines = "".join(
        f"<sitemap><loc>{_absolute(f'/sitemap-{part}.xml')}</loc></sitemap>\n" for part in parts
    )
    content = f'<sitemapindex xmlns="{SCHEMA}">\n{lines}</sitemapindex>\n'
    return _answer(request, content, Shown({keys.MONTHS}))


def part(request: HttpRequest, part: str) -> HttpResponse:
    """One part: the posts and stories of a month, or the archives of a kind. Two queries."""
    kind, _sep, name = part.partition("-")
    shown = Shown()
    if kind == "posts":
        lines = list(islice(_month(name, shown), MOST))
    elif kind == "archives" and name in KINDS:
        lines = list(_archives(name, shown))
    else:
        raise Http404
    if kind == "posts" and not lines:
        raise Http404
    return _answer(request, f'<urlset xmlns="{SCHEMA}">\n{"".join(lines)}</urlset>\n', shown)


def _month(name: str, shown: Shown) -> Iterator[str]:
    """A line for each address; a busy month has 50,000, so that each must cost little."""
    try:
        first = date.fromisoformat(f"{name}-01")
    except ValueError:
        raise Http404 from None
    last = first.replace(day=monthrange(first.year, first.month)[1])
    shown.add(*keys.span(keys.MAP, first, last, timezone.now()))
    origin = _absolute("")
    for address, modified, expires, card in _posts().rows(first=first, last=last):
        shown.expires(expires)
        url = f"<url><loc>{origin}{_quoted(address)}"
        end = f"</loc><lastmod>{modified.isoformat(timespec='seconds')}</lastmod></url>\n"
        yield url + end
        for story in json.loads(card)["stories"]:
            yield f"{url}{_quoted(story[0])}/{end}"


@cache
def _posts() -> Prepared:
    """Cards as they are stored: of each only the slugs of its stories are wanted."""

    def make() -> QuerySet[Any]:
        days = (Slot("first", DateField()), Slot("last", DateField()))
        rows = Post.objects.published(now=NOW).filter(day__range=days)
        found: QuerySet[Any] = rows.order_by("-day", "-published_at", "-path").values_list(
            "address", "modified_at", "expires_at", Cast("card", TextField())
        )
        return found[:MOST]

    return Prepared(make)


def _archives(kind: str, shown: Shown) -> Iterator[str]:
    shown.add(keys.INDEXES[kind])
    origin = _absolute(f"/{kind}/")
    for (name,) in _labels(kind).rows():
        yield f"<url><loc>{origin}{_quoted(name)}/</loc></url>\n"


@cache
def _labels(kind: str) -> Prepared:
    def make() -> QuerySet[Any]:
        key = "host" if kind == "sources" else "slug"
        rows = KINDS[kind][0].objects.listed(now=NOW).order_by(key)
        found: QuerySet[Any] = rows.values_list(key)[:MOST]
        return found

    return Prepared(make)


def _quoted(path: str) -> str:
    return hyperlinks.quoted(path).replace("&", "&amp;")


def news(request: HttpRequest) -> HttpResponse:
    """Posts of the last 48 hours, as Google News wants them. Two queries.

    A post that is edited names its day in the sitemap, so that a thousand posts need few keys.
    """
    now = timezone.now()
    since = now - NEWS_AGE
    shown = Shown(set(keys.span(keys.ALL, since, None, now)))
    newest = [Newest(*row) for row in _newest().rows(since=since)]
    for post in newest:
        shown.expires(post.expires_at)
        shown.expires(post.published_at + NEWS_AGE)
    for day in {post.day for post in newest}:
        shown.add(*keys.span(keys.MAP, day, day, now))
    facts = site_facts()
    lines = "".join(_news_line(post, facts.site.name) for post in newest)
    content = f'<urlset xmlns="{SCHEMA}" xmlns:news="{NEWS}">\n{lines}</urlset>\n'
    return _answer(request, content, shown, facts=facts)


@cache
def _newest() -> Prepared:
    def make() -> QuerySet[Any]:
        rows = Post.objects.published(now=NOW)
        newest = rows.filter(published_at__gte=Slot("since", DateTimeField()))
        found: QuerySet[Any] = newest.order_by("-published_at", "-path").values_list(
            *Newest._fields
        )
        return found[:NEWS_MOST]

    return Prepared(make)


def _news_line(post: Newest, name: str) -> str:
    language = "zh-cn" if post.language == "zh-hans" else post.language.split("-")[0]
    published = post.published_at.isoformat(timespec="seconds")
    return (
        f"<url><loc>{_absolute(post.address)}</loc><news:news><news:publication>"
        f"<news:name>{escape(clean(name))}</news:name>"
        f"<news:language>{language}</news:language></news:publication>"
        f"<news:publication_date>{published}</news:publication_date>"
        f"<news:title>{escape(clean(post.title))}</news:title></news:news></url>\n"
    )
