"""Headers on every answer, what is refused, files, and settings that refuse to start unsafe."""

import gzip
import os
import shutil
import subprocess
import sys
import tempfile
import time
from email.utils import parsedate_to_datetime
from pathlib import Path

import brotli
import zstandard
from django.contrib.auth import get_user_model
from django.core.checks import run_checks
from django.http import HttpResponse
from django.test import RequestFactory, SimpleTestCase, TestCase, override_settings

from newsroom import csp
from posts.public.urls import urlpatterns
from tests.cast import ROOT, save
from tests.support.servers import clean_environment

READABLE = [
    "/",
    "/2026/03/05/port/",
    "/rss.xml",
    "/atom.xml",
    "/feed.json",
    "/feeds.opml",
    "/sitemap.xml",
    "/sitemap-archives.xml",
    "/archive/",
    "/nope/",
]
PUBLIC = {
    "SITE_URL": "https://news.example",
    "SECRET_KEY": "0123456789abcdefghijklmnopqrstuvwxyz0123456789abcdefghijklmn",
    "ALLOWED_HOSTS": "news.example",
}


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

    def test_no_page_has_a_script_or_a_style_inline(self):
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
            text = text.replace('<script type="application/ld+json">', "")  # data, never run
            text = text.replace('<script src="/static/site/site.js" defer>', "")  # ours
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


class Policy(SimpleTestCase):
    """Django 6's names on Django 5.2."""

    def header(self, config, response=None):
        answer = response or HttpResponse()
        with self.settings(SECURE_CSP=config):
            csp.ContentSecurityPolicyMiddleware(lambda request: answer)(RequestFactory().get("/"))
        return answer.headers.get("Content-Security-Policy")

    def test_the_setting_means_what_it_means_in_django_6(self):
        for config, header in [
            (
                {"default-src": ["'none'"], "img-src": ["'self'", "https:"]},
                "default-src 'none'; img-src 'self' https:",
            ),
            ({"sandbox": True, "img-src": None, "style-src": False, "font-src": []}, "sandbox"),
            ({"img-src": {"b:", "a:"}, "base-uri": "'none'"}, "img-src a: b:; base-uri 'none'"),
            ({}, None),
            (None, None),
        ]:
            self.assertEqual(self.header(config), header)

    def test_an_answer_with_a_policy_of_its_own_keeps_it(self):
        own = HttpResponse(headers={"Content-Security-Policy": "sandbox"})
        self.assertEqual(self.header({"default-src": ["'none'"]}, own), "sandbox")

    def test_a_lax_policy_stops_the_start(self):
        self.assertEqual(run_checks(tags=["security"]), [])
        for lax in (
            {},
            {"default-src": ["'none'"], "script-src": ["'unsafe-inline'"]},
            {"script-src": ["'self'"]},
        ):
            with self.settings(SECURE_CSP=lax):
                self.assertEqual(
                    [error.id for error in run_checks(tags=["security"])], ["posts.E001"]
                )


class Methods(TestCase):
    def test_methods_that_no_page_has_are_405(self):
        save()
        for address in [*READABLE, "/static/site/site.css", "/media/x.png", "/healthz"]:
            for method in ("TRACE", "PUT", "DELETE", "PATCH", "OPTIONS", "POST", "BREW"):
                response = self.client.generic(method, address)
                self.assertEqual(response.status_code, 405, (method, address))
                self.assertEqual(response["Allow"], "GET, HEAD")
                self.assertIn("no-store", response["Cache-Control"])

    def test_the_admin_takes_forms_and_nothing_else(self):
        for method in ("TRACE", "PUT", "DELETE", "PATCH"):
            response = self.client.generic(method, "/admin/login/")
            self.assertEqual(response.status_code, 405, method)
            self.assertEqual(response["Allow"], "GET, HEAD, POST, OPTIONS")


class Compressed(TestCase):
    """zstd, brotli or gzip, with ``Vary`` and an ``ETag`` that still confirms what was kept."""

    def test_pages_feeds_and_sitemaps(self):
        save()
        for address in READABLE:
            plain = self.client.get(address)
            self.assertNotIn("Content-Encoding", plain)
            self.assertIn("Accept-Encoding", plain["Vary"])
            for asked, coding, unpacked in (
                ("gzip, deflate", "gzip", gzip.decompress),
                ("gzip, deflate, br", "br", brotli.decompress),
                ("gzip, deflate, br, zstd", "zstd", zstandard.decompress),
            ):
                packed = self.client.get(address, headers={"Accept-Encoding": asked})
                with self.subTest(address=address, asked=asked):
                    self.assertEqual(packed["Content-Encoding"], coding)
                    self.assertEqual(unpacked(packed.content), plain.content)
                    self.assertEqual(int(packed["Content-Length"]), len(packed.content))
                    self.assertIn("Accept-Encoding", packed["Vary"])
                    if plain.status_code == 200 and "ETag" in plain:
                        self.assertEqual(packed["ETag"], "W/" + plain["ETag"])

    def test_a_kept_copy_is_confirmed_whatever_its_coding(self):
        save()
        for address in ("/", "/rss.xml", "/feed.json", "/2026/03/05/port/"):
            for coding in ("gzip", "identity"):
                etag = self.client.get(address, headers={"Accept-Encoding": coding})["ETag"]
                for other in ("gzip", "identity"):
                    asked = {"Accept-Encoding": other, "If-None-Match": etag}
                    again = self.client.get(address, headers=asked)
                    self.assertEqual(again.status_code, 304, (address, coding, other))
                    self.assertEqual(again.content, b"")
                    self.assertIn("Accept-Encoding", again["Vary"])

    def test_who_refuses_a_coding_gets_another_or_none(self):
        for asked, coding in (
            ("gzip;q=0", None),
            ("gzip; q=0.0, br", "br"),
            ("br;q=0, *", "gzip"),
            ("*;q=0", None),
            ("identity", None),
            ("identity;q=0.5, gzip;q=0.1", None),
            ("identity;q=0, gzip;q=0", None),
            ("gzip;q=1.0, br;q=0.5", "gzip"),
            ("GZIP", "gzip"),
            ("x-gzip", "gzip"),
            ("gzip;q=nonsense", None),
            ("deflate", None),
            ("", None),
        ):
            response = self.client.get("/", headers={"Accept-Encoding": asked})
            self.assertEqual(response.get("Content-Encoding"), coding, asked)

    def test_the_admin_is_not_compressed(self):
        response = self.client.get("/admin/login/", headers={"Accept-Encoding": "gzip"})
        self.assertNotIn("Content-Encoding", response)


class Media(TestCase):
    """Pictures without a proxy in front: by WhiteNoise, as they are in the folder just now."""

    DATA = bytes(n % 251 for n in range(1000))

    def setUp(self):
        self.folder = Path(tempfile.mkdtemp(prefix="newsroom-media-"))
        self.addCleanup(shutil.rmtree, self.folder)
        override = override_settings(MEDIA_ROOT=self.folder / "media")
        override.enable()
        self.addCleanup(override.disable)
        self.picture = self.folder / "media" / "images" / "aa" / "a.png"

    def write(self):
        self.picture.parent.mkdir(parents=True)
        self.picture.write_bytes(self.DATA)

    def get(self, address="/media/images/aa/a.png", **headers):
        response = self.client.get(address, headers=headers)
        body = response.getvalue() if response.streaming else response.content
        return response, body

    def test_a_picture_that_came_after_the_start_is_served(self):
        self.assertEqual(self.get()[0].status_code, 404)
        self.write()
        response, body = self.get()
        self.assertEqual((response.status_code, body), (200, self.DATA))
        for name, value in {
            "Content-Type": "image/png",
            "Cache-Control": "public, max-age=31536000, immutable",
            "Content-Security-Policy": "default-src 'none'; frame-ancestors 'none'; sandbox",
            "Cross-Origin-Resource-Policy": "cross-origin",
            "X-Content-Type-Options": "nosniff",
            "Accept-Ranges": "bytes",
        }.items():
            self.assertEqual(response[name], value)

    def test_byte_ranges(self):
        self.write()
        for asked, status, first, last in [
            ("bytes=0-9", 206, 0, 9),
            ("bytes=0-0", 206, 0, 0),
            ("bytes=990-", 206, 990, 999),
            ("bytes=-10", 206, 990, 999),
            ("bytes=-1", 206, 999, 999),
            ("bytes=990-5000", 206, 990, 999),
            ("bytes=0-1,5-6", 200, 0, 999),
            ("lines=0-1", 200, 0, 999),
            ("bytes=x-y", 200, 0, 999),
            ("bytes=--5", 200, 0, 999),
            ("bytes=+1-5", 200, 0, 999),
            ("bytes=0_0-5", 200, 0, 999),
            ("bytes=-5000", 206, 0, 999),
        ]:
            with self.subTest(asked=asked):
                response, body = self.get(Range=asked)
                self.assertEqual(
                    (response.status_code, body), (status, self.DATA[first : last + 1])
                )
                if status == 206:
                    self.assertEqual(response["Content-Range"], f"bytes {first}-{last}/1000")
                    self.assertEqual(response["Content-Length"], str(last - first + 1))
        for beyond in ("bytes=1000-", "bytes=1000-1000", "bytes=-0"):
            response, body = self.get(Range=beyond)
            self.assertEqual((response.status_code, body), (416, b""), beyond)
            self.assertEqual(response["Content-Range"], "bytes */1000")

    def test_a_range_of_another_version_is_the_whole(self):
        self.write()
        etag = self.get()[0]["ETag"]
        asked = {"Range": "bytes=0-9"}
        self.assertEqual(self.get(**asked, **{"If-Range": etag})[0].status_code, 206)
        self.assertEqual(self.get(**asked, **{"If-Range": '"other"'})[0].status_code, 200)

    def test_a_kept_picture_is_confirmed(self):
        self.write()
        etag = self.get()[0]["ETag"]
        for kept in (etag, f"W/{etag}", f'"other", {etag}', "*"):
            self.assertEqual(self.get(**{"If-None-Match": kept})[0].status_code, 304, kept)
        self.assertEqual(self.get(**{"If-None-Match": '"other"'})[0].status_code, 200)

    def test_its_time_is_never_in_the_future(self):
        self.write()
        os.utime(self.picture, (time.time() + 10**6,) * 2)
        modified = parsedate_to_datetime(self.get()[0]["Last-Modified"]).timestamp()
        self.assertLessEqual(modified, time.time())

    def test_nothing_else_is_served(self):
        self.write()
        outside = self.folder / "secret.png"
        outside.write_bytes(b"secret")
        folder = self.picture.parent
        (folder / "link.png").symlink_to(outside)
        (folder.parent / "linked").symlink_to(self.folder)
        (folder / ".a.png.partial").write_bytes(b"half")
        os.mkfifo(folder / "pipe.png")
        for name in (
            "images/aa/link.png",
            "images/linked/secret.png",
            "images/aa/.a.png.partial",
            "images/aa/pipe.png",
            "images/aa",
            "images/aa/",
            "",
            "../secret.png",
            "%2e%2e/secret.png",
            "images/../../secret.png",
            "images//aa/a.png",
            "images\\aa\\a.png",
            "x" * 300,
            "images/aa/a.png/b",
        ):
            with self.subTest(name=name):
                response, body = self.get(f"/media/{name}")
                self.assertIn(response.status_code, (400, 404))
                self.assertNotIn(b"secret", body)

    def test_no_view_of_django_serves_files(self):
        self.assertFalse([p for p in urlpatterns if "media" in str(p.pattern)])


class Settings(TestCase):
    def start(self, **environment: str) -> tuple[int, str]:
        done = subprocess.run(
            [sys.executable, "manage.py", "check", "--deploy", "--fail-level", "WARNING"],
            cwd=ROOT,
            env=clean_environment(environment),
            capture_output=True,
            text=True,
        )
        return done.returncode, done.stderr.strip().splitlines()[-1] if done.stderr.strip() else ""

    def test_a_missing_or_bad_value_stops_the_start_with_one_sentence(self):
        self.assertEqual(self.start(**PUBLIC)[0], 0)
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
            ({"SESSION_IDLE": "never"}, "SESSION_IDLE"),
            ({"SESSION_IDLE": "0"}, "SESSION_IDLE"),
            ({"BEHIND_PROXY": "-1"}, "BEHIND_PROXY"),
            ({"HSTS_PRELOAD": "perhaps"}, "HSTS_PRELOAD"),
        ]:
            with self.subTest(change=change):
                code, line = self.start(**PUBLIC | change)
                self.assertNotEqual(code, 0)
                self.assertIn("ImproperlyConfigured", line)
                self.assertIn(word, line)

    def value(self, name: str, **environment: str) -> str:
        code = f"from newsroom import settings; print(settings.{name})"
        done = subprocess.run(
            [sys.executable, "-c", code],
            cwd=ROOT,
            env=clean_environment(PUBLIC | environment),
            capture_output=True,
            text=True,
        )
        return done.stdout.strip()

    def test_other_hosts_of_the_domain_are_bound_only_if_asked_for(self):
        for setting, variable in [
            ("SECURE_HSTS_INCLUDE_SUBDOMAINS", "HSTS_SUBDOMAINS"),
            ("SECURE_HSTS_PRELOAD", "HSTS_PRELOAD"),
        ]:
            self.assertEqual(self.value(setting), "False")
            self.assertEqual(self.value(setting, **{variable: "1"}), "True")

    def test_how_many_proxies_there_are(self):
        for written, number in [("", "0"), ("0", "0"), ("1", "1"), ("true", "1"), ("2", "2")]:
            self.assertEqual(self.value("PROXIES", BEHIND_PROXY=written), number)

    def test_the_sites_settings_know_nothing_of_tests(self):
        text = (ROOT / "newsroom" / "settings.py").read_text()
        for word in ("TEST", "tests", "sys.argv", "MD5"):
            self.assertNotIn(word, text)


class Account(TestCase):
    def test_no_public_page_sets_a_cookie(self):
        self.client.force_login(get_user_model().objects.create_superuser("a", "", "b"))
        for address in READABLE:
            self.assertFalse(self.client.get(address).cookies, address)
