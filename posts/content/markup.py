"""Sanitised HTML as what it is, tags and text, without building a tree.

Only for HTML that the sanitiser has written: there ``<`` and ``>`` stand for tags alone, in the
values of attributes too, and every value stands in double quotes. Each function is linear.
"""

from collections.abc import Callable, Iterable, Iterator
from html import escape, unescape
from itertools import starmap
from typing import NamedTuple

ENDS_LINE = frozenset(
    "/p /li /h1 /h2 /h3 /h4 /h5 /h6 /blockquote /pre /td /th /dt /dd /figcaption /div br hr".split()
)
SPECIAL = frozenset('&<>"')
STARTS_LINE = frozenset("p h1 h2 h3 h4 h5 h6 pre".split())
PERMALINK = "permalink"  # the class of our own links from a story's heading to its page
OWN_CLASS = f' class="{PERMALINK}"'  # no value can hold it: quotes in values are entities


class Tag(NamedTuple):
    """A tag without its angle brackets (``a href="/x"``, ``/a``), and the text up to the next."""

    source: str
    text: str

    @property
    def name(self) -> str:
        """``a``, or ``/a`` where an element ends; empty for the text before the first tag."""
        return self.source.partition(" ")[0]

    @property
    def attributes(self) -> dict[str, str]:
        """Names and values, entities resolved."""
        parts = self.source[len(self.name) :].split('"')
        return {
            name.strip(" ="): unescape(value)
            for name, value in zip(parts[::2], parts[1::2], strict=False)
        }


def tags(html: str) -> Iterator[Tag]:
    """Every tag with the text behind it; the first has no name, only the text before all tags."""
    return starmap(Tag, _pairs(html))


def _pairs(html: str) -> list[tuple[str, str]]:
    """What each tag is made of."""
    first, *rest = html.split("<")
    return [("", first), *(part.partition(">")[::2] for part in rest)]


def words(html: str) -> str:
    """The words of HTML, a line for each block; the site's own links to stories left out."""
    return text_of(_pairs(html))


def without_permalinks(found: Iterable[Tag]) -> Iterator[Tag]:
    """The tags without the site's own links to stories, their ``#`` and the blank before it."""
    held, inside = Tag("", ""), False
    for tag in found:
        if inside:
            if tag.name == "/a":
                held, inside = Tag("", tag.text), False
        elif OWN_CLASS in tag.source and tag.name == "a":
            yield held._replace(text=held.text.rstrip())
            inside = True
        else:
            yield held
            held = tag
    yield held


def without(found: Iterable[Tag], name: str) -> Iterator[Tag]:
    """The tags without elements of that name and what they hold; none may lie in another."""
    inside, ending = False, f"/{name}"
    for tag in found:
        if tag.source == ending:
            inside = False
            yield Tag("", tag.text)
        elif tag.name == name:
            inside = True
        elif not inside:
            yield tag


def text_of(found: Iterable[tuple[str, str]]) -> str:
    """:func:`words` of some tags."""
    parts, held, inside = [""], "", False
    for source, text in found:
        name = source.partition(" ")[0] if " " in source else source
        if inside:
            inside = name != "/a"
            if inside:
                continue
        elif name == "a" and OWN_CLASS in source:
            held, inside = held.rstrip(), True
            continue
        if held:
            parts.append(held)
        if name in ENDS_LINE or (name in STARTS_LINE and not parts[-1].endswith("\n")):
            parts.append("\n")
        held = text
    parts.append(held)
    return unescape("".join(parts)).strip()


def quoted(value: str) -> str:
    """A value as the sanitiser writes it between double quotes."""
    if value.isascii() and not SPECIAL.intersection(value):
        return value
    return escape(value, quote=False).replace('"', "&quot;").replace("\xa0", "&nbsp;")


def start_tag(name: str, attributes: dict[str, str]) -> str:
    """A start tag in the sanitiser's own spelling."""
    written = [f'{key}="{quoted(value)}"' for key, value in attributes.items()]
    return f"<{' '.join([name, *written])}>"


def rewritten(html: str, names: set[str], change: Callable[[Tag], str]) -> str:
    """The HTML with what ``change`` gives in the stead of each start tag of those names."""
    parts = []
    for tag in tags(html):
        if tag.name in names:
            parts += [change(tag), tag.text]
        else:
            parts += [f"<{tag.source}>" if tag.source else "", tag.text]
    return "".join(parts)
