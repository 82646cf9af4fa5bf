"""Two texts compared line by line, with a bound on the work.

What both begin and end with is put aside. What is left goes to difflib where few lines are alike;
where many are (a text of a few lines over and over), lines that stand once in each text part it,
and a part without such a line is replaced as a whole: a coarser answer, but always one.
"""

import difflib
from bisect import bisect_left
from collections import Counter

Block = tuple[int, int, int]  # index in the old lines, in the new ones, number of equal lines
PAIRS = 300_000  # pairs of equal lines that difflib may look at
CONTEXT = 3  # equal lines around a change


class LineMatcher(difflib.SequenceMatcher):
    """difflib's operations over :func:`matching`."""

    def __init__(self, old: list[str], new: list[str]):
        self.old, self.new = old, new
        super().__init__(None, [], [], autojunk=False)

    def get_matching_blocks(self) -> list[difflib.Match]:
        """The equal runs, and an empty one at the end, as difflib gives them."""
        blocks = [difflib.Match(*block) for block in matching(self.old, self.new)]
        return [*blocks, difflib.Match(len(self.old), len(self.new), 0)]


def rows(old: str, new: str, name: str, new_name: str) -> list[tuple[str, str]]:
    """The lines of a unified diff, each behind its kind: added, removed, range or same."""
    before, after = old.splitlines(), new.splitlines()
    found = [("removed", f"--- {name}"), ("added", f"+++ {new_name}")]
    for group in LineMatcher(before, after).get_grouped_opcodes(CONTEXT):
        (_tag, i1, _i2, j1, _j2), (_last, _i1, i2, _j1, j2) = group[0], group[-1]
        found.append(("range", f"@@ -{_range(i1, i2)} +{_range(j1, j2)} @@"))
        for tag, i1, i2, j1, j2 in group:
            if tag == "equal":
                found += [("same", f" {line}") for line in before[i1:i2]]
            else:
                found += [("removed", f"-{line}") for line in before[i1:i2]]
                found += [("added", f"+{line}") for line in after[j1:j2]]
    return found if len(found) > 2 else []


def _range(start: int, stop: int) -> str:
    length = stop - start
    first = start if not length else start + 1
    return f"{first}" if length == 1 else f"{first},{length}"


def matching(old: list[str], new: list[str]) -> list[Block]:
    """The runs of lines that stay, in order; neighbours are one run."""
    head = 0
    while head < min(len(old), len(new)) and old[head] == new[head]:
        head += 1
    tail = 0
    while tail < min(len(old), len(new)) - head and old[-1 - tail] == new[-1 - tail]:
        tail += 1
    ends = len(old) - tail, len(new) - tail
    blocks = [(0, 0, head), *_parted(old, new, (head, head), ends), (*ends, tail)]
    joined: list[Block] = []
    for i, j, length in blocks:
        if joined and (joined[-1][0] + joined[-1][2], joined[-1][1] + joined[-1][2]) == (i, j):
            joined[-1] = (*joined[-1][:2], joined[-1][2] + length)
        elif length:
            joined.append((i, j, length))
    return [block for block in joined if block[2]]


def _parted(
    old: list[str], new: list[str], start: tuple[int, int], end: tuple[int, int]
) -> list[Block]:
    part, other = old[start[0] : end[0]], new[start[1] : end[1]]
    counts, others = Counter(part), Counter(other)
    if sum(count * others[line] for line, count in counts.items()) <= PAIRS:
        matcher = difflib.SequenceMatcher(None, part, other, autojunk=False)
        return [(start[0] + i, start[1] + j, n) for i, j, n in matcher.get_matching_blocks()]
    once = {line for line, count in counts.items() if count == 1 and others[line] == 1}
    indexes = {line: index for index, line in enumerate(other) if line in once}
    anchors = _rising([(i, indexes[line]) for i, line in enumerate(part) if line in once])
    found: list[Block] = []
    at = start
    for i, j in [(start[0] + i, start[1] + j) for i, j in anchors]:
        found += [*_between(old, new, at, (i, j)), (i, j, 1)]
        at = (i + 1, j + 1)
    return found + (_between(old, new, at, end) if anchors else [])


def _between(
    old: list[str], new: list[str], start: tuple[int, int], end: tuple[int, int]
) -> list[Block]:
    if start[0] == end[0] or start[1] == end[1]:
        return []
    return _parted(old, new, start, end)


def _rising(pairs: list[tuple[int, int]]) -> list[tuple[int, int]]:
    """The longest run of pairs, in order of the first number, whose second number rises too."""
    ends: list[int] = []
    last: list[int] = []
    before: list[int] = []
    for index, (_i, j) in enumerate(pairs):
        at = bisect_left(ends, j)
        ends[at : at + 1], last[at : at + 1] = [j], [index]
        before.append(last[at - 1] if at else -1)
    found, index = [], last[-1] if last else -1
    while index >= 0:
        found.append(pairs[index])
        index = before[index]
    return found[::-1]
