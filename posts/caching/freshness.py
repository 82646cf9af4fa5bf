"""How far answers from memory can be trusted just now, and what the site's ``Last-Modified`` is."""

import threading
import time
from datetime import datetime, timedelta

from django.conf import settings
from django.utils import timezone

from posts.caching import journal, reports

STARTED = timezone.now()  # templates and settings may be others than before
SETTLED = timedelta(seconds=10)  # a save must need less from its time to its commit
STEP = 0.05  # seconds for which what was found out is taken as it is
PATIENCE = 0.3  # seconds in which the journal must answer, and between two questions if it does not


def last_modified(changed: datetime | None) -> int | None:
    """The time by which a page is known, in seconds; None while it says too little.

    That is as long as a save of an earlier time may still be on its way to its commit, as another
    change may fall into the same second, and while a clock that ran ahead is being overtaken.
    """
    latest = max(changed or STARTED, STARTED)
    return int(latest.timestamp()) if timezone.now() - latest >= SETTLED else None


class Freshness:
    """What the journal said a few hundredths of a second ago.

    ``stale_for`` is None while it knows of every change, else the seconds since it last did.
    """

    def __init__(self) -> None:
        self.until = 0.0  # by the monotonic clock
        self.last_modified: int | None = None
        self.stale_for: float | None = None
        self._good_at = float("-inf")
        self._lock = threading.Lock()

    def look(self) -> None:
        """Ask the journal again. Who finds another thread asking waits for it, but not for long."""
        if not self._lock.acquire(timeout=PATIENCE):
            self._settle(False)
            return
        try:
            if time.monotonic() >= self.until:
                self._settle(self._asked())
        finally:
            self._lock.release()

    @staticmethod
    def _asked() -> bool:
        try:
            return journal.shared.ensure_fresh()
        except Exception:
            reports.report("journal")
            return False

    def _settle(self, good: bool) -> None:
        now = time.monotonic()
        if good:
            self._good_at = now
        self.stale_for = None if good else now - self._good_at
        self.last_modified = last_modified(journal.shared.last_modified)
        self.until = now + (STEP if good else PATIENCE)

    @property
    def usable(self) -> bool:
        """False where what is in memory is too old even to be marked stale."""
        return self.stale_for is None or self.stale_for <= settings.STALE_SECONDS
