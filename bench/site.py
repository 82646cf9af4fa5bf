"""``python -m bench.site WORK ...`` in the site's environment: what needs its models.

``addresses`` prints pages to ask for, ``multiply N`` copies posts until there are N, ``save N``
saves as many and prints what each cost, ``find N`` searches, ``editor`` prints a session of an
editor.
"""

import json
import os
import random
import sys
import time

import django

django.setup()

from django.conf import settings  # noqa: E402 - all of these need the settings
from django.contrib.auth import BACKEND_SESSION_KEY, HASH_SESSION_KEY, SESSION_KEY  # noqa: E402
from django.contrib.auth.models import User  # noqa: E402
from django.contrib.sessions.backends.db import SessionStore  # noqa: E402
from django.db import connection, reset_queries  # noqa: E402
from django.db.models import Count  # noqa: E402

from bench import finding  # noqa: E402
from bench.processes import cpu_seconds  # noqa: E402
from posts import publishing  # noqa: E402
from posts.models import Citation, Post, SearchRow, Source, Story  # noqa: E402
from posts.models.search import BITS  # noqa: E402
from posts.search.index import LEVELS  # noqa: E402

APART = 1_000_000  # between the ids of a row and of its first copy
SPAN, BACK = 25, 400  # copies begin anew after so many; each is so many days older
DATES = {
    "sqlite": {
        "time": "strftime('%Y-%m-%d %H:%M:%f', {column}, '-' || {days} || ' days')",
        "day": "date(day, '-' || {days} || ' days')",
        "address": (
            "strftime('/%Y/%m/%d/', day, '-' || {days} || ' days') || slug || '-' || n.i || '/'"
        ),
    },
    "postgresql": {
        "time": "{column} - {days} * interval '1 day'",
        "day": "day - {days}",
        "address": "to_char(day - {days}, '/YYYY/MM/DD/') || slug || '-' || n.i || '/'",
    },
}
SERIES = {
    "sqlite": "WITH RECURSIVE n(i) AS (SELECT {0} UNION ALL SELECT i + 1 FROM n WHERE i < {1})",
    "postgresql": "WITH n(i) AS (SELECT generate_series({0}, {1}))",
}
TIMES = ("published_at", "listed_at", "coverage_at", "public_since")
NAMED = {  # unique texts, told apart by the number of the copy
    "path": "replace(path, '.md', '-' || n.i || '.md')",
    "guid": "guid || '-' || n.i",
    "slug": "slug || '-' || n.i",
    "page": "page || '-' || n.i",  # else a story would be covered by all of its copies
    "url": "url || '-' || n.i",
}


def addresses(most: int) -> dict:
    """Pages of every kind, in an order that follows nothing."""
    rng = random.Random(1)
    posts = Post.objects.published().order_by("pk")
    ids = list(posts.values_list("pk", flat=True))
    picked = rng.sample(ids, min(most, len(ids)))
    found = dict(posts.filter(pk__in=picked[:30_000]).values_list("pk", "address"))
    stories = Story.objects.filter(post__in=picked[:10_000]).values_list("post__address", "slug")
    busiest = Source.objects.annotate(n=Count("citations")).order_by("-n").first()
    return {
        "posts": len(ids),
        "post": [found[pk] for pk in picked if pk in found],
        "story": rng.sample([f"{address}{slug}/" for address, slug in stories], len(stories)),
        "source": f"/sources/{busiest.host}/",
        "month": Post.objects.order_by("day").values_list("day", flat=True)[len(ids) // 2],
    }


def through() -> list:
    """The tables that hold a row for each post, besides the posts."""
    kinds = ("tag", "category", "author")
    labels = [getattr(Post, f"{kind}_rows").rel.related_model for kind in kinds]
    return [Story, Citation, *labels, SearchRow]


def multiply(wanted: int) -> None:
    """Copy every post with its stories, citations and labels until there are so many.

    Rows as they are, with other ids, paths, addresses and dates. Revisions and what was delivered
    are not copied: no page shows them.
    """
    first = Post.objects.filter(pk__lt=APART).count()
    done = Post.objects.count() // first
    if connection.vendor == "sqlite":  # this process alone, and nobody minds if the file is lost
        with connection.cursor() as cursor:
            cursor.execute("PRAGMA synchronous=OFF")
            cursor.execute("PRAGMA cache_size=-2000000")
    for begin in range(done, wanted // first, 10):
        end = min(begin + 10, wanted // first) - 1
        for model in (Post, *through()):
            copied(model, begin, end)
        print(f"  {(end + 1) * first} posts", file=sys.stderr, flush=True)
    with connection.cursor() as cursor:
        if connection.vendor == "postgresql":
            for model in (Post, *through()[:-1]):
                table = model._meta.db_table
                cursor.execute(
                    f"SELECT setval(pg_get_serial_sequence('{table}', 'id'), max(id)) FROM {table}"
                )
            cursor.execute("VACUUM ANALYZE")
        else:
            cursor.execute("PRAGMA analysis_limit=2000")  # all of it takes minutes
            cursor.execute("ANALYZE")
            cursor.execute("PRAGMA wal_checkpoint(TRUNCATE)")


def copied(model, begin: int, end: int) -> None:
    """Copies of all first rows of a table, numbered from ``begin`` to ``end``."""
    names, values = [], []
    for field in model._meta.concrete_fields:
        names.append(connection.ops.quote_name(field.column))
        values.append(_value(model, field))
    series = SERIES[connection.vendor].format(begin, end)
    table = model._meta.db_table
    where = f"{'id' if model is Post else 'post_id'} < {APART}"
    select = f"SELECT {', '.join(values)} FROM n, {table} WHERE {where}"
    with connection.cursor() as cursor:
        cursor.execute(f"INSERT INTO {table} ({', '.join(names)}) {series} {select}")


def _value(model, field) -> str:
    """The SQL of a copy's column."""
    column, dates = connection.ops.quote_name(field.column), DATES[connection.vendor]
    days = f"((n.i % {SPAN}) * {BACK})"
    if model is SearchRow and field.column in ("key", "tokens"):
        return _of_search(field.column, days)
    if field.primary_key or field.related_model in (Post, Story):
        return f"{column} + n.i * {APART}"
    if field.column in NAMED and (model is not Story or field.column != "slug"):
        return NAMED[field.column]
    if field.column in TIMES:
        return dates["time"].format(column=column, days=days)
    if field.column in ("day", "address"):
        return dates[field.column].format(days=days)
    return column


def _of_search(column: str, days: str) -> str:
    """A key says its row's day, and on PostgreSQL some tokens do."""
    if column == "key":
        return f"key - ({days} << {BITS}) + n.i * {APART}"
    if connection.vendor == "sqlite":
        return "tokens"
    day = f"((key >> {BITS}) - {days})"
    spans = ", ".join(f"'@{level}=' || ({day} >> {level})" for level in LEVELS)
    kept = (
        "SELECT array_agg(one) FROM unnest(tsvector_to_array(tokens)) one WHERE one NOT LIKE '@%'"
    )
    return f"array_to_tsvector(({kept}) || ARRAY[{spans}])"


def save(count: int) -> dict:
    """Save a changed word in so many posts that were imported.

    Seconds and queries of each, and seconds of CPU of one, with the child that derives.
    """
    connection.force_debug_cursor = True
    rng, costs, used = random.Random(2), [], 0.0
    first = list(Post.objects.filter(pk__lt=APART).values_list("pk", flat=True))
    for number, pk in enumerate(rng.sample(first, count + 3)):
        post = Post.objects.get(pk=pk)
        text = f"{post.document.rstrip()} {number}\n"
        reset_queries()
        if number == 3:  # the first start the child that derives
            used = cpu_seconds(os.getpid())
        began = time.perf_counter()
        publishing.save(path=post.path, document=text, reason="bench")
        queries = [q for q in connection.queries if not q["sql"].startswith(("BEGIN", "COMMIT"))]
        costs.append({"wall": time.perf_counter() - began, "queries": len(queries)})
    return {"saves": costs[3:], "cpu": (cpu_seconds(os.getpid()) - used) / count}


def find(count: int) -> dict:
    """Search: what each kind of query costs, and the bytes of what it needs."""
    return {"rows": finding.measured(count), "bytes": finding.size()}


def editor() -> dict[str, str]:
    """An editor's session and the address of the list of posts."""
    user, _made = User.objects.get_or_create(
        username="bench", defaults={"is_staff": True, "is_superuser": True}
    )
    session = SessionStore()
    session[SESSION_KEY] = str(user.pk)
    session[BACKEND_SESSION_KEY] = settings.AUTHENTICATION_BACKENDS[-1]
    session[HASH_SESSION_KEY] = user.get_session_auth_hash()
    session.create()
    return {
        "cookie": f"{settings.SESSION_COOKIE_NAME}={session.session_key}",
        "list": f"/{settings.ADMIN_PATH}/posts/post/",
    }


if __name__ == "__main__":
    work, *rest = sys.argv[1:]
    answer = globals()[work](*map(int, rest))
    if answer is not None:
        print(json.dumps(answer, default=str))
