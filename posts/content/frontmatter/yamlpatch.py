"""Patching YAML by spans, in the style found there."""

import difflib
import json
import re

from posts.content.frontmatter.values import NULLS, pieces
from posts.content.frontmatter.yamltext import Node, compose

# Written plain, such a text would read back as something else or not at all.
PLAIN = re.compile(r"[^\s\-?:,\[\]{}#&*!|>'\"%@`][^\r\n\t]*\Z")
UNPRINTABLE = re.compile(
    r"[\x00-\x08\x0b-\x1f\x7f-\x9f\ud800-\udfff\ufeff\ufffe\uffff\u2028\u2029\t]"
)
WORDS = NULLS | {"true", "false", "yes", "no", "on", "off", "y", "n"}
NUMBER_LIKE = re.compile(r"[-+.]?[\d.][\d_.:eExXa-fA-F+-]*\Z")


class NoSpan(ValueError):
    """The place of a value cannot be changed alone."""


def apply(inner: str, changes: dict, end: str) -> str:
    """The front matter with the changes applied, one key after another."""
    for key, value in changes.items():
        inner = _apply_one(inner, key, value, end)
    return inner


def _apply_one(inner: str, key: str, value, end: str) -> str:
    root = compose(inner)
    pairs = (
        [pair for pair in root.items if str(pair[0].value) == key]
        if root and root.kind == "map"
        else []
    )
    if not pairs:
        return inner if value is None else _append(inner, root, key, value, end)
    if root.style == "flow":
        raise NoSpan("the front matter is one flow mapping")
    name, node = pairs[-1]
    if node.shared or any(pair[1].shared for pair in pairs) or len(pairs) > 1:
        raise NoSpan(f"{key} is anchored, aliased or written twice")
    if value is None:
        start, stop = _whole_lines(inner, name.start, node.end)
        return inner[:start] + inner[stop:]
    if isinstance(value, list) and node.kind == "list":
        return _patch_list(inner, node, value, end)
    if isinstance(value, list) and node.kind == "scalar":
        joined = _joined(node, value)
        value = joined if joined is not None and pieces(joined) == value else value
    return _put(inner, name, node, value, end)


def _put(inner: str, name: Node, node: Node, value, end: str) -> str:
    """Replace one value whole; a space is set after the colon of a key that stood empty."""
    stop = node.start + len(inner[node.start : node.end].rstrip())
    if isinstance(value, list):
        written = "[" + ", ".join(_scalar(item, flow=True) for item in value) + "]"
    else:
        style = node.style if node.kind == "scalar" else None
        written = _scalar(value, style if style in ("'", '"') else None, block=style in ("|", ">"))
    start = node.start
    if node.kind == "list" and node.style == "block":
        start = inner.index(":", name.end) + 1  # the list began on a line of its own
    gap = "" if inner[start - 1 : start] in (" ", "\t") else " "
    return inner[:start] + gap + written + inner[max(stop, start) :]


def _joined(node: Node, items: list[str]) -> str | None:
    """A list for a key that held one string, in that string's own way of separating."""
    if not node.value or node.style in ("|", ">"):
        return None
    comma = next((char for char in ("，", "、", "；", ";", ",") if char in node.value), None)
    if comma:
        separator = comma + (" " if comma + " " in node.value else "")
        return (
            separator.join(items)
            if len(items) > 1 and not any(comma in item for item in items)
            else None
        )
    return (
        " ".join(items)
        if " " in node.value
        and len(items) > 1
        and not any(re.search(r"[\s,，、；;]", item) for item in items)
        else None
    )


def _patch_list(inner: str, node: Node, wanted: list[str], end: str) -> str:
    if any(item.shared for item in node.items):
        raise NoSpan("an item is anchored or aliased")
    if node.style == "flow":
        have = {
            str(item.value): inner[item.start : item.end]
            for item in node.items
            if item.kind == "scalar"
        }
        written = ", ".join(have.get(item) or _scalar(item, flow=True) for item in wanted)
        opening = inner[node.start : node.items[0].start] if node.items else "["
        closing = inner[node.items[-1].end : node.end] if node.items else "]"
        return inner[: node.start] + opening + written + closing + inner[node.end :]
    if not wanted:
        start = inner.rindex(":", 0, node.start) + 1
        return inner[:start] + " []" + inner[start + len(inner[start : node.end].rstrip()) :]
    return _patch_block_list(inner, node, wanted, end)


def _patch_block_list(inner: str, node: Node, wanted: list[str], end: str) -> str:
    """Lines of items that stay are kept with their comments; others go or come."""
    spans = [_whole_lines(inner, item.start, item.end) for item in node.items]
    have = [str(item.value) if item.kind == "scalar" else None for item in node.items]
    first = inner[spans[0][0] : node.items[0].start]
    style = next((item.style for item in node.items if item.style in ("'", '"')), None)
    if not re.fullmatch(r"[ \t]*-[ \t]+", first):
        raise NoSpan("the list does not stand one item to a line")
    parts, at = [], 0
    for kind, low, high, from_, to in difflib.SequenceMatcher(
        None, have, wanted, autojunk=False
    ).get_opcodes():
        if kind == "equal":
            parts.append(inner[spans[low][0] : spans[high - 1][1]])
        else:
            parts += [f"{first}{_scalar(item, style)}{end}" for item in wanted[from_:to]]
        at = high
    assert at == len(have)
    new, stop = "".join(parts), spans[-1][1]
    if not inner[:stop].endswith(("\n", "\r")):
        new = new.removesuffix(end)
    elif not new.endswith(("\n", "\r")):
        new += end
    return inner[: spans[0][0]] + new + inner[stop:]


def _whole_lines(inner: str, start: int, stop: int) -> tuple[int, int]:
    """The span from the start of the line of ``start`` to the end of the line of ``stop``."""
    begin = max(inner.rfind("\n", 0, start), inner.rfind("\r", 0, start)) + 1
    stop = start + len(inner[start:stop].rstrip("\r\n \t"))
    after = re.compile(r"\r\n|\n|\r|\Z").search(inner, stop)
    return begin, after.end()


def _append(inner: str, root: Node | None, key: str, value, end: str) -> str:
    if root is not None and root.kind == "map" and root.style == "flow":
        raise NoSpan("the front matter is one flow mapping")
    indent = "  "
    for _name, node in root.items if root is not None and root.kind == "map" else []:
        if node.kind == "list" and node.style == "block" and node.items:
            start, _stop = _whole_lines(inner, node.items[0].start, node.items[0].end)
            indent = re.match(r"[ \t]*", inner[start:])[0]
            break
    if inner and not inner.endswith(("\n", "\r")):
        inner += end
    return inner + entry(key, value, end, indent)


def entry(key: str, value, end: str, indent: str) -> str:
    """A whole new ``key: value``, a list as a block with the indent of its neighbours."""
    if isinstance(value, list):
        if not value:
            return f"{key}: []{end}"
        return f"{key}:{end}" + "".join(f"{indent}- {_scalar(item)}{end}" for item in value)
    return f"{key}: {_scalar(value)}{end}"


def _scalar(
    value: str | bool, style: str | None = None, flow: bool = False, block: bool = False
) -> str:
    if isinstance(value, bool):
        return "true" if value else "false"
    if UNPRINTABLE.search(value) or "\n" in value or "\r" in value or block:
        return _double(value)
    if style == '"':
        return _double(value)
    if style == "'":
        return "'" + value.replace("'", "''") + "'"
    return value if _can_be_plain(value, flow) else _double(value)


def _double(value: str) -> str:
    written = json.dumps(value, ensure_ascii=False)
    return UNPRINTABLE.sub(lambda found: f"\\u{ord(found[0]):04x}", written)


def _can_be_plain(value: str, flow: bool) -> bool:
    if not PLAIN.match(value) or value != value.strip() or value.lower() in WORDS:
        return False
    if (
        NUMBER_LIKE.match(value)
        and not re.fullmatch(r"\d{4}-\d\d-\d\d", value)
        and not value.isdecimal()
    ):
        return bool(re.fullmatch(r"\d{4}-\d\d-\d\d[\d:. +-]*", value))
    if ": " in value or " #" in value or value.endswith(":"):
        return False
    return not (flow and re.search(r"[,\[\]{}]", value))
