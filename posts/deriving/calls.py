"""What a child process can be asked to do: pure functions, each under its name.

A job gets and gives values that can be pickled; a picture travels as a file. It may raise
``Unreadable`` and other worded exceptions, which the pool raises again.
"""

from collections.abc import Callable, Mapping
from typing import Any

from posts.content import comparing, frontmatter, recognition, threeway, titles
from posts.content.derive import Derived, derive
from posts.content.frontmatter.document import Document
from posts.deriving import cleaning, drawing, unpacking


def read(text: str) -> Document:
    """A document's front matter; its text is left out, because the asker has it."""
    document = frontmatter.read(text)
    return Document(**(vars(document) | {"text": ""}))


def derive_post(
    text: str, path: str, zone: str, switches: Mapping[str, bool]
) -> Derived | recognition.NoPost:
    """What is derived from a file, or why it is no post."""
    if key := recognition.why_no_post(text, path):
        return recognition.NoPost(key)
    return derive(text, path, zone, switches)


CALLS: dict[str, Callable[..., Any]] = {
    "cleaned": cleaning.cleaned,
    "compared": comparing.rows,
    "derive": derive,
    "derive_post": derive_post,
    "drawn": drawing.drawn,
    "merged": threeway.merge,
    "patched": titles.edited,
    "read": read,
    "unpacked": unpacking.unpacked,
    "why_no_post": recognition.why_no_post,
}
