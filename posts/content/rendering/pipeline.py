"""The order of rendering, from a body to the HTML of a post and of each of its stories.

1. Line ends are made one kind, control characters dropped (``lines``, here);
2. known Liquid tags and shortcodes get their meaning (``templating``);
3. blocks are parsed by CommonMark's rules (``blocks``), code highlighted (``code``), every story an
   element of the tree by itself;
4. Python-Markdown and our patterns read what is within the lines (``inline``), headings get ids
   (``converter``);
5. stories get their anchors and links in the tree, under names that only this process knows (here);
6. each part is written and sanitised by itself (``sanitising``), so that an element left open in
   one story cannot reach into the next.
"""

import re
from bisect import bisect_right
from collections.abc import Callable
from dataclasses import dataclass, field
from html import escape
from xml.etree.ElementTree import Element

import posts.content.rendering.story_texts as story_texts
import posts.content.rendering.templating as templating
from posts.content import lines
from posts.content.digest import Digest, Story
from posts.content.markup import PERMALINK
from posts.content.rendering.blocks import CommonMarkParser, Marks
from posts.content.rendering.converter import Converter
from posts.content.rendering.sanitising import own
from posts.content.rendering.story_texts import HEADINGS

CONTROLS = re.compile(r"[\x00-\x08\x0b\x0c\x0e-\x1f\x7f-\x9f\ufffe\uffff\ufeff]")


@dataclass
class Rendered:
    """``html`` of the whole body, of each story's text (heading and source lines left out), and
    unknown tags as (line from 0, text)."""

    html: str
    stories: list[str] = field(default_factory=list)
    unknown: list[tuple[int, str]] = field(default_factory=list)


_converters: list[Converter] = []


def _converter() -> Converter:
    """One converter for each process: rendering happens in processes of its own."""
    if not _converters:
        _converters.append(Converter())
    return _converters[0]


def render(body: str, digest: Digest | None = None, hide_title: bool = False) -> Rendered:
    """Render a body. ``hide_title`` leaves out the digest's first heading: the page has it."""
    digest = digest or Digest([], [], [], None, len(body), [])
    text, unknown = _prepared(body, digest, hide_title)
    converter, number = _converter(), _numbers(body)
    tree = converter.tree(text, _marks(digest, number))
    blocks = story_texts.of_parts(tree, digest.stories)
    blocks |= story_texts.of_items(tree, [number(story.end) for story in digest.stories])
    texts = {index: converter.html(some) for index, some in blocks.items()}
    html = _assembled(converter, tree, digest)
    stories = [
        texts[index] if index in texts else render(body[story.start : story.end]).html
        for index, story in enumerate(digest.stories)
    ]
    return Rendered(html, stories, unknown)


def _prepared(body: str, digest: Digest, hide_title: bool) -> tuple[str, list[tuple[int, str]]]:
    if hide_title and digest.title:
        start, end, _text = digest.title
        body = body[:start] + re.sub(r"[^\r\n]", "", body[start:end]) + body[end:]
    return templating.resolve(CONTROLS.sub("", lines.unified(body)))


def _numbers(body: str) -> Callable[[int], int]:
    """What gives the line (from 0) of an offset; for the body's end the line after the last."""
    starts = lines.starts(body)
    return lambda offset: bisect_right(starts, offset) - (offset < len(body))


def _marks(digest: Digest, number: Callable[[int], int]) -> Marks:
    parts: dict[int, int | None] = {}
    items, breaks = {}, set()
    for index, story in enumerate(digest.stories):
        if story.shape == "item":
            items[number(story.start)] = index
            continue
        parts.setdefault(number(story.end), None)
        parts[number(story.start)] = index
        if story.shape == "line":
            breaks.add(number(story.head_end))
    sources = frozenset(number(start) for start in digest.source_lines)
    return Marks(parts, items, sources, frozenset(breaks))


def _assembled(converter: Converter, tree: CommonMarkParser, digest: Digest) -> str:
    for element, index in tree.items.items():
        _link_item(element, digest.stories[index])
    if tree.items:
        converter.changed()
    found = []
    for number, part in tree.parts:
        if number is None:
            found.append(converter.html(list(part)))
            continue
        story = digest.stories[number]
        _link_head(part, story)
        if len(part):
            converter.changed(part[0])
        anchor = f'<section class="story" id="story-{escape(story.slug)}">'
        found.append(f"{anchor}\n{converter.html(list(part))}\n</section>")
    for notes in list(tree.root)[len(tree.parts) :]:
        notes.set("class", own("footnotes"))
        found.append(converter.html([notes]))
    return "\n".join(html for html in found if html)


def _permalink(story: Story) -> Element:
    attributes = {"class": own(PERMALINK), "href": f"{story.slug}/"}
    link = Element("a", attributes | {"aria-label": own(CONTROLS.sub("", story.heading))})
    link.text = "#"
    return link


def _link_head(part: Element, story: Story) -> None:
    """A story that is a part: its link behind the words of its heading."""
    head = part[0] if len(part) else None
    if head is None or head.tag not in (*HEADINGS, "p"):
        return
    if len(head):
        head[-1].tail = f"{head[-1].tail or ''} "
    else:
        head.text = f"{head.text or ''} "
    head.append(_permalink(story))


def _link_item(element: Element, story: Story) -> None:
    """A story that is a list item: its anchor, and its link before its first words."""
    element.set("class", own("story"))
    element.set("id", own(f"story-{story.slug}"))
    target = element
    if not (element.text or "").strip() and len(element) and element[0].tag == "p":
        target = element[0]
    link = _permalink(story)
    link.tail, target.text = f" {target.text or ''}", None
    target.insert(0, link)
