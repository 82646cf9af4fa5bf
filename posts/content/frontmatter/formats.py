"""Front matter in TOML (``+++``), JSON (``{``) and as bare ``Key: value`` lines (Pelican, MultiMarkdown)."""

import json
import re
from json.decoder import scanstring

import tomlkit
from tomlkit.exceptions import TOMLKitError

from posts.content.frontmatter.values import MAX_DEPTH, Parsed, Scalar
from posts.content.lines import number, split
from posts.content.problems import Unreadable

META_LINE = re.compile(r"([A-Za-z][A-Za-z0-9_-]*):(?:[ \t]+(.*?))?[ \t]*\Z")
META_MORE = re.compile(r"[ \t]{4,}(\S.*)\Z")
SPACE = re.compile(r"[ \t\r\n]*")


def parse_toml(text: str, first_line: int) -> Parsed:
    """TOML 1.0. Strings count as quoted; every other value is given as it was written."""
    try:
        _refuse_depth(text, first_line)
        values = {str(key): _toml_value(item) for key, item in tomlkit.parse(text).items()}
    except TOMLKitError as error:
        line = first_line + getattr(error, "line", 1) - 1
        raise Unreadable(line, "bad-toml.parser", problem=str(error)) from None
    except Unreadable:
        raise
    except (ValueError, RecursionError, OverflowError) as error:
        raise Unreadable(first_line, "bad-toml.parser", problem=str(error)) from None
    lines = {}
    for key in values:
        found = re.search(rf"^[ \t]*\[*[\"']?{re.escape(key)}[\"']?\s*[=.\]]", text, re.MULTILINE)
        lines[key] = first_line + (number(text, found.start()) - 1 if found else 0)
    return Parsed(values, lines)


def _refuse_depth(text: str, first_line: int):
    depth = 0
    for mark in re.finditer(r"[\[{]|[\]}]", text):
        depth += 1 if mark[0] in "[{" else -1
        if depth > MAX_DEPTH:
            raise Unreadable(first_line, "bad-toml.depth", limit=MAX_DEPTH)


def _toml_value(item):
    if isinstance(item, dict):
        return {str(key): _toml_value(value) for key, value in item.items()}
    if isinstance(item, list):
        return [_toml_value(value) for value in item]
    if isinstance(item, str):
        return Scalar(str(item), quoted=True)
    if isinstance(item, bool):
        return Scalar(str(item).lower())
    return Scalar(item.as_string().strip() if hasattr(item, "as_string") else str(item))


def json_members(text: str, start: int = 0) -> tuple[list[tuple[str, int, int, int]], int]:
    """The members of the JSON object at ``start``: (key, key start, value start, value end), and its end."""
    decoder = json.JSONDecoder()
    members, at = [], SPACE.match(text, start + 1).end()
    while text[at : at + 1] != "}":
        if text[at : at + 1] != '"':
            raise json.JSONDecodeError("a key in double quotes is expected", text, at)
        key_at = at
        key, at = scanstring(text, at + 1)
        at = SPACE.match(text, at).end()
        if text[at : at + 1] != ":":
            raise json.JSONDecodeError("a colon is expected after the key", text, at)
        value_at = SPACE.match(text, at + 1).end()
        _, at = decoder.raw_decode(text, value_at)
        members.append((key, key_at, value_at, at))
        at = SPACE.match(text, at).end()
        if text[at : at + 1] == ",":
            at = SPACE.match(text, at + 1).end()
        elif text[at : at + 1] != "}":
            raise json.JSONDecodeError("a comma or a closing brace is expected", text, at)
    return members, at + 1


def parse_json(text: str, first_line: int) -> Parsed:
    """A JSON object. Numbers, ``true`` and ``null`` are given as they were written."""
    try:
        members, _end = json_members(text)
        decoder = json.JSONDecoder(parse_float=Scalar, parse_int=Scalar, parse_constant=Scalar)
        parsed = Parsed()
        for key, key_at, value_at, _stop in members:
            line = first_line + number(text, key_at) - 1
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


def _json_value(value):
    if isinstance(value, dict):
        return {key: _json_value(item) for key, item in value.items()}
    if isinstance(value, list):
        return [_json_value(item) for item in value]
    if value is None or isinstance(value, bool):
        return Scalar("null" if value is None else str(value).lower())
    return value if isinstance(value, Scalar) else Scalar(value, quoted=True)


def parse_meta(text: str, first_line: int) -> Parsed:
    """``Key: value`` lines; keys are read in lower case; an indented line continues the value above."""
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
