"""Sitemaps and the list of all feeds.

The index names one part for each month of posts and one for each kind of archive, so that no part
grows with the site beyond what the protocol allows (50,000 addresses).
"""

from calendar import monthrange
from collections.abc import Iterator
from datetime import date, timedelta
from itertools import islice
from xml.sax.saxutils import escape, quoteattr

from django.conf import settings
from django.http import Http404, HttpRequest, HttpResponse
from django.utils import timezone

from posts.caching import keys
from posts.caching.keys import Shown
from posts.models import Post
from posts.public import months
from posts.public.feeds import clean
from posts.public.listings import KINDS
from posts.public.responses import (
    FEED_AGE,
    activate_language,
    conditional,
    last_change,
    menu,
    site_uri,
)

MOST = 50_000  # addresses of a part, as the protocol has it
NEWS_AGE, NEWS_MOST = timedelta(hours=48), 1000  # as Google News has it
HEAD = '<?xml version="1.0" encoding="UTF-8"?>\n'
SCHEMA = "http://www.sitemaps.org/schemas/sitemap/0.9"
NEWS = "http://www.google.com/schemas/sitemap-news/0.9"


def _answer(
    request: HttpRequest, content: str, shown: Shown, kind: str = "application/xml"
) -> HttpResponse:
    response = HttpResponse(HEAD + content, content_type=f"{kind}; charset=utf-8")
    return conditional(request, response, last_change(), FEED_AGE, shown=shown)


def _absolute(path: str) -> str:
    return escape(site_uri(path))


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
    try:
        first = date.fromisoformat(f"{name}-01")
    except ValueError:
        raise Http404 from None
    last = first.replace(day=monthrange(first.year, first.month)[1])
    rows = (
        Post.objects.published()
        .filter(day__range=(first, last))
        .order_by("-day", "-published_at", "-path")
    )
    shown.add(*keys.span(keys.MAP, first, last, timezone.now()))
    columns = rows.values_list("address", "modified_at", "card", "expires_at")
    for address, modified, card, expires in columns[:MOST]:
        shown.expires(expires)
        when = f"<lastmod>{modified.isoformat(timespec='seconds')}</lastmod>"
        yield f"<url><loc>{_absolute(address or '')}</loc>{when}</url>\n"
        for story in card.stories:
            yield f"<url><loc>{_absolute(f'{address}{story.slug}/')}</loc>{when}</url>\n"


def _archives(kind: str, shown: Shown) -> Iterator[str]:
    shown.add(keys.INDEXES[kind])
    key = "host" if kind == "sources" else "slug"
    for name in KINDS[kind][0].objects.listed().order_by(key).values_list(key, flat=True)[:MOST]:
        yield f"<url><loc>{_absolute(f'/{kind}/{name}/')}</loc></url>\n"


def news(request: HttpRequest) -> HttpResponse:
    """Posts of the last 48 hours, as Google News wants them. Two queries.

    A post that is edited names its day in the sitemap, so that a thousand posts need few keys.
    """
    now = timezone.now()
    since = now - NEWS_AGE
    rows = Post.objects.published().filter(published_at__gte=since)
    newest = list(rows.order_by("-published_at", "-path").for_lists()[:NEWS_MOST])
    shown = Shown(set(keys.span(keys.ALL, since, None, now)))
    for post in newest:
        shown.add(*keys.span(keys.MAP, post.day, post.day, now))
        shown.expires(post.expires_at)
        shown.expires((post.published_at or now) + NEWS_AGE)
    lines = "".join(map(_news_line, newest))
    content = f'<urlset xmlns="{SCHEMA}" xmlns:news="{NEWS}">\n{lines}</urlset>\n'
    return _answer(request, content, shown)


def _news_line(post: Post) -> str:
    language = "zh-cn" if post.language == "zh-hans" else post.language.split("-")[0]
    published = post.published_at.isoformat(timespec="seconds") if post.published_at else ""
    return (
        f"<url><loc>{_absolute(post.get_absolute_url())}</loc><news:news><news:publication>"
        f"<news:name>{escape(clean(settings.SITE_NAME))}</news:name>"
        f"<news:language>{language}</news:language></news:publication>"
        f"<news:publication_date>{published}</news:publication_date>"
        f"<news:title>{escape(clean(post.title))}</news:title></news:news></url>\n"
    )


def opml(request: HttpRequest) -> HttpResponse:
    """The feeds of the site and of its sections, for feed readers. Two queries."""
    activate_language("")
    feeds = [(settings.SITE_NAME, "/")]
    feeds += [(category.name, f"/categories/{category.slug}/") for category in menu()]
    lines = "".join(_outline(clean(name), path) for name, path in feeds)
    title = escape(clean(settings.SITE_NAME))
    body = f"<head><title>{title}</title></head>\n<body>\n{lines}</body>"
    content = f'<opml version="2.0">\n{body}\n</opml>\n'
    return _answer(request, content, Shown({keys.MENU}), "text/x-opml")


def _outline(name: str, path: str) -> str:
    feed, page = quoteattr(site_uri(f"{path}rss.xml")), quoteattr(site_uri(path))
    shown = quoteattr(name)
    return f'<outline type="rss" text={shown} title={shown} xmlUrl={feed} htmlUrl={page}/>\n'
