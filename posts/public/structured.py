"""A page's head in schema.org's words, as JSON-LD: one block with all that the page is.

A block of data: no browser runs it, and the policy allows no script in a page. What it says is on
the page. Each list in it is bounded, since it travels with every page.
"""

import json
from collections.abc import Iterable
from functools import lru_cache
from typing import Any
from urllib.parse import urljoin

from django.templatetags.static import static
from django.utils import timezone
from markupsafe import Markup

from posts.content import hyperlinks
from posts.models.cards import CardLink
from posts.models.labels import LabelName
from posts.models.sites import SiteValues
from posts.public.heads import Article, Head, Link
from posts.public.localized import htmllang

HEADLINE = 110  # characters, as Google has it
MOST_ITEMS, MOST_SOURCES, MOST_PARTS = 50, 50, 50
ICON = "site/icon-512.png"
# In this form a text ends no element and is no markup to any parser.
ESCAPES = [(char, f"\\u{ord(char):04x}") for char in "<>&\u2028\u2029"]
ENCODER = json.JSONEncoder(ensure_ascii=False, separators=(",", ":"), check_circular=False)
quoted = lru_cache(5000)(hyperlinks.quoted)

Node = dict[str, Any]


def block(
    head: Head, site: SiteValues, origin: str, prefix: str, language: str, card: str
) -> Markup:
    """What stands in the ``<script>`` of a page in an interface's language; empty for an error.

    ``card`` is the address of the picture with which it is shared.
    """
    if not head.address:
        return Markup()
    url = f"{origin}{quoted(head.address)}{head.query}"
    if head.article:
        nodes = [_article(head, head.article, url, site, origin, prefix, card)]
    else:
        nodes = _page(head, url, site, origin, language)
    if crumbs := head.crumbs or ([Link(head.title, head.address)] if head.title else []):
        nodes.append(_crumbs([Link(site.name, prefix), *crumbs], origin))
    text = ENCODER.encode({"@context": "https://schema.org", "@graph": nodes})
    for char, escaped in ESCAPES:
        text = text.replace(char, escaped)
    return Markup(text)  # noqa: S704 - no markup is left in it


def _article(
    head: Head, article: Article, url: str, site: SiteValues, origin: str, prefix: str, card: str
) -> Node:
    labels = article.labels
    sources = _once(article.sources)
    node: Node = {
        "@type": "NewsArticle",
        "url": url,
        "mainEntityOfPage": url,
        "headline": headline(head.title),
        "description": head.description,
        "inLanguage": htmllang(article.language),
        "datePublished": timezone.localtime(article.published).isoformat(),
        "dateModified": timezone.localtime(article.modified).isoformat(),
        "isAccessibleForFree": True,
        "author": [_author(one, site, origin, prefix) for one in labels.authors]
        or [publisher(site, origin)],
        "publisher": publisher(site, origin),
        "articleSection": [one.name for one in labels.categories],
        "keywords": [one.name for one in labels.tags],
        "wordCount": article.words,
        "isPartOf": article.part_of and _part(article.part_of, origin),
        "hasPart": [_part(one, origin) for one in article.parts[:MOST_PARTS]],
        "isBasedOn": list(sources),
        "citation": [
            {"@type": "CreativeWork", "name": text or url, "url": url}
            for url, text in sources.items()
        ],
    }
    node["image"] = [card]
    if picture := article.picture:
        node["image"].append(hyperlinks.uri(urljoin(f"{origin}/", picture.url)))
    return {name: value for name, value in node.items() if value}


def headline(title: str) -> str:
    """A title as long as a headline may be."""
    return title if len(title) <= HEADLINE else f"{title[: HEADLINE - 1]}…"


def _part(link: Link, origin: str) -> Node:
    url = origin + quoted(link.address)
    return {"@type": "NewsArticle", "headline": headline(link.name), "url": url}


def _once(citations: Iterable[CardLink]) -> dict[str, str]:
    """Each address once as a URI, under its first name."""
    found: dict[str, str] = {}
    for link in citations:
        if link.url and len(found) < MOST_SOURCES:
            found.setdefault(hyperlinks.uri(link.url), link.text)
    return found


@lru_cache(1000)
def _author(author: LabelName, site: SiteValues, origin: str, prefix: str) -> Node:
    """A person, unless the site signs itself."""
    kind = "Organization" if author.name == site.name else "Person"
    address = f"{prefix}authors/{author.slug}/"
    return {"@type": kind, "name": author.name, "url": origin + quoted(address)}


@lru_cache(16)
def publisher(site: SiteValues, origin: str) -> Node:
    """The site as a publisher, with its logo or else the icon that every site has."""
    logo: Node = {"@type": "ImageObject", "url": f"{origin}{static(ICON)}"}
    size = (512, 512)
    if site.logo:
        logo["url"] = hyperlinks.uri(urljoin(f"{origin}/", site.logo.url))
        size = (site.logo.width, site.logo.height)
    logo |= {"width": size[0], "height": size[1]}
    return {"@type": "Organization", "name": site.name, "url": f"{origin}/", "logo": logo}


def _page(head: Head, url: str, site: SiteValues, origin: str, language: str) -> list[Node]:
    """A list or another page; the site itself where this is its front page."""
    node: Node = {
        "@type": "CollectionPage" if head.items else "WebPage",
        "url": url,
        "name": head.title or site.name,
        "description": head.description,
        "inLanguage": htmllang(language),
    }
    if head.kind == "profile":
        node["@type"] = "ProfilePage"
        about = {"@type": "Person", "name": head.title, "url": url}
        node["mainEntity"] = about | ({"description": head.about} if head.about else {})
    nodes = [{name: value for name, value in node.items() if value}]
    if head.items:
        nodes.append(_list(head.items, url, origin))
    if not head.title:
        nodes.append(_site(url, site, origin, language))
    return nodes


def _list(items: list[Link], url: str, origin: str) -> Node:
    rows = [
        {
            "@type": "ListItem",
            "position": position,
            "name": item.name,
            "url": origin + quoted(item.address),
        }
        for position, item in enumerate(items[:MOST_ITEMS], 1)
    ]
    return {"@type": "ItemList", "url": url, "itemListElement": rows}


def _site(url: str, site: SiteValues, origin: str, language: str) -> Node:
    node = {
        "@type": "WebSite",
        "url": url,
        "name": site.name,
        "description": site.description,
        "inLanguage": htmllang(language),
        "publisher": publisher(site, origin),
        "potentialAction": {
            "@type": "SearchAction",
            "target": {"@type": "EntryPoint", "urlTemplate": f"{url}search/?q={{search_term}}"},
            "query-input": "required name=search_term",
        },
    }
    return {name: value for name, value in node.items() if value}


def _crumbs(path: list[Link], origin: str) -> Node:
    rows = [
        {
            "@type": "ListItem",
            "position": position,
            "name": link.name,
            "item": origin + quoted(link.address),
        }
        for position, link in enumerate(path, 1)
    ]
    return {"@type": "BreadcrumbList", "itemListElement": rows}
