"""Pieces of SQL with their values, and what the statements of both databases share."""

from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from django.db import connection

from posts.models.search import BITS, day_number
from posts.search.index import TABLE
from posts.search.queries import Form, Question

NEWEST, TITLED, BEST = 700, 300, 150  # matching posts and titles that are ranked; shown
# Rows that are looked into for a phrase, at most (in each span of days on PostgreSQL): all of whose
# tokens stand in more of the newest posts, one that stands in none costs no more.
LOOKED = 20_000
FIELDS = {"title": 80, "names": 40, "headings": 30}  # what a term counts for where it stands
ONCE, OFTEN = 3, 10  # what it counts for each time in the text, and how often at most
AGE, HALF_LIFE = 60, 183  # what a new post has over an old one, and days until half of it is gone


@dataclass
class Statement:
    """SQL and the values of its slots, in order."""

    sql: str
    values: list[Any] = field(default_factory=list)

    def then(self, sql: str, *values: Any) -> "Statement":
        """More of it."""
        return Statement(f"{self.sql} {sql}", [*self.values, *values])

    def join(self, other: "Statement") -> "Statement":
        """Another behind it."""
        return self.then(other.sql, *other.values)


@dataclass(frozen=True)
class Bounds:
    """What is public, and when it was published: ``until`` is never None. ``before`` is the time
    and the path of the last post that was shown already.
    """

    public: Statement
    since: datetime | None
    until: datetime
    before: tuple[datetime, str] | None

    @property
    def first_day(self) -> int | None:
        """The day of ``since``."""
        return None if self.since is None else day_number(self.since)

    @property
    def last_day(self) -> int:
        """The day of ``until``."""
        return day_number(self.until)


def adapted(time: datetime) -> Any:
    """A time as the database compares it."""
    return connection.ops.adapt_datetimefield_value(time)


def conditions(question: Question, bounds: Bounds, has_token: str) -> Statement:
    """What rows and posts have to say besides the index, as ``AND ...``.

    ``has_token`` is SQL that is true of a row with a token.
    """
    found = Statement("")
    if bounds.since is not None:
        found = found.then("AND p.published_at >= %s", adapted(bounds.since))
    if bounds.before is not None:
        time, path = bounds.before
        found = found.then("AND (p.published_at < %s OR p.path < %s)", adapted(time), path)
    for form in question.forms:
        found = found.join(_stands(form, has_token))
    return found


def _stands(form: Form, has_token: str) -> Statement:
    inside = f"{_position('s.words')} {'=' if form.excluded else '>'} 0"
    found = Statement(f"AND ({inside}", [form.text])
    for label in sorted(form.labels):
        found = found.then(f"OR {has_token}", label)
    return found.then(")")


def _position(column: str) -> str:
    name = "strpos" if connection.vendor == "postgresql" else "instr"
    return f"{name}({column}, %s)"


def best(
    question: Question, bounds: Bounds, keys: Statement, posts: Statement, has_token: str
) -> Statement:
    """The best posts of some keys: rows in the order of their scores, from which so many public
    posts are taken as are shown; these are then looked at as a whole. ``posts`` joins those of
    rows ``s`` as ``p``.
    """
    rows = Statement("SELECT s.key,").join(score(question, bounds)).then("AS score FROM (")
    rows = rows.join(keys).then(f") AS found CROSS JOIN {TABLE} s WHERE s.key = found.key")
    rows = rows.then("ORDER BY score DESC, s.key DESC LIMIT %s", NEWEST + TITLED)
    some = Statement("SELECT p.pk, p.published_at, p.path, s.key, r.score FROM (").join(rows)
    some = some.then(f") AS r CROSS JOIN {TABLE} s").join(posts).then("WHERE s.key = r.key")
    some = some.join(conditions(question, bounds, has_token)).then("LIMIT %s", BEST)
    found = Statement("SELECT p.pk, p.published_at, p.path FROM (").join(some)
    found = found.then(f") AS p CROSS JOIN {TABLE} s WHERE s.key = p.key ORDER BY p.score +")
    return found.join(often(question)).then("DESC, p.published_at DESC, p.path DESC")


def score(question: Question, bounds: Bounds) -> Statement:
    """How well a row answers, from its title, headings and names, and from its age. Whole numbers,
    so that both databases agree.
    """
    days = f"({bounds.last_day} - (s.key >> {BITS}))"
    found = Statement(f"{AGE * HALF_LIFE} / ({HALF_LIFE} + {days})")
    for form in question.shown:
        for column, weight in FIELDS.items():
            found = found.then(
                f"+ {weight} * CAST({_position(f's.{column}')} > 0 AS integer)", form
            )
    return found


def often(question: Question) -> Statement:
    """How often the terms stand in all of a row, each up to a limit."""
    found = Statement("0")
    least = "least" if connection.vendor == "postgresql" else "min"
    for form in question.shown:
        count = f"(length(s.words) - length(replace(s.words, %s, ''))) / {len(form)}"
        found = found.then(f"+ {ONCE} * {least}({count}, {OFTEN})", form)
    return found
