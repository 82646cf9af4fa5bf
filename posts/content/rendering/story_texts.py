"""The blocks that are the text of each story, taken from the tree of the whole document.

A story's heading and the lines that cite its sources are no part of its text. The tree is left as
it is: a block that must lose something is copied first, as far down as it must.
"""

import copy
from collections.abc import Iterator, Sequence
from xml.etree.ElementTree import Element

from posts.content.digest import Story
from posts.content.rendering.blocks import CommonMarkParser
from posts.content.rendering.sanitising import own

HEADINGS = ("h1", "h2", "h3", "h4", "h5", "h6")
BLOCKS = frozenset((*HEADINGS, *"p ul ol dl blockquote table hr div".split(), None))


def of_parts(tree: CommonMarkParser, stories: Sequence[Story]) -> dict[int, list[Element]]:
    """The text of each story that is a part of the document."""
    texts = {}
    for index, part in tree.parts:
        if index is None:
            continue
        blocks = list(part)
        heads = (*HEADINGS, "p") if stories[index].shape == "line" else HEADINGS
        if blocks and blocks[0].tag in heads:
            del blocks[0]
        texts[index] = _without_sources(blocks)
    return texts


def of_items(tree: CommonMarkParser, ends: list[int]) -> dict[int, list[Element]]:
    """The text of each story that is a list item.

    It is the item, and what follows it up to the line where the story ends or another begins.
    """
    texts = {index: _paragraphs(item) for item, index in tree.items.items()}
    story = None
    for block in _blocks(tree) if texts else ():
        if story is not None and tree.lines.get(block, 0) >= ends[story]:
            story = None
        if block.tag not in ("ul", "ol"):
            if story is not None:
                texts[story].append(block)
            continue
        following: Element | None = None
        for position, item in enumerate(block):
            if item in tree.items:
                following, story = None, tree.items[item]
            elif story is not None:
                if following is None:
                    following = _empty_list(block, position)
                    texts[story].append(following)
                following.append(item)
    return {index: _without_sources(blocks) for index, blocks in texts.items()}


def _blocks(tree: CommonMarkParser) -> Iterator[Element]:
    """The blocks of the document that belong to no story which is a part."""
    for index, part in tree.parts:
        if index is None:
            yield from part


def _empty_list(block: Element, position: int) -> Element:
    """A list like that one, to hold its items from a position on."""
    attributes = {}
    if block.tag == "ol" and (first := int(block.get("start", "1")) + position) != 1:
        attributes["start"] = str(first)
    listing = Element(block.tag, attributes)
    listing.text, listing.tail = block.text, "\n"
    return listing


def _paragraphs(item: Element) -> list[Element]:
    """The blocks of a list item, its bare words in paragraphs."""
    blocks: list[Element] = []
    words = Element("p")
    words.text = item.text
    for child in item:
        if child.tag not in BLOCKS:
            words.append(child)
            continue
        blocks += [words, copy.copy(child)]
        words = Element("p")
        words.text, blocks[-1].tail = child.tail, "\n"
    blocks.append(words)
    for block in blocks:
        if block.tag == "p":
            block.text = (block.text or "").lstrip()
            block.tail = "\n"
    return [
        block for block in blocks if len(block) or (block.text or "").strip() or block.tag != "p"
    ]


def _without_sources(blocks: list[Element]) -> list[Element]:
    """The blocks without the lines that cite sources, and without lists that held nothing else."""
    kept = []
    for block in blocks:
        if block.get("class") == own("source-line"):
            continue
        if len(block) and any(child.get("class") == own("source-line") for child in block.iter()):
            children = _without_sources(list(block))
            if not children and not (block.text or "").strip():
                continue
            shallow = Element(block.tag, block.attrib)
            shallow.text, shallow.tail = block.text, block.tail
            shallow.extend(children)
            block = shallow
        kept.append(block)
    return kept
