"""The fast ways give what the slow ones give, and their work grows with what there is to do."""

from unittest import TestCase, mock, skipUnless
from xml.etree import ElementTree

import markdown.serializers
import markdown.treeprocessors
from hypothesis import example, given, settings
from hypothesis import strategies as st

from posts.content import digest, frontmatter
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
