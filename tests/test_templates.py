"""The templates of the public site: everything is escaped, nothing is missed, all is translated."""

import re
from datetime import date

from django.template import engines
from django.test import SimpleTestCase
from django.utils.translation import override
from django.utils.translation.template import templatize
from jinja2 import UndefinedError
from markupsafe import Markup

from posts.caching.menus import Section
from posts.models.labels import CardLabels, LabelName
from posts.models.sites import SiteLink, SiteValues
from tests.cast import ROOT

TEMPLATES = sorted((ROOT / "templates" / "public").glob("*.html"))
NASTY = "<script>alert(1)</script>&\"'"
SITE = SiteValues(NASTY, NASTY, NASTY, (SiteLink(NASTY, "https://a.example/"),))
ESCAPED = "&lt;script&gt;alert(1)&lt;/script&gt;&amp;&#34;&#39;"


class Templates(SimpleTestCase):
    def setUp(self):
        self.environment = engines["jinja2"].env

    def render(self, text: str, **values) -> str:
        return self.environment.from_string(text).render(values)

    def test_all_are_for_one_engine_and_can_be_read(self):
        self.assertGreater(len(TEMPLATES), 10)
        for path in TEMPLATES:
            self.environment.get_template(path.name)

    def test_only_the_html_of_posts_and_stories_is_taken_as_it_is(self):
        found = [
            (path.name, mark)
            for path in TEMPLATES
            for mark in re.findall(r"\{\{[^}]*\|\s*safe[^}]*\}\}|autoescape", path.read_text())
        ]
        self.assertEqual(
            found, [("post.html", "{{ post.html|safe }}"), ("story.html", "{{ story.html|safe }}")]
        )

    def test_what_is_kept_in_pieces_is_escaped(self):
        name = LabelName("a\"'<&b", NASTY)
        labels = CardLabels([name], [name], [])
        for text in (
            self.render("{{ x }}", x=NASTY),
            self.render("{{ labels|signed('/') }}", labels=labels),
            self.render("{{ masthead('en', '/', x, None) }}", x=SITE),
            self.render("{{ sections('en', '/', x, '') }}", x=(Section(1, "k", NASTY),)),
            self.render("{{ colophon('en', '/', x) }}", x=SITE),
        ):
            self.assertIn(ESCAPED, text)
            self.assertNotIn("<script", text)
            self.assertNotIn("\"'<", text)

    def test_what_is_kept_is_kept_by_language_and_by_all_that_it_shows(self):
        day = date(2026, 3, 5)
        for _again in range(2):
            for language, minutes, written in (
                ("en", "3 min read", "5 March 2026"),
                ("zh-hans", "约 3 分钟读完", "2026年3月5日"),
            ):
                with override(language):
                    text = self.render(
                        "{{ 3|reading_time(x) }} {{ day|day(x) }}", x=language, day=day
                    )
                self.assertIn(minutes, text)
                self.assertIn(written, text)
        with override("en"):
            self.assertIn("1 min read", self.render("{{ 1|reading_time('en') }}"))
        for name in ("A", "B"):
            menu = (Section(1, "k", name),)
            text = self.render("{{ sections('en', '/', x, '') }}", x=menu)
            self.assertIn(f">{name}</a>", text)

    def test_a_chinese_headline_breaks_between_its_clauses_and_loses_nothing(self):
        for headline, count in (
            ("日报：公共资金，公开代码——第一份合同", 4),
            ("有人查到了“是！”，好", 2),
            ("：，起", 2),
            ("好：", 0),
            ("A date: four weeks, on", 0),
            ("a<b>，c&d", 2),
            ("从一座停用三十年的<潮汐>电站说起，好，好", 2),
        ):
            html = self.render("{{ x|clauses }}", x=headline)
            self.assertEqual(html.count('<span class="clause">'), count, headline)
            self.assertEqual(Markup(html).striptags(), headline)

    def test_a_name_that_no_view_gives_is_an_error(self):
        with self.assertRaises(UndefinedError):
            self.render("{{ titel }}")
        with self.assertRaises(UndefinedError):
            self.render("{{ x.titel }}", x={"title": "x"})

    def test_makemessages_finds_every_text(self):
        count = 0
        for path in TEMPLATES:
            text = path.read_text()
            found = templatize(text)
            for phrase in re.findall(r"""\b_\("([^"]+)"\)""", text):
                self.assertIn(f'_("{phrase}")', found, path)
                count += 1
            self.assertNotRegex(text, r"\b_\((?!\")|gettext\(", path)
        self.assertGreater(count, 40)
