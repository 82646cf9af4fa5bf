"""A fixture of our own for every row of the digest grammar."""

from unittest import TestCase

from hypothesis import given, settings
from hypothesis import strategies as st

from posts.content.digest import parse
from posts.content.digest.words import kind_of

PIECES = st.sampled_from(
    [
        "# T",
        "## 主要新闻",
        "## 分析",
        "## x",
        "## 1. x",
        "### 新闻",
        "# 新闻",
        "## 参考链接",
        "[r]: https://r.example",
        "- [t][r] more words here [a\nb](https://e.example)",
        "### a",
        "### [t](https://a.example)",
        "**Source:** [t](https://a.example)",
        "1、[t](https://b.example)",
    ]
    + [
        "- **[t](u)** — s",
        "```",
        "---",
        "*footer*",
        "text",
        "",
        "  ",
        "[t](https://c.example)  ",
        "**b**",
        "===",
        "<!--",
        "-->",
        "#tag x",
        "> q",
        "1. a https://d.example",
    ]
)


def stories(body: str) -> list[tuple[str, list[str]]]:
    return [
        (story.heading, [citation.url for citation in story.citations])
        for story in parse(body).stories
    ]


def kinds(body: str) -> list[tuple[str, str]]:
    return [(section.heading, section.kind) for section in parse(body).sections]


class Sections(TestCase):
    def test_names_of_story_sections(self):
        names = (
            "主要新闻|主要新闻 (Main News)|📰 AI 新闻精选|今日要闻|头条新闻|详细内容|"
            "News|Top stories|新闻|ニュース|Nouvelles|科技动态"
        )
        for name in names.split("|"):
            self.assertEqual(kind_of(name), "stories", name)

    def test_names_of_commentary_and_of_neither(self):
        for name in "分析|结论|总结|观察|まとめ|Analysis|Conclusion|Summary|趋势分析".split("|"):
            self.assertEqual(kind_of(name), "commentary", name)
        for name in "今日看点|数据来源|参考链接|关于本日报".split("|"):
            self.assertEqual(kind_of(name), "other", name)

    def test_kinds_such_as_papers_are_sections_of_stories_where_they_hold_some(self):
        body = "## 论文\n\n### 甲\n\n来源：[a](https://a.example/1)\n\n"
        body += "## 随笔\n\n### 一\n\n没有出处。\n"
        self.assertEqual(kinds(body), [("论文", "stories"), ("随笔", "other")])

    def test_a_heading_inside_commentary_is_no_story(self):
        self.assertEqual(
            stories("## 新闻\n\n### 甲\n\n## 分析\n\n### 乙\n\n## 结论\n"), [("甲", [])]
        )

    def test_a_table_of_contents_holds_no_story(self):
        self.assertEqual(stories("## 今日看点\n\n- [一](#a)\n- [二](#b)\n"), [])
        self.assertEqual(stories("## 新闻\n\n- [一](#a)\n- [二](#b)\n"), [])

    def test_level_three_without_level_two_and_numbered_level_two(self):
        body = "# T\n\n开篇\n\n### 甲\n\n来源：[a](https://a.example)\n\n"
        body += "### 乙\n\n来源：[b](https://b.example)\n"
        self.assertEqual([heading for heading, _urls in stories(body)], ["甲", "乙"])
        self.assertEqual(kinds(body), [("", "lead"), ("", "stories")])
        body = (
            body.replace("### 甲", "## 1. 甲").replace("### 乙", "## 2. 乙") + "\n## 结论\n\nend\n"
        )
        self.assertEqual([heading for heading, _urls in stories(body)], ["甲", "乙"])
        self.assertEqual(kinds(body)[-1], ("结论", "commentary"))

    def test_an_ordinary_post_is_no_digest(self):
        self.assertEqual(
            stories(
                "intro\n\n## Setup\n\n### Install\n\n- [docs](https://a.example)\n- run it\n\n"
                "## Use\n\ntext\n"
            ),
            [],
        )


class Heads(TestCase):
    def test_headings(self):
        body = "## 新闻\n\n### 1. 甲\n\n### 2、乙\n\n### 3. owner/repo ⭐ 66,793\n\n"
        body += "### 4. 丁 {#d}\n\n### 7.5亿美元融资\n\n### [己](https://a.example/f)\n"
        self.assertEqual(
            stories(body),
            [
                ("甲", []),
                ("乙", []),
                ("owner/repo ⭐ 66,793", []),
                ("丁", []),
                ("7.5亿美元融资", []),
                ("己", ["https://a.example/f"]),
            ],
        )

    def test_bold_lines(self):
        body = "## 新闻\n\n**甲**\n\ntext\n\n**[2. 乙](https://a.example)**\n\ntext\n"
        self.assertEqual(stories(body), [("甲", []), ("乙", ["https://a.example"])])

    def test_numbered_lines(self):
        self.assertEqual(
            stories(
                "1、[甲](https://a.example/1)\n\n段落\n\n2、[乙](https://a.example/2)\n\n段落\n"
            )[1],
            ("乙", ["https://a.example/2"]),
        )
        self.assertEqual(
            stories("1. 甲 https://a.example/1\n2. 乙https://b.example/2\n"),
            [("甲", ["https://a.example/1"]), ("乙", ["https://b.example/2"])],
        )
        body = (
            "1. [**甲** <code>a.example</code>](https://a.example) - [31 comments](https://n.test/1)\n"
            "2. [**乙** <code>b.example</code>](https://b.example) - [2 comments](https://n.test/2)\n"
        )
        self.assertEqual(
            stories(body), [("甲", ["https://a.example"]), ("乙", ["https://b.example"])]
        )

    def test_bullets(self):
        body = "## News\n\n- **[a](https://a.example)** — s\n- [b](https://b.example) — s\n"
        body += "* [c](https://c.example)\n"
        body += "- 💸 [**d**](https://d.example)\n"
        self.assertEqual([heading for heading, _urls in stories(body)], ["a", "b", "c", "d"])
        body = "## 新闻\n\n- **标题：** 正文 [出处][ref]\n\n[ref]: https://r.example/1\n"
        self.assertEqual(stories(body), [("标题", ["https://r.example/1"])])

    def test_a_linked_line_that_ends_in_two_spaces(self):
        body = "[甲](https://a.example/1)  \n正文\n\n[乙](https://a.example/2)  \n正文\n"
        self.assertEqual(
            stories(body), [("甲", ["https://a.example/1"]), ("乙", ["https://a.example/2"])]
        )

    def test_code_and_comments_hold_nothing(self):
        self.assertEqual(
            stories(
                "## 新闻\n\n```\n### no\n```\n\n<!--\n### no [x](https://x.example)\n-->\n\n"
                "### 甲\n"
            ),
            [("甲", [])],
        )

    def test_hashtags_are_text(self):
        self.assertEqual(stories("## 新闻\n\n### 甲\n\n#Agent #多轮交互\n"), [("甲", [])])


class Sources(TestCase):
    def cited(self, line: str, more: str = "") -> list[str]:
        return stories(
            f"## 新闻\n\n### 甲\n\n正文 [旁注](https://aside.example)。\n\n{line}\n\n{more}"
        )[0][1]

    def test_source_lines(self):
        for line in [
            "**Source:** [t](https://s.example)",
            "**Source**: [t](https://s.example)",
            "**Sources:** [t](https://s.example)",
            "**来源：** [t](https://s.example)",
            "**来源：**[t](https://s.example)",
            "来源：[t](https://s.example)",
            "来源 [t](https://s.example) · 94 分",
            "出典: [t](https://s.example)",
            "> **Sources:** [t](https://s.example)",
            "- **Source**: [t](https://s.example)",
            "📖 来源：[t](https://s.example)",
            "📎 [查看原文](https://s.example)",
            "*Source: [t](https://s.example) · March 28, 2026*",
            "Source: https://s.example",
            "**Source:**\n\n- [t](https://s.example)",
        ]:
            with self.subTest(line=line):
                self.assertEqual(self.cited(line), ["https://s.example"])
        self.assertEqual(
            stories("## 新闻\n\n### 甲\n\n正文（[via](https://s.example)）。\n"),
            [("甲", ["https://s.example"])],
        )

    def test_several_links_and_several_lines(self):
        for joint in ("、", "和", " | ", " & ", " · ", " / ", ", "):
            self.assertEqual(
                self.cited(f"来源：[a](https://a.example){joint}[b](https://b.example)"),
                ["https://a.example", "https://b.example"],
                joint,
            )
        self.assertEqual(
            self.cited("**Source:** [a](https://a.example)\n**Source:** [b](https://b.example)"),
            ["https://a.example", "https://b.example"],
        )

    def test_balanced_brackets(self):
        for url in (
            "https://s.example/EPRS_BRI(2025)779251_EN.pdf",
            "https://s.example/(k3pd)/CHIPS/x",
        ):
            self.assertEqual(self.cited(f"**Source:** [t [1]]({url})"), [url])

    def test_numbers_are_resolved_by_the_list_of_references(self):
        self.assertEqual(
            self.cited("来源：[3] · 95 分", "## 参考链接\n\n3. [三](https://three.example)\n"),
            ["https://three.example"],
        )

    def test_without_a_source_line_the_links_of_the_text_are_cited(self):
        self.assertEqual(self.cited("完。"), ["https://aside.example"])

    def test_the_list_at_the_end_belongs_to_the_post_less_what_stories_cite(self):
        body = "## 新闻\n\n### 甲\n\n来源：[a](https://a.example/1)\n\n"
        body += (
            "## 结论\n\n完。\n\n**来源：**\n- [a](https://a.example/1/)\n- [b](https://b.example)\n"
        )
        self.assertEqual(
            [citation.url for citation in parse(body).citations], ["https://b.example"]
        )


class Around(TestCase):
    def test_the_footer_is_part_of_nothing(self):
        body = "## 新闻\n\n### 甲\n\n正文\n\n---\n\n*由机器生成*\n"
        digest = parse(body)
        self.assertEqual(body[digest.footer :], "---\n\n*由机器生成*\n")
        self.assertEqual(digest.stories[0].end, digest.footer)

    def test_the_title_is_known_with_its_span(self):
        body = "\n# 标题\n\n开篇\n"
        digest = parse(body)
        self.assertEqual(
            (digest.title[2], body[digest.title[0] : digest.title[1]]), ("标题", "# 标题\n")
        )

    def test_names_are_unique_and_keep_unicode(self):
        body = "## 新闻\n\n### 1. 新闻 🚀\n\n### 新闻\n\n### ！\n"
        self.assertEqual([story.slug for story in parse(body).stories], ["新闻", "新闻-2", "uff01"])

    def test_an_empty_story_is_a_story_and_stories_keep_lists_and_deeper_headings(self):
        self.assertEqual(
            stories("## 新闻\n\n### 甲\n\n### 乙\n\n- a\n- b\n\n#### 丙\n"),
            [("甲", []), ("乙", [])],
        )

    @settings(max_examples=500, deadline=None)
    @given(
        st.lists(PIECES, max_size=14),
        st.sampled_from(["\n", "\r\n", "\r", "\n\n"]),
        st.sampled_from([None, True, False]),
    )
    def test_spans_rebuild_any_body(self, pieces, end, digest):
        self.rebuilt(end.join(pieces), digest)

    @settings(max_examples=100, deadline=None)
    @given(st.text(max_size=300), st.sampled_from([None, True, False]))
    def test_spans_rebuild_any_text(self, body, digest):
        self.rebuilt(body, digest)

    def rebuilt(self, body: str, is_digest: bool | None):
        digest = parse(body, digest=is_digest)
        self.assertEqual("".join(body[start:end] for start, end in digest.spans(len(body))), body)
        for story in digest.stories:
            self.assertLessEqual(story.start, story.head_end)
            self.assertLessEqual(story.head_end, max(story.end, story.head_end))
            section = digest.sections[story.section]
            self.assertTrue(section.start <= story.start <= story.end <= section.end)
            self.assertEqual(section.kind, "stories")
            for citation in story.citations:
                self.assertTrue(story.start <= citation.start < citation.end <= story.end)
        starts = [story.start for story in digest.stories]
        self.assertEqual(starts, sorted(set(starts)))
        for section, after in zip(digest.sections, digest.sections[1:], strict=False):
            self.assertTrue(section.start <= section.body <= section.end == after.start)
