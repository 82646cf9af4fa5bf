"""Posts that hold words and labels, newest first or best first, from the index alone.

What is public is said by the posts' queryset, which every query joins; the index only says where
to look. SQLite's is walked in the order of time and left when enough is found. PostgreSQL's gives
all that it has for what it is asked, and so is asked for spans of days, the newest first, each
eight times as long as the one before.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from typing import Any

from django.db import connection
from django.utils import timezone

from posts.content.tokens import label_token
from posts.models import Post
from posts.models.prepared import NOW, UNTIL, Prepared
from posts.search import postgresql, sqlite
from posts.search.queries import Question, Term, Wanted
from posts.search.statements import Bounds, Statement, adapted

__all__ = ["Hit", "Term", "Wanted", "candidates", "everything", "label_token", "newest", "ranked"]

PUBLIC = Prepared(
    lambda: (
        Post.objects.published(UNTIL, now=NOW).order_by().values_list("pk", "published_at", "path")
    )
)
DAY = {"sqlite": "day || ' 00:00:00'", "postgresql": "CAST(day AS timestamp) AT TIME ZONE 'UTC'"}
ALL = (
    "SELECT id AS pk, COALESCE(published_at, {day}, saved_at) AS published_at, path FROM posts_post"
    " WHERE COALESCE(published_at, {day}, saved_at) <= %s"
)


@dataclass(frozen=True)
class Hit:
    """A post that was found; ``(published_at, pk)`` is what a cursor names."""

    pk: int
    published_at: datetime
    path: str


def newest(wanted: Wanted, before: tuple[datetime, str] | None = None, size: int = 20) -> list[Hit]:
    """The newest posts, after a ``before`` of time and path. One query, or none."""
    question = Question.of(wanted)
    bounds = _bounds(wanted, before)
    if question.is_empty or bounds is None:
        return []
    return _hits(_database().newest(question, bounds, size))


def ranked(wanted: Wanted, size: int = 20, after: int = 0) -> list[Hit]:
    """The best of the newest posts that match, and of those whose titles do; ``after`` so many
    of them. One query, or none.
    """
    question = Question.of(wanted)
    bounds = _bounds(wanted, None)
    if question.is_empty or bounds is None:
        return []
    if not question.shown:
        return _hits(_database().newest(question, bounds, after + size))[after:]
    return _hits(_database().ranked(question, bounds))[after : after + size]


def candidates(wanted: Wanted, most: int = 1000) -> Sequence[int]:
    """The ids of the newest posts that match, for counting facets. One query, or none."""
    return [hit.pk for hit in newest(wanted, None, most)]


def everything(wanted: Wanted, most: int = 1000) -> list[int]:
    """The ids of the newest posts that match, whether readers may see them or not: for those who
    edit. What is scheduled for after a year is not among them. One query, or none.
    """
    question = Question.of(wanted)
    bounds = _bounds(wanted, None, timezone.now() + timedelta(days=366))
    if question.is_empty or bounds is None:
        return []
    return [hit.pk for hit in _hits(_database().newest(question, bounds, most))]


def _database() -> Any:
    return postgresql if connection.vendor == "postgresql" else sqlite


def _bounds(
    wanted: Wanted, before: tuple[datetime, str] | None, last: datetime | None = None
) -> Bounds | None:
    """When what is looked for was published; None for never. Among all posts up to a ``last`` time
    if there is one, else among those that are public.
    """
    now = last or timezone.now()
    ends = [now, *(before[:1] if before else ())]
    since = _midnight(wanted.since) if wanted.since else None
    if wanted.until:
        ends.append(_midnight(wanted.until, 1) - timedelta.resolution)
    until = min(ends)
    if since is not None and since > until:
        return None
    if last:
        sql = ALL.format(day=DAY[connection.vendor])
        return Bounds(Statement(sql, [adapted(until)]), since, until, before)
    public = PUBLIC.statement()
    values = public.bound({"now": now, "until": until})
    return Bounds(Statement(public.sql, values), since, until, before)


def _midnight(day: date, after: int = 0) -> datetime:
    """The beginning of a day of the site's, or of one after it; the ends of time are in UTC."""
    zone = timezone.get_default_timezone()
    try:
        return (datetime.combine(day, time(), zone) + timedelta(days=after)).astimezone(UTC)
    except OverflowError:
        return (datetime.max if after else datetime.min).replace(tzinfo=UTC)


def _hits(statement: Statement) -> list[Hit]:
    with connection.cursor() as cursor:
        cursor.execute(statement.sql, statement.values)
        rows = cursor.fetchall()
    return [Hit(pk, _time(published_at), path) for pk, published_at, path in rows]


def _time(value: Any) -> datetime:
    found = value if isinstance(value, datetime) else datetime.fromisoformat(value)
    return found if found.tzinfo else found.replace(tzinfo=UTC)
