"""What posts are found by: a row for each, whose tokens are in an index of their database."""

from datetime import date, datetime, timedelta
from typing import Any

from django.db import models

EPOCH = date(1970, 1, 1).toordinal()
BITS = 27  # of a key below its day


class SearchKey(models.BigIntegerField):
    """The order of posts in time, which SQLite's index is walked in: it must be the row's id."""

    def db_type(self, connection: Any) -> str | None:
        return "integer" if connection.vendor == "sqlite" else super().db_type(connection)


class TokensField(models.TextField):
    """Tokens with spaces between them; on PostgreSQL a ``tsvector``."""

    def db_type(self, connection: Any) -> str | None:
        return "tsvector" if connection.vendor == "postgresql" else super().db_type(connection)

    def from_db_value(self, value: str | None, expression: Any, connection: Any) -> str | None:
        """The tokens of a vector are quoted."""
        if not value or connection.vendor != "postgresql":
            return value
        return value[1:-1].replace("' '", " ").replace("''", "'")


class SearchRow(models.Model):
    """The folded texts of a post and its tokens (:mod:`posts.content.searchable`).

    Written by :mod:`posts.search.index` alone. Triggers bring SQLite's full text index in step
    with every row, whoever writes or deletes it.
    """

    key = SearchKey(primary_key=True)
    post = models.OneToOneField("posts.Post", models.CASCADE, related_name="search_row")
    title = models.TextField()
    headings = models.TextField()
    names = models.TextField()
    tokens = TokensField()
    words = models.TextField()

    class Meta:
        default_permissions = ()

    def __str__(self):
        return self.title


def day_number(time: datetime | date) -> int:
    """The day of a time in UTC, counted from 1970."""
    if isinstance(time, datetime) and time.utcoffset():
        time = (time - (time.utcoffset() or timedelta())).replace(tzinfo=None)
    return time.toordinal() - EPOCH


def key_of(day: int, pk: int) -> int:
    """The key of a post of a day: those of a day stand together."""
    return (day << BITS) + pk % (1 << BITS)
