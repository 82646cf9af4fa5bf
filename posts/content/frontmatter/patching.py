"""Change some keys of a front matter and no byte beside them.

Order of work: find the span of each value, write the new value in the style found there, read the
result back, compare it with what was asked for. Where spans cannot do it (explicit ``? key`` and
the like), a YAML front matter is written anew as a whole and the result says so.
"""

import json
from collections.abc import Callable, Mapping
from dataclasses import dataclass

import yaml

import posts.content.frontmatter.formats as formats
import posts.content.frontmatter.tomltext as tomltext
import posts.content.frontmatter.yamlpatch as yamlpatch
from posts.content.frontmatter.document import Document, read
from posts.content.frontmatter.values import NoSpan, is_null, lines_or_pieces, pieces
from posts.content.lines import newline
from posts.content.problems import Unreadable, Worded

Value = str | list[str] | bool | None
WRITERS: dict[str, Callable[[str, Mapping[str, Value], str], str]] = {
    "yaml": yamlpatch.apply,
    "toml": tomltext.apply,
    "json": formats.apply_json,
    "meta": formats.apply_meta,
}


class PatchError(Worded, ValueError):
    """A value that this front matter cannot hold."""


@dataclass(frozen=True)
class Patched:
    """The new text; ``rewritten`` is true if the whole front matter had to be written anew."""

    text: str
    rewritten: bool = False


def patch(document: Document, changes: Mapping[str, Value]) -> Patched:
    """Set keys to strings, lists of strings or booleans; None removes a key. Other bytes stay.

    Raises :class:`PatchError` when the result would not read back as asked.
    """
    changes = {key: value for key, value in changes.items() if not _already(document, key, value)}
    if not changes:
        return Patched(document.text)
    if document.kind == "meta" and any("\n" in str(value) for value in changes.values()):
        raise PatchError("cannot-patch.line-break")
    if (new := _by_spans(document, changes)) is not None:
        return Patched(new)
    if document.kind == "yaml":
        new = _around(document, _rewritten(document, changes))
        if _holds(document, new, changes):
            return Patched(new, rewritten=True)
    raise PatchError("cannot-patch.values", kind=document.kind, keys=", ".join(changes))


def replace_body(document: Document, body: str) -> str:
    """The document with another body, whose line ends become those of the document."""
    end = newline(document.text)
    body = body.replace("\r\n", "\n").replace("\r", "\n").replace("\n", end)
    return document.text[: document.body_at] + body


def _by_spans(document: Document, changes: dict[str, Value]) -> str | None:
    """The new text with other bytes as they were, or None where that cannot be."""
    try:
        if document.kind == "none":
            new = _created(document, changes)
        else:
            written = WRITERS[document.kind](document.front_text, changes, newline(document.text))
            new = _around(document, written)
        return new if _holds(document, new, changes) else None
    except (NoSpan, Unreadable, ValueError):
        return None


def _around(document: Document, front: str) -> str:
    return document.text[: document.front] + front + document.text[document.front_end :]


def _already(document: Document, key: str, value: Value) -> bool:
    if value is None:
        return key not in document.values
    return document.values.get(key) == _as_text(value)


def _as_text(value: Value) -> str | list[str] | None:
    return ("true" if value else "false") if isinstance(value, bool) else value


def _holds(before: Document, text: str, changes: dict[str, Value]) -> bool:
    """True if the text reads as asked: each change, all other keys, the body."""
    after = read(text)
    wanted = {key: value for key, value in before.values.items() if key not in changes}
    wanted |= {key: _as_text(value) for key, value in changes.items() if value is not None}
    return (
        after.body == before.body
        and after.values.keys() == wanted.keys()
        and all(_same(value, wanted[key]) for key, value in after.values.items())
    )


def _same(value: object, wanted: object) -> bool:
    """True for equal values, for a list written as one string, and for two ways of saying null."""
    if isinstance(value, str) and isinstance(wanted, list):
        return wanted in (pieces(value), lines_or_pieces(value))
    if isinstance(value, list) and isinstance(wanted, list):
        return len(value) == len(wanted) and all(map(_same, value, wanted))
    if isinstance(value, dict) and isinstance(wanted, dict):
        return value.keys() == wanted.keys() and all(_same(value[k], wanted[k]) for k in value)
    return (wanted == "" or is_null(wanted)) if is_null(value) else value == wanted


def _created(document: Document, changes: dict[str, Value]) -> str:
    end = newline(document.text)
    lines = "".join(
        yamlpatch.entry(key, value, end, "  ")
        for key, value in changes.items()
        if value is not None
    )
    mark = "\ufeff" if document.text.startswith("\ufeff") else ""
    return f"{mark}---{end}{lines}---{end}{document.text[document.body_at :]}"


def _rewritten(document: Document, changes: dict[str, Value]) -> str:
    plain = json.loads(json.dumps(document.values))  # str subclasses become str
    for key, value in changes.items():
        plain.pop(key, None) if value is None else plain.__setitem__(key, _as_text(value))
    end = newline(document.text)
    dumped = yaml.safe_dump(plain, allow_unicode=True, sort_keys=False, width=10_000)
    return dumped.replace("\n", end)
