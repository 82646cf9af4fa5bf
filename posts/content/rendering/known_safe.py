"""Blocks that need no sanitiser: tags that we write ourselves, around words without any markup.

Written at once as the sanitiser would write them, which is asked for everything else. What is
allowed here is so narrow that nothing is left to judge: a few elements, each only where an HTML
parser leaves it; no attribute of the document's but a heading's id of letters and digits and an
address of the web in plain ASCII; and no ``<``, ``>``, ``&`` or quotation mark from a text or into
a value. ``tests/test_fast_rendering.py`` compares the two.
"""

import re
from xml.etree.ElementTree import Element

from markdown.util import STX

from posts.content.markup import PERMALINK
from posts.content.rendering.sanitising import LENGTH_LIMIT, NONCE, own

DEEPEST = 24
# Hosts as all browsers read them: no port, no digits or foreign letters at the end, no ``xn--``.
ADDRESS = re.compile(
    r"https?://(?:[a-z0-9]{1,40}(?:-[a-z0-9]{1,40})*+\.)+[a-z]{2,20}"
    r"(?:/[A-Za-z0-9/._~?=%#+,;@:-]*+)?"
)
ID = re.compile(r"[\w-]{1,298}")  # with its prefix no longer than the sanitiser leaves it

Allowed = dict[str, "Allowed"]
NOTHING: Allowed = {}
LINKED: Allowed = {"br": NOTHING}  # what may stand in a link
INLINE: Allowed = {"br": NOTHING, "a": LINKED}
ITEMS: Allowed = {}
BLOCKS: Allowed = {"hr": NOTHING, "ul": ITEMS, "ol": ITEMS}
for _name in ("strong", "em", "del", "code"):
    LINKED[_name], INLINE[_name] = LINKED, INLINE
for _name in ("p", "h1", "h2", "h3", "h4", "h5", "h6"):
    BLOCKS[_name] = INLINE
BLOCKS["blockquote"] = BLOCKS
ITEMS["li"] = BLOCKS | INLINE


def written(block: Element) -> str | None:
    """The HTML of a block as the sanitiser would leave it; None if that is for it to say."""
    parts: list[str] = []
    texts: list[str] = []
    if not _write(block, BLOCKS, DEEPEST, parts, texts):
        return None
    if block.tail:
        parts.append(block.tail)
        texts.append(block.tail)
    return None if _needs_more("".join(texts)) else "".join(parts)


def _needs_more(words: str) -> bool:
    """True for words that are written in another way than they stand here."""
    return "<" in words or "&" in words or ">" in words or "\xa0" in words or STX in words


def _write(
    element: Element, allowed: Allowed, depth: int, parts: list[str], texts: list[str]
) -> bool:
    tag = element.tag
    inside = allowed.get(tag)
    start = _start(element) if element.attrib or tag == "a" else f"<{tag}>"
    if inside is None or start is None or not depth:
        return False
    parts.append(start)
    if inside is NOTHING:
        return True
    if text := element.text:
        parts.append(text)
        texts.append(text)
    for child in element:
        if not _write(child, inside, depth - 1, parts, texts):
            return False
        if tail := child.tail:
            parts.append(tail)
            texts.append(tail)
    parts.append(f"</{tag}>")
    return True


def _start(element: Element) -> str | None:
    """A start tag with its attributes; None if they are not ours or not plain enough."""
    tag, attributes = element.tag, element.attrib
    if tag == "a":
        return _link(attributes)
    if tag == "p" and attributes == {"class": own("source-line")}:
        return '<p class="source-line">'
    if tag[0] == "h" and len(attributes) == 1:
        name = attributes.get("id", "")
        if ID.fullmatch(name) and not name.startswith(NONCE):
            return f'<{tag} id="c-{name}">'
    return None


def _link(attributes: dict[str, str]) -> str | None:
    href = attributes.get("href", "")
    if len(attributes) == 1:
        if len(href) <= LENGTH_LIMIT and ADDRESS.fullmatch(href):
            return f'<a href="{href}" rel="noopener">'
        return None
    label = attributes.get("aria-label", "")
    if (
        len(attributes) != 3
        or attributes.get("class") != own(PERMALINK)
        or not label.startswith(NONCE)
        or '"' in label
        or _needs_more(label)
        or href[-1:] != "/"
        or not ID.fullmatch(href, 0, len(href) - 1)
    ):
        return None
    label = label.removeprefix(NONCE)
    return f'<a aria-label="{label}" class="{PERMALINK}" href="{href}" rel="noopener">'
