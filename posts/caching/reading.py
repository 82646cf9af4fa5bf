"""One look at the database: what was written since the last one, and when anything last changed.

SQLite has one writer at a time, so rows become visible in the order of their ids. PostgreSQL
numbers rows when they are written and shows them when they are committed: there a look is
described by its *snapshot*, and the next one asks for the rows of all transactions that it did not
show. However long another transaction runs, only rows that are new are read.
"""

from dataclasses import dataclass, replace
from datetime import UTC, datetime
from typing import Any

from django.db import connection

from posts.models import Change
from posts.models.changes import latest_times
from posts.models.sites import site_text

TABLE = Change._meta.db_table
SNAPSHOT = {
    "sqlite": "NULL",
    # A transaction does not count itself among those that run.
    "postgresql": "CONCAT(pg_current_snapshot(), ':', pg_current_xact_id_if_assigned())",
}
NUMBER = {"sqlite": "NULL", "postgresql": "{}.transaction::text"}
SINCE = {
    "sqlite": "changed.id >= %s",
    "postgresql": "changed.id = %s OR changed.transaction >= %s::xid8"
    " OR changed.transaction = ANY(%s::xid8[])",
}
NEWEST = f"changed.id = (SELECT MAX(id) FROM {TABLE})"  # noqa: S608 - a constant
FIRST = {
    "sqlite": NEWEST,
    "postgresql": f"{NEWEST} OR changed.transaction = pg_current_xact_id_if_assigned()",
}

MOST_PRUNED = 5_000
PRUNE = """
DELETE FROM {table} WHERE id IN (
    SELECT id FROM {table} WHERE {old} AND id < (SELECT MAX(id) FROM {table} WHERE {old})
    ORDER BY id LIMIT %s
)
"""


@dataclass(frozen=True)
class Row:
    """One change: ``order`` is its transaction's number on PostgreSQL, else its id."""

    pk: int
    order: int
    written_at: Any
    keys: tuple[str, ...]


@dataclass(frozen=True)
class Position:
    """How far a look at the changes went.

    ``newest`` is the last row that is known, and by which the next look knows that it sees the same
    table. On PostgreSQL all transactions before ``end`` but ``running`` were over; ``own`` are the
    rows of one that was not, which only itself can see.
    """

    newest: Row | None
    end: int = 0
    running: frozenset[int] = frozenset()
    own: frozenset[int] = frozenset()

    def __str__(self) -> str:
        if not self.end:
            return str(self.newest.pk if self.newest else 0)
        return f"{self.end}:{','.join(map(str, sorted(self.running)))}"

    @classmethod
    def parsed(cls, text: str) -> "Position":
        """What ``str`` wrote, without the rows."""
        end, sep, running = text.partition(":")
        if not sep:
            return cls(Row(int(end), int(end), None, ()))
        return cls(None, int(end), _numbers(running))

    def shows(self, pk: int, order: int) -> bool:
        """True if a row was there to be seen."""
        if not self.end:
            return self.newest is not None and pk <= self.newest.pk
        return order < self.end and order not in self.running

    def is_before(self, other: "Position") -> bool:
        """True unless all that was there for another was there for this one too."""
        if not self.end:
            return (self.newest.pk if self.newest else 0) < (other.newest.pk if other.newest else 0)
        late = (one for one in self.running if one < other.end and one not in other.running)
        return self.end < other.end or any(late)


@dataclass(frozen=True)
class Look:
    """What one look brought.

    ``rows`` are those since the last look; None if the table is not the one of the last look, or
    what was written since is gone. ``times`` are those of :func:`latest_times`, ``site`` is
    :func:`site_text`.
    """

    position: Position
    rows: list[Row] | None
    times: tuple[Any, ...]
    site: str | None = None


def look(since: Position | None, now: datetime) -> Look:
    """Read what was written since another look, and the times. One statement, one snapshot."""
    parts, values = latest_times(now)
    condition, more = _condition(since)
    vendor = connection.vendor
    number = NUMBER[vendor].format("changed")
    sql = (
        f"SELECT latest.*, changed.id, {number}, changed.written_at, changed.keys"  # noqa: S608
        f" FROM (SELECT {SNAPSHOT[vendor]} AS seen, {site_text()} AS site,"
        f" {', '.join(f'{part} AS time{index}' for index, part in enumerate(parts))}) latest"
        f" LEFT JOIN {TABLE} changed ON {condition} ORDER BY changed.id"
    )
    with connection.cursor() as cursor:
        cursor.execute(sql, [*values, *more])
        found = cursor.fetchall()
    snapshot, site, *times = found[0][: len(parts) + 2]
    rows = [_row(one[len(parts) + 2 :]) for one in found if one[len(parts) + 2] is not None]
    looked = _looked(since, snapshot, tuple(map(_time, times)), rows)
    return replace(looked, site=site)


def _condition(since: Position | None) -> tuple[str, list[Any]]:
    if since is None:
        return FIRST[connection.vendor], []
    newest = since.newest.pk if since.newest else 0
    if connection.vendor == "sqlite":
        return SINCE["sqlite"], [newest]
    return SINCE["postgresql"], [newest, str(since.end), [str(one) for one in since.running]]


def _row(values: tuple[Any, ...]) -> Row:
    pk, number, written_at, keys = values
    return Row(pk, int(number or pk), written_at, tuple(keys.split()))


def _time(value: Any) -> datetime | None:
    """SQLite has texts, or times without a zone."""
    if isinstance(value, str):
        value = datetime.fromisoformat(value)
    return value if value is None or value.tzinfo else value.replace(tzinfo=UTC)


def _looked(
    since: Position | None, snapshot: str | None, times: tuple[Any, ...], rows: list[Row]
) -> Look:
    end, running = 0, frozenset[int]()
    if snapshot:
        _start, last_end, others, mine = snapshot.split(":")
        end, running = int(last_end), _numbers(f"{others},{mine}")
    own = {row.pk for row in rows if snapshot and (row.order >= end or row.order in running)}
    newest = rows[-1] if rows else None
    last = since.newest if since else None
    position = Position(newest, end, running, frozenset(own))
    if since is None:
        return Look(position, [], times)
    if (last not in rows if last else rows) or end < since.end:
        return Look(position, None, times)
    known = since.own | ({last.pk} if last else set())
    return Look(position, [row for row in rows if row.pk not in known], times)


def prune(position: Position) -> None:
    """Drop rows that were there at a position, but the newest of them, some thousand at a time.

    That one is by what a process that has seen nothing newer knows the table.
    """
    if connection.vendor == "sqlite":
        old, last = "id <= %s", str(position.newest.pk if position.newest else 0)
    else:
        old, last = "transaction < %s::xid8", str(min((position.end, *position.running)))
    with connection.cursor() as cursor:
        cursor.execute(PRUNE.format(table=TABLE, old=old), [last, last, MOST_PRUNED])


def _numbers(text: str) -> frozenset[int]:
    return frozenset(int(one) for one in text.split(",") if one)
