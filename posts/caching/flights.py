"""Many readers of one cold page cost one rendering.

In a process the first reader renders and the others wait for it; between the processes of a machine
the first one holds the lock of a file, which the system frees when its process dies. Nobody waits
longer than :data:`PATIENCE`: then everybody renders, as they do after a page that is not kept.
"""

import contextlib
import fcntl
import os
import threading
import time
import zlib
from collections.abc import Hashable, Iterator
from pathlib import Path

from posts.caching import reports

PATIENCE = 3.0  # seconds from the beginning of a rendering
FILES = 128
STEP = 0.002  # seconds between two looks at a lock, more each time


class Flight:
    """A rendering that is under way in this process."""

    def __init__(self) -> None:
        self.began = time.monotonic()
        self._landed = threading.Event()

    def wait(self) -> None:
        """Until it has ended, or has taken too long."""
        left = self.began + PATIENCE - time.monotonic()
        if left > 0:
            self._landed.wait(left)

    def end(self) -> None:
        """Let the others go on."""
        self._landed.set()


class Flights:
    """The renderings under way, and the locks of a machine in a folder (None: without)."""

    def __init__(self, folder: Path | None):
        self.folder = folder
        self._under_way: dict[Hashable, Flight] = {}
        self._lock = threading.Lock()

    def join(self, address: Hashable) -> tuple[Flight, bool]:
        """(the flight of an address, whether it is ours to make and to end)."""
        with self._lock:
            found = self._under_way.get(address)
            if found is not None:
                return found, False
            made = self._under_way[address] = Flight()
            return made, True

    def leave(self, address: Hashable, flight: Flight) -> None:
        """End a flight of ours."""
        with self._lock:
            if self._under_way.get(address) is flight:
                del self._under_way[address]
        flight.end()

    @contextlib.contextmanager
    def alone(self, name: str) -> Iterator[bool]:
        """The machine's lock for a name; gives whether another process had it meanwhile."""
        descriptor = self._opened(name)
        try:
            yield descriptor is not None and self._locked(descriptor)
        finally:
            if descriptor is not None:
                os.close(descriptor)

    def _opened(self, name: str) -> int | None:
        if self.folder is None:
            return None
        path = self.folder / f"{zlib.crc32(name.encode()) % FILES}.lock"
        flags = os.O_RDWR | os.O_CREAT | os.O_CLOEXEC
        try:
            return os.open(path, flags, 0o600)
        except FileNotFoundError:
            with contextlib.suppress(OSError):
                self.folder.mkdir(parents=True, exist_ok=True)
                return os.open(path, flags, 0o600)
        except OSError:
            pass
        reports.report("locks between processes")
        return None

    @staticmethod
    def _locked(descriptor: int) -> bool:
        """Wait for a lock, but not for long; whether there was anything to wait for."""
        end, step = time.monotonic() + PATIENCE, STEP
        waited = False
        while True:
            try:
                fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
                return waited
            except BlockingIOError:
                waited = True
            except OSError:
                return waited
            if time.monotonic() >= end:
                return True
            time.sleep(step)
            step = min(step * 2, 0.05)
