"""Tags of a post, changed where they are kept: in its document."""

from collections.abc import Iterable
from typing import Any

from posts.content import editing
from posts.deriving import pool
from posts.models import Post
from posts.publishing.submissions import Outcome
from posts.publishing.workflow import edit


def retag(post: Post, names: Iterable[str], *, user: Any = None) -> Outcome:
    """Give a post these tags in this order and no other, and save its document.

    Raises as :func:`posts.publishing.workflow.save` does, and ``PatchError`` for names that its
    front matter cannot hold.
    """
    values = pool.shared.read(post.document).values
    wanted = list(dict.fromkeys(str(name) for name in names))
    return edit(post, editing.label_changes(values, "tags", wanted), reason="tags", user=user)
