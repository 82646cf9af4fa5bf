"""Files that bring posts: a file is one more editor.

What a file changed since its last delivery is merged into the post; what it did not change is not
its business. Nothing is compared, merged or derived inside a transaction.
"""

from collections.abc import Callable, Iterable
from concurrent.futures import Executor
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Any

from django.db.models import Q
from django.utils import timezone

import posts.publishing.deliveries as deliveries
import posts.publishing.gate as gate
from posts.content.derive import Derived
from posts.content.frontmatter import PatchError
from posts.content.problems import Unreadable
from posts.content.threeway import Merged, has_marks, nearest
from posts.deriving import pool as pools
from posts.models import Delivery, Post
from posts.publishing.addresses import wanted_address
from posts.publishing.labels import digest_switches
from posts.publishing.saving import ATTEMPTS, save_all
from posts.publishing.submissions import (
    Conflict,
    Delivered,
    Outcome,
    Refused,
    Submission,
    document_hash,
)
from posts.publishing.workflow import (
    left_address,
    lost_addresses,
    noted,
    save_submission,
    submission,
)

Role = Delivery.Role


@dataclass(frozen=True)
class Standing:
    """Where a post stands when a file comes: the post, and what was delivered before.

    ``bases`` are the texts that the file may have grown from, the base last; without their texts
    where only the base, untouched, comes into question.
    """

    post: Post
    base: Delivery | None = None
    bases: tuple[str, ...] = ()
    known: frozenset[str] = frozenset()
    is_held: bool = False

    @property
    def is_untouched(self) -> bool:
        """True if the post's words are those that were delivered last."""
        return self.base is not None and self.base.sha256 == self.post.sha256


@dataclass(frozen=True)
class Answer:
    """What a file does to its post: ``saved`` is to be saved; a conflict waits beside the post."""

    state: str
    wanted: Submission
    standing: Standing | None = None
    saved: Submission | None = None
    spots: tuple[str, ...] = ()


@dataclass(frozen=True)
class _Jobs:
    """What answers are found with: the pool, and the categories' switches."""

    pool: pools.Pool
    switches: dict[str, bool]

    def derived(self, wanted: Submission, text: str) -> Derived:
        """What another text of the same post would be."""
        return self.pool.derive(text, wanted.path, wanted.zone, self.switches)


def deliver(
    submissions: list[Submission],
    *,
    pool: pools.Pool | None = None,
    executor: Executor | None = None,
) -> list[Outcome]:
    """Answer what files brought, each document as it stands in its file.

    What waits is kept first, each text by itself; then all others are saved, or none.

    ``imported`` and ``updated`` documents are saved as they are; a post that was edited meanwhile
    is ``merged``, or the text waits beside it (``conflict``). Raises :class:`Conflict` if others
    keep saving the same posts, and as ``save_all`` does. Merges run in ``pool``, several at once
    with an ``executor``.
    """
    for _attempt in range(ATTEMPTS):
        found = answers(submissions, pool=pool, executor=executor)
        try:
            return _written(found, timezone.now())
        except Conflict:
            continue
    raise Conflict("conflict.busy", path=submissions[0].path)


def answers(
    submissions: list[Submission],
    *,
    pool: pools.Pool | None = None,
    executor: Executor | None = None,
) -> list[Answer]:
    """What :func:`deliver` would do; nothing is written.

    At most five queries, two more for new posts, and some for each post that an editor changed or
    holds back. Raises :class:`Refused` for what an editor withdrew under another path.
    """
    there = _standings(submissions)
    _refuse_withdrawn([wanted for wanted in submissions if wanted.path not in there])
    jobs = _Jobs(pool or pools.shared, digest_switches() if there else {})

    def answered(wanted: Submission) -> Answer:
        return _answer(wanted, there.get(wanted.path), jobs)

    mapped: Callable[..., Iterable[Answer]] = executor.map if executor else map
    return list(mapped(answered, submissions))


def _standings(submissions: list[Submission]) -> dict[str, Standing]:
    by_path = {wanted.path: wanted for wanted in submissions}
    posts = list(Post.objects.filter(path__in=list(by_path)).defer("html", "card"))
    rows = deliveries.current(posts)
    found = {}
    for post in posts:
        mine = rows.get(post.pk, [])
        base = deliveries.of_role(mine, Role.BASE)
        known = frozenset(row.sha256 for row in mine if row.role != Role.WAITING)
        bases: tuple[str, ...] = ()
        if base and document_hash(by_path[post.path].document) not in known:
            seen = [row for row in mine if row.role == Role.SEEN]
            bases = (
                tuple(row.text for row in [*seen, base]) if _is_touched(post, base) or seen else ()
            )
        found[post.path] = Standing(post, base, bases, known, _is_held(post, base))
    return found


def _refuse_withdrawn(new: list[Submission]) -> None:
    """A file that moved brings a new post: refused where it is one that an editor took back,
    known by its address or by its text. Two queries, or none.
    """
    public = [wanted for wanted in new if wanted.derived.status == Post.Status.PUBLISHED]
    hashes = {document_hash(wanted.document): wanted for wanted in public}
    addresses = {address: w for w in public if (address := wanted_address(w.derived))}
    if not public:
        return
    delivered = Delivery.objects.filter(sha256__in=list(hashes), role__in=deliveries.CURRENT)
    withdrawn = Post.objects.for_lists().filter(
        Q(address__in=list(addresses)) | Q(pk__in=delivered.values("post")),
        status__in=(Post.Status.DRAFT, Post.Status.WITHDRAWN),
        public_since__isnull=False,
    )
    posts = list(withdrawn)
    rows = deliveries.current(posts)
    for post in posts:
        mine = rows.get(post.pk, [])
        base = deliveries.of_role(mine, Role.BASE)
        wanted = addresses.get(post.address or "") or next(
            hashes[row.sha256] for row in mine if row.sha256 in hashes
        )
        if base is None or _is_held(post, base):
            raise Refused("withdrawn-elsewhere", path=wanted.path, other=post.path)


def _is_touched(post: Post, base: Delivery | None) -> bool:
    """True if a post was saved otherwise since its base, though perhaps with the same words."""
    return base is None or (base.revision, base.sha256) != (post.version, post.sha256)


def _is_held(post: Post, base: Delivery | None) -> bool:
    """True if an editor holds back a post that a file brought."""
    if post.is_public or base is None or not (base.held or _is_touched(post, base)):
        return False
    return _was_held(post, base)


def _was_held(post: Post, base: Delivery | None) -> bool:
    """True if an editor, not a file, may have taken a post back that readers had or were to have.

    A draft that only files ever held back may be published by its file.
    """
    if base is None or base.held or post.public_since:
        return True
    later = post.revisions.filter(number__gt=base.revision)
    return later.filter(reason="withdraw").exists()


def _answer(wanted: Submission, there: Standing | None, jobs: _Jobs) -> Answer:
    if there is None:
        delivered = Delivered(wanted.document)
        return Answer("imported", wanted, None, replace(wanted, based_on=0, delivered=delivered))
    wanted = replace(
        wanted,
        based_on=there.post.version,
        delivered=Delivered(wanted.document, held=_stays_held(there, jobs, wanted)),
    )
    if wanted.document == there.post.document:
        return Answer("unchanged", wanted, there, wanted)
    if document_hash(wanted.document) in there.known:
        return Answer("unchanged", wanted, there)
    base = nearest(there.bases, wanted.document) if there.bases else None
    if there.is_untouched and base in (None, there.post.document):
        return _unless_held("updated", wanted, wanted, there)
    if base is None:
        return Answer("conflict", wanted, there)
    return _merge(wanted, there, base, jobs)


def _stays_held(there: Standing, jobs: _Jobs, wanted: Submission) -> bool:
    """Whether an editor holds the post back; where nothing else says so, its base was public."""
    if there.is_held or there.post.is_public or not there.bases:
        return there.is_held
    try:
        base = jobs.derived(wanted, there.bases[-1])
    except Unreadable:
        return True
    return _is_sooner(base, there.post)


def _merge(wanted: Submission, there: Standing, base: str, jobs: _Jobs) -> Answer:
    try:
        merged = jobs.pool.merged(base, there.post.document, wanted.document)
        if merged.spots:
            names = tuple(dict.fromkeys(spot.name for spot in merged.spots))
            return Answer("conflict", wanted, there, spots=names)
        derived = jobs.derived(wanted, merged.text)
        saved = replace(wanted, document=merged.text, derived=derived)
        saved = noted(saved, left_address(there.post, saved), jobs.switches)
    except (Unreadable, PatchError):  # too slow to be compared, or unreadable together
        return Answer("conflict", wanted, there)
    return _unless_held("merged", wanted, saved, there)


def _unless_held(state: str, wanted: Submission, saved: Submission, there: Standing) -> Answer:
    """No delivery publishes what an editor held back: an editor is asked instead."""
    held = wanted.delivered is not None and wanted.delivered.held
    if held and not there.post.is_public and _is_sooner(saved.derived, there.post):
        return Answer("conflict", wanted, there)
    return Answer(state, wanted, there, saved)


def _is_sooner(one: Post | Derived, other: Post | Derived) -> bool:
    """True if readers would have the one sooner than the other, now or by the clock."""
    first, second = _public_from(one), _public_from(other)
    return first is not None and (second is None or first < second)


def _public_from(one: Post | Derived) -> datetime | None:
    """Since when or from when on readers have a post; None for never."""
    if one.status != Post.Status.PUBLISHED or one.published_at is None:
        return None
    if one.expires_at is not None and one.expires_at <= timezone.now():
        return None
    return one.published_at


def _written(found: list[Answer], now: datetime) -> list[Outcome]:
    """Conflicts are kept first: a run that ends in between finds them again and changes nothing."""
    outcomes: dict[str, Outcome] = {}
    for answer in found:
        if answer.saved is None and answer.standing is not None:
            post, delivered = answer.standing.post, answer.wanted.delivered
            assert delivered is not None
            if answer.state == "conflict":
                deliveries.keep_waiting(post, delivered, now)
            else:
                deliveries.settle(post, None, now)
            outcomes[post.path] = Outcome(post, answer.state, spots=answer.spots)
    saved = [answer.saved for answer in found if answer.saved is not None]
    states = {answer.wanted.path: answer.state for answer in found}
    new: dict[str, Post | None] = {a.wanted.path: None for a in found if a.standing is None}
    for outcome in save_all(saved, reason="import", before=new) if saved else ():
        state = "merged" if states[outcome.post.path] == "merged" else outcome.state
        outcomes[outcome.post.path] = replace(outcome, state=state)
    return [outcomes[answer.wanted.path] for answer in found]


# -- what an editor can do with a delivery that waits ----------------------------------------------


def waiting(post: Post) -> Delivery | None:
    """The delivery that waits beside a post. One query."""
    return post.deliveries.filter(role=Role.WAITING).first()


def comparison(delivery: Delivery) -> Merged:
    """The post and what waits beside it in one text, both versions marked where they differ.

    Raises ``Unreadable`` for texts that take too long to be compared.
    """
    base = post_base(delivery.post)
    return pools.shared.merged(base, delivery.post.document, delivery.text)


def post_base(post: Post) -> str:
    """The text that was delivered last and settled; empty if there is none."""
    base = post.deliveries.filter(role=Role.BASE).first()
    return base.text if base else ""


def take(delivery: Delivery, *, user: Any = None, based_on: int | None = None) -> Outcome:
    """Make the text of the file the post's document. Addresses that lead to the post are kept.

    ``based_on`` is the revision that the editor saw. Raises as :func:`join` does.
    """
    return _answered(delivery, delivery.text, "take a delivery", user, based_on)


def join(
    delivery: Delivery, document: str, *, user: Any = None, based_on: int | None = None
) -> Outcome:
    """Save what an editor made of the post and the file.

    Raises ``Unreadable`` for a text that still holds marks or cannot be read, :class:`Conflict`
    if the post or the delivery is no longer what the editor saw, and ``NotAllowed``.
    """
    if has_marks(document):
        raise Unreadable(1, "marks-left")
    return _answered(delivery, document, "join a delivery", user, based_on)


def _answered(
    delivery: Delivery, document: str, reason: str, user: Any, based_on: int | None
) -> Outcome:
    post = Post.objects.get(pk=delivery.post_id)
    version = post.version if based_on is None else based_on
    wanted = replace(
        submission(post.path, document, post.zone, version),
        delivered=Delivered(delivery.text, answers=delivery.pk),
    )
    if post.had_readers:
        wanted = noted(wanted, lost_addresses(post, wanted))
    return save_submission(wanted, reason=reason, user=user)


def refuse(delivery: Delivery, *, user: Any = None) -> None:
    """Leave the post as it is: what the file brought counts as seen.

    Raises :class:`Conflict` if it waits no longer, ``NotAllowed`` for users who may not change the
    post.
    """
    post = Post.objects.get(pk=delivery.post_id)
    gate.check_before(user, post)
    seen = Delivered(delivery.text, held=not post.is_public, answers=delivery.pk)
    deliveries.settle(post, seen, timezone.now())
