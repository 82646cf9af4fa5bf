"""The order of rendering, from a body to the HTML of a post and of each of its stories.

1. Line ends are made one kind, control characters dropped (``lines``, here);
2. known Liquid tags and shortcodes get their meaning (``templating``);
3. blocks are parsed by CommonMark's rules (``blocks``), code highlighted (``code``);
4. Python-Markdown and our patterns read what is within the lines (``inline``);
5. headings get ids;
6. the result is cut at the digest's stories and every piece sanitised by itself (``sanitising``), so
   that an element left open in one story cannot reach into the next;
7. only then are the site's own elements set around the stories.
"""

import re
from dataclasses import dataclass, field
from html import escape

import markdown
from markdown.extensions import Extension
from markdown.extensions.abbr import AbbrTreeprocessor
from markdown.extensions.footnotes import FootnoteExtension
from markdown.extensions.tables import TableExtension
from markdown.treeprocessors import Treeprocessor

import posts.content.rendering.inline as inline
import posts.content.rendering.templating as templating
from posts.content import lines, slugs
from posts.content.digest import Digest
from posts.content.digest.links import DEFINITION
from posts.content.rendering.blocks import CommonMarkParser, Marks
from posts.content.rendering.sanitising import own, sanitised

CONTROLS = re.compile(r"[\x00-\x08\x0b\x0c\x0e-\x1f\x7f-\x9f\ufffe\uffff\ufeff]")
MARK = re.compile(rf"\s*{re.escape(own('cut'))}-(\d+|e);\s*")
FIRST_HEADING = re.compile(r"\A\s*<(h[1-6])\b[^>]*>.*?</\1>", re.DOTALL)
FIRST_LINE = re.compile(r"\A\s*<p\b[^>]*>.*?</p>", re.DOTALL)
SOURCE_LINES = re.compile(r"<(p|li) class=\"source-line\"[^>]*>.*?</\1>\s*", re.DOTALL)
MARKER = re.compile(r"[ \t]*(?:[-*+•]|\d{1,3}[.)、])[ \t]*")


@dataclass
class Rendered:
    """``html`` of the whole body, of each story's text (heading and source lines left out), and unknown tags."""

    html: str
    stories: list[str] = field(default_factory=list)
    unknown: list[tuple[int, str]] = field(default_factory=list)


def render(body: str, digest: Digest | None = None, hide_title: bool = False) -> Rendered:
    """Render a body. ``hide_title`` leaves out the digest's first heading, for a page that shows it already."""
    digest = digest or Digest([], [], [], None, len(body), [])
    text, unknown = _prepared(body, digest, hide_title)
    pieces, notes = _pieces(_converted(text, _marks(body, digest)))
    stories = []
    definitions = "\n".join(line for line in text.split("\n") if DEFINITION.match(line))
    for index, story in enumerate(digest.stories):
        if story.shape == "item":
            stories.append(_item_text(body, story, definitions))
        else:
            stories.append(_story_text(pieces.get(index, ""), story.shape))
    return Rendered(_assembled(pieces, digest) + notes, stories, unknown)


def _prepared(body: str, digest: Digest, hide_title: bool) -> tuple[str, list[tuple[int, str]]]:
    if hide_title and digest.title:
        start, end, _text = digest.title
        body = body[:start] + re.sub(r"[^\r\n]", "", body[start:end]) + body[end:]
    return templating.resolve(CONTROLS.sub("", lines.unified(body)))


def _marks(body: str, digest: Digest) -> Marks:
    def number(offset: int) -> int:
        return lines.number(body, offset) - 1

    before: dict[int, str] = {}
    for index, story in enumerate(digest.stories):
        if story.shape != "item":
            before.setdefault(number(story.end), f"{own('cut')}-e;")
            before[number(story.start)] = f"{own('cut')}-{index};"
    breaks = frozenset(number(story.head_end) for story in digest.stories if story.shape == "line")
    items = {
        number(story.start): own(f"story-{story.slug}")
        for story in digest.stories
        if story.shape == "item"
    }
    return Marks(
        before,
        items,
        frozenset(number(start) for start in digest.source_lines),
        own("source-line"),
        breaks,
    )


def _converted(text: str, marks: Marks) -> str:
    converter = _converter()
    converter.reset()
    converter.parser.marks = marks
    return converter.convert(text)


def _pieces(html: str) -> tuple[dict, str]:
    """Sanitised HTML by story, what lies between under ``("gap", n)``, in order; and the footnotes."""
    html, notes = _without_footnotes(html)
    cut = MARK.split(html)
    pieces: dict = {("gap", 0): sanitised(cut[0])}
    for count, (name, piece) in enumerate(zip(cut[1::2], cut[2::2], strict=True), start=1):
        pieces[("gap", count) if name == "e" else int(name)] = sanitised(piece).strip()
    return pieces, notes


def _without_footnotes(html: str) -> tuple[str, str]:
    at = html.rfind('<div class="footnote">')
    if at < 0:
        return html, ""
    notes = html[at:].replace('<div class="footnote">', f'<div class="{own("footnotes")}">', 1)
    return html[:at], "\n" + sanitised(notes)


def _assembled(pieces: dict, digest: Digest) -> str:
    parts = []
    for name, piece in pieces.items():
        if isinstance(name, tuple):
            parts.append(piece)
            continue
        story = digest.stories[name]
        link = _permalink(story)
        head = FIRST_HEADING.match(piece) or FIRST_LINE.match(piece)
        if head:
            at = piece.rindex("<", 0, head.end())
            piece = f"{piece[:at]} {link}{piece[at:]}"
        parts.append(
            f'<section class="story" id="story-{escape(story.slug)}">\n{piece}\n</section>'
        )
    html = "\n".join(part for part in parts if part.strip())
    for story in digest.stories:
        if story.shape == "item":
            html = _with_anchor(html, story)
    return html


def _permalink(story) -> str:
    return f'<a class="permalink" href="{escape(story.slug)}/" aria-label="{escape(story.heading)}">#</a>'


def _with_anchor(html: str, story) -> str:
    """A story that is a list item: its anchor, and its link before its first words."""
    opening = re.compile(rf'<li id="story-{re.escape(escape(story.slug))}">(\s*<p(?: [^>]*)?>)?')
    return opening.sub(
        lambda match: (
            f'<li class="story" id="story-{escape(story.slug)}">{match[1] or ""}{_permalink(story)} '
        ),
        html,
        count=1,
    )


def _story_text(piece: str, shape: str) -> str:
    head = FIRST_HEADING.match(piece) or (FIRST_LINE.match(piece) if shape == "line" else None)
    return SOURCE_LINES.sub("", piece[head.end() :] if head else piece).strip()


def _item_text(body: str, story, definitions: str) -> str:
    """The text of a story that is a list item, without its bullet."""
    head, *rest = lines.unified(body[story.start : story.end]).split("\n")
    margin = min((len(line) - len(line.lstrip()) for line in rest if line.strip()), default=0)
    text = "\n".join([MARKER.sub("", head, count=1), *(line[margin:] for line in rest)])
    text, _unknown = templating.resolve(CONTROLS.sub("", text))
    return sanitised(_converted(f"{text}\n\n{definitions}", Marks({}, {}, frozenset(), ""))).strip()


class _HeadingIds(Treeprocessor):
    """Ids from the words of a heading, Chinese kept; a second one of a name gets ``-2``."""

    def run(self, root):
        names = slugs.Names()
        for element in root.iter():
            if element.tag in ("h1", "h2", "h3", "h4", "h5", "h6"):
                words = "".join(element.itertext())
                words = re.sub(r"\x02[^\x03]*\x03", "", words)
                element.set(
                    "id", names.take(element.get("id") or slugs.slugify(words) or "section")
                )


class _NewsroomExtension(Extension):
    def extendMarkdown(self, md):
        parser = CommonMarkParser(md)
        parser.blockprocessors = md.parser.blockprocessors
        for processor in md.parser.blockprocessors:
            processor.parser = parser
        md.parser = parser
        for name in ("html_block", "normalize_whitespace"):
            md.preprocessors.deregister(name)
        md.abbreviations = {}
        md.treeprocessors.register(AbbrTreeprocessor(md, md.abbreviations), "abbr", 7)
        md.treeprocessors.register(_HeadingIds(md), "heading_ids", 5)
        inline.register(md)
        md.registerExtension(self)
        self.md = md

    def reset(self):
        self.md.abbreviations.clear()


_converters: list[markdown.Markdown] = []


def _converter() -> markdown.Markdown:
    """One converter for each process: rendering happens in processes of its own, one document at a time."""
    if not _converters:
        notes = FootnoteExtension(
            BACKLINK_TEXT="↩", BACKLINK_TITLE="↩ {}", USE_DEFINITION_ORDER=False
        )
        md = markdown.Markdown(
            extensions=[notes, TableExtension(use_align_attribute=True), _NewsroomExtension()]
        )
        md.footnotes = notes
        notes.parser = md.parser
        _converters.append(md)
    return _converters[0]
