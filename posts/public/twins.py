"""Posts and stories as Markdown, at their addresses without the slash and with ``.md``; and
``llms.txt``, which names the newest of them (https://llmstxt.org).

A twin says what its page says and nothing more: it is made of the page's text, not of the document,
whose front matter and comments may be an editor's own.
"""

import json
from functools import cache
from typing import Any

from django.db.models import CharField, QuerySet
from django.http import HttpRequest, HttpResponse
from django.utils import timezone
from django.utils.translation import gettext as _

from posts.caching import journal, keys
from posts.caching.keys import Shown
from posts.content.htmlmarkdown import html_to_markdown
from posts.models import Post, Story
from posts.models.cards import CardLink
from posts.models.labels import CardLabels, LabelName
from posts.models.prepared import NOW, Prepared, Slot
from posts.public import listings, presence
from posts.public.distant import absolute
from posts.public.heads import TWIN
from posts.public.localized import htmllang
from posts.public.responses import (
    FEED_AGE,
    Facts,
    activate_language,
    conditional,
    menu,
    site_columns,
    site_facts,
    site_uri,
)
from posts.public.rows import COLUMNS, THROUGH, WIDTH, Line, PostRow

NEWEST = 50  # posts that llms.txt names


def post(request: HttpRequest, **address: Any) -> HttpResponse:
    """A post as Markdown. Three queries."""
    path = request.path.removesuffix(TWIN) + "/"
    row = _post(journal.shared.looks()).first(address=path)
    if row is None:
        return presence.gone_or_404(request, presence.GONE_POST, address=path)
    found, facts = PostRow(*row[: WIDTH + 1]), site_facts(row[WIDTH + 1 :])
    shown, labels = _shown(found)
    uri = site_uri(path)
    text = html_to_markdown(absolute(found.html, uri), uri) + _sources(found.card.further)
    return _answer(request, _document(found.title, found, labels, uri, text), uri, facts, shown)


def story(request: HttpRequest, story: str, **address: Any) -> HttpResponse:
    """A story as Markdown. Three queries."""
    path = request.path.removesuffix(f"{story}{TWIN}")
    at = {"slug": story, "address": path}
    row = _story(journal.shared.looks()).first(**at)
    if row is None:
        return presence.gone_or_404(request, presence.GONE_STORY, **at)
    found, facts = PostRow(*row[:WIDTH]), site_facts(row[WIDTH + 2 :])
    heading, html = row[WIDTH : WIDTH + 2]
    shown, labels = _shown(found)
    uri, card = site_uri(f"{path}{story}/"), found.card.story(story)
    text = html_to_markdown(absolute(html, uri), uri) + _sources(card.citations if card else ())
    return _answer(request, _document(heading, found, labels, uri, text), uri, facts, shown)


@cache
def _post(known: bool) -> Prepared:
    def make() -> QuerySet[Any]:
        readable = Post.objects.published(now=NOW).filter(address=Slot("address", CharField()))
        return readable.values_list(*COLUMNS, "html", *site_columns(known))

    return Prepared(make)


@cache
def _story(known: bool) -> Prepared:
    def make() -> QuerySet[Any]:
        at = {"slug": Slot("slug", CharField()), "post__address": Slot("address", CharField())}
        readable = Story.objects.published(now=NOW).filter(**at)
        return readable.values_list(*THROUGH, "heading", "html", *site_columns(known))

    return Prepared(make)


def _shown(found: PostRow) -> tuple[Shown, CardLabels]:
    activate_language(found.language)
    shown = Shown()
    shown.posts([found], whole=True)
    (entry,) = listings.entries([Line(found)], shown, listings.NAMED, found.language)
    return shown, entry.labels


def _document(title: str, found: PostRow, labels: CardLabels, uri: str, text: str) -> str:
    """A document with what is public in its front matter; JSON's texts and lists are YAML's."""
    values = {
        "title": title,
        "date": timezone.localtime(found.published_at).isoformat(),
        "language": htmllang(found.language),
        "authors": _names(labels.authors),
        "categories": _names(labels.categories),
        "tags": _names(labels.tags),
        "canonical": uri,
    }
    lines = [f"{key}: {json.dumps(one, ensure_ascii=False)}" for key, one in values.items() if one]
    return "\n".join(["---", *lines, "---", "", f"# {_plain(title)}", "", text])


def _names(labels: list[LabelName]) -> list[str]:
    return [one.name for one in labels]


def _plain(text: str) -> str:
    """A name as Markdown, within a line."""
    return html_to_markdown(text.replace("&", "&amp;").replace("<", "&lt;")).strip()


def _sources(links: tuple[CardLink, ...]) -> str:
    """What the page lists below the text."""
    if not links:
        return ""
    lines = [_link(one.text, one.url) if one.url else f"- {_plain(one.text)}" for one in links]
    return f"\n## {_('Sources')}\n\n" + "\n".join(lines) + "\n"


def _link(name: str, uri: str, about: str = "") -> str:
    closed = uri.replace("(", "%28").replace(")", "%29")
    return f"- [{_plain(name)}]({closed})" + (f": {_plain(about)}" if about else "")


def _answer(request: HttpRequest, text: str, uri: str, facts: Facts, shown: Shown) -> HttpResponse:
    """The page stays the one address for whoever finds both."""
    response = HttpResponse(text, content_type="text/markdown; charset=utf-8")
    response.headers["Link"] = f'<{uri}>; rel="canonical"'
    return conditional(request, response, facts.changed_at, FEED_AGE, shown=shown)


def llms(request: HttpRequest) -> HttpResponse:
    """What the site is, for language models: its sections, its newest posts. Three queries."""
    activate_language("")
    shown, facts = Shown({keys.MENU}), site_facts()
    site = facts.site
    entries, _more = listings.home().page("", NEWEST, shown, ())
    parts = [f"# {_plain(site.name)}"]
    if site.description:
        parts.append(f"> {_plain(site.description)}")
    sections = [_link(one.name, site_uri(f"/categories/{one.slug}/")) for one in menu().sections]
    newest = [
        _link(one.post.title, _twin(one.post.address), f"{one.post.day} {one.post.excerpt}")
        for one in entries
    ]
    more = [
        _link("RSS", site_uri("/rss.xml")),
        _link(_("Archive"), site_uri("/archive/")),
        _link("sitemap.xml", site_uri("/sitemap.xml")),
    ]
    for title, lines in (
        (_("Sections"), sections),
        (_("Newest posts"), newest),
        ("Optional", more),
    ):
        if lines:
            parts.append(f"## {title}\n\n" + "\n".join(lines))
    response = HttpResponse("\n\n".join(parts) + "\n", content_type="text/plain; charset=utf-8")
    return conditional(request, response, facts.changed_at, FEED_AGE, shown=shown)


def _twin(address: str) -> str:
    return site_uri(address.removesuffix("/") + TWIN)
