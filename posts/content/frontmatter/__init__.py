"""Front matter: read it, keep every byte, patch one value.

``read(text)`` gives a :class:`Document`. Its ``values`` are plain dicts and lists whose leaves are
:class:`Scalar` strings, *as they were written* (``012``, ``1.10``, ``yes``): nothing is a number, a
boolean or a date until somebody asks. ``patch`` replaces only the span of the keys it is given.
"""

from posts.content.frontmatter.document import Document, listed, read
from posts.content.frontmatter.patching import PatchError, patch, replace_body
from posts.content.frontmatter.values import Scalar, as_bool, is_null

__all__ = [
    "Document",
    "PatchError",
    "Scalar",
    "is_null",
    "listed",
    "patch",
    "read",
    "replace_body",
    "as_bool",
]
