"""The public site: queries counted, caches served, every page in the right language."""

from datetime import timedelta
from io import StringIO
from unittest import mock
from urllib.parse import quote

from django.core.management import call_command
from django.db import connection
from django.test import Client, TestCase, override_settings
from django.test.utils import CaptureQueriesContext
from django.utils import timezone
from django.utils.http import http_date

from posts.caching import freshness, journal
from posts.models import Author, Category, Post, Source, Tag
from tests.cast import DIGEST, digest, later, plain, save

LISTS = [
    "/",
    "/tags/ai/",
    "/categories/tech/",
    "/authors/港口编辑部/",
    "/sources/harbour.example/",
    "/2026/",
    "/2026/03/",
    "/2026/03/05/",
]
FEEDS = [
    "rss.xml",
    "atom.xml",
    "feed.json",
    "rss.xml?items=stories",
    "atom.xml?items=stories",
    "feed.json?content=summary",
]
OTHERS = [
    "/archive/",
    "/tags/",
    "/categories/",
    "/sources/",
    "/authors/",
    "/feeds/",
    "/feeds.opml",
    "/sitemap.xml",
    "/sitemap-posts-2026-03.xml",
    "/sitemap-news.xml",
]


def queries(client, address: str) -> int:
    with CaptureQueriesContext(connection) as captured:
        response = client.get(address)
    assert response.status_code == 200, (address, response.status_code)
    return len(captured)


class Costs(TestCase):
    def test_a_fixed_number_of_queries_whatever_the_number_of_posts(self):
        post = save()
        story = post.stories.first()
        single = [post.address, f"{post.address}{story.slug}/"]
        many = LISTS + [start + feed for start in LISTS for feed in FEEDS] + OTHERS
        before = {address: queries(self.client, address) for address in single + many}
        for number in range(30):
            save(
                digest(title=f"第 {number} 期", tags="[ai, 共同]").replace(
                    "  - 港口\n  - ai\n", ""
                ),
                f"_posts/2026-03-05-n{number}.md",
            )
        after = {address: queries(self.client, address) for address in single + many}
        self.assertEqual(after, before)
        self.assertLessEqual(max(after[address] for address in single), 4, after)
        self.assertLessEqual(max(after[address] for address in many), 5, after)

    def test_menu_and_last_change_cost_nothing_where_a_process_looks_at_the_journal(self):
        post = save()
        story = f"{post.address}{post.stories.first().slug}/"
        singles = {post.address: 3, story: 3, "/feeds/": 0, "/archive/": 1, "/tags/": 2, "/": 3}
        own = journal.Journal(threaded=False)  # the shared one has seen what other tests wrote
        self.enterContext(mock.patch.object(journal, "shared", own))
        journal.shared.poll()
        self.client.get("/")  # wants the sections, which the next look brings
        journal.shared.poll()
        with mock.patch.object(journal.Journal, "looks", return_value=True):
            for address, most in {**dict.fromkeys(LISTS, 4), **singles}.items():
                self.assertLessEqual(queries(self.client, address), most, address)

    def test_what_is_not_there_costs_no_more_than_a_look(self):
        post = save()
        for address, most in {
            "/nope/": 1,
            "/tags/nope/": 3,
            "/2026/03/05/nope/": 3,
            f"{post.address}nope/": 3,
            "/xx/": 3,
            "/tags/AI/": 8,
            post.address.rstrip("/"): 5,
        }.items():
            with CaptureQueriesContext(connection) as captured:
                self.assertIn(self.client.get(address).status_code, (301, 404), address)
            self.assertLessEqual(len(captured), most, address)

    def test_a_feed_of_stories_and_of_posts_costs_no_more(self):
        save()
        own = plain("A link", "2026-03-04", source="https://www.harbour.example/own")
        save(own, "_posts/2026-03-04-own.md")
        for feed in FEEDS:
            self.assertLessEqual(queries(self.client, f"/sources/harbour.example/{feed}"), 5, feed)

    def test_pictures_cost_a_feed_one_query_more_and_no_page_any(self):
        self.assertLessEqual(max(queries(self.client, f"/{feed}") for feed in FEEDS), 5)


class Caches(TestCase):
    def test_pages_and_feeds_answer_304_until_something_changes(self):
        post = save()
        for address in [
            "/",
            post.address,
            "/tags/ai/",
            "/archive/",
            "/rss.xml",
            "/feed.json?items=stories",
            "/sitemap.xml",
            "/feeds.opml",
        ]:
            with self.subTest(address=address):
                with later(minutes=1):  # when the last change has settled
                    first = self.client.get(address)
                self.assertIn("public, max-age=", first["Cache-Control"])
                self.assertEqual(
                    self.client.get(address, headers={"If-None-Match": first["ETag"]}).status_code,
                    304,
                )
                with later(minutes=1):
                    since = {"If-Modified-Since": first["Last-Modified"]}
                    self.assertEqual(self.client.get(address, headers=since).status_code, 304)
                self.assertNotIn("Set-Cookie", first)
                self.assertNotIn("Cookie", first.get("Vary", ""))
        etag = self.client.get("/rss.xml")["ETag"]
        save(digest(title="改题"))
        self.assertEqual(
            self.client.get("/rss.xml", headers={"If-None-Match": etag}).status_code, 200
        )

    def test_a_feeds_etag_is_of_its_own_content(self):
        save()
        save(plain("别的", "2026-03-06", tags="[别的]"), "_posts/2026-03-06-b.md")
        etag = self.client.get("/tags/ai/rss.xml")["ETag"]
        save(plain("又改", "2026-03-06", tags="[别的]"), "_posts/2026-03-06-b.md")
        self.assertEqual(self.client.get("/tags/ai/rss.xml")["ETag"], etag)

    def test_errors_are_kept_by_nobody(self):
        self.assertIn("no-store", self.client.get("/nope/")["Cache-Control"])

    def modified(self, address: str, **delta: float) -> str:
        with later(minutes=5, **delta):
            return self.client.get(address)["Last-Modified"]

    def comes_anew(self, address: str, since: str, **delta: float):
        """A cache that knows only the time gets the page, now and when the change has settled."""
        for more in (0.0, 600.0):
            with later(seconds=more, **delta):
                asked = {"If-Modified-Since": since}
                self.assertEqual(self.client.get(address, headers=asked).status_code, 200, address)

    def test_a_time_alone_brings_no_stale_page_after_the_clock_moved(self):
        save()
        for change, pages in (("published_at", ("/", "/rss.xml")), ("expires_at", ("/2026/",))):
            with self.subTest(change=change):
                since = {address: self.modified(address) for address in pages}
                at = timezone.now() + timedelta(hours=1)
                other = save(plain("别的", "2026-03-07"), f"_posts/2026-03-07-{change}.md")
                Post.objects.filter(pk=other.pk).update(
                    **{change: at, "saved_at": timezone.now() - timedelta(days=1)}
                )
                for address in pages:
                    self.comes_anew(address, since[address], hours=2)

    def test_a_time_alone_brings_no_stale_page_after_a_label_was_renamed(self):
        post = save(digest(source="https://maps.example/x"))
        story = f"{post.address}{quote(post.stories.first().slug)}/"
        for hours, model in enumerate((Tag, Category, Author, Source)):
            pages = ["/", post.address, story, "/rss.xml", "/archive/", "/tags/ai/", "/feeds.opml"]
            since = {address: self.modified(address, hours=hours) for address in pages}
            label = model.objects.order_by("pk").first()
            label.name = "新名"
            with later(hours=hours + 1):
                label.save()
            for address in pages:
                self.comes_anew(address, since[address], hours=hours + 1)

    def test_a_time_alone_brings_no_stale_page_after_new_templates_were_started(self):
        save()
        since = self.modified("/")
        with later(minutes=10), mock.patch.object(freshness, "STARTED", timezone.now()):
            self.comes_anew("/", since)

    def test_no_time_is_given_while_a_change_may_fall_into_the_same_second(self):
        with later():  # the clock stands: a busy machine may take longer than those seconds
            save()
            for seconds in (0, 1, 9):
                with later(seconds=seconds):
                    page = self.client.get("/")
                    self.assertNotIn("Last-Modified", page)
                    self.assertIn("ETag", page)
                    asked = {"If-Modified-Since": http_date(timezone.now().timestamp())}
                    self.assertEqual(self.client.get("/", headers=asked).status_code, 200)

    def test_no_time_lies_in_the_future_after_a_clock_ran_ahead(self):
        post = save()
        ahead = timezone.now() + timedelta(days=300)
        Post.objects.filter(pk=post.pk).update(saved_at=ahead)
        page = self.client.get("/")
        self.assertNotIn("Last-Modified", page)
        asked = {"If-Modified-Since": http_date(ahead.timestamp())}
        self.assertEqual(self.client.get("/", headers=asked).status_code, 200)

    def test_a_time_that_we_never_gave_brings_the_page(self):
        save()
        with later(minutes=5):
            asked = {"If-Modified-Since": http_date(timezone.now().timestamp())}
            self.assertEqual(self.client.get("/", headers=asked).status_code, 200)


class Pages(TestCase):
    def test_the_title_is_shown_once(self):
        page = self.client.get(save().address).content.decode()
        self.assertEqual(page.count("<h1"), 1)
        self.assertEqual(page.count("风起之前</span></h1>"), 1)

    def test_a_title_that_differs_from_the_first_heading_leaves_both(self):
        page = self.client.get(save(digest(title="另题")).address).content.decode()
        self.assertIn("<h1>另题</h1>", page)
        self.assertIn(">港口日报：风起之前</h1>", page)

    def test_languages_have_addresses_and_lists_of_their_own(self):
        save()
        english = save(digest(title="Harbour news", lang="en"), "_posts/2026-03-05-en.md")
        self.assertEqual(english.address, "/en/2026/03/05/en/")
        self.assertContains(self.client.get(english.address), '<html lang="en" dir="ltr">')
        self.assertContains(self.client.get("/en/"), "Harbour news")
        self.assertNotContains(self.client.get("/en/"), "风起之前")
        self.assertContains(self.client.get("/en/tags/ai/rss.xml"), "Harbour news")
        self.assertContains(self.client.get("/"), "Harbour news")
        self.assertEqual(self.client.get("/xx/").status_code, 404)

    def test_one_address_has_one_content_for_everybody(self):
        save()
        self.assertEqual(
            self.client.get("/", headers={"Accept-Language": "en"}).content,
            self.client.get("/", headers={"Accept-Language": "zh"}).content,
        )

    def test_right_to_left_posts(self):
        post = save(
            plain("سلام دنیا", "2026-03-05", "متن فارسی برای آزمون جهت.", lang="fa"),
            "_posts/2026-03-05-fa.md",
        )
        self.assertContains(
            self.client.get(post.address), '<article class="post" lang="fa" dir="rtl">'
        )

    def test_cursors_walk_through_everything_once(self):
        for number in range(45):
            save(plain(f"n{number}", "2026-03-05", tags="[t]"), f"_posts/2026-03-05-n{number}.md")
        for start in ("/", "/tags/t/", "/2026/"):
            seen, address = [], start
            while address:
                text = self.client.get(address).content.decode()
                seen += __import__("re").findall(r'<a href="[^"]*">(n\d+)</a>', text)
                more = __import__("re").search(r'rel="next" href="(\?before=[^"]+)"', text)
                address = start + more[1].replace("&amp;", "&") if more else ""
            self.assertEqual(len(seen), 45, start)
            self.assertEqual(len(set(seen)), 45, start)

    def test_empty_states(self):
        self.assertContains(self.client.get("/"), "尚未发布")
        self.assertContains(self.client.get("/archive/"), "尚未发布")
        self.assertEqual(self.client.get("/rss.xml").status_code, 200)
        self.assertEqual(self.client.get("/tags/").status_code, 200)

    def test_earlier_and_later_coverage_of_one_page(self):
        first = save()
        second = save(digest(title="后来", date="2026-03-09"), "_posts/2026-03-09-later.md")
        slug = quote(first.stories.first().slug)
        self.assertContains(self.client.get(f"{first.address}{slug}/"), quote(second.address))
        self.assertContains(self.client.get(f"{second.address}{slug}/"), quote(first.address))

    def test_coverage_is_the_nearest_before_and_after(self):
        for day in range(1, 29):
            save(digest(date=f"2026-02-{day:02}"), f"_posts/2026-02-{day:02}-port.md")
        slug = quote("第一条-灯塔换灯")
        context = self.client.get(f"/2026/02/15/port/{slug}/").context
        days = {name: [c.day.day for c in context[name]] for name in ("earlier", "later")}
        self.assertEqual(days["earlier"], list(range(5, 15)))
        self.assertEqual(days["later"], list(range(16, 26)))

    def test_addresses_that_are_none(self):
        save()
        for address in [
            "/?before=x",
            "/?before=1~2~3",
            "/?before=99999999999999999999999~1",
            "/?before=-1~-1",
            "/?before=١~٢",
            "/2026/13/",
            "/2026/02/30/",
            "/0000/",
        ]:
            self.assertEqual(self.client.get(address).status_code, 404, address)
        for address in ["/%00", "/?q=%00", "/tags/%FF/?x=%FF", "/?" + "x" * 3000]:
            self.assertIn(self.client.get(address).status_code, (400, 404, 414), address)
        for address in [
            "/\\evil.example",
            "/tags/..%2f..%2fetc/",
            "/media/../newsroom/settings.py",
            "/media/%2e%2e/x",
            "/rss.xml/",
        ]:
            response = self.client.get(address)
            self.assertIn(response.status_code, (400, 404, 301), address)
            self.assertNotIn("evil", response.get("Location", ""))

    def test_the_error_pages_belong_to_the_site(self):
        self.assertContains(self.client.get("/nope/"), "Newsroom", status_code=404)
        broken = Client(raise_request_exception=False)
        Post.objects.create(
            path="x",
            title="x",
            slug="x",
            address="/2026/03/05/x/",
            guid="x",
            status="draft",
            saved_at="2026-01-01T00:00Z",
            modified_at="2026-01-01T00:00Z",
        )
        with override_settings(ROOT_URLCONF="tests.support.broken_urls"):
            response = broken.get("/boom/")
        self.assertEqual(response.status_code, 500)
        self.assertContains(response, 'class="masthead"', status_code=500)
        self.assertNotContains(response, "Traceback", status_code=500)

    def test_usual_names_of_feeds_lead_to_ours(self):
        for old in ("/feed.xml", "/feed/", "/rss/", "/index.xml"):
            self.assertRedirects(
                self.client.get(old), "/rss.xml", 301, fetch_redirect_response=False
            )
        self.assertEqual(self.client.get("/healthz").content, b"ok\n")
        self.assertContains(
            self.client.get("/robots.txt"), "Sitemap: http://127.0.0.1:8000/sitemap.xml"
        )

    def test_a_story_shows_its_own_reading_time(self):
        post = save(DIGEST.replace("渡船改走北线。", "渡船改走北线。" * 400))
        first, second = (f"{post.address}{story.slug}/" for story in post.stories.all())
        self.assertContains(self.client.get(first), "<span>约 1 分钟读完</span>", count=1)
        self.assertContains(self.client.get(second), "<span>约 6 分钟读完</span>", count=1)
        self.assertContains(self.client.get(post.address), "<span>约 6 分钟读完</span>", count=1)

    def test_descriptions_end_at_a_word(self):
        words = "harbour " * 80
        post = save(plain("甲", "2026-03-05", words, lang="en", excerpt=f'"{words.strip()}"'))
        page = self.client.get(post.address).content.decode()
        self.assertRegex(page, r'<meta name="description" content="(harbour )+harbour…">')

    def test_a_front_page_of_a_publication_is_no_common_news(self):
        text = DIGEST.replace("https://ferry.example/north", "https://ferry.example/")
        first = save(text.replace("https://maps.example/north", "https://maps.example/a"))
        save(text.replace("https://maps.example/north", "https://maps.example/b"), "_posts/b.md")
        story = self.client.get(f"{first.address}{first.stories.last().slug}/")
        self.assertEqual((story.context["earlier"], story.context["later"]), ([], []))


class Renaming(TestCase):
    def test_a_renamed_label_is_new_at_once_on_every_byline_feed_and_card(self):
        post = save()
        story = f"{post.address}{post.stories.first().slug}/"
        for model, old, new in (
            (Tag, "港口", "新标"),
            (Category, "tech", "新栏"),
            (Author, "港口编辑部", "新人"),
        ):
            label = model.objects.get(slug=old)
            label.name = new
            label.save()
        feeds = [f"/{name}{query}" for name in ("rss.xml", "atom.xml", "feed.json")
                 for query in ("", "?items=stories")]  # fmt: skip
        bylines = ["/", post.address, story, "/2026/", "/tags/ai/", "/sources/ferry.example/"]
        for address, names in {
            **dict.fromkeys(bylines, ("新栏", "新人")),
            **dict.fromkeys(feeds, ("新标", "新栏", "新人")),
            "/tags/": ("新标", "新栏"),
            "/categories/": ("新栏",),
            "/categories/tech/": ("新栏", "新人"),
            "/categories/tech/rss.xml": ("新标", "新栏", "新人"),
            "/authors/": ("新人",),
            "/tags/港口/": ("新标",),
            "/feeds/": ("新栏",),
            "/feeds.opml": ("新栏",),
        }.items():
            text = self.client.get(address).content.decode()
            text = text.replace('value="tech"', "")  # a form sends the part of the address
            for name in names:
                self.assertIn(name, text, address)
            for name in (">tech<", ">港口<", ">港口编辑部<", '"tech"', '"港口"', '"港口编辑部"'):
                self.assertNotIn(name, text, address)
        source = Source.objects.get(host="ferry.example")
        source.name = "渡报"
        source.save()
        self.assertContains(self.client.get("/sources/"), ">渡报<")
        for name in ("", "rss.xml", "atom.xml", "feed.json"):
            self.assertContains(self.client.get(f"/sources/ferry.example/{name}"), "渡报")

    def test_rebuilding_finds_nothing_to_mend_afterwards(self):
        save()
        for model in (Tag, Category, Author, Source):
            for label in model.objects.all():
                label.name = f"新{label.pk}"
                label.save()
        saved = list(Post.objects.values_list("saved_at", flat=True))
        call_command("rebuild_posts", stdout=StringIO())
        self.assertEqual(list(Post.objects.values_list("saved_at", flat=True)), saved)
        self.assertContains(self.client.get("/"), "新")


class Titles(TestCase):
    def test_markup_in_names_is_escaped_everywhere(self):
        nasty = "<script>alert(1)</script>&\"'"
        post = save(
            digest(title=f"'{nasty.replace(chr(39), chr(39) * 2)}'", author="'<b>x</b>'")
            .replace("灯塔换灯", "<img src=x onerror=alert(1)>")
            .replace("- 港口", "- '<i>港</i>'")
        )
        story = post.stories.first()
        for address in [
            "/",
            post.address,
            f"{post.address}{story.slug}/",
            "/tags/",
            "/authors/",
            "/rss.xml",
            "/atom.xml",
            "/sitemap-posts-2026-03.xml",
            "/feeds.opml",
        ]:
            text = self.client.get(address).content.decode()
            self.assertNotIn("<script>alert", text, address)
            self.assertNotIn("<img src=x", text, address)
            self.assertNotIn("<b>x</b>", text, address)

    def test_the_digest_of_the_cast_is_what_it_was(self):
        self.assertEqual(save().document, DIGEST)
