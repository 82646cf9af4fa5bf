"""What changed, as every process of the site hears of it."""

from collections.abc import Callable, Iterable
from datetime import datetime
from typing import NamedTuple


class State(NamedTuple):
    """How far a process knew of changes when it began to render."""

    position: str
    checked_at: float
    by: str
    number: int


class Journal:
    """Knows of no change and trusts nothing: no page is kept."""

    last_modified: datetime | None = None
    listener: Callable[[Iterable[str]], None] | None = None

    def state(self) -> State:
        """How far this process knows of changes."""
        return State("", 0.0, "", 0)

    def changed_since(self, state: State, keys: Iterable[str]) -> bool:
        """True where one of the keys may have changed since then."""
        return True

    def ensure_fresh(self) -> bool:
        """False while the database cannot be asked."""
        return False


shared = Journal()
