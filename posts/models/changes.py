"""When anything that readers see last changed."""

from datetime import UTC, datetime
from typing import Any

from django.db import connection
from django.db.models import DateTimeField
from django.db.models.expressions import RawSQL
from django.utils import timezone

from posts.models.labels import Author, Category, Tag
from posts.models.listed import Time
from posts.models.posts import Post
from posts.models.prepared import Slot
from posts.models.sites import Site
from posts.models.stories import Source

NEVER = datetime(1970, 1, 1, tzinfo=UTC)
LABELS = (Tag, Category, Author, Source, Site)
LARGEST = {"sqlite": "MAX", "postgresql": "GREATEST"}
LATEST = "(SELECT {0} FROM {1} WHERE {0} {2} ORDER BY {0} DESC LIMIT 1)"


def _latest(table: str, column: str, bound: str = "IS NOT NULL") -> str:
    """The largest value of an indexed column, null where there is none."""
    quoted = connection.ops.quote_name
    return LATEST.format(quoted(column), quoted(table), bound)


def latest_times(now: Time) -> tuple[list[str], list[Any]]:
    """Expressions, each one step of an index, with their values for the parameters.

    The last times up to ``now`` that a post came and went by the clock, that one was saved, and
    that a tag, category, author, source or the site itself changed.
    """
    posts = Post._meta.db_table
    at = now if isinstance(now, Slot) else connection.ops.adapt_datetimefield_value(now)
    parts = [
        _latest(posts, "published_at", "<= %s"),
        _latest(posts, "expires_at", "<= %s"),
        _latest(posts, "saved_at"),
        *(_latest(model._meta.db_table, "changed_at") for model in LABELS),
    ]
    return parts, [at, at]


def site_changed_at(now: Time | None = None) -> RawSQL:
    """An expression: the last time that a post was saved, came or went by the clock, a label or
    the site itself changed. Eight steps of an index, whatever the size of the site.

    Written out: every page asks for it, and eight subqueries take the ORM longer to put together
    than a database to answer.
    """
    parts, (at, _at) = latest_times(now or timezone.now())
    never: Any = connection.ops.adapt_datetimefield_value(NEVER)
    values = [at, never, at, never, *(never for _part in parts[2:])]
    known = (f"COALESCE({part}, %s)" for part in parts)
    sql = f"{LARGEST[connection.vendor]}({', '.join(known)})"
    return RawSQL(sql, values, DateTimeField())  # noqa: S611 - of constants
