"""Titles, dates, names and addresses, in the shapes of real folders."""

from unittest import TestCase

from hypothesis import given
from hypothesis import strategies as st

from posts.content import (
    derive,
    frontmatter,
    hyperlinks,
    metadata,
    slugs,
    titles,
)
from posts.content.frontmatter import read
from posts.deriving import pool


def meta(
    front: str, path: str = "_posts/2026-01-31-tech-news.md", heading: str = ""
) -> metadata.Metadata:
    return metadata.read(read(f"---\n{front}\n---\nbody"), path, heading)


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
