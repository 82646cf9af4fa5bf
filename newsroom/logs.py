"""Log lines that hold one event each, whatever a stranger typed into a name."""

import logging
from copy import copy
from datetime import datetime


def printable(text: str) -> str:
    """Control characters, line ends and marks of direction as escapes."""
    if text.isprintable():
        return text
    return "".join(
        char if char.isprintable() else char.encode("unicode_escape").decode() for char in text
    )


class Line(logging.Formatter):
    """``time LEVEL logger message``; only a traceback goes on for more than one line.

    What Django refuses (a foreign host, a forged cookie) has none: strangers would fill the log.
    """

    def __init__(self) -> None:
        super().__init__("%(asctime)s %(levelname)s %(name)s %(message)s")

    def format(self, record: logging.LogRecord) -> str:
        """The line, and the traceback if the fault is ours."""
        if record.name.startswith("django.security."):
            record = copy(record)
            record.exc_info = record.exc_text = None
        return super().format(record)

    def formatTime(self, record: logging.LogRecord, datefmt: str | None = None) -> str:
        """The time with its offset, to the second."""
        return datetime.fromtimestamp(record.created).astimezone().isoformat(timespec="seconds")

    def formatMessage(self, record: logging.LogRecord) -> str:
        """The line before any traceback."""
        return printable(super().formatMessage(record))
