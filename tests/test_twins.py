"""Posts as Markdown for programs: what the page says, and nothing that it does not."""

import yaml
from django.db import connection
from django.test import SimpleTestCase, TestCase
from django.test.utils import CaptureQueriesContext
from markdown import markdown

from posts.content.htmlmarkdown import html_to_markdown
from posts.content.markup import words
from posts.models import Site
from posts.publishing.sites import save_site
from tests.cast import digest, plain, save
from tests.support.structured import Page

RICH = """\
开篇 **粗** *斜* ~~删~~ `a*b` [链接](https://a.example/x_y)。

<!-- 编辑：不要发布这一句 -->
[//]: # (另一句私下的话)

{% comment %}也不要这一句{% endcomment %}

## 新闻

### 一条

- 列表
  - 二层
- 第二

1. 甲
2. 乙

| 甲 | 乙 |
|---|---|
| 1 | 2 |

```python
if a < b: pass  # <!-- 代码 -->
```

> 引用
>
> 第二段

来源：[a](https://a.example/1)
"""


class Converted(SimpleTestCase):
    def test_each_element_is_what_markdown_has_for_it(self):
        for html, expected in {
            "<p>a <strong>b</strong> <em>c</em></p>": "a **b** *c*",
            "<h2>x</h2><p>y<br>z</p>": "## x\n\ny  \nz",
            "<ul><li>a<ul><li>b</li></ul></li><li>c</li></ul>": "- a\n  - b\n- c",
            '<ol start="3"><li>a</li><li>b</li></ol>': "3. a\n4. b",
            "<blockquote><p>a</p><p>b</p></blockquote>": "> a\n>\n> b",
            "<pre><code>a\n```\n</code></pre>": "````\na\n```\n````",
            '<p><a href="https://a.example/">x</a></p>': "[x](https://a.example/)",
            '<p><a href="#n">x</a></p>': "x",
            '<p><img src="/a.png" alt="甲"></p>': "![甲](/a.png)",
            "<p>1 &lt; 2 &amp; [3] *4*</p>": "1 \\< 2 & \\[3\\] \\*4\\*",
            "<p># no heading</p>": "\\# no heading",
            "": "",
        }.items():
            self.assertEqual(html_to_markdown(html).strip(), expected)

    def test_what_was_made_reads_as_it_was(self):
        html = (
            "<h2>题</h2>\n<p>一 <strong>二</strong></p>\n<ul>\n<li>三</li>\n<li>四 * 五</li>\n</ul>"
        )
        self.assertEqual(words(markdown(html_to_markdown(html))), words(html))

    def test_a_text_nested_without_end_is_still_a_text(self):
        html = "<blockquote>" * 3000 + "深" + "</blockquote>" * 3000
        self.assertIn("深", html_to_markdown(html))


class Twins(TestCase):
    def text(self, address: str) -> str:
        response = self.client.get(address)
        self.assertEqual(response.status_code, 200, address)
        self.assertEqual(response["Content-Type"], "text/markdown; charset=utf-8")
        return response.content.decode()

    def test_a_post_names_its_twin_and_the_twin_its_post(self):
        post = save()
        for page in (post.address, f"{post.address}{post.stories.first().slug}/"):
            head = Page(self.client.get(page).content.decode())
            (link,) = [one for one in head.links["alternate"] if one.get("type") == "text/markdown"]
            twin = self.client.get(link["href"])
            self.assertEqual(twin["Link"], f'<{head.canonical}>; rel="canonical"')

    def test_the_front_matter_has_what_is_public_and_no_other_key(self):
        post = save(digest(editor_note="私下的话", date="2026-03-05 09:00:00 +0800"))
        text = self.text(f"{post.address[:-1]}.md")
        front = yaml.safe_load(text.split("---")[1])
        self.assertEqual(
            front,
            {
                "title": "港口日报：风起之前",
                "date": "2026-03-05T09:00:00+08:00",
                "language": "zh-Hans",
                "authors": ["港口编辑部"],
                "categories": ["tech"],
                "tags": ["港口", "ai"],
                "canonical": "http://127.0.0.1:8000/2026/03/05/port/",
            },
        )
        for private in ("私下", "请勿改动", "unknown", "1.10"):
            self.assertNotIn(private, text)
        self.assertIn("### 第一条：灯塔换灯\n\n灯塔的灯换成了省电的型号。", text)
        self.assertIn("[Lamp](https://www.harbour.example/a)", text)

    def test_no_remark_of_an_editor_is_in_it_whatever_way_it_was_hidden(self):
        post = save(digest(body=RICH))
        text = self.text(f"{post.address[:-1]}.md")
        for private in ("不要发布", "私下", "也不要", "comment"):
            self.assertNotIn(private, text)
        for public in (
            "**粗**", "`a*b`", "[链接](https://a.example/x_y)", "- 列表\n  - 二层", "| 1 | 2 |",
            "```python\nif a < b: pass  # <!-- 代码 -->\n```", "> 引用\n>\n> 第二段",
            "1. 甲\n2. 乙",
        ):  # fmt: skip
            self.assertIn(public, text)

    def test_a_story_has_one_too(self):
        post = save()
        story = post.stories.order_by("position").last()
        text = self.text(f"{post.address}{story.slug}.md")
        self.assertIn("# 第二条：渡船改线\n", text)
        self.assertIn("- [Ferry](https://ferry.example/north)", text)
        self.assertNotIn("灯塔", text)

    def test_a_title_is_text_in_its_front_matter_and_below(self):
        post = save(plain('"---: \\"x\\" <b># [a](b)"', "2026-03-05"))
        text = self.text(f"{post.address[:-1]}.md")
        self.assertEqual(yaml.safe_load(text.split("\n---\n")[0])["title"], post.title)
        self.assertIn('# \\---: "x" \\<b># \\[a\\](b)', text)

    def test_what_readers_cannot_see_has_none(self):
        post = save()
        addresses = [f"{post.address[:-1]}.md", f"{post.address}{post.stories.first().slug}.md"]
        save(digest(published="false"))
        self.assertEqual([self.client.get(one).status_code for one in addresses], [410, 410])
        draft = save(digest(title="草稿", draft="true"), "_posts/2026-03-05-draft.md")
        self.assertEqual(self.client.get(f"{draft.address[:-1]}.md").status_code, 404)

    def test_it_costs_four_queries_at_most(self):
        post = save()
        story = f"{post.address}{post.stories.first().slug}.md"
        for address in (f"{post.address[:-1]}.md", story):
            with CaptureQueriesContext(connection) as captured:
                self.text(address)
            self.assertLessEqual(len(captured), 4)


class ForModels(TestCase):
    def test_it_names_the_site_its_sections_and_the_newest_posts(self):
        save_site(Site(name="港口日报", description="每日一报"))
        post = save()
        save(digest(title="草稿", draft="true"), "_posts/2026-03-06-draft.md")
        text = self.client.get("/llms.txt").content.decode()
        self.assertTrue(text.startswith("# 港口日报\n\n> 每日一报\n\n## "))
        self.assertIn("- [tech](http://127.0.0.1:8000/categories/tech/)", text)
        twin = f"http://127.0.0.1:8000{post.address[:-1]}.md"
        self.assertIn(f"- [港口日报：风起之前]({twin}): 2026-03-05 开篇一句话", text)
        self.assertNotIn("草稿", text)

    def test_it_is_bounded_and_each_line_is_one_post(self):
        for number in range(60):
            save(
                plain(f'"[{number}](x)"', f"2026-03-{number % 28 + 1:02}"),
                f"_posts/2026-03-05-{number}.md",
            )
        with CaptureQueriesContext(connection) as captured:
            text = self.client.get("/llms.txt").content.decode()
        self.assertLessEqual(len(captured), 5)
        lines = [line for line in text.split("\n") if ".md)" in line]
        self.assertEqual(len(lines), 50)
        self.assertTrue(all(line.startswith("- [\\[") for line in lines))
