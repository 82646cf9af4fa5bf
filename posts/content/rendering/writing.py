"""Elements of the tree -> HTML, as Python-Markdown writes it, and the passes before.

Both give what the originals give (``tests/test_fast_rendering.py`` compares them) for the trees
that we build: names in lower case, no comments, no attributes without a value.
"""

import re
from xml.etree.ElementTree import Element

from markdown import Markdown
from markdown.serializers import to_xhtml_string
from markdown.treeprocessors import Treeprocessor, UnescapeTreeprocessor
from markdown.util import STX

AMPERSAND = re.compile(r"&(?!(?:#[0-9]+|#x[0-9a-f]+|[0-9a-z]+);)", re.IGNORECASE)
EMPTY = frozenset(("br", "hr", "img"))


def written(elements: list[Element]) -> str:
    """The elements one after the other, as XHTML."""
    parts: list[str] = []
    try:
        for element in elements:
            _write(element, parts)
    except RecursionError:  # thousands of marks of emphasis within one another
        around = Element("div")
        around.extend(elements)
        return to_xhtml_string(around).removeprefix("<div>").removesuffix("</div>")
    return "".join(parts)


def _write(element: Element, parts: list[str]) -> None:
    tag, text = element.tag, element.text
    if tag is None:  # raw HTML: words that stand for it, without a tag of their own
        parts.append(_escaped(text or ""))
    elif tag in EMPTY:
        parts.append(f"<{tag}{_attributes(element)} />")
    else:
        parts.append(f"<{tag}{_attributes(element)}>" if element.attrib else f"<{tag}>")
        if text:
            parts.append(_escaped(text))
        for child in element:
            _write(child, parts)
        parts.append(f"</{tag}>")
    if element.tail:
        parts.append(_escaped(element.tail))


def _escaped(text: str) -> str:
    """Entities stay what they are."""
    if "&" in text:
        text = AMPERSAND.sub("&amp;", text)
    if "<" in text:
        text = text.replace("<", "&lt;")
    return text.replace(">", "&gt;") if ">" in text else text


def _attributes(element: Element) -> str:
    found = ""
    items = element.items()
    for name, value in sorted(items) if len(items) > 1 else items:
        value = _escaped(value)
        if '"' in value:
            value = value.replace('"', "&quot;")
        found += f' {name}="{value}"'
    return found


class LineBreaks(Treeprocessor):
    """Line breaks between blocks and behind ``<br>``."""

    def __init__(self, md: Markdown):
        super().__init__(md)
        self.blocks = frozenset(md.block_level_elements)

    def run(self, root: Element) -> None:
        """Change the texts of a tree. Takes the place of ``prettify``."""
        self._separate(root)
        for element in root.iter("br"):
            tail = element.tail
            element.tail = f"\n{tail}" if tail and tail.strip() else "\n"

    def _separate(self, block: Element) -> None:
        if len(block) and block[0].tag in self.blocks and not (block.text or "").strip():
            block.text = "\n"
        for child in block:
            if child.tag in self.blocks:
                self._separate(child)
        if not block.tail or not block.tail.strip():
            block.tail = "\n"


class Unescaped(UnescapeTreeprocessor):
    """Escaped characters come back, looked for only where a placeholder stands.

    ``needed`` is false for a document without a backslash, which escapes nothing.
    """

    needed = True

    def run(self, root: Element) -> None:
        """Change the texts and attributes of a tree."""
        if self.needed:
            super().run(root)

    def unescape(self, text: str) -> str:
        """The text with what its placeholders stand for."""
        return super().unescape(text) if STX in text else text
