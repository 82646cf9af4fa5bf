"""Numbered addresses in exported documents.

Two posts that ask for one address get ``x`` and ``x-2``, who came first the plain one. An import
into an empty database meets them in the order of their paths instead; where that would give out
other addresses, the exported documents say theirs: ``slug: x-2``. All others leave byte for byte.
"""

from posts.content import slugs
from posts.content.frontmatter import PatchError
from posts.content.problems import Unreadable
from posts.deriving import pool
from posts.models import Post
from posts.publishing.addresses import asked_address


def slugs_to_say() -> dict[str, str]:
    """The slugs that documents must say, by path, so that an import of all gives every post the
    address that it has. One query; posts whose numbered slug is too long to be written are not in
    it.
    """
    posts = Post.objects.filter(address__isnull=False, day__isnull=False)
    rows = posts.only("path", "day", "slug", "language", "address")
    have, asked = {}, {}
    for post in sorted(rows, key=lambda post: post.path.split("/")):
        have[post.path], asked[post.path] = post.address or "", asked_address(post) or ""
    said: dict[str, str] = {}
    while wrong := _wrong(asked, have):
        for path in wrong:
            said[path] = _slug(have[path])
            asked[path] = have[path]
    return said


def _wrong(asked: dict[str, str], have: dict[str, str]) -> list[str]:
    """The posts that an import would give another address, as far as a slug can mend it."""
    names = slugs.Names()
    given = {path: f"{names.take(address.removesuffix('/'))}/" for path, address in asked.items()}
    return [
        path
        for path, address in have.items()
        if address not in (given[path], asked[path])
        and slugs.slugify(_slug(address)) == _slug(address)
    ]


def _slug(address: str) -> str:
    return address.removesuffix("/").rpartition("/")[2]


def saying(document: str, slug: str) -> str:
    """A document that asks for a slug; as it is where none can be written into it."""
    try:
        return pool.shared.patched(document, {"slug": slug}).text
    except (Unreadable, PatchError):
        return document
