"""Titles, dates, names and addresses, in the shapes of real folders."""

from unittest import TestCase

from posts.content import dates, hyperlinks, metadata, slugs
from posts.content.frontmatter import read
from posts.content.problems import Unreadable


def meta(
    front: str, path: str = "_posts/2026-01-31-tech-news.md", heading: str = ""
) -> metadata.Metadata:
    return metadata.read(read(f"---\n{front}\n---\nbody"), path, heading)


class Dates(TestCase):
    def test_every_shape_gives_the_date_as_its_author_wrote_it(self):
        for text, iso in {
            "2026-01-31": "2026-01-31",
            "2026-1-3": "2026-01-03",
            "2026/01/31": "2026-01-31",
            "20260131": "2026-01-31",
            "2026年1月31日": "2026-01-31",
            "Jan 31, 2026": "2026-01-31",
            "31 January 2026": "2026-01-31",
            "31-01-2026": "2026-01-31",
            "11-26-2024": "2024-11-26",
            "2026-01-31 10:00": "2026-01-31T10:00:00",
            "2026-01-31 10:00:00 +0800": "2026-01-31T10:00:00+08:00",
            "2026-01-31T10:00:00Z": "2026-01-31T10:00:00Z",
            "2026-01-31 10:00:00 +8": "2026-01-31T10:00:00+08:00",
            "2013-10-04T11:11:43.123456789Z": "2013-10-04T11:11:43.123456Z",
            "Fri, 31 Jan 2026 10:00:00 GMT": "2026-01-31T10:00:00Z",
            "1769853600": "2026-01-31T10:00:00Z",
        }.items():
            with self.subTest(text=text):
                self.assertEqual(dates.parse(text).iso, iso)

    def test_what_is_no_date_says_so(self):
        for text in ("Last Modified", "2026-02-30", "31-31-2026", "tomorrow", "9999"):
            with self.subTest(text=text), self.assertRaises(dates.BadDate):
                dates.parse(text)
        with self.assertRaises(dates.BadDate):
            dates.parse("0001-01-01 00:00:00 +1400").to_utc("UTC")

    def test_a_named_zone_counts_and_an_ambiguous_one_is_told(self):
        self.assertEqual(dates.parse("2026-01-31 10:00 Asia/Tokyo").to_utc("UTC").hour, 1)
        self.assertEqual(dates.parse("2026-01-31 10:00 CST").odd, "CST")
        self.assertEqual(
            [p.code for p in meta("date: 2026-01-31 10:00 CST").problems], ["odd-date"]
        )

    def test_the_file_name_dates_a_post_and_a_difference_is_told(self):
        self.assertEqual(meta("title: a").date.iso, "2026-01-31")
        self.assertEqual([p.code for p in meta("date: 2026-02-01").problems], ["date-differs"])
        with self.assertRaises(Unreadable) as raised:
            meta("title: a\ndate: 2026-02-30")
        self.assertEqual(
            (raised.exception.problem.line, raised.exception.problem.code), (3, "bad-date")
        )


class Names(TestCase):
    def test_tags_come_from_the_text_as_written(self):
        self.assertEqual(
            meta("tags: [2024, 1.10, yes, 012, '#ai', ~]").tags,
            ["2024", "1.10", "yes", "012", "ai"],
        )
        self.assertEqual(meta("tags: 人工智能，云计算、芯片").tags, ["人工智能", "云计算", "芯片"])
        self.assertEqual(meta("tags: one two").tags, ["one", "two"])
        self.assertEqual(meta("tag: cloud computing\ntags: [x]").tags, ["cloud computing"])
        self.assertEqual(meta("tags: [[a, b], [c]]").tags, ["a", "b", "c"])

    def test_categories_join_folders_and_both_keys(self):
        self.assertEqual(
            meta("category: 要闻\ncategories: [tech]", "es/_posts/2026-01-31-a.md").categories,
            ["es", "要闻", "tech"],
        )
        self.assertEqual(meta("title: a", "source/_posts/2026-01-31-a.md").categories, [])

    def test_authors_in_every_shape(self):
        for front, names in {
            "author: 甲、乙": ["甲", "乙"],
            "author: [A, B]": ["A", "B"],
            "author: {name: A B, email: a@b.example}": ["A B"],
            "authors:\n  - name: A\n  - B": ["A", "B"],
        }.items():
            self.assertEqual(meta(front).authors, names)

    def test_slugs_are_stable_and_tell_apart(self):
        self.assertEqual(slugs.tag_slug("AI"), slugs.tag_slug("ａｉ"))
        self.assertEqual(
            len({slugs.tag_slug(name) for name in ("C", "C++", "C#", ".NET", "net")}), 5
        )
        self.assertTrue(slugs.tag_slug("🚀"))
        self.assertEqual(slugs.slugify("主要新闻！ 第 1 条"), "主要新闻-第-1-条")
        self.assertEqual(slugs.without_numbering("7.5亿美元"), "7.5亿美元")
        self.assertEqual(slugs.without_numbering("1. owner/repo"), "owner/repo")
        self.assertLessEqual(len(slugs.slugify("长" * 300).encode()), slugs.MAX_BYTES)
        for name in ("../x", "a/b", "a#b", "..", "a?b", "a\u202eb"):
            self.assertNotRegex(slugs.tag_slug(name), r"[/#?\u202e]|^\.+$")


class StatusAndTitle(TestCase):
    def test_what_its_author_held_back_stays_back(self):
        for front, status in {
            "published: false": "withdrawn",
            "published: 'false'": "withdrawn",
            "published: no": "withdrawn",
            "draft: true": "draft",
            "status: private": "draft",
            "hidden: true": "draft",
            "published: true": "published",
            "published: 2026-01-02": "published",
        }.items():
            self.assertEqual(meta(front).status, status, front)
        self.assertEqual(meta("title: a", "_drafts/a.md").status, "draft")

    def test_titles(self):
        self.assertEqual(meta("title: No").title, "No")
        self.assertEqual(meta("title: 1.0").title, "1.0")
        self.assertEqual(meta("title: ~", heading="正文标题").title, "正文标题")
        self.assertEqual(meta("layout: x").title, "Tech news")

    def test_a_source_must_be_a_web_page_or_it_is_text(self):
        self.assertEqual(meta("source: javascript:alert(1)").sources, [("javascript:alert(1)", "")])
        self.assertEqual(
            meta("source: www.wsj.example/a").sources,
            [("wsj.example", "https://www.wsj.example/a")],
        )
        self.assertEqual(meta("source: 新华社, 路透社").sources, [("新华社, 路透社", "")])

    def test_languages(self):
        for text, tag in {
            "zh-CN": "zh-hans",
            "zh_TW": "zh-hant",
            "en-US": "en",
            "pt-BR": "pt-br",
            "no such": "",
        }.items():
            self.assertEqual(metadata.language_tag(text), tag)
        self.assertEqual(meta("title: a", "content/posts/a/index.en.md").language, "en")


class Addresses(TestCase):
    def test_old_addresses(self):
        found = meta(
            "permalink: /news/:year/:title/\nredirect_from: [/a/, 'https://old.example/b/']\naliases: /c/",
            "_posts/2026-01-31-x.md",
        )
        self.assertEqual(found.written_addresses, ["/news/2026/x/", "/a/", "/b/", "/c/"])
        self.assertEqual(found.usual_addresses, ["/2026/01/31/x.html"])

    def test_traversal_and_foreign_schemes_are_no_path(self):
        for text in (
            "/../etc/passwd",
            "javascript:alert(1)",
            "//evil.example/x",
            "/a\\b",
            "/a\r\nb",
            "/%2e%2e/x",
        ):
            self.assertEqual(hyperlinks.site_path(text), "", text)

    def test_one_page_has_one_key(self):
        self.assertEqual(
            hyperlinks.page_key("https://www.a.example/x/?utm_source=y#z"),
            hyperlinks.page_key("http://a.example/x"),
        )
        for text in (
            "http://",
            "https://user:pw@",
            "ftp://a.example",
            "http://a b.example",
            "http://[::1",
        ):
            self.assertEqual(hyperlinks.web_url(text), "", text)

    def test_pictures_never_lie_outside_the_folder(self):
        self.assertEqual(hyperlinks.image_candidates("../../../../etc/x.png", "a/_posts/x.md"), [])
        self.assertEqual(hyperlinks.image_candidates("https://a.example/x.png", "x.md"), [])
        self.assertIn("a/img/x.png", hyperlinks.image_candidates("/img/x.png", "a/_posts/x.md"))
