"""Redirects of saved posts: an address that readers once had leads on for good.

What a document names (``redirect_from:`` and the like) is *derived*: it comes and goes with the
document while the post was never public. What a post, a story or a removed story left is kept.
"""

from collections import defaultdict
from collections.abc import Iterable
from dataclasses import dataclass

from posts.models import Post, Redirect, Story
from posts.publishing.addresses import name_address
from posts.publishing.submissions import Change

MAX_PATH = 500


@dataclass(frozen=True)
class LeftStory:
    """A story's address that is no longer its own: ``story`` has another slug now, or is gone
    (None).
    """

    post: Post
    slug: str
    story: Story | None


@dataclass(frozen=True)
class _Claim:
    old_path: str
    post: Post
    story: Story | None = None
    derived: bool = False


def write_redirects(changes: list[Change], left_stories: list[LeftStory]) -> dict[str, list[str]]:
    """Write the redirects of a batch; by path of a post, the addresses it wants that others hold.

    A live address answers by itself and an editor's redirect wins over a document's. Four queries,
    up to three more where something is to be written.
    """
    changed = [c for c in changes if c.state != "unchanged" and c.post.address]
    claims = [claim for change in changed for claim in _claims(change)]
    claims += _story_claims(left_stories)
    if not changed and not claims:
        return {}
    rows, live = _existing({claim.old_path for claim in claims})
    live |= {change.post.address for change in changed if change.post.address}
    refused = _write(claims, rows, live)
    _drop_shadowed({change.post.address for change in changed if change.post.address})
    _settle_stale([change for change in changed if not change.is_new], claims)
    return _reported(changed, refused)


def _claims(change: Change) -> Iterable[_Claim]:
    derived, post = change.submission.derived, change.post
    named = name_address(change.submission.path)
    for path in dict.fromkeys((*derived.written_addresses, *derived.usual_addresses, named)):
        if path and path != post.address and len(path) <= MAX_PATH:
            yield _Claim(path, post, derived=True)
    if change.old_address and change.old_address != post.address:
        yield _Claim(change.old_address, post)


def _story_claims(left: list[LeftStory]) -> list[_Claim]:
    return [
        _Claim(f"{one.post.address}{one.slug}/", one.post, one.story)
        for one in left
        if one.post.address
    ]


def _existing(paths: set[str]) -> tuple[dict[str, Redirect], set[str]]:
    """(redirect rows by old path, addresses of posts) among some paths.

    Two queries for each 500.
    """
    ordered = sorted(paths)
    rows: dict[str, Redirect] = {}
    live: set[str] = set()
    for start in range(0, len(ordered), 500):
        some = ordered[start : start + 500]
        rows |= {row.old_path: row for row in Redirect.objects.filter(old_path__in=some)}
        live.update(
            address
            for address in Post.objects.filter(address__in=some).values_list("address", flat=True)
            if address
        )
    return rows, live


def _write(claims: list[_Claim], rows: dict[str, Redirect], live: set[str]) -> list[_Claim]:
    """Write the claims that may be; those that may not are returned."""
    added, changed, refused = {}, {}, []
    for claim in claims:
        row = rows.get(claim.old_path)
        if claim.old_path in live or (row is not None and claim.derived and _is_held(row, claim)):
            refused.append(claim)
        elif row is None:
            row = Redirect(old_path=claim.old_path)
            rows[claim.old_path] = row
            added[claim.old_path] = _led(row, claim)
        elif not _leads(row, claim):
            _led(row, claim)
            if row.pk:
                changed[claim.old_path] = row
    if changed:
        Redirect.objects.bulk_update(changed.values(), ["post", "story", "target", "derived"])
    Redirect.objects.bulk_create(added.values(), ignore_conflicts=True)
    return refused


def _is_held(row: Redirect, claim: _Claim) -> bool:
    """True for another post's redirect, an editor's, or one to a story."""
    return row.post_id != claim.post.pk or bool(row.target)


def _leads(row: Redirect, claim: _Claim) -> bool:
    story_id = claim.story.pk if claim.story else None
    return (row.post_id, row.story_id, row.target) == (claim.post.pk, story_id, "")


def _led(row: Redirect, claim: _Claim) -> Redirect:
    row.post, row.story, row.target, row.derived = claim.post, claim.story, "", claim.derived
    return row


def _drop_shadowed(addresses: set[str]) -> None:
    """A redirect at a post's own address is over; an editor's waits until the post is gone."""
    Redirect.objects.filter(old_path__in=list(addresses), target="").delete()


def _settle_stale(changes: list[Change], claims: list[_Claim]) -> None:
    """Derived redirects that a document no longer names: kept for a post that readers had, else
    dropped.
    """
    wanted = {claim.old_path for claim in claims}
    had_readers = {change.post.pk for change in changes if change.post.public_since}
    rows = Redirect.objects.filter(post__in=[change.post for change in changes], derived=True)
    stale = [row for row in rows if row.old_path not in wanted]
    kept = [row.pk for row in stale if row.post_id in had_readers]
    dropped = [row.pk for row in stale if row.post_id not in had_readers]
    if kept:
        Redirect.objects.filter(pk__in=kept).update(derived=False)
    if dropped:
        Redirect.objects.filter(pk__in=dropped).delete()


def _reported(changes: list[Change], refused: list[_Claim]) -> dict[str, list[str]]:
    """Only what a document itself names: nobody asked for the usual addresses."""
    written = {c.submission.path: set(c.submission.derived.written_addresses) for c in changes}
    found: dict[str, list[str]] = defaultdict(list)
    for claim in refused:
        if claim.old_path in written.get(claim.post.path, ()):
            found[claim.post.path].append(claim.old_path)
    return dict(found)
