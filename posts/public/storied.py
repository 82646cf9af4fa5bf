"""A post's HTML as its page shows it: the stories' headings are the links to their pages, sources
lead to their archives, and a line says what was reported before.

What is stored is the same for pages and feeds. It says where a story begins and ends, where its
link is and which lines cite its sources, by elements and classes that content can never have
(:mod:`posts.content.rendering.sanitising`), in the sanitiser's own spelling; so it is only cut
there and put together again. What is not of the usual shape stays as it is.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import lru_cache
from html import escape, unescape
from typing import NamedTuple

from markupsafe import Markup

from posts.content import hyperlinks, markup
from posts.models.cards import CardStory

STORY = '<section class="story" id="story-'
ITEM = '<li class="story" id="story-'
SOURCES = ' class="source-line">'
LINK = '<a href="'
HEADING = '<h2 id="'
# Labels of source lines that are said in the words of the page.
LABELS = tuple(
    f"<strong>{word}</strong>{colon}" if colon else f"<strong>{word}</strong>"
    for word, colon in [
        *(("Source:", ""), ("Sources:", ""), ("Source", ":"), ("Sources", ":")),
        *(("Source：", ""), ("Sources：", "")),
    ]
)
PHRASING = frozenset(
    "strong em b i u s del ins sub sup code kbd samp var q cite span abbr mark small bdi ruby rt "
    "rp time img br wbr".split()
)
EMPTY = ("img", "br", "wbr")
MOST_LINES = 6  # sources that the text itself does not show, below a story


class Heading(NamedTuple):
    """An entry of a post's contents: its anchor and its words."""

    anchor: str
    words: str


@dataclass(frozen=True)
class Frame:
    """What the page adds: where its archives are, its word for "Source" if it is the post's
    language too, and by a story's slug what was reported before, as HTML.
    """

    prefix: str
    source: str
    before: Mapping[str, Markup]


def with_links(html: str, stories: Sequence[CardStory], frame: Frame) -> str:
    """The HTML with the links and lines of each story; linear in its length."""
    if not stories:
        return html
    known = {story.slug: story for story in stories}
    first, *parts = html.split(STORY)
    found = [first]
    for part in parts:
        slug, _, rest = part.partition('">')
        inside, end, after = rest.partition("</section>")
        if story := known.get(unescape(slug)):
            inside = _story(inside, story, frame)
        found.append(f'{slug}">{inside}{end}{after}')
    html = STORY.join(found)
    return _items(html, known, frame) if ITEM in html else html


def headings(html: str) -> list[Heading]:
    """The headings of the second level, for the contents of a long post."""
    found = []
    for part in html.split(HEADING)[1:]:
        anchor, _, rest = part.partition('"')
        words = markup.words(rest[rest.find(">") + 1 : rest.find("</h2>")])
        if words:
            found.append(Heading(unescape(anchor), words))
    return found


def _story(inside: str, story: CardStory, frame: Frame) -> str:
    inside = _headed(inside, story)
    marks = _marks(story, frame)
    if SOURCES in inside:
        first, *lines = inside.split(SOURCES)
        inside = SOURCES.join([first, *(_line(line, marks, frame.source) for line in lines)])
    missing = [url for url in marks if f'"{url}"' not in inside]
    lines = _sources(missing[:MOST_LINES], story, marks, frame.source) if missing else []
    if note := frame.before.get(story.slug):
        lines.append(f'<p class="before">{note}</p>')
    return inside + "".join(f"{line}\n" for line in lines) if lines else inside


def _headed(inside: str, story: CardStory) -> str:
    """A story whose heading is the link to its page."""
    at = inside.find(markup.OWN_CLASS)
    start, end = inside.rfind("<a ", 0, at), inside.find("</a>", at)
    opened = inside.find(">") + 1
    name = inside[inside.find("<") + 1 : opened - 1].partition(" ")[0]
    closed = inside.find(f"</{name}>", end)
    if at < 0 or start < opened or end < 0 or closed < 0:
        return inside
    words = inside[opened:start].rstrip() + inside[end + 4 : closed]
    if "<" in words:
        words = _unlinked(words) or escape(story.heading)
    href = inside[at : inside.find(">", at)].partition('href="')[2].partition('"')[0]
    link = f'<a class="{markup.PERMALINK}" href="{href}">{words}</a>'
    return f"{inside[:opened]}{link}{inside[closed:]}"


def _unlinked(words: str) -> str:
    """The words of a heading without links of their own; empty if they hold what no link may."""
    parts, opened = [], 0
    for tag in markup.tags(words):
        name = tag.name.removeprefix("/")
        if name in PHRASING:
            parts.append(f"<{tag.source}>")
            if name not in EMPTY:
                opened += -1 if tag.source[0] == "/" else 1
        elif name not in ("", "a"):
            return ""
        if opened < 0:
            return ""
        parts.append(tag.text)
    return "" if opened else "".join(parts)


def _line(line: str, marks: Mapping[str, str], source: str) -> str:
    """A line that cites sources, behind its start tag, with the mark of each."""
    ends = [end for end in (line.find("</p>"), line.find("</li>")) if end >= 0]
    end = min(ends, default=0)
    cited, after = line[:end], line[end:]
    if source and cited.startswith("<strong>S"):
        for label in LABELS:
            if cited.startswith(label):
                cited = f'<span class="label">{source}</span>{cited[len(label) :]}'
                break
    first, *links = cited.split(LINK)
    return "".join([first, *(_marked(link, marks) for link in links), after])


def _marks(story: CardStory, frame: Frame) -> dict[str, str]:
    """The marks of what a story cites, by the address as it is written in HTML."""
    return {
        markup.quoted(link.url): mark(frame.prefix, link.host) if link.host else ""
        for link in story.citations
    }


def _marked(link: str, marks: Mapping[str, str], note: str = "") -> str:
    """A link to a source, behind ``<a href="``, and the mark of the source."""
    address, _, rest = link.partition('"')
    words, end, after = rest.partition("</a>")
    own = (marks.get(address) or _by_host(address, marks)) if end else ""
    return f'<a dir="auto" href="{address}"{words}{end}{own}{note}{after}'


def _by_host(address: str, marks: Mapping[str, str]) -> str:
    """The mark of a link that is written in another way than it was cited."""
    host = hyperlinks.host(unescape(address))
    ending = f">{escape(host)}</a>"
    return next((one for one in marks.values() if host and one.endswith(ending)), "")


def _sources(
    urls: Sequence[str], story: CardStory, marks: Mapping[str, str], source: str
) -> list[str]:
    """Lines for sources that the text itself does not show."""
    label = f'<span class="label">{source}</span> ' if source else ""
    names = {markup.quoted(link.url): escape(link.text) for link in story.citations}
    return [
        f'<p{SOURCES}{label}<a dir="auto" href="{url}" rel="noopener">{names[url]}</a>'
        f"{marks[url]}</p>"
        for url in urls
    ]


@lru_cache(2000)
def mark(prefix: str, host: str) -> str:
    """The mark of a source, which leads to its archive."""
    address = f"{prefix}sources/{hyperlinks.quoted(host)}/"
    return f' <a class="host" href="{escape(address)}">{escape(host)}</a>'


def _items(html: str, known: Mapping[str, CardStory], frame: Frame) -> str:
    """Stories that are items of a list: the author's link leads to the source, so that their own
    link stays beside it.
    """
    first, *parts = html.split(ITEM)
    found = [first]
    for part in parts:
        slug = part[: part.find('"')]
        story = known.get(unescape(slug))
        found.append(_item(part, story, frame) if story else part)
    return ITEM.join(found)


def _item(part: str, story: CardStory, frame: Frame) -> str:
    """An item, behind ``id="story-``, with the mark of its source and what was reported before."""
    own = part.find("</a>", part.find(markup.OWN_CLASS)) + 4
    head, rest = part[:own], part[own:]
    if own < 4 or LINK not in rest:
        return part
    before, _, link = rest.partition(LINK)
    marks = _marks(story, frame)
    note = frame.before.get(story.slug, "")
    note = f' <span class="before">{note}</span>' if note else ""
    return f"{head}{before}{_marked(link, marks, note)}"
