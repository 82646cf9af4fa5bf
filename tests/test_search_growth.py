"""With 20,000 posts a search reads what it shows: newest first, best first and deep inside."""

import re
from datetime import UTC, datetime
from unittest import mock

from django.db import connection
from django.test import TestCase, tag
from django.test.utils import CaptureQueriesContext

from posts.models import Post, SearchRow
from posts.models.search import BITS
from posts.search import postgresql
from posts.search.finding import Term, Wanted, candidates, label_token, newest, ranked
from posts.search.index import LEVELS
from tests import test_growth
from tests.cast import save

MANY, PAGE = 20_000, 20
LAST = 20_516  # the day of the newest copy, 2026-03-04; there are twelve a day
TIME = {
    "sqlite": "strftime('%%Y-%%m-%%d %%H:%%M:%%S', '2026-03-04', '-' || (n.i * 2) || ' hours')",
    "postgresql": "timestamptz '2026-03-04 00:00:00+00' - (n.i * 2) * interval '1 hour'",
}
DEEP = (datetime(2023, 6, 10, tzinfo=UTC), "")
WANTED = {
    "one character": Wanted(terms=(Term("灯"),)),
    "two characters": Wanted(terms=(Term("灯塔"),)),
    "three characters": Wanted(terms=(Term("省电的"),)),
    "words": Wanted(terms=(Term("灯塔"), Term("ferry"))),
    "a label": Wanted(all_of=(frozenset({label_token("tag", "ai")}),)),
    "without a word": Wanted(terms=(Term("火车", excluded=True),)),
    "everything": Wanted(),
}


def copies() -> None:
    """Posts and their rows, two hours apart, as their texts were saved."""
    text = "CAST(n.i AS text)"
    unique = {column: f"one.{column} || {text}" for column in ("path", "guid", "slug")}
    time, day = TIME[connection.vendor], f"({LAST} - (n.i + 11) / 12)"
    own = {"id": "500000 + n.i", "address": f"'/x/' || {text} || '/'", "published_at": time}
    test_growth.copied(Post, unique | own | {"document": "''", "html": "''"})
    tokens = "one.tokens"
    if connection.vendor == "postgresql":
        kept = "SELECT array_agg(t) FROM unnest(tsvector_to_array(one.tokens)) t"
        spans = ", ".join(f"'@{level}=' || ({day} >> {level})" for level in LEVELS)
        tokens = f"array_to_tsvector(({kept} WHERE t NOT LIKE '@%') || ARRAY[{spans}])"
    row = {
        "key": f"({day} << {BITS}) + 500000 + n.i",
        "post_id": "500000 + n.i",
        "tokens": tokens,
    }
    columns = [field.column for field in SearchRow._meta.concrete_fields]
    values = ", ".join(row.get(column, f"one.{column}") for column in columns)
    series = test_growth.SERIES[connection.vendor] % MANY
    with connection.cursor() as cursor:
        cursor.execute(
            f"INSERT INTO posts_searchrow ({', '.join(columns)}) {series} SELECT {values}"
            " FROM n, (SELECT * FROM posts_searchrow LIMIT 1) AS one".replace("%%", "%")
        )


@tag("slow")
class SearchGrowth(TestCase):
    @classmethod
    def setUpTestData(cls):
        cls.post = save()
        with mock.patch.object(test_growth, "MANY", MANY):
            copies()
        with connection.cursor() as cursor:
            cursor.execute("ANALYZE")
        postgresql._anchors.until = 0.0  # what another test's posts said is forgotten
        newest(Wanted())  # where PostgreSQL's spans begin is looked up once in a while

    def query(self, find, *arguments) -> str:
        with CaptureQueriesContext(connection) as queries:
            found = find(*arguments)
        self.assertGreaterEqual(len(found), PAGE)
        self.assertEqual(len(queries), 1)
        return queries[0]["sql"]

    def plan(self, sql: str, how: str) -> str:
        with connection.cursor() as cursor:
            cursor.execute(f"{how} {sql}")
            return "\n".join(str(row[-1]) for row in cursor.fetchall())

    def test_the_plans_use_the_index_for_one_character_and_for_two(self):
        """Parts of PostgreSQL's plan that are never executed may be what they like."""
        how = {"sqlite": "EXPLAIN QUERY PLAN", "postgresql": "EXPLAIN ANALYZE"}[connection.vendor]
        for name, wanted in WANTED.items():
            for find in (newest, ranked, candidates):
                with self.subTest(wanted=name, find=find.__name__):
                    plan = self.plan(self.query(find, wanted), how)
                    if connection.vendor == "sqlite":
                        self.assertRegex(plan, r"SCAN posts_searchindex VIRTUAL TABLE INDEX \d+:M")
                        self.assertNotRegex(plan, r"SCAN (posts_post|posts_searchrow)\b")
                    else:
                        self.assertIn("Bitmap Index Scan on search_tokens", plan)
                        self.assertNotRegex(plan, r"Seq Scan(?!.*never executed)")

    def test_what_is_newest_costs_what_is_shown(self):
        for name, wanted in WANTED.items():
            with self.subTest(wanted=name):
                first = self.cost(lambda wanted=wanted: newest(wanted, None, PAGE))
                deep = self.cost(lambda wanted=wanted: newest(wanted, DEEP, PAGE))
                self.assertLess(first, {"sqlite": 12_000, "postgresql": 2_500}[connection.vendor])
                self.assertLessEqual(deep, first * 2 + 1_000, (first, deep))

    def test_what_is_best_is_looked_for_among_so_many(self):
        for name, wanted in WANTED.items():
            with self.subTest(wanted=name):
                cost = self.cost(lambda wanted=wanted: ranked(wanted, PAGE))
                self.assertLess(cost, {"sqlite": 250_000, "postgresql": 15_000}[connection.vendor])

    def cost(self, work) -> int:
        """Steps of SQLite's machine, or the buffers that PostgreSQL touches."""
        if connection.vendor == "postgresql":
            plan = self.plan(self.query(work), "EXPLAIN (ANALYZE, BUFFERS)")
            found = re.search(r"Buffers: shared (?:hit=(\d+))?(?: ?read=(\d+))?", plan)
            return int(found[1] or 0) + int(found[2] or 0)
        steps = []
        connection.connection.set_progress_handler(lambda: steps.append(1), 100)
        try:
            work()
        finally:
            connection.connection.set_progress_handler(None, 0)
        return len(steps) * 100
