"""Short ways of feeds give what the long ways give, whatever stands in posts."""

import json
import re
from html import unescape
from unittest import TestCase, mock
from urllib.parse import urljoin
from xml.etree import ElementTree

from django.test import TestCase as DatabaseTestCase
from hypothesis import given, settings
from hypothesis import strategies as st

from posts.content import hyperlinks, markup
from posts.content.rendering.sanitising import sanitised
from posts.models import Post
from posts.public import distant, feeds
from tests.cast import digest, plain, save

NOTHING = re.compile(r"(?!)")
BASE = "https://news.example/2026/03/05/port/"
WORDS = [
    'a', 'id="x"', ' id="', 'class="permalink"', "&amp;", "&", "<", ">", '"', "'", "=", "é", "港",
    "\x08", "\ufffe", "\xa0", "\t", "\n", " ", "/", "//", "#", "?", ";", "%", "%2f", "..", "x y",
    "http://", "HTTPS://", "例子.测试", "a.example", "user@", ":80", ":080", "[", "srcset", "\\",
]  # fmt: skip
TEXTS = st.lists(st.sampled_from(WORDS), max_size=6).map("".join)
ATTRIBUTES = st.sampled_from(["href", "src", "alt", "title", "id", "cite", "srcset", "class"])
TAGS = st.sampled_from(["a", "img", "p", "h3", "blockquote", "q", "source", "section", "td"])


@st.composite
def fragments(draw) -> str:
    """HTML as somebody may write it, sanitised or not."""
    parts = []
    for _tag in range(draw(st.integers(0, 6))):
        name, quote = draw(TAGS), draw(st.sampled_from("\"'"))
        some = draw(st.dictionaries(ATTRIBUTES, TEXTS, max_size=3))
        written = "".join(f" {key}={quote}{value}{quote}" for key, value in some.items())
        parts.append(f"<{name}{written}>{draw(TEXTS)}</{name}>{draw(TEXTS)}")
    return "".join(parts)


def far_away(html: str) -> str:
    """Every tag taken apart and written anew."""
    found = markup.without_permalinks(markup.tags(distant.NOT_XML.sub("", html)))
    return "".join(written(tag) + tag.text for tag in found)


def written(tag: markup.Tag) -> str:
    if "=" not in tag.source:
        return f"<{tag.source}>" if tag.source else ""
    values = tag.attributes
    values.pop("id", None)
    for name in {"href", "src", "cite"} & set(values):
        values[name] = joined(values[name])
    if "srcset" in values:
        images = (one.strip().split(" ", 1) for one in values["srcset"].split(", "))
        joint = (" ".join([joined(address), *width]) for address, *width in images)
        values["srcset"] = ", ".join(joint)
    return markup.start_tag(tag.name, values)


def joined(address: str) -> str:
    try:
        return hyperlinks.uri(urljoin(BASE, address))
    except ValueError:
        return BASE


class ShortWays(TestCase):
    @settings(max_examples=500, deadline=None)
    @given(st.one_of(st.from_regex(hyperlinks.IS_URI, fullmatch=True), TEXTS, fragments()))
    def test_what_is_taken_for_a_uri_is_one(self, text):
        with mock.patch.object(hyperlinks, "IS_URI", NOTHING):
            long = hyperlinks.uri(text)
        self.assertEqual(hyperlinks.uri(text), long)
        if hyperlinks.IS_URI.fullmatch(text):
            self.assertEqual(urljoin(BASE, text), text)
            self.assertEqual(urljoin(BASE.replace("https", "http"), text), text)

    @settings(max_examples=500, deadline=None)
    @given(fragments())
    def test_tags_that_are_right_as_they_are_are_those_that_stay_the_same(self, text):
        html = sanitised(text)
        with mock.patch.object(hyperlinks, "IS_URI", NOTHING):
            long = far_away(html)
        self.assertEqual(distant.absolute(html, BASE), long)

    def test_the_sites_own_links_from_headings_are_left_out_with_the_blank_before_them(self):
        own = '<a class="permalink" href="x/" title="y">#</a>'
        for html in (f'<h3 id="a">A {own}</h3><p>b</p>', f"<h3>{own}</h3>", f"a  {own} b {own}"):
            self.assertEqual(distant.absolute(html, BASE), far_away(html))
            self.assertNotIn("#", distant.absolute(html, BASE))

    @given(TEXTS)
    def test_texts_lose_what_xml_cannot_carry_and_nothing_else(self, text):
        cleaned = distant.clean(text)
        self.assertEqual(cleaned, distant.NOT_XML.sub("", text))
        harmless = not distant.MARKUP.search(cleaned) and unescape(cleaned) == cleaned
        self.assertEqual(distant.either_way(cleaned) == cleaned, harmless)

    def test_no_address_makes_them_slow(self):
        for text in (
            "https://" + "a" * 100_000,
            "https://" + "a." * 50_000,
            "https://a.b/" + "?/" * 50_000 + " ",
            "https://a/?" + "&amp;/" * 50_000 + "\0",
        ):
            self.assertIsNone(hyperlinks.IS_URI.fullmatch(text))
            self.assertIsNone(distant.NEAR.fullmatch(f'a href="{text}'))
        tag = "a" + ' title="x"' * 20_000 + "!"
        self.assertIsNone(distant.NEAR.fullmatch(tag))


class LongPosts(DatabaseTestCase):
    def items(self, address: str) -> list[dict]:
        return json.loads(self.client.get(address).content)["items"]

    def test_what_is_too_long_for_a_feed_is_found_at_its_address(self):
        for number, size in enumerate((50, 3000, 60)):
            text = plain(f"n{number}", f"2026-03-0{number + 1}", "正文" * size)
            save(text, f"_posts/2026-03-0{number + 1}-n.md")
        with mock.patch.object(feeds, "LONGEST", 1000):
            found = self.items("/feed.json")
            ElementTree.fromstring(self.client.get("/rss.xml").content)
        self.assertEqual(["content_html" in item for item in found], [True, False, True])
        self.assertEqual(found[1]["content_text"], Post.objects.get(title="n1").excerpt)

    def test_all_of_a_feed_holds_so_much_text_and_no_more(self):
        for number in range(4):
            text = plain(f"n{number}", f"2026-03-0{number + 1}", "正文" * 100)
            save(text, f"_posts/2026-03-0{number + 1}-n.md")
        with mock.patch.object(feeds, "MOST", 450):
            found = self.items("/feed.json")
        self.assertEqual(["content_html" in item for item in found], [True, True, False, False])

    def test_stories_too(self):
        save(digest().replace("渡船改走北线。", "渡船" * 2000))
        with mock.patch.object(feeds, "LONGEST", 1000):
            first, second = self.items("/feed.json?items=stories")
        self.assertIn("content_html", first)
        self.assertNotIn("content_html", second)
        self.assertTrue(second["content_text"].startswith("渡船"))
