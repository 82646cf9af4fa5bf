"""The lines of a body, told apart: headings, list items, and what lies in code or comments."""

import re
from dataclasses import dataclass

from posts.content.digest.links import plain
from posts.content.lines import split

FENCE = re.compile(r" {0,3}(`{3,}|~{3,})")
HEADING = re.compile(r" {0,3}(#{1,6})[ \t]+(\S.*?)(?:[ \t]+#+)?[ \t]*\Z")
SETEXT = re.compile(r" {0,3}(=+|-{2,})[ \t]*\Z")
RULE = re.compile(r" {0,3}([-*_])(?:[ \t]*\1){2,}[ \t]*\Z")
ITEM = re.compile(
    r"(?P<indent>[ \t]*)(?P<mark>[-*+•]|[0-9]{1,3}[.)]|[0-9]{1,3}、)(?P<gap>[ \t]+|(?<=、))(?P<text>\S.*)\Z"
)
ANCHOR = re.compile(r"\s*\{[:#][^{}]*\}\s*\Z")


@dataclass
class Row:
    """One line: its text, span, and what it is. ``level`` is a heading's, 0 otherwise."""

    text: str
    start: int
    end: int
    hidden: bool = False  # inside a code fence or an HTML comment
    level: int = 0
    heading: str = ""  # raw, without the marks around it
    blank: bool = False

    @property
    def title(self) -> str:
        """The heading as plain text."""
        return plain(ANCHOR.sub("", self.heading))

    @property
    def item(self) -> re.Match | None:
        """The parts of a list item that begins here."""
        return None if self.hidden or self.level else ITEM.match(self.text)


def rows(body: str) -> list[Row]:
    """Every line of the body, in order."""
    result: list[Row] = []
    fence, comment = "", False
    for line in split(body):
        row = Row(
            line.text.removeprefix("\ufeff"), line.start, line.end, blank=not line.text.strip()
        )
        marks = FENCE.match(row.text)
        if fence:
            row.hidden = True
            if (
                marks
                and marks[1][0] == fence[0]
                and len(marks[1]) >= len(fence)
                and not row.text.strip().strip(fence[0])
            ):
                fence = ""
        elif comment:
            row.hidden = True
            comment = "-->" not in row.text
        elif marks:
            row.hidden, fence = True, marks[1]
        elif row.text.lstrip().startswith("<!--") and "-->" not in row.text:
            row.hidden = comment = True
        else:
            _read_heading(row, result)
        result.append(row)
    return result


def _read_heading(row: Row, before: list[Row]):
    if match := HEADING.match(row.text):
        row.level, row.heading = len(match[1]), match[2]
    elif (match := SETEXT.match(row.text)) and before:
        above, further = before[-1], before[-2] if len(before) > 1 else None
        alone = further is None or further.blank or further.level
        if alone and not (
            above.blank or above.hidden or above.level or above.item or RULE.match(above.text)
        ):
            above.level, above.heading = (1 if match[1][0] == "=" else 2), above.text.strip()
            row.blank = True
