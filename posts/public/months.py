"""Which months have posts, without counting any: one step of an index for each month."""

from datetime import date

from django.db import connection
from django.db.models import DateField
from django.db.models.expressions import RawSQL

from posts.models import Post

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
    newest = Post.objects.published().in_language(language).filter(day__isnull=False)
    days = newest.order_by("-day", "-published_at").values("day")
    start = RawSQL(MONTH_START[connection.vendor], (), DateField())  # noqa: S611 - a constant
    first, values = days[:1].query.sql_with_params()
    further, more_values = days.filter(day__lt=start)[:1].query.sql_with_params()
    with connection.cursor() as cursor:
        cursor.execute(STEPS.format(first=first, next=further), [*values, *more_values])
        found = [
            row[0] if isinstance(row[0], date) else date.fromisoformat(row[0])
            for row in cursor.fetchall()
        ]
    return [day.replace(day=1) for day in found]
