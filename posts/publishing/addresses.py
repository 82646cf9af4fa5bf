"""Addresses of posts: what a document asks for, and that no two posts share one."""

from datetime import date

from django.conf import settings

from posts.content import hyperlinks
from posts.content.derive import Derived
from posts.models import Post


def site_language(tag: str) -> str:
    """The language of a post: its own, or the site's."""
    return tag or settings.SITE_LANGUAGE


def base_address(day: date | None, slug: str, language: str) -> str | None:
    """The address that a document asks for; None without a date."""
    if day is None:
        return None
    prefix = "" if language == settings.SITE_LANGUAGE else f"/{language}"
    return f"{prefix}/{day.year:04}/{day.month:02}/{day.day:02}/{slug}/"


def wanted_address(derived: Derived) -> str | None:
    """The address that a derived document asks for."""
    return base_address(derived.day, derived.slug, site_language(derived.language))


def asked_address(post: Post) -> str | None:
    """The address that a post's document asked for when it was saved; a number may follow in its
    own.
    """
    return base_address(post.day, post.slug, post.language)


def keeps(post: Post | None, wanted: str | None) -> bool:
    """True if a post has an address, and its document asks for the same one as before."""
    return post is not None and bool(post.address) and asked_address(post) == wanted


def moves(post: Post, derived: Derived) -> bool:
    """True if a document would take its post to another address."""
    wanted = wanted_address(derived)
    return wanted not in (None, asked_address(post), post.address)


def name_address(path: str) -> str:
    """What ``post_url`` makes of a file name; leads to the post where its address is another."""
    return hyperlinks.post_reference(path)


class Addresses:
    """The addresses that a batch may give out. One query, none for none.

    Two posts that ask for one get ``slug`` and ``slug-2``.
    """

    def __init__(self, wanted: list[str]):
        self.owners: dict[str | None, str | None] = dict.fromkeys(wanted)
        if wanted:
            owners = Post.objects.filter(address__in=wanted).values_list("address", "path")
            self.owners.update(owners)

    def take(self, wanted: str | None, path: str, post: Post | None) -> str | None:
        """The address of a post: the one it has while its document asks for the same, else the
        first that is free. None without a date, unless readers had it: then it waits for them.
        """
        if wanted is None:
            return post.address if post is not None and post.had_readers else None
        if post is not None and keeps(post, wanted):
            return post.address
        address, count = wanted, 1
        while self._owner(address) not in (None, path):
            count += 1
            address = f"{wanted.rstrip('/')}-{count}/"
        self.owners[address] = path
        return address

    def _owner(self, address: str) -> str | None:
        if address not in self.owners:
            owner = Post.objects.filter(address=address).values_list("path", flat=True).first()
            self.owners[address] = owner
        return self.owners.get(address)
