"""RSS 2.0, Atom 1.0 and JSON Feed 1.1 for every list.

Every entry has the identifier that its post or story got at first, full text with absolute
addresses, its sources, and its picture with length and type. Characters that XML cannot carry are
dropped one by one, so that one bad character in one post never breaks a feed.
"""

import json
import re
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime
from urllib.parse import urljoin

from django.conf import settings
from django.http import HttpRequest, HttpResponse
from django.utils.feedgenerator import Atom1Feed, Enclosure, Rss201rev2Feed

from posts.content import analysis, hyperlinks, markup
from posts.models import Post, Story
from posts.models.cards import CardLink
from posts.public.listings import Entry, Listing
from posts.public.responses import FEED_AGE, conditional, last_change

SIZE = 20
STORIES_SIZE = 60
TYPES = {
    "rss.xml": "application/rss+xml",
    "atom.xml": "application/atom+xml",
    "feed.json": "application/feed+json",
}
NOT_XML = re.compile("[^\t\n\r\u0020-\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]")
ADDRESSES = ("href", "src", "cite")
SUMMARY_WIDTH = 400  # in halves of a Chinese character


@dataclass
class Item:
    """One entry of a feed; addresses are absolute."""

    title: str
    link: str
    guid: str
    published: datetime
    updated: datetime
    summary: str
    html: str
    language: str
    authors: list[str]
    labels: list[str]
    sources: list[tuple[str, str]]
    picture: tuple[str, int, str] | None = None  # (address, bytes, type)


def feed(request: HttpRequest, listing: Listing, kind: str) -> HttpResponse:
    """A list as a feed.

    ``?items=stories`` gives an entry to each story, ``?content=summary`` no full text. At most
    five queries.
    """
    stories = request.GET.get("items") == "stories" or listing.stories
    summary = request.GET.get("content") == "summary"
    entries, _more = listing.page("", SIZE)
    texts = _texts(entries, stories, summary)
    if stories:
        items = _story_items(entries, texts)[:STORIES_SIZE]
    else:
        items = [_post_item(entry, texts) for entry in entries]
    for item in items:
        item.html = "" if summary else item.html
    address = _feed_address(listing, kind, stories and not listing.stories, summary)
    updated = max((max(item.updated, item.published) for item in items), default=None)
    content = (_json if kind == "feed.json" else _xml)(listing, items, address, kind, updated)
    response = HttpResponse(content, content_type=f"{TYPES[kind]}; charset=utf-8")
    response.headers["Access-Control-Allow-Origin"] = "*"
    return conditional(request, response, last_change(), FEED_AGE)


def _feed_address(listing: Listing, kind: str, stories: bool, summary: bool) -> str:
    parts = ("items=stories" if stories else "", "content=summary" if summary else "")
    query = "&".join(part for part in parts if part)
    path = f"{hyperlinks.quoted(listing.address)}{kind}"
    return f"{settings.SITE_URL}{path}{'?' + query if query else ''}"


def _texts(entries: list[Entry], stories: bool, summary: bool) -> dict:
    """The HTML that lists leave out: of posts by id, of stories by (post, slug).

    One query, none for summaries of posts.
    """
    ids = {entry.post.id for entry in entries}
    if stories:
        found = Story.objects.filter(post_id__in=ids).defer("text")
        return {(story.post_id, story.slug): story for story in found}
    return {} if summary else dict(Post.objects.filter(id__in=ids).values_list("id", "html"))


def _post_item(entry: Entry, texts: dict) -> Item:
    post, labels, card = entry.post, entry.labels, entry.post.card
    link = settings.SITE_URL + hyperlinks.quoted(post.address)
    citations = [one for story in card.stories for one in story.citations]
    image = card.image
    return Item(
        clean(post.title),
        link,
        post.guid,
        post.published_at,
        max(post.modified_at, post.published_at),
        clean(post.excerpt),
        absolute(texts.get(post.id, ""), link),
        post.lang or post.language,
        [clean(author.name) for author in labels.authors],
        [clean(label.name) for label in (*labels.categories, *labels.tags)],
        _once([*citations, *card.sources]),
        (urljoin(settings.SITE_URL, image.url), image.size, image.content_type) if image else None,
    )


def _story_items(entries: list[Entry], texts: dict) -> list[Item]:
    items = []
    for entry in entries:
        cards = [entry.story] if entry.story else entry.post.card.stories
        for card in cards or [None]:
            base = _post_item(entry, {})
            story = texts.get((entry.post.id, card.slug)) if card else None
            if story is not None:
                base.title, base.guid, base.picture = clean(card.heading), story.guid, None
                base.link = f"{base.link}{hyperlinks.quoted(card.slug)}/"
                base.html = absolute(story.html, base.link)
                base.sources = _once(card.citations)
                summary = analysis.shortened(analysis.plain_text(story.html), SUMMARY_WIDTH)
                base.summary = clean(summary)
            items.append(base)
    return items


def _once(citations: Iterable[CardLink]) -> list[tuple[str, str]]:
    """Each address once, in order of first mention, under its first name."""
    found: dict[str, str] = {}
    for link in citations:
        if link.url:
            found.setdefault(link.url, clean(link.text))
    return [(text, url) for url, text in found.items()]


def clean(text: str) -> str:
    """A text without the characters that XML 1.0 cannot carry."""
    return NOT_XML.sub("", text)


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
        return urljoin(base, address)
    except ValueError:
        return base


class _Rss(Rss201rev2Feed):
    """RSS with full text, authors as Dublin Core names and sources as ``via`` links."""

    def rss_attributes(self):
        return super().rss_attributes() | {
            "xmlns:content": "http://purl.org/rss/1.0/modules/content/",
            "xmlns:dc": "http://purl.org/dc/elements/1.1/",
            "xmlns:atom": "http://www.w3.org/2005/Atom",
        }

    def add_item_elements(self, handler, item):
        names, item["author_name"] = item["names"], None
        super().add_item_elements(handler, item)
        for name in names:
            handler.addQuickElement("dc:creator", name)
        for index, (text, url) in enumerate(item["sources"]):
            if index == 0:
                handler.addQuickElement("source", text, {"url": url})
            handler.addQuickElement("atom:link", None, {"rel": "via", "href": url, "title": text})
        if item["html"]:
            handler.addQuickElement("content:encoded", item["html"])


class _Atom(Atom1Feed):
    """Atom with full text, every author and sources as ``via`` links."""

    def add_root_elements(self, handler):
        super().add_root_elements(handler)
        handler.addQuickElement("generator", "Newsroom")
        handler.startElement("author", {})
        handler.addQuickElement("name", settings.SITE_NAME)
        handler.endElement("author")

    def add_item_elements(self, handler, item):
        super().add_item_elements(handler, item)
        for name in item["names"]:
            handler.startElement("author", {})
            handler.addQuickElement("name", name)
            handler.endElement("author")
        for text, url in item["sources"]:
            handler.addQuickElement("link", None, {"rel": "via", "href": url, "title": text})
        if item["html"]:
            handler.addQuickElement(
                "content", item["html"], {"type": "html", "xml:lang": item["language"]}
            )


def _xml(
    listing: Listing, items: list[Item], address: str, kind: str, updated: datetime | None
) -> str:
    generator = (_Rss if kind == "rss.xml" else _Atom)(
        title=clean(_title(listing)),
        link=settings.SITE_URL + hyperlinks.quoted(listing.address),
        description=clean(listing.description or _title(listing)),
        language=listing.language or settings.SITE_LANGUAGE,
        feed_url=address,
        feed_guid=address,
    )
    for item in items:
        generator.add_item(
            title=item.title,
            link=item.link,
            description=item.summary,
            unique_id=item.guid,
            unique_id_is_permalink=False,
            pubdate=item.published,
            updateddate=item.updated,
            categories=item.labels,
            enclosures=[Enclosure(item.picture[0], str(item.picture[1]), item.picture[2])]
            if item.picture
            else [],
            names=item.authors,
            sources=item.sources,
            html=item.html,
            language=item.language,
        )
    generator.latest_post_date = lambda: updated or datetime(2000, 1, 1)
    return generator.writeString("utf-8")


def _title(listing: Listing) -> str:
    return listing.title if listing.kind == "home" else f"{listing.title} · {settings.SITE_NAME}"


def _json(
    listing: Listing, items: list[Item], address: str, kind: str, updated: datetime | None
) -> str:
    return json.dumps(
        {
            "version": "https://jsonfeed.org/version/1.1",
            "title": _title(listing),
            "home_page_url": settings.SITE_URL + hyperlinks.quoted(listing.address),
            "feed_url": address,
            "description": listing.description or _title(listing),
            "language": listing.language or settings.SITE_LANGUAGE,
            "items": [_json_item(item) for item in items],
        },
        ensure_ascii=False,
    )


def _json_item(item: Item) -> dict:
    entry = {
        "id": item.guid,
        "url": item.link,
        "title": item.title,
        "summary": item.summary,
        "date_published": item.published.isoformat(),
        "date_modified": item.updated.isoformat(),
        "language": item.language,
        "authors": [{"name": name} for name in item.authors],
        "tags": item.labels,
        "_newsroom": {"sources": [{"title": text, "url": url} for text, url in item.sources]},
    }
    entry["content_html" if item.html else "content_text"] = item.html or item.summary
    if item.sources:
        entry["external_url"] = item.sources[0][1]
    if item.picture:
        entry["image"] = item.picture[0]
        entry["attachments"] = [
            {"url": item.picture[0], "mime_type": item.picture[2], "size_in_bytes": item.picture[1]}
        ]
    return entry
