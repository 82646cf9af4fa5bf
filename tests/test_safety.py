"""Headers on every answer, and settings that refuse to start unsafe."""

import os
import subprocess
import sys

from django.test import TestCase, override_settings

from tests.cast import ROOT, save


class Headers(TestCase):
    def test_every_answer_has_a_strict_policy(self):
        post = save()
        for address in [
            "/",
            post.address,
            "/rss.xml",
            "/nope/",
            "/admin/login/",
            "/healthz",
            "/static/site/site.css",
            "/?x=%00",
        ]:
            response = self.client.get(address)
            policy = response["Content-Security-Policy"]
            self.assertTrue(policy.startswith("default-src 'none'"), address)
            self.assertNotIn("unsafe", policy)
            self.assertIn("frame-ancestors 'none'", policy)
            for name, value in {
                "X-Content-Type-Options": "nosniff",
                "X-Frame-Options": "DENY",
                "Cross-Origin-Resource-Policy": "same-origin",
            }.items():
                self.assertEqual(response[name], value, address)
            self.assertIn("Referrer-Policy", response)

    def test_no_page_needs_a_script_or_an_inline_style(self):
        post = save()
        for address in [
            "/",
            post.address,
            f"{post.address}{post.stories.first().slug}/",
            "/archive/",
            "/feeds/",
            "/nope/",
        ]:
            text = self.client.get(address).content.decode()
            for sign in ("<script", "style=", " onclick", "<style"):
                self.assertNotIn(sign, text, address)

    def test_another_host_is_turned_away_and_never_reflected(self):
        save()
        self.assertEqual(self.client.get("/", headers={"Host": "evil.example"}).status_code, 400)
        for address in ("/rss.xml", "/sitemap.xml", "/2026/03/05/port/"):
            self.assertNotContains(
                self.client.get(address, headers={"X-Forwarded-Host": "evil.example"}),
                "evil.example",
            )

    @override_settings(SITE_URL="https://news.example")
    def test_absolute_addresses_are_those_of_the_site(self):
        save()
        self.assertContains(self.client.get("/rss.xml"), "https://news.example/2026/03/05/port/")


class Settings(TestCase):
    def start(self, **environment: str) -> tuple[int, str]:
        clean = {
            name: value for name, value in os.environ.items() if name in ("PATH", "HOME", "LANG")
        }
        done = subprocess.run(
            [sys.executable, "manage.py", "check", "--deploy"],
            cwd=ROOT,
            env=clean | environment,
            capture_output=True,
            text=True,
        )
        return done.returncode, done.stderr.strip().splitlines()[-1] if done.stderr.strip() else ""

    def test_a_missing_or_bad_value_stops_the_start_with_one_sentence(self):
        public = {
            "SITE_URL": "https://news.example",
            "SECRET_KEY": "k" * 60,
            "ALLOWED_HOSTS": "news.example",
        }
        self.assertEqual(self.start(**public)[0], 0)
        for change, word in [
            ({"SECRET_KEY": ""}, "SECRET_KEY"),
            ({"SECRET_KEY": "short"}, "SECRET_KEY"),
            ({"ALLOWED_HOSTS": ""}, "ALLOWED_HOSTS"),
            ({"ALLOWED_HOSTS": "*"}, "ALLOWED_HOSTS"),
            ({"SITE_URL": "http://news.example"}, "SITE_URL"),
            ({"SITE_URL": "news.example"}, "SITE_URL"),
            ({"DEBUG": "1"}, "DEBUG"),
            ({"DEBUG": "maybe"}, "DEBUG"),
            ({"TIME_ZONE": "Mars"}, "TIME_ZONE"),
            ({"LANGUAGE_CODE": "xx"}, "LANGUAGE_CODE"),
            ({"DATABASE_URL": "mysql://x"}, "DATABASE_URL"),
            ({"CACHE_URL": "x://"}, "CACHE_URL"),
        ]:
            with self.subTest(change=change):
                code, line = self.start(**public | change)
                self.assertNotEqual(code, 0)
                self.assertIn("ImproperlyConfigured", line)
                self.assertIn(word, line)
