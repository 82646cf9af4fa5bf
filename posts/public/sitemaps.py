"""Sitemaps and the list of all feeds.

The index names one part for each month of posts and one for each kind of archive, so that no part
grows with the site beyond what the protocol allows (50,000 addresses).
"""

from calendar import monthrange
from datetime import date, timedelta
from xml.sax.saxutils import escape, quoteattr

from django.conf import settings
from django.http import Http404, HttpResponse
from django.utils import timezone

from posts.content import hyperlinks
from posts.models import Post
from posts.public import months
from posts.public.feeds import clean
from posts.public.listings import KINDS
from posts.public.responses import FEED_AGE, activate_language, conditional, last_change, menu

MOST = 40_000
HEAD = '<?xml version="1.0" encoding="UTF-8"?>\n'
SCHEMA = "http://www.sitemaps.org/schemas/sitemap/0.9"
NEWS = "http://www.google.com/schemas/sitemap-news/0.9"


def _answer(request, content: str, kind: str = "application/xml") -> HttpResponse:
    response = HttpResponse(HEAD + content, content_type=f"{kind}; charset=utf-8")
    return conditional(request, response, last_change(), FEED_AGE)


def _absolute(path: str) -> str:
    return escape(settings.SITE_URL + hyperlinks.quoted(path))


def index(request):
    """The parts. Two queries."""
    parts = [f"posts-{month:%Y-%m}" for month in months.months()] + [
        f"archives-{kind}" for kind in KINDS
    ]
    lines = "".join(
        f"<sitemap><loc>{_absolute(f'/sitemap-{part}.xml')}</loc></sitemap>\n" for part in parts
    )
    return _answer(request, f'<sitemapindex xmlns="{SCHEMA}">\n{lines}</sitemapindex>\n')


def part(request, part: str):
    """One part: the posts and stories of a month, or the archives of a kind. Two queries."""
    kind, _sep, name = part.partition("-")
    if kind == "posts":
        lines = _month(name)
    elif kind == "archives" and name in KINDS:
        lines = _archives(name)
    else:
        raise Http404
    return _answer(request, f'<urlset xmlns="{SCHEMA}">\n{"".join(lines)}</urlset>\n')


def _month(name: str):
    try:
        first = date.fromisoformat(f"{name}-01")
    except ValueError:
        raise Http404 from None
    last = first.replace(day=monthrange(first.year, first.month)[1])
    rows = (
        Post.objects.published()
        .filter(day__range=(first, last))
        .order_by("-day", "-published_at", "-id")
    )
    for address, modified, card in rows.values_list("address", "modified_at", "card")[:MOST]:
        when = f"<lastmod>{modified.isoformat(timespec='seconds')}</lastmod>"
        yield f"<url><loc>{_absolute(address)}</loc>{when}</url>\n"
        for story in card.stories:
            yield f"<url><loc>{_absolute(f'{address}{story.slug}/')}</loc>{when}</url>\n"


def _archives(kind: str):
    key = "host" if kind == "sources" else "slug"
    for name in KINDS[kind][0].objects.listed().order_by(key).values_list(key, flat=True)[:MOST]:
        yield f"<url><loc>{_absolute(f'/{kind}/{name}/')}</loc></url>\n"


def news(request):
    """Posts of the last 48 hours, as Google News wants them. Two queries."""
    since = timezone.now() - timedelta(hours=48)
    rows = (
        Post.objects.published()
        .filter(published_at__gte=since)
        .order_by("-published_at", "-id")
        .for_lists()[:1000]
    )
    lines = "".join(
        f"<url><loc>{_absolute(post.address)}</loc><news:news><news:publication><news:name>{escape(settings.SITE_NAME)}</news:name>"
        f"<news:language>{post.language.split('-')[0] if post.language != 'zh-hans' else 'zh-cn'}</news:language></news:publication>"
        f"<news:publication_date>{post.published_at.isoformat(timespec='seconds')}</news:publication_date>"
        f"<news:title>{escape(clean(post.title))}</news:title></news:news></url>\n"
        for post in rows
    )
    return _answer(request, f'<urlset xmlns="{SCHEMA}" xmlns:news="{NEWS}">\n{lines}</urlset>\n')


def opml(request):
    """The feeds of the site and of its sections, for feed readers. Two queries."""
    activate_language("")
    feeds = [(settings.SITE_NAME, "/")] + [
        (category.name, category.get_absolute_url()) for category in menu()
    ]
    lines = "".join(
        f'<outline type="rss" text={quoteattr(clean(name))} title={quoteattr(clean(name))} '
        f"xmlUrl={quoteattr(settings.SITE_URL + path + 'rss.xml')} htmlUrl={quoteattr(settings.SITE_URL + path)}/>\n"
        for name, path in feeds
    )
    title = escape(clean(settings.SITE_NAME))
    return _answer(
        request,
        f'<opml version="2.0">\n<head><title>{title}</title></head>\n<body>\n{lines}</body>\n</opml>\n',
        "text/x-opml",
    )
