"""What a child process can be asked to do: pure functions, each under its name.

A job gets and gives values that can be pickled; a picture travels as a file. It may raise
``Unreadable`` and other worded exceptions, which the pool raises again.
"""

import difflib
from collections.abc import Callable
from typing import Any

from posts.content import frontmatter, recognition, threeway, titles
from posts.content.derive import derive
from posts.content.frontmatter.document import Document
from posts.deriving import cleaning, deliveries

KINDS = {"+": "added", "-": "removed", "@": "place"}


def compared(before: str, after: str, name: str, new_name: str) -> list[tuple[str, str]]:
    """The lines of a unified diff, each behind its kind: one of ``KINDS``, or ``same``."""
    lines = difflib.unified_diff(
        before.splitlines(), after.splitlines(), name, new_name, lineterm="", n=3
    )
    return [(KINDS.get(line[:1], "same"), line) for line in lines]


def read(text: str) -> Document:
    """A document's front matter; its text is left out, because the asker has it."""
    document = frontmatter.read(text)
    return Document(**(vars(document) | {"text": ""}))


JOBS: dict[str, Callable[..., Any]] = {
    "cleaned": cleaning.cleaned,
    "compared": compared,
    "derive": derive,
    "merged": threeway.merge,
    "patched": titles.edited,
    "read": read,
    "unpacked": deliveries.unpacked,
    "why_no_post": recognition.why_no_post,
}
