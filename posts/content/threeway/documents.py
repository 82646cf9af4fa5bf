"""The three-way merge of whole documents."""

import re
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass

from posts.content import frontmatter
from posts.content.lines import newline, unified
from posts.content.threeway.bodies import Piece, merged_bodies
from posts.content.threeway.frontmatters import marked_front, merged_front
from posts.content.threeway.marks import MARKS, block
from posts.content.threeway.units import Assembly, Clash, joined


@dataclass(frozen=True)
class Spot:
    """Something that both sides changed: a key or a part of the body, in both versions.

    ``name`` is the key or the heading above; an empty version has removed it.
    """

    name: str
    ours: str
    theirs: str


@dataclass(frozen=True)
class Merged:
    """What became of the merge: ``text`` holds both versions, marked, at each of the ``spots``."""

    text: str
    spots: tuple[Spot, ...] = ()


def merge(base: str, ours: str, theirs: str) -> Merged:
    """Bring what ``theirs`` changed since ``base`` into ``ours``.

    What only one side changed is taken from it. Order, comments and line ends stay those of
    ``ours``. An empty ``base`` puts everything in question that differs. Raises ``Unreadable``.
    """
    end = newline(ours)
    before, mine = frontmatter.read(base), frontmatter.read(ours)
    brought = frontmatter.read(unified(theirs).replace("\n", end))
    front, keys = merged_front(before, mine, brought)
    pieces = merged_bodies(before.body if base else None, mine.body, brought.body)
    spots = [Spot(clash.key, clash.ours, clash.theirs) for clash in keys]
    for piece in pieces:
        spots += [
            Spot(piece.name, joined(part.ours, end), joined(part.theirs, end))
            for part in piece.parts
            if isinstance(part, Clash)
        ]
    text = marked_front(front, keys, end) if keys else front
    return Merged(text + _body(pieces, end), tuple(spots))


def _body(pieces: list[Piece], end: str) -> str:
    assembly = Assembly(end)
    for part in (part for piece in pieces for part in piece.parts):
        if isinstance(part, Clash):
            apart = any(unit.apart for unit in (*part.ours[:1], *part.theirs[:1]))
            assembly.add(block(joined(part.ours, end), joined(part.theirs, end), end), apart)
        else:
            assembly.add(part.text, part.apart)
    return assembly.text


def nearest(bases: Sequence[str], text: str) -> str:
    """The one of some texts from which a text seems to have grown: it shares most lines with it.

    The first of several that are as near. Costs time linear in the texts.
    """
    lines = _lines(text)

    def distance(base: str) -> int:
        have = _lines(base)
        return (have - lines).total() + (lines - have).total()

    return min(bases, key=distance)


def _lines(text: str) -> Counter[str]:
    return Counter(line.strip() for line in text.splitlines())


def has_marks(text: str) -> bool:
    """True if a text still holds both versions of something."""
    return any(re.search(rf"^{re.escape(mark)}[ \t]*$", unified(text), re.M) for mark in MARKS)
