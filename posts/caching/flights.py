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
GIVEN_UP = 30.0  # seconds without a lock that could not be had
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
        self._given_up: dict[int, float] = {}

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
        number = zlib.crc32(name.encode()) % FILES
        descriptor = self._opened(number)
        try:
            yield descriptor is not None and self._locked(descriptor, number)
        finally:
            if descriptor is not None:
                os.close(descriptor)

    def _opened(self, number: int) -> int | None:
        if self.folder is None or time.monotonic() < self._given_up.get(number, 0.0):
            return None
        path = self.folder / f"{number}.lock"
        flags = os.O_RDWR | os.O_CREAT | os.O_CLOEXEC
        try:
            return os.open(path, flags, 0o600)
        except FileNotFoundError:
            with contextlib.suppress(OSError):
                self.folder.mkdir(0o700, parents=True, exist_ok=True)
                return os.open(path, flags, 0o600)
        except OSError:
            pass
        reports.report("locks between processes")
        return None

    def _locked(self, descriptor: int, number: int) -> bool:
        """Wait for a lock, but not for long, and not again soon if it was in vain; whether there
        was anything to wait for.
        """
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
                self._given_up[number] = end + GIVEN_UP
                return True
            time.sleep(step)
            step = min(step * 2, 0.05)
