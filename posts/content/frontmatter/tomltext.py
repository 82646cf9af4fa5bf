"""TOML front matter (``+++``): read by the standard library, patched by spans.

The reader says what a document means, a scanner of our own where its root keys stand. Values of the
root are given as they were written; in tables, numbers and dates come in their usual form.
"""

import re
import tomllib
from collections.abc import Mapping
from typing import NamedTuple

import posts.content.frontmatter.flow as flow
from posts.content.frontmatter.values import MAX_DEPTH, NoSpan, Parsed, Scalar
from posts.content.lines import Numbering, comment_after, whole_lines
from posts.content.problems import Unreadable

PART = r"""(?:[A-Za-z0-9_-]+|"(?:[^"\\\r\n]|\\.)*"|'[^'\r\n]*')"""
KEY = re.compile(rf"[ \t]*({PART}(?:[ \t]*\.[ \t]*{PART})*)[ \t]*=[ \t]*")
TABLE = re.compile(rf"^[ \t]*\[\[?[ \t]*({PART})([^\r\n]*)", re.MULTILINE)
DEEP_KEY = re.compile(rf"(?:^|[\[{{,])[ \t]*(?:{PART}[ \t]*\.[ \t]*){{{MAX_DEPTH}}}", re.MULTILINE)
BLANK = re.compile(r"(?:[ \t\r\n]|#[^\r\n]*)*")
COMMA = re.compile(r",")
SCALARS = {
    '"""': re.compile(r'"""(?:\\.|[^\\])*?"{3,5}(?!")', re.DOTALL),
    "'''": re.compile(r"'''.*?'{3,5}(?!')", re.DOTALL),
    '"': re.compile(r'"(?:[^"\\\r\n]|\\.)*"'),
    "'": re.compile(r"'[^'\r\n]*'"),
    "": re.compile(r"[^\s,\]}#]+(?:[ ]\d[^\s,\]}#]*)?"),
}


class Value(NamedTuple):
    """A value with its span; ``items`` are those of an array."""

    start: int
    end: int
    items: tuple[tuple[int, int], ...] | None = None


class Entry(NamedTuple):
    """A ``key = value`` of the root; ``key`` has several parts if it is dotted."""

    key: tuple[str, ...]
    start: int
    value: Value


def parse(text: str, first_line: int) -> Parsed:
    """TOML 1.0. Strings count as quoted; every other value of the root is as it was written."""
    _refuse_depth(text, first_line)
    try:
        loaded = tomllib.loads(text, parse_float=Scalar)
    except tomllib.TOMLDecodeError as error:
        message, _, at = str(error).partition(" (at ")
        found = re.match(r"line (\d+)", at)
        line = int(found[1]) - 1 if found else text.rstrip().count("\n")
        raise Unreadable(first_line + line, "bad-toml.parser", problem=message) from None
    except (ValueError, RecursionError, OverflowError) as error:
        raise Unreadable(first_line, "bad-toml.parser", problem=str(error)) from None
    values = {key: _value(value) for key, value in loaded.items()}
    numbers, lines = Numbering(text), dict.fromkeys(values, first_line)
    for table in reversed(list(TABLE.finditer(text))):
        if (name := _unquoted(table[1])) in lines:
            lines[name] = first_line + numbers.at(table.start()) - 1
    for entry in entries(text):
        name = entry.key[0]
        if name in lines:
            lines[name] = first_line + numbers.at(entry.start) - 1
        if len(entry.key) == 1 and name in values:
            values[name] = _as_written(values[name], entry.value, text)
    return Parsed(values, lines)


def _refuse_depth(text: str, first_line: int) -> None:
    if DEEP_KEY.search(text):
        raise Unreadable(first_line, "bad-toml.depth", limit=MAX_DEPTH)
    depth = 0
    for mark in re.finditer(r"[\[{]|[\]}]", text):
        depth += 1 if mark[0] in "[{" else -1
        if depth > MAX_DEPTH:
            raise Unreadable(first_line, "bad-toml.depth", limit=MAX_DEPTH)


def _value(item: object) -> object:
    if isinstance(item, Scalar):  # a float
        return item
    if isinstance(item, dict):
        return {key: _value(value) for key, value in item.items()}
    if isinstance(item, list):
        return [_value(value) for value in item]
    if isinstance(item, str):
        return Scalar(item, quoted=True)
    return Scalar(str(item).lower() if isinstance(item, bool) else str(item))


def _as_written(read: object, value: Value, text: str) -> object:
    """The read value with the texts of its numbers, booleans and dates as they stand."""
    if isinstance(read, list) and value.items is not None and len(read) == len(value.items):
        pairs = zip(read, value.items, strict=True)
        return [_as_written(item, Value(*span), text) for item, span in pairs]
    if isinstance(read, Scalar) and not read.quoted:
        return Scalar(text[value.start : value.end])
    return read


def entries(text: str) -> list[Entry]:
    """The keys of the root, up to the first table or the first thing that is no key."""
    found, at = [], _blank(text, 0)
    while match := KEY.match(text, at):
        value = _scan(text, match.end())
        if value is None:
            break
        parts = re.findall(PART, match[1])
        found.append(Entry(tuple(map(_unquoted, parts)), at, value))
        at = _blank(text, value.end)
    return found


def _blank(text: str, at: int) -> int:
    match = BLANK.match(text, at)
    return match.end() if match else at


def _unquoted(part: str) -> str:
    if part[:1] == '"':
        return str(tomllib.loads(f"x = {part}")["x"])
    return part.strip("'")


def _scan(text: str, at: int) -> Value | None:
    """The value at an offset; None if none of TOML begins there."""
    if text[at : at + 1] in ("[", "{"):
        return _scan_group(text, at)
    opening = next((mark for mark in SCALARS if text.startswith(mark, at)), "")
    match = SCALARS[opening].match(text, at)
    return Value(at, match.end()) if match else None


def _scan_group(text: str, at: int) -> Value | None:
    """An array or an inline table, of any depth that was not refused."""
    closing = {"[": "]", "{": "}"}[text[at]]
    items, start = [], at
    at = _blank(text, at + 1)
    while text[at : at + 1] != closing:
        key = KEY.match(text, at) if closing == "}" else None
        item = _scan(text, key.end() if key else at)
        if item is None or (closing == "}" and not key):
            return None
        items.append((item.start, item.end))
        at = _blank(text, item.end)
        if comma := COMMA.match(text, at):
            at = _blank(text, comma.end())
        elif text[at : at + 1] != closing:
            return None
    return Value(start, at + 1, tuple(items) if closing == "]" else None)


def apply(inner: str, changes: Mapping[str, str | list[str] | bool | None], end: str) -> str:
    """The front matter with the changes applied. Raises :class:`NoSpan` where that cannot be."""
    for key, value in changes.items():
        inner = _apply_one(inner, key, value, end)
    return inner


def _apply_one(inner: str, key: str, value: str | list[str] | bool | None, end: str) -> str:
    root = entries(inner)
    found = next((entry for entry in root if entry.key == (key,)), None)
    if found is None:
        if any(entry.key[0] == key for entry in root):
            raise NoSpan(f"{key} is written with dots")
        return _without_table(inner, key) if value is None else _added(inner, root, key, value, end)
    start, stop, items = found.value
    if value is None:
        low, high = whole_lines(inner, found.start, stop)
        comment = comment_after(inner, stop)
        return inner[:low] + (comment + end if comment else "") + inner[high:]
    if isinstance(value, list) and items is not None:
        return flow.edited(
            inner,
            (start + 1, stop - 1),
            list(items),
            ([_text_of(inner[low:high]) for low, high in items], value),
            flow.quoted,
        )
    literal = inner[start] == "'" and not inner.startswith("'''", start)
    return inner[:start] + _written(value, literal) + inner[stop:]


def _text_of(item: str) -> str | None:
    """The text of an array's item, or None if it is no string."""
    return str(tomllib.loads(f"x = {item}")["x"]) if item[:1] in ("'", '"') else item


def _written(value: str | list[str] | bool, literal: bool = False) -> str:
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, list):
        return "[" + ", ".join(map(flow.quoted, value)) + "]"
    plain = not (flow.UNPRINTABLE.search(value) or "'" in value or "\n" in value)
    return f"'{value}'" if literal and plain else flow.quoted(value)


def _added(inner: str, root: list[Entry], key: str, value: str | list[str] | bool, end: str) -> str:
    """A new key stands behind the last of the root: after a [table] it would belong to that."""
    if any(_unquoted(table[1]) == key for table in TABLE.finditer(inner)):
        raise NoSpan(f"{key} is a table")
    at = whole_lines(inner, root[-1].start, root[-1].value.end)[1] if root else 0
    name = key if re.fullmatch(r"[A-Za-z0-9_-]+", key) else flow.quoted(key)
    gap = end if inner[:at] and not inner[:at].endswith(("\n", "\r")) else ""
    return f"{inner[:at]}{gap}{name} = {_written(value)}{end}{inner[at:]}"


def _without_table(inner: str, key: str) -> str:
    """The text without a table and its sub-tables; comments before the next table stay."""
    tables = list(TABLE.finditer(inner))
    for index, table in reversed(list(enumerate(tables))):
        if _unquoted(table[1]) == key:
            stop = tables[index + 1].start() if index + 1 < len(tables) else len(inner)
            own = re.sub(
                r"(?:^[ \t]*(?:#[^\r\n]*)?(?:\r\n|\n|\r))+\Z",
                "",
                inner[table.start() : stop],
                flags=re.M,
            )
            inner = inner[: table.start()] + inner[table.start() + len(own) :]
    return inner
