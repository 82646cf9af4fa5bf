"""RSS 2.0, Atom 1.0 and JSON Feed 1.1 for every list: what stands in them.

Every entry has the identifier that its post or story got at first, full text with absolute
addresses, its sources as ``via`` links, and its picture with length and type. Characters that XML
cannot carry are dropped one by one, so that one bad character in one post never breaks a feed.

What a document calls its title, excerpt or labels is text, never markup: where a format takes HTML
it is escaped as HTML first, and as XML or JSON by whatever writes that.
"""

from collections.abc import Iterable
from typing import Any, NamedTuple
from urllib.parse import urljoin

from django.conf import settings
from django.db import connection
from django.db.models import Model
from django.http import HttpRequest, HttpResponse
from django.utils.html import escape

from posts.caching.keys import Shown
from posts.content import analysis, hyperlinks
from posts.models import Post, Story
from posts.models.cards import CardLink, CardStory
from posts.models.sites import SiteValues
from posts.public.distant import absolute, clean
from posts.public.formats import WRITERS, Channel, Item
from posts.public.history import Document, chosen
from posts.public.jinja import static_address
from posts.public.listings import Entry, Listing
from posts.public.responses import FEED_AGE, conditional, site_facts, site_uri

STORIES_SIZE = 60
ICON = "site/icon-512.png"
SUMMARY_WIDTH = 400  # of a story, in halves of a Chinese character
# Characters: of one entry's HTML, of that of all, of a story's text that a summary is made of.
LONGEST, MOST, BEGINNING = 200_000, 2_000_000, 10_000


class StoryText(NamedTuple):
    """What a feed shows of a story beside its card."""

    post_id: int
    slug: str
    guid: str
    text: str
    html: str = ""


Part = tuple[Entry, CardStory | None]  # what gets an entry: a post (None) or a story


def feed(
    request: HttpRequest, listing: Listing, document: Document, kind: str, shown: Shown
) -> HttpResponse:
    """Entries of a list as a document of its feed.

    ``?items=stories`` gives an entry to each story, ``?content=summary`` no full text. Two queries
    more than the entries took, a third where the list does not know the last change.

    What is longer than :data:`LONGEST` has no full text, nor has what comes when the feed has
    :data:`MOST`: readers find it at the entry's address.
    """
    cut = chosen(request.GET)
    split, summary = "items" in cut and not listing.stories, "content" in cut
    media_type, write = WRITERS[kind]
    facts = listing.facts or site_facts()
    site = facts.site
    title = f"{listing.title} · {site.name}" if listing.title else site.name
    own = site_uri(listing.address + kind)
    channel = Channel(
        title=clean(title),
        link=_with(site_uri(listing.address), listing.query),
        address=_with(own, document.query),
        description=clean(listing.description or (title if listing.title else site.description)),
        language=listing.language or settings.SITE_LANGUAGE,
        site=clean(site.name),
        identity=_with(own, document.identity),
        links=tuple((relation, _with(own, query)) for relation, query in document.links),
        is_archive=document.is_archive,
        icon=_icon(site),
        hubs=site.hubs,
    )
    items = _items(_parts(document.entries, split), summary)
    for item in items:
        item.authors = item.authors or [channel.site]
    response = HttpResponse(write(channel, items), content_type=f"{media_type}; charset=utf-8")
    response.headers["Access-Control-Allow-Origin"] = "*"
    if channel.hubs:
        response.headers["Link"] = _links_header(channel)
    shown.posts((entry.post for entry in document.entries), whole=True)
    return conditional(request, response, facts.changed_at, FEED_AGE, shown=shown)


def _with(address: str, query: str) -> str:
    return f"{address}?{query}" if query else address


def _links_header(channel: Channel) -> str:
    """What a WebSub subscriber looks for first (W3C WebSub, 4)."""
    hubs = [f'<{hub}>; rel="hub"' for hub in channel.hubs]
    return ", ".join([*hubs, f'<{channel.address}>; rel="self"'])


def _icon(site: SiteValues) -> str:
    """The site's own picture as an absolute address: its logo, else the icon that we draw."""
    return urljoin(f"{site_uri('')}/", site.logo.url if site.logo else static_address(ICON))


def _parts(entries: list[Entry], split: bool) -> list[Part]:
    """``split`` cuts posts into their stories."""
    parts: list[Part] = []
    for entry in entries:
        if split and entry.post.card.stories:
            parts += [(entry, story) for story in entry.post.card.stories]
        else:
            parts.append((entry, entry.story))
    return parts[:STORIES_SIZE]


def _items(parts: list[Part], summary: bool) -> list[Item]:
    posts = {} if summary else _posts_html([entry.post.pk for entry, story in parts if not story])
    stories = _stories([entry.post.pk for entry, story in parts if story], summary)
    origin, left, items = site_uri(""), MOST, []
    for entry, card in parts:
        row = stories.get((entry.post.pk, card.slug)) if card else None
        html = row.html if row else posts.get(entry.post.pk, "")
        if len(html) > min(LONGEST, left):
            html = ""
        left -= len(html)
        if card and row:
            items.append(_story_item(entry, card, row, origin, html))
        else:
            items.append(_post_item(entry, origin, html))
    return items


def _posts_html(ids: Iterable[int]) -> dict[int, str]:
    """The HTML of whole posts, which lists leave out. One query, none without posts."""
    return dict(_beginnings(Post, "id", ids, html=LONGEST))


def _stories(ids: Iterable[int], summary: bool) -> dict[tuple[int, str], StoryText]:
    """The texts of stories by post and slug. One query, none without stories."""
    texts = {"text": BEGINNING} if summary else {"text": BEGINNING, "html": LONGEST}
    found = _beginnings(Story, "post_id", ids, "slug", "guid", **texts)
    return {(row[0], row[1]): StoryText(*row) for row in found}


def _beginnings(
    model: type[Model], key: str, ids: Iterable[int], *columns: str, **texts: int
) -> Iterable[Any]:
    """Rows by some ids: the key, some columns, and of some texts one character more than is wanted.

    Written out: the ORM puts this together for longer than a database takes to answer it.
    """
    once = list(dict.fromkeys(ids))
    if not once:
        return []
    quote = connection.ops.quote_name
    wanted = [quote(column) for column in (key, *columns)]
    wanted += [f"substr({quote(column)}, 1, {size + 1})" for column, size in texts.items()]
    sql = (
        f"SELECT {', '.join(wanted)} FROM {quote(model._meta.db_table)}"  # noqa: S608 - of constants
        f" WHERE {quote(key)} IN ({', '.join(['%s'] * len(once))})"
    )
    with connection.cursor() as cursor:
        cursor.execute(sql, once)
        return cursor.fetchall()


def _post_item(entry: Entry, origin: str, html: str) -> Item:
    card = entry.post.card
    citations = [one for story in card.stories for one in story.citations]
    item = _item(entry, origin + hyperlinks.quoted(entry.post.address), html)
    item.sources = _once([*citations, *card.sources])
    item.external = "" if card.stories else _only(item.sources)
    if image := card.image:
        address = urljoin(f"{origin}/", image.url)
        item.picture = (hyperlinks.uri(address), image.size, image.content_type)
    return item


def _story_item(entry: Entry, card: CardStory, row: StoryText, origin: str, html: str) -> Item:
    path = hyperlinks.quoted(f"{entry.post.address}{card.slug}/")
    item = _item(entry, origin + path, html)
    item.title, item.guid = clean(card.heading), row.guid
    item.summary = clean(analysis.shortened(row.text, SUMMARY_WIDTH))
    item.sources = _once(card.citations)
    item.external = _only(item.sources)
    return item


def _item(entry: Entry, link: str, html: str) -> Item:
    """What an entry has of its post."""
    post, labels = entry.post, entry.labels
    direction, language = post.direction, post.lang
    html = absolute(html, link) if html else ""
    if html and direction == "rtl":
        html = f'<div dir="rtl" lang="{escape(language)}">{html}</div>'
    return Item(
        title=clean(post.title),
        link=link,
        guid=post.guid,
        published=post.published_at,
        updated=max(post.modified_at, post.published_at),
        summary=clean(post.excerpt),
        html=html,
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
