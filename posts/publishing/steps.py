"""What a step of a job gives back."""

from dataclasses import dataclass, field
from typing import Any

BATCH = 200  # posts of a step that reads no document


@dataclass(frozen=True)
class Step:
    """The posts that a step has done and where the next begins; ``finished`` if there is no next.

    ``changed`` is what an undo needs; ``failures`` are pairs of a title and a reason.
    """

    done: int = 0
    cursor: int | None = None
    finished: bool = False
    changed: list[Any] = field(default_factory=list)
    failures: list[tuple[str, str]] = field(default_factory=list)
