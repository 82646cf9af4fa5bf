"""A body's outline: its title, its footer and what lies between two headings of its sections."""

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field

import posts.content.digest.heads as heads_
import posts.content.digest.words as words
from posts.content.digest.evidence import accepted, gather, length_of
from posts.content.digest.heads import Head
from posts.content.digest.links import References, plain
from posts.content.digest.model import Section
from posts.content.digest.scan import RULE, Row
from posts.content.digest.sources import source_text
from posts.content.digest.words import Trust

ITALIC = re.compile(r"\s{0,3}(\*(?!\*)[^*\n]+\*|_(?!_)[^_\n]+_)\s*\Z")
NUMBERED = re.compile(
    r"\s*(?:\[)?(?:\d{1,2}\s*[.、)）](?!\d)|[一二三四五六七八九十]{1,3}\s*[、．.])"
)
LATEST_TITLE = 8  # lines of text that may stand above the title


@dataclass
class Block:
    """A section with the range of its rows, its heading left out, and the stories it may hold."""

    section: Section
    low: int
    high: int
    heads: list[Head] = field(default_factory=list)


def title(rows: Sequence[Row], labels: References) -> tuple[int, int, str] | None:
    """The span and the words of a first level-1 heading."""
    for index, row in enumerate(rows):
        if row.level == 1:
            after = rows[index + 1] if index + 1 < len(rows) else None
            underlined = (
                after is not None
                and row.heading == row.text.strip()
                and after.text.strip().startswith("=")
            )
            end = after.end if after is not None and underlined else row.end
            return row.start, end, plain(row.heading, labels)
        if row.level or (not row.blank and not row.hidden and index > LATEST_TITLE):
            return None
    return None


def level(rows: Sequence[Row], first: int, labels: References) -> None:
    """Count the levels of headings from that of the sections: ``### 主要新闻`` over ``#### story``.

    A section with a certain name stands at level 2, wherever its author put it.
    """
    headings = [row for row in rows[first:] if row.level]
    certain = {
        row.level
        for row in headings
        if row.level in (1, 3) and words.trust_of(plain(row.heading, labels)) is Trust.CERTAIN
    }
    if certain == {3} and not any(row.level == 2 for row in headings):
        shift = -1
    elif certain == {1} and not any(row.level == 3 for row in headings):
        shift = 1
    else:
        return
    for row in headings:
        row.level += shift


def footer(rows: Sequence[Row], labels: References) -> int:
    """The index of the row where the footer begins: a rule and italic paragraphs at the end."""
    found = index = len(rows)
    while index > 0:
        row = rows[index - 1]
        above = rows[index - 2] if index > 1 else None
        alone = above is None or above.blank or RULE.match(above.text)
        if row.hidden or not (
            row.blank
            or RULE.match(row.text)
            or (ITALIC.match(row.text) and alone and source_text(row, labels) is None)
        ):
            return found
        index -= 1
        if row.text.strip() and not row.level:
            found = index
    return len(rows)


def story_headings(rows: Sequence[Row], labels: References, digest: bool | None) -> set[int]:
    """The indexes of level-2 headings that are stories, in a post without level-3 headings.

    They are numbered, or none of them is and none names a section; and they show that they are
    news, or a section's name or ``digest`` says so.
    """
    twos = [index for index, row in enumerate(rows) if row.level == 2]
    if digest is False or not twos or any(row.level == 3 for row in rows):
        return set()
    names = {index: plain(rows[index].heading, labels) for index in twos}
    numbered = {index for index in twos if NUMBERED.match(rows[index].heading)}
    others = [names[index] for index in twos if index not in numbered]
    if numbered and (digest or any(words.trust_of(name) is Trust.CERTAIN for name in others)):
        return numbered
    possible = numbered or {index for index in twos if words.kind_of(names[index]) is None}
    groups, found = [], []
    for run, stop in _runs(twos, possible, len(rows)):
        heads = [Head(n - run[0], heads_.heading_text(rows[n], labels), "heading") for n in run]
        groups.append(gather(rows[run[0] : stop], heads, labels, Trust.UNKNOWN))
        found.append(run)
    good = accepted(groups, 0)
    return {index for run, is_good in zip(found, good, strict=True) if is_good for index in run}


def _runs(twos: list[int], possible: set[int], end: int) -> Iterator[tuple[list[int], int]]:
    """Headings that follow one another, and where the last one's text ends."""
    run: list[int] = []
    for index in [*twos, end]:
        if index in possible:
            run.append(index)
        elif run:
            yield run, index
            run = []


def blocks(
    rows: Sequence[Row],
    first: int,
    last: int,
    end: int,
    labels: References,
    stories: set[int],
) -> list[Block]:
    """The sections between two rows: the text before the first heading, then each with its own.

    ``end`` is the offset where the last one ends; ``stories`` are level-2 headings that cut none.
    """

    def offset(index: int) -> int:
        return rows[index].start if index < last else end

    cuts = [
        index
        for index in range(first, last)
        if rows[index].level in (1, 2) and index not in stories
    ]
    stop = cuts[0] if cuts else last
    result = [Block(Section("", "lead", offset(first), offset(stop), offset(first)), first, stop)]
    for cut, stop in zip(cuts, [*cuts, last][1:], strict=True):
        name = plain(rows[cut].heading, labels)
        kind = words.kind_of(name) or "unnamed"
        section = Section(name, kind, rows[cut].start, offset(stop), offset(cut + 1))
        result.append(Block(section, cut + 1, stop))
    return result


def unnamed_headings(rows: Sequence[Row], blocks: list[Block]) -> set[int]:
    """The indexes of level-2 headings that name no section."""
    named = [block for block in blocks if block.section.kind == "unnamed"]
    return {block.low - 1 for block in named if rows[block.low - 1].level == 2}


def find_stories(
    rows: Sequence[Row],
    blocks: list[Block],
    labels: References,
    stories: set[int],
    digest: bool | None,
) -> None:
    """Give every block the heads of its stories, and an unnamed one its kind."""
    asked: list[tuple[Block, Trust]] = []
    silent: list[Block] = []
    may_lead = all(block.section.kind in ("commentary", "other") for block in blocks[1:])
    for block in blocks:
        section = block.section
        trust = words.trust_of(section.heading) if digest is None else Trust.CERTAIN
        twos = [index for index in range(block.low, block.high) if index in stories]
        is_lead = block is blocks[0]
        possible = section.kind in ("stories", "unnamed") or is_lead and (may_lead or twos)
        if digest is False or not possible:
            pass
        elif twos:
            trust = Trust.CERTAIN
            block.heads = [
                Head(index - block.low, heads_.heading_text(rows[index], labels), "heading")
                for index in twos
            ]
        else:
            block.heads = heads_.candidates(rows[block.low : block.high], labels, trust)
        if block.heads:
            asked.append((block, trust))
        elif section.kind != "other":
            silent.append(block)
    _keep_news(rows, asked, silent, labels)


def _keep_news(
    rows: Sequence[Row], asked: list[tuple[Block, Trust]], silent: list[Block], labels: References
) -> None:
    """Take the heads of stories from the blocks that are no news; ``silent`` ones have none.

    Names of digests alone need no evidence, and none is read where all have one.
    """
    if all(trust is Trust.CERTAIN for _block, trust in asked):
        return
    groups = [
        gather(rows[block.low : block.high], block.heads, labels, trust) for block, trust in asked
    ]
    elsewhere = sum(length_of(rows[block.low : block.high]) for block in silent)
    for (block, _trust), good in zip(asked, accepted(groups, elsewhere), strict=True):
        if not good:
            block.heads = []
