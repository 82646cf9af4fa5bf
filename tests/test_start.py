"""Starting: what the environment says, and what a new site is given."""

import io
import os
from pathlib import Path
from unittest.mock import patch

from django.contrib.auth import get_user_model
from django.core.exceptions import ImproperlyConfigured
from django.core.management import call_command
from django.test import SimpleTestCase, TestCase

from newsroom import environment, wsgi
from posts.models import Category, Post
from tests.cast import plain, save


class Environment(SimpleTestCase):
    def read(self, function, value: str, *arguments):
        with patch.dict(os.environ, {"X": value}):
            return function("X", *arguments)

    def refuse(self, function, value: str, *arguments):
        with self.assertRaisesMessage(ImproperlyConfigured, "X is"):
            self.read(function, value, *arguments)

    def test_a_database(self):
        found = self.read(
            environment.database,
            "postgresql://anna:p%40ss@db.example:5433/news?sslmode=require",
            Path("var"),
        )
        self.assertEqual(
            (found["NAME"], found["USER"], found["PASSWORD"]), ("news", "anna", "p@ss")
        )
        self.assertEqual((found["HOST"], found["PORT"]), ("db.example", "5433"))
        self.assertEqual(found["OPTIONS"], {"connect_timeout": "5", "sslmode": "require"})
        self.assertTrue(found["CONN_HEALTH_CHECKS"])
        found = self.read(environment.database, "sqlite:////srv/my%20news.sqlite3", Path("var"))
        self.assertEqual(found["NAME"], "//srv/my news.sqlite3")
        with self.assertRaisesMessage(ImproperlyConfigured, "mysql"):
            self.read(environment.database, "mysql://x", Path("var"))

    def test_numbers_and_switches(self):
        self.assertEqual(self.read(environment.number, " 12 ", 5, 1, 20), 12)
        self.assertEqual(self.read(environment.number, "", 5, 1, 20), 5)
        self.assertEqual(self.read(environment.number, "yes", 5, 0, 20), 1)
        for bad in ("21", "0", "-1", "1.5", "ten", "²", "٣"):
            self.refuse(environment.number, bad, 5, 1, 20)
        self.assertTrue(self.read(environment.flag, "On"))
        self.refuse(environment.flag, "maybe")

    def test_addresses_and_zones(self):
        self.assertEqual(
            self.read(environment.site_url, "https://a.example/", ""), "https://a.example"
        )
        for bad in ("a.example", "ftp://a.example", "https://a.example/x", "https://u@a.example"):
            self.refuse(environment.site_url, bad, "")
        self.assertEqual(self.read(environment.zone, "Asia/Tokyo", "UTC"), "Asia/Tokyo")
        self.refuse(environment.zone, "../etc/passwd", "UTC")
        self.assertEqual(self.read(environment.words, "a, b ,,"), ["a", "b"])

    def test_a_cache(self):
        with patch.object(environment, "find_spec", return_value=object()):
            found = self.read(environment.cache, "redis://cache.example:6379/1")
        self.assertEqual(found["LOCATION"], "redis://cache.example:6379/1")
        self.assertIn("locmem", self.read(environment.cache, "")["BACKEND"])
        for bad in ("memcached://x", "redis://", "redis:///1"):
            self.refuse(environment.cache, bad)
        with self.assertRaisesMessage(ImproperlyConfigured, "X is no address"):
            self.read(environment.cache, "redis://cache.example:six/1")

    def test_a_cache_that_cannot_work_stops_the_start(self):
        with (
            patch.object(environment, "find_spec", return_value=None),
            self.assertRaisesMessage(ImproperlyConfigured, "the package “redis” is missing"),
        ):
            self.read(environment.cache, "redis://cache.example:6379/1")

    def test_the_server_finds_the_site(self):
        self.assertTrue(callable(wsgi.application))


class FirstRun(TestCase):
    def run_first(self) -> str:
        out = io.StringIO()
        call_command("first_run", stdout=out, stderr=out)
        return out.getvalue()

    def test_a_new_site_gets_samples_and_an_editor_whose_password_is_shown_once(self):
        first = self.run_first()
        posts = list(Post.objects.values_list("path", "version"))
        self.assertTrue(posts)
        password = first.split("password ")[1].split()[0]
        self.assertTrue(get_user_model().objects.get(username="editor").check_password(password))
        self.assertEqual(self.run_first(), "")
        self.assertEqual(list(Post.objects.values_list("path", "version")), posts)

    def test_a_new_sites_sections_stand_in_the_papers_order_and_have_names_in_english(self):
        self.run_first()
        sections = list(Category.objects.values_list("name", "names__en"))
        self.assertEqual(sections[0], ("云原生", "Cloud native"))
        self.assertEqual(sections[-1], ("军事", "Defence"))
        self.assertTrue(all(english for _name, english in sections))

    def test_a_site_with_posts_keeps_the_order_of_its_own_sections(self):
        save(plain("一", "2026-03-05", categories="[科技]"))
        self.run_first()
        self.assertEqual(Category.objects.get().position, 100)
