"""With 100,000 posts the first page and a page deep inside cost the same, read from an index.

No clock: on SQLite the steps of its virtual machine are counted, on PostgreSQL the buffers that a
query touches.
"""

import re
from urllib.parse import quote

from django.db import connection
from django.test import TestCase, tag
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from posts import publishing
from posts.caching.keys import Shown
from posts.models import Author, Category, Citation, Post, PostTag, Source, Tag
from posts.public import cursors, listings
from posts.publishing import merging
from posts.publishing.recounting import recount
from tests.cast import DIGEST, save
from tests.test_one_save import EDITS

MANY = 100_000
TAGS = 2_000
PAGE = 20
LARGE = "posts_post|posts_citation|posts_posttag|posts_postcategory|posts_postauthor"
SERIES = {
    "sqlite": "WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < %d) ",
    "postgresql": "WITH n(i) AS (SELECT generate_series(1, %d)) ",
}
TIME = {
    "sqlite": "strftime('%%Y-%%m-%%d %%H:%%M:%%S', '2000-01-01', '+' || (n.i * 2) || ' hours')",
    "postgresql": "timestamptz '2000-01-01 00:00:00+00' + (n.i * 2) * interval '1 hour'",
}
DAY = {
    "sqlite": "date('2000-01-01', '+' || (n.i / 12) || ' days')",
    "postgresql": "(date '2000-01-01' + (n.i / 12))",
}


def copied(model, changes: dict[str, str], where: str = ""):
    """Copy one row 100,000 times, some columns computed: rows of the right shape in seconds."""
    table = model._meta.db_table
    columns = [
        field.column
        for field in model._meta.concrete_fields
        if not field.primary_key or "id" in changes
    ]
    values = [changes.get(column, f"one.{connection.ops.quote_name(column)}") for column in columns]
    names = ", ".join(connection.ops.quote_name(column) for column in columns)
    series = SERIES[connection.vendor] % MANY
    one = f"(SELECT * FROM {table} ORDER BY id LIMIT 1) AS one"
    sql = f"INSERT INTO {table} ({names}) {series} SELECT {', '.join(values)} FROM n, {one} {where}"
    with connection.cursor() as cursor:
        cursor.execute(sql.replace("%%", "%"))


@tag("slow")
class Growth(TestCase):
    @classmethod
    def setUpTestData(cls):
        cls.post = save()
        time, day = TIME[connection.vendor], DAY[connection.vendor]
        text = "CAST(n.i AS text)"
        unique = {column: f"one.{column} || {text}" for column in ("path", "guid", "slug")}
        language = "CASE WHEN n.i % 10 = 0 THEN 'en' ELSE one.language END"
        own = {
            "id": "500000 + n.i",
            "address": f"'/2026/03/05/port-' || {text} || '/'",
            "published_at": time,
            "day": day,
            "language": language,
        }
        copied(Post, unique | own | {"document": "''", "html": "''"})
        through = {
            "post_id": "500000 + n.i",
            "path": f"one.path || {text}",
            "listed_at": time,
            "language": language,
        }
        for name in ("tag", "category", "author"):
            copied(getattr(cls.post, f"{name}_rows").model, through)
        story = "CASE WHEN n.i % 2 = 0 THEN one.story_id END"  # all cite the page of one story
        copied(Citation, through | {"story_id": story, "coverage_at": time, "position": "0"})
        cls.add_tags()
        recount()
        with connection.cursor() as cursor:
            cursor.execute("ANALYZE")
        tag = cls.tag = Tag.objects.get(rows__position=0, rows__post=cls.post).slug
        cls.lists = {
            "home": (listings.home(), "post_newest"),
            "home in a language": (listings.home("en"), "post_language_newest"),
            "tag": (listings.labelled("tag", tag), "posttag_list"),
            "tag in a language": (listings.labelled("tag", tag, "en"), "posttag_lang_list"),
            "category": (
                listings.labelled("category", Category.objects.get().slug),
                "postcategory_list",
            ),
            "author": (listings.labelled("author", Author.objects.get().slug), "postauthor_list"),
            "source": (
                listings.source(Source.objects.get(host="harbour.example").host),
                "citation_list",
            ),
            "year": (listings.days(2010), "post_day"),
            "month": (listings.days(2010, 6), "post_day"),
            "year in a language": (listings.days(2010, language="en"), "post_language_day"),
        }

    @classmethod
    def add_tags(cls):
        """As many as need pages of an index, each with a post."""
        rows = []
        tags = [Tag(name=f"t{n}", slug=f"t{n}") for n in range(TAGS)]
        Tag.objects.bulk_create(tags)
        for n, one in enumerate(tags):
            rows.append(
                PostTag(
                    tag=one,
                    post_id=500_001 + n * 40,
                    path=f"{cls.post.path}{1 + n * 40}",
                    language=cls.post.language,
                    listed_at=cls.post.published_at,
                )
            )
        PostTag.objects.bulk_create(rows)

    def deep(self, listing):
        """A cursor far inside the list."""
        time = timezone.datetime(2010, 6, 10, tzinfo=timezone.get_current_timezone())
        known = {
            "published_at": time,
            "listed_at": time,
            "day": time.date(),
            "path": 540_000,  # a post's id
            "position": 0,
        }
        return cursors.encode(tuple(known[key.removeprefix("-")] for key in listing.shape.keys))

    def query(self, listing, before: str) -> str:
        """The SQL with which a page reads its rows."""
        with CaptureQueriesContext(connection) as queries:
            entries, _more = listing.page(before, PAGE, Shown())
        self.assertEqual(len(entries), PAGE)
        return queries[0]["sql"]

    def plan(self, sql: str, how: str = "") -> str:
        how = how or {"sqlite": "EXPLAIN QUERY PLAN"}.get(connection.vendor, "EXPLAIN")
        with connection.cursor() as cursor:
            cursor.execute(f"{how} {sql}")
            return "\n".join(str(row[-1]) for row in cursor.fetchall())

    def test_the_plans_use_the_index_that_holds_the_order(self):
        for name, (listing, index) in self.lists.items():
            for before in ("", self.deep(listing)):
                with self.subTest(list=name, deep=bool(before)):
                    plan = self.plan(self.query(listing, before))
                    # Of two indexes that hold the order the planner may take the other and drop
                    # some rows.
                    self.assertTrue(index in plan or index.replace("_language", "") in plan, plan)
                    self.assertNotIn("TEMP B-TREE", plan)
                    self.assertNotRegex(plan, r"(?<!Incremental )\bSort\b")
                    self.assertNotIn("Seq Scan on posts_post", plan)

    def test_a_deep_page_costs_what_the_first_page_costs(self):
        for name, (listing, _index) in self.lists.items():
            with self.subTest(list=name):
                first, deep = (
                    self.cost(self.query(listing, before)) for before in ("", self.deep(listing))
                )
                self.assertLessEqual(deep, first * 1.5 + 60, (first, deep))
                self.assertLess(first, 6000)

    def cost(self, sql: str) -> int:
        if connection.vendor == "sqlite":
            read = lambda: connection.connection.execute(sql).fetchall()  # noqa: E731
            return self.steps(lambda: self.assertEqual(len(read()), PAGE + 1))
        plan = self.plan(sql, "EXPLAIN (ANALYZE, BUFFERS)")
        found = re.search(r"Buffers: shared (?:hit=(\d+))?(?: ?read=(\d+))?", plan)
        return int(found[1] or 0) + int(found[2] or 0)

    def test_no_page_of_a_large_site_walks_through_it(self):
        """On SQLite, where steps can be counted; the next test looks at PostgreSQL's plans."""
        if connection.vendor != "sqlite":
            return
        middle = Post.objects.filter(
            address__isnull=False, id__gt=500_000, language=self.post.language
        ).order_by("id")[40_000]
        pages = {
            middle.address: 12_000,
            f"{self.post.address}{self.post.stories.first().slug}/": 20_000,
            "/": 12_000,
            "/tags/": 40_000,  # 300 of 2,000
            "/sources/": 12_000,
            "/categories/": 12_000,
            "/tags/?before=T": 40_000,
            f"/tags/{quote(self.tag)}/": 20_000,
            "/categories/tech/": 20_000,
            "/archive/": 40_000,
            "/2010/": 20_000,
        }
        pages |= {
            "/rss.xml": 12_000,
            "/sitemap.xml": 120_000,
            "/sitemap-posts-2010-06.xml": 60_000,
            "/sitemap-archives-tags.xml": 120_000,  # all 2,000 tags
            "/llms.txt": 20_000,
            f"{middle.address[:-1]}.md": 12_000,
            "/en/": 12_000,
            "/2010/06/": 12_000,
        }
        pages |= {
            "/en/archive/": 40_000,
            "/en/tags/": 60_000,  # looks through all 2,000 for those that have English posts
            f"/en/tags/{quote(self.tag)}/": 20_000,
            "/sources/harbour.example/": 20_000,
            "/sources/harbour.example/rss.xml": 20_000,
            "/atom.xml?items=stories": 12_000,
            "/sitemap-news.xml": 12_000,
            "/nope/": 3_000,
            "/xx/": 3_000,
            "/xx/feeds/": 3_000,
            "/2010/06/10/nope/": 3_000,
            f"{middle.address}nope/": 3_000,
            "/tags/nope/": 3_000,
            "/tags/AI": 20_000,
        }
        for address, most in pages.items():
            with self.subTest(address=address):
                found = []
                steps = self.steps(lambda a=address, f=found: f.append(self.client.get(a)))
                expected = {"/tags/AI": 301}.get(address, 404 if "nope" in address else 200)
                self.assertEqual(found[0].status_code, 404 if "/xx/" in address else expected)
                self.assertLess(steps, most)

    def test_no_query_of_a_page_reads_a_whole_table(self):
        """On PostgreSQL, whose plans say so plainly."""
        if connection.vendor != "postgresql":
            return
        post = Post.objects.filter(id__gt=500_000, language=self.post.language).order_by("id")[
            40_000
        ]
        story = f"{self.post.address}{self.post.stories.first().slug}/"
        pages = [
            "/",
            "/en/",
            "/tags/",
            "/tags/?before=T",
            "/en/tags/",
            "/sources/",
            f"/tags/{quote(self.tag)}/",
            f"/en/tags/{quote(self.tag)}/",
            "/categories/tech/",
            "/sources/harbour.example/",
            "/archive/",
            "/2010/",
            "/2010/06/",
            "/nope/",
        ]
        pages += [
            post.address,
            story,
            "/sources/harbour.example/rss.xml",
            "/atom.xml?items=stories",
        ]
        pages += ["/sitemap.xml", "/sitemap-posts-2010-06.xml", "/en/archive/", "/tags/AI", "/xx/"]
        pages += ["/sitemap-archives-tags.xml", "/llms.txt", f"{post.address[:-1]}.md"]
        for address in pages:
            with CaptureQueriesContext(connection) as queries:
                self.client.get(address)
            for sql in [query["sql"] for query in queries]:
                with self.subTest(address=address), connection.cursor() as cursor:
                    cursor.execute(f"EXPLAIN {sql}")
                    plan = "\n".join(row[0] for row in cursor.fetchall())
                    self.assertNotRegex(plan, rf"Seq Scan on ({LARGE})\b", sql)

    def test_what_stands_near_a_post_touches_few_pages_of_a_large_site(self):
        """On PostgreSQL: every tag, section and cited page there is has 50,000 posts or more."""
        if connection.vendor != "postgresql":
            return
        post = Post.objects.filter(id__gt=500_000, language=self.post.language).order_by("id")[
            40_000
        ]
        story = f"{self.post.address}{self.post.stories.first().slug}/"
        for address in (post.address, story):
            with CaptureQueriesContext(connection) as queries:
                self.assertEqual(self.client.get(address).status_code, 200)
            self.assertLessEqual(len(queries), 4)
            for query in queries:
                plan = self.plan(query["sql"], "EXPLAIN (ANALYZE, BUFFERS)")
                found = re.search(r"Buffers: shared (?:hit=(\d+))?(?: ?read=(\d+))?", plan)
                self.assertIsNotNone(found, plan)
                self.assertLess(int(found[1] or 0) + int(found[2] or 0), 1_500, plan)

    def test_no_save_of_a_large_site_and_no_step_of_a_merge_walks_through_it(self):
        works = {name: lambda text=text: save(text) for name, (_most, text) in EDITS.items()}
        works["withdraw"] = lambda: publishing.withdraw(Post.objects.get(pk=self.post.pk))
        works["publish"] = lambda: publishing.publish(Post.objects.get(pk=self.post.pk))
        works["new"] = lambda: save(DIGEST, "_posts/2026-03-05-another.md")
        tags = list(Tag.objects.order_by("pk")[:2])
        job = publishing.start_merge(*tags)
        works["merge"] = lambda: merging.merge_step(job)
        for name, work in works.items():
            with self.subTest(work=name):
                self.assert_walks_through_nothing(work, 60_000 if name == "merge" else 20_000)

    def assert_walks_through_nothing(self, work, most: int) -> None:
        if connection.vendor == "sqlite":
            self.assertLess(self.steps(work), most)
            return
        with CaptureQueriesContext(connection) as queries:
            work()
        for sql in [query["sql"] for query in queries]:
            if sql.startswith(("SELECT", "UPDATE", "DELETE")):
                plan = self.plan(sql)
                self.assertNotRegex(plan, rf"Seq Scan on ({LARGE})\b", sql[:300])

    @staticmethod
    def steps(work) -> int:
        counted = 0

        def step():
            nonlocal counted
            counted += 1

        connection.connection.set_progress_handler(step, 1)
        try:
            work()
        finally:
            connection.connection.set_progress_handler(None, 0)
        return counted

    def test_pages_of_a_large_site_keep_to_their_queries(self):
        for address, most in {
            "/": 4,
            "/tags/ai/": 5,
            "/tags/": 5,
            "/en/tags/": 5,
            "/categories/tech/": 5,
            "/archive/": 4,
            "/2010/": 5,
            "/sources/harbour.example/": 5,
            "/tags/ai/rss.xml": 5,
            "/sitemap.xml": 5,
        }.items():
            with self.subTest(address=address), self.assertNumQueriesAtMost(most):
                self.assertEqual(self.client.get(address).status_code, 200)

    def assertNumQueriesAtMost(self, most: int):
        from contextlib import contextmanager

        @contextmanager
        def counted():
            with CaptureQueriesContext(connection) as queries:
                yield
            self.assertLessEqual(len(queries), most)

        return counted()

    def test_the_admins_list_counts_no_whole_table(self):
        from django.contrib.auth.models import User

        self.client.force_login(User.objects.create_superuser("editor"))
        with CaptureQueriesContext(connection) as queries:
            self.assertEqual(self.client.get("/admin/posts/post/").status_code, 200)
        counts = [query["sql"] for query in queries if "COUNT(" in query["sql"].upper()]
        self.assertTrue(all("LIMIT" in sql.upper() for sql in counts), counts)
        self.assertLessEqual(len(queries), 15)

    def test_the_years_of_the_admins_list_are_found_without_a_walk_over_all_posts(self):
        every = sorted(set(Post.objects.values_list("day__year", flat=True)))
        with CaptureQueriesContext(connection) as queries:
            self.assertEqual([day.year for day in Post.objects.dates("day", "year")], every)
        self.assertEqual(len(queries), 2)
        for query in queries:
            self.assertNotIn("Seq Scan", self.plan(query["sql"]))
        if connection.vendor == "sqlite":
            self.assertLess(self.steps(lambda: Post.objects.dates("day", "year")), 6000)
        few = Post.objects.filter(language="en", day__year__lt=2005).dates("day", "year")
        self.assertEqual([day.year for day in few], [2000, 2001, 2002, 2003, 2004])
        self.assertEqual(Post.objects.none().dates("day", "year").count(), 0)
