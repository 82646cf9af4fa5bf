"""A post's HTML with the links of its page: what is stored is cut and put together again."""

from unittest import TestCase

import html5lib
from markupsafe import Markup

from posts.content.derive import derive
from posts.models.cards import CardLink, CardStory
from posts.public import storied
from posts.public.distant import absolute
from tests.cast import DIGEST


def page(body: str, before: dict[str, Markup] | None = None, source: str = "出自") -> str:
    """The HTML of a digest as its page shows it."""
    derived = derive(f"---\ntitle: t\ndigest: true\n---\n{body}", "_posts/2026-01-01-a.md")
    return shown(derived, before, source)


def shown(derived, before=None, source: str = "出自") -> str:
    stories = tuple(
        CardStory(
            one.slug,
            one.heading,
            tuple(CardLink(link.text, link.url, link.host) for link in one.citations),
        )
        for one in derived.stories
    )
    return storied.with_links(derived.html, stories, storied.Frame("/", source, before or {}))


def problems(html: str) -> list[str]:
    """What a browser's parser has to mend."""
    parser = html5lib.HTMLParser()
    parser.parse(f"<!doctype html><title>t</title>{html}")
    return [code for _position, code, _data in parser.errors]


class Stories(TestCase):
    def test_the_heading_is_the_link_to_the_storys_page(self):
        html = shown(derive(DIGEST, "_posts/2026-03-05-port.md"))
        self.assertIn(
            '<a class="permalink" href="第一条-灯塔换灯/">第一条：灯塔换灯</a></h3>', html
        )
        self.assertNotIn(">#</a>", html)

    def test_each_source_leads_out_and_its_mark_to_the_archive(self):
        html = shown(derive(DIGEST, "_posts/2026-03-05-port.md"))
        self.assertIn(
            '<p class="source-line"><span class="label">出自</span> '
            '<a dir="auto" href="https://ferry.example/north" rel="noopener">Ferry</a>'
            ' <a class="host" href="/sources/ferry.example/">ferry.example</a> 、 '
            '<a dir="auto" href="https://maps.example/north" rel="noopener">Map</a>'
            ' <a class="host" href="/sources/maps.example/">maps.example</a></p>',
            html,
        )

    def test_an_authors_own_word_for_the_source_stays(self):
        for label in ("来源", "Via", "منبع"):
            html = page(f"## News\n\n### A\n\nx\n\n**{label}:** [s](https://s.example/a)\n")
            self.assertIn(f"<strong>{label}:</strong>", html)
        html = page("## News\n\n### A\n\nx\n\n**Source:** [s](https://s.example/a)\n", source="")
        self.assertIn("<strong>Source:</strong>", html)  # as in an English page

    def test_a_heading_that_links_out_becomes_ours_and_its_source_stands_below(self):
        html = page("## News\n\n### [A *b*](https://s.example/a?b=1&c=2)\n\nx\n")
        self.assertIn('<a class="permalink" href="a-b/">A <em>b</em></a></h3>', html)
        self.assertIn('href="https://s.example/a?b=1&amp;c=2" rel="noopener">A b</a>', html)
        self.assertEqual(html.count('class="host" href="/sources/s.example/"'), 1)

    def test_a_list_of_links_keeps_its_links_and_gets_the_marks_of_the_sources(self):
        before = {"甲": Markup('Reported <a href="/x/">then</a>')}
        html = page(
            "## News\n\n- [甲](https://a.example/1) — 正文一\n- [乙](https://b.example/2)\n", before
        )
        self.assertIn(
            '<a dir="auto" href="https://a.example/1" rel="noopener">甲</a>'
            ' <a class="host" href="/sources/a.example/">a.example</a>'
            ' <span class="before">Reported <a href="/x/">then</a></span> — 正文一',
            html,
        )
        self.assertIn('href="/sources/b.example/"', html)
        self.assertEqual(html.count('class="permalink"'), 2)

    def test_what_was_reported_before_stands_at_the_end_of_its_story(self):
        body = "## News\n\n### A\n\nx\n\n### B\n\ny\n"
        html = page(body, {"a": Markup("Reported <b>then</b>")})
        first, second = html.split("</section>")[:2]
        self.assertTrue(first.endswith('<p class="before">Reported <b>then</b></p>\n'))
        self.assertNotIn("before", second)

    def test_stories_of_every_shape_stay_well_formed(self):
        for body in [
            "## N\n\n### a `b` ![i](/i.png) [c](https://c.example) d[^1]\n\nx\n\n[^1]: n\n",
            "## N\n\n### A <b>x\n\nx\n\n### <details>B\n\ny\n",
            "## N\n\n**甲**\n\n正文\n\n**乙**\n\n正文\n",
            "1、[甲](https://a.example/1)\n正文一\n2、[乙](https://a.example/2)\n正文二\n",
            "[甲](https://a.example/1)  \n正文一\n\n[乙](https://a.example/2)  \n正文二\n",
            "## N\n\n- **[乙](https://a.example/2)** — x\n\n  e\n- c https://c.example/d\n",
            "## N\n\n### A\n\n- **Source:** [s](https://s.example/)\n- [t](https://t.example/)\n",
            "## N\n\n### A\n\n**Sources:**\n\n- [s](https://s.example/)\n- [t](https://t.example/)\n",
            '## N\n\n### A\n\n**Source:** [s](https://s.example/?a=%22b"c)\n',
            "## N\n\n### A & B < C\n\nx <section class='story' id='story-x'> y\n",
        ]:
            with self.subTest(body=body):
                html = page(body)
                self.assertEqual(problems(html), [])

    def test_a_text_that_looks_like_our_marks_is_a_text(self):
        body = (
            '## N\n\n### A\n\n`<section class="story" id="story-a">` '
            '`class="permalink"` `class="source-line">`\n'
        )
        html = page(body)
        self.assertEqual(html.count("<section"), 1)
        self.assertEqual(html.count('<a class="permalink"'), 1)

    def test_what_was_stored_without_stories_or_links_is_shown_as_it_is(self):
        story = (CardStory("a", "A", ()),)
        frame = storied.Frame("/", "出自", {})
        for html in ("", "<p>x</p>", '<section class="story" id="story-a">\n<p>x</p>\n</section>'):
            self.assertEqual(storied.with_links(html, story, frame), html)
            self.assertEqual(storied.with_links(html, (), frame), html)

    def test_feeds_have_nothing_of_it(self):
        derived = derive(DIGEST, "_posts/2026-03-05-port.md")
        far = absolute(derived.html, "https://news.example/2026/03/05/port/")
        for mark in ("permalink", "/sources/", "label", "before"):
            self.assertNotIn(mark, far)


class Contents(TestCase):
    def test_the_headings_of_the_second_level_with_their_anchors(self):
        derived = derive(
            "---\ntitle: t\ndigest: false\n---\n## A & *b*\n\nx\n\n### no\n\n## 中文\n", "a.md"
        )
        self.assertEqual(
            [tuple(one) for one in storied.headings(derived.html)],
            [("c-a-b", "A & b"), ("c-中文", "中文")],
        )
