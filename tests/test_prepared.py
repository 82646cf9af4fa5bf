"""Queries that are compiled once: the querysets' own, with other values each time."""

from datetime import timedelta
from unittest import mock

from django.db.models.sql.compiler import SQLCompiler
from django.test import TestCase
from django.utils import timezone

from posts.models import Post
from posts.models.listed import no_later_than
from posts.models.prepared import LANGUAGE, NOW, UNTIL, Prepared
from tests.cast import later, plain, save

LISTS = ["", "tags/t/", "categories/k/", "authors/a/", "2026/", "tags/", "archive/", "feeds/"]
PAGES = [prefix + address for prefix in ("/", "/en/") for address in LISTS]


class PreparedQueries(TestCase):
    def setUp(self):
        keys = {"tags": "[t]", "categories": "[k]", "author": "a"}
        self.posts = [
            save(plain(f"n{n}", f"2026-03-{n:02}", **keys), f"_posts/2026-03-{n:02}-n.md")
            for n in range(1, 4)
        ]
        self.english = save(plain("e", "2026-03-02", lang="en", **keys), "_posts/2026-03-02-e.md")

    def test_what_it_finds_is_what_its_queryset_finds(self):
        columns = ("id", "title", "published_at", "expires_at", "day", "rtl", "card")
        make = lambda **now: Post.objects.published(**now).order_by("id")  # noqa: E731
        prepared = Prepared(lambda: make(now=NOW).values_list(*columns))
        found = [tuple(row) for row in prepared.rows()]
        self.assertEqual(found, list(make().values_list(*columns)))
        of_language = Prepared(lambda: make(now=NOW).in_language(LANGUAGE).values_list("id"))
        for language in ("en", "zh-hans", "fr"):
            found = [row[0] for row in of_language.rows(language=language)]
            self.assertEqual(found, [post.pk for post in make().in_language(language)])

    def test_the_clock_is_asked_each_time(self):
        at = timezone.now() + timedelta(hours=1)
        Post.objects.filter(pk=self.posts[0].pk).update(published_at=at)
        prepared = Prepared(lambda: Post.objects.published(now=NOW).values_list("id"))
        self.assertEqual(len(list(prepared.rows())), 3)
        with later(hours=2):
            self.assertEqual(len(list(prepared.rows())), 4)
        self.assertEqual(len(list(prepared.rows())), 3)

    def test_a_bound_in_the_future_shows_nothing_before_its_time(self):
        now = timezone.now()
        Post.objects.filter(pk=self.posts[0].pk).update(published_at=now + timedelta(hours=1))
        prepared = Prepared(lambda: Post.objects.published(UNTIL, now=NOW).values_list("id"))
        for until in (None, now + timedelta(days=1), now + timedelta(days=10_000)):
            self.assertEqual(len(list(prepared.rows(until=until))), 3)
        past = self.posts[1].published_at
        self.assertEqual(len(list(prepared.rows(until=past))), 2)

    def test_a_bound_that_is_no_slot_is_refused_beside_a_slot(self):
        """Else a prepared query would hold the time at which it was prepared."""
        self.assertRaises(TypeError, no_later_than, timezone.now(), NOW)

    def test_pages_compile_nothing_that_they_compiled_before(self):
        pages = [
            *PAGES,
            self.posts[1].address,
            f"/?before={2 * 10**15}~1",
            f"/en/?before={2 * 10**15}~1",
        ]
        for address in pages:
            self.assertEqual(self.client.get(address).status_code, 200, address)
        with mock.patch.object(SQLCompiler, "as_sql", side_effect=AssertionError("compiled")):
            for address in pages:
                self.assertEqual(self.client.get(address).status_code, 200, address)
