"""A title that stands twice: in the front matter and as the first heading of the body."""

import re
import unicodedata
from dataclasses import replace

from posts.content import digest
from posts.content.frontmatter import Document, is_null
from posts.content.frontmatter.patching import Value
from posts.content.metadata import shown

QUOTES = re.compile("[\"'`´“”„‟‘’‚‛«»‹›「」『』〝〞〟＂＇｀\\s]+")
HEADING = re.compile(
    r"( {0,3}(?:#[ \t]+)?)([^\r\n]*?)((?:[ \t]*\{[:#][^{}\r\n]*\})?(?:[ \t]+#+)?[ \t]*(?:\r|\n|\Z))"
)
MARKUP = re.compile(r"([\\`*_\[\]<>&#{}~$|])")
TOP = 20_000  # characters of a body in which its first heading is looked for


def same(one: str, other: str) -> bool:
    """True if two titles differ by nothing but spaces, case, width and quotation marks."""
    return _folded(one) == _folded(other) if _folded(one) else shown(one) == shown(other)


def _folded(text: str) -> str:
    return QUOTES.sub("", unicodedata.normalize("NFKC", QUOTES.sub("", text)).casefold())


def retitled(document: Document, title: str) -> tuple[Document, dict[str, Value]]:
    """What gives a document another title: its body's heading mended, and the keys to patch.

    ``patch(*retitled(document, title))`` does both. A heading that says something else than the
    old title stays; a title that stands in the heading alone is changed there alone.
    """
    written = document.values.get("title")
    old = shown(written) if isinstance(written, str) and not is_null(written) else ""
    first = digest.parse(document.body[:TOP]).title
    changes: dict[str, Value] = {"title": title}
    if first is None or (old and not same(first[2], old)):
        return document, changes
    text = _with_heading(document, first[0], title)
    if text is None:
        return document, changes
    return replace(document, text=text), changes if old else {}


def _with_heading(document: Document, start: int, title: str) -> str | None:
    """The text with another first heading; None if no heading can read like the title."""
    body, line = document.body, shown(title)
    match = HEADING.match(body, start)
    if match is None:
        return None
    for candidate in (line, MARKUP.sub(r"\\\1", line)):
        changed = body[:start] + match[1] + candidate + body[match.start(3) :]
        first = digest.parse(changed[:TOP]).title
        if first and first[0] == start and shown(first[2]) == line:
            return document.text[: document.body_at] + changed
    return None
