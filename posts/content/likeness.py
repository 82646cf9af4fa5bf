"""Which story of a new document continues which story of an old one.

By slug, then by a page that both cite, then by likeness of text. The work grows with the number of
stories, not with its square: a text is compared with at most :data:`CANDIDATES` others, which an
index of its rarest pieces names.
"""

from collections import Counter, defaultdict, deque
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from heapq import nsmallest
from zlib import crc32

LIKENESS = 0.5  # of 1; two news items of one day share less
READ = 600  # characters of each text; enough to tell two news items apart
SHORT = 80  # characters; a shorter text is cut into pairs, so that one changed word leaves enough
SKETCH = 48  # pieces of a text that the index knows
COMMON = 16  # old texts that share a piece; one that more have tells nothing
CANDIDATES = 6
MOST = 2_000  # stories whose texts are compared; the rest of a longer list begins anew


@dataclass(frozen=True)
class KnownStory:
    """What a story is known by. ``text`` is its text, or its heading if it has none."""

    slug: str
    pages: frozenset[str]
    text: str


class Left:
    """The old stories that nothing continues yet, and what was found for the new ones."""

    def __init__(self, old: int, new: int):
        self.open = [True] * old
        self.result: list[int | None] = [None] * new

    def take(self, index: int, found: int | None) -> None:
        """Let the new story of this index continue an old one, if that is still open."""
        if found is not None and self.open[found]:
            self.result[index], self.open[found] = found, False

    def unmatched(self) -> list[int]:
        """The new stories that continue none yet."""
        return [index for index, found in enumerate(self.result) if found is None]


def matched(old: Sequence[KnownStory], new: Sequence[KnownStory]) -> list[int | None]:
    """For each new story the index of the old one that it continues; each is continued once."""
    left = Left(len(old), len(new))
    slugs = {story.slug: index for index, story in reversed(list(enumerate(old)))}
    for index, story in enumerate(new):
        left.take(index, slugs.get(story.slug))
    citing: dict[str, deque[int]] = defaultdict(deque)
    for index, story in enumerate(old):
        for page in story.pages if left.open[index] else ():
            citing[page].append(index)
    for index in left.unmatched():
        left.take(index, _first_citing(new[index].pages, citing, left))
    _match_texts(old, new, left)
    return left.result


def _first_citing(pages: frozenset[str], citing: dict[str, deque[int]], left: Left) -> int | None:
    """The first open old story that cites one of the pages; taken ones leave the index."""
    found = []
    for page in pages & citing.keys():
        queue = citing[page]
        while queue and not left.open[queue[0]]:
            queue.popleft()
        found += [queue[0]] if queue else []
    return min(found, default=None)


def _match_texts(old: Sequence[KnownStory], new: Sequence[KnownStory], left: Left) -> None:
    numbers = [index for index, is_open in enumerate(left.open) if is_open][:MOST]
    unmatched = left.unmatched()[:MOST]
    if not numbers or not unmatched:
        return
    index_of: dict[int, list[int]] = defaultdict(list)
    for number in numbers:
        for piece in _sketch(old[number].text):
            index_of[piece].append(number)
    last: int | None = None
    for index in unmatched:
        last = left.result[index - 1] if index else None
        shared = Counter(
            number
            for piece in _sketch(new[index].text)
            if len(index_of.get(piece, ())) <= COMMON
            for number in index_of.get(piece, ())
            if left.open[number]
        )
        # Where all texts share their pieces, the order of the stories still says something.
        near = [number for number in (index, -1 if last is None else last + 1) if number >= 0]
        near = [number for number in near if number < len(old) and left.open[number]]
        likely = [number for number, _count in shared.most_common(CANDIDATES - len(near))]
        left.take(index, _most_alike(new[index].text, old, dict.fromkeys([*near, *likely])))


def _most_alike(text: str, old: Sequence[KnownStory], numbers: Iterable[int]) -> int | None:
    best, most = None, LIKENESS
    for number in numbers:
        if (alike := likeness(text, old[number].text)) > most:
            best, most = number, alike
    return best


def likeness(text: str, other: str) -> float:
    """From 0 to 1: the part of their pieces that two texts share, of their first 600 characters."""
    length = 2 if min(len(text), len(other)) < SHORT else 3
    pieces, others = Counter(_pieces(text, length)), Counter(_pieces(other, length))
    return 2 * (pieces & others).total() / ((pieces.total() + others.total()) or 1)


def _pieces(text: str, length: int) -> list[str]:
    text = f" {text[:READ]} "
    return [text[at : at + length] for at in range(len(text) - length + 1)]


def _sketch(text: str) -> list[int]:
    """Some pieces of a text, always the same ones of the same text: those of the smallest sums."""
    return nsmallest(SKETCH, {crc32(piece.encode()) for piece in _pieces(text, 3)})
