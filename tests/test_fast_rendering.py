"""The fast ways give what the slow ones give, and their work grows with what there is to do."""

import random
import re
import sys
import unicodedata
from contextlib import ExitStack
from unittest import TestCase, mock, skipUnless
from xml.etree import ElementTree

import markdown.serializers
import markdown.treeprocessors
from hypothesis import example, given, settings
from hypothesis import strategies as st

from bench.folder import post
from posts.content import digest, frontmatter, hyperlinks, slugs, visibility
from posts.content.derive import derive
from posts.content.frontmatter import simpleyaml, yamltext
from posts.content.problems import Unreadable
from posts.content.rendering import converter, pipeline, writing
from posts.content.rendering.inline_processor import SparingProcessor
from posts.content.rendering.patterns import NEEDLES
from tests.cast import CORPORA, DIGEST, ROOT

SAMPLES = sorted((ROOT / "samples").rglob("*.md"))
WORDS = st.sampled_from(
    [
        *(
            "a",
            "云计算",
            "“中文”",
            "B.",
            "it’s",
            " ",
            "  \n",
            "\n",
            "\n\n",
            "\\\n",
            "1. ",
            "- ",
            "* ",
        ),
        *(
            "**",
            "*",
            "_",
            "__",
            "~~",
            "`",
            "``",
            "$$",
            "\\",
            "\\*",
            "[",
            "]",
            "](",
            ")",
            "![",
            "[x]",
        ),
        *(
            "[a](https://a.example)",
            "<https://b.example>",
            "<me@x.example>",
            "https://c.example/_d_",
        ),
        *(
            "www.example.com",
            "&",
            "&amp;",
            "&#42;",
            "<b>",
            "</b>",
            "<T>",
            "<!-- c -->",
            "{#i .c}",
            "{",
        ),
        *(
            "[^1]",
            "[^1]: note\n",
            "[x]: https://x.example 't'\n",
            "*[AB]: c\n",
            "AB",
            "|",
            "> ",
            "# ",
        ),
        *(
            "[a *b* [c](d) e](f)",
            "![i](j.png)",
            "a|b\n-|-\n",
            "```\nx\n```\n",
            "<div>\n",
            "\x02",
            "\ufeff",
        ),
    ]
)
TEXTS = st.lists(WORDS, max_size=30).map("".join)


def corpora(step: int) -> list[str]:
    """Bodies of real posts, each so manieth one."""
    found = [path for path in sorted(CORPORA.rglob("*.md")) if path.is_file()][::step]
    return [path.read_text("utf-8", "replace") for path in found]


class Slow(converter.Converter):
    """Python-Markdown's own processors and serialiser in the place of ours."""

    def __init__(self):
        super().__init__()
        register = self.md.treeprocessors.register
        register(markdown.treeprocessors.InlineProcessor(self.md), "inline", 20)
        register(markdown.treeprocessors.PrettifyTreeprocessor(self.md), "prettify", 10)
        register(markdown.treeprocessors.UnescapeTreeprocessor(self.md), "unescape", 0)

    def html(self, elements):
        around = ElementTree.Element("div")
        around.extend(elements)
        output = markdown.serializers.to_xhtml_string(around)
        output = output.removeprefix("<div>").removesuffix("</div>")
        for processor in self.md.postprocessors:
            output = processor.run(output)
        return converter.sanitised(output.strip()).strip()


FAST, SLOW = converter.Converter(), Slow()


def rendered(text: str, way: converter.Converter) -> pipeline.Rendered:
    with mock.patch.object(pipeline, "_converters", [way]):
        return pipeline.render(text, digest.parse(text))


class Rendering(TestCase):
    def same(self, text: str) -> None:
        self.assertEqual(rendered(text, FAST), rendered(text, SLOW), text[:2_000])

    @settings(max_examples=300, deadline=None)
    @given(TEXTS)
    @example("[*a*](b) `c`\\\n\\* &amp; *d **e** f* <b>g</b> ~~h~~")
    @example("## 新闻\n\n* [a **b** c](https://a.example) *d*\n\n  e\n* [f](https://b.example)\n")
    @example("[x] [y][x] ![z][x]\n\n[x]: https://x.example/&amp;\n")
    def test_every_text_is_rendered_as_python_markdown_alone_renders_it(self, text):
        self.same(text)

    def test_samples_are_rendered_as_python_markdown_alone_renders_them(self):
        self.assertGreater(len(SAMPLES), 3)
        for text in [DIGEST, *(path.read_text() for path in SAMPLES)]:
            self.same(frontmatter.read(text).body)

    @skipUnless(CORPORA.is_dir(), "the corpora are not on this machine")
    def test_real_posts_are_rendered_as_python_markdown_alone_renders_them(self):
        for text in corpora(step=7):
            self.same(text)

    def test_marks_within_marks_by_the_thousand_are_written_without_recursion(self):
        root = element = ElementTree.Element("p")
        for _level in range(5_000):
            element = ElementTree.SubElement(element, "em")
        element.text = "a & b"
        self.assertEqual(
            writing.written([root]), "<p>" + "<em>" * 5_000 + "a &amp; b" + "</em>" * 5_000 + "</p>"
        )

    def test_every_inline_pattern_says_what_its_matches_hold(self):
        names = {item.name for item in FAST.md.inlinePatterns._priority}
        self.assertEqual(names, set(NEEDLES))
        self.assertIsInstance(FAST.md.treeprocessors["inline"], SparingProcessor)

    @given(TEXTS)
    def test_what_a_pattern_matches_holds_what_it_says(self, text):
        links = {"link", "reference", "image_link", "image_reference"}  # read on from their bracket
        for name, needles in NEEDLES.items():
            for match in FAST.md.inlinePatterns[name].getCompiledRegExp().finditer(text):
                # Some look ahead: the text holds it, if not the match.
                near = text[match.start() : match.end() + 1]
                found = name in links or any(needle in near for needle in needles)
                self.assertTrue(found, (name, near))


NEVER, ALWAYS = re.compile(r"(?!)"), re.compile(r"")
SLOWLY = {
    "posts.content.digest.links.PLAIN_LINK": NEVER,
    "posts.content.digest.sources._may_name": lambda text: True,
    "posts.content.digest.links._alone": lambda line: None,
    "posts.content.metadata._plain_name": lambda item: [],
    "posts.content.slugs._short": slugs._whole,
    "posts.content.digest.sources._line_by_line": lambda *given: None,
    "posts.content.digest.evidence.MAY_BE_VIA": ALWAYS,
    "posts.content.hyperlinks.USUAL": NEVER,
    "posts.content.frontmatter.simpleyaml.parse": lambda *given: None,
    "posts.content.visibility.SPEAKING": {*visibility.SPEAKING, "title", "tags", "x"},
}
KEYS = st.sampled_from(
    ["title", "Tags", "author", "source", "url", "x-y_1", "date", "draft", "a b"]
)
VALUES = st.one_of(
    WORDS,
    st.sampled_from(
        [
            *(
                "'it''s'",
                "'a'",
                '"a"',
                '"a\\n"',
                "[a, b]",
                "[]",
                "[ a,'b' ]",
                "[a, [b]]",
                "a: b",
                "a:b",
            ),
            *(
                "a #b",
                "a#b",
                "~",
                "null",
                "- a",
                "*a",
                "&a b",
                "!a",
                "|",
                ">",
                "2026-01-01 10:00",
                "012",
            ),
            *(
                "a\xa0b",
                "a\u3000b",
                "a\u2028b",
                "\ufeffa",
                "a\tb",
                "👍",
                "a\n  b",
                "\n  - a\n  - b",
                "\n- a",
            ),
            *(
                "\n  - a\n - b",
                "\n  - a: b",
                "\n  -\n  - a",
                "\n\n  - a\n  # c\n  - 'b'",
                " a  ",
                "{a: b}",
                "",
            ),
        ]
    ),
)
FRONTS = st.lists(st.tuples(KEYS, VALUES), max_size=5).map(
    lambda pairs: "".join(f"{key}: {value}\n" for key, value in pairs)
)


def slowly(job, *given):
    """The result of a job without the short ways, or the exception that it raised."""
    with ExitStack() as stack:
        for name, stand_in in SLOWLY.items():
            stack.enter_context(mock.patch(name, stand_in))
        stack.enter_context(mock.patch.object(pipeline, "_converters", [SLOW]))
        return result(job, *given)


def result(job, *given):
    hyperlinks.page_key.cache_clear()
    try:
        return job(*given)
    except Unreadable as error:
        return error.problem


class Deriving(TestCase):
    def same(self, text: str, path: str = "2026-03-05-a.md") -> None:
        self.assertEqual(result(derive, text, path), slowly(derive, text, path), text[:2_000])

    @settings(max_examples=300, deadline=None)
    @given(FRONTS, TEXTS)
    @example(
        "title: a\n", "## News\n\n* [a](https://a.example/b?c=d&amp;e)\n* [b](https://b.example)\n"
    )
    @example(
        "title: a\n",
        "## 新闻\n\n### a\n\n[b\nc](https://d.example) `\n[e](https://f.example)`\n\n来源：g\n",
    )
    @example(
        "title: a\n", "### a\n\n[via](https://b.example)\n\n### c\n\n[原文](https://d.example)\n"
    )
    def test_every_document_gives_what_it_gives_without_short_ways(self, front, body):
        self.same(f"---\n{front}---\n{body}")

    def test_samples_give_what_they_give_without_short_ways(self):
        for text in [DIGEST, *(path.read_text() for path in SAMPLES)]:
            self.same(text)
            self.same(text.replace("\n", "\r\n"))

    @skipUnless(CORPORA.is_dir(), "the corpora are not on this machine")
    def test_real_posts_give_what_they_give_without_short_ways(self):
        for text in corpora(step=9):
            self.same(text)

    @settings(max_examples=1_000, deadline=None)
    @given(FRONTS)
    @example("a: [b, c]\nd:\n- e\n-  f\ng: h:i#j\n")
    def test_simple_front_matter_is_read_as_libyaml_reads_it(self, text):
        simple = simpleyaml.parse(text, 2)
        if simple is not None:
            full = yamltext.parse_any(text, 2)
            self.assertEqual(simple, full)
            for key, value in full.values.items():
                one, other = simple.values[key], value
                pairs = zip(one, other, strict=True) if isinstance(one, list) else [(one, other)]
                for left, right in pairs:
                    self.assertEqual((left, left.quoted), (right, right.quoted))

    def test_the_front_matter_of_generated_posts_needs_no_parser(self):
        for number in range(20):
            document = frontmatter.read(post(random.Random(number), number))
            self.assertEqual(document.kind, "yaml")
            self.assertIsNotNone(simpleyaml.parse(document.front_text, 2))

    def test_a_slug_has_of_every_character_what_unicode_says(self):
        for code in (*range(0xD800), *range(0xE000, 0x110000)):
            char = chr(code)
            kept = unicodedata.category(char)[0] in "LNM" and char not in "\u3164\u115f\u1160\uffa0"
            written = "-" if slugs.GAP.match(char) else ""
            self.assertEqual(slugs.WRITTEN[code], char if kept or char == "\u200c" else written)


class Growth(TestCase):
    """Twice the text is twice the work, counted in calls and in characters that are read again."""

    HEAD = "---\ntitle: t\ndate: 2026-01-01\n---\n\n## News\n\n"
    SHAPES = {
        "links": "* [Some title of news {n} here](https://s{n}.example/p)\n",
        "loose links": "* [Some title of news {n}](https://s{n}.example/p)\n\n  and *why* {n}\n\n",
        "headings": "### Title {n}\n\nText\n\n**Source:** [s](https://s{n}.example/p)\n\n",
        "numbers": "{n}、**标题第{n}条**\n\n文字。来源：[某](https://s{n}.example/p)\n\n",
        "addresses": "- Some title of news {n}: https://s{n}.example/p\n",
        "marks": "Words *and* `code` {n} & [x](https://s.example) <b>raw</b> **b** c\n\n",
        "one paragraph": "words *and* `code` {n} **b** c [x](https://s.example)\n",
        "references": "Words [x {n}][r{n}]\n\n[r{n}]: https://s.example/{n}\n\n",
        "definitions": "Words [x {n}](https://s.example/{n})\n[r{n}]: https://s.example/{n}\n",
        "hidden": "```\n{n}\n```\nWords [x {n}](https://s.example/{n})\n",
        "rows": "|x {n}|[y](https://s.example)|\n",
        "steps": "- item {n}\n  - [y](https://s.example/{n})\n",
        "quotations": "> line {n}\n",
        "notes": "text[^{n}]\n\n[^{n}]: note\n\n",
        "keys": "",
    }

    def work(self, text: str) -> int:
        calls, characters = 0, 0

        def counted(_frame, _event, _argument):
            nonlocal calls
            calls += 1

        def measured(html):
            nonlocal characters
            characters += len(html)
            return sanitised(html)

        sanitised = converter.sanitised
        with mock.patch.object(converter, "sanitised", measured):
            sys.setprofile(counted)
            try:
                derive(text, "2026-01-01-a.md")
            finally:
                sys.setprofile(None)
        return calls + characters

    def test_twice_the_text_is_twice_the_work(self):
        for name, line in self.SHAPES.items():
            texts = []
            for count in (150, 300):
                front = "".join(f"k{n}: v\n" for n in range(count)) if name == "keys" else ""
                head = self.HEAD.replace("date:", f"{front}date:")
                if name == "rows":
                    head += "|a|b|\n|-|-|\n"
                texts.append(head + "".join(line.format(n=n) for n in range(100, 100 + count)))
            derive(texts[0], "a.md")  # what is kept for good is made
            less, more = map(self.work, texts)
            self.assertLess(more, 2.15 * less, name)
