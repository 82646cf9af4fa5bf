"""Titles, dates, names and addresses, in the shapes of real folders."""

import contextlib
from datetime import UTC, datetime
from unittest import TestCase

from hypothesis import given, settings
from hypothesis import strategies as st

from posts.content import (
    dates,
    derive,
    frontmatter,
    hyperlinks,
    metadata,
    recognition,
    slugs,
    titles,
    visibility,
)
from posts.content.frontmatter import read
from posts.content.problems import Unreadable
from posts.deriving import pool


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

    def test_a_named_zone_counts_and_an_ambiguous_one_is_reported(self):
        self.assertEqual(dates.parse("2026-01-31 10:00 Asia/Tokyo").to_utc("UTC").hour, 1)
        self.assertEqual(dates.parse("2026-01-31 10:00 CST").odd, "CST")
        self.assertEqual(
            [p.code for p in meta("date: 2026-01-31 10:00 CST").problems], ["odd-date"]
        )

    def test_a_time_with_a_zone_is_the_time_that_its_author_wrote(self):
        for text, hour, zone in [
            ("14:30 America/New_York", 14, "America/New_York"),
            ("14:30 America/Argentina/Buenos_Aires", 14, "America/Argentina/Buenos_Aires"),
            ("14:30 America/Port-au-Prince", 14, "America/Port-au-Prince"),
            ("14:30 Pacific/Auckland", 14, "Pacific/Auckland"),
            ("14:30 Asia/Shanghai", 14, "Asia/Shanghai"),
            ("2:30 pm America/New_York", 14, "America/New_York"),
            ("12:30 a.m. Asia/Tokyo", 0, "Asia/Tokyo"),
            ("14:30[Europe/Paris]", 14, "Europe/Paris"),
            ("14:30+01:00[Europe/Paris]", 14, "+01:00"),
            ("14:30:00 +0800 CST", 14, "+08:00"),
            ("14:30:00 GMT+0800 (China Standard Time)", 14, "+08:00"),
            ("14:30 UTC-5", 14, "-05:00"),
            ("14:30 PM", 14, ""),
            ("14:30 AM", 14, ""),
        ]:
            with self.subTest(text=text):
                written = dates.parse(f"2026-01-31T{text}")
                self.assertEqual((written.clock.hour, written.zone, written.odd), (hour, zone, ""))

    def test_an_abbreviation_never_makes_it_morning(self):
        for text, hour, odd in [
            ("2:30 PM EST", 14, "EST"),
            ("14:30 AMT", 14, "AMT"),
            ("14:30 PMST", 14, "PMST"),
            ("14:30 AEST", 14, "AEST"),
            ("14:30 Nowhere/Land", 14, "Nowhere/Land"),
        ]:
            with self.subTest(text=text):
                written = dates.parse(f"2026-01-31 {text}")
                self.assertEqual((written.clock.hour, written.zone, written.odd), (hour, "", odd))

    def test_clocks_of_many_writers(self):
        for text in (
            "2026年1月31日 下午2:30",
            "2026年1月31日14时30分",
            "2026年1月31日14:30",
            "January 31, 2026, 2:30 pm",
            "January 31, 2026 at 2:30pm",
            "31 Jan 2026 14:30",
            "2026-01-31t14:30",
        ):
            with self.subTest(text=text):
                self.assertEqual(dates.parse(text).iso, "2026-01-31T14:30:00")

    @settings(max_examples=400)
    @given(
        st.lists(
            st.sampled_from(
                [
                    "2026",
                    "-",
                    "01",
                    "31",
                    " ",
                    "T",
                    "14",
                    ":",
                    "30",
                    "00",
                    ".",
                    "5",
                    "年",
                    "月",
                    "日",
                ]
                + ["下午", "AM", "pm", "Z", "+", "0800", "[", "]", "(", "Jan", "CST", "/", "Asia"]
                + ["Asia/Tokyo", "America/Argentina", "UTC", ",", "٣", "²", "0"]
            ),
            max_size=16,
        ).map("".join)
    )
    def test_any_text_is_a_date_or_is_refused(self, text):
        with contextlib.suppress(dates.BadDate):
            written = dates.parse(text)
            self.assertTrue(written.iso.startswith(f"{written.day.year:04}-"))
            written.to_utc("Asia/Shanghai")

    def test_zolas_path_is_a_date_and_an_address(self):
        found = metadata.read(
            read('+++\npath = "2025/06/26/Rust-1.88.0"\ntitle = "x"\n+++\n'),
            "content/Rust-1.88.0.md",
        )
        self.assertEqual((found.date.iso, found.slug), ("2025-06-26", "rust-1-88-0"))
        self.assertEqual(found.status, "published")
        self.assertIn("/2025/06/26/Rust-1.88.0/", found.written_addresses)
        blog = meta("path: blog/2025/06/title", "content/title.md")
        self.assertEqual((blog.date, blog.slug), (None, "title"))
        self.assertEqual(blog.written_addresses, ["/blog/2025/06/title/"])
        self.assertEqual(meta("path: /blog/2025/6/3/a/", "x.md").date.iso, "2025-06-03")
        self.assertEqual(meta("path: _posts", "x.md").written_addresses, [])

    def test_the_file_name_dates_a_post_and_a_difference_is_reported(self):
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


class Titles(TestCase):
    SAME = [
        ("OpenAI发布新模型", "OpenAI 发布新模型"),
        ("The New York Times", "the new york times"),
        ("“风”来了", '"风"来了'),
        ("It’s here", "It's here"),
        ("新闻：今天", "新闻:今天"),
        ("ＡＩ news", "AI News"),
        ("「港口」日报", "港口日报"),
    ]

    def test_a_heading_that_differs_by_a_space_case_or_quotes_is_the_title(self):
        for one, other in self.SAME:
            with self.subTest(one=one):
                self.assertTrue(titles.same(one, other))
                text = frontmatter.patch(read(f"\n# {other}\n\nWords.\n"), {"title": one}).text
                self.assertNotIn("<h1", derive.derive(text, "2026-01-31-a.md").html)
        for one, other in [
            ("a", "b"),
            ("C", "C++"),
            ("news 1", "news 2"),
            ('"', "'a'"),
            ("“”", "「」 x"),
        ]:
            self.assertFalse(titles.same(one, other))

    def mended(self, text: str, title: str) -> str:
        return titles.edited(text, {"title": title}).text

    def test_mending_the_title_mends_the_heading_that_repeats_it(self):
        for heading, wanted in [
            ("# 风 起", "# New"),
            ("# 风起 {#x}", "# New {#x}"),
            ("#  风起 ##", "#  New ##"),
            ("风起\n===", "New\n==="),
            ("# **风起**", "# New"),
        ]:
            with self.subTest(heading=heading):
                text = f"---\ntitle: 风起 # c\n---\n\n{heading}\n\n# More\n"
                self.assertEqual(
                    self.mended(text, "New"), f"---\ntitle: New # c\n---\n\n{wanted}\n\n# More\n"
                )

    def test_a_mended_heading_reads_like_the_title_whatever_it_holds(self):
        for title in (
            "a *b* c",
            "C# #",
            "[x](y)",
            "`code`",
            "<b>",
            "1 < 2 & 3",
            "{#id}",
            "a_b_c",
            "C:\\x",
        ):
            with self.subTest(title=title):
                after = self.mended("---\ntitle: old\n---\n\n# old\n\nx\n", title)
                derived = derive.derive(after, "2026-01-31-a.md")
                self.assertEqual(derived.title, title)
                self.assertNotIn("<h1", derived.html)

    def test_other_headings_and_titles_that_stand_once_stay(self):
        text = "---\ntitle: old\n---\n\n# Something else\n"
        self.assertEqual(self.mended(text, "new"), text.replace("old", "new"))
        alone = "---\ndate: 2026-01-31\n---\n\n# old\n"
        self.assertEqual(self.mended(alone, "new"), alone.replace("old", "new"))
        bare = "---\ndate: 2026-01-31\n---\n\nold\n"
        self.assertEqual(self.mended(bare, "new"), bare.replace("31\n", "31\ntitle: new\n"))

    def test_an_edit_mends_both_and_keeps_a_heading_that_was_typed(self):
        text = "---\ntitle: old\n---\n\n# Old\n\nx\n"
        for body, wanted in [
            (None, "\n# new\n\nx\n"),
            ("\n# mine\n\ny\n", "\n# mine\n\ny\n"),
            ("\n# Old\n\ny\n", "\n# new\n\ny\n"),
        ]:
            after = titles.edited(text, {"title": "new"}, body).text
            self.assertEqual(after, f"---\ntitle: new\n---\n{wanted}")

    def test_a_new_post_keeps_the_heading_that_was_typed(self):
        after = titles.edited("", {"title": "T"}, "\n# Heading\n").text
        self.assertEqual(after, "---\ntitle: T\n---\n\n# Heading\n")

    def test_the_pool_mends_both(self):
        text = "---\ntitle: old\n---\n\n# Old\n\nx\n"
        after = pool.shared.patched(text, {"title": "new"}).text
        self.assertEqual(after, "---\ntitle: new\n---\n\n# new\n\nx\n")


class Fields(TestCase):
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
            "permalink: /news/:year/:title/\nredirect_from: [/a/, 'https://old.example/b/']\n"
            "aliases: /c/",
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
        self.assertEqual(
            hyperlinks.page_key("https://例子.测试/路?q=值"),
            hyperlinks.page_key("http://xn--fsqu00a.xn--0zwm56d/%e8%b7%af?q=%E5%80%BC#x"),
        )
        for text in (
            "http://",
            "https://user:pw@",
            "ftp://a.example",
            "http://a b.example",
            "http://[::1",
        ):
            self.assertEqual(hyperlinks.web_url(text), "", text)

    def test_addresses_with_credentials_are_refused(self):
        for text in (
            "https://known.example@evil.example/",
            "https://user:pw@host.example/",
            "HTTPS://user@host.example",
            "https://@host.example/",
            "known.example@evil.example/x",
            "https://known.example\\@evil.example/",
            "https://known.example＠evil.example/",
            "https://known.example%40evil.example/",
        ):
            with self.subTest(text=text):
                self.assertEqual(hyperlinks.web_url(text), "")
                self.assertEqual(hyperlinks.host(text), "")
                self.assertEqual(meta(f"source: '{text}'").sources, [(text[:200], "")])

    def test_one_host_has_one_form_however_it_is_written(self):
        for texts, url, name in [
            (
                ["HTTPS://Host.Example/A", "https://host.example./A", "https://ｈost。example/A"],
                "https://host.example/A",
                "host.example",
            ),
            (
                [
                    "https://BÜCHER.example/",
                    "https://xn--bcher-kva.example/",
                    "https://bücher.example/",
                ],
                "https://xn--bcher-kva.example/",
                "bücher.example",
            ),
            (
                ["https://www.例子.测试/", "HTTP://x.example/"][:1],
                "https://www.xn--fsqu00a.xn--0zwm56d/",
                "例子.测试",
            ),
            (["https://faß.example/"], "https://xn--fa-hia.example/", "faß.example"),
            (["https://हिन्दी.example/"], "https://xn--j2bd4cyah0f.example/", "हिन्दी.example"),
            (["https://xn--999999999999/"], "https://xn--999999999999/", "xn--999999999999"),
            (["HTTP://h.example:8080?q"], "http://h.example:8080?q", "h.example"),
        ]:
            for text in texts:
                with self.subTest(text=text):
                    self.assertEqual(hyperlinks.web_url(text), url)
                    self.assertEqual(hyperlinks.host(text), name)
                    self.assertEqual(hyperlinks.web_url(url), url)
                    self.assertEqual(hyperlinks.page_key(text), hyperlinks.page_key(url))

    def test_hosts_that_are_none(self):
        for name in (
            "a..example",
            "a/b",
            "a⁄b.example",
            "ev il.example",
            "x" * 64,
            "a\u202eb.example",
            "",
        ):
            self.assertEqual(hyperlinks.ascii_host(name), "", name)
        self.assertEqual(hyperlinks.web_url("https://h.example:99999/"), "")

    def test_international_addresses_are_written_as_uris(self):
        for text, wanted in {
            "https://例子.测试/路?q=值#片": (
                "https://xn--fsqu00a.xn--0zwm56d/%E8%B7%AF?q=%E5%80%BC#%E7%89%87"
            ),
            "https://a.example/[x] 100%#a#b": "https://a.example/%5Bx%5D%20100%25#a%23b",
            "https://a.example/%E8%B7%AF": "https://a.example/%E8%B7%AF",
            "/2026/01/31/新闻/": "/2026/01/31/%E6%96%B0%E9%97%BB/",
        }.items():
            self.assertEqual(hyperlinks.uri(text), wanted)
            self.assertEqual(hyperlinks.uri(wanted), wanted)

    @given(st.text(max_size=30))
    def test_a_web_address_is_safe_whatever_was_typed(self, text):
        for typed in (text, f"https://{text}", f"HTTP://a.example/{text}"):
            if url := hyperlinks.web_url(typed):
                self.assertRegex(url, r"\Ahttps?://[a-z0-9._-]+(:\d+)?([/?#]|\Z)")
                self.assertTrue(hyperlinks.host(url))
                self.assertEqual(hyperlinks.web_url(url), url)
                self.assertRegex(hyperlinks.uri(url), r"\A[!#-;=?-Z_a-z~]+\Z")

    def test_a_broken_address_of_old_is_a_remark_and_no_crash(self):
        found = meta("redirect_from: ['http://[::1', /a/]\naliases: /b/")
        self.assertEqual(found.written_addresses, ["/a/", "/b/"])
        self.assertEqual([p.code for p in found.problems], ["bad-redirect"])

    def test_pelicans_keys_keep_several_old_addresses(self):
        document = read(
            "Title: a\nDate: 2026-01-31\nRedirect_from: /a/, /b/\nAliases: /c/\n    /d/\n\nx"
        )
        found = metadata.read(document, "a.md")
        self.assertEqual(found.written_addresses, ["/a/", "/b/", "/c/", "/d/"])

    def test_pictures_never_lie_outside_the_folder(self):
        self.assertEqual(hyperlinks.image_candidates("../../../../etc/x.png", "a/_posts/x.md"), [])
        self.assertEqual(hyperlinks.image_candidates("https://a.example/x.png", "x.md"), [])
        self.assertIn("a/img/x.png", hyperlinks.image_candidates("/img/x.png", "a/_posts/x.md"))
