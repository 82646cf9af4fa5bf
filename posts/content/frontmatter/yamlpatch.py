"""Patching YAML by spans, in the style found there.

A value that is anchored keeps its anchor. Where an alias stood for the value that goes, the old
value is written out in the alias's stead, so that no other key changes its meaning.
"""

import difflib
import re
from collections.abc import Iterator, Mapping

import posts.content.frontmatter.flow as flow
from posts.content.frontmatter.values import NULLS, NoSpan, pieces
from posts.content.frontmatter.yamltext import Node, compose
from posts.content.lines import NEWLINE, comment_after, whole_lines

# Written plain, such a text would read back as something else or not at all.
PLAIN = re.compile(r"[^\s\-?:,\[\]{}#&*!|>'\"%@`][^\r\n\t]*\Z")
WORDS = NULLS | {"true", "false", "yes", "no", "on", "off", "y", "n"}
NUMBER_LIKE = re.compile(r"[-+.]?[\d.][\d_.:eExXa-fA-F+-]*\Z")
FLOW_UNSAFE = re.compile(r"[,\[\]{}\r\n]|: | #|\A[&*!|>'\"%@`]")
PROPERTIES = re.compile(r"[ \t]*(?:[&!][^\s,\[\]{}]*(?:[ \t]+|(?=[\r\n,\]}]|\Z)))*")  # &anchor !tag
BLOCK_HEADER = re.compile(r"[|>][-+0-9]*")

Wanted = str | list[str] | bool | None
Pair = tuple[Node, Node]


def apply(inner: str, changes: Mapping[str, Wanted], end: str) -> str:
    """The front matter with the changes applied, one key after another.

    Raises :class:`NoSpan` where that cannot be.
    """
    for key, value in changes.items():
        inner = _apply_one(inner, key, value, end)
    return inner


def _apply_one(inner: str, key: str, value: Wanted, end: str) -> str:
    root = compose(inner)
    if root is None:
        return inner if value is None else _append(inner, None, key, value, end)
    if root.kind != "map":
        raise NoSpan("the front matter is no mapping")
    pairs = _pairs(root, key)
    if pairs and (free := _without_aliases(inner, root, _going(pairs, value))) != inner:
        return _apply_one(free, key, value, end)
    if root.style == "flow" and (value is None or not pairs):
        return _patch_flow_root(inner, root, key, value)
    if not pairs:
        return inner if value is None else _append(inner, root, key, value, end)
    if value is None:
        for name, node in reversed(pairs):
            inner = _removed(inner, name, node, end)
        return inner
    return _changed(inner, pairs[-1], value, end, in_flow=root.style == "flow")


def _pairs(root: Node, key: str) -> list[Pair]:
    return [pair for pair in root.items if str(pair[0].value) == key]


def _changed(inner: str, pair: Pair, value: str | list[str] | bool, end: str, in_flow: bool) -> str:
    name, node = pair
    if isinstance(value, list) and node.kind == "list" and node.target is None:
        return _patch_list(inner, name, node, value, end)
    if isinstance(value, list) and node.kind == "scalar" and node.target is None:
        joined = _joined(node, value)
        value = joined if joined is not None and pieces(joined) == value else value
    return _put(inner, name, node, value, in_flow)


# -- aliases -----------------------------------------------------------------------------------


def _going(pairs: list[Pair], value: Wanted) -> list[Node]:
    """The nodes that a change takes out of the text, or gives another value."""
    node = pairs[-1][1]
    if value is None:
        return [pair[1] for pair in pairs]
    by_items = node.kind == "list" and node.target is None and not node.anchored
    if by_items and isinstance(value, list) and value:
        return [item for item in node.items if str(item.value) not in value]
    return [node]


def _without_aliases(inner: str, root: Node, going: list[Node]) -> str:
    """The text with every alias of an anchor that goes written out."""
    inside = [node for top in going for node in _written_nodes(top)]
    anchored = [node for node in inside if node.anchored]
    if not anchored:
        return inner
    staying = (node for node in _written_nodes(root) if not any(node is gone for gone in inside))
    aliases = [node for node in staying if any(node.target is anchor for anchor in anchored)]
    for alias in sorted(aliases, key=lambda node: node.start, reverse=True):
        assert alias.target is not None
        stop = alias.start + len(inner[alias.start : alias.end].rstrip())
        inner = inner[: alias.start] + _as_flow(alias.target) + inner[stop:]
    return inner


def _written_nodes(node: Node) -> Iterator[Node]:
    """A node and the nodes in it, an alias without what it stands for."""
    yield node
    if node.target is None:
        for item in node.items:
            for part in item if isinstance(item, tuple) else (item,):
                yield from _written_nodes(part)


def _as_flow(node: Node) -> str:
    """A value on one line, between brackets if it is a collection."""
    if node.kind == "list":
        return "[" + ", ".join(map(_as_flow, node.items)) + "]"
    if node.kind == "map":
        return (
            "{" + ", ".join(f"{_as_flow(key)}: {_as_flow(item)}" for key, item in node.items) + "}"
        )
    text = str(node.value)
    if node.style is not None or FLOW_UNSAFE.search(text):
        return flow.quoted(text)
    return text or "null"


# -- values ------------------------------------------------------------------------------------


def _value_start(inner: str, name: Node) -> int:
    """Where a key's value begins on the line of its colon, behind an anchor or a tag."""
    colon = inner.index(":", name.end) + 1
    match = PROPERTIES.match(inner, colon)
    return match.end() if match else colon


def _put(inner: str, name: Node, node: Node, value: str | list[str] | bool, in_flow: bool) -> str:
    """Replace one value whole. A comment beside it stays, and so does an anchor."""
    stop = node.start + len(inner[node.start : node.end].rstrip())
    start = node.start if node.target is not None else _value_start(inner, name)
    stop = max(start, stop)
    if isinstance(value, list):
        written = "[" + ", ".join(_scalar(item, in_flow=True) for item in value) + "]"
    else:
        style = node.style if node.kind == "scalar" and node.target is None else None
        written = _scalar(value, style, in_flow)
    comment = _key_comment(inner, start, node)
    gap = "" if inner[start - 1 : start] in (" ", "\t") else " "
    behind = f" {comment}" if comment else " " if inner[stop : stop + 1] == "#" else ""
    return inner[:start] + gap + written + behind + inner[stop:]


def _key_comment(inner: str, start: int, node: Node) -> str:
    """The comment beside the key of a value that stands on the lines below it."""
    if node.target is not None:
        return ""
    if node.style == "block":
        return comment_after(inner, start)
    header = BLOCK_HEADER.match(inner, start) if node.style in ("|", ">") else None
    return comment_after(inner, header.end()) if header else ""


def _removed(inner: str, name: Node, node: Node, end: str) -> str:
    """The text without a key. A comment beside it stays, on a line of its own."""
    value_at = node.start if node.target is not None else _value_start(inner, name)
    stop = max(value_at, node.start + len(inner[node.start : node.end].rstrip()))
    low, high = whole_lines(inner, name.start, stop)
    behind = "" if node.style in ("|", ">") else comment_after(inner, stop)
    comments = [_key_comment(inner, value_at, node), behind]
    indent = inner[low : name.start]
    kept = "".join(f"{indent}{comment}{end}" for comment in comments if comment)
    return inner[:low] + kept + inner[high:]


def _patch_flow_root(inner: str, root: Node, key: str, value: Wanted) -> str:
    """Add or remove a key between the braces of ``{title: a}``."""
    names: list[str | None] = [str(name.value) for name, _node in root.items]
    spans = [(name.start, max(name.end, node.end)) for name, node in root.items]
    written = "" if value is None else f"{_scalar(key, in_flow=True)}: {_flow_value(value)}"
    wanted = [name for name in names if name is not None and name != key]
    wanted += [key] if value is not None else []
    inside = (inner.index("{", root.start) + 1, root.end - 1)
    return flow.edited(inner, inside, spans, (names, wanted), lambda _name: written)


def _flow_value(value: str | list[str] | bool) -> str:
    if isinstance(value, list):
        return "[" + ", ".join(_scalar(item, in_flow=True) for item in value) + "]"
    return _scalar(value, in_flow=True)


def _joined(node: Node, items: list[str]) -> str | None:
    """A list for a key that held one string, in that string's own way of separating."""
    if not node.value or node.style in ("|", ">") or len(items) < 2:
        return None
    comma = next((char for char in ("，", "、", "；", ";", ",") if char in node.value), None)
    if comma:
        separator = comma + (" " if comma + " " in node.value else "")
        return None if any(comma in item for item in items) else separator.join(items)
    divided = any(re.search(r"[\s,，、；;]", item) for item in items)
    return None if divided or " " not in node.value else " ".join(items)


# -- lists -------------------------------------------------------------------------------------


def _patch_list(inner: str, name: Node, node: Node, wanted: list[str], end: str) -> str:
    if node.style == "block":
        if not wanted:
            return _put(inner, name, node, [], in_flow=False)
        return _patch_block_list(inner, node, wanted, end)
    names = [str(item.value) if item.kind == "scalar" else None for item in node.items]
    return flow.edited(
        inner,
        (inner.index("[", node.start) + 1, node.end - 1),
        [(item.start, item.end) for item in node.items],
        (names, wanted),
        lambda item: _scalar(item, in_flow=True),
    )


def _patch_block_list(inner: str, node: Node, wanted: list[str], end: str) -> str:
    """Lines of items that stay are kept, comments between items too; others go or come."""
    spans = [whole_lines(inner, item.start, item.end) for item in node.items]
    have = [str(item.value) if item.kind == "scalar" else None for item in node.items]
    first = inner[spans[0][0] : node.items[0].start]
    style = next((item.style for item in node.items if item.style in ("'", '"')), None)
    if not re.fullmatch(r"[ \t]*-[ \t]+", first):
        raise NoSpan("the list does not stand one item to a line")
    gaps = ["", *(inner[a[1] : b[0]] for a, b in zip(spans, spans[1:], strict=False))]
    parts: list[str] = []
    matcher = difflib.SequenceMatcher(None, have, wanted, autojunk=False)
    for kind, low, high, from_, to in matcher.get_opcodes():
        if kind == "equal":
            for index in range(low, high):
                parts += [gaps[index], inner[spans[index][0] : spans[index][1]]]
        else:
            parts += gaps[low:high]
            parts += [f"{first}{_scalar(item, style)}{end}" for item in wanted[from_:to]]
    return _spliced(inner, spans[0][0], parts, spans[-1][1], end)


def _spliced(inner: str, start: int, parts: list[str], stop: int, end: str) -> str:
    """Lines in the stead of others; the last has a line end where the old one had."""
    lines = [part if NEWLINE.search(part[-1:]) else part + end for part in parts if part]
    new = "".join(lines)
    if not inner[:stop].endswith(("\n", "\r")):
        new = new.removesuffix(end)
    return inner[:start] + new + inner[stop:]


def _append(
    inner: str, root: Node | None, key: str, value: str | list[str] | bool, end: str
) -> str:
    """A new key at the end, with the indent of the others."""
    pairs: list[Pair] = root.items if root is not None else []
    margin = ""
    if pairs:
        low, _high = whole_lines(inner, pairs[0][0].start, pairs[0][0].end)
        margin = inner[low : pairs[0][0].start]
    indent = f"{margin}  "
    for _name, node in pairs:
        if node.kind == "list" and node.style == "block" and node.items and node.target is None:
            start, _stop = whole_lines(inner, node.items[0].start, node.items[0].end)
            indent = inner[start : node.items[0].start].partition("-")[0]
            break
    if inner and not inner.endswith(("\n", "\r")):
        inner += end
    return inner + margin + entry(key, value, end, indent)


def entry(key: str, value: str | list[str] | bool, end: str, indent: str) -> str:
    """A whole new ``key: value``, a list as a block with the indent of its neighbours."""
    if not isinstance(value, list):
        return f"{key}: {_scalar(value)}{end}"
    if not value:
        return f"{key}: []{end}"
    return f"{key}:{end}" + "".join(f"{indent}- {_scalar(item)}{end}" for item in value)


def _scalar(value: str | bool, style: str | None = None, in_flow: bool = False) -> str:
    """A scalar in a style that was there before; block styles become double quotes."""
    if isinstance(value, bool):
        return "true" if value else "false"
    if flow.UNPRINTABLE.search(value) or "\n" in value or style in ('"', "|", ">"):
        return flow.quoted(value)
    if style == "'":
        return "'" + value.replace("'", "''") + "'"
    return value if _can_be_plain(value, in_flow) else flow.quoted(value)


def _can_be_plain(value: str, in_flow: bool) -> bool:
    if not PLAIN.match(value) or value != value.strip() or value.lower() in WORDS:
        return False
    if NUMBER_LIKE.match(value) and not value.isdecimal():
        return bool(re.fullmatch(r"\d{4}-\d\d-\d\d[\d:. +-]*", value))
    if ": " in value or " #" in value or value.endswith(":"):
        return False
    return not (in_flow and re.search(r"[,\[\]{}]", value))
