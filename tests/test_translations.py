"""Posts in several languages: which belong together, and what readers and search engines see."""

from datetime import timedelta
from html.parser import HTMLParser
from urllib.parse import unquote

from django.db import connection
from django.test import SimpleTestCase, TestCase
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from posts import publishing
from posts.caching import keys
from posts.content.derive import derive
from posts.models import Change, Post
from posts.models.prepared import timed
from posts.public.posts import _post as post_query
from tests.cast import plain, save

ORIGIN = "http://127.0.0.1:8000"


class Links(HTMLParser):
    """The alternates, the canonical address and the switch of a page."""

    def __init__(self, text: str):
        super().__init__()
        self.alternates: dict[str, str] = {}
        self.canonical, self.switch, self.also, self._inside = "", {}, [], ""
        self.pages: set[str] = set()
        self.feed(text)

    def handle_starttag(self, tag, attrs):
        given = dict(attrs)
        if tag == "link" and given.get("rel") == "canonical":
            self.canonical = given["href"].removeprefix(ORIGIN)
        if tag == "link" and given.get("rel") == "alternate" and "hreflang" in given:
            assert given["hreflang"] not in self.alternates
            self.alternates[given["hreflang"]] = given["href"].removeprefix(ORIGIN)
        if tag in ("nav", "p"):
            self._inside = given.get("class", "")
        if tag == "a" and self._inside == "languages":
            self.switch[given.get("hreflang", "")] = given["href"]
            if "aria-current" in given:
                self.current = given.get("hreflang", "")
        address = given.get("href") or ""
        if tag == "a" and address.startswith("/") and not set(address) & set("?#"):
            self.pages.add(unquote(address))
        if tag == "a" and self._inside == "translations":
            self.also.append((given["hreflang"], given["href"]))


def translated(language: str, key: str = "port", day: str = "2026-03-05", **more: str) -> Post:
    """A public post in a language with a translation key."""
    text = plain(f"In {language}", day, lang=language, translation_key=key, **more)
    return save(text, f"_posts/{day}-{language}.md")


class Keys(SimpleTestCase):
    def key(self, path: str, **front: str) -> str:
        return derive(plain("T", "2026-03-05", **front), path).translation

    def test_front_matter_of_jekyll_and_hugo_names_it(self):
        for name in (
            *("translation_key", "translationKey", "translation_id", "lang-ref", "lang_ref"),
        ):
            self.assertEqual(self.key("_posts/a.md", **{name: "about-us"}), "about-us", name)

    def test_words_with_other_meanings_count_where_the_document_names_its_language(self):
        for name in ("ref", "page_id"):
            self.assertEqual(self.key("_posts/a.md", **{name: "about", "lang": "en"}), "about")
            self.assertEqual(self.key("_posts/a.md", **{name: "about"}), "")
            self.assertEqual(
                self.key("_posts/a.md", **{name: "https://a.example/", "lang": "en"}), ""
            )

    def test_names_of_files_tell_it_as_hugo_has_them(self):
        for path, key in {
            "notes/about.en.md": "notes/about",
            "notes/about.zh-cn.md": "notes/about",
            "content/notes/about.md": "content/notes/about",
            "content/notes/about.fa.md": "content/notes/about",
            "content/en/notes/about.md": "content/notes/about",
            "content/notes/about/index.en.md": "content/notes/about/index",
            "_posts/2026-03-05-about.md": "",
        }.items():
            self.assertEqual(self.key(path), key, path)

    def test_what_is_written_counts_before_the_name(self):
        self.assertEqual(self.key("content/a.en.md", translationKey="b"), "b")

    def test_a_key_longer_than_a_column_is_still_one(self):
        one, other = (self.key("a.md", translation_key=letter * 300) for letter in "xy")
        self.assertLessEqual(max(len(one), len(other)), 200)
        self.assertNotEqual(one, other)

    def test_every_way_to_write_chinese_is_the_site_s(self):
        for tag in ("zh", "zh-CN", "zh_CN", "zh-Hans", "zh-hans-cn", "zh-SG", "ZH"):
            self.assertEqual(derive(plain("T", "2026-03-05", lang=tag), "a.md").language, "zh-hans")
        for tag in ("zh-TW", "zh_Hant", "zh-hk"):
            self.assertEqual(derive(plain("T", "2026-03-05", lang=tag), "a.md").language, "zh-hant")
        self.assertEqual(derive(plain("T", "2026-03-05", lang="en-US"), "a.md").language, "en")


class Pages(TestCase):
    def links(self, address: str) -> Links:
        response = self.client.get(address)
        self.assertEqual(response.status_code, 200, address)
        return Links(response.content.decode())

    def test_translations_name_each_other_and_themselves(self):
        posts = {language: translated(language) for language in ("zh-hans", "en", "fa")}
        expected = {
            "zh-Hans": posts["zh-hans"].address,
            "en": posts["en"].address,
            "fa": posts["fa"].address,
            "x-default": posts["zh-hans"].address,
        }
        for language, post in posts.items():
            found = self.links(post.address)
            self.assertEqual(found.alternates, expected, language)
            others = {one.address for one in posts.values()} - {post.address}
            self.assertEqual({address for _language, address in found.also}, others)
            self.assertEqual(
                {tag: found.switch[tag] for tag in ("zh-Hans", "en", "fa")},
                {tag: expected[tag] for tag in ("zh-Hans", "en", "fa")},
            )

    def test_only_public_ones_are_named(self):
        chinese = translated("zh-hans")
        translated("en", published="false")
        translated("fa", day=(timezone.localdate() + timedelta(days=3)).isoformat())
        found = self.links(chinese.address)
        self.assertEqual((found.alternates, found.also), ({}, []))

    def test_of_two_in_one_language_the_newest_stands_for_it(self):
        chinese, old, new = (
            translated("zh-hans"),
            translated("en", day="2026-03-01"),
            translated("en", day="2026-03-06"),
        )
        self.assertEqual(self.links(chinese.address).alternates["en"], new.address)
        self.assertEqual(self.links(new.address).alternates["zh-Hans"], chinese.address)
        found = self.links(old.address)
        self.assertEqual(found.alternates, {})
        self.assertEqual(found.also, [("zh-Hans", chinese.address)])
        self.assertEqual(found.switch["zh-Hans"], chinese.address)

    def test_a_post_alone_leads_to_the_front_pages(self):
        alone = save(plain("甲", "2026-03-05"), "_posts/2026-03-05-a.md")
        translated("en")
        found = self.links(alone.address)
        self.assertEqual(found.switch, {"en": "/en/", "zh-Hans": "/zh-hans/", "": "/"})
        self.assertEqual(found.current, "zh-Hans")

    def test_a_post_with_translations_costs_no_query_more(self):
        post = translated("zh-hans")
        with CaptureQueriesContext(connection) as before:
            self.client.get(post.address)
        translated("en")
        translated("fa")
        with CaptureQueriesContext(connection) as after:
            self.client.get(post.address)
        self.assertEqual(len(after), len(before))
        self.assertLessEqual(len(after), 4)

    def test_a_page_carries_the_key_that_a_new_translation_names(self):
        post = translated("zh-hans")
        key = keys.translated("port")
        self.assertIn(key, self.client.get(post.address).shown.keys)
        expires = (timezone.localtime() + timedelta(days=2)).replace(microsecond=0)
        english = translated("en", expiryDate=expires.isoformat())
        shown = self.client.get(post.address).shown
        self.assertIn(keys.card(english.pk), shown.keys)
        self.assertEqual(shown.until, expires)
        publishing.withdraw(english)
        self.assertEqual(self.links(post.address).also, [])

    def test_a_save_names_the_key_that_a_post_had_and_has(self):
        def named(work):
            last = Change.objects.order_by("-pk").first()
            work()
            rows = Change.objects.filter(pk__gt=last.pk if last else 0)
            return {name for row in rows for name in row.keys.split()}

        key, other = keys.translated("port"), keys.translated("sea")
        self.assertIn(key, named(lambda: translated("en")))
        self.assertLessEqual({key, other}, named(lambda: translated("en", "sea")))
        self.assertNotIn(other, named(lambda: translated("en", "sea", tags="[new]")))
        self.assertIn(other, named(lambda: publishing.withdraw(Post.objects.get())))

    def test_the_index_finds_them(self):
        statement = post_query(True).statement()
        values = statement.bound(timed({"address": "/2026/03/05/x/"}))
        with connection.cursor() as cursor:
            if connection.vendor == "sqlite":
                cursor.execute(f"EXPLAIN QUERY PLAN {statement.sql}", values)
            else:
                cursor.execute("SET LOCAL enable_seqscan = off")
                cursor.execute(f"EXPLAIN {statement.sql}", values)
            plan = str(cursor.fetchall())
        self.assertIn("post_translation", plan)
