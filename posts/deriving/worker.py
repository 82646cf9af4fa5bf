"""The child process that derives documents: requests on standard input, answers on standard output.

Hostile text can keep a parser busy for minutes. Here it holds a process that may be killed, and never
one that answers readers.
"""

import contextlib
import resource
import sys

from posts.content.derive import derive
from posts.content.problems import Problem, Unreadable, Values
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
        return "bad", Problem(1, "too-deep.document", fatal=True)
    except Exception as error:
        values: Values = {"problem": f"{type(error).__name__}: {error}"}
        return "bad", Problem(1, "render-failed", values, fatal=True)


if __name__ == "__main__":
    main()
