"""Faults of the page cache are worth a line in the log, not one for every request."""

import logging
import time

PERIOD = 60  # seconds between two lines about the same part
_next: dict[str, float] = {}


def report(part: str) -> None:
    """Log the exception that is being handled, once a minute for each part."""
    now = time.monotonic()
    if now >= _next.get(part, 0.0):
        _next[part] = now + PERIOD
        logging.getLogger(__name__).warning(
            "The page cache goes on without its %s.", part, exc_info=True
        )
