"""Redirects of saved posts: an address that readers once had leads on for good.

What a document names (``redirect_from:`` and the like) is *derived*: it comes and goes with the
document. It is written when the post is published, so that a draft holds no address and takes none
from others. What a public post, its stories or a removed story left is kept.
"""

from collections import defaultdict
from collections.abc import Iterable
from dataclasses import dataclass
from operator import attrgetter

from django.db.models import Q

from posts.models import Post, Redirect, Story, bulk
from posts.publishing.addresses import name_address
from posts.publishing.submissions import Change

MAX_PATH = 500


@dataclass(frozen=True)
class LeftStory:
    """A story's address that is no longer its own: ``story`` has another slug now, or is gone
    (None).

    ``address`` is its post's, before the save.
    """

    post: Post
    address: str
    slug: str
    story: Story | None


@dataclass(frozen=True)
class _Claim:
    old_path: str
    post: Post
    story: Story | None = None
    derived: bool = False


@dataclass(slots=True)
class _NewRow:
    """A redirect that is to be added: its columns, as a row that is there has them."""

    old_path: str
    post_id: int | None = None
    story_id: int | None = None
    target: str = ""
    derived: bool = False


@dataclass(frozen=True)
class Redirected:
    """By path of a post, the addresses it wants that others hold; and whether any redirect is
    another one now.
    """

    conflicts: dict[str, list[str]]
    written: bool


def write_redirects(changes: list[Change], left_stories: list[LeftStory]) -> Redirected:
    """Write the redirects of a batch.

    A live address answers by itself and an editor's redirect wins over a document's. Four queries,
    up to five more where something is to be written, and eight where a post comes to an address
    that another left.
    """
    moving = [c for c in changes if c.state != "unchanged" and "redirects" not in c.kept]
    changed = [c for c in moving if c.post.address]
    claims = [claim for change in changed for claim in _claims(change)]
    claims += _story_claims(left_stories)
    if not changed and not claims:
        return Redirected({}, False)
    public = {c.post.address for c in changed if c.post.address and _is_published(c.post)}
    rows, live = _existing({claim.old_path for claim in claims})
    refused, written = _write(claims, rows, live | public)
    dropped = _drop_shadowed(public)
    left = {(row.old_path, row.post_id) for row in dropped if row.post_id and not row.story_id}
    at_others = [c for c in refused if c.old_path in live | public and _was_asked_for(c, changed)]
    written |= _write_stories_below({(c.old_path, c.post.pk) for c in at_others} | left)
    written |= _settle_stale([change for change in changed if not change.is_new])
    return Redirected(_reported(changed, refused), written or bool(dropped))


def _is_published(post: Post) -> bool:
    """True for a public post, and for one that will be public, or was, by the clock alone."""
    return post.status == Post.Status.PUBLISHED


def _named(change: Change) -> list[str]:
    """The old addresses that a post's document names, and those that its file name stands for."""
    derived, post = change.submission.derived, change.post
    by_name = name_address(change.submission.path)
    paths = dict.fromkeys((*derived.written_addresses, *derived.usual_addresses, by_name))
    return [path for path in paths if path and path != post.address and len(path) <= MAX_PATH]


def _claims(change: Change) -> Iterable[_Claim]:
    if _is_published(change.post):
        for path in _named(change):
            yield _Claim(path, change.post, derived=True)
    if change.was_public and change.old_address not in (None, change.post.address):
        yield _Claim(change.old_address or "", change.post)


def _story_claims(left: list[LeftStory]) -> list[_Claim]:
    """A story was found below each address that its post ever had. One query where one was left."""
    addresses: dict[int, list[str]] = defaultdict(list)
    posts = {one.post.pk: one.post for one in left}
    if posts:
        rows = Redirect.objects.filter(post__in=posts, story=None, old_path__endswith="/")
        for post_id, old_path in rows.order_by("pk").values_list("post_id", "old_path"):
            addresses[post_id].append(old_path)
    return [
        _Claim(path, one.post, one.story)
        for one in left
        for address in dict.fromkeys((one.address, *addresses[one.post.pk]))
        if len(path := f"{address}{one.slug}/") <= MAX_PATH
    ]


def _existing(paths: set[str]) -> tuple[dict[str, Redirect], set[str]]:
    """(redirect rows by old path, addresses of posts that readers have or had) among some paths.

    Two queries for each 500.
    """
    ordered = sorted(paths)
    had_readers = Q(status=Post.Status.PUBLISHED) | Q(public_since__isnull=False)
    rows: dict[str, Redirect] = {}
    live: set[str] = set()
    for start in range(0, len(ordered), 500):
        some = ordered[start : start + 500]
        rows |= {row.old_path: row for row in Redirect.objects.filter(old_path__in=some)}
        posts = Post.objects.filter(had_readers, address__in=some)
        live.update(address for address in posts.values_list("address", flat=True) if address)
    return rows, live


def _write(
    claims: list[_Claim], there: dict[str, Redirect], live: set[str]
) -> tuple[list[_Claim], bool]:
    """Write the claims that may be: (those that may not, whether anything was written).

    A redirect to a story says more than its document, which would lead to the post.
    """
    rows: dict[str, Redirect | _NewRow] = {**there}
    added: dict[str, _NewRow] = {}
    changed: dict[str, Redirect] = {}
    refused = []
    for claim in claims:
        row = rows.get(claim.old_path)
        if claim.old_path in live or (row is not None and _is_held(row, claim)):
            refused.append(claim)
        elif row is None:
            rows[claim.old_path] = added[claim.old_path] = new = _NewRow(claim.old_path)
            _lead(new, claim)
        elif not (_leads(row, claim) or (claim.derived and row.story_id)):
            _lead(row, claim)
            if isinstance(row, Redirect):
                changed[claim.old_path] = row
    if changed:
        Redirect.objects.bulk_update(changed.values(), ["post", "story", "target", "derived"])
    columns = ("old_path", "post_id", "story_id", "target", "derived")
    bulk.insert(Redirect, columns, map(attrgetter(*columns), added.values()), ignore_conflicts=True)
    return refused, bool(added or changed)


def _is_held(row: Redirect | _NewRow, claim: _Claim) -> bool:
    """True for an editor's redirect, and for another post's."""
    return bool(row.target) or row.post_id != claim.post.pk


def _leads(row: Redirect | _NewRow, claim: _Claim) -> bool:
    story_id = claim.story.pk if claim.story else None
    return (row.post_id, row.story_id, row.target) == (claim.post.pk, story_id, "")


def _lead(row: Redirect | _NewRow, claim: _Claim) -> None:
    row.post_id, row.story_id = claim.post.pk, claim.story.pk if claim.story else None
    row.target, row.derived = "", claim.derived


def _drop_shadowed(addresses: set[str]) -> list[Redirect]:
    """Redirects at posts' own addresses are over; an editor's waits until the post is gone."""
    rows = list(Redirect.objects.filter(old_path__in=list(addresses), target=""))
    if rows:
        Redirect.objects.filter(pk__in=[row.pk for row in rows]).delete()
    return rows


def _was_asked_for(claim: _Claim, changes: list[Change]) -> bool:
    """True for an address that readers had, or that the post's document itself names."""
    if claim.story is not None:
        return False
    return not claim.derived or any(
        claim.old_path in change.submission.derived.written_addresses
        for change in changes
        if change.post.pk == claim.post.pk
    )


def _write_stories_below(left: set[tuple[str, int]]) -> bool:
    """Stories below an address that another post has now: each is led to by itself, since their
    post no longer is. True if that writes anything.
    """
    if not left:
        return False
    below: dict[int, list[Story]] = defaultdict(list)
    for story in Story.objects.filter(post__in={pk for _path, pk in left}).select_related("post"):
        below[story.post_id].append(story)
    claims = [
        _Claim(path, story.post, story)
        for address, pk in sorted(left)
        for story in below[pk]
        if len(path := f"{address.removesuffix('/')}/{story.slug}/") <= MAX_PATH
    ]
    rows, live = _existing({claim.old_path for claim in claims})
    return _write(claims, rows, live)[1]


def _settle_stale(changes: list[Change]) -> bool:
    """Derived redirects that a document no longer names: kept for a post that readers had, else
    dropped. True if any was.
    """
    named = {change.post.pk: set(_named(change)) for change in changes}
    had_readers = {change.post.pk for change in changes if change.post.public_since}
    waiting = {change.post.pk for change in changes if _is_published(change.post)}
    rows = Redirect.objects.filter(post__in=[change.post for change in changes], derived=True)
    kept, dropped = [], []
    for row in rows:
        is_named = row.old_path in named.get(row.post_id or 0, ())
        if row.post_id in had_readers:
            kept += [] if is_named else [row.pk]
        elif not (is_named and row.post_id in waiting):
            dropped.append(row.pk)
    if kept:
        Redirect.objects.filter(pk__in=kept).update(derived=False)
    if dropped:
        Redirect.objects.filter(pk__in=dropped).delete()
    return bool(dropped)


def _reported(changes: list[Change], refused: list[_Claim]) -> dict[str, list[str]]:
    """Only what a document itself names: nobody asked for the usual addresses."""
    written = {c.submission.path: set(c.submission.derived.written_addresses) for c in changes}
    found: dict[str, list[str]] = defaultdict(list)
    for claim in refused:
        if claim.old_path in written.get(claim.post.path, ()):
            found[claim.post.path].append(claim.old_path)
    return dict(found)
