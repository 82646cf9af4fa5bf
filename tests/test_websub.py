"""WebSub: feeds name their hubs, and hubs are told what is new."""

import threading
from datetime import timedelta
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from ipaddress import ip_address
from unittest import mock
from urllib.parse import parse_qsl

import feedparser
from django.test import SimpleTestCase, TestCase, override_settings
from django.utils import timezone
from django_tasks_db.models import DBTaskResult

from posts import publishing
from posts.models import Ping, Site
from posts.outgoing.fetch import Unreachable, is_public, post
from posts.publishing.pings import OLD, WAITS, send_due
from posts.publishing.sites import save_site
from tests.cast import digest, later, plain, save

ORIGIN = "http://127.0.0.1:8000"


class Hub(ThreadingHTTPServer):
    """A hub that remembers what it is told; ``status`` is what it answers."""

    daemon_threads = True

    def __init__(self):
        super().__init__(("127.0.0.1", 0), Handler)
        self.status, self.received, self.headers = 204, [], []
        threading.Thread(target=self.serve_forever, daemon=True).start()

    @property
    def host(self) -> str:
        return f"127.0.0.1:{self.server_port}"

    def topics(self) -> list[str]:
        found = [value for form in self.received for name, value in form if name == "hub.url"]
        self.received.clear()
        return found


class Handler(BaseHTTPRequestHandler):
    def do_POST(self):
        body = self.rfile.read(int(self.headers["Content-Length"])).decode()
        self.server.received.append(parse_qsl(body))
        self.server.headers.append(dict(self.headers))
        self.send_response(self.server.status)
        if 300 <= self.server.status < 400:
            self.send_header("Location", f"http://{self.server.host}/elsewhere")
        self.end_headers()

    def log_message(self, *args):
        pass


@override_settings(TASKS={"default": {"BACKEND": "django_tasks_db.DatabaseBackend"}})
class Hubs(TestCase):
    def setUp(self):
        self.hub = Hub()
        self.addCleanup(self.hub.server_close)
        self.addCleanup(self.hub.shutdown)
        self.enterContext(override_settings(OUTGOING_HOSTS=[self.hub.host]))
        self.url = f"http://{self.hub.host}/hub?for=us"
        save_site(Site(hubs=self.url))

    def save(self, *args, **options):
        with self.captureOnCommitCallbacks(execute=True):
            return save(*args, **options)

    def today(self, **keys: str) -> str:
        return plain("Today", (timezone.now() - timedelta(minutes=1)).isoformat(), **keys)

    def test_no_hub_breaks_the_header_that_names_it(self):
        save()
        save_site(Site(hubs="https://hub.example/>;rel=x,<中"))
        for name in ("rss.xml", "atom.xml", "feed.json"):
            header = self.client.get(f"/{name}")["Link"]
            self.assertTrue(header.startswith("<https://hub.example/%3E;rel=x,%3C%E4%B8%AD>; "))

    def test_feeds_name_the_hub_and_themselves(self):
        save()
        for kind in ("rss.xml", "atom.xml", "feed.json"):
            response = self.client.get(f"/tags/ai/{kind}")
            self.assertIn(f'<{self.url}>; rel="hub"', response["Link"])
            self.assertIn(f'<{ORIGIN}/tags/ai/{kind}>; rel="self"', response["Link"])
            if kind != "feed.json":
                links = feedparser.parse(response.content).feed.links
                self.assertIn(self.url, [one.href for one in links if one.rel == "hub"])
            else:
                self.assertEqual(response.json()["hubs"], [{"type": "WebSub", "url": self.url}])

    def test_a_new_post_is_told_with_every_feed_that_holds_it(self):
        text = digest(lang="en").replace("date: 2026-03-05", f"date: {timezone.now().isoformat()}")
        self.save(text)
        self.assertEqual(send_due(), 1)
        topics = self.hub.topics()
        for path in ("/rss.xml", "/atom.xml", "/feed.json", "/en/rss.xml", "/tags/ai/rss.xml",
                     "/en/tags/ai/feed.json", "/categories/tech/atom.xml",
                     "/sources/harbour.example/rss.xml"):  # fmt: skip
            self.assertIn(ORIGIN + path, topics)
        self.assertEqual(len(topics), len(set(topics)))
        for topic in topics:
            path = topic.removeprefix(ORIGIN)
            self.assertIn(self.client.get(path).status_code, (200, 301), path)
        self.assertEqual(self.hub.headers[0]["Host"], self.hub.host)
        self.assertFalse(Ping.objects.exists())
        self.assertEqual(send_due(), 0)

    def test_the_lists_of_the_site_s_own_language_are_told_too(self):
        self.save(self.today(tags="[ai]"), "_posts/a.md")
        send_due()
        topics = self.hub.topics()
        for path in ("/zh-hans/rss.xml", "/zh-hans/tags/ai/atom.xml"):
            self.assertIn(ORIGIN + path, topics)
            self.assertEqual(self.client.get(path).status_code, 200)

    def test_a_scheduled_post_is_told_when_it_appears_and_a_draft_never(self):
        soon = timezone.now() + timedelta(hours=1)
        self.save(plain("Soon", soon.isoformat(), tags="[secret]"), "_posts/soon.md")
        self.save(self.today(draft="true", tags="[hidden]"), "_posts/draft.md")
        self.assertEqual((send_due(), self.hub.topics()), (0, []))
        self.assertEqual([task.run_after for task in DBTaskResult.objects.all()], [soon])
        with later(hours=1, minutes=1):
            self.assertEqual(send_due(), 1)
        topics = self.hub.topics()
        self.assertIn(f"{ORIGIN}/tags/secret/rss.xml", topics)
        self.assertFalse([topic for topic in topics if "hidden" in topic])

    def test_what_was_withdrawn_before_it_appeared_is_named_to_nobody(self):
        soon = timezone.now() + timedelta(hours=1)
        path = self.save(plain("Soon", soon.isoformat(), tags="[secret]"), "_posts/soon.md").path
        self.save(plain("Soon", soon.isoformat(), draft="true", tags="[secret]"), path)
        with later(hours=2):
            send_due()
        self.assertEqual(self.hub.topics(), [])

    def test_an_edit_and_a_withdrawal_are_told_an_unchanged_save_and_an_old_post_are_not(self):
        post = self.save(self.today(), "_posts/a.md")
        send_due()
        self.hub.topics()
        self.save(post.document, post.path)
        self.save(plain("Old", (timezone.now() - OLD * 2).isoformat()), "_posts/old.md")
        self.assertEqual(send_due(), 0)
        with self.captureOnCommitCallbacks(execute=True):
            publishing.withdraw(post)
        self.assertEqual(send_due(), 1)
        self.assertIn(f"{ORIGIN}/rss.xml", self.hub.topics())

    def test_many_posts_are_told_in_few_requests(self):
        for number in range(8):
            self.save(self.today(tags=f"[t{number}]"), f"_posts/n{number}.md")
        self.assertEqual(send_due(), 8)
        self.assertLess(len(self.hub.received), 4)
        self.assertEqual(len(set(self.hub.topics())), 54)  # nine lists, in all languages and one

    def test_a_hub_that_fails_is_asked_again_later_and_less_and_less_often(self):
        self.save(self.today(), "_posts/a.md")
        self.hub.status = 503
        passed = timedelta()
        with self.assertLogs("newsroom.websub", "WARNING"):
            for wait in WAITS:
                with later(seconds=(passed + timedelta(seconds=5)).total_seconds()):
                    self.assertEqual(send_due(), 1)
                    self.assertEqual(send_due(), 0)
                passed += wait + timedelta(seconds=10)
            self.assertIn("503", Ping.objects.get().error)
            with later(days=3):
                self.assertEqual(send_due(), 1)
        with later(days=30):
            self.assertEqual(send_due(), 0)
        self.assertIsNone(Ping.objects.get().due_at)
        self.hub.status = 204
        self.save(self.today(tags="[again]"), "_posts/a.md")
        self.assertEqual(send_due(), 1)
        self.assertFalse(Ping.objects.exists())

    def test_a_failure_brings_the_worker_back(self):
        self.save(self.today(), "_posts/a.md")
        self.hub.status = 500
        with self.assertLogs("newsroom.websub", "WARNING"):
            send_due()
        due = Ping.objects.get().due_at
        self.assertIn(due, [task.run_after for task in DBTaskResult.objects.all()])

    def test_a_redirect_is_no_success_and_is_not_followed(self):
        self.save(self.today(), "_posts/a.md")
        self.hub.status = 307
        with self.assertLogs("newsroom.websub", "WARNING"):
            send_due()
        self.assertEqual(len(self.hub.received), 1)
        self.assertIn("307", Ping.objects.get().error)

    def test_a_hub_that_the_site_names_no_longer_is_told_nothing(self):
        self.save(self.today(), "_posts/a.md")
        save_site(Site(hubs=""))
        self.assertEqual((send_due(), self.hub.topics()), (0, []))
        self.assertFalse(Ping.objects.exists())
        with self.assertNumQueries(1):
            publishing.pings.announce([(1, timezone.now())])

    def test_a_save_stands_though_the_ping_cannot_be_noted(self):
        broken = mock.patch.object(Ping.objects, "bulk_create", side_effect=RuntimeError)
        with broken, self.assertLogs("django.test", "ERROR"):
            self.save(self.today(), "_posts/a.md")
        self.assertContains(self.client.get("/"), "Today")


class Private(SimpleTestCase):
    def test_no_address_behind_our_walls_is_reached(self):
        for url in (
            "http://127.0.0.1:9/", "http://localhost:9/", "http://127.1:9/", "http://2130706433:9/",
            "http://0x7f000001:9/", "http://0:9/", "http://[::1]:9/", "http://[::ffff:127.0.0.1]:9/",
            "http://[::ffff:10.0.0.1]:9/", "http://169.254.169.254/", "http://10.0.0.1/",
            "http://192.168.0.1/", "http://172.16.0.1/", "http://100.64.0.1/", "http://[fc00::1]/",
            "http://[64:ff9b::7f00:1]/", "http://[2002:7f00:1::]/", "http://224.0.0.1/",
            "file:///etc/passwd", "ftp://a.example/", "gopher://127.0.0.1:9/", "http://",
            "http://user@127.0.0.1/", "http://a.example:x/", "//127.0.0.1/", "http://[::1/", "",
        ):  # fmt: skip
            with (
                self.subTest(url=url),
                mock.patch("urllib3.HTTPConnectionPool.request") as request,
                self.assertRaises(Unreachable),
            ):
                post(url, [])
            request.assert_not_called()

    def test_one_private_address_among_public_ones_is_enough(self):
        found = [(2, 1, 6, "", (address, 80)) for address in ("93.184.215.14", "10.0.0.1")]
        with (
            mock.patch("socket.getaddrinfo", return_value=found),
            self.assertRaisesMessage(Unreachable, "10.0.0.1 is not a public address"),
        ):
            post("http://hub.example/", [])

    def test_the_connection_goes_to_the_address_that_was_checked(self):
        asked = []

        def once(*args, **kwargs):
            asked.append(args)
            address = "93.184.215.14" if len(asked) == 1 else "127.0.0.1"
            return [(2, 1, 6, "", (address, 80))]

        with (
            mock.patch("socket.getaddrinfo", once),
            mock.patch("posts.outgoing.fetch.urllib3.HTTPConnectionPool") as pool,
        ):
            pool.return_value.request.side_effect = OSError
            with self.assertRaises(Unreachable):
                post("http://hub.example/", [])
        pool.assert_called_once_with("93.184.215.14", 80)
        self.assertEqual(len(asked), 1)

    def test_public_addresses_are_public(self):
        for text in ("93.184.215.14", "2606:2800:21f:cb07:6820:80da:af6b:8b2c"):
            self.assertTrue(is_public(ip_address(text)))
