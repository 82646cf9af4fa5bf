"""The index of all posts: their rows, written in the transaction that writes the posts.

On SQLite the full text index is a table that refers to the rows and is written by triggers; on
PostgreSQL it is an index over them. What comes, goes or changes in any way is in step with it.
"""

from collections.abc import Iterable, Sequence
from typing import Any, NamedTuple

from django.db import connection

from posts.content.searchable import Searchable
from posts.content.tokens import language_token
from posts.models import Post, SearchRow, bulk
from posts.models.search import day_number, key_of

EVERY = "~"  # a token of all posts
LEVELS = (0, 3, 6, 9, 12)  # of spans of days, as powers of two, that PostgreSQL's index knows
COLUMNS = ("key", "post_id", "title", "headings", "names", "tokens", "words")
TABLE, INDEX = "posts_searchrow", "posts_searchindex"
UPSERT = f"""
INSERT INTO {TABLE} ({", ".join(COLUMNS)}) VALUES ({", ".join(["%s"] * len(COLUMNS))})
ON CONFLICT (post_id) DO UPDATE SET {", ".join(f"{name} = excluded.{name}" for name in COLUMNS)}
"""  # noqa: S608


class Row(NamedTuple):
    """The columns of a post's row, as the database takes them."""

    key: int
    post_id: int
    title: str
    headings: str
    names: str
    tokens: str
    words: str


def row_of(post: Post, found: Searchable) -> Row:
    """The row of a post; one without a time of publication stands at its day."""
    time = post.published_at or post.day
    day = day_number(time) if time else 0
    tokens = f"{found.tokens} {language_token(post.language)} {EVERY}"
    if connection.vendor == "postgresql":
        tokens = vector(f"{tokens} {' '.join(span_token(level, day) for level in LEVELS)}")
    key = key_of(day, post.pk)
    return Row(key, post.pk, found.title, found.headings, found.names, tokens, found.words)


def span_token(level: int, day: int) -> str:
    """The token of all posts of some days in a row, whose number is a power of two."""
    return f"@{level}={day >> level}"


def vector(tokens: str) -> str:
    """Tokens as PostgreSQL reads them."""
    return f"""'{tokens.replace("'", "''").replace(" ", "' '")}'"""


def add(rows: Sequence[Row]) -> None:
    """Rows of new posts. One statement, none for none."""
    bulk.insert(SearchRow, COLUMNS, rows)


def put(rows: Sequence[Row]) -> None:
    """Rows of posts that changed, in place of those that are there. One statement, or none."""
    if rows:
        with connection.cursor() as cursor:
            if len(rows) == 1:
                cursor.execute(UPSERT, rows[0])
            else:
                cursor.executemany(UPSERT, rows)


def mend(rows: Sequence[Row]) -> set[int]:
    """Write those rows that are not as they should be; their posts. A query, two if any is not."""
    found = {row[1]: row for row in _stored([row.post_id for row in rows])}
    wrong = [row for row in rows if not _same(row, found.get(row.post_id))]
    put(wrong)
    return {row.post_id for row in wrong}


def _stored(ids: Iterable[int]) -> Iterable[Any]:
    wanted = list(ids)
    return SearchRow.objects.filter(post__in=wanted).values_list(*COLUMNS) if wanted else ()


def _same(row: Row, stored: Any) -> bool:
    if stored is None or any(
        one != other
        for name, one, other in zip(COLUMNS, row, stored, strict=True)
        if name != "tokens"
    ):
        return False
    tokens = row.tokens
    if connection.vendor == "postgresql":
        tokens = tokens[1:-1].replace("' '", " ").replace("''", "'")
    return tokens == stored[5] or set(tokens.split(" ")) == set(stored[5].split(" "))
