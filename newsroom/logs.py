"""Log lines that hold one event each, whatever a stranger typed into a name."""

import logging
from datetime import datetime


def printable(text: str) -> str:
    """Control characters, line ends and marks of direction as escapes."""
    if text.isprintable():
        return text
    return "".join(
        char if char.isprintable() else char.encode("unicode_escape").decode() for char in text
    )


class Line(logging.Formatter):
    """``time LEVEL logger message``; only a traceback goes on for more than one line."""

    def __init__(self) -> None:
        super().__init__("%(asctime)s %(levelname)s %(name)s %(message)s")

    def formatTime(self, record: logging.LogRecord, datefmt: str | None = None) -> str:
        """The time with its offset, to the second."""
        return datetime.fromtimestamp(record.created).astimezone().isoformat(timespec="seconds")

    def formatMessage(self, record: logging.LogRecord) -> str:
        """The line before any traceback."""
        return printable(super().formatMessage(record))
