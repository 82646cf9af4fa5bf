"""Lists in each language, the switch between them, what search engines are told of them."""

from contextlib import contextmanager
from datetime import timedelta
from unittest import mock

import feedparser
from django.core.cache import cache
from django.db import connection
from django.test import TestCase
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from posts import publishing
from posts.caching import journal, keys
from posts.models import Category, Post, Tag
from tests.cast import plain, save
from tests.test_translations import Links

LISTS = {  # where English posts are too, and where they are not
    "": True,
    "tags/ai/": True,
    "tags/sea/": False,
    "categories/tech/": True,
    "authors/ann/": True,
    "sources/a.example/": True,
    "sources/b.example/": False,
    "2026/": True,
    "2026/03/": True,
    "2026/03/05/": False,
    "archive/": True,
    "tags/": True,
    "sources/": True,
    "feeds/": True,
}


def written(language: str, day: str, tags: str, source: str, **more: str) -> Post:
    text = plain(
        f"{language} {day}", day, lang=language, tags=tags, category="tech", author="Ann",
        source=source, **more,
    )  # fmt: skip
    return save(text, f"_posts/{day}-{language}.md")


class Together(TestCase):
    def setUp(self):
        cache.clear()
        self.chinese = written("zh", "2026-03-05", "[ai, sea]", "https://b.example/x")
        written("zh", "2026-03-04", "[ai]", "https://a.example/x")
        self.english = written("en", "2026-03-04", "[ai]", "https://a.example/y")

    def links(self, address: str, status: int = 200) -> Links:
        response = self.client.get(address)
        self.assertEqual(response.status_code, status, address)
        return Links(response.content.decode())


class Lists(Together):
    def test_each_list_is_there_in_all_languages_and_in_each(self):
        titles = {
            "/": {"zh 2026-03-05", "zh 2026-03-04", "en 2026-03-04"},
            "/zh-hans/": {"zh 2026-03-05", "zh 2026-03-04"},
            "/en/": {"en 2026-03-04"},
        }
        for prefix, expected in titles.items():
            feed = self.client.get(f"{prefix}feed.json").json()
            self.assertEqual({item["title"] for item in feed["items"]}, expected, prefix)
            self.assertEqual(feed["feed_url"], f"http://127.0.0.1:8000{prefix}feed.json")
            page = self.client.get(prefix).content.decode()
            for title in titles["/"]:
                self.assertEqual(title in page, title in expected, (prefix, title))

    def test_feeds_say_their_language(self):
        for prefix, language in {"/": "zh-Hans", "/zh-hans/": "zh-Hans", "/en/": "en"}.items():
            found = self.client.get(f"{prefix}feed.json").json()["language"]
            self.assertEqual(found.lower(), language.lower(), prefix)
            for name in ("rss.xml", "atom.xml"):
                feed = feedparser.parse(self.client.get(f"{prefix}{name}").content)
                self.assertEqual(feed.feed.language.lower(), language.lower(), prefix + name)

    def test_lists_are_alternates_of_each_other_where_they_are(self):
        for path, in_english in LISTS.items():
            expected = {"x-default": f"/{path}", "zh-Hans": f"/zh-hans/{path}"}
            expected |= {"en": f"/en/{path}"} if in_english else {}
            for start in ("/", "/zh-hans/", *(["/en/"] if in_english else [])):
                found = self.links(start + path)
                self.assertEqual(found.alternates, expected, start + path)
                self.assertEqual(found.canonical, start + path)

    def test_the_switch_leads_to_the_same_list_or_to_the_front_page(self):
        for path, in_english in LISTS.items():
            found = self.links(f"/{path}")
            english = f"/en/{path}" if in_english else "/en/"
            expected = {"en": english, "zh-Hans": f"/zh-hans/{path}", "": f"/{path}"}
            self.assertEqual((found.switch, found.current), (expected, ""), path)
        self.assertEqual(self.links("/zh-hans/tags/ai/").current, "zh-Hans")
        self.assertEqual(self.links("/en/").current, "en")

    def test_a_page_further_back_leads_to_the_lists_and_has_no_alternates(self):
        for number in range(21):
            written("zh", f"2026-02-{number + 1:02}", "[ai]", "https://a.example/x")
        first = self.client.get("/tags/ai/").content.decode()
        cursor = first.split('href="?before=')[1].split('"')[0]
        found = self.links(f"/tags/ai/?before={cursor}")
        self.assertEqual(found.alternates, {})
        self.assertEqual(found.switch["en"], "/en/tags/ai/")

    def test_a_site_of_one_language_has_no_switch(self):
        publishing.withdraw(self.english)
        for path in ("/", "/tags/ai/", self.chinese.address):
            found = self.links(path)
            self.assertEqual((found.switch, found.alternates), ({}, {}), path)

    def test_on_a_site_of_one_language_its_lists_are_those_of_all(self):
        publishing.withdraw(self.english)
        for path in ("", "tags/ai/", "2026/03/", "archive/"):
            self.assertEqual(self.links(f"/zh-hans/{path}").canonical, f"/{path}")

    def test_a_page_carries_the_keys_of_lists_that_may_begin_or_end(self):
        def shown(path):
            return self.client.get(path).shown.keys

        tag = keys.label("tag", Tag.objects.get(slug="sea").pk)
        self.assertIn(f"{tag}.en@", shown("/tags/sea/"))
        self.assertIn(f"{tag}.zh-hans@d20260304", shown("/tags/sea/"))
        self.assertIn("day.en@", shown("/2026/03/05/"))

    def test_sections_and_labels_have_their_names_in_the_language_of_the_page(self):
        Category.objects.update(names={"en": "Technology", "zh-hans": "科技"})
        for prefix, name in {"/": "科技", "/zh-hans/": "科技", "/en/": "Technology"}.items():
            for path in ("", "categories/tech/"):
                self.assertContains(self.client.get(prefix + path), f"{name}</a>")
        self.assertContains(self.client.get("/en/categories/tech/"), "<title>Technology")

    def test_the_pages_of_feeds_lead_to_those_of_every_language(self):
        for start in ("/", "/zh-hans/", "/en/"):
            text = self.client.get(f"{start}feeds/").content.decode()
            for prefix in ("/", "/zh-hans/", "/en/"):
                self.assertIn(f'href="{prefix}atom.xml"', text, start)

    def test_lists_of_feeds_name_those_of_each_language(self):
        text = self.client.get("/feeds.opml").content.decode()
        for prefix in ("/", "/zh-hans/", "/en/"):
            self.assertIn(f'xmlUrl="http://127.0.0.1:8000{prefix}rss.xml"', text)


class Sections(TestCase):
    def test_the_menu_is_in_the_order_of_the_editors_whatever_its_letters(self):
        names = ["云原生", "Zebra", "سیاست", "🚀", "a" * 150, "ábc", "政策"]
        for number, name in enumerate(names):
            save(
                plain("T", f"2026-03-{number + 1:02}", category=f"'{name}'"),
                f"_posts/2026-03-{number + 1:02}-n.md",
            )
        for number, name in enumerate(names):
            Category.objects.filter(name=name).update(position=number)
        found = [section.name for section in journal.shared.menu().sections]
        self.assertEqual(found, names)
        page = self.client.get("/").content.decode()
        positions = [page.index(f">{name}</a>") for name in names]
        self.assertEqual(positions, sorted(positions))


@contextmanager
def looking():
    """A process that looks at the journal, and knows what is there now."""
    own = journal.Journal(threaded=False)  # the shared one has seen what other tests wrote
    with (
        mock.patch.object(journal, "shared", own),
        mock.patch.object(journal.Journal, "looks", return_value=True),
    ):
        own.poll()
        for language in ("", "en", "zh-hans"):
            own.want_menu(language)
        own.poll()
        yield own


class Nothing(Together):
    def nothing(self, address: str, status: int = 404) -> str:
        with CaptureQueriesContext(connection) as captured:
            response = self.client.get(address)
        self.assertEqual(response.status_code, status, address)
        self.assertLessEqual(len(captured), 3)
        return response.content.decode()

    def test_it_speaks_the_language_of_its_address(self):
        for address, lang, words in (
            ("/nope/", 'lang="zh-Hans"', "页面不存在"),
            ("/en/nope/", 'lang="en"', "Page not found"),
            ("/fa/nope/", 'lang="fa" dir="rtl"', "صفحه یافت نشد"),
            ("/en/2026/03/05/nope/", 'lang="en"', "Page not found"),
            ("/xx/nope/", 'lang="zh-Hans"', "页面不存在"),
        ):
            text = self.nothing(address)
            self.assertIn(f"<html {lang}", text)
            self.assertIn(words, text)

    def test_it_keeps_sections_and_has_the_newest_where_they_are_known(self):
        with looking():
            for prefix, posts in {"/": 3, "/en/": 1, "/zh-hans/": 2}.items():
                text = self.nothing(f"{prefix}nope/")
                self.assertIn(f'href="{prefix}categories/tech/"', text)
                self.assertEqual(
                    text.count('<a href="/2026/') + text.count('<a href="/en/2026/'), posts
                )
                self.assertIn(f'action="{prefix}search/"', text)

    def test_it_costs_no_query_more_and_is_made_once(self):
        with looking():
            self.nothing("/nope/")
            never = mock.patch(
                "posts.public.responses.render_to_string", side_effect=AssertionError
            )
            with never, CaptureQueriesContext(connection) as captured:
                self.client.get("/another/")
        self.assertLessEqual(len(captured), 1)

    def test_what_is_not_public_any_more_is_not_on_it(self):
        with looking() as own:
            self.assertIn("en 2026-03-04", self.nothing("/nope/"))
            publishing.withdraw(self.english)
            own.poll()
            self.assertNotIn("en 2026-03-04", self.nothing("/nope/"))
            self.assertNotIn("en 2026-03-04", self.nothing(self.english.address, 410))

    def test_a_new_title_is_on_it(self):
        with looking() as own:
            save(plain("新标题", "2026-03-05", lang="zh"), self.chinese.path)
            own.poll()
            self.assertIn("新标题", self.nothing("/nope/"))

    def test_what_will_be_published_comes_by_the_clock(self):
        at = timezone.localtime() + timedelta(hours=1)
        save(plain("将来", at.isoformat()), "_posts/later.md")
        with looking() as own:
            self.assertNotIn("将来", self.nothing("/nope/"))
            later = mock.patch.object(
                timezone, "now", return_value=timezone.now() + timedelta(hours=2)
            )
            with later:
                own.poll()
                self.assertIn("将来", self.nothing("/nope/"))

    def test_where_nothing_is_known_it_is_plain(self):
        text = self.nothing("/nope/")
        self.assertNotIn("categories/tech", text)
        self.assertNotIn("2026-03-05", text)


class Crawl(Together):
    def test_what_a_page_says_of_other_languages_every_one_of_them_says_too(self):
        written("fa", "2026-03-02", "[sea]", "https://b.example/fa", translation_key="k")
        written("en", "2026-03-03", "[sea]", "https://b.example/en", translation_key="k")
        seen: dict[str, Links] = {}
        todo = ["/"]
        while todo:
            address = todo.pop()
            response = self.client.get(address)
            self.assertEqual(response.status_code, 200, address)
            if not response["Content-Type"].startswith("text/html"):
                continue
            found = seen[address] = Links(response.content.decode())
            following = (*found.alternates.values(), *found.switch.values(), *found.pages)
            todo += {one for one in following if one not in seen and one not in todo}
        with_others = {address: one for address, one in seen.items() if one.alternates}
        self.assertGreater(len(with_others), 60)
        for address, one in with_others.items():
            self.assertIn(one.canonical, one.alternates.values(), address)
            for other in one.alternates.values():
                self.assertEqual(seen[other].alternates, one.alternates, (address, other))
