"""Body -> sections, stories, citations.

The order of work:

1. the lines are told apart (``scan``), reference definitions collected (``links``);
2. the title (a first level-1 heading) and the footer (closing rule and italic lines) are set aside;
3. sections are cut at level-2 (and further level-1) headings and named (``words``);
4. in each section the heads of stories are looked for (``heads``);
5. each story's citations are read from its heading and source lines (``sources``), or, where it has
   neither, from all of its links;
6. the post's own citations are those outside of stories that no story has.
"""

import re

import posts.content.digest.heads as heads_
import posts.content.digest.links as links
import posts.content.digest.sources as sources
import posts.content.digest.words as words
from posts.content import hyperlinks, slugs
from posts.content.digest.model import Citation, Digest, Section, Story
from posts.content.digest.scan import RULE, Row, rows

ITALIC = re.compile(r"\s{0,3}(\*(?!\*)[^*\n]+\*|_(?!_)[^_\n]+_)\s*\Z")
MAX_STORIES = (
    500  # a longer list is an index, not a digest; what follows stays text of the last story
)
NUMBERED = re.compile(
    r"\s*(?:\[)?(?:\d{1,2}\s*[.、)）](?!\d)|[一二三四五六七八九十]{1,3}\s*[、.．])"
)


def parse(body: str) -> Digest:
    """Read a body. Never refuses and never changes anything; costs time linear in its length."""
    return _Reader(body).digest()


class _Reader:
    def __init__(self, body: str):
        self.body = body
        self.rows = rows(body)
        self.labels = links.definitions(body)
        self.source_lines: list[int] = []
        self.stories: list[Story] = []
        self.names = slugs.Names()

    def digest(self) -> Digest:
        title = self._title()
        footer = self._footer()
        first = 0
        if title:
            first = next(index for index, row in enumerate(self.rows) if row.end >= title[1])
            first += 1
        last = next(
            (index for index, row in enumerate(self.rows) if row.start >= footer), len(self.rows)
        )
        sections = self._sections(first, last, footer)
        self.numbered = self._references(sections)
        for index, (section, low, high) in enumerate(sections):
            self._stories(index, section, self.rows[low:high])
        return Digest(
            [section for section, *_ in sections],
            self.stories,
            self._own(sections),
            title,
            footer,
            self.source_lines,
        )

    def _title(self) -> tuple[int, int, str] | None:
        for index, row in enumerate(self.rows):
            if row.level == 1:
                after = self.rows[index + 1] if index + 1 < len(self.rows) else None
                underlined = (
                    after is not None
                    and row.heading == row.text.strip()
                    and after.text.strip().startswith("=")
                )
                return row.start, (after if underlined else row).end, row.title
            if row.level or (not row.blank and not row.hidden and index > 8):
                return None
        return None

    def _footer(self) -> int:
        """Where the footer begins: a rule and italic paragraphs at the very end. The body's end if there is none."""
        index, found = len(self.rows), len(self.body)
        while index > 0:
            row = self.rows[index - 1]
            above = self.rows[index - 2] if index > 1 else None
            alone = above is None or above.blank or RULE.match(above.text)
            if row.hidden or not (
                row.blank
                or RULE.match(row.text)
                or (ITALIC.match(row.text) and alone and sources.source_text(row) is None)
            ):
                break
            if row.text.strip() and not row.level:
                found = row.start
            index -= 1
        return found if index > 0 else len(self.body)

    def _sections(self, first: int, last: int, footer: int) -> list[tuple[Section, int, int]]:
        """Each section with the range of its rows, its heading left out."""
        body_rows = self.rows[first:last]
        no_threes = not any(row.level == 3 for row in body_rows)
        self.numbered_twos = no_threes and any(
            row.level == 2 and NUMBERED.match(row.heading) for row in body_rows
        )
        cuts = [
            first + index
            for index, row in enumerate(body_rows)
            if row.level in (1, 2) and not self._is_story_two(row)
        ]
        start = self.rows[first].start if first < last else footer
        result = []
        lead_stop = cuts[0] if cuts else last
        lead_end = self.rows[lead_stop].start if lead_stop < last else footer
        result += self._lead(first, lead_stop, start, lead_end)
        for index, cut in enumerate(cuts):
            stop = cuts[index + 1] if index + 1 < len(cuts) else last
            end = self.rows[stop].start if stop < last else footer
            row = self.rows[cut]
            body = (
                self.rows[cut + 1].start
                if cut + 1 < len(self.rows) and self.rows[cut + 1].start <= end
                else end
            )
            kind = words.kind_of(row.title) or "unnamed"
            result.append((Section(row.title, kind, row.start, end, body), cut + 1, stop))
        return result

    def _is_story_two(self, row: Row) -> bool:
        return self.numbered_twos and row.level == 2 and bool(NUMBERED.match(row.heading))

    def _lead(self, first: int, stop: int, start: int, end: int) -> list[tuple[Section, int, int]]:
        """The text before the first section; where stories begin in it, they are a section without a name."""
        lead_rows = self.rows[first:stop]
        heads = [index for index, row in enumerate(lead_rows) if self._is_story_two(row)]
        if not heads and not any(row.level == 2 for row in self.rows):
            found = heads_.find_heads(
                lead_rows, self.labels, named=any(row.level == 3 for row in lead_rows)
            )
            heads = [head.row for head in found]
        cut = first + heads[0] if heads else stop
        middle = self.rows[cut].start if cut < stop else end
        result = []
        if self.body[start:middle].strip() and cut > first:
            result.append((Section("", "lead", start, middle, start), first, cut))
        else:
            middle = start
        if heads:
            result.append((Section("", "stories", middle, end, middle), cut, stop))
        return result

    def _references(self, sections) -> dict[int, links.Link]:
        found: dict[int, links.Link] = {}
        for section, low, high in sections:
            if words.is_references(section.heading):
                found |= sources.references(self.rows[low:high], self.labels)
        return found

    def _stories(self, index: int, section: Section, section_rows: list[Row]):
        if section.kind not in ("stories", "unnamed"):
            return
        named = section.kind == "stories"
        if any(self._is_story_two(row) for row in section_rows):
            found = [
                heads_.Head(n, heads_.heading_text(row), "heading")
                for n, row in enumerate(section_rows)
                if self._is_story_two(row)
            ]
        else:
            found = heads_.find_heads(section_rows, self.labels, named)
        if section.kind == "unnamed":
            section.kind = "stories" if found else "other"
        del found[max(0, MAX_STORIES - len(self.stories)) :]
        bounds = [head.row for head in found] + [len(section_rows)]
        for head, stop in zip(found, bounds[1:], strict=True):
            story_rows = section_rows[head.row : stop]
            slug = self.names.take(
                slugs.slugify(head.heading, 100) or slugs.code_points(head.heading) or "story"
            )
            end = section_rows[stop].start if stop < len(section_rows) else section.end
            story = Story(
                head.heading or "—",
                slug,
                index,
                story_rows[0].start,
                end,
                story_rows[0].end,
                head.shape,
            )
            story.citations = self._citations(story_rows, head.shape, story.end)
            self.stories.append(story)

    def _citations(self, story_rows: list[Row], shape: str, end: int) -> list[Citation]:
        head = story_rows[0]
        found = sources.citations(self.body, head.start, head.end, self.labels)
        if head.item and not head.level:
            first = heads_.item_head(head.item["text"], self.labels)
            found = (
                found[:1]
                if first and first[1] == "link"
                else found
                if first and first[1] == "bare"
                else []
            )
        found += self._cited_in(story_rows[1:])
        found += [
            c
            for c in sources.citations(self.body, head.end, end, self.labels)
            if sources.READ_ON.fullmatch(c.text)
        ]
        if not found:
            found = sources.citations(self.body, head.start, end, self.labels)
        return _once(found)

    def _cited_in(self, some: list[Row]) -> list[Citation]:
        """Citations of the source lines among some rows, and of the list of links under a bare ``Sources:``."""
        found, open_list = [], False
        for row in some:
            text = sources.source_text(row)
            if text is None and not (open_list and (row.blank or sources.is_link_item(row))):
                open_list = False
                continue
            cited = sources.citations(self.body, row.start, row.end, self.labels, self.numbered)
            if cited or text is not None:
                self.source_lines.append(row.start)
            found += cited
            open_list = open_list or (text is not None and not cited)
        return found

    def _own(self, sections) -> list[Citation]:
        """The post's own citations: source lines outside of stories and lists of references, less what stories cite."""
        found = []
        for section, low, high in sections:
            if section.kind == "stories":
                continue
            section_rows = self.rows[low:high]
            found += self._cited_in(section_rows)
            if words.is_references(section.heading):
                found += sources.citations(self.body, section.body, section.end, self.labels)
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
