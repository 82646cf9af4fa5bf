"""Which months have posts, without counting any: one step of an index for each month."""

from datetime import date

from django.db import connection
from django.utils import timezone

from posts.models import Post

MONTH_START = {
    "sqlite": "date({0}, 'start of month')",
    "postgresql": "date_trunc('month', {0})::date",
}
STEPS = """
WITH RECURSIVE months(found) AS (
    SELECT (SELECT day FROM {table} WHERE published_at <= %s AND day IS NOT NULL {language} ORDER BY day DESC, published_at DESC LIMIT 1)
    UNION ALL
    SELECT (SELECT day FROM {table} WHERE published_at <= %s AND day < {start} {language} ORDER BY day DESC, published_at DESC LIMIT 1)
    FROM months WHERE found IS NOT NULL
)
SELECT found FROM months WHERE found IS NOT NULL
"""


def months(language: str = "") -> list[date]:
    """The first day of every month that has a public post, newest first.

    One query, one index step a month.
    """
    start = MONTH_START[connection.vendor].format("months.found")
    condition = "AND language = %s" if language else ""
    sql = STEPS.format(table=Post._meta.db_table, start=start, language=condition)
    now = connection.ops.adapt_datetimefield_value(timezone.now())
    values = [now, *([language] if language else [])] * 2
    with connection.cursor() as cursor:
        cursor.execute(sql, values)
        found = [
            row[0] if isinstance(row[0], date) else date.fromisoformat(row[0])
            for row in cursor.fetchall()
        ]
    return [day.replace(day=1) for day in found]
