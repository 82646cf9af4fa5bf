"""Who may make something public: asked here, of the result, whatever way it came.

A form, an action, an import by a user or a restored revision end in one save, and that asks
:func:`check` with the row locked.
"""

from typing import Any

from posts.content.derive import Derived
from posts.models import Post

PERMISSION = "posts.publish_post"


class NotAllowed(PermissionError):
    """The user may not publish, and this save would publish something or change what is public."""


def may_publish(user: Any) -> bool:
    """True for users who may publish, and for the system itself (None)."""
    return user is None or user.has_perm(PERMISSION)


def require(user: Any) -> None:
    """Raise :class:`NotAllowed` for users who may not publish."""
    if not may_publish(user):
        raise NotAllowed("only those who may publish can do that")


def check_before(user: Any, before: Post | None) -> None:
    """Raise :class:`NotAllowed` unless the user may change this post, whatever it would become."""
    is_public = before is not None and before.status == Post.Status.PUBLISHED
    if is_public and not may_publish(user):
        raise NotAllowed("this post is public; only those who may publish can change it")


def check(user: Any, before: Post | None, derived: Derived) -> None:
    """Raise :class:`NotAllowed` unless the user may turn ``before`` into what was derived.

    Scheduled and expired posts count as public ones: the clock alone makes them so.
    """
    if may_publish(user):
        return
    check_before(user, before)
    if derived.status == Post.Status.PUBLISHED:
        raise NotAllowed("this would publish the post; only those who may publish can do that")
