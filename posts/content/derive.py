"""A document's text -> everything that rows hold about it. The one place where this happens.

Pure and repeatable: the same text, path and time zone give the same result, so that every row can
be thrown away and derived again.
"""

import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date, datetime
from typing import NamedTuple

from posts.content import (
    analysis,
    digest,
    frontmatter,
    hyperlinks,
    lines,
    metadata,
    rendering,
    slugs,
    titles,
    translation_keys,
    visibility,
)
from posts.content.dates import BadDate, WrittenDate
from posts.content.frontmatter import Document
from posts.content.problems import Problem, Unreadable
from posts.content.searchable import NOTHING, Searchable, searchable

MOST_NAMES, MOST_LINKS = 200, 500  # of one kind; more are an index or an attack
# Both begin with what is searched for first, which is much faster than a line's beginning.
MORE = re.compile(r"<!--\s*(?:more|truncate|excerpt)\s*-->", re.IGNORECASE)
MORE_LINE = re.compile(r"#\s*more\s*$", re.IGNORECASE | re.MULTILINE)
MAX_LENGTH = 2_000_000  # characters; the largest post seen in real folders has 831,000


class Link(NamedTuple):
    """A citation ready for a row: ``host`` names the source, ``page`` is one for equal pages.

    Both are empty for plain text.
    """

    text: str
    url: str
    host: str
    page: str


@dataclass
class DerivedStory:
    """A story ready for a row. ``text`` is the words that likeness is judged by."""

    heading: str
    slug: str
    section: str
    html: str
    text: str
    minutes: int
    citations: list[Link]


@dataclass
class Derived:
    """What a document says.

    ``day`` is as its author wrote it and stands in the address; ``published_at`` (UTC) is when the
    post appears: its date, or a ``publishDate`` after it. Both are None where no date is known.
    ``expires_at`` (UTC) is when it disappears, None for never; it may lie before ``published_at``.
    ``translation`` is the key that it shares with its translations, empty for none.
    ``body_at`` is where the text below the front matter begins.
    """

    title: str
    slug: str
    day: date | None
    published_at: datetime | None
    expires_at: datetime | None
    date_text: str
    language: str
    translation: str
    status: str
    authors: list[str]
    categories: list[str]
    tags: list[str]
    excerpt: str
    image: str
    html: str
    words: int
    minutes: int
    rtl: bool
    sections: list[tuple[str, str]]
    stories: list[DerivedStory]
    citations: list[Link]
    written_addresses: list[str]
    usual_addresses: list[str]
    problems: list[Problem] = field(default_factory=list)
    body_at: int = 0
    searchable: Searchable = NOTHING


def derive(
    text: str, path: str, zone: str = "UTC", switches: Mapping[str, bool] | None = None
) -> Derived:
    """Read, parse and render a document. ``zone`` counts for dates that name none.

    ``switches``: by a category's slug, whether its posts hold stories. Raises :class:`Unreadable`.
    """
    document = _read(text)
    parsed = _parsed(document, path, switches or {})
    meta = metadata.read(document, path, _heading(parsed))
    rendered = _rendered(document, parsed, meta.title)
    counted = analysis.counts(words := analysis.plain_text(rendered.html))
    return Derived(
        title=meta.title,
        slug=meta.slug,
        day=meta.date.day if meta.date else None,
        published_at=_published_at(document, meta, zone),
        expires_at=_expires_at(document, meta, zone),
        date_text=meta.date.iso if meta.date else "",
        language=meta.language,
        translation=translation_keys.translation_key(document.values, path),
        status=meta.status,
        authors=meta.authors[:MOST_NAMES],
        categories=meta.categories[:MOST_NAMES],
        tags=meta.tags[:MOST_NAMES],
        excerpt=meta.excerpt or _excerpt(document.body, parsed, rendered.html, meta),
        image=meta.image,
        html=rendered.html,
        words=sum(counted),
        minutes=analysis.reading_minutes(*counted),
        rtl=analysis.is_rtl(words),
        sections=[(section.heading, section.kind) for section in parsed.sections],
        stories=(stories := _stories(parsed, rendered)),
        citations=(citations := _own_citations(meta, parsed)),
        written_addresses=meta.written_addresses,
        usual_addresses=meta.usual_addresses,
        problems=meta.problems + _unknown_tags(document, rendered),
        body_at=document.body_at,
        searchable=_searchable(meta, parsed, stories, citations, words),
    )


def _searchable(
    meta: metadata.Metadata,
    parsed: digest.Digest,
    stories: list[DerivedStory],
    citations: list[Link],
    words: str,
) -> Searchable:
    links = [*citations, *(link for story in stories for link in story.citations)]
    return searchable(
        meta.title,
        [*(section.heading for section in parsed.sections), *(story.heading for story in stories)],
        {kind: getattr(meta, kind)[:MOST_NAMES] for kind in ("tags", "categories", "authors")},
        (link.host for link in links),
        f"{meta.excerpt or ''}\n{words}",
    )


def _read(text: str) -> Document:
    if len(text) > MAX_LENGTH:
        raise Unreadable(1, "too-large.file", limit=MAX_LENGTH)
    return frontmatter.read(text)


def _heading(parsed: digest.Digest) -> str:
    """The first level-1 heading, empty if there is none."""
    return parsed.title[2] if parsed.title else ""


def _rendered(document: Document, parsed: digest.Digest, title: str) -> rendering.Rendered:
    """The body as HTML, without a first heading that repeats the title."""
    repeated = parsed.title is not None and titles.same(_heading(parsed), title)
    return rendering.render(document.body, parsed, hide_title=repeated)


def _parsed(document: Document, path: str, switches: Mapping[str, bool]) -> digest.Digest:
    """The body by the digest grammar, as eagerly as the document or its first category says."""
    wanted = frontmatter.as_bool(document.values.get("digest"))
    if wanted is None and switches:
        names = metadata.categories(document.values, path)
        found = (switches[slug] for name in names if (slug := slugs.tag_slug(name)) in switches)
        wanted = next(found, None)
    return digest.parse(document.body, digest=wanted)


def _published_at(document: Document, meta: metadata.Metadata, zone: str) -> datetime | None:
    """Its date, or a publish date that is later; None without a date."""
    if meta.date is None:
        return None
    key = visibility.date_key(document.values) or ""
    return max(_in_utc(document, {key: meta.date} | meta.publish_dates, zone))


def _expires_at(document: Document, meta: metadata.Metadata, zone: str) -> datetime | None:
    return min(_in_utc(document, meta.expiry_dates, zone), default=None)


def _in_utc(document: Document, written: dict[str, WrittenDate], zone: str) -> list[datetime]:
    found = []
    for key, one in written.items():
        try:
            found.append(one.to_utc(zone))
        except BadDate as error:
            raise Unreadable(document.line_of(key), error.key, **error.values) from None
    return found


def _stories(parsed: digest.Digest, rendered: rendering.Rendered) -> list[DerivedStory]:
    pairs = zip(parsed.stories, rendered.stories, strict=True)
    return [_story(story, html, parsed) for story, html in pairs]


def _story(story: digest.Story, html: str, parsed: digest.Digest) -> DerivedStory:
    heading = metadata.shown(story.heading)[:500] or "—"
    links = [_link(citation.text, citation.url) for citation in story.citations[:MOST_LINKS]]
    section = metadata.shown(parsed.sections[story.section].heading)[:200]
    text = analysis.plain_text(html)
    minutes = analysis.reading_minutes(*analysis.counts(text))
    return DerivedStory(heading, story.slug, section, html, text, minutes, links)


def _link(text: str, url: str) -> Link:
    return Link(
        metadata.shown(text)[:500],
        url,
        hyperlinks.host(url) if url else "",
        hyperlinks.page_key(url)[:500] if url else "",
    )


def _own_citations(meta: metadata.Metadata, parsed: digest.Digest) -> list[Link]:
    """``source:`` of the front matter, then what the body cites outside of stories; a page once."""
    found = [_link(text, url) for text, url in meta.sources]
    found += [_link(citation.text, citation.url) for citation in parsed.citations]
    once: dict[str, Link] = {}
    for link in found:
        once.setdefault(link.page or link.text, link)
    return list(once.values())[:MOST_LINKS]


def _excerpt(body: str, parsed: digest.Digest, html: str, meta: metadata.Metadata) -> str:
    """The text before ``<!--more-->`` or the post's own separator, else the lead or first words."""
    own = meta.excerpt_separator
    cut = body.find(own) if own and own.strip() else -1
    if cut < 0:
        cut = _end_of_excerpt(body)
    if cut > 0:
        above = body[parsed.title[1] if parsed.title and parsed.title[1] < cut else 0 : cut]
        return analysis.shortened(analysis.plain_text(rendering.render(above).html), 600)
    return analysis.excerpt(html)


def _end_of_excerpt(body: str) -> int:
    """Where a body has ``<!--more-->`` or ``#more`` alone on a line; -1 if nowhere."""
    comment = MORE.search(body)
    found = [comment.start()] if comment else []
    for line in MORE_LINE.finditer(body):
        if line.start() == 0 or body[line.start() - 1] == "\n":
            found.append(line.start())
            break
    return min(found, default=-1)


def _unknown_tags(document: Document, rendered: rendering.Rendered) -> list[Problem]:
    if not rendered.unknown:
        return []
    first = lines.number(document.text, document.body_at)
    return [
        Problem(first + line, "unknown-tag", {"text": metadata.shown(text)})
        for line, text in rendered.unknown
    ]
