"""Pages from memory: the same as fresh ones in every header, for everybody who may have them."""

import time
from datetime import timedelta
from unittest import mock

from django.http import HttpResponse
from django.utils import timezone
from django.utils.http import http_date

from posts.caching import keys
from tests.cast import plain, save
from tests.support.readers import CachedSite, Site

POST = "/2026/03/05/port/"
PAGES = ["/", POST, "/tags/ai/", "/tags/", "/archive/", "/2026/", "/feeds/", "/sources/"]
FEEDS = ["/rss.xml", "/atom.xml", "/feed.json", "/sitemap.xml", "/feeds.opml", "/tags/ai/rss.xml"]
MORE_HEADERS = ("ETag", "Content-Length", "Content-Security-Policy", "Cache-Control", "Vary")
DATED = "Last-Modified"


class Hits(CachedSite):
    def setUp(self):
        super().setUp()
        save()

    def test_a_hit_is_what_a_fresh_rendering_is_with_every_header(self):
        for address in PAGES + FEEDS:
            for coding in (None, "gzip", "gzip, deflate, br"):
                with self.subTest(address=address, coding=coding):
                    self.site = Site()
                    asked = {"Accept-Encoding": coding} if coding else {}
                    fresh, hit = self.warm(address, headers=asked)
                    self.assertEqual(fresh.status, 200)
                    self.assertEqual(fresh, hit)
                    for name in MORE_HEADERS:
                        self.assertIn(name, hit.headers)

    def test_what_django_alone_says_is_what_readers_get(self):
        """The page cache adds nothing to a page and takes nothing away."""
        for address in PAGES + FEEDS:
            alone = self.client.get(address, headers={"host": "localhost"})
            _fresh, hit = self.warm(address)
            self.assertEqual(hit.body, alone.content)
            names = set(alone.headers) - {DATED}
            self.assertEqual(
                {name: hit.headers[name] for name in names}, {n: alone[n] for n in names}
            )

    def test_head_has_the_head_of_get(self):
        for coding in ({}, {"Accept-Encoding": "br"}):
            fresh, hit = self.warm("/tags/", method="HEAD", headers=coding)
            full = self.site.ask("/tags/", headers=coding)
            for answer in (fresh, hit):
                self.assertEqual(answer.body, b"")
                self.assertEqual(answer.headers, full.headers)
            self.site = Site()
        self.assertEqual(self.site.ask("/nope/", "HEAD").status, 404)

    def test_every_client_gets_its_own_form_of_one_rendering(self):
        plain_page = self.site.ask("/")
        forms = {
            coding: self.site.ask("/", headers={"Accept-Encoding": coding})
            for coding in ("gzip", "br", "identity", "zstd", "*", "gzip;q=0, br;q=0.1")
        }
        self.assertEqual(self.site.renderings, 1)
        for coding, answer in forms.items():
            self.assertEqual(answer.text, plain_page.text, coding)
            self.assertEqual(answer.headers["Content-Length"], str(len(answer.body)))
            self.assertEqual(answer.headers["Vary"], "Accept-Encoding")
        self.assertEqual(forms["gzip"].headers["Content-Encoding"], "gzip")
        self.assertEqual(forms["gzip;q=0, br;q=0.1"].headers["Content-Encoding"], "br")
        self.assertEqual(forms["zstd"].headers["Content-Encoding"], "zstd")
        self.assertEqual(forms["*"].headers["Content-Encoding"], "br")

    def test_ranges_are_ignored(self):
        fresh, hit = self.warm("/", headers={"Range": "bytes=0-5"})
        self.assertEqual((fresh.status, hit.status), (200, 200))
        self.assertEqual(hit, self.site.ask("/"))
        self.assertNotIn("Accept-Ranges", hit.headers)


class Conditions(CachedSite):
    def setUp(self):
        super().setUp()
        save()
        self.page = self.site.ask("/")

    def status(self, **headers):
        """Of a hit and of a fresh page, which are the same."""
        asked = {name.replace("_", "-"): value for name, value in headers.items()}
        hit, fresh = self.site.ask("/", headers=asked), Site().ask("/", headers=asked)
        self.assertEqual(hit, fresh, headers)
        if hit.status == 304:
            self.assertEqual(hit.body, b"")
            self.assertFalse(
                {"Content-Length", "Content-Type", "Content-Encoding"} & {*hit.headers}
            )
            for name in ("ETag", "Cache-Control", "Vary", "Content-Security-Policy"):
                self.assertIn(name, hit.headers)
        return hit.status

    def test_a_tag_that_is_ours_however_it_is_written(self):
        tag = self.page.headers["ETag"]
        for known in (tag, f"W/{tag}", f'"a", {tag}', f'W/"a",W/{tag} , "b"', "*"):
            self.assertEqual(self.status(If_None_Match=known), 304, known)
            self.assertEqual(self.status(If_None_Match=known, Accept_Encoding="br"), 304, known)
        for other in ('"a"', tag.strip('"'), "", '"', f'"{tag}"', 'W/"a", "b"'):
            self.assertEqual(self.status(If_None_Match=other), 200, other)

    def test_a_time_must_be_the_very_one_that_we_gave(self):
        self.journal.last_modified = timezone.now() - timedelta(hours=1)
        for site in (self.site, Site()):
            site.front.freshness.until = 0.0
            page = site.ask("/")
            given = page.headers[DATED]
            for since, status in (
                (given, 304),
                (http_date(time.time()), 200),
                (http_date(0), 200),
                ("nonsense", 200),
            ):
                answer = site.ask("/", headers={"If-Modified-Since": since})
                self.assertEqual(answer.status, status, since)
            other = {"If-Modified-Since": given, "If-None-Match": '"a"'}
            self.assertEqual(site.ask("/", headers=other).status, 200)

    def test_the_sites_time_moves_on_for_pages_that_stay(self):
        self.assertEqual(self.site.renderings, 1)
        for minutes in (50, 40):
            changed = self.journal.last_modified = timezone.now() - timedelta(minutes=minutes)
            self.site.front.freshness.until = 0.0
            self.assertEqual(self.site.ask("/").headers[DATED], http_date(changed.timestamp()))
        self.journal.last_modified = timezone.now()  # and says nothing while it is not settled
        self.site.front.freshness.until = 0.0
        self.assertNotIn(DATED, self.site.ask("/").headers)
        self.assertEqual(self.site.renderings, 1)


class Addresses(CachedSite):
    def setUp(self):
        super().setUp()
        save()

    def test_parameters_without_a_meaning_lead_to_the_same_page(self):
        for address in PAGES + FEEDS:
            self.site = Site()
            page = self.site.ask(address)
            for query in (
                "utm_source=x",
                "a=1&b=2",
                "page=7",
                "items=7",
                "content=",
                "&&=&",
                "%41=",
                "x=" + "y" * 1500,
            ):
                self.assertEqual(self.site.ask(f"{address}?{query}"), page, (address, query))
            self.assertEqual((self.site.renderings, len(self.site.front.store)), (1, 1), address)

    def test_parameters_with_a_meaning_give_what_django_gives(self):
        for number in range(30):
            save(plain(f"帖{number}", "2026-02-01"), f"_posts/2026-02-01-n{number}.md")
        more = self.site.ask("/").text.split("?before=")[1].split('"')[0]
        queries = [
            f"before={more}",
            f"before=1&before={more}",
            f"before={more}&before=1",
            "before=",
            "before",
            f"b%65fore={more}",
            f"before={more}%00",
            f"before={more}&x=%ff",
            "items=stories",
            "items=stories&items=",
            "items=&items=stories",
            "items=Stories",
            "content=summary&items=stories",
            "content=summary;items=stories",
            "items=%73tories",
            "items[]=stories",
            "&items=stories&",
            "items=stories%20",
            f"before={more}&items=stories",
            "before=" + "1" * 3000,
        ]
        for address in ("/", "/tags/", "/2026/02/", "/rss.xml", "/feed.json", POST):
            for query in queries:
                alone = self.client.get(f"{address}?{query}", headers={"host": "localhost"})
                for _time in range(2):
                    got = self.site.ask(f"{address}?{query}")
                    self.assertEqual(
                        (got.status, got.body), (alone.status_code, alone.content), (address, query)
                    )

    def test_a_page_that_reads_another_parameter_is_never_kept(self):
        def view(request, *args, **kwargs):
            response = HttpResponse(request.GET.get("sort", "none"))
            response.shown = keys.Shown()
            return response

        with mock.patch("posts.public.views.feeds.feed", view):
            for query, text in (("", "none"), ("?sort=a", "a"), ("?sort=b", "b"), ("", "none")):
                self.assertEqual(self.site.ask(f"/rss.xml{query}").text, text)

    def test_hosts_are_checked_on_a_hit_as_on_a_miss(self):
        self.warm("/")
        for host in (
            "evil.example",
            "localhost:80:80",
            "localhost@evil.example",
            "",
            "a b",
            "localhost, evil.example",
            "localhost/",
            "LOCALHOST.evil",
            "[::1",
        ):
            for _time in range(2):
                self.assertEqual(self.site.ask("/", HTTP_HOST=host).status, 400, host)
        for host in ("localhost", "LOCALHOST", "localhost:8000", "127.0.0.1:1", "[::1]:80"):
            self.assertEqual(self.site.ask("/", HTTP_HOST=host).status, 200, host)
        self.assertEqual(len(self.site.front.store), 1)
        self.assertEqual(self.site.ask("/", HTTP_HOST=None).status, 200)
        self.assertEqual(self.site.ask("/", HTTP_HOST=None, SERVER_NAME="evil.example").status, 400)

    def test_what_has_a_script_name_is_no_hit(self):
        self.warm("/")
        self.assert_django("/", SCRIPT_NAME="/2026")

    def test_odd_spellings_keep_their_own_answers(self):
        save(plain("百分号", "2026-03-06", slug="百%FF"), "_posts/2026-03-06-x.md")
        for path in (
            "/tags/%E6%B8%AF%E5%8F%A3/",
            "/tags/%FF/",
            "/tags/%25FF/",
            "/%2e%2e/",
            "//",
            "/./",
            "/tags/ai%2Frss.xml",
            "/tags/ai//",
            "/TAGS/ai/",
            "/tags/a%00i/",
            "/tags/ai",
            "/2026/03/05/port",
            "/%E6%B8",
            "/tags/港口/".encode().decode("latin-1"),
        ):
            alone = self.client.get(path, headers={"host": "localhost"})
            for _time in range(2):
                got = self.site.ask(path)
                self.assertEqual(got.status, alone.status_code, path)
                self.assertEqual(got.headers.get("Location"), alone.get("Location"), path)
                self.assertEqual(got.body, alone.content, path)

    def test_an_empty_path_is_the_front_page(self):
        self.assertEqual(self.site.ask("/", PATH_INFO="").body, self.site.ask("/").body)


class Redirected(CachedSite):
    """Redirects carry the query on, whatever it means, from memory too."""

    def setUp(self):
        super().setUp()
        save()
        for number in range(30):
            save(plain(f"帖{number}", "2026-02-01", tags="[ai]"), f"_posts/2026-02-01-n{number}.md")

    def assert_same_as_django(self, address, renderings):
        alone = self.client.get(address, headers={"host": "localhost"})
        before = self.site.renderings
        for _time in range(2):
            got = self.site.ask(address)
            self.assertEqual(got.status, alone.status_code, address)
            self.assertEqual(got.headers.get("Location"), alone.get("Location"), address)
        self.assertEqual(self.site.renderings - before, renderings, address)

    def test_one_rendering_serves_all_queries_that_mean_nothing(self):
        for old in ("/tags/AI", "/feed.xml", "/2026/03/05/port"):
            self.site = Site()
            self.assert_same_as_django(old, 1)
            self.assert_same_as_django(f"{old}?utm_source=a", 1)  # from now on it is known to carry
            for query in (
                "utm_source=b",
                "x=%41&y=%20z",
                "a=1&a=2",
                "x='<>\"",
                "&",
                "x=?",
                "=",
                "%",
            ):
                self.assert_same_as_django(f"{old}?{query}", 0)
            self.assert_same_as_django(old, 0)
            self.assertEqual(len(self.site.front.store), 1)

    def test_a_query_that_means_something_is_asked_of_django(self):
        """The page behind it may have no such part, and then there is no redirect."""
        self.site.ask("/tags/AI?x=1")
        self.assert_same_as_django("/tags/AI?before=nonsense", 2)
        self.assert_same_as_django("/tags/AI?before=", 2)
        self.assert_same_as_django("/feed.xml?items=stories", 2)
        self.assert_same_as_django("/tags/AI?x=2", 0)

    def test_a_redirect_answers_no_conditions(self):
        self.warm("/tags/AI")
        for known in ("*", '"a"'):
            answer = self.site.ask("/tags/AI", headers={"If-None-Match": known})
            self.assertEqual(answer.status, 301)
            self.assertNotIn("ETag", answer.headers)

    def test_a_redirect_whose_end_moved_is_another(self):
        self.warm("/tags/AI")
        self.journal.change(keys.REDIRECTS)
        self.assert_same_as_django("/tags/AI", 1)
