"""Values as they were written."""

import re
from dataclasses import dataclass, field

NULLS = frozenset({"", "~", "null", "Null", "NULL"})
TRUE = frozenset({"true", "yes", "on", "y", "1"})
FALSE = frozenset({"false", "no", "off", "n", "0"})

# Beyond these a front matter is an attack or an accident, not a description of a post.
MAX_LENGTH = 200_000
MAX_DEPTH = 24
MAX_NODES = 20_000
MAX_ALIASES = 12


class Scalar(str):
    """A leaf of the front matter: the text of the value, and whether quotes stood around it."""

    quoted: bool
    __slots__ = ("quoted",)

    def __new__(cls, text: str, quoted: bool = False) -> "Scalar":
        self = super().__new__(cls, text)
        self.quoted = quoted
        return self

    def __reduce__(self):
        return (Scalar, (str(self), self.quoted))


class NoSpan(ValueError):
    """The span of a value cannot be changed alone."""


@dataclass
class Parsed:
    """What a reader found: values, the line of each top-level key, and twice-written keys."""

    values: dict = field(default_factory=dict)
    lines: dict[str, int] = field(default_factory=dict)
    duplicates: list[tuple[str, int]] = field(default_factory=list)


def pieces(text: str) -> list[str]:
    """The items of a list that is written as one string.

    Between commas of any width, else between spaces.
    """
    return re.split(r"\s*[,，、;；]\s*" if re.search(r"[,，、;；]", text) else r"\s+", text)


def lines_or_pieces(text: str) -> list[str]:
    """The items under a bare key: on lines of their own, else between commas of any width."""
    if text.startswith("\n"):
        return [line.strip() for line in text.split("\n") if line.strip()]
    return [piece for piece in re.split(r"\s*[\n,，、;；]\s*", text.strip()) if piece]


def is_null(value: object) -> bool:
    """True for nothing: a missing value, ``~``, ``null`` or an empty plain scalar."""
    return value is None or (isinstance(value, Scalar) and not value.quoted and value in NULLS)


def as_bool(value: object) -> bool | None:
    """The boolean that an author meant, quoted or not; None if the value is no boolean."""
    word = str(value).strip().lower() if isinstance(value, str) else None
    return True if word in TRUE else False if word in FALSE else None
