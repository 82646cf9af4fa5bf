"""A body in parts (title, sections, stories, footer), matched across versions and merged."""

from collections.abc import Iterable
from dataclasses import dataclass

from posts.content import digest, hyperlinks
from posts.content.digest.scan import rows
from posts.content.likeness import KnownStory, matched
from posts.content.threeway.units import Clash, Part, Unit, in_question, keys, merged, units_of


@dataclass(frozen=True)
class Segment:
    """A part of a body: ``kind`` is ``story``, ``section``, ``title``, ``footer`` or ``gap``."""

    kind: str
    name: str
    pages: frozenset[str]
    text: str
    units: tuple[Unit, ...]


@dataclass(frozen=True)
class Piece:
    """What a part became: its heading, for people, and its units and clashes."""

    name: str
    parts: list[Part]


def merged_bodies(base: str | None, ours: str, theirs: str) -> list[Piece]:
    """The parts of both sides in order, each merged paragraph by paragraph.

    A part that one side moved is found again. Where one side cut the text into stories and another
    did not, paragraphs are compared across the whole body. None stands for no common text.
    """
    if base is None:
        return [Piece("", in_question(_flat(ours), _flat(theirs)))]
    sides = [segments(base), segments(ours), segments(theirs)]
    stories = [any(segment.kind == "story" for segment in side) for side in sides]
    if len(set(stories)) > 1:
        return _without_parts(base, ours, theirs)
    before, mine, brought = _named(*sides)
    pieces = [
        Piece(
            (mine.get(name) or brought.get(name) or before[name]).name,
            _content(before.get(name), mine.get(name), brought.get(name)),
        )
        for name in _order(list(before), list(mine), list(brought))
    ]
    if _is_clean(pieces) or _moved(before, mine) or _moved(before, brought):
        return pieces
    # A change may have cut the text in other parts: then parts seem to be removed and changed.
    simple = _without_parts(base, ours, theirs)
    return simple if _is_clean(simple) else pieces


def _without_parts(base: str, ours: str, theirs: str) -> list[Piece]:
    return [Piece("", merged(_flat(base), _flat(ours), _flat(theirs)))]


def _is_clean(pieces: list[Piece]) -> bool:
    return not any(isinstance(part, Clash) for piece in pieces for part in piece.parts)


def _flat(body: str) -> list[Unit]:
    return units_of(body, rows(body))


def segments(body: str) -> list[Segment]:
    """A body cut by the digest grammar; joined, the parts give it back."""
    parsed = digest.parse(body)
    lines = rows(body)
    stories = {story.start: story for story in parsed.stories}
    sections = {section.start: section for section in parsed.sections}
    title = parsed.title[0] if parsed.title else -1
    found: list[Segment] = []
    at = 0
    for low, high in parsed.spans(len(body)):
        first = at
        while at < len(lines) and lines[at].start < high:
            at += 1
        apart = first == 0 or not lines[first - 1].text.strip()
        units = tuple(units_of(body, lines[first:at], apart))
        if low in stories:
            story = stories[low]
            pages = frozenset(hyperlinks.page_key(citation.url) for citation in story.citations)
            found.append(Segment("story", story.heading, pages, body[low:high], units))
        elif low == title:
            found.append(Segment("title", "", frozenset(), "", units))
        elif low in sections:
            heading = sections[low].heading
            found.append(Segment("section", heading, frozenset(), body[low:high], units))
        elif low >= parsed.footer:
            found.append(Segment("footer", "", frozenset(), "", units))
        else:
            found.append(Segment("gap", str(len(found)), frozenset(), "", units))
    return found


def _named(
    base: list[Segment], ours: list[Segment], theirs: list[Segment]
) -> tuple[dict[str, Segment], dict[str, Segment], dict[str, Segment]]:
    """The parts of each version under names that are the same for the same part."""
    names = _own_names(base)
    before = dict(zip(names, base, strict=True))
    return before, _aligned(before, ours), _aligned(before, theirs)


def _own_names(side: list[Segment]) -> list[str]:
    found: list[str] = []
    for segment in side:
        name, count = f"{segment.kind} {segment.name}", 1
        while name in found:
            count += 1
            name = f"{segment.kind} {segment.name} {count}"
        found.append(name)
    return found


def _aligned(before: dict[str, Segment], side: list[Segment]) -> dict[str, Segment]:
    own = _own_names(side)
    found: dict[int, str] = {}
    for kind in ("story", "section"):
        old = [(name, segment) for name, segment in before.items() if segment.kind == kind]
        new = [index for index, segment in enumerate(side) if segment.kind == kind]
        pairs = matched(
            [_known(name, segment) for name, segment in old],
            [_known(own[index], side[index]) for index in new],
        )
        for index, pair in zip(new, pairs, strict=True):
            found[index] = old[pair][0] if pair is not None else f"new {own[index]}"
    return {found.get(index, own[index]): segment for index, segment in enumerate(side)}


def _known(name: str, segment: Segment) -> KnownStory:
    return KnownStory(name, segment.pages, segment.text)


def _order(base: list[str], ours: list[str], theirs: list[str]) -> list[str]:
    """The order of a side that moved parts, ours if both did; what the other added stands behind
    what it follows there.
    """
    result, other = (list(ours), theirs) if _moved(base, ours) else (list(theirs), ours)
    there, before = set(result), ""
    for name in other:
        if name not in there:
            result.insert(result.index(before) + 1 if before else 0, name)
        before = name
    return result


def _moved(base: Iterable[str], side: Iterable[str]) -> bool:
    """True if the parts that both have stand in another order."""
    before, after = list(base), list(side)
    common = set(before) & set(after)
    return [n for n in before if n in common] != [n for n in after if n in common]


def _content(base: Segment | None, ours: Segment | None, theirs: Segment | None) -> list[Part]:
    """A part as both sides have it; one that a side removed is gone unless the other changed it."""
    if ours and theirs:
        return merged(base.units if base else (), ours.units, theirs.units)
    left = ours or theirs
    if left is None:
        return []
    if base is None:
        return list(left.units)
    if keys(left.units) == keys(base.units):
        return []
    return [Clash(ours.units, ())] if ours else [Clash((), left.units)]
