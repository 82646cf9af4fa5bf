"""Front matter in JSON (``{``) and as bare ``Key: value`` lines (Pelican, MultiMarkdown)."""

import json
import re
from collections.abc import Mapping
from functools import partial

import posts.content.frontmatter.flow as flow
from posts.content.frontmatter.values import NULLS, Parsed, Scalar, lines_or_pieces, pieces
from posts.content.lines import Numbering, split
from posts.content.problems import Unreadable

META_LINE = re.compile(r"([A-Za-z][A-Za-z0-9_-]*):(?:[ \t]+(.*?))?[ \t]*\Z")
META_MORE = re.compile(r"[ \t]{4,}(\S.*)\Z")
SPACES = " \t\r\n"

Wanted = str | list[str] | bool | None
Member = tuple[str, int, int, int]  # key, key start, value start, value end


def _past_spaces(text: str, at: int) -> int:
    while text[at : at + 1] and text[at] in SPACES:
        at += 1
    return at


def json_members(text: str, start: int = 0) -> tuple[list[Member], int]:
    """The members of the JSON object at ``start``, and its end. Raises ``JSONDecodeError``."""
    decoder = json.JSONDecoder()
    members, at = [], _past_spaces(text, start + 1)
    while text[at : at + 1] != "}":
        if text[at : at + 1] != '"':
            raise json.JSONDecodeError("a key in double quotes is expected", text, at)
        key_at = at
        key, at = decoder.raw_decode(text, at)
        at = _past_spaces(text, at)
        if text[at : at + 1] != ":":
            raise json.JSONDecodeError("a colon is expected after the key", text, at)
        value_at = _past_spaces(text, at + 1)
        _, at = decoder.raw_decode(text, value_at)
        members.append((key, key_at, value_at, at))
        at = _past_spaces(text, at)
        if text[at : at + 1] == ",":
            at = _past_spaces(text, at + 1)
        elif text[at : at + 1] != "}":
            raise json.JSONDecodeError("a comma or a closing brace is expected", text, at)
    return members, at + 1


def parse_json(text: str, first_line: int) -> Parsed:
    """A JSON object. Numbers, ``true`` and ``null`` are given as they were written."""
    try:
        members, _end = json_members(text)
        decoder = json.JSONDecoder(parse_float=Scalar, parse_int=Scalar, parse_constant=Scalar)
        parsed, numbers = Parsed(), Numbering(text)
        for key, key_at, value_at, _stop in members:
            line = first_line + numbers.at(key_at) - 1
            if key in parsed.lines:
                parsed.duplicates.append((key, line))
            parsed.lines[key] = line
            parsed.values[key] = _json_value(decoder.raw_decode(text, value_at)[0])
        return parsed
    except json.JSONDecodeError as error:
        line = first_line + error.lineno - 1
        raise Unreadable(line, "bad-json.parser", problem=error.msg) from None
    except RecursionError:
        raise Unreadable(first_line, "too-deep.json") from None


def _json_value(value: object) -> object:
    if isinstance(value, dict):
        return {key: _json_value(item) for key, item in value.items()}
    if isinstance(value, list):
        return [_json_value(item) for item in value]
    if value is None or isinstance(value, bool):
        return Scalar("null" if value is None else str(value).lower())
    return value if isinstance(value, Scalar) else Scalar(str(value), quoted=True)


def apply_json(inner: str, changes: Mapping[str, Wanted], end: str) -> str:
    """The object with members changed, added and removed; of equal keys the last is changed."""
    for key, value in changes.items():
        members, stop = json_members(inner)
        keys: list[str | None] = [member[0] for member in members]
        spans = [(member[1], member[3]) for member in members]
        if value is not None and key in keys:
            _key, _at, start, stop = members[len(keys) - 1 - keys[::-1].index(key)]
            inner = inner[:start] + _json_written(inner[start:stop], value) + inner[stop:]
            continue
        wanted = [name for name in keys if name is not None and name != key]
        wanted += [key] if value is not None else []
        write = partial(_json_member, value=value)
        inner = flow.edited(inner, (1, stop - 1), spans, (keys, wanted), write)
    return inner


def _json_member(key: str, value: Wanted) -> str:
    return f"{flow.quoted(key)}: {_json_written('', value)}"


def _json_written(old: str, value: Wanted) -> str:
    if not (isinstance(value, list) and old.startswith("[")):
        return json.dumps(value, ensure_ascii=False)
    decoder, at = json.JSONDecoder(), _past_spaces(old, 1)
    spans: list[tuple[int, int]] = []
    names: list[str | None] = []
    while old[at] != "]":
        item, stop = decoder.raw_decode(old, at)
        spans.append((at, stop))
        names.append(item if isinstance(item, str) else old[at:stop])
        at = _past_spaces(old, stop)
        at = _past_spaces(old, at + 1) if old[at] == "," else at
    return flow.edited(old, (1, len(old) - 1), spans, (names, value), flow.quoted)


def parse_meta(text: str, first_line: int) -> Parsed:
    """``Key: value`` lines; keys are read in lower case; an indented line continues the value."""
    parsed, last = Parsed(), None
    for count, line in enumerate(split(text)):
        if match := META_LINE.match(line.text):
            last = match[1].lower()
            if last in parsed.lines:
                parsed.duplicates.append((last, first_line + count))
            parsed.values[last] = Scalar(match[2] or "")
            parsed.lines[last] = first_line + count
        elif last and (more := META_MORE.match(line.text)):
            parsed.values[last] = Scalar(f"{parsed.values[last]}\n{more[1].rstrip()}")
    return parsed


def apply_meta(inner: str, changes: Mapping[str, Wanted], end: str) -> str:
    """The lines with keys changed, added and removed; of equal keys the last is changed."""
    parsed = list(split(inner))
    keys = [match[1] if (match := META_LINE.match(line.text)) else None for line in parsed]
    last = {key.lower(): index for index, key in enumerate(keys) if key}
    kept, dropping = [], False
    for index, (key, line) in enumerate(zip(keys, parsed, strict=True)):
        name = key.lower() if key else ""
        if name in changes:
            value = changes[name]
            dropping = value is None or index == last[name]
            if dropping and value is not None:
                kept.append(f"{key}:{_meta_written(value, end)}{end}")
        elif key:
            dropping = False
        if not dropping:
            kept.append(inner[line.start : line.end])
    text = "".join(kept)
    added = [
        f"{key.capitalize()}:{_meta_written(value, end)}{end}"
        for key, value in changes.items()
        if key.lower() not in last and value is not None
    ]
    return (
        text + (end if added and text and not text.endswith(("\n", "\r")) else "") + "".join(added)
    )


def _meta_written(value: str | list[str] | bool, end: str) -> str:
    """A value after its colon; a list between commas, or on lines where commas would not do."""
    if isinstance(value, bool):
        return " true" if value else " false"
    if isinstance(value, str):
        return f" {value}" if value else ""
    joined = ", ".join(value)
    if joined not in NULLS and pieces(joined) == value and lines_or_pieces(joined) == value:
        return f" {joined}"
    return "".join(f"{end}    {item}" for item in value)
