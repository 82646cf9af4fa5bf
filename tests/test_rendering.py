"""Markdown as Jekyll's and Hugo's authors write it, and nothing active in what comes out."""

import re
from unittest import TestCase, skipUnless

import html5lib
from hypothesis import given, settings
from hypothesis import strategies as st

from posts.content import analysis
from posts.content.derive import derive
from posts.content.frontmatter import read
from posts.content.problems import Unreadable
from posts.content.rendering import image_tags, render, templating
from posts.content.rendering.sanitising import DROPPED_WITH_CONTENT, TAGS, sanitised
from tests.cast import CORPORA, DIGEST
from tests.support.structure import outline, reference

MARKS = st.sampled_from(
    [
        "*",
        "**",
        "_",
        "`",
        "```",
        "[",
        "](",
        ")",
        "![",
        "<",
        ">",
        "<div>",
        "</div>",
        "<b onclick=x>",
        "<script>",
        "&lt;",
        "\n",
        "\n\n",
        "- ",
        "1. ",
        "> ",
        "    ",
        "# ",
        "|",
        "---",
    ]
    + [
        "中文",
        "a",
        "{% raw %}",
        "{{ x }}",
        "javascript:",
        "[^1]",
        "[^1]: ",
        "~~",
        "http://a.example",
        "\\",
        "\t",
        "=",
        ": ",
        "*[a]: b",
        "<!--",
        "-->",
        "<svg>",
        "{: .x}",
        "$$",
    ]
)


def html(markdown: str) -> str:
    return render(markdown).html


class Markdown(TestCase):
    def test_lists(self):
        self.assertEqual(
            outline(html("para\n- a\n  - b\n\n1. c\n   continued\n\n   second\n")),
            ["p", "ul", "ul/li", "ul/li/ul", "ul/li/ul/li", "ol", "ol/li", "ol/li/p", "ol/li/p"],
        )
        self.assertIn("☑", html("- [x] done\n- [ ] open"))
        self.assertEqual(
            outline(html("- a\n\n      code\n\n- b\n\n  ```\n  x\n  ```")),
            ["ul", "ul/li", "ul/li/p", "ul/li/pre", "ul/li", "ul/li/p", "ul/li/pre"],
        )

    def test_what_gfm_and_kramdown_add(self):
        self.assertIn("<del>gone</del>", html("~~gone~~"))
        self.assertIn(
            '<a href="https://a.example/x_(y)" rel="noopener">',
            html("see https://a.example/x_(y)."),
        )
        self.assertIn("<strong>“中文”</strong>文字", html("**“中文”**文字"))
        self.assertIn('<th align="center">', html("|a|b|\n|---|:-:|\n|1|2|"))
        self.assertIn("footnotes", html("a[^1]\n\n[^1]: note\n"))
        self.assertIn("<dt>term</dt>", html("term\n: meaning\n"))
        self.assertIn('<abbr title="Markup">HTML</abbr>', html("*[HTML]: Markup\n\nHTML\n"))
        self.assertNotIn("{:", html("text\n{: .lead #x}\n\n![a](b.png){: .left }\n"))
        self.assertNotIn("toc", html("* TOC\n{:toc}\n\ntext").lower())
        self.assertIn("<strong>", html('<div markdown="1">\n**in**\n</div>'))

    def test_code_is_highlighted_by_class_names_only(self):
        text = html("```python\ndef f(): pass\n```")
        self.assertIn('<code class="language-python"><span class="k">def</span>', text)
        self.assertNotIn("style=", text)

    def test_heading_ids_keep_chinese_and_never_collide(self):
        text = html("## 主要新闻\n\n## 主要新闻\n\n[to](#主要新闻)")
        self.assertEqual(re.findall(r' id="([^"]+)"', text), ["c-主要新闻", "c-主要新闻-2"])
        self.assertIn('href="#c-%E4%B8%BB' if "%E4" in text else 'href="#c-主要新闻"', text)

    def test_hashtags_and_template_syntax_are_text(self):
        self.assertIn(
            "<p>#标签 foo {{ 7*7 }} {% unknown %}</p>", html("#标签 foo {{ 7*7 }} {% unknown %}")
        )

    def test_story_headings_and_source_lines_are_rendered_as_such(self):
        derived = derive(DIGEST, "_posts/2026-03-05-port.md")
        self.assertEqual(derived.html.count('<section class="story" id="story-'), 2)
        self.assertEqual(derived.html.count('<p class="source-line">'), 2)
        self.assertNotIn("<h1", derived.html)
        self.assertEqual(derived.stories[0].html, "<p>灯塔的灯换成了省电的型号。</p>")

    def test_content_cannot_take_the_sites_own_classes_or_ids(self):
        text = html('<p class="source-line" id="content" style="position:fixed">x</p>')
        self.assertNotIn("source-line", text)
        self.assertNotIn('id="content"', text)
        self.assertNotIn("style", text)


class Templating(TestCase):
    def test_known_tags_get_their_meaning(self):
        for text, wanted in {
            "[a]({% post_url 2020-01-02-foo %})": 'href="/2020/01/02/foo/"',
            "[a]({% link _posts/2020-01-02-foo.md %})": 'href="/2020/01/02/foo/"',
            '![a]({{ "/img/x.png" | relative_url }})': 'src="/img/x.png"',
            "![a]({{ site.baseurl }}/img/x.png)": 'src="/img/x.png"',
            "{% highlight ruby %}\nputs 1\n{% endhighlight %}": 'class="language-ruby"',
            "{% raw %}{{ kept }}{% endraw %}": "{{ kept }}",
            '{{< figure src="/a.png" alt="b" >}}': 'src="/a.png"',
            '[a]({{< ref "posts/b.md" >}})': 'href="/posts/b/"',
            "{{</* ref x */>}}": "{{&lt; ref x &gt;}}",
        }.items():
            with self.subTest(text=text):
                self.assertIn(wanted, html(text))
        self.assertNotIn("secret", html("a{% comment %}secret{% endcomment %}b"))

    def test_unknown_ones_are_listed_with_their_line_and_lines_never_move(self):
        text = "a\n{% include x.html %}\n{{ page.x }}\n```\n{{ code }}\n```\n{% comment %}\n\n{% endcomment %}\nz"
        resolved, unknown = templating.resolve(text)
        self.assertEqual(unknown, [(1, "{% include x.html %}"), (2, "{{ page.x }}")])
        self.assertEqual(resolved.count("\n"), text.count("\n"))
        self.assertIn("{{ code }}", resolved)


class Safety(TestCase):
    def assert_allowed(self, text: str):
        parsed = html5lib.parseFragment(text, namespaceHTMLElements=False)
        for element in parsed.iter():
            if not isinstance(element.tag, str) or element.tag == "DOCUMENT_FRAGMENT":
                continue
            self.assertIn(element.tag, TAGS | {"section", "tbody"})
            for name, value in element.attrib.items():
                self.assertFalse(
                    name.startswith("on") or name in ("style", "srcdoc", "formaction"), name
                )
                if name in ("href", "src", "cite"):
                    self.assertNotRegex(value.strip().lower(), r"^(javascript|data|vbscript|file):")
        self.assertEqual(sanitised(text.replace("section", "div")).count("<script"), 0)

    def test_hostile_html(self):
        for text in [
            "<script>alert(1)</script>",
            "<img src=x onerror=alert(1)>",
            "[a](javascript:alert(1)) [b](JaVaScRiPt:alert(1)) [c](data:text/html,x) <javascript:alert(1)>",
            "[a](\x01javascript:alert(1)) [a](java\nscript:alert(1)) [a](&#106;avascript:alert(1))",
            "<svg><script>alert(1)</script></svg><math><mtext></mtext></math>",
            "<iframe src=javascript:alert(1)></iframe><object data=x></object><embed src=x><form action=x><input></form>",
            "<noscript><p title='</noscript><img src=x onerror=alert(1)>'></noscript>",
            "<math><mtext><table><mglyph><style><!--</style><img title='--&gt;&lt;img src=1 onerror=alert(1)&gt;'>",
            "<a href='//evil.example' target=_top style='position:fixed'>x</a><base href=//evil.example><meta http-equiv=refresh>",
            '![x" onerror="alert(1)](x) [x" onclick="alert(1)](https://a.example)',
            "</section></article><h1>out</h1>",
            "*[a]: <script>\n\na",
            "[^1]\n\n[^1]: <script>alert(1)</script>",
            '```"><script>alert(1)</script>\nx\n```',
        ]:
            with self.subTest(text=text):
                self.assert_allowed(html(text))

    @settings(max_examples=250, deadline=None)
    @given(st.lists(MARKS, max_size=25))
    def test_rendering_never_raises_and_passes_the_allow_list(self, pieces):
        try:
            derived = derive("---\ntitle: t\n---\n" + "".join(pieces), "a.md")
        except Unreadable:
            return
        self.assert_allowed(derived.html)
        for story in derived.stories:
            self.assert_allowed(story.html)
        self.assertFalse(
            any(
                tag in derived.html
                for tag in (f"<{name}" for name in DROPPED_WITH_CONTENT if name != "title")
            )
        )

    def test_pictures_are_placed_or_give_way_to_their_words(self):
        place = {"a.png": image_tags.StoredImage("/media/a.png", 10, 20)}.get
        placed = image_tags.resolved(
            html("![x](a.png) ![y](b.png) ![z](http://c.example/c.png)"), place
        )
        self.assertIn(
            '<img src="/media/a.png" alt="x" width="10" height="20" loading="lazy"', placed
        )
        self.assertIn("<em>y</em>", placed)
        self.assertIn('src="https://c.example/c.png"', placed)
        self.assertIn('referrerpolicy="no-referrer"', placed)


class Analysis(TestCase):
    def test_words_of_mixed_text(self):
        self.assertEqual(analysis.word_count("Oracle 股价 fell 3.5%, isn't it"), 7)
        self.assertEqual(analysis.reading_minutes("字" * 1200), 3)
        self.assertEqual(analysis.reading_minutes(""), 1)

    def test_excerpts_end_well(self):
        self.assertEqual(analysis.excerpt("<p>短。</p>"), "短。")
        self.assertLessEqual(analysis.width(analysis.shortened("很长的句子" * 100)), 302)
        self.assertEqual(
            derive("---\ntitle: t\n---\n前面 **粗**\n\n<!--more-->\n\n后面", "a.md").excerpt,
            "前面 粗",
        )
        self.assertEqual(derive("---\ntitle: t\nexcerpt: 摘要\n---\n正文", "a.md").excerpt, "摘要")

    def test_direction(self):
        self.assertTrue(analysis.is_rtl("سلام دنیا hello"))
        self.assertFalse(analysis.is_rtl("hello سلام world again"))


@skipUnless(CORPORA.is_dir(), "the corpora are not on this machine")
class Fidelity(TestCase):
    def test_block_structure_agrees_with_the_reference_on_93_percent(self):
        agreed = total = 0
        for place in sorted(CORPORA.rglob("*")):
            if (
                place.suffix.lower() not in (".md", ".markdown", ".mkdn", ".text", ".rmd")
                or not place.is_file()
            ):
                continue
            body = (
                read(place.read_bytes().decode())
                .body.replace("\r\n", "\n")
                .replace("\r", "\n")
                .removeprefix("\ufeff")
            )
            resolved, _unknown = templating.resolve(body)
            total += 1
            agreed += outline(html(body)) == outline(sanitised(reference(resolved)))
        print(
            f"\nblock structure agrees on {agreed} of {total} posts ({100 * agreed / total:.1f} %)"
        )
        self.assertGreater(total, 1000)
        self.assertGreaterEqual(agreed / total, 0.93)


class StoriesOfEveryShape(TestCase):
    def test_each_has_an_anchor_a_link_to_its_page_and_its_own_text(self):
        for body in [
            "## 新闻\n\n### 甲\n\n正文一\n\n### 乙\n\n正文二\n",
            "## 新闻\n\n**甲**\n\n正文一\n\n**乙**\n\n正文二\n",
            "1、[甲](https://a.example/1)\n\n正文一\n\n2、[乙](https://a.example/2)\n\n正文二\n",
            "1、[甲](https://a.example/1)\n正文一\n2、[乙](https://a.example/2)\n正文二\n",
            "[甲](https://a.example/1)  \n正文一\n\n[乙](https://a.example/2)  \n正文二\n",
            "## News\n\n- [甲](https://a.example/1) — 正文一\n- **[乙](https://a.example/2)** — 正文二\n",
            "## News\n\n- [甲](https://a.example/1)\n\n  正文一\n\n- [乙](https://a.example/2)\n\n  正文二\n",
            "1. 甲 https://a.example/1\n   正文一\n2. 乙 https://a.example/2\n   正文二\n",
            "## 1. 甲\n\n正文一\n\n## 2. 乙\n\n正文二\n",
        ]:
            with self.subTest(body=body):
                derived = derive(f"---\ntitle: t\n---\n{body}", "_posts/2026-01-01-a.md")
                self.assertEqual([story.slug for story in derived.stories], ["甲", "乙"])
                for slug in ("甲", "乙"):
                    self.assertEqual(derived.html.count(f'id="story-{slug}"'), 1)
                    self.assertEqual(derived.html.count(f'class="permalink" href="{slug}/"'), 1)
                self.assertIn("正文一", derived.stories[0].html)
                self.assertNotIn("正文二", derived.stories[0].html)
                self.assertIn("正文二", derived.stories[1].html)
                self.assertEqual(derived.html.count("正文一"), 1)
