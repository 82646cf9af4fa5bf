"""Documents -> rows, many at once, in one short transaction.

The order of work for a batch, each step a function that is given what it needs:

0. before the transaction, values are measured against their columns (``fitting.check``) and stories
   are matched to what they were (``stories.plans``);
1. the posts that are there are read and locked with their children; the gate is asked;
2. label rows are found or made, pictures are found, addresses are given out;
3. each post's columns are set; new posts are added, changed ones written;
4. stories, citations and label rows are brought to what is wanted, and so is what posts are found
   by;
5. redirects follow addresses and documents;
6. a revision is kept of every document that changed;
7. what a file delivered is remembered;
8. what readers see of all this is noted for the page caches;
9. and counted;
10. once it is committed, WebSub hubs are told of it.

A batch whose documents and derived rows are as they were writes nothing.
"""

from collections.abc import Callable, Mapping
from datetime import datetime
from typing import Any

from django.db import DatabaseError, transaction
from django.utils import timezone

import posts.publishing.changed as changed
import posts.publishing.deliveries as deliveries
import posts.publishing.fitting as fitting
import posts.publishing.gate as gate
import posts.publishing.pings as pings
import posts.publishing.refusals as refusals
import posts.publishing.stories as stories
from posts.models import Post, Revision, bulk
from posts.publishing.addresses import Addresses, keeps, wanted_address
from posts.publishing.children import read_children, write_children
from posts.publishing.columns import change_of
from posts.publishing.images import Pictures
from posts.publishing.labels import Labels
from posts.publishing.redirects import write_redirects
from posts.publishing.submissions import Change, Conflict, Outcome, Submission
from posts.publishing.tallying import tally_saved
from posts.search import index

ATTEMPTS = 5  # others may save the same posts between matching and writing


def save_all(
    submissions: list[Submission],
    *,
    reason: str,
    user: Any = None,
    now: datetime | None = None,
    note: Callable[[list[Outcome]], None] | None = None,
    before: Mapping[str, Post | None] | None = None,
) -> list[Outcome]:
    """Save documents, all or none. Each path may occur once.

    Nine queries where a text alone changed, up to 36 where all did; a few more for a batch.
    ``before`` are posts that the caller has read, by path (None: there is none), else one query.

    ``user`` None is the system itself, which may do everything. ``note`` is called with the
    outcomes before the transaction ends: what it writes stands or falls with them.

    Raises :class:`gate.NotAllowed`, :class:`Conflict` for a document that is based on another
    revision than the newest, or :class:`Refused`; nothing is written then.
    """
    for submission in submissions:
        fitting.check(submission)
    for _attempt in range(ATTEMPTS):
        plans = stories.plans(submissions, before or {})
        before = None
        try:
            with transaction.atomic():
                outcomes = _written(submissions, plans, reason, user, now or timezone.now())
                if note is not None:
                    note(outcomes)
                return outcomes
        except _SavedMeanwhile:
            continue
        except DatabaseError as error:
            refusal = refusals.understood(error, [s.path for s in submissions])
            if refusal is None:
                raise
            if not (isinstance(refusal, Conflict) and refusals.is_over_at_once(error)):
                raise refusal from error
    raise Conflict("conflict.busy", path=submissions[0].path)


class _SavedMeanwhile(Exception):
    """A post was saved after its stories were matched."""


def _written(
    submissions: list[Submission],
    plans: dict[str, stories.Plan],
    reason: str,
    user: Any,
    now: datetime,
) -> list[Outcome]:
    there = _locked(submissions, plans)
    for submission in submissions:
        gate.check(user, there.get(submission.path), submission.derived)
    labels, pictures = Labels(), Pictures(submissions)
    before = changed.Before.of(there.values())
    changes = _changes(submissions, there, labels, pictures, now)
    children = read_children(changes)
    labels.read(changes)
    _write_posts(changes)
    written = write_children(changes, children, plans, labels, pictures)
    written.touched |= _write_search_rows(changes)
    _mark_rebuilt(changes, written.touched, now)
    redirects = write_redirects(changes, written.left_stories)
    _write_revisions(changes, reason, user, now)
    deliveries.remember(changes, now)
    changed.note_saved(changes, before, written.pairs, written.touched, redirects.written, now)
    tally_saved(changes, before, written.pairs)
    pings.announce_later(changes, now)
    return [
        Outcome(
            change.post, change.state, tuple(redirects.conflicts.get(change.submission.path, ()))
        )
        for change in changes
    ]


def _locked(submissions: list[Submission], plans: dict[str, stories.Plan]) -> dict[str, Post]:
    """The posts of the batch that are there, by path, locked until the transaction ends."""
    paths = [submission.path for submission in submissions]
    found = Post.objects.select_for_update().filter(path__in=paths).order_by("pk")
    there = {post.path: post for post in found}
    for submission in submissions:
        version = there[submission.path].version if submission.path in there else 0
        if submission.based_on is not None and submission.based_on != version:
            raise Conflict("conflict.saved", path=submission.path, version=version)
        if not plans[submission.path].is_of(there.get(submission.path)):
            raise _SavedMeanwhile
    return there


def _changes(
    submissions: list[Submission],
    there: dict[str, Post],
    labels: Labels,
    pictures: Pictures,
    now: datetime,
) -> list[Change]:
    wanted = {s.path: wanted_address(s.derived) for s in submissions}
    open_to = [
        address
        for path, address in wanted.items()
        if address and not keeps(there.get(path), address)
    ]
    addresses = Addresses(open_to)
    changes = []
    for submission in submissions:
        post = there.get(submission.path)
        address = addresses.take(wanted[submission.path], submission.path, post)
        changes.append(change_of(submission, post, address, labels, pictures, now))
    return changes


def _write_posts(changes: list[Change]) -> None:
    bulk.create([change.post for change in changes if change.is_new])
    changed = [c for c in changes if c.state != "unchanged" and not c.is_new]
    if len(changed) == 1:  # putting one statement for many together costs more than running it
        changed[0].post.save(update_fields=changed[0].columns)
    elif changed:
        columns = sorted({name for change in changed for name in change.columns})
        Post.objects.bulk_update((change.post for change in changed), columns, batch_size=50)


def _write_search_rows(changes: list[Change]) -> set[int]:
    """The posts that a rebuild found with another row than theirs."""
    rows = [(c.state, index.row_of(c.post, c.submission.derived.searchable)) for c in changes]
    index.add([row for state, row in rows if state == "imported"])
    index.put([row for state, row in rows if state == "updated"])
    return index.mend([row for state, row in rows if state not in ("imported", "updated")])


def _mark_rebuilt(changes: list[Change], touched: set[int], now: datetime) -> None:
    """A post whose children alone had to be mended counts as changed too."""
    mended = [c for c in changes if c.post.pk in touched and c.state == "unchanged"]
    for change in mended:
        change.state = "rebuilt"
        change.post.saved_at = now
    if mended:
        Post.objects.filter(pk__in=[c.post.pk for c in mended]).update(saved_at=now)


def _write_revisions(changes: list[Change], reason: str, user: Any, now: datetime) -> None:
    key = getattr(user, "pk", None)
    bulk.insert(
        Revision,
        ("post_id", "number", "saved_at", "user_id", "reason", "document"),
        [
            (change.post.pk, change.post.version, now, key, reason, change.submission.document)
            for change in changes
            if change.state in ("imported", "updated")
        ],
    )
