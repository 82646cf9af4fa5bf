"""Front matters of three versions, merged key by key into the text of ours."""

from dataclasses import dataclass
from typing import Any

from posts.content import frontmatter
from posts.content.frontmatter import Document, PatchError, Scalar, formats, is_null
from posts.content.frontmatter.patching import Value
from posts.content.frontmatter.values import FALSE, TRUE, pieces
from posts.content.lines import newline, split, unified
from posts.content.problems import Unreadable
from posts.content.threeway.marks import block

JOINED = {"tags", "categories", "keywords"}  # keys whose one string holds several names
SINGLE = {"redirect_from", "aliases", "authors"}  # whose string is one of several


@dataclass(frozen=True)
class KeyClash:
    """A key that both sides gave other values; an empty side has removed it."""

    key: str
    ours: str
    theirs: str


def merged_front(base: Document, ours: Document, theirs: Document) -> tuple[str, list[KeyClash]]:
    """Everything above the body of ours, with what only theirs changed, and what both changed."""
    if _plain_front(ours) == _plain_front(base):
        mark = "\ufeff" if ours.text.startswith("\ufeff") else ""
        return mark + theirs.text[: theirs.body_at].removeprefix("\ufeff"), []
    document = frontmatter.read(ours.text[: ours.body_at])
    clashes = []
    for key in dict.fromkeys([*theirs.values, *base.values]):
        was, have, come = (side.values.get(key) for side in (base, ours, theirs))
        if come in (was, have):
            continue
        wanted = come if have == was else _joined_items(key, was, have, come)
        changed = None
        if wanted is not None or have == was:
            changed = _with_key(document, theirs, key, wanted)
        if changed is None:
            clashes.append(KeyClash(key, _entry(ours, key), _entry(theirs, key)))
        else:
            document = changed
    return document.text, clashes


def _plain_front(document: Document) -> str:
    return unified(document.text[: document.body_at])


def _joined_items(key: str, was: Any, have: Any, come: Any) -> list[str] | None:
    """A list with what either side added and without what either removed; None if it is no list."""
    before, ours, theirs = (_items(key, value) for value in (was, have, come))
    if before is None or ours is None or theirs is None or have is None or come is None:
        return None
    result = [item for item in ours if item in theirs or item not in before]
    for index, item in enumerate(theirs):
        if item not in before and item not in result:
            above = theirs[index - 1] if index else None
            at = result.index(above) + 1 if above in result else 0 if above is None else len(result)
            result.insert(at, item)
    return result


def _items(key: str, value: Any) -> list[str] | None:
    if is_null(value):
        return []
    if isinstance(value, list):
        return value if all(isinstance(item, str) for item in value) else None
    if isinstance(value, str) and key in JOINED:
        return pieces(value)
    return [value] if isinstance(value, str) and key in SINGLE else None


def _with_key(document: Document, source: Document, key: str, value: Any) -> Document | None:
    """The document with a key as ``source`` has it, or without it for None; None if that fails."""
    if value is None or document.kind != source.kind or _can_be_patched(value, document.kind):
        try:
            return frontmatter.read(frontmatter.patch(document, {key: _as_value(value)}).text)
        except (PatchError, Unreadable):
            pass
    if value != source.values.get(key) or document.kind != source.kind:
        return None
    try:
        result = frontmatter.read(_spliced(document, source, key))
    except (Unreadable, ValueError):
        return None
    return result if result.values == document.values | {key: value} else None


def _can_be_patched(value: Any, kind: str) -> bool:
    """True for texts, lists of texts and plain booleans; ``~`` and ``no`` would get quotes, and
    numbers in TOML and JSON.
    """
    if isinstance(value, list):
        return all(isinstance(item, str) for item in value)
    if not isinstance(value, Scalar) or value.quoted:
        return isinstance(value, str)
    return value in ("true", "false") or not (
        kind in ("toml", "json") or is_null(value) or value.lower() in TRUE | FALSE or "\n" in value
    )


def _as_value(value: Any) -> Value:
    if isinstance(value, Scalar) and not value.quoted and value in ("true", "false"):
        return value == "true"
    return value


def _spliced(document: Document, source: Document, key: str) -> str:
    """The document's text with the key's lines (in JSON: its member) copied from another."""
    entry, end = _entry(source, key), newline(document.text)
    spans = _spans(document)
    if key in spans:
        start, stop = spans[key]
    else:
        start = stop = _end_of_keys(document, isinstance(source.values.get(key), dict | list))
        if document.kind == "json":
            entry = ("," if document.values else "") + f"{end}  {entry}"
    if document.kind != "json" and not entry.endswith(("\n", "\r")):
        entry += end
    return document.text[:start] + entry + document.text[stop:]


def _end_of_keys(document: Document, is_table: bool) -> int:
    """Where a new key can stand; in TOML a plain one stands above the first table."""
    if document.kind == "json":
        return document.front + (max((stop for *_rest, stop in _members(document)), default=1))
    spans = _spans(document)
    tables = [
        start
        for key, (start, _stop) in spans.items()
        if document.kind == "toml" and document.text[start:].lstrip().startswith("[")
    ]
    return min(tables) if tables and not is_table else document.front_end


def _members(document: Document) -> list[tuple[str, int, int, int]]:
    return formats.json_members(document.front_text)[0]


def _spans(document: Document) -> dict[str, tuple[int, int]]:
    """The span of each key's lines in the document's text, or of its member in JSON.

    Blank lines and comments at an entry's end belong to no key. Empty where two keys share a line.
    """
    if document.kind == "json":
        at = document.front
        return {key: (at + start, at + stop) for key, start, _v, stop in _members(document)}
    lines = list(split(document.text))
    ordered = sorted((line, key) for key, line in document.lines.items())
    if len({line for line, _key in ordered}) < len(ordered):
        return {}
    last = sum(1 for line in lines if line.start < document.front_end)
    found = {}
    for index, (line, key) in enumerate(ordered):
        stop = ordered[index + 1][0] - 1 if index + 1 < len(ordered) else last
        while stop > line and lines[stop - 1].text.strip()[:1] in ("", "#"):
            stop -= 1
        found[key] = (lines[line - 1].start, lines[stop - 1].end)
    return found


def _entry(document: Document, key: str) -> str:
    """A key with its value as it is written; empty if it is not there."""
    if key not in document.values:
        return ""
    spans = _spans(document)
    if key not in spans:
        return f"{key}: {document.values[key]}"
    start, stop = spans[key]
    return document.text[start:stop]


def marked_front(front: str, clashes: list[KeyClash], end: str) -> str:
    """A front matter with both versions of some keys between marks."""
    document = frontmatter.read(front)
    spans = _spans(document) if document.kind != "json" else {}
    ordered = sorted(
        clashes, key=lambda clash: spans.get(clash.key, (document.front_end,))[0], reverse=True
    )
    for clash in ordered:
        start, stop = spans.get(clash.key, (document.front_end, document.front_end))
        front = front[:start] + block(clash.ours, clash.theirs, end) + front[stop:]
    return front
