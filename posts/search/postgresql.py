"""The statements that ask PostgreSQL's index: span after span, until there is enough.

Each span of days is eight times as long as the one before it; a ``UNION ALL`` with a limit asks
for the next only where those before gave too little. Their ends are those of the spans that the
index has tokens for (:func:`posts.search.index.span_token`).
"""

import time
from typing import NamedTuple

from posts.models import Post
from posts.models.search import BITS, day_number
from posts.search.index import EVERY, LEVELS, TABLE, span_token
from posts.search.queries import Question, tsquery
from posts.search.statements import (
    BEST,
    NEWEST,
    TITLED,
    Bounds,
    Statement,
    conditions,
    often,
    score,
)

NAMES = "s.tokens @@ ('''' || replace(%s, '''', '''''') || '''')::tsquery"
COLUMNS = "p.pk, p.published_at, p.path"
KEPT = 300.0  # seconds
NEWEST_FIRST = "ORDER BY published_at DESC, path DESC LIMIT %s"


def newest(question: Question, bounds: Bounds, size: int) -> Statement:
    """The newest posts."""
    return _walk(question, bounds, size, COLUMNS)


def ranked(question: Question, bounds: Bounds) -> Statement:
    """The best of the newest posts, and of the newest whose titles match."""
    columns = f"{COLUMNS}, s.key"
    keys = Statement("SELECT * FROM (").join(_walk(question, bounds, NEWEST, columns))
    keys = keys.then(") AS newest UNION SELECT * FROM (")
    keys = keys.join(_walk(question, bounds, TITLED, columns, *question.title)).then(") AS titled")
    best = Statement(f"SELECT {COLUMNS}, s.key,").join(score(question, bounds))
    best = best.then("AS score FROM (").join(keys)
    best = best.then(f") AS p JOIN {TABLE} s ON s.key = p.key")
    best = best.then(f"ORDER BY score DESC, s.key DESC LIMIT {BEST}")
    found = Statement(f"SELECT {COLUMNS} FROM (").join(best)  # noqa: S608
    found = found.then(f") AS p JOIN {TABLE} s ON s.key = p.key ORDER BY p.score +")
    return found.join(often(question)).then("DESC, p.published_at DESC, p.path DESC")


def _walk(question: Question, bounds: Bounds, size: int, columns: str, *more: str) -> Statement:
    found = Statement("SELECT * FROM (")
    newest = _anchors.newest(bounds.last_day)
    for number, span in enumerate(spans(bounds.first_day, newest, bounds.last_day)):
        asked = tsquery(question, *more)
        if span.covered:
            days = " | ".join(span.covered)
            asked = f"{asked} & ({days})" if asked else days
        found = found.then("UNION ALL (SELECT * FROM (" if number else "(SELECT * FROM (")
        found = found.join(_matching(question, bounds, columns, asked or f"'{EVERY}'", span.end))
        found = found.then("ORDER BY s.day DESC FETCH FIRST %s ROWS WITH TIES) AS days", size)
        found = found.then(f"{NEWEST_FIRST})", size)
    return found.then(") AS spans LIMIT %s", size)


def _matching(question: Question, bounds: Bounds, columns: str, asked: str, end: int) -> Statement:
    """In the order of days, so that few posts are looked at.

    ``OFFSET 0``: the index is asked first. The planner would rather walk over all posts in the
    order of the list, and look into the row of each.
    """
    found = Statement(f"SELECT {columns} FROM (SELECT s.*, s.key >> {BITS} AS day FROM {TABLE} s")  # noqa: S608
    found = found.then("WHERE s.tokens @@ %s::tsquery AND s.key < %s", asked, end << BITS)
    found = found.then("ORDER BY day DESC OFFSET 0) AS s JOIN (").join(bounds.public)
    found = found.then(") AS p ON p.pk = s.post_id WHERE true")
    return found.join(conditions(question, bounds, NAMES))


class _Anchors:
    """The day of the newest post, where spans begin: a guess, looked up every few minutes.

    An older one costs time and no post: the first span goes on to the last day that is asked for.
    """

    def __init__(self) -> None:
        self.day: int | None = None
        self.until = 0.0

    def newest(self, last: int) -> int:
        """The day of the newest post up to a day. A query, once in a while."""
        now = time.monotonic()
        if now >= self.until:
            times = Post.objects.published().order_by("-published_at")
            found = times.values_list("published_at", flat=True).first()
            self.day, self.until = day_number(found) if found else None, now + KEPT
        return last if self.day is None else min(self.day, last)


_anchors = _Anchors()


class Span(NamedTuple):
    """Some days up to the one before ``end``, and the tokens of all of them; none: since ever."""

    end: int
    covered: list[str]


def spans(first: int | None, newest: int, last: int) -> list[Span]:
    """Days up to ``last``, the newest first, back to ``first`` (None: since ever).

    The first span holds what is newer than ``newest``, too.
    """
    found, begin, end = [], newest + 1, last + 1
    for level in LEVELS[1:]:
        begin = (((begin - 1) >> level) - 1) << level
        if first is not None and begin <= first:
            break
        found.append(Span(end, covered(begin, end)))
        end = begin
    return [*found, Span(end, [] if first is None else covered(first, end))]


def covered(first: int, end: int) -> list[str]:
    """The fewest spans that make up the days from one up to before another, as lexemes."""
    found = []
    while first < end:
        level = max(n for n in LEVELS if not first & ((1 << n) - 1) and first + (1 << n) <= end)
        found.append(f"'{span_token(level, first)}'")
        first += 1 << level
    return found
