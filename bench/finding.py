"""What ``bench.site find`` asks: queries of every kind, each time of other words."""

import random
import time
from collections.abc import Callable
from datetime import date

from django.db import connection

from bench.folder import CATEGORIES, TAGS, WORDS
from bench.measures import percentile
from posts.search.finding import Term, Wanted, candidates, label_token, newest, ranked

WAYS: dict[str, Callable] = {"newest": newest, "ranked": ranked, "facets": candidates}


def _words(*texts: str, **more) -> Wanted:
    return Wanted(terms=tuple(Term(text) for text in texts), **more)


def _label(kind: str, slug: str) -> frozenset[str]:
    return frozenset({label_token(kind, slug)})


def kinds(rng: random.Random) -> dict[str, Wanted]:
    """One query of each kind."""
    first, second = rng.sample(WORDS[1:], 2)
    site, tag = f"site{rng.randrange(300)}.example", rng.choice(TAGS)
    year = date(rng.randrange(2010, 2025), 1, 1)
    without = (Term(first), Term(f"{second}{first}{second}", excluded=True))
    return {
        "one character": _words(first[0]),
        "two characters": _words(first),
        "three characters": _words(f"{first}{second[0]}"),
        "four characters": _words(f"{first}{second}"),
        "two words": _words(first, second),
        "a word and a host": _words(first, site),
        "a host": _words(site),
        "a tag": Wanted(all_of=(_label("tag", tag),)),
        "a tag, a section and a word": _words(
            second, all_of=(_label("tag", tag), _label("category", rng.choice(CATEGORIES)))
        ),
        "a word without another": Wanted(terms=without),
        "a word in a year": _words(first, since=year, until=year.replace(month=12, day=31)),
        "what is nowhere": _words(first, "火车"),
    }


def measured(count: int) -> list[dict]:
    """Milliseconds of each kind and way: middle and 99 of 100, and of all kinds together."""
    rng = random.Random(3)
    times: dict[tuple[str, str], list[float]] = {}
    for number in range(count + 5):
        for kind, wanted in kinds(rng).items():
            for way, find in WAYS.items():
                began = time.perf_counter()
                find(wanted)
                seconds = time.perf_counter() - began
                if number >= 5:  # the first bring the index into memory
                    times.setdefault((way, kind), []).append(seconds * 1000)
    for way in WAYS:
        times[way, "all"] = [
            t for (one, _kind), found in times.items() if one == way for t in found
        ]
    return [
        {"way": way, "kind": kind, "p50": percentile(found, 0.5), "p99": percentile(found, 0.99)}
        for (way, kind), found in times.items()
    ]


def size() -> int:
    """Bytes of the rows and the index."""
    with connection.cursor() as cursor:
        if connection.vendor == "postgresql":
            cursor.execute("SELECT pg_total_relation_size('posts_searchrow')")
        else:  # the module that counts pages by table is not in every SQLite
            cursor.execute(
                "SELECT (SELECT sum(length(block)) FROM posts_searchindex_data)"
                " + (SELECT sum(octet) FROM (SELECT length(CAST(words AS blob))"
                " + length(CAST(tokens AS blob)) + length(CAST(headings AS blob)) AS octet"
                " FROM posts_searchrow))"
            )
        return cursor.fetchone()[0]
