"""The statements that ask PostgreSQL's index: span after span, until there is enough.

Each span of days is eight times as long as the one before it; a ``UNION ALL`` with a limit asks
for the next only where those before gave too little. Their ends are those of the spans that the
index has tokens for (:func:`posts.search.index.span_token`).
"""

from typing import NamedTuple

from posts.models.search import BITS
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
    for number, span in enumerate(spans(bounds.first_day, bounds.last_day)):
        asked = tsquery(question, *more)
        if span.covered:
            asked = f"{asked} & ({' | '.join(span.covered)})" if asked else " | ".join(span.covered)
        found = found.then("UNION ALL (" if number else "(")
        found = found.join(_matching(question, bounds, columns, asked or f"'{EVERY}'"))
        if not span.covered:
            found = found.then("AND s.key < %s", span.end << BITS)
        found = found.then(f"{NEWEST_FIRST})", size)
    return found.then(") AS spans LIMIT %s", size)


def _matching(question: Question, bounds: Bounds, columns: str, asked: str) -> Statement:
    found = Statement(f"SELECT {columns} FROM {TABLE} s JOIN (").join(bounds.public)  # noqa: S608
    found = found.then(") AS p ON p.pk = s.post_id WHERE s.tokens @@ %s::tsquery", asked)
    return found.join(conditions(question, bounds, NAMES))


class Span(NamedTuple):
    """Some days up to the one before ``end``, and the tokens of all of them; none: since ever."""

    end: int
    covered: list[str]


def spans(first: int | None, last: int) -> list[Span]:
    """Days up to ``last``, the newest first, back to ``first`` (None: since ever)."""
    found, end = [], last + 1
    for level in LEVELS[1:]:
        begin = (((end - 1) >> level) - 1) << level
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
