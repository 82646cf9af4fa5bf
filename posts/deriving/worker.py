"""The child process that derives documents: requests on standard input, answers on standard output.

Hostile text can keep a parser busy for minutes. Here it holds a process that may be killed, and never
one that answers readers.
"""

import contextlib
import resource
import sys

from posts.content.derive import derive
from posts.content.problems import Unreadable
from posts.deriving import protocol

MEMORY = 2_000_000_000  # bytes of address space


def main():
    """Answer requests ``(text, path, zone)`` with ``("ok", Derived)`` or ``("bad", Problem)`` until the input ends."""
    resource.setrlimit(resource.RLIMIT_AS, (MEMORY, MEMORY))
    with contextlib.suppress(BrokenPipeError):  # the parent is gone
        _serve()


def _serve():
    requests, answers = sys.stdin.buffer, sys.stdout.buffer
    while len(header := requests.read(protocol.HEADER.size)) == protocol.HEADER.size:
        arguments = protocol.unpacked(requests.read(protocol.length(header)))
        answers.write(protocol.packed(_answer(*arguments)))
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
