"""What a save changes of the counts: the rows of its posts that were there less, those that are
there more.
"""

from collections import defaultdict
from collections.abc import Iterable, Mapping
from datetime import date
from typing import Any

from django.db import connection

from posts.caching.standing import ROWS
from posts.models import Citation, Post, Tally
from posts.models.tallies import TOTAL
from posts.publishing.changed import Before, Pair
from posts.publishing.submissions import Change

Key = tuple[str, int, str, date]  # as the unique constraint of the table
Counts = dict[Key, list[int]]  # posts, stories
KINDS = {model: kind for kind, model in ROWS.items()} | {Citation: "source"}
COLUMNS = "kind, label, language, month, posts, stories"
TABLE = Tally._meta.db_table
ADDED = (
    " ON CONFLICT (kind, label, language, month) DO UPDATE SET"
    f" posts = {TABLE}.posts + excluded.posts, stories = {TABLE}.stories + excluded.stories"
)
ARRAYS = "%s::varchar[], %s::bigint[], %s::varchar[], %s::date[], %s::int[], %s::int[]"


def count_label(counts: Counts, kind: str, label: int, language: str, day: date, *add: int) -> None:
    """Add posts and stories to all that count those of a label on a day."""
    month = day.replace(day=1)
    for tongue in ("", language):
        _count(counts, (kind, label, tongue, month), *add)
        _count(counts, (kind, label, tongue, TOTAL), *add)


def count_day(counts: Counts, language: str, day: date, posts: int) -> None:
    """Add posts to those of a day and its month."""
    month = day.replace(day=1)
    for tongue in ("", language):
        _count(counts, ("day", 0, tongue, day), posts)
        _count(counts, ("month", 0, tongue, month), posts)


def _count(counts: Counts, key: Key, posts: int, stories: int = 0) -> None:
    found = counts[key]
    found[0] += posts
    found[1] += stories


def no_counts() -> Counts:
    """Counts of nothing yet."""
    return defaultdict(lambda: [0, 0])


def tally_saved(changes: list[Change], before: Before, pairs: Iterable[Pair]) -> None:
    """Count what a batch changes; a part of its transaction, and the last that locks anything.

    One statement, none where no list gets or loses a post.
    """
    counts = no_counts()
    posts = {change.post.pk: change.post for change in changes}
    for change in changes:
        _take_post(counts, before.columns.get(change.post.pk, {}), -1)
        _take_post(counts, vars(change.post), 1)
    for pair in pairs:
        _take_pair(counts, pair, before.columns.get(pair.post, {}).get("day"), posts[pair.post].day)
    write(counts)


def tally_relabelled(posts: Iterable[Post], pairs: Iterable[Pair]) -> None:
    """Count rows that were brought to other labels; a part of the transaction. As above."""
    counts, days = no_counts(), {post.pk: post.day for post in posts}
    for pair in pairs:
        _take_pair(counts, pair, days[pair.post], days[pair.post])
    write(counts)


def _take_post(counts: Counts, columns: Mapping[str, Any], sign: int) -> None:
    day = columns.get("day")
    if day is not None and columns["published_at"] is not None and columns["expires_at"] is None:
        count_day(counts, columns["language"], day, sign)


def _take_pair(counts: Counts, pair: Pair, was: date | None, now: date | None) -> None:
    if was == now and pair.was == pair.new:
        return
    take = _take_citations if pair.model is Citation else _take_labels
    for rows, day, sign in ((pair.was, was, -1), (pair.new, now, 1)):
        if rows and day is not None:
            take(counts, pair, rows, day, sign)


def _take_labels(counts: Counts, pair: Pair, rows: list[Any], day: date, sign: int) -> None:
    kind = KINDS[pair.model]
    label, language, listed_at, expires_at = map(
        pair.columns.index, (f"{kind}_id", "language", "listed_at", "expires_at")
    )
    for row in rows:
        if row[listed_at] is not None and row[expires_at] is None:
            count_label(counts, kind, row[label], row[language], day, sign)


def _take_citations(counts: Counts, pair: Pair, rows: list[Any], day: date, sign: int) -> None:
    source, story, language, listed_at, expires_at = map(
        pair.columns.index, ("source_id", "story_id", "language", "listed_at", "expires_at")
    )
    stories: dict[tuple[int, str], int] = defaultdict(int)
    for row in rows:
        if row[source] and row[listed_at] is not None and row[expires_at] is None:
            stories[row[source], row[language]] += row[story] is not None
    for (label, tongue), number in stories.items():
        count_label(counts, "source", label, tongue, day, sign, sign * number)


def write(counts: Counts, how: str = ADDED) -> int:
    """Add counts to those that are there, in one order against deadlocks; how many were written.

    One statement, none for none.
    """
    rows: list[tuple[Any, ...]] = [
        (*key, *value) for key, value in sorted(counts.items()) if how != ADDED or any(value)
    ]
    if not rows:
        return 0
    with connection.cursor() as cursor:
        if connection.vendor == "postgresql":
            sql = f"INSERT INTO {TABLE} ({COLUMNS}) SELECT * FROM unnest({ARRAYS}){how}"  # noqa: S608
            cursor.execute(sql, [list(column) for column in zip(*rows, strict=True)])
        else:
            sql = f"INSERT INTO {TABLE} ({COLUMNS}) VALUES (%s, %s, %s, %s, %s, %s){how}"  # noqa: S608
            dates = [(*row[:3], row[3].isoformat(), *row[4:]) for row in rows]
            cursor.executemany(sql, dates)
    return len(rows)
