"""Signing in: guessing is slowed down for who guesses and nobody else; the log says who came."""

import re
import shutil
import tempfile
import time
from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta
from pathlib import Path
from unittest import TestCase as PlainTestCase
from unittest.mock import patch

from axes.models import AccessAttempt
from django.contrib.auth import get_user_model
from django.contrib.auth.models import Group, Permission
from django.contrib.sessions.models import Session
from django.test import Client, RequestFactory, SimpleTestCase, TestCase, override_settings, tag
from django.utils import timezone

from newsroom.logs import Line, printable
from posts.admin.signin import client_address, client_network
from tests.support import servers
from tests.support.databases import Database

User = get_user_model()
GUESSES = 8


class Addresses(SimpleTestCase):
    def address(self, proxies: int, forwarded: str = "", peer: str = "10.0.0.1") -> str:
        meta = {"REMOTE_ADDR": peer} | ({"HTTP_X_FORWARDED_FOR": forwarded} if forwarded else {})
        with self.settings(PROXIES=proxies):
            return client_address(RequestFactory().get("/", **meta))

    def test_without_a_proxy_no_header_is_believed(self):
        self.assertEqual(self.address(0, "6.6.6.6"), "10.0.0.1")

    def test_behind_proxies_only_what_they_wrote_is_believed(self):
        self.assertEqual(self.address(1, "6.6.6.6, 203.0.113.9"), "203.0.113.9")
        self.assertEqual(self.address(2, "6.6.6.6, 203.0.113.9, 10.0.0.2"), "203.0.113.9")
        self.assertEqual(self.address(1), "10.0.0.1")
        self.assertEqual(self.address(2, "203.0.113.9"), "10.0.0.1")

    def test_what_is_no_address_is_none(self):
        for bad in ("evil\nevent=x", "300.1.1.1", "unknown", "<script>", "," * 50):
            self.assertEqual(self.address(1, bad), "10.0.0.1", bad)
        self.assertEqual(self.address(0, peer=""), "0.0.0.0")
        self.assertEqual(self.address(0, peer="::ffff:192.0.2.1"), "192.0.2.1")

    def test_tries_from_one_ipv6_network_count_together(self):
        for peer, network in [
            ("2001:db8:1:2:aaaa::1", "2001:db8:1:2::"),
            ("2001:db8:1:2:bbbb::2", "2001:db8:1:2::"),
            ("192.0.2.77", "192.0.2.77"),
        ]:
            request = RequestFactory().get("/", REMOTE_ADDR=peer)
            self.assertEqual(client_network(request), network)


class Guessing(TestCase):
    @classmethod
    def setUpTestData(cls):
        cls.user = User.objects.create_superuser("anna", "", "right horse")

    def sign_in(self, name="anna", password="wrong", address="192.0.2.1", **headers):
        return self.client.post(
            "/admin/login/?next=/admin/",
            {"username": name, "password": password, "next": "/admin/"},
            REMOTE_ADDR=address,
            headers=headers,
        )

    def guess(self, name="anna", count=GUESSES, address="192.0.2.1"):
        return [self.sign_in(name, f"wrong{n}", address).status_code for n in range(count)]

    def test_after_eight_failures_even_the_right_password_waits(self):
        self.assertEqual(self.guess(), [200] * 7 + [429])
        response = self.sign_in(password="right horse")
        self.assertEqual(response.status_code, 429)
        self.assertEqual(response["Retry-After"], "900")
        self.assertIn("no-store", response["Cache-Control"])
        self.assertNotIn("_auth_user_id", self.client.session)
        self.assertNotContains(response, "<script", status_code=429)

    def test_the_owner_signs_in_from_elsewhere(self):
        self.guess()
        self.assertEqual(
            self.sign_in(password="right horse", address="198.51.100.7").status_code, 302
        )

    def test_a_lock_ends_by_itself_and_cannot_be_drawn_out(self):
        self.guess(count=GUESSES + 20)
        self.assertEqual(AccessAttempt.objects.get().failures_since_start, GUESSES)
        AccessAttempt.objects.update(attempt_time=timezone.now() - timedelta(minutes=16))
        self.assertEqual(self.sign_in(password="right horse").status_code, 302)
        self.assertEqual(AccessAttempt.objects.count(), 0)

    def test_success_clears_only_ones_own_count(self):
        User.objects.create_superuser("eve", "", "her own horse")
        self.guess(count=7)
        self.assertEqual(self.sign_in("eve", "her own horse").status_code, 302)
        self.assertEqual(self.guess(count=1), [429])

    def test_another_browser_name_is_no_new_chance(self):
        codes = [
            self.sign_in(password=f"wrong{n}", **{"User-Agent": f"agent {n}"}).status_code
            for n in range(10)
        ]
        self.assertEqual(codes, [200] * 7 + [429] * 3)

    def test_names_that_nobody_has_get_the_same_words_and_the_same_work(self):
        def seen(name):
            with patch(
                "django.contrib.auth.hashers.MD5PasswordHasher.encode", return_value="md5$a$b"
            ) as hashing:
                pages = [self.sign_in(name) for _guess in range(GUESSES + 1)]
            texts = [re.sub(r'value="[^"]*"', "", page.content.decode()) for page in pages]
            return [page.status_code for page in pages], texts, hashing.call_count

        self.assertEqual(seen("anna"), seen("nobody-of-that-name"))

    def test_the_message_is_in_the_editors_language(self):
        self.guess()
        chinese = self.sign_in(**{"Accept-Language": "zh-hans"})
        english = self.sign_in(**{"Accept-Language": "en"})
        self.assertContains(english, "Too many attempts", status_code=429)
        self.assertContains(chinese, "尝试次数过多", status_code=429)

    @override_settings(PROXIES=1)
    def test_a_client_cannot_choose_the_address_that_is_counted(self):
        codes = [
            self.client.post(
                "/admin/login/",
                {"username": "anna", "password": "wrong"},
                headers={"X-Forwarded-For": f"6.6.6.{n}, 203.0.113.9"},
            ).status_code
            for n in range(10)
        ]
        self.assertEqual(codes, [200] * 7 + [429] * 3)

    def test_no_password_is_kept_with_the_count(self):
        self.sign_in(password="hunter2")
        kept = AccessAttempt.objects.get()
        self.assertNotIn("hunter2", f"{kept.post_data}{kept.get_data}")


@tag("slow", "database")
class ManyProcesses(PlainTestCase):
    def test_twenty_failures_behind_the_proxy_with_four_processes_are_counted_once(self):
        folder = Path(tempfile.mkdtemp(prefix="newsroom-signin-"))
        database = Database(folder, "signin")
        try:
            database.create()
            environment = {
                "DATABASE_URL": database.url,
                "WEB_CONCURRENCY": "4",
                "BEHIND_PROXY": "1",
            }
            servers.manage(environment, "migrate", "-v0")
            servers.manage(
                environment | {"DJANGO_SUPERUSER_PASSWORD": "right horse"},
                *("createsuperuser", "--no-input", "--username=anna", "--email="),
            )
            with servers.site(environment) as base:
                self.check(base)
        finally:
            database.drop()
            shutil.rmtree(folder)

    def check(self, base: str):
        page = servers.ask(base, "/admin/login/")
        token = re.search(r'csrfmiddlewaretoken" value="([^"]+)"', page.body.decode())[1]
        cookie = page.headers["Set-Cookie"].split(";")[0]

        def sign_in(password: str, address: str) -> int:
            return servers.ask(
                base,
                "/admin/login/",
                "POST",
                f"csrfmiddlewaretoken={token}&username=anna&password={password}&next=/admin/",
                headers={
                    "Cookie": cookie,
                    "Content-Type": "application/x-www-form-urlencoded",
                    "X-Forwarded-For": f"6.6.6.6, {address}",
                },
            ).status

        codes = [sign_in("wrong", "203.0.113.9") for _guess in range(20)]
        self.assertEqual(codes, [200] * 7 + [429] * 13)
        self.assertEqual(sign_in("right+horse", "203.0.113.9"), 429)
        self.assertEqual(sign_in("right+horse", "198.51.100.7"), 302)
        with ThreadPoolExecutor(8) as pool:  # at once: never more chances than requests under way
            codes = list(pool.map(lambda _n: sign_in("wrong", "203.0.113.50"), range(40)))
        self.assertLessEqual(codes.count(200), 7 + 8)
        self.assertEqual(set(codes), {200, 429})


class SecurityLog(TestCase):
    """One line for each event; nothing in it that must be kept secret."""

    def setUp(self):
        self.user = User.objects.create_superuser("anna", "", "right horse")

    def events(self, act, *arguments, **options) -> list[str]:
        with self.assertLogs("newsroom.security", "INFO") as logs:
            act(*arguments, **options)
        return [record.getMessage() for record in logs.records]

    def sign_in(self, name, password):
        return self.client.post("/admin/login/", {"username": name, "password": password})

    def test_signing_in_and_out_and_failing(self):
        lines = self.events(self.sign_in, "anna", "right horse")
        self.assertEqual(lines, ["event=signed-in user=anna by=anna address=127.0.0.1"])
        lines = self.events(self.client.post, "/admin/logout/")
        self.assertEqual(lines[0].split(" by=")[0], "event=signed-out user=anna")
        lines = self.events(self.sign_in, "anna", "hunter2")
        self.assertEqual(lines, ["event=sign-in-failed user=anna by=- address=127.0.0.1"])

    def test_a_password_typed_as_a_name_is_not_written_down(self):
        lines = self.events(self.sign_in, "hunter2 my secret", "x")
        self.assertEqual(lines, ["event=sign-in-failed user=unknown by=- address=127.0.0.1"])

    def test_a_lock(self):
        for _guess in range(7):
            self.sign_in("anna", "wrong")
        lines = self.events(self.sign_in, "anna", "wrong")
        self.assertIn("event=sign-in-locked user=anna", lines[0] + lines[1])

    def test_a_refusal(self):
        writer = User.objects.create_user("writer", password="x", is_staff=True)
        self.client.force_login(writer)
        lines = self.events(self.client.get, "/admin/auth/user/")
        self.assertEqual(
            lines,
            ["event=refused method=GET path=/admin/auth/user/ by=writer address=127.0.0.1"],
        )
        strict = Client(enforce_csrf_checks=True)
        lines = self.events(strict.post, "/admin/login/", {"username": "a", "password": "b"})
        self.assertIn("event=refused method=POST path=/admin/login/", lines[0])

    def test_a_form_whose_token_is_stale_leads_back_to_itself_and_names_no_setting(self):
        strict = Client(enforce_csrf_checks=True)
        answer = strict.post("/admin/login/", {"username": "a"}, headers={"Accept-Language": "en"})
        page = answer.content.decode()
        self.assertEqual((answer.status_code, answer["Cache-Control"]), (403, "no-store"))
        self.assertInHTML('<a href="/admin/login/">Open the page again</a>', page)
        self.assertIn("was not saved", page)
        self.assertNotIn("DEBUG", page)
        self.assertNotIn("<style", page)

    def test_changes_of_rights(self):
        group = Group.objects.create(name="editors")
        permission = Permission.objects.get(codename="delete_group")
        writer = User.objects.create_user("writer", password="x")
        lines = self.events(writer.groups.add, group)
        self.assertEqual(lines, ["event=rights-changed user=writer change=add groups=editors"])
        lines = self.events(group.permissions.set, [permission])
        self.assertIn("group=editors change=add permissions=delete_group", lines[0])
        lines = self.events(group.permissions.clear)
        self.assertIn("group=editors change=clear", lines[0])
        writer.is_superuser = True
        self.assertEqual(
            self.events(writer.save), ["event=account-changed user=writer is_superuser=True"]
        )
        writer.set_password("hunter2")
        self.assertEqual(
            self.events(writer.save), ["event=account-changed user=writer password=changed"]
        )
        self.assertEqual(self.events(writer.delete), ["event=deleted user=writer"])

    def test_who_changed_rights_in_the_admin(self):
        self.client.force_login(self.user)
        lines = self.events(
            self.client.post,
            "/admin/auth/user/add/",
            {
                "username": "new",
                "usable_password": "true",
                "password1": "a long horse 1",
                "password2": "a long horse 1",
            },
        )
        self.assertTrue(lines[0].startswith("event=account-created user=new"), lines)
        self.assertIn("by=anna", lines[0])

    def test_a_name_cannot_begin_a_line_of_its_own(self):
        group = Group.objects.create(name='x"\nevent=signed-in\u2028user=root \u202e')
        with self.assertLogs("newsroom.security", "INFO") as logs:
            self.user.groups.add(group)
        line = Line().format(logs.records[0])
        self.assertEqual(len(line.splitlines()), 1)
        self.assertTrue(line.isprintable())
        self.assertIn('groups="x\\"', line)

    def test_a_foreign_host_is_one_line_and_no_traceback(self):
        with self.assertLogs("django.security.DisallowedHost", "ERROR") as logs:
            answer = self.client.get("/", headers={"Host": "evil.example"})
        self.assertEqual(answer.status_code, 400)
        line = Line().format(logs.records[0])
        self.assertEqual(len(line.splitlines()), 1)
        self.assertIn("evil.example", line)

    def test_lines_are_printable_and_keep_chinese(self):
        self.assertEqual(printable("编辑 a\r\nb\x1b[31m"), "编辑 a\\r\\nb\\x1b[31m")


class IdleSessions(TestCase):
    def setUp(self):
        self.client.force_login(User.objects.create_superuser("anna", "", "x"))

    def expiry(self):
        return Session.objects.get().expire_date

    def test_a_session_ends_when_idle_and_lives_on_while_used(self):
        self.client.get("/admin/")
        first = self.expiry()
        self.assertLessEqual(first, timezone.now() + timedelta(hours=8, seconds=5))
        later = time.time() + 3600
        with patch("newsroom.middleware.time.time", return_value=later):
            self.client.get("/admin/")
        self.assertGreaterEqual(self.expiry(), first)
        Session.objects.update(expire_date=timezone.now() - timedelta(seconds=1))
        self.assertEqual(self.client.get("/admin/").status_code, 302)

    def test_a_page_of_the_admin_renews_it_once_a_minute(self):
        self.client.get("/admin/")
        with patch("newsroom.middleware.time.time", return_value=time.time() + 61):
            self.assertIn("sessionid", self.client.get("/admin/").cookies)
            self.assertNotIn("sessionid", self.client.get("/admin/").cookies)

    def test_public_pages_touch_no_session(self):
        for address in ("/", "/rss.xml", "/nope/"):
            response = self.client.get(address)
            self.assertFalse(response.cookies, address)
            self.assertNotIn("Cookie", response.get("Vary", ""), address)
