"""Lines of a text with their places, whatever ends them (LF, CRLF or a lone CR)."""

import re
from collections.abc import Iterator
from typing import NamedTuple

LINE = re.compile(r"([^\r\n]*)(\r\n|\n|\r|\Z)")
NEWLINE = re.compile(r"\r\n|\n|\r")


class Line(NamedTuple):
    """One line: ``text`` without its end, ``start`` and ``end`` offsets, the end included."""

    text: str
    start: int
    end: int


def split(text: str, start: int = 0) -> Iterator[Line]:
    """Yield every line from ``start``; joined, their spans give the text back."""
    while start < len(text):
        match = LINE.match(text, start)
        yield Line(match[1], match.start(), match.end())
        start = match.end()


def number(text: str, offset: int) -> int:
    """The number (from 1) of the line that holds ``offset``."""
    return 1 + sum(1 for _ in NEWLINE.finditer(text, 0, offset))


def newline(text: str) -> str:
    """The line end that a text uses first; LF for a text of one line."""
    match = NEWLINE.search(text)
    return match[0] if match else "\n"


def unified(text: str) -> str:
    """The text with LF line ends and without a byte order mark."""
    return text.removeprefix("\ufeff").replace("\r\n", "\n").replace("\r", "\n")
