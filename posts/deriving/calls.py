"""What a child process can be asked to do: pure functions, each under its name.

A job gets and gives values that can be pickled; a picture travels as a file. It may raise
``Unreadable`` and other worded exceptions, which the pool raises again.
"""

from collections.abc import Callable
from typing import Any

from posts.content import comparing, frontmatter, recognition, threeway, titles
from posts.content.derive import derive
from posts.content.frontmatter.document import Document
from posts.deriving import cleaning, unpacking


def read(text: str) -> Document:
    """A document's front matter; its text is left out, because the asker has it."""
    document = frontmatter.read(text)
    return Document(**(vars(document) | {"text": ""}))


CALLS: dict[str, Callable[..., Any]] = {
    "cleaned": cleaning.cleaned,
    "compared": comparing.rows,
    "derive": derive,
    "merged": threeway.merge,
    "patched": titles.edited,
    "read": read,
    "unpacked": unpacking.unpacked,
    "why_no_post": recognition.why_no_post,
}
