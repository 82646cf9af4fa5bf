"""Deriving documents in child processes with a time limit.

A child is started on first use and kept; one that overruns its time is killed and the next document
gets a new one. Safe to use from several threads.
"""

import contextlib
import os
import queue
import select
import subprocess
import sys
import threading
import time
from pathlib import Path

from posts.content.derive import MAX_LENGTH, Derived
from posts.content.problems import Unreadable
from posts.deriving import protocol

TIME_LIMIT = 6.0  # seconds for one document


class Child:
    """One worker process."""

    def __init__(self):
        self.process = subprocess.Popen(
            [sys.executable, "-m", "posts.deriving.worker"],
            cwd=Path(__file__).resolve().parent.parent.parent,
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            env={"PATH": os.environ.get("PATH", ""), "PYTHONHASHSEED": "0", "LANG": "C.UTF-8"},
        )

    def send(self, request: tuple):
        """Hand over one request; the answer is fetched by :meth:`receive`."""
        self.process.stdin.write(protocol.packed(request))
        self.process.stdin.flush()

    def receive(self, deadline: float) -> tuple:
        """The answer, or TimeoutError at the deadline, or EOFError if the child died."""
        length = protocol.length(self._read(protocol.HEADER.size, deadline))
        return protocol.unpacked(self._read(length, deadline))

    def _read(self, length: int, deadline: float) -> bytes:
        pipe, parts = self.process.stdout.fileno(), bytearray()
        while len(parts) < length:
            if not select.select([pipe], [], [], max(0.0, deadline - time.monotonic()))[0]:
                raise TimeoutError
            part = os.read(pipe, length - len(parts))
            if not part:
                raise EOFError
            parts += part
        return bytes(parts)

    def close(self):
        """End the process, whatever it is doing."""
        self.process.kill()
        for pipe in (self.process.stdin, self.process.stdout):
            with contextlib.suppress(OSError):
                pipe.close()
        self.process.wait()


class Pool:
    """A few children; ``derive`` takes one that is free or starts one."""

    def __init__(self, size: int = 2, time_limit: float = TIME_LIMIT):
        self.time_limit = time_limit
        self.free: queue.SimpleQueue[Child] = queue.SimpleQueue()
        self.slots = threading.BoundedSemaphore(size)
        self.owner = os.getpid()

    def derive(self, text: str, path: str, zone: str) -> Derived:
        """As :func:`posts.content.derive.derive`; raises :class:`Unreadable` for what takes too long as well."""
        if len(text) > MAX_LENGTH:
            raise Unreadable(1, "too-large.file", limit=MAX_LENGTH)
        with self.slots:
            state, value = self._ask((text, path, zone))
        if state == "ok":
            return value
        raise Unreadable.of(value)

    def _ask(self, request: tuple) -> tuple:
        for attempt in (1, 2):
            child = self._child()
            try:
                child.send(request)
                answer = child.receive(time.monotonic() + self.time_limit)
            except TimeoutError:
                child.close()
                raise Unreadable(1, "too-slow", seconds=f"{self.time_limit:g}") from None
            except (OSError, EOFError):
                child.close()
                if attempt == 2:
                    raise Unreadable(1, "render-died") from None
            else:
                self.free.put(child)
                return answer
        raise AssertionError("unreachable")

    def _child(self) -> Child:
        if self.owner != os.getpid():  # after a fork the pipes belong to the parent
            self.free, self.owner = queue.SimpleQueue(), os.getpid()
        with contextlib.suppress(queue.Empty):
            return self.free.get_nowait()
        return Child()

    def close(self):
        """End the free children."""
        with contextlib.suppress(queue.Empty):
            while True:
                self.free.get_nowait().close()


shared = Pool(size=4)
