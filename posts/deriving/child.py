"""One worker process, as its parent sees it: asked, answering, ended."""

import contextlib
import os
import select
import signal
import subprocess
import sys
import time
from pathlib import Path
from typing import Any

from posts.deriving import protocol

ROOT = Path(__file__).resolve().parent.parent.parent
# Arenas for threads that a child does not have would count against its memory.
ENVIRONMENT = {"PYTHONHASHSEED": "0", "LANG": "C.UTF-8", "MALLOC_ARENA_MAX": "1"}


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

    def ask(self, request: tuple, seconds: float) -> Any:
        """The answer to one request, waited for so many seconds of wall-clock time.

        Raises TimeoutError when they are over, EOFError or OSError if the child is gone.
        """
        deadline = time.monotonic() + seconds
        self._write(protocol.packed(request), deadline)
        length = protocol.length(self._read(protocol.HEADER.size, deadline))
        return protocol.unpacked(self._read(length, deadline))

    def _write(self, data: bytes, deadline: float) -> None:
        left = memoryview(data)
        while left:
            self._wait(self.requests, select.POLLOUT, deadline)
            left = left[os.write(self.requests, left) :]

    def _read(self, length: int, deadline: float) -> bytes:
        parts = bytearray()
        while len(parts) < length:
            self._wait(self.answers, select.POLLIN, deadline)
            part = os.read(self.answers, min(length - len(parts), 1 << 20))
            if not part:
                raise EOFError
            parts += part
        return bytes(parts)

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
