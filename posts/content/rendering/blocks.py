"""Block structure the way CommonMark, Jekyll's and Hugo's authors write it.

Python-Markdown's own block processors want four spaces under a list item and a blank line above a
list. This parser takes their place: it builds the same element tree from CommonMark's container
rules (items end where their indentation ends, a list may follow a paragraph, fences stand anywhere)
and leaves everything inside a line to Python-Markdown. Each step looks at a line a bounded number of
times for each level of nesting, and levels are bounded, so the time is linear.
"""

import re
from typing import NamedTuple
from xml.etree import ElementTree

from markdown.blockparser import BlockParser
from markdown.util import AtomicString

from posts.content.digest.links import DEFINITION
from posts.content.rendering.code import code_block
from posts.content.rendering.patterns import (
    ABBREVIATION,
    ATTRIBUTES,
    DELIMITERS,
    FENCE,
    FOOTNOTE,
    HEADING,
    HEADING_ID,
    HTML_ALONE,
    HTML_STARTS,
    ITEM,
    MARKDOWN_INSIDE,
    MAX_DEPTH,
    QUOTE,
    RULE,
    SETEXT,
    SPECIAL,
    TASK,
    TERM,
    Row,
    fence_state,
    spaces,
)


class Marks(NamedTuple):
    """Where the digest wants something: line -> text set before that block, line -> id of a list item, source lines."""

    before: dict[int, str]
    items: dict[int, str]
    sources: frozenset[int]
    source_class: str
    breaks: frozenset[int] = frozenset()  # lines that begin a paragraph of their own


class CommonMarkParser(BlockParser):
    """Builds the tree of a document. ``marks`` is set for one conversion."""

    marks = Marks({}, {}, frozenset(), "")
    abbreviated = False

    def parseDocument(self, lines):
        self.root = ElementTree.Element(self.md.doc_tag)
        self.pending = sorted(self.marks.before)
        rows = [Row(spaces(line), number) for number, line in enumerate(lines)]
        self._collect_definitions(rows)
        self.abbreviated = any(ABBREVIATION.match(row.text) for row in rows)
        self._blocks(self.root, rows, 0)
        self._mark(len(rows) + 1)
        return ElementTree.ElementTree(self.root)

    def parseChunk(self, parent, text):
        """Footnotes come back here with their text."""
        self._blocks(parent, [Row(spaces(line), -1) for line in text.split("\n")], 1)
        if not len(parent):  # an empty note still needs a place for its way back
            ElementTree.SubElement(parent, "p").text, parent.text = parent.text or "", None

    def _collect_definitions(self, rows: list[Row]):
        for row in rows:
            if match := DEFINITION.match(row.text):
                title = re.search(r"[\"'(]([^\"]*)[\"')]\s*\Z", row.text[match.end(2) :])
                self.md.references.setdefault(
                    " ".join(match[1].lower().split()), (match[2], title[1] if title else None)
                )

    # -- the walk ------------------------------------------------------------------------------

    def _blocks(self, parent, rows: list[Row], depth: int, tight: bool = False) -> bool:
        """Parse rows into ``parent``; true if a blank line stands between two of its blocks."""
        at, count, loose, blank_before = 0, 0, False, False
        while at < len(rows):
            if rows[at].blank:
                blank_before = True
                at += 1
                continue
            loose = loose or (blank_before and count > 0)
            if parent is self.root:
                self._mark(rows[at].number)
            at = self._block(parent, rows, at, depth, tight)
            count, blank_before = count + 1, False
        return loose

    def _block(self, parent, rows: list[Row], at: int, depth: int, tight: bool) -> int:
        row = rows[at]
        if row.indent >= 4:
            return self._indented(parent, rows, at)
        if match := FENCE.match(row.text):
            return self._fence(parent, rows, at, match)
        if match := HEADING.match(row.text):
            self._heading(parent, len(match[1]), match[2] or "")
            return at + 1
        if ATTRIBUTES.match(row.text):
            return at + 1
        if RULE.match(row.text):
            ElementTree.SubElement(parent, "hr")
            return at + 1
        if (end := self._html_end(rows, at)) is not None:
            return self._html(parent, rows, at, end)
        if depth < MAX_DEPTH and QUOTE.match(row.text):
            return self._quote(parent, rows, at, depth)
        if depth < MAX_DEPTH and ITEM.match(row.text):
            return self._list(parent, rows, at, depth)
        if match := FOOTNOTE.match(row.text):
            return self._footnote(rows, at, match)
        if DEFINITION.match(row.text):
            return at + 1
        if (match := ABBREVIATION.match(row.text)) and self.md.abbreviations is not None:
            self.md.abbreviations[match[1].strip()] = match[2].strip()
            return at + 1
        if self._is_table(rows, at):
            return self._table(parent, rows, at)
        return self._paragraph(parent, rows, at, depth, tight)

    def _mark(self, number: int):
        while self.pending and self.pending[0] <= number:
            self._raw(self.root, self.marks.before[self.pending.pop(0)])

    def _raw(self, parent, text: str):
        """Set text that no pattern may touch after what the parent holds so far."""
        if len(parent):
            parent[-1].tail = AtomicString(f"{parent[-1].tail or ''}\n{text}\n")
        else:
            parent.text = AtomicString(f"{parent.text or ''}\n{text}\n")

    # -- leaves --------------------------------------------------------------------------------

    def _indented(self, parent, rows: list[Row], at: int) -> int:
        end = at
        while end < len(rows) and (rows[end].blank or rows[end].indent >= 4):
            end += 1
        while rows[end - 1].blank:
            end -= 1
        code = "\n".join(row.text[4:] for row in rows[at:end])
        self._raw(parent, self.md.htmlStash.store(code_block(code, "")))
        return end

    def _fence(self, parent, rows: list[Row], at: int, match: re.Match) -> int:
        closing = re.compile(rf" {{0,3}}{re.escape(match[2][0])}{{{len(match[2])},}}[ \t]*\Z")
        end = at + 1
        while end < len(rows) and not closing.match(rows[end].text):
            end += 1
        margin = len(match[1])
        code = "\n".join(row.text[min(margin, row.indent) :] for row in rows[at + 1 : end])
        self._raw(parent, self.md.htmlStash.store(code_block(code, match[3])))
        return end + 1

    def _heading(self, parent, level: int, text: str):
        heading = ElementTree.SubElement(parent, f"h{level}")
        if match := HEADING_ID.search(text):
            text = text[: match.start()]
            if match[1]:
                heading.set("id", match[1])
        heading.text = self._inert(text.strip())

    def _html_end(self, rows: list[Row], at: int, interrupting: bool = False) -> int | None:
        """Where the raw HTML that begins here ends; None if none begins."""
        text = rows[at].text
        for start, stop in HTML_STARTS:
            if start.match(text):
                if stop is None:
                    return self._until_blank(rows, at)
                return next(
                    (index + 1 for index in range(at, len(rows)) if stop.search(rows[index].text)),
                    len(rows),
                )
        return self._until_blank(rows, at) if not interrupting and HTML_ALONE.match(text) else None

    @staticmethod
    def _until_blank(rows: list[Row], at: int) -> int:
        return next((index for index in range(at, len(rows)) if rows[index].blank), len(rows))

    def _html(self, parent, rows: list[Row], at: int, end: int) -> int:
        first = rows[at].text
        if MARKDOWN_INSIDE.search(first) and first.rstrip().endswith(">") and first.count("<") == 1:
            end, inside = at + 1, MARKDOWN_INSIDE.sub("", first)
            self._raw(parent, self.md.htmlStash.store(inside))
            return end
        self._raw(parent, self.md.htmlStash.store("\n".join(row.text for row in rows[at:end])))
        return end

    def _footnote(self, rows: list[Row], at: int, match: re.Match) -> int:
        lines, end = [match[2]], at + 1
        while end < len(rows):
            row = rows[end]
            following = next((other for other in rows[end:] if not other.blank), None)
            if row.blank and (following is None or following.indent < 2):
                break
            if (
                not row.blank
                and row.indent < 2
                and (rows[end - 1].blank or self._interrupts(rows, end) or FOOTNOTE.match(row.text))
            ):
                break
            lines.append(row.text[min(4, row.indent) :])
            end += 1
        self.md.footnotes.setFootnote(match[1], "\n".join(lines))
        return end

    def _is_table(self, rows: list[Row], at: int) -> bool:
        if (
            at + 1 >= len(rows)
            or "|" not in rows[at].text
            or not DELIMITERS.match(rows[at + 1].text)
        ):
            return False
        if "|" not in rows[at + 1].text and ":" not in rows[at + 1].text:
            return False
        return self.blockprocessors["table"].test(
            self.root, f"{rows[at].text.strip()}\n{rows[at + 1].text.strip()}\n|"
        )

    def _table(self, parent, rows: list[Row], at: int) -> int:
        end = at + 2
        while end < len(rows) and not rows[end].blank and not self._interrupts(rows, end):
            end += 1
        table = self.blockprocessors["table"]
        text = "\n".join(row.text.strip() for row in rows[at:end])
        table.test(parent, text + "\n|")
        table.run(parent, [text])
        return end

    def _paragraph(self, parent, rows: list[Row], at: int, depth: int, tight: bool) -> int:
        end = at + 1
        while end < len(rows) and not rows[end].blank:
            row = rows[end]
            if (match := SETEXT.match(row.text)) and row.indent < 4:
                self._heading(
                    parent,
                    1 if match[1][0] == "=" else 2,
                    "\n".join(r.text.strip() for r in rows[at:end]),
                )
                return end + 1
            if (
                ATTRIBUTES.match(row.text)
                or self._interrupts(rows, end)
                or self._is_marked(row)
                or self._is_table(rows, end)
            ):
                break
            if TERM.match(row.text) and end == at + 1:
                return self._definitions(parent, rows, at)
            end += 1
        # Trailing spaces of a line are a line break; those of the paragraph are nothing.
        text = "\n".join(row.text.lstrip(" ") for row in rows[at:end]).rstrip()
        self._put_text(
            parent, text, tight, rows[at].number in self.marks.sources and rows[at].number >= 0
        )
        return end

    def _is_marked(self, row: Row) -> bool:
        """True for a line that the digest wants to begin a block: a source line, the head of a story or what follows it."""
        return (
            row.number in self.marks.sources
            or row.number in self.marks.before
            or row.number in self.marks.breaks
        )

    def _inert(self, text: str) -> str:
        """The text, spared from all patterns where none can match: most Chinese paragraphs."""
        return text if SPECIAL.search(text) or self.abbreviated else AtomicString(text)

    def _put_text(self, parent, text: str, tight: bool, source: bool):
        if not tight:
            paragraph = ElementTree.SubElement(parent, "p")
            paragraph.text = self._inert(text)
            target = paragraph
        else:
            target = parent
            if len(parent):
                parent[-1].tail = f"{parent[-1].tail or ''}\n{text}"
            else:
                parent.text = (
                    f"{parent.text or ''}{text}" if not parent.text else f"{parent.text}\n{text}"
                )
        if source:
            target.set("class", self.marks.source_class)

    def _definitions(self, parent, rows: list[Row], at: int) -> int:
        listing = (
            parent[-1]
            if len(parent) and parent[-1].tag == "dl"
            else ElementTree.SubElement(parent, "dl")
        )
        ElementTree.SubElement(listing, "dt").text = rows[at].text.strip()
        at += 1
        while at < len(rows) and (match := TERM.match(rows[at].text)):
            ElementTree.SubElement(listing, "dd").text = match[1]
            at += 1
        return at

    # -- containers ----------------------------------------------------------------------------

    def _interrupts(self, rows: list[Row], at: int) -> bool:
        """True if this line begins a block although a paragraph is open above it."""
        row = rows[at]
        if row.indent >= 4:
            return False
        if (
            FENCE.match(row.text)
            or HEADING.match(row.text)
            or RULE.match(row.text)
            or QUOTE.match(row.text)
        ):
            return True
        if match := ITEM.match(row.text):
            return bool(row.text[match.end() :].strip()) and (
                not match[2][0].isdigit() or match[2][:-1] == "1"
            )
        return self._html_end(rows, at, interrupting=True) is not None

    def _quote(self, parent, rows: list[Row], at: int, depth: int) -> int:
        inner, end, lazy, fence = [], at, False, ""
        while end < len(rows):
            row = rows[end]
            if match := QUOTE.match(row.text):
                text = row.text[match.end() :]
                fence = fence_state(fence, text)
                lazy = not fence and self._is_open_text(text)
            elif row.blank or not lazy or self._interrupts(rows, end):
                break
            else:
                text = row.text.lstrip(" ")
                text = (
                    "\\" + text if SETEXT.match(text) else text
                )  # an underline may not stand in a lazy line
            inner.append(Row(text, row.number))
            end += 1
        self._blocks(ElementTree.SubElement(parent, "blockquote"), inner, depth + 1)
        return end

    @staticmethod
    def _is_open_text(text: str) -> bool:
        """True if a line leaves a paragraph open, which an unmarked line may continue."""
        while True:
            match = QUOTE.match(text) or ITEM.match(text)
            if not match or RULE.match(text):
                break
            text = text[match.end() :]
        return (
            bool(text.strip())
            and len(text) - len(text.lstrip(" ")) < 4
            and not (FENCE.match(text) or HEADING.match(text) or RULE.match(text))
        )

    def _list(self, parent, rows: list[Row], at: int, depth: int) -> int:
        match = ITEM.match(rows[at].text)
        ordered, delimiter = match[2][0].isdigit(), match[2][-1]
        items, loose, end = [], False, at
        while end < len(rows):
            match = ITEM.match(rows[end].text)
            if (
                not match
                or match[2][-1] != delimiter
                or match[2][0].isdigit() != ordered
                or RULE.match(rows[end].text)
            ):
                break
            item, end, blank_after = self._item(rows, end, match)
            items.append(item)
            following = ITEM.match(rows[end].text) if end < len(rows) else None
            same = (
                following
                and following[2][-1] == delimiter
                and following[2][0].isdigit() == ordered
                and not RULE.match(rows[end].text)
            )
            loose = loose or (blank_after and bool(same))
            if not same:
                break
        element = ElementTree.SubElement(parent, "ol" if ordered else "ul")
        if ordered and (first := match and int(ITEM.match(rows[at].text)[2][:-1])) != 1:
            element.set("start", str(first))
        loose = loose or any(self._is_loose(item) for item in items)
        for item in items:
            self._fill_item(ElementTree.SubElement(element, "li"), item, depth, loose)
        return end

    def _fill_item(self, element, item: list[Row], depth: int, loose: bool):
        if item and (match := TASK.match(item[0].text)):
            mark = "☑" if match[1] != " " else "☐"
            item = [Row(f"{mark} {item[0].text[match.end() :]}", item[0].number), *item[1:]]
        if item and item[0].number in self.marks.items:
            element.set("id", self.marks.items[item[0].number])
        self._blocks(element, item, depth + 1, tight=not loose)

    def _item(self, rows: list[Row], at: int, match: re.Match) -> tuple[list[Row], int, bool]:
        """(the item's rows without its margin, where it ends, whether blank lines follow it)."""
        gap = len(match[3].expandtabs(4))
        margin = match.end(2) + (
            gap if 1 <= gap <= 4 and rows[at].text[match.end() :].strip() else 1
        )
        inner = [
            Row(rows[at].text[margin:] if len(rows[at].text) > margin else "", rows[at].number)
        ]
        end, fence = at + 1, fence_state("", inner[0].text)
        lazy = not fence and self._is_open_text(inner[0].text)
        while end < len(rows):
            row = rows[end]
            if row.blank:
                following = next(
                    (index for index in range(end, len(rows)) if not rows[index].blank), None
                )
                if (
                    following is None
                    or rows[following].indent < margin
                    or (len(inner) == 1 and inner[0].blank)
                ):
                    break
                inner += [Row("", rows[index].number) for index in range(end, following)]
                end, lazy = following, False
                continue
            if row.indent >= margin:
                text = row.text[margin:]
                fence = fence_state(fence, text)
                lazy = not fence and self._is_open_text(text)
            elif not lazy or self._interrupts(rows, end) or ITEM.match(row.text):
                break
            else:
                text = row.text.lstrip(" ")
                text = "\\" + text if SETEXT.match(text) else text
            inner.append(Row(text, row.number))
            end += 1
        blanks = end
        while blanks < len(rows) and rows[blanks].blank:
            blanks += 1
        return inner, blanks, blanks > end

    def _is_loose(self, item: list[Row]) -> bool:
        """True if a blank line stands between two direct blocks of the item."""
        at, blank, count, fence = 0, False, 0, ""
        while at < len(item):
            row = item[at]
            if row.blank and not fence:
                blank = True
            elif not fence and blank and count and row.indent < 4:
                return True
            elif not fence and (match := ITEM.match(row.text)) and not RULE.match(row.text):
                _inner, at, blank = self._item(item, at, match)
                count += 1
                continue
            else:
                fence = fence_state(fence, row.text)
                if DEFINITION.match(row.text):
                    count -= 1
                blank, count = False, count + 1
            at += 1
        return False
