"""Log lines that hold one event each, whatever a stranger typed into a name."""

import logging
import time
from copy import copy
from datetime import datetime

PERIOD = 60  # seconds between two records of the same fault of what we stand on


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


class Outages(logging.Filter):
    """Lets one 503 through a minute for each kind of exception: an outage is one event.

    The others would fill a disk with tracebacks, each of which costs as much as a page.
    """

    def __init__(self) -> None:
        super().__init__()
        self._next: dict[type[BaseException] | None, float] = {}

    def filter(self, record: logging.LogRecord) -> bool:
        """False for a 503 soon after another one."""
        if record.name != "django.request" or getattr(record, "status_code", 0) != 503:
            return True
        kind = record.exc_info[0] if record.exc_info else None
        now = time.monotonic()
        if now < self._next.get(kind, 0.0):
            return False
        self._next[kind] = now + PERIOD
        return True
