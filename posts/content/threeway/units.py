"""Paragraphs, list items and headings of a body, and their three-way merge."""

import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from difflib import SequenceMatcher
from typing import NamedTuple

from posts.content import likeness
from posts.content.digest.scan import Row

BLANK_END = re.compile(r"(?:\A|\r\n|\n|\r)[ \t]*(?:\r\n|\n|\r)\Z")
ALIKE = 0.5  # of two insertions at one spot: the same news in other words


class Unit(NamedTuple):
    """A paragraph, a list item, a heading or a block of code with the blank lines around it.

    ``key`` is what is compared: blank ends and line ends do not count. ``apart`` is true where a
    blank line stood before it.
    """

    text: str
    key: str
    apart: bool


@dataclass(frozen=True)
class Clash:
    """A spot where both sides changed the same words; an empty side has removed them."""

    ours: tuple[Unit, ...]
    theirs: tuple[Unit, ...]


Part = Unit | Clash


class Hunk(NamedTuple):
    """What one side changed: base[low:high] became side[start:stop]."""

    low: int
    high: int
    start: int
    stop: int
    is_ours: bool

    @property
    def growth(self) -> int:
        """How many units more the side has here."""
        return (self.stop - self.start) - (self.high - self.low)


def units_of(body: str, rows: Sequence[Row], apart: bool = True) -> list[Unit]:
    """The units of some consecutive rows of a body; their texts joined are those rows.

    ``apart`` is true if a blank line stands before them.
    """
    first = next((index for index, row in enumerate(rows) if not row.blank), len(rows))
    starts = [
        index for index in range(first + 1, len(rows)) if _begins(rows[index], rows[index - 1])
    ]
    bounds = [0, *starts, len(rows)] if rows else []
    found = []
    for low, high in zip(bounds, bounds[1:], strict=False):
        text = body[rows[low].start : rows[high - 1].end]
        key = "\n".join(line.rstrip() for line in text.splitlines()).strip("\n")
        found.append(Unit(text, key.removeprefix("\ufeff"), apart))
        apart = not rows[high - 1].text.strip()
    return found


def _begins(row: Row, before: Row) -> bool:
    if row.blank or (row.hidden and before.hidden):
        return False
    return bool(before.blank or before.level or before.hidden or row.level or row.item)


def keys(units: Iterable[Unit]) -> list[str]:
    """What the units are compared by."""
    return [unit.key for unit in units]


def merged(base: Sequence[Unit], ours: Sequence[Unit], theirs: Sequence[Unit]) -> list[Part]:
    """The units of both sides; ours where neither changed anything."""
    result: list[Part] = []
    at = our_at = their_at = 0
    for group in _groups([*_hunks(base, ours, True), *_hunks(base, theirs, False)]):
        low, high = min(hunk.low for hunk in group), max(hunk.high for hunk in group)
        result += ours[our_at : our_at + low - at]
        our_at, their_at = our_at + low - at, their_at + low - at
        our_stop = our_at + high - low + sum(hunk.growth for hunk in group if hunk.is_ours)
        their_stop = their_at + high - low + sum(h.growth for h in group if not h.is_ours)
        result += _settled(group, ours[our_at:our_stop], theirs[their_at:their_stop])
        at, our_at, their_at = high, our_stop, their_stop
    return result + list(ours[our_at:])


def _hunks(base: Sequence[Unit], side: Sequence[Unit], is_ours: bool) -> list[Hunk]:
    matcher = SequenceMatcher(None, keys(base), keys(side), autojunk=False)
    return [
        Hunk(low, high, start, stop, is_ours)
        for kind, low, high, start, stop in matcher.get_opcodes()
        if kind != "equal"
    ]


def _groups(hunks: list[Hunk]) -> list[list[Hunk]]:
    """Changes of both sides that touch the same units, or insert at the same spot."""
    groups: list[list[Hunk]] = []
    low = high = -1
    for hunk in sorted(hunks, key=lambda hunk: (hunk.low, hunk.high)):
        if groups and _touch(low, high, hunk):
            groups[-1].append(hunk)
            high = max(high, hunk.high)
        else:
            groups.append([hunk])
            low, high = hunk.low, hunk.high
    return groups


def _touch(low: int, high: int, hunk: Hunk) -> bool:
    if low == high or hunk.low == hunk.high:
        return low == high == hunk.low == hunk.high or low < hunk.low < high
    return hunk.low < high


def _settled(group: list[Hunk], ours: Sequence[Unit], theirs: Sequence[Unit]) -> list[Part]:
    sides = {hunk.is_ours for hunk in group}
    if sides == {True} or keys(ours) == keys(theirs):
        return list(ours)
    if sides == {False}:
        return list(theirs)
    if all(hunk.start == hunk.stop for hunk in group):  # both only removed
        kept = set(keys(theirs))
        return [unit for unit in ours if unit.key in kept]
    if all(hunk.low == hunk.high for hunk in group) and not _alike(ours, theirs):
        return [*ours, *theirs]
    return [Clash(tuple(ours), tuple(theirs))]


def _alike(ours: Sequence[Unit], theirs: Sequence[Unit]) -> bool:
    return likeness.likeness("\n".join(keys(ours)), "\n".join(keys(theirs))) > ALIKE


def in_question(ours: Sequence[Unit], theirs: Sequence[Unit]) -> list[Part]:
    """The units of two texts that grew from none: everything that differs is in question."""
    matcher = SequenceMatcher(None, keys(ours), keys(theirs), autojunk=False)
    result: list[Part] = []
    for kind, low, high, start, stop in matcher.get_opcodes():
        if kind == "equal":
            result += ours[low:high]
        else:
            result.append(Clash(tuple(ours[low:high]), tuple(theirs[start:stop])))
    return result


def joined(units: Iterable[Unit], end: str) -> str:
    """The text of some units in a row; units that were apart stay apart."""
    assembly = Assembly(end)
    for unit in units:
        assembly.add(unit.text, unit.apart)
    return assembly.text


class Assembly:
    """A text that is put together from pieces, each on lines of its own."""

    def __init__(self, end: str):
        self.end = end
        self.pieces: list[str] = []
        self.tail = ""

    def add(self, text: str, apart: bool) -> None:
        """Append a piece, behind a blank line if it was apart from what stood before it."""
        if self.pieces and not self.tail.endswith(("\n", "\r")):
            self._append(self.end)
        if self.pieces and apart and not BLANK_END.search(self.tail):
            self._append(self.end)
        self._append(text)

    def _append(self, text: str) -> None:
        self.pieces.append(text)
        self.tail = (self.tail + text)[-8:]

    @property
    def text(self) -> str:
        """All of it."""
        return "".join(self.pieces)
