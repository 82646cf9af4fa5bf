"""Who may make something public: asked here, of the result, whatever way it came.

A form, an action, an import by a user or a restored revision end in one save, and that asks
:func:`check` with the row locked. What is public without being a post (names of labels, redirects)
asks :func:`require`.
"""

from typing import Any

from posts.content.derive import Derived
from posts.content.problems import Worded
from posts.models import Post

PERMISSION = "posts.publish_post"


class NotAllowed(Worded, PermissionError):
    """The user may not publish, and this would publish something or change what is public."""


def may_publish(user: Any) -> bool:
    """True for users who may publish, and for the system itself (None)."""
    return user is None or user.has_perm(PERMISSION)


def require(user: Any) -> None:
    """Raise :class:`NotAllowed` unless the user may change what readers see."""
    if not may_publish(user):
        raise NotAllowed("not-allowed.public")


def check_before(user: Any, before: Post | None) -> None:
    """Raise :class:`NotAllowed` unless the user may change this post, whatever it would become."""
    is_public = before is not None and before.status == Post.Status.PUBLISHED
    if is_public and not may_publish(user):
        raise NotAllowed("not-allowed.change")


def check(user: Any, before: Post | None, derived: Derived) -> None:
    """Raise :class:`NotAllowed` unless the user may turn ``before`` into what was derived.

    Scheduled and expired posts count as public ones: the clock alone makes them so.
    """
    if may_publish(user):
        return
    check_before(user, before)
    if derived.status == Post.Status.PUBLISHED:
        raise NotAllowed("not-allowed.publish")
