"""What is to be saved, and what became of it."""

from dataclasses import dataclass, field
from hashlib import sha256

from posts.content.derive import Derived
from posts.content.problems import Worded
from posts.models import Post

MAX_MINUTES = 32_000  # what a small integer column holds


class Conflict(Worded):
    """Somebody else saved the post, or took its path or address, meanwhile. Nothing was written."""


class Refused(Worded):
    """A row that the database does not take; the message names the rule or the column."""


@dataclass(frozen=True)
class Delivered:
    """The text of a file that a save answers.

    ``held`` is true if an editor had held the post back; ``answers`` is the id of the waiting
    delivery that an editor decided about: another one in its place is a :class:`Conflict`.
    """

    document: str
    held: bool = False
    answers: int | None = None


@dataclass(frozen=True)
class Submission:
    """One document to be saved, with what was derived from it.

    ``zone`` counts for dates that name none. ``based_on`` is the revision that its editor began
    with: another one in its place is a :class:`Conflict`. ``delivered`` is remembered with it.
    """

    path: str
    document: str
    derived: Derived
    zone: str
    based_on: int | None = None
    delivered: Delivered | None = None


@dataclass(frozen=True)
class Outcome:
    """What became of a submission.

    ``state`` is ``imported`` (a new post), ``updated``, ``rebuilt`` (the document is as it was,
    its rows were not) or ``unchanged``; of a delivery it may be ``merged`` or ``conflict`` as well.
    ``conflicts`` are old addresses that others hold, ``spots`` what a delivery and an editor both
    changed.
    """

    post: Post
    state: str
    conflicts: tuple[str, ...] = ()
    spots: tuple[str, ...] = ()


@dataclass
class Change:
    """One submission on its way through a save: the row it becomes, and what was there before.

    ``columns`` are those of the post that differ. ``kept`` names the kinds of rows that an edit
    leaves as they are, so that nobody reads them: ``tags``, ``categories``, ``authors``,
    ``citations``, ``redirects``.
    """

    submission: Submission
    post: Post
    state: str
    old_address: str | None = None
    was_public: bool = False
    columns: list[str] = field(default_factory=list)
    kept: frozenset[str] = frozenset()

    @property
    def is_new(self) -> bool:
        """True if the post was not there before."""
        return self.state == "imported"


def document_hash(document: str) -> str:
    """The hash by which an unchanged document is known."""
    return sha256(document.encode("utf-8", "surrogatepass")).hexdigest()
