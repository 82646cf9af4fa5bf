"""A title that stands twice: in the front matter and as the first heading of the body."""

import re
import unicodedata
from collections.abc import Mapping
from dataclasses import replace

from posts.content import digest
from posts.content.frontmatter import Document, is_null, patch, read, replace_body
from posts.content.frontmatter.patching import Patched, Value
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


def edited(text: str, changes: Mapping[str, Value], body: str | None = None) -> Patched:
    """A document's text with some keys set and perhaps another body.

    A new title is set in a first heading that repeats the old one as well, and there alone if it
    stood there alone. Raises ``Unreadable`` and ``PatchError``.
    """
    before = read(text)
    after = before if body is None else replace(before, text=replace_body(before, body))
    title = changes.get("title")
    written = _written(before)
    old = written or _heading(before.body)[1]
    mended = _with_heading(after, old, title) if old and isinstance(title, str) and title else None
    if mended is None:
        return patch(after, changes)
    if not written:
        changes = {key: value for key, value in changes.items() if key != "title"}
    return patch(replace(after, text=mended), changes)


def _written(document: Document) -> str:
    title = document.values.get("title")
    return shown(title) if isinstance(title, str) and not is_null(title) else ""


def _heading(body: str) -> tuple[int, str]:
    """The first level-1 heading, with its offset; an empty one if there is none."""
    first = digest.parse(body[:TOP]).title
    return (first[0], shown(first[2])) if first else (0, "")


def _with_heading(document: Document, old: str, title: str) -> str | None:
    """The text with a heading changed that says what the old title said; None if it has none.

    None as well if no heading could read like the new title.
    """
    body, line = document.body, shown(title)
    start, heading = _heading(body)
    match = HEADING.match(body, start) if heading and same(heading, old) else None
    if match is None:
        return None
    for candidate in (line, MARKUP.sub(r"\\\1", line)):
        changed = body[:start] + match[1] + candidate + body[match.start(3) :]
        if _heading(changed) == (start, line):
            return document.text[: document.body_at] + changed
    return None
