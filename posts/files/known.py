"""What is known of posts before their files are read."""

from typing import NamedTuple

from posts.models import Delivery, Post
from posts.publishing.deliveries import CURRENT


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
    posts = Post.objects.filter(path__in=paths).values_list("pk", "path", "zone")
    found = {pk: (path, Known(zone, set())) for pk, path, zone in posts}
    if not found:
        return {}
    rows = Delivery.objects.filter(post_id__in=list(found), role__in=CURRENT)
    waiting: dict[int, str] = {}
    for pk, role, digest in rows.values_list("post_id", "role", "sha256"):
        if role == Delivery.Role.WAITING:
            waiting[pk] = digest
        else:
            found[pk][1].hashes.add(digest)
    return {
        path: known._replace(waiting=waiting[pk]) if pk in waiting else known
        for pk, (path, known) in found.items()
    }
