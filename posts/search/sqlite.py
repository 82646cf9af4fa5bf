"""The statements that ask SQLite's index: keys stand in the order of days, and it is walked so."""

from posts.models.search import BITS
from posts.search.index import INDEX, TABLE
from posts.search.queries import Question, fts5
from posts.search.statements import (
    LOOKED,
    NEWEST,
    TITLED,
    Bounds,
    Statement,
    best,
    conditions,
)

NAMES = "instr(' ' || s.tokens || ' ', ' ' || %s || ' ') > 0"
LAST = "ORDER BY p.published_at DESC, p.path DESC LIMIT %s"


def newest(question: Question, bounds: Bounds, size: int) -> Statement:
    """The newest posts. Within a day keys have no order: the day of the last post is gone through,
    and what is found up to there is sorted.
    """
    found = (
        Statement("WITH walk AS MATERIALIZED (")
        .join(_walk(question, bounds))
        .then("LIMIT %s)", size)
    )
    found = found.then("SELECT p.pk, p.published_at, p.path").join(_matching(question, bounds))
    floor = f"(SELECT (min(key) >> {BITS}) << {BITS} FROM walk)"  # noqa: S608
    return found.then(f"AND {INDEX}.rowid >= {floor} {LAST}", size)


def ranked(question: Question, bounds: Bounds) -> Statement:
    """The best of the newest posts, and of the newest whose titles match."""
    keys = Statement("SELECT key FROM (").join(_keys(question, bounds, NEWEST))
    keys = keys.then(") UNION SELECT key FROM (")
    keys = keys.join(_keys(question, bounds, TITLED, *question.title)).then(")")
    return best(question, bounds, keys, _public(bounds), NAMES)


def _walk(question: Question, bounds: Bounds) -> Statement:
    """The keys of what matches, the newest first. Where rows have to be looked into, no more than
    ``LOOKED`` are; they come in the order of the walk.
    """
    if not question.forms:
        found = Statement(f"SELECT {INDEX}.rowid AS key").join(_matching(question, bounds))
        return found.then(f"ORDER BY {INDEX}.rowid DESC")
    found = Statement("SELECT f.key FROM (").join(_keys(question, bounds, LOOKED))
    found = found.then(f") AS f CROSS JOIN {TABLE} s ON s.key = f.key").join(_public(bounds))
    return found.then("WHERE 1 = 1").join(_more(question, bounds))


def _matching(question: Question, bounds: Bounds) -> Statement:
    """``FROM`` the index to public posts, ``WHERE`` all that is asked is true."""
    found = Statement(f"FROM {INDEX} CROSS JOIN {TABLE} s ON s.key = {INDEX}.rowid")
    found = found.join(_public(bounds)).join(_where(question, bounds))
    return found.join(_more(question, bounds))


def _public(bounds: Bounds) -> Statement:
    return Statement("CROSS JOIN (").join(bounds.public).then(") AS p ON p.pk = s.post_id")


def _where(question: Question, bounds: Bounds, *more: str) -> Statement:
    found = Statement(f"WHERE {INDEX} MATCH %s", [fts5(question, *more)])
    found = found.then(f"AND {INDEX}.rowid < %s", (bounds.last_day + 1) << BITS)
    if bounds.first_day is not None:
        found = found.then(f"AND {INDEX}.rowid >= %s", bounds.first_day << BITS)
    return found


def _keys(question: Question, bounds: Bounds, most: int, *more: str) -> Statement:
    found = Statement(f"SELECT rowid AS key FROM {INDEX}")  # noqa: S608
    found = found.join(_where(question, bounds, *more))
    return found.then("ORDER BY rowid DESC LIMIT %s", most)


def _more(question: Question, bounds: Bounds) -> Statement:
    return conditions(question, bounds, NAMES)
