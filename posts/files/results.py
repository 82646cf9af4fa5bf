"""What became of the files of an import: one result for each, and how many of each state."""

from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass

from posts.content.problems import Problem

STATES = (
    "imported",
    "updated",
    "merged",
    "conflict",
    "unchanged",
    "quarantined",
    "failed",
    "skipped",
)
PICTURE_STATES = ("imported", "unchanged", "refused", "skipped")
POSTS = ("imported", "updated", "merged", "conflict", "unchanged")  # states of files with posts
UNSETTLED = ("quarantined", "failed", "conflict")  # states that somebody has to look at


@dataclass
class FileResult:
    """What became of one file that may hold a post."""

    path: str
    state: str
    line: int = 0
    code: str = ""
    message: str = ""
    problem: Problem | None = None

    @classmethod
    def of(cls, path: str, state: str, problem: Problem | None = None) -> "FileResult":
        """A result with the words of a problem, if there is one."""
        if problem is None:
            return cls(path, state)
        return cls(path, state, problem.line, problem.code, problem.message, problem)

    def as_dict(self) -> dict[str, str | int]:
        """The members of a report's entry."""
        return {
            "path": self.path,
            "state": self.state,
            "line": self.line,
            "code": self.code,
            "message": self.message,
        }


@dataclass
class PictureEntry:
    """What became of one picture: ``skipped`` if no post refers to it."""

    path: str
    state: str
    code: str = ""
    message: str = ""

    @classmethod
    def of(cls, path: str, state: str, problem: Problem | None = None) -> "PictureEntry":
        """An entry with the words of a problem, if there is one."""
        return cls(path, state, *((problem.code, problem.message) if problem else ()))

    def as_dict(self) -> dict[str, str]:
        """The members of a report's entry."""
        return {
            "path": self.path,
            "state": self.state,
            "code": self.code,
            "message": self.message,
        }


def counted(results: Iterable[FileResult]) -> dict[str, int]:
    """How many files there were, and how many of each state; the states add up to the files."""
    states = Counter(result.state for result in results)
    return {"files": states.total(), **{state: states[state] for state in STATES}}


def counted_pictures(entries: Iterable[PictureEntry]) -> dict[str, int]:
    """How many pictures there were of each state."""
    states = Counter(entry.state for entry in entries)
    return {state: states[state] for state in PICTURE_STATES}
