"""Python-Markdown's reading of what stands within lines, made to ask few patterns.

It gives what the original gives, element for element (``tests/test_fast_rendering.py`` compares
the two). A pattern is asked only where a text holds characters that every match of it has: most
texts have none, and few have those of more than three of the twenty patterns.
"""

from collections import deque
from xml.etree.ElementTree import Element

from markdown import Markdown
from markdown.inlinepatterns import InlineProcessor as Pattern
from markdown.treeprocessors import InlineProcessor
from markdown.util import AtomicString

from posts.content.rendering.inline import Reference
from posts.content.rendering.patterns import ANY_NEEDLE, NEEDLES, PLAIN_PARTS

# Elements that stand in no link, so that every pattern may be asked of their text.
PLAIN_PARENTS = frozenset("p li h1 h2 h3 h4 h5 h6 td th dt dd".split())
Asked = tuple[Pattern, str, str]  # a pattern and the one or two texts that it looks for


def _read_plainly(element: Element, text: str) -> bool:
    """Read a text that holds plain links and bold words and nothing else that means something.

    These are most of the texts with marks in them. False, and nothing is done, for any other.
    """
    at, words, found = 0, [], []  # type: int, list[str], list[Element]
    for match in PLAIN_PARTS.finditer(text):
        words.append(text[at : match.start()])
        at = match.end()
        if match["bold"] is None:
            new, inside = Element("a", {"href": match["url"]}), match["words"]
        else:
            new, inside = Element("strong"), match["bold"]
        new.text = inside
        words.append(inside)
        found.append(new)
    words.append(text[at:])
    if not found or ANY_NEEDLE.search("\x00".join(words)):
        return False
    element.text = words[0] or None
    for new, tail in zip(found, words[2::2], strict=True):
        new.tail = tail or None
    # In front of what stands there already: the text comes first.
    for position, new in enumerate(found):
        element.insert(position, new)
    return True


class SparingProcessor(InlineProcessor):
    """The ``inline`` processor of a converter."""

    def __init__(self, md: Markdown):
        super().__init__(md)
        self.asked: list[Asked | None] = []
        self.table: list[Asked] = []

    def run(self, tree: Element, ancestors: list[str] | None = None) -> Element:
        """Apply the patterns to every text of a tree."""
        self.stashed_nodes: dict[str, Element | str] = {}
        self._choose()
        queue: deque[tuple[Element, list[str]]] = deque([(tree, [*(ancestors or ()), tree.tag])])
        while queue:
            element, self.ancestors = queue.popleft()
            if element is not tree:
                self.ancestors.append(element.tag.lower())
            found = []
            for child in element:  # those that are inserted meanwhile are read as well
                text, parted = child.text, len(child) > 0
                if not text or isinstance(text, AtomicString) or not ANY_NEEDLE.search(text):
                    pass
                elif child.tag not in PLAIN_PARENTS or not _read_plainly(child, text):
                    added = self._read_text(child, text)
                    queue += added
                    found.append((child, added))
                if child.tail and ANY_NEEDLE.search(child.tail):
                    self._read_tail(element, child, child.tail)
                if parted:
                    queue.append((child, self.ancestors[:]))
            for child, added in found:
                for position, (new, _parents) in enumerate(added):
                    child.insert(position, new)
        return tree

    def _choose(self) -> None:
        """The patterns of this document: without definitions no reference leads anywhere."""
        if not self.table:
            needles = {
                self.inlinePatterns.get_index_for_name(name): found
                for name, found in NEEDLES.items()
            }
            for index, pattern in enumerate(self.inlinePatterns):
                first, last = needles[index][0], needles[index][-1]
                self.table.append((pattern, first, last))  # type: ignore[arg-type]
        defined = bool(self.md.references)
        self.asked = [
            None if isinstance(asked[0], Reference) and not defined else asked
            for asked in self.table
        ]

    def _read_text(self, child: Element, text: str) -> list[tuple[Element, list[str]]]:
        self.ancestors.append(child.tag.lower())
        child.text = None
        added = self._InlineProcessor__processPlaceholders(self._handle(text), child)  # type: ignore[attr-defined]
        self.ancestors.pop()
        return added

    def _read_tail(self, element: Element, child: Element, tail: str) -> None:
        holder, read = Element("d"), self._handle(tail)
        child.tail = None
        added = self._InlineProcessor__processPlaceholders(read, holder, False)  # type: ignore[attr-defined]
        if holder.tail:
            child.tail = holder.tail
        position = list(element).index(child) + 1
        for new, _parents in reversed(added):
            element.insert(position, new)

    def _handle(self, data: str, patternIndex: int = 0) -> str:
        """The text with placeholders for what the patterns from that one on find in it."""
        if isinstance(data, AtomicString):
            return data
        for index in range(patternIndex, len(self.asked)):
            asked = self.asked[index]
            if asked is None or (asked[1] not in data and asked[2] not in data):
                continue
            matched, start = True, 0
            while matched:
                data, matched, start = self._InlineProcessor__applyPattern(  # type: ignore[attr-defined]
                    asked[0], data, index, start
                )
        return data

    # By this name it is asked for the text of elements that patterns have made.
    _InlineProcessor__handleInline = _handle
