"""Stories of every shape, rendered by themselves; HTML for readers far from the site."""

from unittest import TestCase
from unittest.mock import patch

from posts.content.derive import derive
from posts.content.rendering.converter import Converter
from posts.public.distant import absolute
from tests.cast import DIGEST
from tests.test_rendering import html


class StoriesOfEveryShape(TestCase):
    def test_each_has_an_anchor_a_link_to_its_page_and_its_own_text(self):
        for body in [
            "## 新闻\n\n### 甲\n\n正文一\n\n### 乙\n\n正文二\n",
            "## 新闻\n\n**甲**\n\n正文一\n\n**乙**\n\n正文二\n",
            "1、[甲](https://a.example/1)\n\n正文一\n\n2、[乙](https://a.example/2)\n\n正文二\n",
            "1、[甲](https://a.example/1)\n正文一\n2、[乙](https://a.example/2)\n正文二\n",
            "[甲](https://a.example/1)  \n正文一\n\n[乙](https://a.example/2)  \n正文二\n",
            "## News\n\n- [甲](https://a.example/1) — 正文一\n"
            "- **[乙](https://a.example/2)** — 正文二\n",
            "## News\n\n- [甲](https://a.example/1)\n\n  正文一\n\n"
            "- [乙](https://a.example/2)\n\n  正文二\n",
            "1. 甲 https://a.example/1\n   正文一\n2. 乙 https://a.example/2\n   正文二\n",
            "## 1. 甲\n\n正文一\n\n来源：[a](https://a.example)\n\n"
            "## 2. 乙\n\n正文二\n\n来源：[b](https://b.example)\n",
        ]:
            with self.subTest(body=body):
                derived = derive(
                    f"---\ntitle: t\ndigest: true\n---\n{body}", "_posts/2026-01-01-a.md"
                )
                self.assertEqual([story.slug for story in derived.stories], ["甲", "乙"])
                for slug in ("甲", "乙"):
                    self.assertEqual(derived.html.count(f'id="story-{slug}"'), 1)
                    self.assertEqual(derived.html.count(f'class="permalink" href="{slug}/"'), 1)
                self.assertIn("正文一", derived.stories[0].html)
                self.assertNotIn("正文二", derived.stories[0].html)
                self.assertIn("正文二", derived.stories[1].html)
                self.assertEqual(derived.html.count("正文一"), 1)

    def test_an_element_left_open_in_one_story_does_not_reach_into_the_next(self):
        for opening in ("<b>", "<div>", "<details>", "<!--", "<title>", "<textarea>", "<table>"):
            body = f"## News\n\n### A\n\nx {opening}\n\n{opening}\n\n### B\n\nsecond\n"
            derived = derive(f"---\ntitle: t\ndigest: true\n---\n{body}", "_posts/2026-01-01-a.md")
            with self.subTest(opening=opening):
                if opening != "<!--":
                    self.assertEqual(derived.stories[1].html, "<p>second</p>")
                self.assertEqual(derived.html.count("</section>"), len(derived.stories))

    def test_a_list_of_stories_is_read_once_and_its_items_taken_from_the_tree(self):
        items = "".join(f"- [t{n}](https://a.example/{n}) word{n}\n" for n in range(300))
        with patch.object(Converter, "tree", autospec=True, side_effect=Converter.tree) as tree:
            derived = derive(
                f"---\ntitle: t\ndigest: true\n---\n## News\n\n{items}", "2026-01-01-a.md"
            )
        self.assertEqual(tree.call_count, 1)
        self.assertEqual(len(derived.stories), 300)
        self.assertIn(" word299</p>", derived.stories[299].html)

    def test_a_story_that_raw_html_holds_keeps_its_words(self):
        items = "".join(f"- [t{n}](https://a.example/{n}) word{n}\n" for n in range(3))
        body = f"## News\n\n<div>\n{items}</div>\n"
        derived = derive(f"---\ntitle: t\ndigest: true\n---\n{body}", "2026-01-01-a.md")
        self.assertEqual(len(derived.stories), 3)
        for number, story in enumerate(derived.stories):
            self.assertIn(f"word{number}", story.text)

    def test_words_beside_a_source_line_in_an_item_stay(self):
        body = (
            "## News\n\n### A\n\n- first words\n  **Source:** [s](https://s.example/)\n"
            "- **Source:** [z](https://z.example/)\n"
        )
        derived = derive(f"---\ntitle: t\ndigest: true\n---\n{body}", "2026-01-01-a.md")
        self.assertEqual(derived.stories[0].text, "first words")
        self.assertEqual(derived.html.count("source-line"), 2)

    def test_a_storys_text_is_all_that_stands_up_to_the_next_story(self):
        body = (
            "## News\n\n1. [甲](https://a.example/1)\n\n正文一\n\n2. [乙](https://a.example/2)\n"
            "   **Source:** [s](https://s.example/)\n\n正文二\n\n3. plain\n\n## 分析\n\nend\n"
        )
        derived = derive(f"---\ntitle: t\ndigest: true\n---\n{body}", "_posts/2026-01-01-a.md")
        first, second = (story.html for story in derived.stories[:2])
        self.assertIn("<p>正文一</p>", first)
        self.assertNotIn("正文二", first)
        self.assertIn("<p>正文二</p>", second)
        self.assertIn('<ol start="3">\n<li>', second)
        self.assertNotIn("s.example", second)
        self.assertNotIn("end", second)

    def test_permalinks_and_anchors_of_content_are_not_taken_for_the_sites_own(self):
        body = (
            "## News\n\n### A\n\n"
            '<a class="permalink" aria-label="x" href="/">#</a> text `<a class="permalink">#</a>`\n'
        )
        derived = derive(f"---\ntitle: t\ndigest: true\n---\n{body}", "_posts/2026-01-01-a.md")
        self.assertEqual(derived.html.count('class="permalink" href="a/"'), 1)
        self.assertEqual(derived.html.count('class="permalink"'), 2)  # the other one is code
        self.assertIn('&lt;a class="permalink"&gt;#&lt;/a&gt;', derived.stories[0].html)
        self.assertIn('<a class="permalink">#</a>', derived.stories[0].text)

    def test_raw_html_above_a_list_of_stories_does_not_swallow_them(self):
        text = "---\ndate: 2026-01-01\ndigest: true\n---\n<b>\n- [a](https://a.example)\n"
        derived = derive(text, "_posts/a.md")
        self.assertIn(f'id="story-{derived.stories[0].slug}"', derived.html)


class FarAway(TestCase):
    """HTML in feeds (the function needs no database)."""

    def test_addresses_are_made_absolute_and_code_samples_left_alone(self):
        text = html('[a](page.html) ![p](/p.png)\n\n## T\n\n`<a id="main" href="page.html">`')
        far = absolute(text, "https://news.example/2026/x/")
        self.assertIn('<a href="https://news.example/2026/x/page.html" rel="noopener">', far)
        self.assertIn('src="https://news.example/p.png"', far)
        self.assertIn('<code>&lt;a id="main" href="page.html"&gt;</code>', far)
        self.assertIn("<h2>T</h2>", far)
        derived = derive(DIGEST, "_posts/2026-03-05-port.md")
        self.assertNotIn("permalink", absolute(derived.html, "https://news.example/"))
        sources = absolute('<img srcset="/a.png 1x, /b.png 2x">', "https://news.example/")
        self.assertEqual(
            sources, '<img srcset="https://news.example/a.png 1x, https://news.example/b.png 2x">'
        )
