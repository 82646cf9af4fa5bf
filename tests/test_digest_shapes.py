"""Digests of every shape that was seen are read without being told that they are digests."""

from unittest import TestCase

from posts.content.derive import derive
from posts.content.digest import parse

A, B, C, D = (f"https://{name}.example/news/1" for name in ("ann", "bob", "cid", "dan"))
SOURCED = (
    f"### 央行宣布下调存款准备金率\n\n正文。\n\n**Source:** [t]({A})\n\n"
    f"### 两家公司达成合并协议\n\n正文。\n\n**Source:** [u]({B})\n"
)
LINKED = (
    f"### [Central bank cuts its key rate again]({A})\n\nText.\n\n"
    f"### [Two airlines agree on a merger]({B})\n\nText.\n\n"
    f"### [Court stops the new coal mine]({C})\n\nText.\n"
)
TITLES = (
    "Central bank cuts its key rate again",
    "Two airlines agree on a merger",
    "Court stops the new coal mine",
    "Parliament votes on data retention",
)
PAGES = (A, B, C, D)


def listed(shape: str) -> str:
    """A list of four entries, each of the shape."""
    return "\n".join(
        shape.format(n=n, t=title, u=url)
        for n, (title, url) in enumerate(zip(TITLES, PAGES, strict=True), start=1)
    )


SECTIONS = {
    f"section called {name}": f"# T\n\n开篇\n\n## {name}\n\n{SOURCED}\n## 结论\n\n完。\n"
    for name in (
        "主要新闻|主要新闻 (Main News)|📰 AI 新闻精选|今日要闻|头条新闻|详细内容|"
        "News|Top stories|新闻|ニュース|Nouvelles|科技动态|官方|论文|模型|工具|Updates of the week"
    ).split("|")
}
HEADS = {
    "no sections": f"# T\n\n开篇\n\n{SOURCED}",
    "no sections, no title": SOURCED,
    "stories without sources under a name that hints": (
        "## News\n\n### Fed\n\ntext\n\n### Mine\n\ntext\n"
    ),
    "a story without a source": f"## 主要新闻\n\n### 甲\n\n正文\n\n{SOURCED}",
    "sections at level 3": f"# T\n\n### 主要新闻\n\n{SOURCED}### 结论\n\n完。\n".replace(
        "### 央", "#### 央"
    ).replace("### 两", "#### 两"),
    "sections at level 1": f"# T\n\n# 主要新闻\n\n{SOURCED}# 结论\n\n完。\n".replace("### ", "## "),
    "numbered level 2": SOURCED.replace("### 央", "## 1. 央").replace("### 两", "## 2. 两"),
    "numbered in Chinese": SOURCED.replace("### 央", "## 一、央").replace("### 两", "## 二、两"),
    "numbered level 3": SOURCED.replace("### 央", "### 1. 央").replace("### 两", "### 2、两"),
    "repositories": (
        f"## 今日热门\n\n### 1. owner/repo ⭐ 66,793\n\nText, see [it]({A}).\n\n"
        f"### 2. other/tool ⭐ 1,200\n\nText, see [it]({B}).\n"
    ),
    "anchors": SOURCED.replace("率\n", "率 {#a}\n"),
    "linked headings": LINKED,
    "linked headings in sections": f"## Policy\n\n{LINKED}\n## Sport\n\n"
    + LINKED.replace("/1", "/2"),
    "linked headings of one kind": f"## 论文\n\n{LINKED}",
    "level 2 alone": f"# T\n\n开篇\n\n{SOURCED}".replace("### ", "## "),
    "linked level 2 alone": LINKED.replace("### ", "## "),
    "headings with a line that is labelled as a link": (
        f"### 央行宣布下调存款准备金率\n\n正文。\n\n- 链接：[原文报道]({A})\n\n"
        f"### 两家公司达成合并协议\n\n正文。\n\n- 链接：{B}\n\n"
        f"### 法院叫停新建煤矿项目\n\n正文。\n\n- 链接：{C}\n"
    ),
    "bold lines": "## 新闻\n\n**甲**\n\n正文\n\n**乙**\n\n正文\n",
    "bold linked lines": f"## 新闻\n\n**[1. 甲]({A})**\n\n正文\n\n**[2. 乙]({B})**\n\n正文\n",
    "bold lines with sources": SOURCED.replace("### 央行宣布下调存款准备金率", "**甲**").replace(
        "### 两家公司达成合并协议", "**乙**"
    ),
}
LISTS = {
    "weekly with paragraphs": f"1、[甲]({A})\n\n段落。\n\n2、[乙]({B})\n\n段落。\n",
    "weekly in sections": (
        f"## 科技\n\n1、[央行宣布下调存款准备金率]({A})\n\n段落。\n\n"
        f"2、[两家公司达成合并]({B})\n\n段落。\n\n"
        f"## 文章\n\n1、[怎样写好一封信]({C})（英文）\n\n段落。\n\n"
        f"2、[城市的尺度]({D})（英文）\n\n段落。\n"
    ),
    "weekly with long essays": (
        f"## 本期话题\n\n{'一篇很长的文章。' * 200}\n\n"
        f"## 文章\n\n1、[甲]({A})\n\n段落。\n\n2、[乙]({B})\n\n段落。\n\n3、[丙]({C})\n\n段落。\n\n"
        f"## 资源\n\n1、[丁]({D})\n\n段落。\n\n2、[戊]({A}/2)\n\n段落。\n\n"
        f"3、[己]({B}/2)\n\n段落。\n"
    ),
    "daily list under its own name": (
        "### GoCN 每日新闻 (2020-01-01)\n\n"
        + listed("{n}. {t} {u}")
        + "\n\n- 编辑: 张三\n- 订阅: https://letter.example\n"
    ),
    "addresses at the end": listed("{n}. {t} {u}"),
    "addresses glued to the text": f"1. 甲{A}\n2. 乙{B}\n3. 丙{C}\n",
    "aggregator": listed(
        "{n}. [**{t}** <code>x.example</code>]({u}) - [31 comments 120 points](https://n.example)"
    ),
    "bold linked bullets": listed("- **[{t}]({u})** — in short"),
    "linked bullets with a summary": listed("- [{t}]({u}) — in short"),
    "linked bullets": listed("* [{t}]({u})"),
    "linked bullets with emoji": listed("- 💸 [**{t}**]({u})"),
    "bullets in a section of a name": f"## News\n\n- [Short]({A})\n- [Item]({B})\n",
    "numbered links": listed("{n}. [{t}]({u})"),
    "linked lines": listed("[{t}]({u})  \nText under it.\n"),
    "labels with references": (
        "## 新闻\n\n- **甲：** 正文 [出处][a]。\n- **乙：** 正文 [出处][b]。\n\n"
        f"[a]: {A}\n[b]: {B}\n"
    ),
    "labels whose links come later": f"## News\n\n- **Rates fall:**\n  The bank [said so]({A}).\n",
    "links sorted by headings": (
        "Welcome to this week's links.\n\n## Updates from the community\n\n### Official\n\n"
        + listed("* [{t}]({u})")
        + "\n\n### Blogs\n\n"
        + listed("* [{t}]({u}/x)")
        + "\n"
    ),
    "links by reference": (
        "## Nouvelles\n\n- [Central bank cuts its key rate][1]\n- [Two airlines agree][2]\n\n"
        f"[1]: {A}\n[2]: {B}\n"
    ),
}
SOURCE_LINES = {
    f"source line {line}": (
        f"### 央行宣布下调存款准备金率\n\n正文。\n\n{line.format(u=A)}\n\n"
        f"### 两家公司达成合并协议\n\n正文。\n\n{line.format(u=B)}\n"
    )
    for line in (
        "**Source:** [t]({u})|**Source**: [t]({u})|**Sources:** [t]({u})|"
        "**来源：** [t]({u})|来源：[t]({u})|来源 [t]({u}) · 94 分|出典: [t]({u})|"
        "> **Sources:** [t]({u})|- **Source**: [t]({u})|📖 来源：[t]({u})|📎 [查看原文]({u})|"
        "*Source: [t]({u}) · March 28, 2026*|Source: {u}|"
        "**Source:**\n\n- [t]({u})|Quelle: [t]({u})|منبع: [t]({u})"
    ).split("|")
} | {
    "source at the end of the text": (
        f"### 央行宣布下调存款准备金率\n\n正文（[via]({A})）。\n\n"
        f"### 两家公司合并\n\n正文（[via]({B})）。\n"
    ),
    "source at the end of points": (
        f"## AI 快讯 · Reddit\n\n## 1. 趋势\n\n- 新版本发布，成本降低。 [消息来源]({A})\n\n"
        f"## 2. 实践\n\n- 社区分享了流程。 [消息来源]({B})\n"
    ),
    "source line with numbers": (
        "### 央行宣布下调存款准备金率\n\n正文。\n\n来源：[1] · 95 分\n\n"
        "### 两家公司合并\n\n正文。\n\n来源：[2]\n\n"
        f"## 参考链接\n\n1. [一]({A})\n2. [二]({B})\n"
    ),
}
SHAPES = SECTIONS | HEADS | LISTS | SOURCE_LINES


class Shapes(TestCase):
    def test_every_shape_of_a_digest_is_read_without_being_told(self):
        self.assertGreaterEqual(len(SHAPES), 60)
        for name, body in SHAPES.items():
            with self.subTest(name):
                found = parse(body)
                self.assertGreaterEqual(len(found.stories), 1 if "later" in name else 2)
                if name.startswith("source line"):
                    cited = [[c.url for c in story.citations] for story in found.stories]
                    self.assertEqual(cited, [[A], [B]])

    def test_entries_of_lists_are_called_by_their_words_alone(self):
        for name in (
            "aggregator",
            "bold linked bullets",
            "linked bullets with emoji",
            "linked lines",
        ):
            with self.subTest(name):
                found = parse(LISTS[name])
                self.assertEqual([story.heading for story in found.stories], list(TITLES))
                self.assertEqual([s.citations[0].url for s in found.stories], list(PAGES))

    def test_a_story_that_is_listed_ends_before_the_heading_of_the_next_list(self):
        body = LISTS["links sorted by headings"]
        found = parse(body)
        self.assertEqual(len(found.stories), 8)
        self.assertNotIn("### Blogs", body[found.stories[3].start : found.stories[3].end])


class Switch(TestCase):
    def test_a_post_known_to_be_a_digest_needs_no_evidence(self):
        body = "# T\n\nlead\n\n### Fed\n\ntext\n\n### Mine\n\ntext\n"
        self.assertEqual(parse(body).stories, [])
        self.assertEqual([s.heading for s in parse(body, digest=True).stories], ["Fed", "Mine"])
        body = "## Policy\n\n- [a](https://a.example)\n- text\n\n"
        body += "## Conclusion\n\n- [b](https://b.example)\n"
        self.assertEqual([s.heading for s in parse(body, digest=True).stories], ["a"])
        body = "## Fed cuts rates\n\ntext\n\n## Mine stopped\n\ntext\n\n## Conclusion\n\nend\n"
        self.assertEqual(
            [s.heading for s in parse(body, digest=True).stories],
            ["Fed cuts rates", "Mine stopped"],
        )

    def test_a_post_known_to_be_none_keeps_its_sections_and_has_no_stories(self):
        for name, body in SHAPES.items():
            with self.subTest(name):
                found = parse(body, digest=False)
                self.assertEqual(found.stories, [])
                self.assertNotIn("stories", [section.kind for section in found.sections])
        found = parse(SECTIONS["section called 主要新闻"], digest=False)
        self.assertEqual([section.heading for section in found.sections], ["", "主要新闻", "结论"])
        self.assertEqual([citation.url for citation in found.citations], [A, B])

    def test_the_document_decides_before_its_category_does(self):
        body = "# T\n\n### Fed\n\ntext\n\n### Mine\n\ntext\n"
        for own, category, count in (
            (None, None, 0),
            (None, True, 2),
            (None, False, 0),
            ("true", None, 2),
            ("true", False, 2),
            ("false", True, 0),
            ('"yes"', None, 2),
            ("maybe", True, 2),
        ):
            with self.subTest(own=own, category=category):
                key = f"digest: {own}\n" if own else ""
                text = f"---\ntitle: T\ncategory: Tech\n{key}---\n{body}"
                switches = {} if category is None else {"tech": category}
                derived = derive(text, "2026-01-01-t.md", switches=switches)
                self.assertEqual(len(derived.stories), count)
        derived = derive(f"---\ntitle: T\ndigest: false\n---\n{SOURCED}", "2026-01-01-t.md")
        self.assertEqual([link.url for link in derived.citations], [A, B])
        self.assertEqual(derived.stories, [])
