"""Which months and days have posts, without counting any: one step of an index for each."""

from datetime import date
from functools import cache
from typing import Any

from django.db import connection
from django.db.models import DateField, QuerySet
from django.db.models.expressions import RawSQL

from posts.models import Post
from posts.models.prepared import LANGUAGE, NOW, Prepared, timed

MONTH_START = {
    "sqlite": "date(months.found, 'start of month')",
    "postgresql": "date_trunc('month', months.found)::date",
}
STEPS = """
WITH RECURSIVE months(found) AS (
    SELECT ({first})
    UNION ALL
    SELECT ({next}) FROM months WHERE found IS NOT NULL
)
SELECT found FROM months WHERE found IS NOT NULL
"""


def months(language: str = "") -> list[date]:
    """The first day of every month that has a public post, newest first.

    One query, one index step a month.
    """
    return [day.replace(day=1) for day in newest(language)]


def newest(language: str = "") -> list[date]:
    """The last day with a public post of every month that has one, newest first. As months()."""
    return _stepped(_first(bool(language)), _further(bool(language)), language)


def days(language: str = "") -> list[date]:
    """Every day that has a public post, newest first. One query, one index step a day."""
    return _stepped(_first(bool(language)), _day_before(bool(language)), language)


def _stepped(first: Prepared, further: Prepared, language: str) -> list[date]:
    start, step = first.statement(), further.statement()
    values = timed({"language": language})
    with connection.cursor() as cursor:
        cursor.execute(
            STEPS.format(first=start.sql, next=step.sql),
            [*start.bound(values), *step.bound(values)],
        )
        return [
            row[0] if isinstance(row[0], date) else date.fromisoformat(row[0])
            for row in cursor.fetchall()
        ]


def _days(language: bool) -> QuerySet[Any]:
    rows = Post.objects.published(now=NOW).in_language(LANGUAGE if language else "")
    return rows.filter(day__isnull=False).order_by("-day", "-published_at").values_list("day")


@cache
def _first(language: bool) -> Prepared:
    return Prepared(lambda: _days(language)[:1])


@cache
def _further(language: bool) -> Prepared:
    def make() -> QuerySet[Any]:
        start = RawSQL(MONTH_START[connection.vendor], (), DateField())  # noqa: S611 - a constant
        return _days(language).filter(day__lt=start)[:1]

    return Prepared(make)


@cache
def _day_before(language: bool) -> Prepared:
    def make() -> QuerySet[Any]:
        found = RawSQL("months.found", (), DateField())
        return _days(language).filter(day__lt=found)[:1]

    return Prepared(make)
