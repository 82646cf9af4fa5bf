"""Python-Markdown as we set it up: a text becomes a tree, an element of the tree becomes HTML."""

from xml.etree.ElementTree import Element

import markdown
from markdown.extensions import Extension
from markdown.extensions.abbr import AbbrTreeprocessor
from markdown.extensions.footnotes import FootnoteExtension
from markdown.extensions.tables import TableExtension
from markdown.treeprocessors import Treeprocessor
from markdown.util import STX

import posts.content.rendering.inline as inline
import posts.content.rendering.known_safe as known_safe
from posts.content import slugs
from posts.content.rendering.blocks import CommonMarkParser, Marks
from posts.content.rendering.inline_processor import SparingProcessor
from posts.content.rendering.sanitising import own, sanitised
from posts.content.rendering.story_texts import HEADINGS
from posts.content.rendering.writing import LineBreaks, Unescaped, written


class _HeadingIds(Treeprocessor):
    """Ids from the words of a heading, Chinese kept; a second one of a name gets ``-2``."""

    def run(self, root: Element) -> None:
        names = slugs.Names()
        for element in root.iter():
            if element.tag in HEADINGS:
                words = _without_placeholders("".join(element.itertext()))
                name = element.get("id") or slugs.slugify(words) or "section"
                element.set("id", names.take(name))


def _without_placeholders(text: str) -> str:
    """The words alone: raw HTML and escapes stand between STX and ETX."""
    first, *rest = text.split(STX)
    return first + "".join(part.partition("\x03")[2] for part in rest)


class _Newsroom(Extension):
    """Our blocks and patterns instead of Python-Markdown's own."""

    def __init__(self, notes: FootnoteExtension):
        super().__init__()
        self.notes, self.abbreviations = notes, {}  # type: FootnoteExtension, dict[str, str]

    def extendMarkdown(self, md: markdown.Markdown) -> None:
        parser = CommonMarkParser(md, self.abbreviations, self.notes)
        parser.blockprocessors = md.parser.blockprocessors
        for processor in md.parser.blockprocessors:
            processor.parser = parser
        md.parser = self.notes.parser = self.parser = parser
        for name in ("html_block", "normalize_whitespace"):
            md.preprocessors.deregister(name)
        md.treeprocessors.register(AbbrTreeprocessor(md, self.abbreviations), "abbr", 7)
        md.treeprocessors.register(_HeadingIds(md), "heading_ids", 5)
        inline.register(md)
        md.treeprocessors.register(SparingProcessor(md), "inline", 20)
        md.treeprocessors.register(LineBreaks(md), "prettify", 10)
        self.unescaped = Unescaped(md)
        md.treeprocessors.register(self.unescaped, "unescape", 0)
        md.registerExtension(self)

    def reset(self) -> None:
        self.abbreviations.clear()


class Converter:
    """One converter, for one document at a time. What :meth:`html` writes is of the last tree."""

    def __init__(self) -> None:
        notes = FootnoteExtension(
            BACKLINK_TEXT="↩",
            BACKLINK_TITLE="↩ {}",
            USE_DEFINITION_ORDER=False,
            PLACE_MARKER=own("notes"),
        )
        self.extension = _Newsroom(notes)
        tables = TableExtension(use_align_attribute=True)
        self.md = markdown.Markdown(extensions=[notes, tables, self.extension])
        # Blocks, since those of stories are asked for twice.
        self.written: dict[Element, str] = {}
        self.safe: dict[Element, str | None] = {}

    def tree(self, text: str, marks: Marks) -> CommonMarkParser:
        """The parser with the tree of a text: its root, parts and items."""
        self.md.reset()
        self.changed()
        parser = self.extension.parser
        self.extension.unescaped.needed = "\\" in text
        parser.marks, parser.source_class = marks, own("source-line")
        parser.parseDocument(text.split("\n"))
        for processor in self.md.treeprocessors:
            processor.run(parser.root)
        for link in parser.root.iter("a"):
            link.attrib.pop("class", None)  # Python-Markdown's own, of references to notes
        return parser

    def html(self, elements: list[Element]) -> str:
        """Sanitised HTML of some elements of the tree, without what surrounds them."""
        if (safe := self._all_safe(elements)) is not None:
            return safe
        output = "".join(map(self._written, elements))
        if STX in output:
            for processor in self.md.postprocessors:
                output = processor.run(output)
        return sanitised(output.strip()).strip()

    def _all_safe(self, elements: list[Element]) -> str | None:
        for block in elements:
            if block.tag not in known_safe.BLOCKS:  # seen before anything is written in vain
                return None
        parts = []
        for block in elements:
            if block not in self.safe:
                self.safe[block] = known_safe.written(block)
            if (found := self.safe[block]) is None:
                return None
            parts.append(found)
        html = "".join(parts).strip()
        html.encode()  # half a surrogate raises here as it does in the sanitiser
        return html

    def _written(self, block: Element) -> str:
        found = self.written.get(block)
        if found is None:
            found = self.written[block] = written([block])
        return found

    def changed(self, block: Element | None = None) -> None:
        """Forget how a block was written, or how all were: the tree was changed."""
        if block is None:
            self.written.clear()
            self.safe.clear()
        else:
            self.written.pop(block, None)
            self.safe.pop(block, None)
