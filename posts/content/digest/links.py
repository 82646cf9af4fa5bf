"""Links in Markdown text, found in one pass: inline, by reference, in angle brackets and bare."""

import re
from typing import NamedTuple

from posts.content.lines import split

DEFINITION = re.compile(
    r" {0,3}\[(?!\^)([^\[\]\n]{1,300})\]:[ \t]*<?([^\s>]+)>?[ \t]*(?:[\"'(].*)?\Z"
)
BARE = re.compile(
    r"https?://[^\s<>\"'`，。、；：！？（）《》「」『』【】“”‘’|\\\u3000]+", re.IGNORECASE
)
TOKEN = re.compile(r"\\.|`+|<https?://[^\s<>]+>|!\[|\[|\]|https?://", re.DOTALL | re.IGNORECASE)
TARGET = re.compile(
    r"\(\s*(?:<([^<>\n]*)>|((?:\\.|[^\s()\\]|\((?:[^\s()]|\((?:[^\s()])*\))*\))*))(?:\s+(?:\"[^\"]*\"|'[^']*'|\([^()]*\)))?\s*\)"
)
REFERENCE = re.compile(r"\s?\[([^\[\]]{0,300})\]")
MARKUP = re.compile(r"<[^<>]{1,200}>|\{[:#.][^{}]*\}|\\(?=[^\w\s])")
TAIL_CODE = re.compile(
    r"\s*<code>[^<>]*</code>\s*\Z"
)  # the host behind a title, in aggregators' lists
EMPHASIS = re.compile(r"(\*\*|__|\*|`|~~)(?=\S)(.+?)(?<=\S)\1")
TRAILING = ".,;:!?*_~'\""


class Link(NamedTuple):
    """A link: its text without markup, its address, its span; ``image`` marks a picture."""

    text: str
    url: str
    start: int
    end: int
    image: bool = False
    bare: bool = False


def definitions(body: str) -> dict[str, str]:
    """Reference definitions of a body: label in lower case -> address. The first of two counts."""
    found: dict[str, str] = {}
    for line in split(body):
        if match := DEFINITION.match(line.text):
            found.setdefault(" ".join(match[1].lower().split()), match[2])
    return found


def plain(text: str) -> str:
    """Heading or link text without its markup: links give their text, pictures nothing, emphasis its words."""
    result, at = [], 0
    for link in find(text, {}):
        if link.bare or link.start < at:
            continue
        result.append(text[at : link.start] + ("" if link.image else link.text))
        at = link.end
    return _unmarked("".join(result) + text[at:])


def _unmarked(text: str) -> str:
    text = MARKUP.sub("", TAIL_CODE.sub("", text))
    for _depth in range(3):
        text = EMPHASIS.sub(r"\2", text)
    return " ".join(text.split())


def find(
    text: str, references: dict[str, str], start: int = 0, end: int | None = None
) -> list[Link]:
    """All outermost links between two offsets, in order. Code spans hold none. Linear in the length."""
    end = len(text) if end is None else end
    found: list[Link] = []
    opened: list[tuple[int, bool]] = []
    ticks = _code_spans(text, start, end)
    at = start
    while match := TOKEN.search(text, at, end):
        token, at = match[0], match.end()
        if token[0] == "`":
            at = ticks.get(match.start(), at)
        elif token in ("[", "!["):
            opened.append((match.start(), token == "!["))
        elif token == "]" and opened:
            begin, image = opened.pop()
            link = _closed(text, begin, match.start(), end, references, image)
            if link:
                at = link.end
                found = (
                    [other for other in found if other.start < begin]
                    if found and found[-1].start >= begin
                    else found
                )
                found.append(link)
                if not image:
                    opened.clear()
        elif token[0] == "<":
            found.append(Link(token[1:-1], token[1:-1], match.start(), at, bare=True))
        elif token.lower().startswith("http") and not opened:
            at = _bare(text, match.start(), end, found)
    return found


def _code_spans(text: str, start: int, end: int) -> dict[int, int]:
    """Start -> end of every code span: a run of backticks up to the next run of the same length."""
    runs = [(match.start(), match.end()) for match in re.compile("`+").finditer(text, start, end)]
    following: dict[int, list[int]] = {}
    for index in range(len(runs) - 1, -1, -1):
        following.setdefault(runs[index][1] - runs[index][0], []).append(index)
    spans, index = {}, 0
    while index < len(runs):
        same = following[runs[index][1] - runs[index][0]]
        while same and same[-1] <= index:
            same.pop()
        if same:
            spans[runs[index][0]] = runs[same[-1]][1]
            index = same[-1]
        index += 1
    return spans


def _closed(
    text: str, begin: int, close: int, end: int, references: dict[str, str], image: bool
) -> Link | None:
    inner = text[begin + (2 if image else 1) : close]
    if target := TARGET.match(text, close + 1, end):
        url = (target[1] if target[1] is not None else target[2]).replace("\\", "")
        return Link(_label(inner), url, begin, target.end(), image)
    if reference := REFERENCE.match(text, close + 1, end):
        label = reference[1] or inner
        if url := references.get(" ".join(label.lower().split())):
            return Link(_label(inner), url, begin, reference.end(), image)
    if len(inner) <= 300 and (url := references.get(" ".join(inner.lower().split()))):
        return Link(_label(inner), url, begin, close + 1, image)
    return None


def _label(inner: str) -> str:
    return (
        _unmarked(re.sub(r"!?\[([^\[\]]*)\](?:\([^()]*\))?", r"\1", inner[:1000]))
        if "[" in inner
        else _unmarked(inner[:1000])
    )


def _bare(text: str, start: int, end: int, found: list[Link]) -> int:
    match = BARE.match(text, start, end)
    if not match:
        return start + 4
    url = match[0].rstrip(TRAILING)
    while url.endswith(")") and url.count(")") > url.count("("):
        url = url[:-1].rstrip(TRAILING)
    url = url.split("](")[0].rstrip("[]")
    found.append(Link(url, url, start, start + len(url), bare=True))
    return start + max(len(url), 4)
