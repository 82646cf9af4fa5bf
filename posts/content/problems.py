"""What can be wrong with a document: where, what, and how to mend it.

A problem carries a key of :data:`posts.content.wording.MESSAGES` and the values of its template, so
that it can be stored, sent through a pipe and put into the reader's language at the edge::

    gettext(problem.template) % problem.values
"""

from dataclasses import dataclass, field
from typing import Any

from posts.content.wording import MESSAGES

Values = dict[str, str | int]


def code_of(key: str) -> str:
    """The stable word for scripts: ``too-large`` of ``too-large.file``."""
    return key.partition(".")[0]


@dataclass(frozen=True)
class Problem:
    """One finding about a document.

    ``line`` counts from 1 in the whole file. A ``fatal`` problem keeps the document out.
    """

    line: int
    key: str
    values: Values = field(default_factory=dict)
    fatal: bool = False

    @property
    def code(self) -> str:
        """A stable word for scripts."""
        return code_of(self.key)

    @property
    def template(self) -> str:
        """The sentence in English with the values left open.

        A key that this version does not know gives the recorded text, else the code.
        """
        return MESSAGES.get(self.key) or ("%(text)s" if "text" in self.values else self.code)

    @property
    def message(self) -> str:
        """The sentence in English."""
        return self.template % self.values

    def as_dict(self) -> dict[str, str | int]:
        """The three public members, as ``inspect_posts --json`` prints them."""
        return {"line": self.line, "code": self.code, "message": self.message}

    def as_json(self) -> dict[str, Any]:
        """Everything but ``fatal``, for a database column; :meth:`from_json` reads it back."""
        return {"line": self.line, "key": self.key, "values": self.values}

    @classmethod
    def from_json(cls, stored: dict[str, Any]) -> "Problem":
        """A stored problem; one of an older version (line, code, message) keeps its sentence."""
        if "key" in stored:
            return cls(stored["line"], stored["key"], stored["values"])
        return cls(stored["line"], f"{stored['code']}.recorded", {"text": stored["message"]})


class Worded(Exception):
    """An exception with a key of the catalogue and its values; ``str()`` gives English."""

    def __init__(self, key: str, /, **values: str | int):
        super().__init__(MESSAGES[key] % values)
        self.key, self.values = key, values

    @property
    def code(self) -> str:
        """A stable word for scripts."""
        return code_of(self.key)

    @property
    def template(self) -> str:
        """The sentence in English with the values left open."""
        return MESSAGES[self.key]


class Unreadable(ValueError):
    """A document that cannot be read. ``problem`` says where and why."""

    def __init__(self, line: int, key: str, /, **values: str | int):
        self.problem = Problem(line, key, values, fatal=True)
        super().__init__(f"line {line}: {self.problem.message}")

    @classmethod
    def of(cls, problem: Problem) -> "Unreadable":
        """The exception for a problem that was found elsewhere, such as in a child process."""
        return cls(problem.line, problem.key, **problem.values)
