"""The child process that derives documents: frames of pickled values on standard input and output.

Hostile text can keep a parser busy for minutes. Here it holds a process that may be killed, and never
one that answers readers. Both ends are this program; nothing from outside is ever unpickled.
"""

import contextlib
import pickle
import resource
import struct
import sys

from posts.content.derive import derive
from posts.content.problems import Unreadable

HEADER = struct.Struct(">I")
MEMORY = 2_000_000_000  # bytes of address space


def main():
    """Answer requests ``(text, path, zone)`` with ``("ok", Derived)`` or ``("bad", Problem)`` until the input ends."""
    resource.setrlimit(resource.RLIMIT_AS, (MEMORY, MEMORY))
    with contextlib.suppress(BrokenPipeError):  # the parent is gone
        _serve()


def _serve():
    requests, answers = sys.stdin.buffer, sys.stdout.buffer
    while len(header := requests.read(HEADER.size)) == HEADER.size:
        arguments = pickle.loads(requests.read(HEADER.unpack(header)[0]))  # noqa: S301 - the parent's own words
        answer = pickle.dumps(_answer(*arguments), pickle.HIGHEST_PROTOCOL)
        answers.write(HEADER.pack(len(answer)) + answer)
        answers.flush()


def _answer(text: str, path: str, zone: str):
    try:
        return "ok", derive(text, path, zone)
    except Unreadable as error:
        return "bad", error.problem
    except (RecursionError, MemoryError):
        return "bad", Unreadable(
            1, "too-deep", "the document is nested too deep to be rendered"
        ).problem
    except Exception as error:
        return "bad", Unreadable(
            1,
            "render-failed",
            f"the document could not be rendered ({type(error).__name__}: {error})",
        ).problem


if __name__ == "__main__":
    main()
