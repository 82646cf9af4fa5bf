"""The child process: jobs on standard input, answers on standard output.

Hostile text can keep a parser busy for minutes, and a picture of a few bytes can fill the memory.
Here that costs a process that may die, and never one that answers readers.

A job is timed by the process's own CPU clock: when its time is used up the system ends the process
with SIGPROF. Starting up, waiting and a busy machine cost nothing.
"""

import contextlib
import os
import resource
import signal
import sys
import time
import warnings
from functools import lru_cache
from pathlib import Path
from typing import Any, BinaryIO

from posts.content.problems import Unreadable, Worded
from posts.deriving import protocol
from posts.deriving.calls import CALLS
from posts.deriving.limits import Limits

LARGEST_FILE = 400_000_000  # bytes that a job may write
LARGEST_ANSWER = 60_000_000  # bytes
TIRED = 250_000_000  # bytes: a child that still holds more ends after its answer, to give them back
PAGE = resource.getpagesize()
STATM = Path("/proc/self/statm")
# Answers to several jobs go out together: each one would wake the parent up. Few are lost with a
# child that comes to its end.
HELD_BACK = 1 << 18  # bytes
SENT_AFTER = 0.05  # seconds of CPU time


def main() -> None:
    """Answer requests ``(job, limits, arguments of each)`` until the input ends."""
    os.nice(5)  # readers come first
    signal.signal(signal.SIGPROF, signal.SIG_DFL)
    signal.pthread_sigmask(signal.SIG_UNBLOCK, {signal.SIGPROF})
    signal.signal(signal.SIGINT, signal.SIG_IGN)  # Ctrl-C is for the parent, whose end ends us
    warnings.simplefilter("ignore")  # of libraries, about what others wrote
    resource.setrlimit(resource.RLIMIT_CORE, (0, 0))
    resource.setrlimit(resource.RLIMIT_FSIZE, (LARGEST_FILE, LARGEST_FILE))
    answers = os.fdopen(os.dup(1), "wb", buffering=HELD_BACK)
    os.dup2(2, 1)  # whatever a library prints must not get between the answers
    with contextlib.suppress(BrokenPipeError):  # the parent is gone
        _serve(sys.stdin.buffer, answers)


def _serve(requests: BinaryIO, answers: BinaryIO) -> None:
    tired = False
    while not tired and len(header := requests.read(protocol.HEADER.size)) == protocol.HEADER.size:
        name, limits, jobs = protocol.unpacked(requests.read(protocol.length(header)))
        sent = time.process_time()
        for arguments in jobs:
            answer, tired = _framed(name, limits, arguments)
            answers.write(answer)
            if tired:
                break
            if (now := time.process_time()) - sent > SENT_AFTER:
                answers.flush()
                sent = now
        answers.flush()


def _framed(name: str, limits: Limits, arguments: tuple) -> tuple[bytes, bool]:
    """The answer to one job, and whether the process ends with it."""
    state, value = _limited(name, limits, arguments)
    tired = state == "overrun" or _held() > TIRED
    answer = protocol.packed((state, value, tired))
    if len(answer) > LARGEST_ANSWER:  # it would fill the parent's memory instead of ours
        return protocol.packed(("overrun", ("large", ""), True)), True
    return answer, tired


def _held() -> int:
    """The memory that the process holds now, in bytes; 0 where the system does not say.

    ``ru_maxrss`` would not do: after a fork it begins with the parent's.
    """
    if (file := _statm()) is None:
        return 0
    return int(os.pread(file, 200, 0).split()[1]) * PAGE


@lru_cache(1)
def _statm() -> int | None:
    """The system's account of the process's memory, kept open: it is read after every job."""
    try:
        return os.open(STATM, os.O_RDONLY | os.O_CLOEXEC)
    except OSError:
        return None


def _limited(name: str, limits: Limits, arguments: tuple) -> tuple[str, Any]:
    _soft, hard = resource.getrlimit(resource.RLIMIT_AS)
    most = limits.memory if hard == resource.RLIM_INFINITY else min(limits.memory, hard)
    resource.setrlimit(resource.RLIMIT_AS, (most, hard))
    signal.setitimer(signal.ITIMER_PROF, limits.seconds)
    try:
        return _answer(name, arguments)
    finally:
        signal.setitimer(signal.ITIMER_PROF, 0)
        resource.setrlimit(resource.RLIMIT_AS, (hard, hard))


def _answer(name: str, arguments: tuple) -> tuple[str, Any]:
    """``ok`` with the result, or why there is none, in plain values."""
    try:
        return "ok", CALLS[name](*arguments)
    except Unreadable as error:
        return "unreadable", error.problem
    except Worded as error:
        return "worded", (type(error).__name__, error.key, error.values)
    except MemoryError:
        return "overrun", ("large", "")
    except RecursionError:
        return "overrun", ("deep", "")
    except OSError as error:
        return "system", (error.errno, error.strerror)
    except Exception as error:
        return "overrun", ("failed", f"{type(error).__name__}: {error}"[:300])


if __name__ == "__main__":
    main()
