"""How a feed is written: RSS 2.0, Atom 1.0 (RFC 4287) and JSON Feed 1.1.

XML is put together from texts: a library's writer takes longer than all else that a feed costs.
Every value goes through :func:`_text` or :func:`_attribute`; all have lost what XML cannot carry.
"""

import json
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from datetime import UTC, datetime
from functools import lru_cache
from html import escape
from typing import Any
from xml.sax.saxutils import quoteattr

from posts.public.distant import KEPT, LONGEST_KEPT, either_way
from posts.public.jinja import static_address

HEAD = '<?xml version="1.0" encoding="utf-8"?>\n'
STYLE = "site/feed.css"  # for people who open a feed in a browser
HISTORY = ' xmlns:fh="http://purl.org/syndication/history/1.0"'
RSS = (
    '<rss version="2.0" xmlns:atom="http://www.w3.org/2005/Atom"'
    ' xmlns:content="http://purl.org/rss/1.0/modules/content/"'
    f' xmlns:dc="http://purl.org/dc/elements/1.1/"{HISTORY}>'
)
HTML = ' type="html"'
NEVER = datetime(2000, 1, 1, tzinfo=UTC)  # a feed without entries is the same at every time
DAYS = "Mon Tue Wed Thu Fri Sat Sun".split()
MONTHS = "Jan Feb Mar Apr May Jun Jul Aug Sep Oct Nov Dec".split()


@dataclass(slots=True)
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


@dataclass(slots=True)
class Channel:
    """What a document of a feed says of itself: ``link`` is its page, ``address`` its own.

    ``identity`` is the address of the newest document, ``site`` the name of the site, ``links``
    are the other documents (relation, address) of RFC 5005, ``hubs`` those of WebSub.
    """

    title: str
    link: str
    address: str
    description: str
    language: str
    site: str
    identity: str = ""
    links: tuple[tuple[str, str], ...] = ()
    is_archive: bool = False
    icon: str = ""
    hubs: tuple[str, ...] = ()


def rss(channel: Channel, items: list[Item]) -> bytes:
    """RSS with full text, authors as Dublin Core names, languages, and sources as ``via`` links."""
    title = _text(either_way(channel.title))
    about = _text(either_way(channel.description)) if channel.description else title
    head = (
        f"{HEAD}{_style()}{RSS}<channel>{_element('title', title)}"
        f"{_element('link', _text(channel.link))}"
        f"{_element('description', about)}{_others('atom:link', channel)}"
        f"{_element('language', _text(channel.language))}"
        f"<lastBuildDate>{_rfc2822(_latest(items))}</lastBuildDate>{_image(channel, title)}"
    )
    return b"".join([head.encode(), *map(_rss_item, items), b"</channel></rss>"])


def _rss_item(item: Item) -> bytes:
    picture = ""
    if item.picture:
        url, size, kind = item.picture
        picture = f'<enclosure length="{size}" type={_attribute(kind)} url={_attribute(url)}/>'
    labels = "".join([_named("category", one) for one in item.labels])
    names = "".join([_named("dc:creator", one) for one in item.authors])
    language = _element("dc:language", _text(item.language)) if item.language else ""
    start = (
        f"<item>{_element('title', _text(either_way(item.title)))}<link>{_text(item.link)}</link>"
        f"{_element('description', _text(as_html(item)))}"
        f"<pubDate>{_rfc2822(item.published)}</pubDate>"
        f'<guid isPermaLink="false">{_text(item.guid)}</guid>{picture}{labels}{names}{language}'
        f"{_via('atom:link', item)}"
    ).encode()
    if not item.html:
        return start + b"</item>"
    return b"%b<content:encoded>%b</content:encoded></item>" % (start, _content(item.html))


def atom(channel: Channel, items: list[Item]) -> bytes:
    """Atom with full text, every author, languages, and sources as ``via`` links."""
    link = _attribute(channel.link)
    icon = _element("icon", _text(channel.icon)) if channel.icon else ""
    about = _element("subtitle", _text(channel.description)) if channel.description else ""
    site = _element("name", _text(channel.site))
    head = (
        f"{HEAD}{_style()}<feed xml:lang={_attribute(channel.language)}"
        f' xmlns="http://www.w3.org/2005/Atom"{HISTORY}>'
        f"{_element('title', _text(channel.title))}"
        f'<link href={link} rel="alternate"/>{_others("link", channel)}'
        f"<id>{_text(channel.identity)}</id><updated>{_latest(items).isoformat()}</updated>{icon}"
        f"{about}<generator>Newsroom</generator><author>{site}</author>"
    )
    return b"".join([head.encode(), *map(_atom_entry, items), b"</feed>"])


def _style() -> str:
    return f'<?xml-stylesheet type="text/css" href={_attribute(static_address(STYLE))}?>\n'


def _others(name: str, channel: Channel) -> str:
    """The feed itself, its other documents, its hubs; and whether this one is an archive."""
    links = [("self", channel.address), *channel.links]
    links += [("hub", hub) for hub in channel.hubs]
    archive = "<fh:archive/>" if channel.is_archive else ""
    return archive + "".join(
        f'<{name} href={_attribute(address)} rel="{relation}"/>' for relation, address in links
    )


def _image(channel: Channel, title: str) -> str:
    """The picture of an RSS feed, which may not be an SVG."""
    if not channel.icon or channel.icon.endswith(".svg"):
        return ""
    url = _element("url", _text(channel.icon))
    return f"<image>{url}{_element('title', title)}<link>{_text(channel.link)}</link></image>"


def _atom_entry(item: Item) -> bytes:
    picture = ""
    if item.picture:
        url, size, kind = item.picture
        picture = (
            f'<link href={_attribute(url)} length="{size}" rel="enclosure"'
            f" type={_attribute(kind)}/>"
        )
    labels = "".join(f"<category term={_attribute(one)}/>" for one in item.labels)
    names = (f"<author>{_element('name', _text(one))}</author>" for one in item.authors)
    start = (
        f"<entry xml:lang={_attribute(item.language)}>{_element('title', _text(item.title))}"
        f'<link href={_attribute(item.link)} rel="alternate"/>'
        f"<published>{item.published.isoformat()}</published>"
        f"<updated>{item.updated.isoformat()}</updated><id>{_text(item.guid)}</id>"
        f"{_element('summary', _text(as_html(item)), HTML)}{picture}{labels}"
        f"{''.join(names)}{_via('link', item)}"
    ).encode()
    if not item.html:
        return start + b"</entry>"
    return b'%b<content type="html">%b</content></entry>' % (start, _content(item.html))


def json_feed(channel: Channel, items: list[Item]) -> bytes:
    """JSON Feed; sources stand in a member of our own."""
    feed: dict[str, Any] = {
        "version": "https://jsonfeed.org/version/1.1",
        "title": channel.title,
        "home_page_url": channel.link,
        "feed_url": channel.address,
        "description": channel.description or channel.title,
        "language": channel.language,
        "authors": [{"name": channel.site, "url": channel.link}],
    }
    further = dict(channel.links)
    if url := further.get("next") or (channel.is_archive and further.get("prev-archive")):
        feed["next_url"] = url
    if channel.icon:
        feed["icon"] = feed["favicon"] = channel.icon
    if channel.hubs:
        feed["hubs"] = [{"type": "WebSub", "url": hub} for hub in channel.hubs]
    feed["items"] = [_json_item(item) for item in items]
    return json.dumps(feed, ensure_ascii=False).encode()


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


def as_html(item: Item) -> str:
    """An entry's summary as HTML that shows it as text."""
    text = _text(item.summary)
    if item.direction == "rtl" and text:
        return f'<p dir="rtl" lang="{escape(item.language)}">{text}</p>'
    return text


def _via(name: str, item: Item) -> str:
    return "".join(
        f'<{name} href={_attribute(url)} rel="via" title={_attribute(text)}/>'
        for text, url in item.sources
    )


def _element(name: str, content: str, attributes: str = "") -> str:
    return f"<{name}{attributes}>{content}</{name}>" if content else f"<{name}{attributes}/>"


@lru_cache(1000)
def _named(element: str, name: str) -> str:
    """Of RSS; posts of a list have the same labels and authors."""
    return _element(element, _text(either_way(name)))


def _content(html: str) -> bytes:
    return (_kept if len(html) <= LONGEST_KEPT else _escaped)(html)


def _escaped(html: str) -> bytes:
    return _text(html).encode()


_kept = lru_cache(KEPT)(_escaped)


def _text(text: str) -> str:
    return text.replace("&", "&amp;").replace("<", "&lt;").replace(">", "&gt;")


def _attribute(text: str) -> str:
    """Quoted; lines and tabs, which an attribute would lose, are written as numbers."""
    plain = text.isprintable() and not ("&" in text or '"' in text or "<" in text or ">" in text)
    return f'"{text}"' if plain else quoteattr(text)


def _latest(items: Iterable[Item]) -> datetime:
    return max((item.updated for item in items), default=NEVER)


def _rfc2822(time: datetime) -> str:
    time = time.astimezone(UTC)
    day, month = DAYS[time.weekday()], MONTHS[time.month - 1]
    clock = f"{time.hour:02}:{time.minute:02}:{time.second:02}"
    return f"{day}, {time.day:02} {month} {time.year:04} {clock} +0000"


WRITERS: dict[str, tuple[str, Callable[[Channel, list[Item]], bytes]]] = {
    # Browsers show application/rss+xml and application/atom+xml as source text, without the style.
    "rss.xml": ("application/xml", rss),
    "atom.xml": ("application/xml", atom),
    "feed.json": ("application/feed+json", json_feed),
}
