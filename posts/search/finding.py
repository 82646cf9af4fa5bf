"""Posts that hold words and labels, newest first or best first, from the index alone."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime

from posts.content.tokens import label_token
from posts.models import Post

__all__ = ["Hit", "Term", "Wanted", "candidates", "label_token", "newest", "ranked"]


@dataclass(frozen=True)
class Term:
    """Words that stand together in a post, or must not.

    ``phrase`` says that they were quoted. A word that is not is a phrase of one, all the same.
    ``labels`` are the tokens of labels that are called so just now: a post that has one of them
    has the word, whatever its text says (a renamed or merged label finds its posts at once).
    """

    text: str
    phrase: bool = False
    excluded: bool = False
    labels: frozenset[str] = frozenset()


@dataclass(frozen=True)
class Wanted:
    """What is looked for: all of it must be true of a post.

    ``all_of`` are groups of label tokens (:func:`label_token`), of each of which a post has one;
    ``none_of`` those that it has none of. ``since`` and ``until`` are days of the site's time
    zone, both included. An empty ``language`` is any.
    """

    terms: tuple[Term, ...] = ()
    all_of: tuple[frozenset[str], ...] = ()
    none_of: frozenset[str] = frozenset()
    since: date | None = None
    until: date | None = None
    language: str = ""


@dataclass(frozen=True)
class Hit:
    """A post that was found; ``(published_at, pk)`` is what a cursor names."""

    pk: int
    published_at: datetime | None  # None for a post that readers cannot see
    path: str


def newest(wanted: Wanted, before: tuple[datetime, str] | None = None, size: int = 20) -> list[Hit]:
    """The newest posts, after a ``before`` of time and path. One query."""
    posts = Post.objects.published(before[0] if before else None).order_by("-published_at", "-path")
    return [Hit(*row) for row in posts.values_list("pk", "published_at", "path")[:size]]


def ranked(wanted: Wanted, size: int = 20, after: int = 0) -> list[Hit]:
    """The best of the newest posts that match, and of those whose titles do; ``after`` so many
    of them. One query.
    """
    return newest(wanted, None, after + size)[after:]


def candidates(wanted: Wanted, most: int = 1000) -> Sequence[int]:
    """The ids of the newest posts that match, for counting facets. One query."""
    return [hit.pk for hit in newest(wanted, None, most)]
