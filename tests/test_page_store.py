"""What is kept of pages and for how long, in memory and by other processes; what never is."""

import os
from datetime import timedelta
from unittest import mock

from django.contrib.auth import get_user_model
from django.http import HttpResponse
from django.test import SimpleTestCase, override_settings
from django.utils import timezone

from posts import publishing
from posts.caching import addresses, answers, journal, keys, store
from posts.models import Post
from tests.cast import digest, later, plain, save
from tests.support.readers import CachedSite, Site

POST = "/2026/03/05/port/"
NOWHERE = journal.State("", 0.0, "", 0)


def page(path="/", body=b"x" * 1000, names=("p1",), until=None):
    """A page as the middleware makes it."""
    return answers.Page(
        addresses.Address(False, path),
        200,
        [("Content-Type", "text/html")],
        {"": body},
        etag="abc",
        keys=sorted(names),
        until=until,
        state=NOWHERE,
    )


def kept(pages, one, outdated=False):
    return pages.put(one, lambda: outdated)


class Memory(SimpleTestCase):
    def test_the_least_used_pages_leave_and_the_bytes_stay_within_the_limit(self):
        pages = store.Store(1_000_000)
        popular = [page(f"/popular/{n}/") for n in range(20)]
        for one in popular:
            self.assertTrue(kept(pages, one))
        for number in range(5000):
            kept(pages, page(f"/{number}/", names=(f"p{number}", "menu")))
            for one in popular:
                one.used = True
            self.assertLessEqual(pages.size, 1_000_000)
        self.assertTrue(all(one.live for one in popular))
        self.assertGreater(len(pages), 200)
        self.assertEqual(pages.size, sum(one.cost for one in pages.pages()))
        pages.clear()
        self.assertEqual((pages.size, len(pages), pages._by_key), (0, 0, {}))

    def test_searches_of_all_kinds_leave_the_other_pages_where_they_are(self):
        pages = store.Store(800_000)
        others = [page(f"/{n}/") for n in range(100)]
        for one in others:
            kept(pages, one)
        for n in range(2000):
            one = page("/search/")
            one.address = addresses.Address(False, "/search/", (("q", str(n)),))
            kept(pages, one)
            self.assertLessEqual(pages.searched, pages.limit // store.SEARCHES)
        self.assertTrue(all(one.live for one in others))
        self.assertGreater(len(pages), len(others))
        pages.clear()
        self.assertEqual((pages.size, pages.searched), (0, 0))

    def test_a_page_that_would_fill_the_memory_is_not_kept(self):
        self.assertFalse(kept(store.Store(1_000_000), page(body=bytes(200_000))))

    def test_only_pages_that_carry_a_key_of_a_change_go(self):
        pages = store.Store(1_000_000)
        one, two = page("/1/", names=("p1", "menu")), page("/2/", names=("p2", "menu"))
        for each in (one, two):
            kept(pages, each)
        pages.purge(["p1", "p3"])
        self.assertEqual((one.live, two.live, len(pages)), (False, True, 1))
        pages.purge(["menu"])
        self.assertEqual((two.live, len(pages), pages._by_key), (False, 0, {}))

    def test_a_page_that_is_rendered_anew_takes_the_place_of_the_old_one(self):
        pages = store.Store(1_000_000)
        old, new = page(names=("p1",)), page(names=("p2",))
        kept(pages, old)
        kept(pages, new)
        self.assertEqual((old.live, new.live, len(pages)), (False, True, 1))
        pages.purge(["p1"])
        self.assertTrue(new.live)

    def test_what_changed_while_it_was_rendered_is_not_kept(self):
        pages = store.Store(1_000_000)
        self.assertFalse(kept(pages, page(), outdated=True))
        self.assertEqual(len(pages), 0)

    def test_other_forms_are_counted(self):
        pages = store.Store(1_000_000)
        one = page(body=os.urandom(50_000))
        kept(pages, one)
        before = pages.size
        for coding in ("gzip", "br", ""):
            answers.answer(one, False, coding, None)
        pages.grown(one)
        self.assertGreater(pages.size, before + 90_000)
        pages.forget(one)
        self.assertEqual((pages.size, one.forms, one.answers), (0, {}, {}))

    def test_words_of_requests_are_remembered_within_a_limit(self):
        memo = store.Memo(200_000)
        memo.put(("known",), 1)
        for number in range(2000):
            memo.put((f"/?utm={number}", "x" * 50), number)
            self.assertEqual(memo.find(("known",)), 1)
        size = sum(len(generation) for generation in (memo._young, memo._old))
        self.assertLess(size * store.MEMO, 200_000)
        memo.put(("x" * 100_000,), 1)
        self.assertIsNone(memo.find(("x" * 100_000,)))


class Kept(CachedSite):
    def setUp(self):
        super().setUp()
        self.post = save()

    def test_a_change_of_its_keys_makes_a_page_new_and_no_other(self):
        for address in ("/", POST, "/archive/"):
            self.warm(address)
        self.journal.change(keys.post(self.post.pk))
        before = self.site.renderings
        for address in ("/", "/archive/"):
            self.site.ask(address)
        self.assertEqual(self.site.renderings, before)
        self.site.ask(POST)
        self.assertEqual(self.site.renderings, before + 1)
        self.journal.change(keys.EVERYTHING)
        self.assertEqual(len(self.site.front.store), 0)

    def test_a_page_that_changed_while_it_was_rendered_is_asked_for_again(self):
        with mock.patch("posts.public.responses.render_to_string") as render:

            def change(*_arguments):
                self.journal.change(keys.MENU)
                return "old"

            render.side_effect = change
            self.assertEqual(self.site.ask("/").text, "old")
        self.assertNotEqual(self.site.ask("/").text, "old")

    def test_a_page_ends_when_a_post_of_it_expires(self):
        Post.objects.update(expires_at=timezone.now() + timedelta(hours=1))
        self.warm("/")
        with later(minutes=59):
            self.site.ask("/")
            self.assertEqual(self.site.renderings, 1)
        with later(minutes=61):
            self.site.ask("/")
            self.assertEqual(self.site.renderings, 2)

    def test_a_page_that_is_open_to_newer_posts_is_kept_for_a_day(self):
        for number in range(21):
            save(plain(f"帖{number}", "2026-02-01"), f"_posts/2026-02-01-n{number}.md")
        self.warm("/")
        with later(hours=23):
            self.site.ask("/")
            self.assertEqual(self.site.renderings, 1)
        with later(hours=25):
            self.site.ask("/")
            self.assertEqual(self.site.renderings, 2)

    def test_errors_drafts_and_what_is_not_there_are_never_kept(self):
        save(plain("草稿", "2026-03-06", published="false"), "_posts/2026-03-06-draft.md")
        save(plain("später", "2126-03-06"), "_posts/2126-03-06-later.md")
        publishing.save(path=self.post.path, document=digest(published="false"), reason="test")
        for address in (
            "/nope/",
            "/2026/03/06/draft/",
            "/2126/03/06/later/",
            POST,
            "/tags/none/",
            "/?before=nonsense",
            "/sitemap-x.xml",
            "/healthz",
            "/admin/",
            "/static/nope",
        ):
            first, _second = self.assert_django(address)
            self.assertEqual(len(self.site.front.store), 0, (address, first.status))
        with mock.patch("posts.public.archives.render_page", side_effect=RuntimeError("x")):
            self.assertEqual(self.assert_django("/archive/")[0].status, 500)

    def test_what_is_for_one_reader_is_never_kept(self):
        shown = keys.Shown({"menu"})

        def answer(**headers):
            response = HttpResponse("x" * 500)
            response.shown = shown
            for name, value in headers.items():
                response.headers[name.replace("_", "-")] = value
            return response

        cookie = answer()
        cookie.set_cookie("a", "b")
        for response in (
            cookie, answer(Vary="Cookie"), answer(Vary="Accept-Language"), answer(Vary="*"),
            answer(Cache_Control="private"), answer(Cache_Control="public, No-Store"),
            answer(Cache_Control="no-cache"), answer(Content_Encoding="gzip"),
        ):  # fmt: skip
            with mock.patch("posts.public.archives.render_page", return_value=response):
                self.assert_django("/archive/")
        with mock.patch("posts.public.archives.render_page", side_effect=lambda *a, **k: answer()):
            self.warm("/archive/")

    def test_readers_with_a_session_or_a_password_neither_get_nor_make_pages_from_memory(self):
        for headers in ({"Cookie": "a=b; sessionid=x"}, {"Authorization": "Basic x"}):
            self.assert_django("/", headers=headers)
            self.assertEqual(len(self.site.front.store), 0)
        self.warm("/", headers={"Cookie": "csrftoken=x; theme=dark"})
        for headers in ({"Cookie": "sessionid=x"}, {"Authorization": "Basic x"}):
            self.assert_django("/", headers=headers)
        for method in ("POST", "PUT", "OPTIONS", "get", "BREW"):
            self.assert_django("/", method=method)

    def test_a_busy_session_leaves_nothing_private_in_the_store(self):
        user = get_user_model().objects.create_superuser("anna", "", "x")
        self.client.force_login(user)
        session = {"Cookie": f"sessionid={self.client.cookies['sessionid'].value}"}
        save(plain("Geheimnis", "2026-03-07", published="false"), "_posts/2026-03-07-s.md")
        pk = Post.objects.get(title="Geheimnis").pk
        for address in (
            "/",
            POST,
            "/rss.xml",
            "/2026/03/07/s/",
            "/admin/posts/post/",
            f"/admin/posts/post/{pk}/change/",
            "/admin/login/",
            "/tags/",
            "/archive/",
        ):
            for headers in (session, {}, session):
                for method in ("GET", "HEAD", "POST"):
                    self.site.ask(address, method, headers)
        pages = self.site.front.store.pages()
        self.assertGreater(len(pages), 4)
        for one in pages:
            for coding, form in one.forms.items():
                body = answers.encodings.decompress(form, coding).decode()
                for word in ("Geheimnis", "anna", "csrfmiddlewaretoken", "/admin/"):
                    self.assertNotIn(word, body, one.address)
            self.assertFalse({"set-cookie"} & {name.lower() for name, _value in one.headers})
            self.assertIn(one.status, (200, 301))

    def test_https_is_another_page_and_plain_http_is_sent_there(self):
        public = {
            "SECURE_SSL_REDIRECT": True,
            "SECURE_HSTS_SECONDS": 60,
            "SECURE_PROXY_SSL_HEADER": ("HTTP_X_FORWARDED_PROTO", "https"),
        }
        with override_settings(**public):
            self.site = Site()
            fresh, hit = self.warm("/", headers={"X-Forwarded-Proto": "https"})
            self.assertEqual(hit.headers["Strict-Transport-Security"], "max-age=60")
            for proto in (None, "http", "http,https", "HTTPS"):
                got, _again = self.assert_django("/", HTTP_X_FORWARDED_PROTO=proto)
                self.assertEqual(got.status, 301, proto)
        self.site = Site()  # without a proxy nobody is believed
        hit = self.warm("/", headers={"X-Forwarded-Proto": "https"})[1]
        self.assertEqual(hit, self.site.ask("/"))
        self.assertNotIn("Strict-Transport-Security", hit.headers)
        secure = self.site.ask("/", **{"wsgi.url_scheme": "https"})
        self.assertEqual((secure.status, self.site.renderings), (200, 2))

    def test_the_keys_go_out_to_a_cdn(self):
        for wanted, names in (
            (["Surrogate-Key"], {"Surrogate-Key": " "}),
            (["Surrogate-Key", "Cache-Tag"], {"Surrogate-Key": " ", "Cache-Tag": ","}),
            ([], {}),
        ):
            with override_settings(CDN_KEYS=wanted):
                self.site = Site()
                _fresh, hit = self.warm(POST)
                self.assertEqual({"Surrogate-Key", "Cache-Tag"} & {*hit.headers}, {*names})
                for name, separator in names.items():
                    found = set(hit.headers[name].split(separator))
                    self.assertIn(keys.post(self.post.pk), found)
                    (one,) = self.site.front.store.pages()
                    self.assertEqual(found, set(one.keys))

    def test_more_keys_than_a_header_holds_are_all(self):
        response = HttpResponse("x" * 500)
        response.shown = keys.Shown({f"p{number}" for number in range(2000)})
        with mock.patch("posts.public.archives.render_page", return_value=response):
            self.assertEqual(self.site.ask("/archive/").headers["Surrogate-Key"], "*")

    def test_no_memory_no_cache(self):
        self.site = Site(limit=0)
        first, _second = self.assert_django("/")
        self.assertEqual(first.status, 200)
