"""YAML front matter, read from the parser's events.

Events instead of ``yaml.load``: every node has its span, nothing is converted or constructed, and
depth, nodes and aliases are counted while they come, so that a bomb stops before it grows.
"""

import re
from dataclasses import dataclass, field
from typing import Any, NoReturn

import yaml

import posts.content.frontmatter.simpleyaml as simpleyaml
from posts.content.frontmatter.values import MAX_ALIASES, MAX_DEPTH, MAX_NODES, Parsed, Scalar
from posts.content.problems import Unreadable

LOADER = getattr(yaml, "CBaseLoader", yaml.BaseLoader)
SAFE_TAGS = {
    f"tag:yaml.org,2002:{name}"
    for name in ("str", "int", "float", "bool", "null", "timestamp", "seq", "map")
}
FORBIDDEN = re.compile("[\x01-\x08\x0b\x0c\x0e-\x1f\x7f-\x84\x86-\x9f\ufffe\uffff]")
STAND_INS = (*range(0xE000, 0xF800, 0x100), *range(0xF0000, 0xFFF00, 0x100))
HINTS = {  # what libyaml says -> the sentence that adds how to mend it
    "mapping values are not allowed": "bad-yaml.colon",
    "cannot start any token": "bad-yaml.start",
    "did not find expected ',' or ']'": "bad-yaml.list",
    "did not find expected key": "bad-yaml.indent",
    "while scanning a quoted scalar": "bad-yaml.quote",
    "control characters are not allowed": "bad-yaml.control",
}


@dataclass
class Node:
    """A value with its span in the front matter; ``items`` are nodes or pairs of nodes."""

    kind: str  # "scalar", "list" or "map"
    start: int
    end: int
    line: int
    value: Scalar | None = None
    style: str | None = None  # of a scalar: ' " | > or None; of a collection: "flow" or "block"
    anchored: bool = False
    target: "Node | None" = None  # of an alias: what it stands for
    items: list = field(default_factory=list)


def compose(text: str, first_line: int = 1) -> Node | None:
    """The tree of a front matter, or None for an empty one.

    Raises :class:`Unreadable` with a line.
    """
    text, back = _printable(text, first_line)
    try:
        return _Composer(text, first_line, back).tree()
    except yaml.MarkedYAMLError as error:
        mark = error.problem_mark or error.context_mark
        problem = str(error.problem or error.context or "it does not follow the rules of YAML")
        said = f"{error.context} {problem}"
        key = next((key for words, key in HINTS.items() if words in said), "bad-yaml.parser")
        line = first_line + (mark.line if mark else 0)
        raise Unreadable(line, key, problem=problem) from None
    except (yaml.YAMLError, ValueError, RecursionError, OverflowError) as error:
        if isinstance(error, Unreadable):
            raise
        raise Unreadable(first_line, "bad-yaml.parser", problem=str(error)) from None


def _printable(text: str, first_line: int) -> tuple[str, dict[int, str]]:
    """The text with stand-ins for characters that YAML forbids, and the table that turns them back.

    A stray control character is no reason to lose a post: it stays in the document and is shown
    nowhere. The stand-ins are of a private block that the text does not use, one for one, so that
    offsets stay right. Raises :class:`Unreadable` for a text that uses all of them.
    """
    forbidden = sorted(set(FORBIDDEN.findall(text)))
    if not forbidden:
        return text, {}
    used = {ord(char) >> 8 for char in text}
    base = next((base for base in STAND_INS if base >> 8 not in used), None)
    if base is None:
        raise Unreadable(first_line, "bad-yaml.control", problem="it holds control characters")
    there = {ord(char): chr(base + attach) for attach, char in enumerate(forbidden)}
    return text.translate(there), {ord(char): chr(code) for code, char in there.items()}


class _Composer:
    """Builds the tree from events, with a stack of its own and counters against bombs."""

    def __init__(self, text: str, first_line: int, back: dict[int, str]):
        self.text, self.first_line, self.back = text, first_line, back
        self.anchors: dict[str, Node] = {}
        self.stack: list[Node] = []
        self.root: Node | None = None
        self.nodes = self.aliases = self.documents = 0

    def tree(self) -> Node | None:
        for event in yaml.parse(self.text, Loader=LOADER):
            if isinstance(event, yaml.DocumentStartEvent):
                self.documents += 1
                if self.documents > 1:
                    self.refuse(event, "two-documents")
            elif isinstance(event, yaml.AliasEvent):
                self.attach(self.alias(event))
            elif isinstance(event, yaml.NodeEvent):
                self.open(event)
            elif isinstance(event, yaml.CollectionEndEvent):
                self.close(event)
        return self.root

    def refuse(self, event: Any, key: str, /, **values: str | int) -> NoReturn:
        raise Unreadable(self.first_line + event.start_mark.line, key, **values)

    def count(self, event: Any, amount: int = 1) -> None:
        self.nodes += amount
        if self.nodes > MAX_NODES:
            self.refuse(event, "too-large.values", limit=MAX_NODES)

    def alias(self, event: Any) -> Node:
        self.aliases += 1
        target = self.anchors.get(event.anchor)
        if target is None:
            self.refuse(event, "bad-yaml.alias", name=event.anchor)
        if self.aliases > MAX_ALIASES or target in self.stack:
            self.refuse(event, "alias-bomb", limit=MAX_ALIASES)
        self.count(event, _size(target))
        return Node(
            target.kind,
            event.start_mark.index,
            event.end_mark.index,
            self.first_line + event.start_mark.line,
            target.value,
            target.style,
            target=target,
            items=target.items,
        )

    def open(self, event: Any) -> None:
        self.count(event)
        if event.tag and event.tag != "!" and event.tag not in SAFE_TAGS:
            self.refuse(event, "yaml-tag", tag=event.tag)
        start, end = event.start_mark.index, event.end_mark.index
        line = self.first_line + event.start_mark.line
        if isinstance(event, yaml.ScalarEvent):
            style = event.style if event.style in ("'", '"', "|", ">") else None
            value = Scalar(event.value.translate(self.back), style is not None)
            node = Node("scalar", start, end, line, value, style)
        else:
            kind = "map" if isinstance(event, yaml.MappingStartEvent) else "list"
            node = Node(kind, start, start, line, style="flow" if event.flow_style else "block")
        if event.anchor:
            node.anchored = True
            self.anchors[event.anchor] = node
        self.attach(node)
        if node.kind != "scalar":
            if len(self.stack) >= MAX_DEPTH:
                self.refuse(event, "too-deep.front-matter", limit=MAX_DEPTH)
            self.stack.append(node)

    def attach(self, node: Node) -> None:
        if not self.stack:
            self.root = node
        elif self.stack[-1].kind == "list":
            self.stack[-1].items.append(node)
        else:
            pairs = self.stack[-1].items
            if pairs and len(pairs[-1]) == 1:
                pairs[-1] = (pairs[-1][0], node)
            else:
                pairs.append((node,))

    def close(self, event: Any) -> None:
        node = self.stack.pop()
        last = node.items[-1] if node.items else None
        block_end = last[-1].end if isinstance(last, tuple) else last.end if last else node.start
        # The end of a block collection is reported at the next token, behind blanks and comments.
        node.end = event.end_mark.index if node.style == "flow" else block_end


def _size(node: Node) -> int:
    if node.kind == "scalar":
        return 1
    flat = [part for item in node.items for part in (item if isinstance(item, tuple) else (item,))]
    return 1 + sum(_size(part) for part in flat)


def plain(node: Node) -> Any:
    """The tree as dicts, lists and scalars. Keys are texts; the last of two equal keys wins."""
    if node.kind == "scalar":
        return node.value
    if node.kind == "list":
        return [plain(item) for item in node.items]
    result: dict = {}
    for key, value in node.items:
        if key.kind == "scalar" and key.value == "<<" and not key.value.quoted:
            sources = value.items if value.kind == "list" else [value]
            for source in (s for s in sources if s.kind == "map"):
                result = plain(source) | result
        else:
            result[str(plain(key))] = plain(value)
    return result


def parse(text: str, first_line: int) -> Parsed:
    """Read a front matter whose first line is line ``first_line`` of the file."""
    if (simple := simpleyaml.parse(text, first_line)) is not None:
        return simple
    return parse_any(text, first_line)


def parse_any(text: str, first_line: int) -> Parsed:
    """:func:`parse` for YAML of every kind."""
    root = compose(text, first_line)
    if root is None or (root.kind == "scalar" and root.value in ("", "~", "null")):
        return Parsed()
    if root.kind != "map":
        if "：" in text:
            raise Unreadable(root.line, "not-a-mapping.colon")
        raise Unreadable(root.line, "not-a-mapping.lines")
    parsed = Parsed(values=plain(root))
    for key, _value in root.items:
        name = str(plain(key))
        if name in parsed.lines:
            parsed.duplicates.append((name, key.line))
        parsed.lines[name] = key.line
    return parsed
