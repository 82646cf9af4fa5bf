"""Links in Markdown text, found in one pass: inline, by reference, in angle brackets and bare."""

import re
from collections.abc import Iterable, Iterator
from html import unescape
from typing import NamedTuple

from posts.content import hyperlinks
from posts.content.digest.plaintext import ENTITY, code_spans, unmarked

DEFINITION = re.compile(
    r" {0,3}\[(?!\^)((?:\\.|[^\[\]\\\n]){1,999})\]:[ \t]*<?([^\s>]+)>?[ \t]*(?:[\"'(].*)?\Z"
)
BARE = re.compile(
    r"https?://[^\s<>\"'`，。、；：！？（）《》「」『』【】“”‘’|\\\u3000]+", re.IGNORECASE
)
# Tags but those of links are passed over: an address in ``<img src>`` is no link.
# Every branch begins with a character of its own, in one case: so the search skips other text.
TOKEN = re.compile(
    r"\\[\s\S]|``*|<(?i:https?://[^\s<>]+>)|<!--|!\[|\[|\]|h(?i:ttps?://)|H(?i:ttps?://)"
    r"|<(?i:(?!a\b)[a-z][a-z0-9-]*+(?:\s++[a-z_:][\w.:-]*+"
    r"(?:\s*+=\s*+(?:\"[^\"]*+\"|'[^']*+'|[^\s\"'=<>`]++))?+)*+\s*+/?>)"
)
# A link ends with its paragraph: at a blank line, a list item, a heading or a fence.
BREAK = re.compile(
    r"(?:\r\n|\n|\r)"
    r"(?=[ \t>]*+(?:[\r\n]|\Z|[-*+•][ \t]|\d{1,3}(?:[.)][ \t]|、)|#{1,6}[ \t]|```|~~~))"
)
SPACE = re.compile(r"[ \t]*+(?:(?:\r\n|\n|\r)[ \t]*+)?+")
ANGLED = re.compile(r"<((?:\\.|[^<>\\\r\n])*+)>")
PLAIN = re.compile(r"(?:\\[!-/:-@\[-`{-~]|[^\x00-\x20\x7f()\\]|\\)++")
TITLE = re.compile(r"\"(?:\\.|[^\"\\])*+\"|'(?:\\.|[^'\\])*+'|\((?:\\.|[^()\\])*+\)", re.DOTALL)
LABEL = re.compile(r"\[((?!\^)(?:\\.|[^\[\]\\]){0,999})\]", re.DOTALL)
ESCAPED = re.compile(r"\\([!-/:-@\[-`{-~])|" + ENTITY)
IMAGE_WITHIN = re.compile(r"!\[([^\[\]]*)\](?:\([^()]*\)|\[[^\[\]]*\])?")
# The host behind a title, in aggregators' lists: ``[**title** <code>host</code>](url)``.
TAIL_CODE = re.compile(r"\s*<code>([^<>]{1,253})</code>\s*\Z")
# A link as most are, without anything in its words or its address that has to be looked at.
PLAIN_LINK = re.compile(r"\[([^\[\]`\\<]*+)\]\(([^\x00-\x20\x7f()\\<][^\x00-\x20\x7f()\\]*+)\)")
MARGIN = " \t-+*•0123456789.)、"
TRAILING = ".,;:!?*_~'\""
MOST_NESTED = 32  # brackets within an address, as in CommonMark's own parser
MOST_WORDS = 1000  # characters of a link's text that are read


class Link(NamedTuple):
    """A link: its text without markup, its address, its span; ``image`` marks a picture."""

    text: str
    url: str
    start: int
    end: int
    image: bool = False
    bare: bool = False


class _Found(NamedTuple):
    """A link whose words are not read yet; ``words`` is the span of its text."""

    start: int
    end: int
    url: str
    words: tuple[int, int]
    image: bool = False
    bare: bool = False


class References(dict[str, str]):
    """Folded label -> address, of one document, and the links of the lines that were read."""

    def __init__(self) -> None:
        self.lines: dict[str, list[Link]] = {}

    def links(self, line: str) -> list[Link]:
        """What :func:`find` finds in a line; every line is read once, for all who ask.

        With its margin and the mark of an item or without: neither says anything about links.
        """
        if "[" not in line and "://" not in line:
            return []
        core = line.lstrip(MARGIN).rstrip()
        if core not in self.lines:
            alone = _alone(core)
            self.lines[core] = find(core, self) if alone is None else [alone]
        links = self.lines[core]
        shift = len(line) - len(line.lstrip(MARGIN))
        return moved(links, shift) if shift else links


def moved(links: Iterable[Link], shift: int) -> list[Link]:
    """The links so many characters further on."""
    return [
        Link(text, url, start + shift, end + shift, image, bare)
        for text, url, start, end, image, bare in links
    ]


def _alone(line: str) -> Link | None:
    """The link of a line that holds one plain link and nothing else that could mean something.

    These are most lines with links. None for any other, which :func:`find` reads.
    """
    if line.count("[") != 1 or line.count("://") != 1 or "`" in line or "\\" in line:
        return None
    start = line.find("[")
    match = PLAIN_LINK.match(line, start)
    if (
        not match
        or "://" not in match[2]
        or "<" in line
        or line.find("![") >= 0
        or "\n" in line
        or "\r" in line
    ):
        return None
    return Link(_label(match[1][:MOST_WORDS], url := _address(match[2])), url, start, match.end())


def definitions(lines: Iterable[str]) -> References:
    """Reference definitions among lines. The first of two counts."""
    found = References()
    for line in lines:
        if "]:" in line and (match := DEFINITION.match(line)):
            found.setdefault(_folded(match[1]), _address(match[2]))
    return found


def plain(text: str, references: dict[str, str] | None = None) -> str:
    """Heading or link text without its markup: links give their text, pictures nothing."""
    if "[" not in text and "://" not in text:
        return unmarked(text)
    atoms = [
        (link.start, link.end, "" if link.image else link.text)
        for link in find(text, references or {})
        if not link.bare
    ]
    return unmarked(text, atoms)


def find(
    text: str, references: dict[str, str], start: int = 0, end: int | None = None
) -> list[Link]:
    """All outermost links between two offsets, in order. Code spans and comments hold none.

    Linear in the length.
    """
    end = len(text) if end is None else end
    links = []
    for low, high in _paragraphs(text, start, end):
        for found in _find(text, references, low, high):
            words = text[found.words[0] : min(found.words[1], found.words[0] + MOST_WORDS)]
            shown = words if found.bare else _label(words, found.url)
            links.append(Link(shown, found.url, found.start, found.end, found.image, found.bare))
    return links


def count(text: str, references: dict[str, str]) -> int:
    """How many links :func:`find` finds, pictures left out."""
    return sum(
        not link.image
        for low, high in _paragraphs(text, 0, len(text))
        for link in _find(text, references, low, high)
    )


def _paragraphs(text: str, start: int, end: int) -> Iterator[tuple[int, int]]:
    """The spans of paragraphs that may hold links."""
    if not _may_link(text, start, end):
        return
    for match in BREAK.finditer(text, start, end):
        if _may_link(text, start, match.start()):
            yield start, match.start()
        start = match.end()
    if _may_link(text, start, end):
        yield start, end


def _may_link(text: str, start: int, end: int) -> bool:
    return text.find("[", start, end) >= 0 or text.find("://", start, end) >= 0


def _find(text: str, references: dict[str, str], at: int, end: int) -> list[_Found]:
    found: list[_Found] = []
    opened: list[tuple[int, bool]] = []
    dead = 0  # so many of the opened ones stand before a link and can begin none
    ticks = code_spans(text, at, end)
    last_comment = text.rfind("-->", at, end)
    while match := TOKEN.search(text, at, end):
        mark, at = match[0], match.end()
        if mark[0] == "`":
            at = ticks.get(match.start(), at)
        elif mark in ("[", "!["):
            start, image = match.start(), mark == "!["
            plainly = PLAIN_LINK.match(text, at - 1, end) if image or len(opened) >= dead else None
            if plainly and "://" not in plainly[1]:
                at = plainly.end()
                found.append(_Found(start, at, _address(plainly[2]), plainly.span(1), image))
                dead = min(dead, len(opened)) if image else len(opened)
            else:
                opened.append((start, image))
        elif mark == "]" and opened:
            begin, image = opened.pop()
            alive = image or len(opened) >= dead
            dead = min(dead, len(opened))
            if alive and (link := _closed(text, begin, match.start(), end, references, image)):
                at = link.end
                while found and found[-1].start >= begin:
                    found.pop()
                found.append(link)
                dead = dead if image else len(opened)
        elif mark == "<!--":
            at = text.find("-->", at, end) + 3 if at <= last_comment else at
        elif mark[:5].lower() == "<http":
            span = (match.start() + 1, at - 1)
            found.append(_Found(match.start(), at, mark[1:-1], span, bare=True))
        elif mark[-3:] == "://":
            at = _bare(text, match.start(), end, found)
    return found


def _closed(
    text: str, begin: int, close: int, end: int, references: dict[str, str], image: bool
) -> _Found | None:
    words = (begin + (2 if image else 1), close)
    if target := _target(text, close + 1, end):
        return _Found(begin, target[1], target[0], words, image)
    if not references:
        return None
    label = LABEL.match(text, close + 1, end)
    if label and label[1] and (url := references.get(_folded(label[1]))):
        return _Found(begin, label.end(), url, words, image)
    if words[1] - words[0] > 999 or not (url := references.get(_folded(text[slice(*words)]))):
        return None
    return _Found(begin, label.end() if label and not label[1] else close + 1, url, words, image)


def _target(text: str, at: int, end: int) -> tuple[str, int] | None:
    """The address in round brackets at an offset, and where they end."""
    if not text.startswith("(", at, end):
        return None
    at = _spaced(text, at + 1, end)
    if angled := ANGLED.match(text, at, end):
        url, at = angled[1], angled.end()
    else:
        begin, depth = at, 0
        while at < end:
            if run := PLAIN.match(text, at, end):
                at = run.end()
            elif text[at] == "(" and depth < MOST_NESTED:
                depth, at = depth + 1, at + 1
            elif text[at] == ")" and depth:
                depth, at = depth - 1, at + 1
            else:
                break
        if depth:
            return None
        url = text[begin:at]
    after = _spaced(text, at, end)
    if after > at and (title := TITLE.match(text, after, end)):
        after = _spaced(text, title.end(), end)
    return (_address(url), after + 1) if text.startswith(")", after, end) else None


def _spaced(text: str, at: int, end: int) -> int:
    match = SPACE.match(text, at, end)
    return match.end() if match else at


def _address(url: str) -> str:
    """An address as it is meant: escapes and entities resolved."""
    if "\\" not in url and "&" not in url:
        return url
    return ESCAPED.sub(lambda match: match[1] or unescape(match[0]), url)


def _folded(label: str) -> str:
    return " ".join(label.casefold().split())


def _label(words: str, url: str) -> str:
    tail = TAIL_CODE.search(words) if "</code>" in words else None
    if tail and (
        words[: tail.start()].endswith("**") or hyperlinks.host(url).endswith(tail[1].lower())
    ):
        words = words[: tail.start()] or words
    return unmarked(IMAGE_WITHIN.sub(r"\1", words) if "![" in words else words)


def _bare(text: str, start: int, end: int, found: list[_Found]) -> int:
    match = BARE.match(text, start, end)
    if not match:
        return start + 4
    if match.end() - start > 2 * hyperlinks.MAX_URL:
        return match.end()
    url = _closed_brackets(match[0]).rstrip(TRAILING)
    while url.endswith(")") and url.count(")") > url.count("("):
        url = url[:-1].rstrip(TRAILING)
    found.append(_Found(start, start + len(url), url, (start, start + len(url)), bare=True))
    return start + max(len(url), 4)


def _closed_brackets(url: str) -> str:
    """A bare address up to a square bracket that it does not open itself."""
    depth = 0
    for at, char in enumerate(url):
        depth += (char == "[") - (char == "]")
        if depth < 0:
            return url[:at]
    return url
