"""Rows again from the documents."""

from collections.abc import Iterable
from typing import Any

from posts.models import Post
from posts.publishing.labels import digest_switches
from posts.publishing.saving import save_all
from posts.publishing.submissions import Outcome
from posts.publishing.workflow import submission


def rebuild(posts: Iterable[Post], *, reason: str = "rebuild", user: Any = None) -> list[Outcome]:
    """Derive some posts again from their documents; those whose rows are right stay untouched.

    Documents are derived before the transaction. Raises ``Unreadable`` for one that no longer is.
    """
    switches = digest_switches()
    wanted = [
        submission(post.path, post.document, post.zone, post.version, switches) for post in posts
    ]
    return save_all(wanted, reason=reason, user=user)
