"""The lines of a body by kind: headings, list items, and what lies in code or comments."""

import re
from dataclasses import dataclass

from posts.content.lines import split

FENCE = re.compile(r" {0,3}(`{3,}|~{3,})")
HEADING = re.compile(r" {0,3}(#{1,6})[ \t]+(\S.*)\Z")
SETEXT = re.compile(r" {0,3}(=+|-{2,})[ \t]*\Z")
RULE = re.compile(r" {0,3}([-*_])(?:[ \t]*\1){2,}[ \t]*\Z")
ITEM = re.compile(
    r"(?P<indent>[ \t]*)(?P<mark>[-*+•]|[0-9]{1,3}[.)]|[0-9]{1,3}、)"
    r"(?P<gap>[ \t]+|(?<=、))(?P<text>\S.*)\Z"
)


# What a line begins with that may be a fence or a heading, its margin left out.
FENCES, UNDERLINES = frozenset("`~"), frozenset("=-")


@dataclass(slots=True)
class Row:
    """One line: its text, span, and what it is. ``level`` is a heading's, 0 otherwise."""

    text: str
    start: int
    end: int
    hidden: bool = False  # inside a code fence or an HTML comment
    code: bool = False  # inside a code fence
    level: int = 0
    heading: str = ""  # raw, without the marks around it
    blank: bool = False
    cites: tuple | None = None  # kept for ``sources``, which is asked several times
    _item: tuple = ()

    @property
    def item(self) -> re.Match | None:
        """The parts of a list item that begins here."""
        if self.hidden or self.level:
            return None
        if not self._item:
            self._item = (ITEM.match(self.text),)
        return self._item[0]


def rows(body: str) -> list[Row]:
    """Every line of the body, in order."""
    result: list[Row] = []
    fence, comment = "", False
    for whole, start, end in split(body):
        text = whole.removeprefix("\ufeff")
        first = text.lstrip(" ")[:1]
        row = Row(text, start, end, blank=not whole or whole.isspace())
        marks = FENCE.match(text) if first in FENCES else None
        if fence:
            row.hidden = row.code = True
            if marks and _closes(marks[1], text, fence):
                fence = ""
        elif comment:
            row.hidden = True
            comment = "-->" not in text
        elif marks and not (marks[1][0] == "`" and "`" in text[marks.end() :]):
            row.hidden = row.code = True
            fence = marks[1]
        elif "<!--" in text and text.lstrip().startswith("<!--") and "-->" not in text:
            row.hidden = comment = True
        elif first == "#":
            _read_heading(row)
        elif first in UNDERLINES and result:
            _read_underline(row, result)
        result.append(row)
    return result


def _closes(marks: str, text: str, fence: str) -> bool:
    return marks[0] == fence[0] and len(marks) >= len(fence) and not text.strip().strip(fence[0])


def _read_heading(row: Row) -> None:
    if match := HEADING.match(row.text):
        row.level, row.heading = len(match[1]), _without_closing(match[2])


def _read_underline(row: Row, before: list[Row]) -> None:
    if match := SETEXT.match(row.text):
        above, further = before[-1], before[-2] if len(before) > 1 else None
        alone = further is None or further.blank or further.level
        if alone and not (
            above.blank or above.hidden or above.level or above.item or RULE.match(above.text)
        ):
            above.level, above.heading = (1 if match[1][0] == "=" else 2), above.text.strip()
            row.blank = True


def _without_closing(heading: str) -> str:
    """``Title ##`` is closed by its last marks; ``C#`` and ``##`` are not."""
    heading = heading.rstrip(" \t")
    words = heading.rstrip("#")
    return words.rstrip(" \t") if words.endswith((" ", "\t")) else heading
