"""Body -> sections, stories, citations.

The order of work:

1. lines are read by kind (``scan``), reference definitions collected (``links``);
2. the title (a first level-1 heading) and the footer (closing rule and italic lines) are set aside,
   and sections cut at level-2 and further level-1 headings (``outline``);
3. in each section the heads of stories are looked for (``heads``), and kept if the section's name
   (``words``) or what they show (``evidence``) says that they are news;
4. each story's citations are read from its heading and source lines (``sources``), or, where it has
   neither, from all of its links;
5. the post's own citations are those outside of stories that no story has.
"""

from collections.abc import Sequence

import posts.content.digest.outline as outline
import posts.content.digest.sources as sources
import posts.content.digest.words as words
from posts.content import hyperlinks, slugs
from posts.content.digest.heads import Head, shape_of, unnumbered
from posts.content.digest.links import Link, definitions
from posts.content.digest.model import Citation, Digest, Section, Story
from posts.content.digest.outline import Block
from posts.content.digest.scan import Row, rows
from posts.content.digest.words import Trust

MOST_STORIES = 500  # a longer list is an index; what follows stays text of the last story


def parse(body: str, *, digest: bool | None = None) -> Digest:
    """Read a body. Never refuses and never changes anything; costs time linear in its length.

    ``digest`` says what is known of the post: True reads stories in every section that is not
    commentary or the like, False finds none, and None asks for evidence (``evidence``).
    """
    return _Reader(body, digest).read()


class _Reader:
    def __init__(self, body: str, digest: bool | None) -> None:
        self.body = body
        self.digest = digest
        self.rows = rows(body)
        defining = self.rows if "]:" in body else ()
        self.labels = definitions(row.text.lstrip(" \t>") for row in defining if not row.hidden)
        self.source_lines: list[int] = []
        self.stories: list[Story] = []
        self.names = slugs.Names()
        self.last_number = 0

    def read(self) -> Digest:
        title = outline.title(self.rows, self.labels)
        last = outline.footer(self.rows, self.labels)
        first = 0
        if title:
            first = 1 + next(n for n, row in enumerate(self.rows) if row.end >= title[1])
        last = max(first, last)
        outline.level(self.rows, first, self.labels)
        footer = self.rows[last].start if last < len(self.rows) else len(self.body)
        blocks = self._blocks(first, last, footer)
        self.numbered = self._references(blocks)
        for index, block in enumerate(blocks):
            self._read_stories(index, block)
        sections = [block.section for block in blocks]
        own = self._own(blocks)
        return Digest(sections, self.stories, own, title, footer, self.source_lines)

    def _blocks(self, first: int, last: int, footer: int) -> list[Block]:
        part = self.rows[:last]
        twos = outline.story_headings(part, self.labels, self.digest) - set(range(first))
        blocks = outline.blocks(part, first, last, footer, self.labels, twos)
        outline.find_stories(part, blocks, self.labels, twos, self.digest)
        if self.digest and not any(block.heads for block in blocks):
            twos = outline.unnamed_headings(part, blocks)
            blocks = outline.blocks(part, first, last, footer, self.labels, twos)
            outline.find_stories(part, blocks, self.labels, twos, self.digest)
        return [piece for block in blocks for piece in self._pieces(block)]

    def _pieces(self, block: Block) -> list[Block]:
        """The block with its kind; the lead parted from stories that begin in it."""
        section = block.section
        if section.heading or section.kind != "lead":
            certain = section.kind == "stories" and words.trust_of(section.heading) is Trust.CERTAIN
            if block.heads or (certain and self.digest is not False):
                section.kind = "stories"
            elif section.kind in ("stories", "unnamed"):
                section.kind = "other"
            return [block]
        cut = block.low + block.heads[0].row if block.heads else block.high
        middle = self.rows[cut].start if cut < block.high else section.end
        pieces = []
        if self.body[section.start : middle].strip():
            lead = Section("", "lead", section.start, middle, section.start)
            pieces.append(Block(lead, block.low, cut))
        elif block.heads:
            middle = section.start
        if block.heads:
            shift = cut - block.low
            heads = [head._replace(row=head.row - shift) for head in block.heads]
            stories = Section("", "stories", middle, section.end, middle)
            pieces.append(Block(stories, cut, block.high, heads))
        return pieces

    def _references(self, blocks: list[Block]) -> dict[int, Link]:
        found: dict[int, Link] = {}
        for block in blocks:
            if words.is_references(block.section.heading):
                found |= sources.references(self.rows[block.low : block.high], self.labels)
        return found

    def _read_stories(self, index: int, block: Block) -> None:
        heads = block.heads[: max(0, MOST_STORIES - len(self.stories))]
        headings, self.last_number = unnumbered([head.heading for head in heads], self.last_number)
        bounds = [block.low + head.row for head in heads] + [block.high]
        for head, heading, low, high in zip(heads, headings, bounds, bounds[1:], strict=False):
            stop = self._stop(head, low, high)
            end = self.rows[stop].start if stop < block.high else block.section.end
            slug = slugs.slugify(heading, 100) or slugs.code_points(heading) or "story"
            first = self.rows[low]
            story = Story(
                heading=heading or "—",
                slug=self.names.take(slug),
                section=index,
                start=first.start,
                end=end,
                head_end=first.end,
                shape=shape_of(head, first),
            )
            story.citations = self._citations(head, self.rows[low:stop])
            self.stories.append(story)

    def _stop(self, head: Head, low: int, high: int) -> int:
        """A list item ends before a heading, which begins another list."""
        if not head.is_item:
            return high
        return next((n for n in range(low + 1, high) if self.rows[n].level), high)

    def _citations(self, head: Head, story_rows: Sequence[Row]) -> list[Citation]:
        cited = sources.citations(self.body, story_rows, self.labels)
        below = story_rows[0].end
        found = [citation for citation in cited if citation.start < below]
        if head.form == "link":
            found = found[:1]  # what follows the title's own link is an aside
        elif head.form == "label":
            found = []
        found += self._cited_in(story_rows[1:])
        found += [
            citation
            for citation in cited
            if citation.start >= below and sources.READ_ON.fullmatch(citation.text)
        ]
        return _once(found or cited)

    def _cited_in(self, some: Sequence[Row]) -> list[Citation]:
        """Citations of the source lines among rows, and of the list of links under ``Sources:``."""
        found: list[Citation] = []
        open_list = False
        for row in some:
            text = sources.source_text(row, self.labels)
            listed = open_list and (row.blank or sources.is_link_item(row, self.labels))
            if text is None and not listed:
                open_list = False
                continue
            cited = sources.citations(self.body, [row], self.labels, self.numbered)
            if cited or text is not None:
                self.source_lines.append(row.start)
            found += cited
            open_list = open_list or (text is not None and not cited)
        return found

    def _own(self, blocks: list[Block]) -> list[Citation]:
        """Source lines outside of stories and lists of references, less what stories cite."""
        found: list[Citation] = []
        for block in blocks:
            stop = block.low + block.heads[0].row if block.heads else block.high
            own = self.rows[block.low : stop]
            found += self._cited_in(own)
            if words.is_references(block.section.heading):
                found += sources.citations(self.body, own, self.labels)
        cited = {
            hyperlinks.page_key(citation.url)
            for story in self.stories
            for citation in story.citations
        }
        return [
            citation for citation in _once(found) if hyperlinks.page_key(citation.url) not in cited
        ]


def _once(citations: list[Citation]) -> list[Citation]:
    seen: dict[str, Citation] = {}
    for citation in citations:
        seen.setdefault(hyperlinks.page_key(citation.url), citation)
    return sorted(seen.values(), key=lambda citation: citation.start)
