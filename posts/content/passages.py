"""The words of a query in a text: marked, and the passage of a long text that has most of them.

Letters are compared as the index compares them. Words of Latin and the like are marked whole, runs
of Chinese wherever they stand, and never a pair of characters that is only a piece of what was
asked for.
"""

from collections.abc import Iterable
from typing import NamedTuple

from posts.content import tokens
from posts.content.analysis import CJK_CHAR, SENTENCE_END, WIDTHS, width

LONGEST = 20_000  # characters of a text that are looked through
PASSAGE = 260  # of a passage, in halves of a Chinese character
LEAD_IN = 60  # as wide at most is what stands before the first word that was found

Piece = tuple[str, bool]  # some words, and whether they are marked


class Match(NamedTuple):
    """Where a part of the query stands: offsets, and which part it is."""

    start: int
    end: int
    part: int


class _Aligned(dict[int, str]):
    """For ``str.translate``: each character as the index has it, where that is one character.

    ``others`` are the characters met so far that are more than one, or none.
    """

    def __init__(self) -> None:
        super().__init__()
        self.others: set[str] = set()

    def __missing__(self, code: int) -> str:
        char = chr(code)
        folded = tokens.FOLDS[char]
        if len(folded) != 1:
            self.others.add(char)
        found = self[code] = folded if len(folded) == 1 else char
        return found


ALIGNED = _Aligned()


class Marker:
    """Finds the words and phrases of a query."""

    def __init__(self, texts: Iterable[str]):
        self.patterns = [one for text in texts if (one := tokens.pattern(text))]

    def matches(self, text: str) -> list[Match]:
        """What is found, from left to right, none within another."""
        folded, offsets = _folded(text[:LONGEST])
        found = [
            Match(match.start(), match.end(), part)
            for part, pattern in enumerate(self.patterns)
            for match in pattern.finditer(folded)
        ]
        if offsets:
            found = [Match(offsets[f.start], offsets[f.end - 1] + 1, f.part) for f in found]
        kept: list[Match] = []
        for one in sorted(found, key=lambda match: (match.start, -match.end)):
            if not kept or one.start >= kept[-1].end:
                kept.append(one)
        return kept

    def count(self, text: str) -> int:
        """How many parts of the query stand in a text."""
        folded, _offsets = _folded(text[:LONGEST])
        return sum(1 for pattern in self.patterns if pattern.search(folded))

    def has_all(self, text: str) -> bool:
        """True if each part of the query stands in a text."""
        return self.count(text) == len(self.patterns)

    def has_any(self, text: str) -> bool:
        """True if any part of the query stands in a text."""
        return self.count(text) > 0

    def marked(self, text: str) -> list[Piece]:
        """A whole text in pieces."""
        return _pieces(text, self.matches(text))

    def passage(self, text: str, limit: int = PASSAGE) -> list[Piece]:
        """The part of a text that has most of the query, in pieces; its beginning if none has."""
        text = " ".join(text[:LONGEST].split())
        found = self.matches(text)
        start = _start(text, found[_best(text, found, limit - LEAD_IN)].start) if found else 0
        end = _end(text, start, limit)
        inside = [
            Match(one.start - start, one.end - start, one.part)
            for one in found
            if one.start >= start and one.end <= end
        ]
        pieces = _pieces(text[start:end], inside)
        before = [("…", False)] if start and not _sentence_begins(text, start) else []
        return before + pieces + ([("…", False)] if end < len(text) else [])


def _folded(text: str) -> tuple[str, list[int]]:
    """A text as the index has it, and where each of its characters was; no offsets where nothing
    has moved.
    """
    folded = text.translate(ALIGNED)
    if ALIGNED.others.isdisjoint(text):
        return folded, []
    parts = [tokens.FOLDS[char] for char in text]
    return "".join(parts), [index for index, part in enumerate(parts) for _char in part]


def plain(pieces: Iterable[Piece]) -> str:
    """The words of some pieces."""
    return "".join(words for words, _marked in pieces)


def _pieces(text: str, found: list[Match]) -> list[Piece]:
    pieces: list[Piece] = []
    at = 0
    for one in found:
        if one.start > at:
            pieces.append((text[at : one.start], False))
        pieces.append((text[one.start : one.end], True))
        at = one.end
    if at < len(text):
        pieces.append((text[at:], False))
    return pieces


def _best(text: str, found: list[Match], limit: int) -> int:
    """The match at which the best passage begins: most parts of the query, then most matches."""
    best, best_worth, end = 0, (0, 0), 0
    counts: dict[int, int] = {}
    for begin, first in enumerate(found):
        while end < len(found) and width(text[first.start : found[end].end]) <= limit:
            counts[found[end].part] = counts.get(found[end].part, 0) + 1
            end += 1
        worth = sum(1 for count in counts.values() if count), end - begin
        if worth > best_worth:
            best, best_worth = begin, worth
        if end == begin:
            end += 1
        else:
            counts[first.part] -= 1
    return best


def _start(text: str, at: int) -> int:
    """Where a passage begins that shows what stands at an offset: at its sentence if that is near,
    else between two words before it.
    """
    least, used = at, 0
    while least and used + WIDTHS[text[least - 1]] <= LEAD_IN:
        least -= 1
        used += WIDTHS[text[least]]
    if not least:
        return 0
    ends = [match.end() for match in SENTENCE_END.finditer(text, least, at)]
    if ends:
        return ends[0] + (text[ends[0]] == " ")
    return next((n for n in range(least, at) if _between_words(text, n)), at)


def _between_words(text: str, at: int) -> bool:
    return text[at - 1].isspace() or bool(CJK_CHAR.match(text[at]))


def _sentence_begins(text: str, at: int) -> bool:
    before = text[max(0, at - 3) : at].rstrip()
    return bool(before) and bool(SENTENCE_END.search(before + " "))


def _end(text: str, start: int, limit: int) -> int:
    """Where a passage ends that is no wider than a limit: between two words."""
    end, used = start, 0
    while end < len(text) and used + WIDTHS[text[end]] <= limit:
        used += WIDTHS[text[end]]
        end += 1
    if end == len(text):
        return end
    least = start + (end - start) // 2
    return next((n for n in range(end, least, -1) if _between_words(text, n)), end)
