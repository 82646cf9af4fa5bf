"""Small files that browsers and robots ask every site for, at addresses that cannot be chosen."""

import json
from typing import Any
from urllib.parse import urljoin

from django.conf import settings
from django.http import HttpRequest, HttpResponse

from posts.caching.keys import Shown
from posts.models.sites import SiteValues
from posts.public import localized, redirects
from posts.public.distant import clean
from posts.public.jinja import static_address
from posts.public.responses import FEED_AGE, activate_language, conditional, site_facts, site_uri

PAPER = "#fdfcf8"  # of the style sheet, by day
# Searches have no end and hold what stands elsewhere; the page that explains them is a page.
SEARCH = ("/search/*?", "/*/search/*?")
ICONS = (("icon-192.png", 192, "any"), ("icon-512.png", 512, "any"),
         ("icon-maskable.png", 512, "maskable"))  # fmt: skip


def robots(request: HttpRequest) -> HttpResponse:
    """Nothing is hidden from robots but the admin, which needs no visit, and what they would search
    for. Editors' own lines stand behind ours. One query; none where the settings are known.
    """
    facts = site_facts()
    own = [clean(line).strip() for line in facts.site.robots.split("\n")]
    lines = [
        "User-agent: *",
        f"Disallow: /{settings.ADMIN_PATH}/",
        *(f"Disallow: {path}" for path in SEARCH),
        *own,
        "",
        f"Sitemap: {site_uri('/sitemap.xml')}",
        f"Sitemap: {site_uri('/sitemap-news.xml')}",
        "",
    ]
    response = HttpResponse("\n".join(lines), content_type="text/plain; charset=utf-8")
    return conditional(request, response, facts.changed_at, FEED_AGE, shown=Shown())


def manifest(request: HttpRequest) -> HttpResponse:
    """What a phone shows of a site that was put on its start page. One query; none where the
    settings are known.
    """
    language, facts = activate_language(""), site_facts()
    site = facts.site
    values: dict[str, Any] = {
        "name": site.name,
        "short_name": site.name[:20],
        "description": site.description,
        "lang": localized.htmllang(language),
        "dir": localized.direction(language),
        "start_url": "/",
        "scope": "/",
        "display": "minimal-ui",
        "background_color": PAPER,
        "theme_color": PAPER,
        "icons": _icons(site),
    }
    response = HttpResponse(
        json.dumps(values, ensure_ascii=False, indent=1),
        content_type="application/manifest+json; charset=utf-8",
    )
    return conditional(request, response, facts.changed_at, FEED_AGE, shown=Shown())


def _icons(site: SiteValues) -> list[dict[str, str]]:
    """The site's logo where it is as wide as high, and the icons that every site has."""
    found = [
        {
            "src": static_address(f"site/{name}"),
            "sizes": f"{size}x{size}",
            "type": "image/png",
            "purpose": purpose,
        }
        for name, size, purpose in ICONS
    ]
    if logo := site.icon:
        src, sizes = urljoin("/", logo.url), f"{logo.width}x{logo.height}"
        found.insert(0, {"src": src, "sizes": sizes, "type": logo.content_type, "purpose": "any"})
    return found


def icon(request: HttpRequest, name: str) -> HttpResponse:
    """From where browsers look without being told to the file that has a name of its own."""
    return redirects.former(request, static_address(f"site/{name}"))
