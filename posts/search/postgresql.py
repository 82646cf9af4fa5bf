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
    LOOKED,
    NEWEST,
    TITLED,
    Bounds,
    Statement,
    best,
    conditions,
)

NAMES = "s.tokens @@ ('''' || replace(%s, '''', '''''') || '''')::tsquery"
KEPT = 300.0  # seconds


def newest(question: Question, bounds: Bounds, size: int) -> Statement:
    """The newest posts. Within a day keys have no order: all that is found of the last day that is
    needed is sorted.
    """
    found = Statement("SELECT * FROM (")
    most = f"LIMIT {LOOKED}" if question.forms else "OFFSET 0"
    for number, span in enumerate(spans(bounds)):
        found = found.then("UNION ALL (SELECT * FROM (" if number else "(SELECT * FROM (")
        found = found.then("SELECT p.pk, p.published_at, p.path FROM (")
        found = found.join(_rows(question, span, "s.*"))
        found = found.then(f"ORDER BY day DESC {most}) AS s").join(posts(bounds))
        found = found.then("WHERE true")
        found = found.join(conditions(question, bounds, NAMES))
        found = found.then("ORDER BY s.day DESC FETCH FIRST %s ROWS WITH TIES) AS days", size)
        found = found.then("ORDER BY published_at DESC, path DESC LIMIT %s)", size)
    return found.then(") AS spans LIMIT %s", size)


def ranked(question: Question, bounds: Bounds) -> Statement:
    """The best of the newest posts, and of the newest whose titles match."""
    keys = Statement("SELECT key FROM (").join(_keys(question, bounds, NEWEST))
    keys = keys.then(") AS newest UNION SELECT key FROM (")
    keys = keys.join(_keys(question, bounds, TITLED, *question.title)).then(") AS titled")
    return best(question, bounds, keys, posts(bounds), NAMES)


def posts(bounds: Bounds) -> Statement:
    """The public post of a row ``s``, which is looked up for one after the other: there is a limit
    on them, and the planner would rather read all posts at once.
    """
    found = Statement("CROSS JOIN LATERAL (SELECT * FROM (").join(bounds.public)
    return found.then(") AS public WHERE public.pk = s.post_id OFFSET 0) AS p")


def _keys(question: Question, bounds: Bounds, size: int, *more: str) -> Statement:
    found = Statement("SELECT * FROM (")
    for number, span in enumerate(spans(bounds)):
        found = found.then("UNION ALL (SELECT key FROM (" if number else "(SELECT key FROM (")
        found = found.join(_rows(question, span, "s.key", *more))
        found = found.then("OFFSET 0) AS s ORDER BY key DESC LIMIT %s)", size)
    return found.then(") AS spans LIMIT %s", size)


def _rows(question: Question, span: "Span", columns: str, *more: str) -> Statement:
    """Rows of a span of days. Whoever uses them says ``OFFSET 0``: the index is asked first. The
    planner would rather walk over all posts in the order of the list, and look at the row of each.
    """
    asked = " & ".join(part for part in (tsquery(question, *more), span.lexemes) if part)
    found = Statement(f"SELECT {columns}, s.key >> {BITS} AS day FROM {TABLE} s")  # noqa: S608
    values = (asked or f"'{EVERY}'", span.end << BITS)
    return found.then("WHERE s.tokens @@ %s::tsquery AND s.key < %s", *values)


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
    """Some days up to the one before ``end``, and what the index is asked for them; empty: since
    ever.
    """

    end: int
    lexemes: str


def spans(bounds: Bounds) -> list[Span]:
    """All days, the newest first. The first span begins at the newest post and holds what is newer,
    too.
    """
    return spans_of(bounds.first_day, _anchors.newest(bounds.last_day), bounds.last_day)


def spans_of(first: int | None, newest: int, last: int) -> list[Span]:
    """Days up to ``last``, the newest first, back to ``first`` (None: since ever)."""
    found, begin, end = [], newest + 1, last + 1
    for level in LEVELS[1:]:
        begin = (((begin - 1) >> level) - 1) << level
        if first is not None and begin <= first:
            break
        found.append(Span(end, covered(begin, end)))
        end = begin
    return [*found, Span(end, "" if first is None else covered(first, end))]


def covered(first: int, end: int) -> str:
    """The fewest spans that make up the days from one up to before another."""
    found = []
    while first < end:
        level = max(n for n in LEVELS if not first & ((1 << n) - 1) and first + (1 << n) <= end)
        found.append(f"'{span_token(level, first)}'")
        first += 1 << level
    return f"({' | '.join(found)})"
