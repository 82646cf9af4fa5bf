"""Sitemaps: the index of their parts (:mod:`posts.public.sitemap_parts`), and that of news."""

from calendar import monthrange
from collections.abc import Iterator
from datetime import date, datetime, timedelta
from functools import cache
from typing import Any, NamedTuple
from xml.sax.saxutils import escape

from django.db import connection
from django.db.models import DateTimeField, QuerySet
from django.http import HttpRequest, HttpResponse
from django.utils import timezone

from posts.caching import keys
from posts.caching.keys import Shown
from posts.models import Post, Tally
from posts.models.prepared import NOW, Prepared, Slot
from posts.public import months, sitemap_parts
from posts.public.distant import clean
from posts.public.listings import KINDS
from posts.public.responses import (
    FEED_AGE,
    Facts,
    conditional,
    menu,
    site_facts,
)
from posts.public.sitemap_parts import MOST, POSTS, absolute

LATELY = 1_000  # posts of which the index knows when they changed
NEWS_AGE, NEWS_MOST = timedelta(hours=48), 1000  # as Google News has it
HEAD = '<?xml version="1.0" encoding="UTF-8"?>\n'
SCHEMA = "http://www.sitemaps.org/schemas/sitemap/0.9"
MORE = (
    ' xmlns:image="http://www.google.com/schemas/sitemap-image/1.1"'
    ' xmlns:xhtml="http://www.w3.org/1999/xhtml"'
)
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


def index(request: HttpRequest) -> HttpResponse:
    """The parts, each with the time of its last change as far as that is known. Five queries, six
    where a month has very many posts.
    """
    shown = Shown({keys.MONTHS, keys.MENU, *keys.span(keys.MAP, None, None, timezone.now())})
    days, changed = months.newest(), _changed()
    cut, many = _large_parts()
    latest = max(changed.values(), default=None)
    stamp = latest.isoformat(timespec="seconds") if latest else ""
    names = [("pages", stamp), ("days", stamp)]
    names += [(name, stamp) for name in cut]
    for language in menu().languages:
        names += [(f"{one}.{language}", stamp) for one in ("days", *cut)]
    for day in days:
        month = day.replace(day=1)
        names += _of_days(month, changed) if month in many else [_of_month(day, changed)]
    lines = "".join(_entry(name, stamp) for name, stamp in names)
    return _answer(request, f'<sitemapindex xmlns="{SCHEMA}">\n{lines}</sitemapindex>\n', shown)


def _entry(name: str, stamp: str) -> str:
    modified = f"<lastmod>{stamp}</lastmod>" if stamp else ""
    return f"<sitemap><loc>{absolute(f'/sitemap-{name}.xml')}</loc>{modified}</sitemap>\n"


def _of_month(newest: date, changed: dict[date, datetime]) -> tuple[str, str]:
    """The part of a month: changed when one of its posts was saved lately, else known to be as old
    as its newest day.
    """
    month = newest.replace(day=1)
    times = [at for day, at in changed.items() if day.replace(day=1) == month]
    stamp = max(times).isoformat(timespec="seconds") if times else newest.isoformat()
    return f"posts-{newest.isoformat()[:7]}", stamp


def _of_days(month: date, changed: dict[date, datetime]) -> Iterator[tuple[str, str]]:
    """The parts of a month of very many posts. One query."""
    last = month.replace(day=monthrange(month.year, month.month)[1])
    rows = Tally.objects.filter(
        kind="day", label=0, language="", month__range=(month, min(last, timezone.localdate()))
    )
    for day, posts in rows.order_by("-month").values_list("month", "posts"):
        stamp = changed[day].isoformat(timespec="seconds") if day in changed else day.isoformat()
        for number in range(1, max(1, -(-posts // POSTS)) + 1):
            yield f"posts-{day.isoformat()}{f'-{number}' if number > 1 else ''}", stamp


def _changed() -> dict[date, datetime]:
    """When the posts of a day last changed, of those that were saved lately. One query."""
    found: dict[date, datetime] = {}
    for day, modified in _saved_lately().rows():
        found[day] = max(found.get(day, modified), modified)
    return found


@cache
def _saved_lately() -> Prepared:
    def make() -> QuerySet[Any]:
        saved = Post.objects.published(now=NOW).order_by("-saved_at")
        found: QuerySet[Any] = saved.values_list("day", "modified_at")[:LATELY]
        return found

    return Prepared(make)


def _large_parts() -> tuple[list[str], set[date]]:
    """(the names of the parts of labels, the months with too many posts for one). One query."""
    quote = connection.ops.quote_name
    tables = {folder: quote(kind[0]._meta.db_table) for folder, kind in KINDS.items()}
    selects = [
        f"SELECT '{name}', MAX(id) FROM {table}"  # noqa: S608 - of constants
        for name, table in tables.items()
    ]
    selects.append(
        f"SELECT CAST(month AS text), posts FROM {quote(Tally._meta.db_table)}"  # noqa: S608
        " WHERE kind = 'month' AND label = 0 AND language = '' AND posts > %s"
    )
    with connection.cursor() as cursor:
        cursor.execute(" UNION ALL ".join(selects), [POSTS])
        rows = cursor.fetchall()
    names: list[str] = []
    many: set[date] = set()
    for name, number in rows:
        if name in tables:
            cuts = range(2, min(99, -(-(number or 1) // MOST)) + 1)
            names += [f"archives-{name}", *(f"archives-{name}-{cut}" for cut in cuts)]
        else:
            many.add(date.fromisoformat(name))
    return names, many


def part(request: HttpRequest, part: str) -> HttpResponse:
    """One part. Four queries at most."""
    shown = Shown()
    lines = sitemap_parts.lines(part, shown)
    content = f'<urlset xmlns="{SCHEMA}"{MORE}>\n{"".join(lines)}</urlset>\n'
    return _answer(request, content, shown)


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
        f"<url><loc>{absolute(post.address)}</loc><news:news><news:publication>"
        f"<news:name>{escape(clean(name))}</news:name>"
        f"<news:language>{language}</news:language></news:publication>"
        f"<news:publication_date>{published}</news:publication_date>"
        f"<news:title>{escape(clean(post.title))}</news:title></news:news></url>\n"
    )
