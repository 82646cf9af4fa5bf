"""Change some keys of a front matter and no byte beside them.

Order of work: find the span of each value, write the new value in the style found there, read the
result back, compare it with what was asked for. Where spans cannot do it (a value that is anchored
or reached through an alias), the front matter is written anew as a whole and the result says so.
"""

import json
from dataclasses import dataclass

import tomlkit
import yaml

import posts.content.frontmatter.formats as formats
import posts.content.frontmatter.yamlpatch as yamlpatch
from posts.content.frontmatter.document import Document, read
from posts.content.frontmatter.values import pieces
from posts.content.lines import newline
from posts.content.problems import Unreadable, Worded

Value = str | list[str] | bool | None


class PatchError(Worded, ValueError):
    """A value that this front matter cannot hold."""


@dataclass(frozen=True)
class Patched:
    """The new text; ``rewritten`` is true if the whole front matter had to be written anew."""

    text: str
    rewritten: bool = False


def patch(document: Document, changes: dict[str, Value]) -> Patched:
    """Set keys to strings, lists of strings or booleans; None removes a key. Other bytes stay.

    Raises :class:`PatchError` when the result would not read back as asked.
    """
    changes = {key: value for key, value in changes.items() if not _already(document, key, value)}
    if not changes:
        return Patched(document.text)
    inner, text = document.front_text, document.text
    if document.kind == "none":
        return Patched(_create(document, changes))
    writer = {"yaml": yamlpatch.apply, "toml": _toml, "json": _json, "meta": _meta}[document.kind]
    try:
        new = (
            text[: document.front]
            + writer(inner, changes, newline(text))
            + text[document.front_end :]
        )
        if _holds(document, new, changes):
            return Patched(new)
    except (yamlpatch.NoSpan, Unreadable):
        pass
    if document.kind == "yaml":
        new = text[: document.front] + _rewritten(document, changes) + text[document.front_end :]
        if _holds(document, new, changes):
            return Patched(new, rewritten=True)
    raise PatchError("cannot-patch.values", kind=document.kind, keys=", ".join(changes))


def replace_body(document: Document, body: str) -> str:
    """The document's text with another body. Line ends of the new body are those of the document."""
    end = newline(document.text)
    body = body.replace("\r\n", "\n").replace("\r", "\n").replace("\n", end)
    return document.text[: document.body_at] + body


def _already(document: Document, key: str, value: Value) -> bool:
    return (
        (key not in document.values)
        if value is None
        else document.values.get(key) == _as_text(value)
    )


def _as_text(value: Value):
    return ("true" if value else "false") if isinstance(value, bool) else value


def _holds(before: Document, text: str, changes: dict[str, Value]) -> bool:
    after = read(text)
    wanted = {key: value for key, value in before.values.items() if key not in changes}
    wanted |= {key: _as_text(value) for key, value in changes.items() if value is not None}
    read_back = {key: _as_list(value, wanted.get(key)) for key, value in after.values.items()}
    return read_back == wanted and after.body == before.body


def _as_list(value, wanted):
    """A list that was written as one string, in the separators that the document used before."""
    if not (isinstance(value, str) and isinstance(wanted, list)):
        return value
    return pieces(value)


def _create(document: Document, changes: dict[str, Value]) -> str:
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
    return yaml.safe_dump(plain, allow_unicode=True, sort_keys=False, width=10_000).replace(
        "\n", end
    )


def _toml(inner: str, changes: dict[str, Value], end: str) -> str:
    table = tomlkit.parse(inner)
    for key, value in changes.items():
        if value is None:
            table.pop(key, None)
        elif key in table:
            table[key] = value
        else:
            _toml_add(table, key, value)
    return tomlkit.dumps(table)


def _toml_add(table, key: str, value: Value):
    """A new key stands before the first [table], or it would become a member of that table."""
    first = next((name for name, item in table.items() if isinstance(item, dict)), None)
    if first is None:
        table.add(key, value)
        return
    moved = [(name, table.item(name)) for name in list(table)[list(table).index(first) :]]
    for name, _item in moved:
        table.remove(name)
    table.add(key, value)
    for name, item in moved:
        table.add(name, item)


def _json(inner: str, changes: dict[str, Value], end: str) -> str:
    for key, value in changes.items():
        members, stop = formats.json_members(inner)
        found = next((index for index, member in enumerate(members) if member[0] == key), None)
        if value is not None:
            written = json.dumps(value, ensure_ascii=False)
        if found is None:
            indent = _indent_before(inner, members[0][1]) if members else f"{end}  "
            at = members[-1][3] if members else 1
            inner = (
                inner[:at]
                + ("," if members else "")
                + f"{indent}{json.dumps(key)}: {written}"
                + inner[at:]
            )
        elif value is not None:
            _key, _start, value_at, value_end = members[found]
            inner = inner[:value_at] + written + inner[value_end:]
        elif found + 1 < len(members):
            inner = inner[: members[found][1]] + inner[members[found + 1][1] :]
        else:
            inner = inner[: members[found - 1][3] if found else 1] + inner[members[found][3] :]
    return inner


def _indent_before(inner: str, at: int) -> str:
    return inner[1 + len(inner[1:at].rstrip()) : at] or " "


def _meta(inner: str, changes: dict[str, Value], end: str) -> str:
    kept, skipping = [], False
    done = set()
    for line in inner.splitlines(keepends=True):
        match = formats.META_LINE.match(line.rstrip("\r\n"))
        key = match[1].lower() if match else None
        if key in changes:
            skipping = True
            if changes[key] is not None and key not in done:
                kept.append(f"{match[1]}: {_meta_text(changes[key])}{end}")
            done.add(key)
        elif match or not skipping:
            skipping = False
            kept.append(line)
    kept += [
        f"{key.capitalize()}: {_meta_text(value)}{end}"
        for key, value in changes.items()
        if key not in done and value is not None
    ]
    return "".join(kept)


def _meta_text(value: Value) -> str:
    text = ", ".join(value) if isinstance(value, list) else str(_as_text(value))
    if "\n" in text or "\r" in text:
        raise PatchError("cannot-patch.line-break")
    return text
