"""Block structure the way CommonMark, Jekyll's and Hugo's authors write it.

Python-Markdown's own block processors want four spaces under a list item and a blank line above a
list. This parser stands in for them: it builds the same element tree from CommonMark's container
rules (items end where their indentation ends, a list may follow a paragraph, fences stand anywhere)
and leaves everything inside a line to Python-Markdown. Each step looks at a line a bounded number
of times for each level of nesting, and levels are bounded, so the time is linear.
"""

import re
from collections.abc import Iterable
from typing import NamedTuple
from xml.etree import ElementTree
from xml.etree.ElementTree import Element, SubElement

from markdown import Markdown
from markdown.blockparser import BlockParser
from markdown.extensions.footnotes import FootnoteExtension
from markdown.util import AtomicString

import posts.content.rendering.extents as extents
import posts.content.rendering.rawhtml as rawhtml
from posts.content.digest.links import DEFINITION
from posts.content.rendering.code import code_block
from posts.content.rendering.inline import label_key
from posts.content.rendering.patterns import (
    ABBREVIATION,
    FENCE,
    FENCES,
    FOOTNOTE,
    HEADING,
    HEADING_ID,
    ID,
    ITEM,
    ITEMS,
    MARKDOWN_INSIDE,
    MAX_DEPTH,
    OPENERS,
    RULE,
    RULES,
    SETEXT,
    SPECIAL,
    TASK,
    TERM,
    UNDERLINES,
    Row,
    spaces,
)

TITLE = re.compile(r"[\"'(]([^\"]*)[\"')]\s*\Z")


class Marks(NamedTuple):
    """What the digest knows of lines (from 0) that the tree has to show."""

    parts: dict[int, int | None] = {}  # where a story begins, and text of none (None)
    items: dict[int, int] = {}  # where a story begins that is a list item
    sources: frozenset[int] = frozenset()  # lines that cite sources
    breaks: frozenset[int] = frozenset()  # lines that begin a paragraph of their own


class CommonMarkParser(BlockParser):
    """Builds the tree of a document: an element for each part that the marks know, blocks in these.

    ``marks`` and ``source_class`` are set before one conversion. After it, ``parts`` holds the
    parts with the story that each is, ``items`` the list items that are stories, ``lines`` the
    line where each block of a part begins.
    """

    def __init__(self, md: Markdown, abbreviations: dict[str, str], notes: FootnoteExtension):
        super().__init__(md)
        self.abbreviations, self.notes = abbreviations, notes
        self.marks = Marks()
        self.source_class = ""
        self.abbreviated = False

    def parseDocument(self, lines: Iterable[str]) -> ElementTree.ElementTree:
        """The tree of a document."""
        self.root = Element(self.md.doc_tag)
        self.parts: list[tuple[int | None, Element]] = []
        self.items: dict[Element, int] = {}
        self.lines: dict[Element, int] = {}
        self.pending = sorted(self.marks.parts, reverse=True)
        rows = [
            Row(spaces(line) if "\t" in line else line, number) for number, line in enumerate(lines)
        ]
        self._collect_definitions(rows)
        self.abbreviated = any("*[" in row.text and ABBREVIATION.match(row.text) for row in rows)
        self._open_part(None)
        self._blocks(self.root, rows, 0)
        self._open_parts(len(rows) + 1)
        return ElementTree.ElementTree(self.root)

    def parseChunk(self, parent: Element, text: str) -> None:
        """Footnotes come back here with their text."""
        self._blocks(parent, [Row(spaces(line), -1) for line in text.split("\n")], 1)
        if not len(parent):  # an empty note still needs a paragraph for its way back
            SubElement(parent, "p").text = ""

    def _collect_definitions(self, rows: list[Row]) -> None:
        for row in rows:
            if "]:" in row.text and (match := DEFINITION.match(row.text)):
                title = TITLE.search(row.text[match.end(2) :])
                target = (match[2], title[1] if title else "")
                self.md.references.setdefault(label_key(match[1]), target)

    # -- the walk ------------------------------------------------------------------------------

    def _open_part(self, story: int | None) -> None:
        self.parts.append((story, SubElement(self.root, "div")))

    def _open_parts(self, number: int) -> None:
        while self.pending and self.pending[-1] <= number:
            self._open_part(self.marks.parts[self.pending.pop()])

    def _blocks(self, parent: Element, rows: list[Row], depth: int, tight: bool = False) -> None:
        at = 0
        while at < len(rows):
            if rows[at].blank:
                at += 1
                continue
            if parent is not self.root:
                at = self._block(parent, rows, at, depth, tight)
                continue
            number = rows[at].number
            self._open_parts(number)
            part = self.parts[-1][1]
            before = len(part)
            at = self._block(part, rows, at, depth, tight)
            for block in part[before:]:
                self.lines[block] = number

    def _block(self, parent: Element, rows: list[Row], at: int, depth: int, tight: bool) -> int:
        row = rows[at]
        if row.indent >= 4:
            return self._indented(parent, rows, at)
        first = row.first
        if first not in OPENERS:
            return self._text(parent, rows, at, tight)
        if first in FENCES and (match := FENCE.match(row.text)):
            return self._fence(parent, rows, at, match)
        if first == "#" and (match := HEADING.match(row.text)):
            return self._heading(parent, len(match[1]), match[2] or "", at + 1)
        if extents.is_attributes(rows, at):
            return at + 1
        if first in RULES and RULE.match(row.text):
            SubElement(parent, "hr")
            return at + 1
        if first == "<" and (end := extents.html(rows, at)) is not None:
            return self._html(parent, rows, at, end)
        if first == ">" and depth < MAX_DEPTH:
            inner, end = extents.quote(rows, at)
            self._blocks(SubElement(parent, "blockquote"), inner, depth + 1)
            return end
        if first in ITEMS and depth < MAX_DEPTH and (match := ITEM.match(row.text)):
            return self._list(parent, rows, at, depth, match[2])
        return self._definition(rows, at) or self._text(parent, rows, at, tight)

    # -- leaves --------------------------------------------------------------------------------

    def _raw(self, parent: Element, html: str) -> None:
        """Add HTML that no pattern may touch: an element without a tag, its placeholder in it."""
        placeholder = self.md.htmlStash.store(html)
        last = parent[-1] if len(parent) else None
        alone = last is None or last.tag is None or bool(last.tail)
        # Of an element without a tag Python-Markdown writes the text only.
        raw: Element = Element(None)  # type: ignore[arg-type]
        raw.text = AtomicString(f"\n{placeholder}" if alone else placeholder)
        raw.tail = "\n"
        parent.append(raw)

    def _indented(self, parent: Element, rows: list[Row], at: int) -> int:
        end = extents.indented_code(rows, at)
        self._raw(parent, code_block("\n".join(row.text[4:] for row in rows[at:end]), ""))
        return end

    def _fence(self, parent: Element, rows: list[Row], at: int, match: re.Match[str]) -> int:
        end, margin = extents.fence(rows, at, match), len(match[1])
        code = "\n".join(row.text[min(margin, row.indent) :] for row in rows[at + 1 : end])
        self._raw(parent, code_block(code, match[3]))
        return end + 1

    def _heading(self, parent: Element, level: int, text: str, end: int) -> int:
        heading = SubElement(parent, f"h{level}")
        if "{" in text and (match := HEADING_ID.search(text)):
            text = text[: match.start()]
            if name := ID.search(match["list"]):
                heading.set("id", name[1])
        heading.text = self._inert(text.strip())
        return end

    def _html(self, parent: Element, rows: list[Row], at: int, end: int) -> int:
        first, marks = rows[at].text, self.marks
        # What a story leaves open ends with it, and raw HTML above a story does not swallow it.
        for below in range(at + 1, end):
            if rows[below].number in marks.parts or rows[below].number in marks.items:
                end = below
                break
        if MARKDOWN_INSIDE.search(first) and first.rstrip().endswith(">") and first.count("<") == 1:
            self._raw(parent, rawhtml.block(MARKDOWN_INSIDE.sub("", first)))
            return at + 1
        text = "\n".join(row.text for row in rows[at:end])
        if not rawhtml.IFRAME.match(text.lstrip()):
            self._raw(parent, rawhtml.block(text))
        elif text := rawhtml.IFRAME.sub(self._embedded, text).strip():
            self._put_text(parent, text, False, False)
        return end

    def _embedded(self, match: re.Match[str]) -> str:
        link = rawhtml.link(match[0])
        return self.md.htmlStash.store(link) if link else ""

    def _definition(self, rows: list[Row], at: int) -> int:
        """The end of a definition, which is set aside; 0 if none stands here."""
        text = rows[at].text
        if match := FOOTNOTE.match(text):
            note, end = extents.footnote(rows, at, match)
            self.notes.setFootnote(match[1], note)
            return end
        if DEFINITION.match(text):
            return at + 1
        if match := ABBREVIATION.match(text):
            self.abbreviations[match[1].strip()] = match[2].strip()
            return at + 1
        return 0

    def _text(self, parent: Element, rows: list[Row], at: int, tight: bool) -> int:
        return self._table(parent, rows, at) or self._paragraph(parent, rows, at, tight)

    def _table(self, parent: Element, rows: list[Row], at: int) -> int:
        """The end of a table, which is added; 0 if none stands here."""
        if not self._is_table(rows, at):
            return 0
        end, table = extents.table(rows, at), self.blockprocessors["table"]
        text = "\n".join(row.text.strip() for row in rows[at:end])
        table.test(parent, text + "\n|")
        table.run(parent, [text])
        return end

    def _is_table(self, rows: list[Row], at: int) -> bool:
        if not extents.is_table(rows, at):
            return False
        head = f"{rows[at].text.strip()}\n{rows[at + 1].text.strip()}\n|"
        return self.blockprocessors["table"].test(self.root, head)

    def _paragraph(self, parent: Element, rows: list[Row], at: int, tight: bool) -> int:
        end = at + 1
        while end < len(rows) and not rows[end].blank:
            row = rows[end]
            if row.first in UNDERLINES and row.indent < 4 and (match := SETEXT.match(row.text)):
                text = "\n".join(row.text.strip() for row in rows[at:end])
                return self._heading(parent, 1 if match[1][0] == "=" else 2, text, end + 1)
            if self._ends_paragraph(rows, end):
                break
            if row.first == ":" and end == at + 1 and TERM.match(row.text):
                return self._definitions(parent, rows, at)
            end += 1
        # Trailing spaces of a line are a line break; those of the paragraph are nothing.
        first = rows[at]
        text = first.text[first.indent :]
        if end > at + 1:
            text = "\n".join([text, *(row.text[row.indent :] for row in rows[at + 1 : end])])
        text = text.rstrip()
        self._put_text(parent, text, tight, rows[at].number in self.marks.sources)
        return end

    def _ends_paragraph(self, rows: list[Row], at: int) -> bool:
        number, marks = rows[at].number, self.marks
        if number in marks.sources or number in marks.parts or number in marks.breaks:
            return True
        return (
            extents.interrupts(rows, at)
            or extents.is_attributes(rows, at)
            or self._is_table(rows, at)
        )

    def _inert(self, text: str) -> str:
        """The text, spared from all patterns where none can match: most Chinese paragraphs."""
        return text if SPECIAL.search(text) or self.abbreviated else AtomicString(text)

    def _put_text(self, parent: Element, text: str, tight: bool, source: bool) -> None:
        target, alone = parent, not len(parent) and not parent.text
        if not tight or (source and not alone):
            target = SubElement(parent, "p")
            target.text = self._inert(text)
        elif alone:
            parent.text = text
        elif len(parent):
            parent[-1].tail = f"{parent[-1].tail or ''}\n{text}"
        else:
            parent.text = f"{parent.text}\n{text}"
        if source:
            target.set("class", self.source_class)

    def _definitions(self, parent: Element, rows: list[Row], at: int) -> int:
        last = parent[-1] if len(parent) else None
        listing = last if last is not None and last.tag == "dl" else SubElement(parent, "dl")
        SubElement(listing, "dt").text = rows[at].text.strip()
        at += 1
        while at < len(rows) and (match := TERM.match(rows[at].text)):
            SubElement(listing, "dd").text = match[1]
            at += 1
        return at

    # -- lists ---------------------------------------------------------------------------------

    def _list(self, parent: Element, rows: list[Row], at: int, depth: int, mark: str) -> int:
        items, loose, end = [], False, at
        match = extents.same_list(rows[end], mark)
        while match:
            inner, end, blank_behind = extents.item(rows, end, match)
            items.append(inner)
            match = extents.same_list(rows[end], mark) if end < len(rows) else None
            loose = loose or (blank_behind and match is not None)
        element = SubElement(parent, "ol" if mark[0].isdigit() else "ul")
        if mark[0].isdigit() and int(mark[:-1]) != 1:
            element.set("start", str(int(mark[:-1])))
        loose = loose or any(extents.is_loose(inner) for inner in items)
        for inner in items:
            self._item(SubElement(element, "li"), inner, depth, loose)
        return end

    def _item(self, element: Element, rows: list[Row], depth: int, loose: bool) -> None:
        if match := TASK.match(rows[0].text):
            mark = "☑" if match[1] != " " else "☐"
            rows = [Row(f"{mark} {rows[0].text[match.end() :]}", rows[0].number), *rows[1:]]
        if (story := self.marks.items.get(rows[0].number)) is not None:
            self.items[element] = story
        self._blocks(element, rows, depth + 1, tight=not loose)
