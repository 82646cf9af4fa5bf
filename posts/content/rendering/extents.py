"""How far a block reaches: rows in, the index behind its last row out. Nothing is built here.

Each function is linear in the rows that it passes over.
"""

import re

import posts.content.rendering.rawhtml as rawhtml
from posts.content.digest.links import DEFINITION
from posts.content.rendering.patterns import (
    ATTRIBUTE_LINE,
    DELIMITERS,
    FENCE,
    FENCES,
    FOOTNOTE,
    HEADING,
    HTML_ALONE,
    HTML_STARTS,
    INTERRUPTERS,
    ITEM,
    ITEMS,
    QUOTE,
    RULE,
    RULES,
    SETEXT,
    TOC_ITEM,
    TOC_MARK,
    UNDERLINES,
    Row,
    fence_state,
)

CONTAINERS = ITEMS | {">"}


def filled(rows: list[Row], at: int) -> int | None:
    """The index of the first row from ``at`` that is not blank."""
    return next((index for index in range(at, len(rows)) if not rows[index].blank), None)


def until_blank(rows: list[Row], at: int) -> int:
    """The end of the rows that follow one another without a blank one."""
    return next((index for index in range(at, len(rows)) if rows[index].blank), len(rows))


def indented_code(rows: list[Row], at: int) -> int:
    """The end of code that is indented, blank rows behind it left out."""
    end = at
    while end < len(rows) and (rows[end].blank or rows[end].indent >= 4):
        end += 1
    while rows[end - 1].blank:
        end -= 1
    return end


def fence(rows: list[Row], at: int, match: re.Match[str]) -> int:
    """The index of the row that closes a fence; behind the last row if none does."""
    closing = re.compile(rf" {{0,3}}{re.escape(match[2][0])}{{{len(match[2])},}}[ \t]*\Z")
    end = at + 1
    while end < len(rows) and not closing.match(rows[end].text):
        end += 1
    return end


def html(rows: list[Row], at: int, interrupting: bool = False) -> int | None:
    """Where raw HTML that begins here ends; None if none does. A tag alone interrupts no text."""
    text = rows[at].text
    if not text.lstrip(" ").startswith("<"):
        return None
    for start, stop in HTML_STARTS:
        if start.match(text):
            if stop is None:
                return until_blank(rows, at)
            ends = (index + 1 for index in range(at, len(rows)) if stop.search(rows[index].text))
            return next(ends, len(rows))
    match = None if interrupting else HTML_ALONE.match(text)
    if match and not rawhtml.is_text(match["name"] or match["end"]):
        return until_blank(rows, at)
    return None


def is_attributes(rows: list[Row], at: int) -> bool:
    """True for a line of kramdown's that says how something looks: no text."""
    text = rows[at].text
    if "TOC" in text and TOC_ITEM.match(text):
        return at + 1 < len(rows) and TOC_MARK.match(rows[at + 1].text) is not None
    return "{:" in text and ATTRIBUTE_LINE.match(text) is not None


def interrupts(rows: list[Row], at: int) -> bool:
    """True if this line begins a block although a paragraph is open above it."""
    row = rows[at]
    first = row.first
    if first not in INTERRUPTERS or row.indent >= 4:
        return False
    if first == ">" or _is_leaf(row.text, first):
        return True
    if first in ITEMS and (match := ITEM.match(row.text)):
        one = not match[2][0].isdigit() or match[2][:-1] == "1"
        return one and bool(row.text[match.end() :].strip())
    return first == "<" and html(rows, at, interrupting=True) is not None


def _is_leaf(text: str, first: str) -> bool:
    """True for the first line of a fence, a heading and a rule."""
    return (
        (first in FENCES and FENCE.match(text) is not None)
        or (first == "#" and HEADING.match(text) is not None)
        or (first in RULES and RULE.match(text) is not None)
    )


def is_open_text(text: str) -> bool:
    """True if a line leaves a paragraph open, which an unmarked line may continue."""
    bare = text.lstrip(" ")
    first = bare[:1]
    while first in CONTAINERS and (match := QUOTE.match(text) or ITEM.match(text)):
        if first in RULES and RULE.match(text):
            break
        text = text[match.end() :]
        bare = text.lstrip(" ")
        first = bare[:1]
    if not bare or bare.isspace() or len(text) - len(bare) >= 4:
        return False
    return not _is_leaf(text, first)


def _lazy(row: Row) -> Row:
    """A row that continues a paragraph from outside of its margin: no underline may stand there."""
    text = row.text.lstrip(" ")
    underlines = row.first in UNDERLINES and SETEXT.match(text)
    return Row("\\" + text if underlines else text, row.number)


def quote(rows: list[Row], at: int) -> tuple[list[Row], int]:
    """The rows of a quotation without their marks, and where it ends."""
    inner: list[Row] = []
    end, open_text, open_fence = at, False, ""
    while end < len(rows):
        row = rows[end]
        if row.first == ">" and (match := QUOTE.match(row.text)):
            row = Row(row.text[match.end() :], row.number)
            open_fence = fence_state(open_fence, row.text)
            open_text = not open_fence and is_open_text(row.text)
        elif row.blank or not open_text or interrupts(rows, end):
            break
        else:
            row = _lazy(row)
        inner.append(row)
        end += 1
    return inner, end


def item(rows: list[Row], at: int, match: re.Match[str]) -> tuple[list[Row], int, bool]:
    """(the item's rows without its margin, where it ends, whether blank rows follow it)."""
    first, gap = rows[at], len(match[3].expandtabs(4))
    text = first.text[match.end() :].strip()
    margin = match.end(2) + (gap if 1 <= gap <= 4 and text else 1)
    inner = [Row(first.text[margin:], first.number)]
    end, open_fence = at + 1, fence_state("", inner[0].text)
    open_text = not open_fence and is_open_text(inner[0].text)
    while end < len(rows):
        row = rows[end]
        if row.blank:
            following = filled(rows, end)
            empty = len(inner) == 1 and inner[0].blank
            if following is None or rows[following].indent < margin or empty:
                break
            inner += [Row("", rows[index].number) for index in range(end, following)]
            end, open_text = following, False
            continue
        if row.indent >= margin:
            row = Row(row.text[margin:], row.number)
            open_fence = fence_state(open_fence, row.text)
            open_text = not open_fence and is_open_text(row.text)
        elif (
            not open_text or interrupts(rows, end) or (row.first in ITEMS and ITEM.match(row.text))
        ):
            break
        else:
            row = _lazy(row)
        inner.append(row)
        end += 1
    behind = filled(rows, end)
    behind = len(rows) if behind is None else behind
    return inner, behind, behind > end


def same_list(row: Row, mark: str) -> re.Match[str] | None:
    """The item that begins in this row, if its mark is of the kind of that list's first one."""
    match = ITEM.match(row.text) if row.first in ITEMS else None
    if not match or match[2][-1] != mark[-1] or match[2][0].isdigit() != mark[0].isdigit():
        return None
    return None if RULE.match(row.text) else match


def _item_mark(row: Row) -> re.Match[str] | None:
    """The mark of the item that a row begins; None for a rule."""
    if row.first not in ITEMS or (row.first in RULES and RULE.match(row.text)):
        return None
    return ITEM.match(row.text)


def is_loose(rows: list[Row]) -> bool:
    """True if a blank row stands between two direct blocks of an item."""
    at, blank, count, open_fence = 0, False, 0, ""
    while at < len(rows):
        row = rows[at]
        if row.blank and not open_fence:
            blank = True
        elif not open_fence and blank and count and row.indent < 4:
            return True
        elif not open_fence and (match := _item_mark(row)):
            _inner, at, blank = item(rows, at, match)
            count += 1
            continue
        else:
            open_fence = fence_state(open_fence, row.text)
            defined = "]:" in row.text and DEFINITION.match(row.text)
            blank, count = False, count + (0 if defined else 1)
        at += 1
    return False


def footnote(rows: list[Row], at: int, match: re.Match[str]) -> tuple[str, int]:
    """The text of a footnote without its margin, and where it ends."""
    lines, end = [match[2]], at + 1
    while end < len(rows):
        row = rows[end]
        if row.blank:
            following = filled(rows, end)
            if following is None or rows[following].indent < 2:
                break
            lines += [""] * (following - end)
            end = following
            continue
        if row.indent < 2 and (
            rows[end - 1].blank or interrupts(rows, end) or FOOTNOTE.match(row.text)
        ):
            break
        lines.append(row.text[min(4, row.indent) :])
        end += 1
    return "\n".join(lines), end


def is_table(rows: list[Row], at: int) -> bool:
    """True for a row of cells above a row of dashes; how many cells each has is not asked here."""
    if at + 1 >= len(rows) or "|" not in rows[at].text:
        return False
    below = rows[at + 1].text
    return ("|" in below or ":" in below) and DELIMITERS.match(below) is not None


def table(rows: list[Row], at: int) -> int:
    """The end of a table."""
    end = at + 2
    while end < len(rows) and not rows[end].blank and not interrupts(rows, end):
        end += 1
    return end
