"""What the grammar finds. Spans are offsets into the body."""

from dataclasses import dataclass, field


@dataclass(frozen=True)
class Citation:
    """A link to a page of a source: its text, its address, its span."""

    text: str
    url: str
    start: int
    end: int


@dataclass
class Section:
    """A part of the body: ``kind`` is ``lead``, ``stories``, ``commentary`` or ``other``.

    The lead has no heading.
    """

    heading: str
    kind: str
    start: int
    end: int
    body: int  # where its text begins, after its heading


@dataclass
class Story:
    """One news item.

    ``section`` is the index of its section; ``shape`` is ``heading``, ``item`` or ``line``.
    """

    heading: str
    slug: str
    section: int
    start: int
    end: int
    head_end: int
    shape: str
    citations: list[Citation] = field(default_factory=list)


@dataclass
class Digest:
    """A body read by the grammar.

    ``title`` is the span and the words of a first level-1 heading, ``footer`` where the closing
    lines begin, ``source_lines`` the starts of the lines that cite sources, ``citations`` the
    post's own.
    """

    sections: list[Section]
    stories: list[Story]
    citations: list[Citation]
    title: tuple[int, int, str] | None
    footer: int
    source_lines: list[int]

    def spans(self, length: int) -> list[tuple[int, int]]:
        """Consecutive spans that rebuild the body: title, sections, stories and footer."""
        cuts = {0, length, self.footer}
        cuts.update(self.title[:2] if self.title else ())
        cuts.update(at for section in self.sections for at in (section.start, section.end))
        cuts.update(at for story in self.stories for at in (story.start, story.end))
        ordered = sorted(cuts)
        return list(zip(ordered, ordered[1:], strict=False))
