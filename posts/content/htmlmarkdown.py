"""Sanitised HTML as Markdown, for programs that read that sooner than pages.

Made of what readers see and never of the document: whatever an author left out of the page in one
of Markdown's many ways (comments, link references, templates' tags) cannot be in it.
"""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from html import unescape

from posts.content import markup

VOID = {"br", "hr", "img", "wbr"}
BLOCKS = set(
    "p h1 h2 h3 h4 h5 h6 ul ol li dl dt dd blockquote pre table thead tbody tfoot tr figure"
    " figcaption div section details summary hr caption".split()
)
MARKS = {"strong": "**", "b": "**", "em": "*", "i": "*", "del": "~~", "s": "~~"}
SPECIAL = str.maketrans({char: f"\\{char}" for char in "\\`*[]<"})
DEEPEST = 40  # elements within one another; what is deeper stands as text in the last


@dataclass
class Element:
    """An element, or all of a text (without a name)."""

    name: str = ""
    attributes: dict[str, str] = field(default_factory=dict)
    children: list["Element | str"] = field(default_factory=list)


def html_to_markdown(html: str, base: str = "") -> str:
    """The HTML as Markdown, ending in a line break; links within the page at ``base`` are text."""
    blocks = list(_blocks(_tree(html).children, base))
    return "\n\n".join(blocks) + "\n" if blocks else ""


def _tree(html: str) -> Element:
    root = Element()
    stack = [root]
    for tag in markup.tags(html):
        name = tag.name
        if name.startswith("/"):
            if any(one.name == name[1:] for one in stack[1:]):
                while stack.pop().name != name[1:]:
                    pass
        elif name:
            made = Element(name, tag.attributes)
            stack[-1].children.append(made)
            if name not in VOID and len(stack) < DEEPEST:
                stack.append(made)
        if tag.text:
            stack[-1].children.append(unescape(tag.text))
    return root


def _is_block(child: Element | str) -> bool:
    return isinstance(child, Element) and child.name in BLOCKS


def _blocks(children: Iterable[Element | str], base: str) -> Iterator[str]:
    """What stands below each other; words between blocks are a paragraph."""
    loose: list[Element | str] = []
    for child in children:
        if isinstance(child, Element) and _is_block(child):
            yield from _paragraph(loose, base)
            loose = []
            yield from _block(child, base)
        else:
            loose.append(child)
    yield from _paragraph(loose, base)


def _paragraph(children: Iterable[Element | str], base: str) -> Iterator[str]:
    text = _inline(children, base).strip()
    if text:
        yield f"\\{text}" if text[0] in "#>+-|" or text[:3] == "~~~" else text


def _block(one: Element, base: str) -> Iterator[str]:
    name = one.name
    if name in ("ul", "ol"):
        yield from _list(one, base)
    elif name == "blockquote":
        inside = "\n\n".join(_blocks(one.children, base))
        yield "\n".join(f"> {line}".rstrip() for line in inside.split("\n"))
    elif name == "pre":
        yield _code(one)
    elif name == "table":
        yield from _table(one, base)
    elif name == "hr":
        yield "---"
    elif len(name) == 2 and name[0] == "h":
        if text := " ".join(_inline(one.children, base).split()):
            yield f"{'#' * int(name[1])} {text}"
    else:
        yield from _blocks(one.children, base)


def _list(one: Element, base: str) -> Iterator[str]:
    start = one.attributes.get("start", "")
    number = int(start) if start.isascii() and start.isdigit() and len(start) < 9 else 1
    items = []
    for item in one.children:
        if isinstance(item, Element):
            mark = f"{number}. " if one.name == "ol" else "- "
            blocks = list(_blocks(item.children if item.name == "li" else [item], base))
            apart = "\n" if not any(map(_is_paragraph, item.children)) else "\n\n"
            text = apart.join(blocks)
            items.append(mark + text.replace("\n", "\n" + " " * len(mark)))
            number += 1
    if items:
        yield "\n".join("\n".join(line.rstrip() for line in one.split("\n")) for one in items)


def _is_paragraph(child: Element | str) -> bool:
    return isinstance(child, Element) and child.name in ("p", "pre", "blockquote", "table")


def _code(one: Element) -> str:
    text = _text(one).strip("\n")
    fence = "```"
    while fence in text:
        fence += "`"
    inner = next((c for c in one.children if isinstance(c, Element) and c.name == "code"), one)
    language = inner.attributes.get("class", "").removeprefix("language-").split(" ")[0]
    return f"{fence}{language}\n{text}\n{fence}"


def _text(one: Element) -> str:
    return "".join(child if isinstance(child, str) else _text(child) for child in one.children)


def _table(one: Element, base: str) -> Iterator[str]:
    rows = [
        [
            " ".join(_inline(cell.children, base).split()).replace("|", "\\|")
            for cell in row.children
            if isinstance(cell, Element)
        ]
        for row in _rows(one)
    ]
    if rows and (columns := max(map(len, rows))):
        full = [row + [""] * (columns - len(row)) for row in rows]
        full.insert(1, ["---"] * columns)
        yield "\n".join(f"| {' | '.join(row)} |" for row in full)


def _rows(one: Element) -> Iterator[Element]:
    for child in one.children:
        if isinstance(child, Element):
            if child.name == "tr":
                yield child
            else:
                yield from _rows(child)


def _inline(children: Iterable[Element | str], base: str) -> str:
    return "".join(
        _words(child) if isinstance(child, str) else _within(child, base) for child in children
    )


def _words(text: str) -> str:
    """A text within a line; its blanks are one each, as in HTML."""
    words = " ".join(text.split())
    if not words:
        return " " if text else ""
    before, after = " " if text[0].isspace() else "", " " if text[-1].isspace() else ""
    return f"{before}{words.translate(SPECIAL)}{after}"


def _within(one: Element, base: str) -> str:
    name, inside = one.name, _inline(one.children, base)
    if name == "br":
        return "  \n"
    if name == "img":
        return (
            f"![{_words(one.attributes.get('alt', '')).strip()}]({one.attributes.get('src', '')})"
        )
    if name == "code":
        text = _text(one)
        return f"`{text}`" if "`" not in text else f"`` {text} ``"
    if name == "a":
        address = one.attributes.get("href", "")
        near = not address or address.startswith("#") or (base and address.startswith(f"{base}#"))
        return inside if near else f"[{inside.strip()}]({address})"
    if mark := MARKS.get(name):
        words = inside.strip()
        return inside.replace(words, f"{mark}{words}{mark}", 1) if words else inside
    return f" {inside} " if name in BLOCKS else inside
