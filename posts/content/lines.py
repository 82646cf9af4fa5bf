"""Lines of a text with their offsets, whatever ends them (LF, CRLF or a lone CR)."""

import re
from bisect import bisect_right
from collections.abc import Iterator
from itertools import accumulate
from typing import NamedTuple

NEWLINE = re.compile(r"\r\n|\n|\r")
COMMENT = re.compile(r"[ \t]*(#[^\r\n]*)")


class Line(NamedTuple):
    """One line: ``text`` without its end, ``start`` and ``end`` offsets, the end included."""

    text: str
    start: int
    end: int


def split(text: str, start: int = 0) -> Iterator[Line]:
    """Yield every line from ``start``; joined, their spans give the text back."""
    length = len(text)
    if text.find("\r", start) < 0:
        for line in (text[start:] if start else text).split("\n"):
            end = start + len(line) + 1
            if end <= length:
                yield Line(line, start, end)
            elif line:
                yield Line(line, start, length)
            start = end
        return
    while start < length:
        ending = NEWLINE.search(text, start)
        stop, end = ending.span() if ending else (length, length)
        yield Line(text[start:stop], start, end)
        start = end


def starts(text: str) -> list[int]:
    """The offset of every line."""
    if "\r" in text:
        found = [0, *(match.end() for match in NEWLINE.finditer(text))]
    else:
        found = list(accumulate((len(line) + 1 for line in text.split("\n")), initial=0))[:-1]
    if found[-1] == len(text):
        del found[-1]
    return found


def number(text: str, offset: int) -> int:
    """The number (from 1) of the line that holds ``offset``."""
    if text.find("\r", 0, offset) < 0:
        return 1 + text.count("\n", 0, offset)
    return 1 + sum(1 for _ in NEWLINE.finditer(text, 0, offset))


def newline(text: str) -> str:
    """The line end that a text uses first; LF for a text of one line."""
    match = NEWLINE.search(text)
    return match[0] if match else "\n"


def unified(text: str) -> str:
    """The text with LF line ends and without a byte order mark."""
    return text.removeprefix("\ufeff").replace("\r\n", "\n").replace("\r", "\n")


class Numbering:
    """Line numbers for many offsets of one text: one pass over it, then a search for each."""

    def __init__(self, text: str):
        self.starts = [match.end() for match in NEWLINE.finditer(text)]

    def at(self, offset: int) -> int:
        """The number (from 1) of the line that holds ``offset``."""
        return 1 + bisect_right(self.starts, offset)


def whole_lines(text: str, start: int, stop: int) -> tuple[int, int]:
    """The span of the lines from that of ``start`` to that of ``stop``, line end included.

    Blank ends of the span do not count: they may reach into lines that follow.
    """
    begin = max(text.rfind("\n", 0, start), text.rfind("\r", 0, start)) + 1
    stop = start + len(text[start:stop].rstrip("\r\n \t"))
    after = NEWLINE.search(text, stop)
    return begin, after.end() if after else len(text)


def comment_after(text: str, offset: int) -> str:
    """The ``# comment`` that stands alone between an offset and the end of its line, or nothing."""
    match = COMMENT.match(text, offset)
    return match[1] if match else ""
