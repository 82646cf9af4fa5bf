"""What can be wrong with a document: where, what, and how to mend it."""

from dataclasses import dataclass


@dataclass(frozen=True)
class Problem:
    """One finding about a document.

    ``line`` counts from 1 in the whole file; ``code`` is a stable word for scripts;
    ``message`` is a sentence for people. A ``fatal`` problem keeps the document out.
    """

    line: int
    code: str
    message: str
    fatal: bool = False

    def as_dict(self) -> dict:
        """The three public members, as ``inspect_posts --json`` prints them."""
        return {"line": self.line, "code": self.code, "message": self.message}


class Unreadable(ValueError):
    """A document that cannot be read. ``problem`` says where and why."""

    def __init__(self, line: int, code: str, message: str):
        super().__init__(f"line {line}: {message}")
        self.problem = Problem(line, code, message, fatal=True)
