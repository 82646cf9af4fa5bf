"""One worker process, as its parent sees it: asked, answering, ended."""

import contextlib
import fcntl
import os
import select
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from posts.deriving import protocol
from posts.deriving.limits import Limits

ROOT = Path(__file__).resolve().parent.parent.parent
# Arenas for threads that a child does not have would count against its memory.
ENVIRONMENT = {"PYTHONHASHSEED": "0", "LANG": "C.UTF-8", "MALLOC_ARENA_MAX": "1"}
PIPE = 1 << 20  # bytes that a child may write before anybody reads, where the system allows it
CHUNK = 1 << 16  # bytes read at once; much larger buffers cost more than they save


class Child:
    """A worker process. One thread at a time may ask it."""

    def __init__(self) -> None:
        self.process = subprocess.Popen(
            [sys.executable, "-m", "posts.deriving.worker"],
            cwd=ROOT,
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            bufsize=0,
            env=ENVIRONMENT | {"PATH": os.environ.get("PATH", "")},
        )
        assert self.process.stdin and self.process.stdout
        self.requests, self.answers = self.process.stdin.fileno(), self.process.stdout.fileno()
        # A child that is stopped or swapped out reads nothing: its parent must not hang in a write.
        os.set_blocking(self.requests, False)
        with contextlib.suppress(AttributeError, OSError):
            fcntl.fcntl(self.answers, fcntl.F_SETPIPE_SZ, PIPE)
        self.unread = bytearray()

    def ask(self, name: str, limits: Limits, jobs: list[tuple], seconds: float) -> Iterator[tuple]:
        """``(state, value, tired)`` of one job after the other; a tired child does no further one.

        Each answer is waited for so many seconds of wall-clock time. Raises TimeoutError when they
        are over, EOFError or OSError if the child is gone.
        """
        self._write(protocol.packed((name, limits, jobs)), time.monotonic() + seconds)
        for _job in jobs:
            answer = self._answer(time.monotonic() + seconds)
            yield answer
            if answer[2]:
                return

    def _answer(self, deadline: float) -> Any:
        length = protocol.length(self._read(protocol.HEADER.size, deadline))
        return protocol.unpacked(self._read(length, deadline))

    def _write(self, data: bytes, deadline: float) -> None:
        left = memoryview(data)
        while left:
            self._wait(self.requests, select.POLLOUT, deadline)
            left = left[os.write(self.requests, left) :]

    def _read(self, length: int, deadline: float) -> bytes:
        while len(self.unread) < length:
            self._wait(self.answers, select.POLLIN, deadline)
            part = os.read(self.answers, CHUNK)
            if not part:
                raise EOFError
            self.unread += part
        data = bytes(self.unread[:length])
        del self.unread[:length]
        return data

    @staticmethod
    def _wait(pipe: int, event: int, deadline: float) -> None:
        """Wait until a pipe is ready; ``select`` would refuse descriptors over 1023."""
        poll = select.poll()
        poll.register(pipe, event)
        if not poll.poll(max(0.0, deadline - time.monotonic()) * 1000):
            raise TimeoutError

    def used_up_its_time(self) -> bool:
        """True if the child was ended by its own clock of CPU time; asked of one that is gone."""
        with contextlib.suppress(subprocess.TimeoutExpired):
            return self.process.wait(timeout=5) == -signal.SIGPROF
        return False

    def close(self) -> None:
        """End the process, whatever it is doing."""
        self.process.kill()
        for pipe in (self.process.stdin, self.process.stdout):
            with contextlib.suppress(OSError):
                pipe.close()  # type: ignore[union-attr]
        self.process.wait()

    def forget(self) -> None:
        """Close the pipes of a process that belongs to the parent of this one, which forked."""
        self.process.returncode = 0  # so that nobody waits for what is not our child
        for pipe in (self.process.stdin, self.process.stdout):
            with contextlib.suppress(OSError):
                pipe.close()  # type: ignore[union-attr]
