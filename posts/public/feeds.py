"""RSS 2.0, Atom 1.0 and JSON Feed 1.1 for every list.

Every entry has the identifier that its post or story got at first, full text with absolute
addresses, its sources as ``via`` links, and its picture with length and type. Characters that XML
cannot carry are dropped one by one, so that one bad character in one post never breaks a feed.

What a document calls its title, excerpt or labels is text, never markup: where a format takes HTML
it is escaped as HTML first, and as XML or JSON by whatever writes that.
"""

import json
import re
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import UTC, datetime
from html import escape, unescape
from typing import Any
from urllib.parse import urljoin

from django.conf import settings
from django.http import HttpRequest, HttpResponse
from django.utils.feedgenerator import Atom1Feed, Enclosure, Rss201rev2Feed, SyndicationFeed
from django.utils.html import format_html
from django.utils.safestring import mark_safe

from posts.caching.keys import Shown
from posts.content import analysis, hyperlinks, markup
from posts.models import Post, Story
from posts.models.cards import CardLink, CardStory
from posts.public.listings import Entry, Listing
from posts.public.responses import FEED_AGE, conditional, last_change, site_uri

STORIES_SIZE = 60
TYPES = {
    "rss.xml": "application/rss+xml",
    "atom.xml": "application/atom+xml",
    "feed.json": "application/feed+json",
}
NOT_XML = re.compile("[^\t\n\r\u0020-\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]")
SUMMARY_WIDTH = 400  # of a story, in halves of a Chinese character
ADDRESSES = ("href", "src", "cite")
MARKUP = re.compile(r"<[a-z/!?]", re.IGNORECASE)


@dataclass
class Item:
    """One entry of a feed; addresses are absolute, ``html`` is HTML, all else plain text.

    ``external`` is the one page that the entry is about, where it is about one.
    """

    title: str
    link: str
    guid: str
    published: datetime
    updated: datetime
    summary: str
    html: str
    language: str
    direction: str
    authors: list[str]
    labels: list[str]
    sources: list[tuple[str, str]]
    external: str = ""
    picture: tuple[str, int, str] | None = None  # (address, bytes, type)


def feed(
    request: HttpRequest, listing: Listing, entries: list[Entry], kind: str, shown: Shown
) -> HttpResponse:
    """The first entries of a list as a feed.

    ``?items=stories`` gives an entry to each story, ``?content=summary`` no full text. Two queries
    more than the entries took, a third where the list does not know the last change.
    """
    split = request.GET.get("items") == "stories" and not listing.stories
    summary = request.GET.get("content") == "summary"
    parts = _parts(entries, split)
    items = _items(parts, _posts_html(parts, summary), _stories(parts, summary))
    address = _feed_address(listing, kind, split, summary)
    content = (_json if kind == "feed.json" else _xml)(listing, items, address, kind)
    response = HttpResponse(content, content_type=f"{TYPES[kind]}; charset=utf-8")
    response.headers["Access-Control-Allow-Origin"] = "*"
    shown.posts((entry.post for entry in entries), whole=True)
    changed = listing.changed[0] if listing.changed else last_change()
    return conditional(request, response, changed, FEED_AGE, shown=shown)


def _feed_address(listing: Listing, kind: str, split: bool, summary: bool) -> str:
    parts = ("items=stories" if split else "", "content=summary" if summary else "")
    query = "&".join(part for part in parts if part)
    return f"{site_uri(listing.address + kind)}{'?' + query if query else ''}"


def _parts(entries: list[Entry], split: bool) -> list[tuple[Entry, CardStory | None]]:
    """What gets an entry: a post (None) or a story; ``split`` cuts posts into their stories."""
    parts: list[tuple[Entry, CardStory | None]] = []
    for entry in entries:
        if split and entry.post.card.stories:
            parts += [(entry, story) for story in entry.post.card.stories]
        else:
            parts.append((entry, entry.story))
    return parts[:STORIES_SIZE]


def _posts_html(parts: list[tuple[Entry, CardStory | None]], summary: bool) -> dict[int, str]:
    """The HTML of whole posts, which lists leave out. One query, none for summaries."""
    ids = {entry.post.pk for entry, story in parts if story is None}
    if summary or not ids:
        return {}
    return dict(Post.objects.filter(pk__in=ids).values_list("pk", "html"))


def _stories(
    parts: list[tuple[Entry, CardStory | None]], summary: bool
) -> dict[tuple[int, str], Story]:
    """The rows of stories by post and slug. One query, none without stories."""
    ids = {entry.post.pk for entry, story in parts if story is not None}
    if not ids:
        return {}
    rows = Story.objects.filter(post_id__in=ids)
    rows = rows.defer("html") if summary else rows
    return {(row.post_id, row.slug): row for row in rows}


def _items(
    parts: list[tuple[Entry, CardStory | None]],
    html: dict[int, str],
    stories: dict[tuple[int, str], Story],
) -> list[Item]:
    items = []
    for entry, card in parts:
        row = stories.get((entry.post.pk, card.slug)) if card else None
        items.append(_story_item(entry, card, row) if card and row else _post_item(entry, html))
    return items


def _post_item(entry: Entry, html: dict[int, str]) -> Item:
    card = entry.post.card
    citations = [one for story in card.stories for one in story.citations]
    item = _item(entry, entry.post.get_absolute_url(), html.get(entry.post.pk, ""))
    item.sources = _once([*citations, *card.sources])
    item.external = "" if card.stories else _only(item.sources)
    if image := card.image:
        address = urljoin(site_uri("/"), image.url)
        item.picture = (hyperlinks.uri(address), image.size, image.content_type)
    return item


def _story_item(entry: Entry, card: CardStory, row: Story) -> Item:
    html = "" if "html" in row.get_deferred_fields() else row.html
    item = _item(entry, f"{entry.post.get_absolute_url()}{card.slug}/", html)
    item.title, item.guid = clean(card.heading), row.guid
    item.summary = clean(analysis.shortened(row.text, SUMMARY_WIDTH))
    item.sources = _once(card.citations)
    item.external = _only(item.sources)
    return item


def _item(entry: Entry, path: str, html: str) -> Item:
    """What an entry has of its post."""
    post, labels, link = entry.post, entry.labels, site_uri(path)
    published = post.published_at or post.modified_at
    direction, language = post.direction, post.lang
    if html and direction == "rtl":
        body = mark_safe(html)  # noqa: S308 - sanitised when it was rendered
        html = format_html('<div dir="rtl" lang="{}">{}</div>', language, body)
    return Item(
        title=clean(post.title),
        link=link,
        guid=post.guid,
        published=published,
        updated=max(post.modified_at, published),
        summary=clean(post.excerpt),
        html=absolute(html, link) if html else "",
        language=language,
        direction=direction,
        authors=[clean(author.name) for author in labels.authors],
        labels=[clean(label.name) for label in (*labels.categories, *labels.tags)],
        sources=[],
    )


def _once(citations: Iterable[CardLink]) -> list[tuple[str, str]]:
    """Each address once, as a URI, in order of first mention, under its first name."""
    found: dict[str, str] = {}
    for link in citations:
        if link.url:
            found.setdefault(hyperlinks.uri(link.url), clean(link.text))
    return [(text, url) for url, text in found.items()]


def _only(sources: list[tuple[str, str]]) -> str:
    """The address that is the only one; an entry that cites several is about none of them."""
    return sources[0][1] if len(sources) == 1 else ""


def clean(text: str) -> str:
    """A text without the characters that XML 1.0 cannot carry."""
    return NOT_XML.sub("", text)


def as_html(item: Item) -> str:
    """An entry's summary as HTML that shows it as text."""
    text = escape(item.summary, quote=False)
    if item.direction == "rtl" and text:
        return f'<p dir="rtl" lang="{escape(item.language)}">{text}</p>'
    return text


def either_way(text: str) -> str:
    """Plain text for elements that some readers take for HTML: escaped only where that would show
    something else. ``AT&T`` and ``a < b`` are right for both kinds of readers as they are.
    """
    if MARKUP.search(text) or unescape(text) != text:
        return escape(text, quote=False)
    return text


def absolute(html: str, base: str) -> str:
    """HTML for readers far from the site: every address absolute, no ids, no marks of our own."""
    tags = markup.without_permalinks(markup.tags(clean(html)))
    return "".join(_far_away(tag, base) + tag.text for tag in tags)


def _far_away(tag: markup.Tag, base: str) -> str:
    if "=" not in tag.source:
        return f"<{tag.source}>" if tag.source else ""
    attributes = tag.attributes
    attributes.pop("id", None)
    for name in ADDRESSES:
        if name in attributes:
            attributes[name] = _joined(base, attributes[name])
    if "srcset" in attributes:
        sources = (source.strip().split(" ", 1) for source in attributes["srcset"].split(", "))
        attributes["srcset"] = ", ".join(
            " ".join([_joined(base, address), *width]) for address, *width in sources
        )
    return markup.start_tag(tag.name, attributes)


def _joined(base: str, address: str) -> str:
    try:
        return hyperlinks.uri(urljoin(base, address))
    except ValueError:
        return base


class _Steady(SyndicationFeed):
    """A feed without entries is the same at every time."""

    def latest_post_date(self) -> datetime:
        latest: datetime = super().latest_post_date()
        return latest if self.items else datetime(2000, 1, 1, tzinfo=UTC)


class _Rss(_Steady, Rss201rev2Feed):
    """RSS with full text, authors as Dublin Core names, languages, and sources as ``via`` links."""

    def rss_attributes(self) -> dict[str, str]:
        return super().rss_attributes() | {
            "xmlns:content": "http://purl.org/rss/1.0/modules/content/",
            "xmlns:dc": "http://purl.org/dc/elements/1.1/",
            "xmlns:atom": "http://www.w3.org/2005/Atom",
        }

    def add_item_elements(self, handler: Any, item: dict[str, Any]) -> None:
        names, item["author_name"] = item["names"], None
        super().add_item_elements(handler, item)
        for name in names:
            handler.addQuickElement("dc:creator", name)
        if item["language"]:
            handler.addQuickElement("dc:language", item["language"])
        for text, url in item["sources"]:
            handler.addQuickElement("atom:link", None, {"rel": "via", "href": url, "title": text})
        if item["html"]:
            handler.addQuickElement("content:encoded", item["html"])


class _Atom(_Steady, Atom1Feed):
    """Atom with full text, every author, languages, and sources as ``via`` links."""

    def add_root_elements(self, handler: Any) -> None:
        super().add_root_elements(handler)
        handler.addQuickElement("generator", "Newsroom")
        handler.startElement("author", {})
        handler.addQuickElement("name", clean(settings.SITE_NAME))
        handler.endElement("author")

    def item_attributes(self, item: dict[str, Any]) -> dict[str, str]:
        return {"xml:lang": item["language"]}  # empty where it is not known

    def add_item_elements(self, handler: Any, item: dict[str, Any]) -> None:
        super().add_item_elements(handler, item)
        for name in item["names"]:
            handler.startElement("author", {})
            handler.addQuickElement("name", name)
            handler.endElement("author")
        for text, url in item["sources"]:
            handler.addQuickElement("link", None, {"rel": "via", "href": url, "title": text})
        if item["html"]:
            handler.addQuickElement("content", item["html"], {"type": "html"})


def _xml(listing: Listing, items: list[Item], address: str, kind: str) -> str:
    rss = kind == "rss.xml"
    generator = (_Rss if rss else _Atom)(
        title=_text(_title(listing), rss),
        link=site_uri(listing.address),
        description=_text(listing.description or _title(listing), rss),
        subtitle=clean(listing.description) or None,
        language=listing.language or settings.SITE_LANGUAGE,
        feed_url=address,
        feed_guid=address,
    )
    for item in items:
        picture = item.picture
        generator.add_item(
            title=_text(item.title, rss),
            link=item.link,
            description=as_html(item),
            unique_id=item.guid,
            unique_id_is_permalink=False,
            pubdate=item.published,
            updateddate=item.updated,
            categories=[_text(label, rss) for label in item.labels],
            enclosures=[Enclosure(picture[0], str(picture[1]), picture[2])] if picture else [],
            names=[_text(name, rss) for name in item.authors],
            sources=item.sources,
            html=item.html,
            language=item.language,
        )
    content: str = generator.writeString("utf-8")
    return content


def _text(text: str, rss: bool) -> str:
    """Atom says that a title is text; RSS leaves it to the reader."""
    return either_way(clean(text)) if rss else clean(text)


def _title(listing: Listing) -> str:
    return listing.title if listing.kind == "home" else f"{listing.title} · {settings.SITE_NAME}"


def _json(listing: Listing, items: list[Item], address: str, kind: str) -> str:
    return json.dumps(
        {
            "version": "https://jsonfeed.org/version/1.1",
            "title": clean(_title(listing)),
            "home_page_url": site_uri(listing.address),
            "feed_url": address,
            "description": clean(listing.description or _title(listing)),
            "language": listing.language or settings.SITE_LANGUAGE,
            "items": [_json_item(item) for item in items],
        },
        ensure_ascii=False,
    )


def _json_item(item: Item) -> dict[str, Any]:
    entry: dict[str, Any] = {
        "id": item.guid,
        "url": item.link,
        "title": item.title,
        "summary": item.summary,
        "date_published": item.published.isoformat(),
        "date_modified": item.updated.isoformat(),
        "authors": [{"name": name} for name in item.authors],
        "tags": item.labels,
        "_newsroom": {"sources": [{"title": text, "url": url} for text, url in item.sources]},
    }
    entry["content_html" if item.html else "content_text"] = item.html or item.summary
    if item.language:
        entry["language"] = item.language
    if item.external:
        entry["external_url"] = item.external
    if item.picture:
        url, size, kind = item.picture
        entry["image"] = url
        entry["attachments"] = [{"url": url, "mime_type": kind, "size_in_bytes": size}]
    return entry
