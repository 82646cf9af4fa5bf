"""What keeps a post from its readers, in the words of six generators."""

from datetime import UTC, datetime
from unittest import TestCase

from posts.content import (
    derive,
    frontmatter,
    metadata,
    recognition,
    visibility,
)
from posts.content.frontmatter import read
from posts.content.problems import Unreadable
from tests.test_metadata import meta


class Visibility(TestCase):
    HELD = {
        "published: false": "withdrawn",
        "published: 'false'": "withdrawn",
        "published: no": "withdrawn",
        "Published: False": "withdrawn",
        "status: withdrawn": "withdrawn",
        "draft: true": "draft",
        "Draft: True": "draft",
        "draft: maybe": "draft",
        "isDraft: true": "draft",
        "status: private": "draft",
        "status: Draft": "draft",
        "hidden: true": "draft",
        "hide: true": "draft",
        "unlisted: 'yes'": "draft",
        "private: true": "draft",
        "private: staff": "draft",
        "headless: true": "draft",
        "visibility: private": "draft",
        "visibility: members": "draft",
        "password: abc": "draft",
        "permalink: false": "draft",
        "eleventyExcludeFromCollections: true": "draft",
        "publish: false": "draft",
        "public: no": "draft",
        "render: false": "draft",
        "build: {render: never}": "draft",
        "_build:\n  list: never": "draft",
        "_build: {render: link, list: always}": "draft",
    }
    SHOWN = [
        "published: true",
        "published: 2026-01-02",
        "draft: false",
        "draft:",
        "hide: [toc]",
        "hide: toc",
        "visibility: public",
        "password: ''",
        "sitemap: false",
        "in_search_index: false",
        "noindex: true",
        "publish: weekly",
        "build: comments",
        "_build: {list: local, publishResources: false}",
        "eleventyExcludeFromCollections: false",
        "permalink: /false/",
        "status: reviewed",
        "expiryDate: never",
        "expires: 3600",
    ]

    def test_what_its_author_held_back_stays_back(self):
        for front, status in self.HELD.items():
            with self.subTest(front=front):
                self.assertEqual(meta(front).status, status)
        self.assertEqual(meta("title: a", "_drafts/2026-01-31-a.md").status, "draft")
        toml = read("+++\ndate = 2026-01-31\n[build]\nrender = 'never'\n+++\n")
        self.assertEqual(metadata.read(toml, "a.md").status, "draft")

    def test_what_holds_nothing_back_is_published(self):
        for front in self.SHOWN:
            with self.subTest(front=front):
                self.assertEqual(meta(front).status, "published")
        self.assertEqual(meta("published: true", "_drafts/2026-01-31-a.md").status, "published")

    def test_a_word_that_cannot_be_read_holds_back_and_is_reported_with_its_line(self):
        found = meta("title: a\ndraft: maybe")
        self.assertEqual([(p.line, p.code) for p in found.problems], [(3, "held-back")])

    def test_a_publish_date_after_the_date_counts_and_the_address_keeps_the_date(self):
        def derived(front):
            return derive.derive(f"---\ntitle: a\n{front}\n---\nx", "content/a.md", "Asia/Shanghai")

        later = derived("date: 2026-01-01\npublishDate: 2026-02-01 08:00")
        self.assertEqual(later.day.isoformat(), "2026-01-01")
        self.assertEqual(later.published_at.isoformat(), "2026-02-01T00:00:00+00:00")
        for key in ("publishdate", "publish_date", "pubDate", "pubDatetime", "published"):
            self.assertEqual(derived(f"date: 2026-01-01\n{key}: 2026-02-01").published_at.month, 1)
            self.assertEqual(derived(f"date: 2026-01-01\n{key}: 2026-02-02").published_at.month, 2)
        earlier = derived("date: 2026-01-01\npublishDate: 2025-02-01")
        self.assertEqual(earlier.published_at.isoformat(), "2025-12-31T16:00:00+00:00")
        self.assertEqual(derived("pubDatetime: 2026-01-01T00:00:00Z").day.isoformat(), "2026-01-01")

    def test_an_expiry_is_a_time_of_its_own(self):
        def expires(front):
            return derive.derive(
                f"---\ndate: 2026-01-01\n{front}\n---\nx", "a.md", "UTC"
            ).expires_at

        for key in ("expiryDate", "expirydate", "expiry_date", "unpublishdate", "expires"):
            self.assertEqual(expires(f"{key}: 2026-03-01").isoformat(), "2026-03-01T00:00:00+00:00")
        self.assertIsNone(expires("expiryDate: ~"))
        self.assertIsNone(expires("expires: false"))
        self.assertEqual(expires("expires: 2026-03-02\nexpiryDate: 2026-03-01").day, 1)

    def test_times_that_cannot_be_read_are_refused_or_reported_with_their_line(self):
        for key in ("publishDate", "expiryDate", "pubDatetime"):
            for value in ("soon", "[2099-01-01]", "{at: 2099-01-01}"):
                with self.assertRaises(Unreadable, msg=(key, value)) as raised:
                    meta(f"title: a\ndate: 2026-01-31\n{key}: {value}")
                problem = raised.exception.problem
                self.assertEqual((problem.line, problem.code), (4, "bad-date"))
        for front, code in [
            ("expires: 30 days", "bad-date"),
            ("published: soon", "bad-date"),
            ("publishDate: 2026-03-01 10:00 CST", "odd-date"),
        ]:
            found = meta(f"date: 2026-01-31\n{front}")
            self.assertEqual([(p.line, p.code) for p in found.problems], [(3, code)])

    def test_release_takes_back_all_that_holds_back_and_nothing_else(self):
        now = datetime(2026, 3, 1, tzinfo=UTC)
        for front in [*self.HELD, "expiryDate: 2026-02-01", *self.SHOWN]:
            with self.subTest(front=front):
                before = read(f"---\ntitle: a # c\ndate: 2026-01-31\n{front}\nodd: 1 # d\n---\n")
                for path in ("a.md", "_drafts/a.md"):
                    changes = visibility.release(before, path, zone="UTC", now=now)
                    after = frontmatter.patch(before, changes)
                    self.assertFalse(after.rewritten)
                    document = read(after.text)
                    self.assertEqual(visibility.status(document, path, dated=True)[0], "published")
                    self.assertEqual(visibility.expiry_dates(document)[0], {})
                    self.assertTrue({"title: a # c", "odd: 1 # d"} <= set(after.text.splitlines()))
                    if front in self.SHOWN and path == "a.md":
                        self.assertEqual(changes, {})

    def test_withdrawing_keeps_a_date_that_stands_under_published(self):
        for front in ("published: 2026-01-02", "Published: true", "published: false", "title: a"):
            document = read(f"---\n{front}\n---\nx")
            after = read(frontmatter.patch(document, visibility.withdrawal(document)).text)
            self.assertEqual(visibility.status(after, "a.md", dated=True)[0], "withdrawn")
            self.assertEqual("2026-01-02" in after.text, "2026-01-02" in front)

    def test_a_withdrawn_post_can_become_a_draft(self):
        for front in ("published: false", "status: withdrawn", "title: a", "Draft: false"):
            document = read(f"---\n{front}\n---\nx")
            after = read(frontmatter.patch(document, visibility.drafting(document)).text)
            self.assertEqual(visibility.status(after, "a.md", dated=True)[0], "draft")

    def test_a_file_with_zolas_path_or_a_publish_date_is_a_post(self):
        for front in ('path = "2025/06/26/x"', "pubDatetime = 2025-06-26"):
            self.assertEqual(recognition.why_no_post(f"+++\n{front}\n+++\nx", "content/x.md"), "")
