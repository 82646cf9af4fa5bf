"""Where stories begin: by headings, bold lines, list items or linked lines."""

import re
from typing import NamedTuple

from posts.content.digest.links import find, plain
from posts.content.digest.scan import ANCHOR, Row
from posts.content.digest.sources import source_text
from posts.content.slugs import without_numbering

DECORATION = re.compile(r"[^\w\[\]<(（*`#-]*(?:\[[ xX]\]\s+)?[^\w\[\]<(（*`#-]*(?:\*\*|__)?\s*")
BOLD_START = re.compile(r"[^\w*\[]*\*\*(?P<text>[^*]+?)\s*\*\*")
BOLD_LINE = re.compile(
    r"\s{0,3}(?:\d{1,3}\s*[.、)]\s*)?[^\w\s*]{0,4}\s*\*\*(?P<text>[^*]+(?:\*[^*]+\*[^*]*)?)\*\*[ \t]*\Z"
)
COMMENT = re.compile(r"<!--[^>]*-->")
EMPTY_BOLD = re.compile(r"\*\*\s*<!--[^>]*-->\s*\*\*")
STRONG = ("link", "bare")


class Head(NamedTuple):
    """The beginning of a story: the place of its row, its heading and shape."""

    row: int
    heading: str
    shape: str


def find_heads(rows: list[Row], labels: dict[str, str], named: bool) -> list[Head]:
    """The heads in one section. A section whose name says nothing must show links to count."""
    for level in (3, 4) if named else (3,):
        heads = [
            Head(index, heading_text(row), "heading")
            for index, row in enumerate(rows)
            if row.level == level
        ]
        if heads:
            return heads if named or _cited(rows, heads) else []
    if heads := _bold_heads(rows):
        return heads if named or _cited(rows, heads, every=True) else []
    return _item_heads(rows, labels, named) or _line_heads(rows, labels)


def heading_text(row: Row) -> str:
    """A heading for people: markup, numbering and a trailing ``{#anchor}`` are dropped."""
    return without_numbering(plain(ANCHOR.sub("", row.heading or row.text))).strip()


def _cited(rows: list[Row], heads: list[Head], every: bool = False) -> bool:
    bounds = [head.row for head in heads] + [len(rows)]
    cited = [
        any(link for link in find(rows[low].text, {}) if not link.image)
        or any(source_text(row) for row in rows[low + 1 : high])
        for low, high in zip(bounds, bounds[1:], strict=False)
    ]
    return all(cited) if every else any(cited)


def _bold_heads(rows: list[Row]) -> list[Head]:
    heads = []
    for index, row in enumerate(rows):
        if row.hidden or row.level or not (match := BOLD_LINE.match(row.text)):
            continue
        if (index == 0 or rows[index - 1].blank or rows[index - 1].level) and source_text(
            row
        ) is None:
            heading = without_numbering(plain(match["text"])).strip()
            heads.append(Head(index, heading, "line"))
    return heads


def _item_heads(rows: list[Row], labels: dict[str, str], named: bool) -> list[Head]:
    """List items: numbered ones first; bullets only where no numbered story stands."""
    items = [
        (index, item)
        for index, row in enumerate(rows)
        if (item := row.item) and len(item["indent"].expandtabs(4)) < 2
    ]
    for numbered in (True, False):
        some = [(index, item) for index, item in items if item["mark"][0].isdigit() == numbered]
        read = [
            (index, item_head(item["text"], labels))
            for index, item in some
            if source_text(rows[index]) is None
        ]
        heads = [Head(index, head[0], _item_shape(rows[index])) for index, head in read if head]
        strong = [head for _index, head in read if head and head[1] in STRONG]
        enough = (
            bool(heads)
            if named
            else len(strong) >= (2 if numbered else 3) and len(strong) >= 0.8 * len(some)
        )
        if enough and (named or _is_list(rows, [index for index, _item in some], numbered)):
            return heads
    return []


def _item_shape(row: Row) -> str:
    """``1、`` begins an item to a Chinese reader and a paragraph to Markdown."""
    return "line" if row.item["mark"].endswith("、") else "item"


def _is_list(rows: list[Row], indexes: list[int], numbered: bool) -> bool:
    """Without a telling name, bullets make stories only where they are most of the section."""
    prose = sum(
        1
        for index, row in enumerate(rows)
        if not row.blank and index not in indexes and not row.text[:1].isspace()
    )
    return numbered or prose <= len(indexes)


def item_head(text: str, labels: dict[str, str]) -> tuple[str, str] | None:
    """(heading, kind) of a list item that is a story: ``link`` or ``bold`` in front, or a ``bare`` address at the end."""
    text = COMMENT.sub("", EMPTY_BOLD.sub("", text))
    links = [link for link in find(text, labels) if not link.image]
    lead = DECORATION.match(text).end()
    if links and not links[0].bare and links[0].start <= lead:
        return (
            None
            if links[0].url.startswith("#")
            else (without_numbering(links[0].text).strip() or links[0].text, "link")
        )
    if (bold := BOLD_START.match(text)) and links:
        heading = plain(bold["text"]).strip()
        return without_numbering(heading).rstrip(":：").strip(), "bold"
    if links and links[-1].bare and not text[links[-1].end :].strip(" \t.。)）"):
        heading = plain(text[: links[-1].start]).rstrip(" :：-—(（").strip()
        return (heading, "bare") if heading else None
    return None


def _line_heads(rows: list[Row], labels: dict[str, str]) -> list[Head]:
    """``[title](url)`` alone on a line that ends in two spaces, text under it."""
    heads = []
    for index, row in enumerate(rows):
        if (
            row.hidden
            or row.level
            or not row.text.endswith("  ")
            or not row.text.lstrip().startswith("[")
        ):
            continue
        links = find(row.text.strip(), labels)
        if (
            len(links) == 1
            and not links[0].bare
            and links[0].end == len(row.text.strip())
            and source_text(row) is None
        ):
            heads.append(Head(index, without_numbering(links[0].text).strip(), "line"))
    return heads
