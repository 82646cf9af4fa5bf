"""What is known of posts before their files are read."""

from typing import NamedTuple

from posts.models import Delivery, Post


class Known(NamedTuple):
    """The zone of a post, and the hashes of texts that its file may hold."""

    zone: str
    hashes: set[str]
    waiting: str = ""  # the hash of a text that waits for an editor

    def state_of(self, digest: str) -> str:
        """``unchanged`` or ``conflict`` for a text that was delivered before; else empty."""
        if self.waiting:
            return "conflict" if digest == self.waiting else ""
        return "unchanged" if digest in self.hashes else ""


def known_posts(paths: list[str]) -> dict[str, Known]:
    """The posts at some paths, with what was delivered for them. Two queries.

    Asked for some files at a time: a site may have a million posts, and a delivery one file.
    """
    storable = [path for path in paths if "\0" not in path and path.isprintable()]
    return {}
