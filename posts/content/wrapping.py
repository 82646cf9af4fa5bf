"""Where a headline is broken into lines: Chinese and Latin, by the width that a font gives it.

No Latin word is cut, no closing mark begins a line and no opening one ends it. That way is taken
which costs least: few lines, ending behind punctuation, not within what may be a Chinese word.
"""

from collections.abc import Callable
from itertools import pairwise

from posts.content.analysis import CJK_CHAR

NOT_FIRST = set("，。、：；！？）》」』】〉〕”’…—–·％‰℃°,.!?:;)]}%»›٪،؛؟ー々〻゛゜")
NOT_LAST = set("（《「『【〈〔“‘([{«‹￥＄$€£#@")
WIDE = set(
    "，。、：；！？）》」』】〉〕…—（《「『【〈〔"
)  # a line may break beside them without a blank
SENTENCE_MARKS = set("，。：；！？—…,:;!?،؛؟|｜")
PARTICLES = set("的了着过和与及或在是、")  # behind which a Chinese word has ended
WIDOW = 2  # characters: a last line so short looks like a mistake

Width = Callable[[str], float]


def pieces(text: str) -> list[str]:
    """What may not be broken; blanks stand at the end of a piece."""
    found: list[str] = []
    for char in text:
        if found and not _may_break(found[-1][-1], char):
            found[-1] += char
        else:
            found.append(char)
    return found


def _may_break(before: str, after: str) -> bool:
    if after.isspace() or after in NOT_FIRST or before in NOT_LAST:
        return False
    if before.isspace() or before in WIDE or after in WIDE:
        return True
    return bool(CJK_CHAR.match(before) or CJK_CHAR.match(after))


def lines(text: str, width: Width, room: float, most: int, line: float = 10.0) -> list[str]:
    """The lines of a text, ``most`` at most: what is left of a longer one ends in an ellipsis.

    ``line`` is what a line more costs; less than 1 allows one for a better break.
    """
    parts = [short for piece in pieces(text) for short in _short(piece, width, room)]
    found = _best(parts, width, room, line)
    if len(found) > most:
        found[most - 1 :] = [_cut("".join(found[most - 1 : most + 1]), width, room)]
    return [line.strip() for line in found]


def _short(piece: str, width: Width, room: float) -> list[str]:
    """A piece that fits into a line, or the parts of one that does not."""
    found = [""]
    if width(piece.rstrip()) <= room:
        return [piece]
    for char in piece:
        if found[-1] and width(found[-1] + char) > room:
            found.append("")
        found[-1] += char
    return found


def _cut(text: str, width: Width, room: float) -> str:
    while text and width(f"{text}…") > room:
        text = text[:-1]
    return f"{text.rstrip(' ，、：；—,:;-')}…"


def _best(parts: list[str], width: Width, room: float, line: float) -> list[str]:
    """The cheapest way through the parts: ``costs[n]`` is what the first n of them cost."""
    widths = [width(part) for part in parts]
    bare = [width(part.rstrip()) for part in parts]
    costs, starts = [0.0], [0]
    for end in range(1, len(parts) + 1):
        best, begin, used = float("inf"), end - 1, bare[end - 1]
        for start in range(end - 1, -1, -1):
            if start < end - 1:
                used += widths[start]
            if used > room and start < end - 1:
                break
            cost = costs[start] + line + _cost(parts, start, end, used / room)
            if cost < best:
                best, begin = cost, start
        costs.append(best)
        starts.append(begin)
    found: list[str] = []
    end = len(parts)
    while end:
        found.append("".join(parts[starts[end] : end]))
        end = starts[end]
    return found[::-1]


def _cost(parts: list[str], start: int, end: int, share: float) -> float:
    """What a line of some parts costs that takes a share of the room."""
    cost = (1 - share) ** 2
    if end == len(parts):
        alone = start > 0 and len("".join(parts[start:end]).strip()) <= WIDOW
        return cost + (2.0 if alone else 0.0)
    before, after = parts[end - 1].rstrip(), parts[end]
    if before[-1:] in SENTENCE_MARKS:
        return cost
    return cost + (0.2 if _is_between_words(before, after) else 1.0)


def _is_between_words(before: str, after: str) -> bool:
    if before[-1:] in SENTENCE_MARKS | PARTICLES | WIDE:
        return True
    return not (CJK_CHAR.match(before[-1:]) and CJK_CHAR.match(after[:1]))


def cuts_no_word(found: list[str]) -> bool:
    """False if a line may end within a Chinese word, as far as that can be known without a
    dictionary.
    """
    return all(_is_between_words(one, other) for one, other in pairwise(found))
