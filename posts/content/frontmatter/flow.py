"""Lists between brackets, in YAML, TOML and JSON alike: items come and go, the rest stays.

What stands between two items (spaces, line breaks, comments) is kept, of items that go only the
comments.
"""

import difflib
import json
import re
from collections.abc import Callable
from dataclasses import dataclass

COMMENT_OR_COMMA = re.compile(r"#[^\r\n]*|,")
UNPRINTABLE = re.compile(
    r"[\x00-\x08\x0b-\x1f\x7f-\x9f\ud800-\udfff\ufeff\ufffe\uffff\u2028\u2029\t]"
)


def quoted(value: str) -> str:
    """A text in double quotes, as YAML, TOML and JSON all read it."""
    written = json.dumps(value, ensure_ascii=False)
    return UNPRINTABLE.sub(lambda found: f"\\u{ord(found[0]):04x}", written)


@dataclass(eq=False)
class _Item:
    """An item with what stands before it (after a comma) and behind it (before the next)."""

    lead: str
    text: str
    trail: str


def edited(
    text: str,
    inside: tuple[int, int],
    spans: list[tuple[int, int]],
    wanted: tuple[list[str | None], list[str]],
    write: Callable[[str], str],
) -> str:
    """The text with other items.

    ``inside`` is the span between the brackets, ``spans`` those of the items in it, ``wanted`` the
    names of these and of those that shall stand there; ``write`` gives the text of a new one.
    """
    opening, items, tail, closed = _taken_apart(text, inside, spans)
    new_lead = _lead(opening, items)
    names, targets = wanted
    result: list[_Item] = []
    left = ""  # comments of items that went
    matcher = difflib.SequenceMatcher(None, names, targets, autojunk=False)
    for kind, low, high, from_, to in matcher.get_opcodes():
        gone, come = ([], []) if kind == "equal" else (items[low:high], targets[from_:to])
        stay = items[low:high] if kind == "equal" else []
        for index, name in enumerate(come):
            old = gone[index] if index < len(gone) else _Item(new_lead, "", "")
            stay.append(_Item(old.lead, write(name), old.trail))
        if stay:
            stay[0].lead, left = _behind(left, stay[0].lead), ""
        result += stay
        lost = (part for item in gone[len(come) :] for part in (item.lead, item.trail))
        left += "".join(part for part in lost if "#" in part)
    tail = _behind_last(items, result, new_lead, tail)
    body = _put_together(opening, result, new_lead, left + tail, closed)
    return text[: inside[0]] + body + text[inside[1] :]


def _taken_apart(
    text: str, inside: tuple[int, int], spans: list[tuple[int, int]]
) -> tuple[str, list[_Item], str, bool]:
    """(what stands before the first item, the items, what stands behind, is the last comma set)."""
    if not spans:
        between = text[inside[0] : inside[1]]
        return (between if between.strip() else ""), [], "", False
    opening = text[inside[0] : spans[0][0]]
    items, lead = [], ""
    for index, (start, end) in enumerate(spans):
        last = index + 1 == len(spans)
        gap = text[end : inside[1] if last else spans[index + 1][0]]
        found = (match for match in COMMENT_OR_COMMA.finditer(gap) if match[0] == ",")
        comma = next(found, None)
        trail = gap[: comma.start()] if comma else ""
        items.append(_Item(lead, text[start:end], trail))
        lead = gap[comma.end() :] if comma else gap
    return opening, items, lead, comma is not None


def _lead(opening: str, items: list[_Item]) -> str:
    """What stands before a new item: what stands before the others, without their comments."""
    lead = items[1].lead if len(items) > 1 else opening or " "
    if "\n" in lead or "\r" in lead:
        indent = re.search(r"(\r\n|\n|\r)([ \t]*)\Z", lead)
        return indent[0] if indent else " "
    return lead if len(items) > 1 and "#" not in lead else " "


def _behind(comments: str, lead: str) -> str:
    """What stands before an item, comments of items that went before it included."""
    own_line = lead.startswith(("\n", "\r"))
    return comments.rstrip(None if own_line else " \t") + lead if comments else lead


def _behind_last(items: list[_Item], result: list[_Item], new_lead: str, tail: str) -> str:
    """Leave a comment behind the item that was last beside it, when others come after it."""
    comment = re.match(r"[ \t]*#[^\r\n]*(\r\n|\n|\r)", tail)
    last = next((n for n, item in enumerate(result) if items and item is items[-1]), None)
    if not comment or last is None or last + 1 == len(result):
        return tail
    result[last + 1].lead = comment[0] + new_lead.lstrip("\r\n")
    return comment[1] + tail[comment.end() :]


def _put_together(opening: str, items: list[_Item], new_lead: str, tail: str, closed: bool) -> str:
    parts = [opening]
    for index, item in enumerate(items):
        lead = (item.lead or new_lead) if index else item.lead if "#" in item.lead else ""
        comma = "," if index + 1 < len(items) or closed else ""
        parts += [lead, item.text, item.trail, comma]
    body = "".join(parts) + tail
    return body if items or "#" in body else ""
