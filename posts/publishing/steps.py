"""Jobs as they begin, and what a step of one gives back."""

from dataclasses import dataclass, field
from typing import Any

from posts.content.problems import Problem, Unreadable, Values, Worded
from posts.models import Job

Failure = tuple[str, dict[str, Any]]
BATCH = 200  # posts of a step that reads no document


class Stopped(Exception):
    """A job was cancelled while a step was at work; nothing of it was written."""


@dataclass(frozen=True)
class Step:
    """The posts that a step has done and where the next begins; ``finished`` if there is no next.

    ``failures`` are pairs of a title and a stored problem.
    """

    done: int = 0
    cursor: int | None = None
    finished: bool = False
    failures: list[Failure] = field(default_factory=list)


def waiting_job(kind: str, subject: str, total: int, user: Any, **arguments: Any) -> Job:
    """A job that waits to be run; ``user`` None is the system itself."""
    return Job.objects.create(
        kind=kind,
        subject=subject[:500],
        user=user,
        by_system=user is None,
        arguments=arguments,
        total=total,
    )


def stored(key: str, values: Values | None = None) -> dict[str, Any]:
    """A problem with a post as a whole, for a job's failures."""
    return Problem(1, key, values or {}).as_json()


def reason(error: Unreadable | Worded) -> dict[str, Any]:
    """What an exception says, for a job's failures."""
    if isinstance(error, Unreadable):
        return error.problem.as_json()
    return stored(error.key, error.values)
