"""Links and plain words: what a reader sees is what the grammar reads, and in linear time."""

import time
from unittest import TestCase

from django.test import tag
from hypothesis import example, given, settings
from hypothesis import strategies as st
from markdown_it import MarkdownIt

from posts.content import slugs
from posts.content.digest import parse
from posts.content.digest.links import definitions, find, plain

LABELS = definitions(
    [
        "[`Vec::new`]: https://v.example",
        "[Feature 1]: https://f.example",
        "[x]: https://x.example",
        "[y]: https://y.example 'title'",
        "[a [b\\]]: https://nothing.example",
        "[a \\[b\\]]: https://brackets.example",
    ]
)
TARGETS = st.sampled_from(
    [
        "https://a.example",
        "https://a.example/b_(c)",
        "<https://a.example/d>",
        'https://a.example/e "title"',
        "https://a.example/f 'it (is)'",
        "https://a.example/?g=1&amp;h=2",
        "https://a.example/\\)i",
        "mailto:a@a.example",
    ]
)
WORDS = st.sampled_from(
    [
        "a",
        "b c",
        "*em*",
        "**bold**",
        "`code`",
        "`[`",
        "\\]",
        "\\[",
        "&amp;",
        "[pdf]",
        "!",
        "x",
        "y",
        "猫",
    ]
)
TEXTS = st.lists(WORDS, min_size=1, max_size=3).map(" ".join)
INLINE = st.builds("[{}]({})".format, TEXTS, TARGETS)
REFERRED = st.builds(
    "[{}]{}".format, st.sampled_from(["x", "y", "X", "`k`"]), st.sampled_from(["", "[]", " [z]"])
) | st.builds("[{}][{}]".format, TEXTS, st.sampled_from(["x", "y", "`k`"]))
PICTURE = st.builds("![{}]({})".format, TEXTS, TARGETS)
LINKED_PICTURE = st.builds("[{}]({})".format, PICTURE, TARGETS)
WRAPPED = st.builds("[{}]".format, REFERRED)
PIECES = st.one_of(INLINE, REFERRED, PICTURE, LINKED_PICTURE, WRAPPED, TEXTS)
PARAGRAPH = st.lists(PIECES, min_size=1, max_size=5).map(" ".join)
BLOCK = st.builds("{}{}".format, st.sampled_from(["", "- ", "1. ", "> ", "### "]), PARAGRAPH)
DEFINED = "[x]: https://x.example\n[y]: <https://y.example> 'title'\n[`k`]: https://k.example\n"


def urls(text: str) -> list[str]:
    return [link.url for link in find(text, LABELS)]


def reference_urls(body: str) -> list[str]:
    """The addresses of all links (not pictures) that CommonMark's reference finds."""
    found = []
    parser = MarkdownIt("commonmark")
    parser.normalizeLink = lambda url: url  # as written; ours are not percent-encoded
    for block in parser.parse(body):
        for token in block.children or []:
            if token.type == "link_open":
                found.append(token.attrs["href"])
    return found


class Links(TestCase):
    def test_labels_of_code_are_links(self):
        for text in ("[`Vec::new`]", "[`Vec::new`][]", "[text][`Vec::new`]"):
            self.assertEqual(urls(text), ["https://v.example"], text)
        self.assertEqual(plain("Use [`Vec::new`][] now", LABELS), "Use Vec::new now")

    def test_two_labels_with_a_space_between_are_two_links(self):
        self.assertEqual(urls("[x] [y]"), ["https://x.example", "https://y.example"])
        body = "## 新闻\n\n### 甲\n\n**Source:** [x] [y]\n\n[x]: https://x.example\n"
        body += "[y]: https://y.example\n"
        cited = [(c.text, c.url) for c in parse(body).stories[0].citations]
        self.assertEqual(cited, [("x", "https://x.example"), ("y", "https://y.example")])

    def test_a_link_in_square_brackets_of_its_own(self):
        self.assertEqual(urls("[[Feature 1]] is done"), ["https://f.example"])
        self.assertEqual(plain("[[Feature 1]] is done", LABELS), "[Feature 1] is done")

    def test_labels_may_hold_escaped_brackets_but_no_others(self):
        self.assertEqual(urls("[t][a \\[b\\]]"), ["https://brackets.example"])
        self.assertNotIn("https://nothing.example", LABELS.values())

    def test_an_unclosed_backtick_or_bracket_hides_nothing_below(self):
        text = "one ` tick\n\n[a](https://a.example)\n\nanother ` tick\n"
        text += "- [ open\n- [b](https://b.example)"
        self.assertEqual(urls(text), ["https://a.example", "https://b.example"])
        self.assertEqual(urls("[WIP https://a.example"), ["https://a.example"])

    def test_links_in_comments_and_pictures_in_html_are_no_citations(self):
        body = (
            "## 新闻\n\n### 甲\n\n<!-- [a](https://no.example) -->\n"
            '<img src="https://img.example/1.png"> [b](https://b.example)\n\n'
            "<!--\n[c](https://no.example/2)\n-->\n"
        )
        self.assertEqual(
            [citation.url for citation in parse(body).stories[0].citations], ["https://b.example"]
        )

    def test_entities_and_escapes_in_an_address_are_resolved(self):
        self.assertEqual(
            urls("[a](https://a.example/?b=1&amp;c\\_d)"), ["https://a.example/?b=1&c_d"]
        )
        self.assertEqual(
            urls("[a](https://a.example/?b=1&copy=2)"), ["https://a.example/?b=1&copy=2"]
        )

    def test_a_title_of_a_story_may_be_linked_by_reference(self):
        body = "## News\n\n### [Rates fall][1]\n\n[1]: https://a.example\n"
        story = parse(body).stories[0]
        self.assertEqual(
            (story.heading, story.citations[0].url), ("Rates fall", "https://a.example")
        )

    @settings(max_examples=500, deadline=None)
    @given(st.lists(BLOCK, min_size=1, max_size=4).map("\n\n".join))
    @example("[x] [y]")
    @example("[[x]]")
    @example("[`k`][]")
    def test_every_link_of_commonmark_is_found(self, text):
        body = f"{text}\n\n{DEFINED}"
        found = find(body[: len(text)], definitions(body.split("\n")))
        self.assertEqual(
            [link.url for link in found if not link.image and not link.bare], reference_urls(body)
        )


class Words(TestCase):
    def test_what_is_no_markup_stays(self):
        for text in (
            "Vec<T> and Option<String>",
            "98.css",
            "Paper [pdf]",
            "The set {1, 2, 3}",
            "{x} and {y: 1}",
            "a < b and c > d",
            "C:\\path\\to",
            "snake_case_name and MAX_SIZE_",
            "2*3*4",
            "f(*args, **kwargs)",
            "C*-algebras and D*-algebras",
            "a ~ b",
            "R&D; AT&T",
            "* and _",
            "$x_1 + x_2$",
        ):
            self.assertEqual(plain(text), text)

    def test_what_is_markup_goes(self):
        for text, words in (
            ("\\$5 \\~3 \\<b\\> 2\\*3", "$5 ~3 <b> 2*3"),
            ("AT&amp;T &lt;T&gt; caf&eacute; &#65;&#x42;", "AT&T <T> café AB"),
            ("**bold** __bold__ *em* _em_ ***both*** ~~gone~~", "bold bold em em both gone"),
            ("`code *as* <b>it</b> is \\$`", "code *as* <b>it</b> is \\$"),
            ("``a ` b``", "a ` b"),
            ("<b>bold</b> <code>git</code><br/>", "bold git"),
            ("[text *of* `it`](https://a.example) and ![alt](b.png)", "text of it and"),
            ("[Paper [pdf]](https://a.example)", "Paper [pdf]"),
            ("[Escaped \\[1\\]](https://a.example)", "Escaped [1]"),
            ("Title {#anchor}", "Title"),
            ("Title {#anchor .class key=val}", "Title"),
            ("Title {: .no_toc #a}", "Title"),
            ('[t](https://a.example){:target="_blank"} x', "t x"),
            ("**标题：**正文", "标题：正文"),
            ("a <!-- hidden --> b", "a b"),
            ("<https://a.example/b>", "https://a.example/b"),
        ):
            self.assertEqual(plain(text), words)

    def test_story_headings_keep_their_words(self):
        for heading, words in (
            ("Vec<T> is stable", "Vec<T> is stable"),
            ("98.css 0.2", "98.css 0.2"),
            ("Paper of the week [pdf]", "Paper of the week [pdf]"),
            ("AT&amp;T buys R&amp;D", "AT&T buys R&D"),
            ("The set {1, 2, 3}", "The set {1, 2, 3}"),
            ("From \\$5 to \\~3 \\<b\\>", "From $5 to ~3 <b>"),
            ("Using <code>git.example</code>", "Using git.example"),
            ("1. First {#one}", "First"),
        ):
            story = parse(f"## 主要新闻\n\n### {heading}\n\ntext\n").stories[0]
            self.assertEqual(story.heading, words)
        sections = parse("## The set {1, 2, 3}\n\n## C#\n\n## Closed ##\n").sections
        self.assertEqual([s.heading for s in sections], ["The set {1, 2, 3}", "C#", "Closed"])

    def test_only_numbers_that_number_are_dropped(self):
        body = "## 新闻\n\n### 1. 甲\n\n### 24. Dezember\n\n### 3. 丙\n\n"
        body += "## 头条\n\n### 4. 丁\n\n### 2. 戊\n"
        self.assertEqual(
            [story.heading for story in parse(body).stories],
            ["甲", "24. Dezember", "丙", "丁", "戊"],
        )
        for heading in ("98.css", "7.5亿美元", "3.js", "2001: A Space Odyssey", "12 Monkeys"):
            self.assertEqual(slugs.without_numbering(heading), heading)
        for heading in (
            "1. title",
            "1.标题",
            "1、标题",
            "（1）标题",
            "12) title",
            "一、标题",
            "3.OpenAI",
        ):
            self.assertNotIn(slugs.without_numbering(heading)[0], "1一3（")

    @settings(max_examples=300, deadline=None)
    @given(st.text(alphabet="ab \\*_~`<>[](){}!&;#\n|", max_size=60))
    def test_plain_words_are_found_in_any_text(self, text):
        self.assertNotIn("\n", plain(text))
        for link in find(text, LABELS):
            self.assertTrue(0 <= link.start < link.end <= len(text))


HOSTILE = {
    "brackets": "[" * 200_000,
    "closed brackets": "[" * 100_000 + "]" * 100_000,
    "pictures in pictures": "![" * 50_000 + "](a)" * 50_000,
    "linked pictures": "[![a](b)](c)" * 20_000,
    "half links": "[a](b" * 50_000,
    "half titles": '[a](b "' * 50_000,
    "half references": "[a][" * 50_000,
    "spaces in links": ("[a](" + " " * 2_000) * 100,
    "addresses": "http://" * 50_000,
    "address of brackets": "http://a" + ")" * 200_000,
    "comments": "x <!--" * 50_000,
    "tags": "<b a='" * 50_000,
    "emphasis": "**a *b _c " * 20_000,
    "runs": "*_" * 100_000,
    "ticks": " ".join("`" * n for n in range(1, 600)),
    "attributes": '{: a="' * 50_000,
    "heading of spaces": "# a" + " " * 200_000 + "b",
    "heading of marks": "### " + "# " * 100_000,
    "bold of spaces": "1." + " " * 200_000 + "**",
    "bold items": "- **" + "a " * 100_000,
    "comments in items": "- " + "<!--" * 50_000,
    "sources": "Source: " + "[1] [a](https://a.example) " * 20_000,
    "list of links": "- [a](https://a.example/1)\n" * 20_000,
    "list without words": "Sources:\n" + "- [a](https://a.example/1)\n" * 20_000,
    "line of links": "- " + "[a](https://a.example/1) " * 20_000,
    "headings": "### x\n" * 30_000,
    "numbered headings": "## 1. x\n\n[a](https://a.example)\n" * 10_000,
    "sections": "## x\n\n- [a](https://a.example)\n- [b](https://b.example)\n" * 6_000,
    "section of brackets": "## " + "(" * 200_000,
    "long items": "- **a:**\n" + "  text\n" * 60_000,
    "definitions": "[a]: https://a.example\n" * 30_000,
    "paragraphs": "a\n\n" * 60_000,
}


@tag("slow")
class Cost(TestCase):
    def test_reading_costs_time_linear_in_the_length(self):
        for name, body in HOSTILE.items():
            with self.subTest(name):
                began = time.process_time()
                parse(body)
                # Some 200 kB take a second at most; quadratic time would be minutes.
                self.assertLess(time.process_time() - began, 6, name)

    def test_a_post_known_to_be_a_digest_costs_no_more(self):
        for name in ("list of links", "headings", "sections", "numbered headings", "long items"):
            with self.subTest(name):
                began = time.process_time()
                parse(f"## 新闻\n\n{HOSTILE[name]}", digest=True)
                self.assertLess(time.process_time() - began, 6, name)
