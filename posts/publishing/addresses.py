"""Addresses: where a post is, where it was, and that no two share one."""

from django.conf import settings

from posts.content import hyperlinks
from posts.content.derive import Derived
from posts.models import Post, Redirect


def base_address(derived: Derived, language: str) -> str | None:
    """The address that a document asks for; None without a date."""
    if derived.day is None:
        return None
    prefix = "" if language == settings.SITE_LANGUAGE else f"/{language}"
    day = derived.day
    return f"{prefix}/{day.year:04}/{day.month:02}/{day.day:02}/{derived.slug}/"


class Addresses:
    """The addresses that a batch may give out. Two posts that ask for one get ``slug`` and ``slug-2``."""

    def __init__(self, wanted: list[str]):
        self.owners = dict.fromkeys(wanted) | dict(
            Post.objects.filter(address__in=wanted).values_list("address", "path")
        )

    def take(self, base: str, path: str, current: str | None) -> str:
        """The post's address: the one it has if that still fits, else the first that is free."""
        if current and fits(current, base):
            return current
        address, count = base, 1
        while self._owner(address) not in (None, path):
            count += 1
            address = f"{base.rstrip('/')}-{count}/"
        self.owners[address] = path
        return address

    def _owner(self, address: str) -> str | None:
        if address not in self.owners:
            self.owners[address] = (
                Post.objects.filter(address=address).values_list("path", flat=True).first()
            )
        return self.owners.get(address)


def fits(current: str, base: str) -> bool:
    """True if an address is the one asked for, or that with the number that tells it apart from another post's."""
    stem, base = current.rstrip("/"), base.rstrip("/")
    return stem == base or (stem.startswith(f"{base}-") and stem[len(base) + 1 :].isdigit())


class Redirects:
    """The redirects of a batch: written ones follow the documents, those of moved posts and stories stay."""

    def __init__(self, old_paths: set[str], new_addresses: set[str]):
        paths = old_paths | new_addresses
        self.rows = {row.old_path: row for row in _fetch(Redirect.objects.all(), "old_path", paths)}
        self.live = (
            set(_fetch(Post.objects.values_list("address", flat=True), "address", paths))
            | new_addresses
        )
        self.added: list[Redirect] = []
        self.changed: list[Redirect] = []
        self.conflicts: list[tuple[str, str]] = []  # (path of the post, old address)

    def lead(self, old_path: str, post: Post, *, derived: bool, story=None):
        """Let an old path lead to a post or story; an address in use and another post's claim win."""
        if old_path == post.address or len(old_path) > 500:
            return
        row = self.rows.get(old_path)
        if old_path in self.live or (row and row.post_id not in (None, post.id) and derived):
            self.conflicts.append((post.path, old_path))
        elif row is None:
            row = Redirect(old_path=old_path, post=post, story=story, derived=derived)
            self.rows[old_path] = row
            self.added.append(row)
        elif row.id and (row.post_id, row.story_id, row.target) != (
            post.id,
            story.id if story else None,
            "",
        ):
            row.post, row.story, row.target, row.derived = post, story, "", derived
            self.changed.append(row)

    def write(self, posts: list[Post], wanted: dict[int, set[str]]):
        """Write what was collected; drop derived redirects that their documents no longer hold."""
        Redirect.objects.filter(
            old_path__in=list(self.live & {row.old_path for row in self.rows.values() if row.id})
        ).delete()
        old = [post.id for post in posts if post.id in wanted]
        if old:
            stale = [
                row.id
                for row in Redirect.objects.filter(post_id__in=old, derived=True)
                if row.old_path not in wanted[row.post_id]
            ]
            if stale:
                Redirect.objects.filter(id__in=stale).delete()
        if self.changed:
            Redirect.objects.bulk_update(self.changed, ["post", "story", "target", "derived"])
        Redirect.objects.bulk_create(self.added, ignore_conflicts=True)


def _fetch(queryset, field: str, values: set[str]) -> list:
    values = sorted(values)
    return [
        row
        for start in range(0, len(values), 500)
        for row in queryset.filter(**{f"{field}__in": values[start : start + 500]})
    ]


def name_address(path: str) -> str:
    """What ``post_url`` makes of a file name; leads to the post where its address is another."""
    return hyperlinks.post_reference(path)


def site_language(tag: str) -> str:
    """The language of a post: its own, or the site's."""
    return tag or settings.SITE_LANGUAGE
