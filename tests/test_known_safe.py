"""What is written without the sanitiser is what the sanitiser would have written."""

import random
from unittest import TestCase, mock
from xml.etree import ElementTree

from hypothesis import example, given, settings
from hypothesis import strategies as st

from bench.folder import post
from posts.content import digest, frontmatter
from posts.content.rendering import converter, known_safe, render, writing
from tests.test_fast_rendering import WORDS

HOSTS = st.from_regex(
    r"[a-zA-Z0-9.:@%_é-]{0,8}(xn--)?[a-z0-9.-]{0,70}\.[a-z0-9]{0,5}", fullmatch=True
)
ADDRESSES = st.one_of(
    st.text("htps:/.?#%&;'\"<>()[]\\ \t\n\x00\xa0axn-0é@:8", max_size=24),
    st.tuples(
        st.sampled_from(["http://", "https://", "HTTP://", "//", "javascript:", "data:", "/", ""]),
        HOSTS,
        st.text("/?#%&;'\"<>()\\ ax-0é@:.~+=,!", max_size=12),
    ).map("".join),
)
TREES = st.recursive(
    st.tuples(
        st.sampled_from(["br", "hr", "p", "a", "em", "code", "img", "table", "svg", None]),
        WORDS,
        st.just([]),
        WORDS,
    ),
    lambda inner: st.tuples(
        st.sampled_from("p li ul ol blockquote h2 a em strong code del td table".split()),
        WORDS,
        st.lists(inner, max_size=3),
        WORDS,
    ),
    max_leaves=12,
)


def grown(tree: tuple) -> ElementTree.Element:
    tag, text, inner, tail = tree
    element = ElementTree.Element(tag)  # type: ignore[arg-type]
    element.text, element.tail = text.replace("\x02", ""), tail.replace("\x02", "")
    element.extend(map(grown, inner))
    return element


class KnownSafe(TestCase):
    def same(self, block: ElementTree.Element) -> str | None:
        """What is written without the sanitiser, after a comparison with what that writes."""
        found = known_safe.written(block)
        if found is not None:
            self.assertEqual(found, converter.sanitised(writing.written([block])))
        return found

    def link(self, **attributes: str) -> str | None:
        block = ElementTree.Element("p")
        element = ElementTree.SubElement(block, "a", attributes)
        element.text = "a"
        return self.same(block)

    @settings(max_examples=1_000, deadline=None)
    @given(ADDRESSES)
    def test_a_link_is_written_as_the_sanitiser_writes_it_or_left_to_it(self, address):
        self.link(href=address)

    def test_addresses_that_could_mean_anything_else_are_left_to_the_sanitiser(self):
        self.assertIsNotNone(self.link(href="https://www.site1.example/a/b?c=d#e"))
        for address in [
            *("javascript:alert(1)", "JaVaScRiPt:a", "data:text/html,a", "//a.example", "#a", "/a"),
            *('https://a.example/"onclick=', "https://a.example/<b>", "https://a.example/&#106;"),
            *(
                "https://xn--a.example/",
                "https://1.2.3.999/",
                "https://a.example:99999/",
                "https:a",
            ),
            *("https://[::1]/", "https://a.example/é", "https://é.example/", "https://a@b.example"),
            *(" https://a.example/", "https://a.example/\n", "http://a.example\\b", "mailto:a@b.c"),
            "https://a.example/" + "a" * 2_000,
        ]:
            self.assertIsNone(self.link(href=address), address)

    def test_an_attribute_that_is_not_known_is_left_to_the_sanitiser(self):
        good = "https://a.example/"
        for name in ("onclick", "style", "class", "id", "target", "title", "rel", "aria-label"):
            self.assertIsNone(self.link(href=good, **{name: "a"}), name)
            self.assertIsNone(self.link(**{name: "a"}), name)
        self.assertIsNone(self.link(href="a/", **{"class": "permalink", "aria-label": "a"}))
        block = ElementTree.Element("p", {"class": "source-line"})
        self.assertIsNone(self.same(block))

    @settings(max_examples=500, deadline=None)
    @given(st.text(max_size=8))
    @example("a" * 400)
    @example('a"b')
    def test_the_id_of_a_heading_is_written_as_the_sanitiser_writes_it(self, name):
        name = "".join(char for char in name if char.isprintable())
        block = ElementTree.Element("h2", {"id": name})
        block.text = "a"
        self.same(block)

    @settings(max_examples=500, deadline=None)
    @given(TREES)
    @example(("p", "a", [("a", "a", [], "a")], ""))
    def test_whatever_stands_in_whatever_is_written_as_the_sanitiser_writes_it(self, tree):
        self.same(grown(tree))

    def test_what_a_parser_would_rearrange_is_left_to_the_sanitiser(self):
        for outer, inner in (("a", "a"), ("p", "p"), ("p", "ul"), ("em", "p"), ("h2", "h3")):
            block = ElementTree.Element("p" if outer in ("a", "em") else outer)
            element = ElementTree.SubElement(block, outer) if outer in ("a", "em") else block
            ElementTree.SubElement(element, inner)
            self.assertIsNone(known_safe.written(block), (outer, inner))

    def test_half_a_surrogate_raises_with_the_sanitiser_and_without(self):
        for text in ("a \ud800 b", "a \ud800 & b"):
            with self.assertRaises(UnicodeEncodeError):
                render(text)

    def test_a_plain_digest_needs_no_sanitiser(self):
        text = frontmatter.read(post(random.Random(7), 1)).body
        with mock.patch.object(converter, "sanitised", side_effect=AssertionError):
            html = render(text, digest.parse(text)).html
        self.assertIn('<p class="source-line"><strong>Source:</strong> <a href="https://', html)
        self.assertIn('class="permalink"', html)
