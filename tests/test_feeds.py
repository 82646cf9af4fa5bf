"""Feeds: by the rules of RSS 2.0, Atom (RFC 4287) and JSON Feed 1.1, and as feed readers read
them.
"""

import json
import re
from html.parser import HTMLParser
from xml.etree import ElementTree

import feedparser
from django.test import TestCase

from posts.models import Image, Post
from posts.public.distant import either_way
from tests.cast import DIGEST, digest, plain, save

ATOM = "{http://www.w3.org/2005/Atom}"


class Feeds(TestCase):
    @classmethod
    def setUpTestData(cls):
        Image.objects.create(
            path="img/a.png",
            file="images/aa/a.png",
            origin="x",
            width=4,
            height=3,
            size=1234,
            content_type="image/png",
        )
        cls.post = save(
            digest(image="/img/a.png").replace(
                "灯塔的灯", "![灯](/img/a.png)\n\n灯塔的灯 [见](../about/) [此](#主要新闻)"
            )
        )
        save(
            plain("坏字符 \x0b\x1f", "2026-03-04", "正文 \x08 \ufffe 结束 & <b>粗</b>").replace(
                "坏字符 \x0b\x1f", "坏字符"
            ),
            "_posts/2026-03-04-bad.md",
        )

    def read(self, address: str) -> str:
        response = self.client.get(address)
        self.assertEqual(response.status_code, 200, address)
        return response.content.decode()

    def test_international_addresses_are_written_as_uris(self):
        page = plain("国际", "2026-03-03", source='"HTTPS://例子.测试/路?q=值#片"')
        post = save(page, "_posts/2026-03-03-idn.md")
        self.assertEqual(post.citations.get().url, "https://xn--fsqu00a.xn--0zwm56d/路?q=值#片")
        wanted = "https://xn--fsqu00a.xn--0zwm56d/%E8%B7%AF?q=%E5%80%BC#%E7%89%87"
        for name in ("rss.xml", "atom.xml"):
            self.assertIn(f'href="{wanted}"', self.read(f"/2026/03/03/{name}"))
        entry = json.loads(self.read("/2026/03/03/feed.json"))["items"][0]
        self.assertEqual(entry["_newsroom"]["sources"][0]["url"], wanted)

    def test_feedparser_has_no_complaint(self):
        for start in [
            "/",
            "/tags/ai/",
            "/categories/tech/",
            "/sources/harbour.example/",
            "/authors/港口编辑部/",
            "/2026/",
            "/2026/03/05/",
        ]:
            for name in ("rss.xml", "atom.xml"):
                for query in ("", "?items=stories", "?content=summary"):
                    response = self.client.get(f"{start}{name}{query}")
                    parsed = feedparser.parse(
                        response.content,
                        response_headers={"content-type": response["Content-Type"]},
                    )
                    self.assertFalse(
                        parsed.bozo, (start, name, query, parsed.get("bozo_exception"))
                    )
                    self.assertTrue(parsed.entries, (start, name))
                    self.assertEqual(
                        len({entry.id for entry in parsed.entries}), len(parsed.entries)
                    )

    def test_rss(self):
        root = ElementTree.fromstring(self.read("/rss.xml"))
        channel = root.find("channel")
        self.assertEqual(root.get("version"), "2.0")
        for name in ("title", "link", "description", "language", "lastBuildDate"):
            self.assertIsNotNone(channel.find(name), name)
        self.assertEqual(channel.find(f"{ATOM}link").get("rel"), "self")
        item = channel.find("item")
        self.assertEqual(item.find("guid").text, self.post.guid)
        self.assertEqual(item.find("guid").get("isPermaLink"), "false")
        self.assertEqual(
            item.find("enclosure").attrib,
            {
                "url": "http://127.0.0.1:8000/media/images/aa/a.png",
                "length": "1234",
                "type": "image/png",
            },
        )
        self.assertIsNone(item.find("source"))
        self.assertEqual([link.get("rel") for link in item.findall(f"{ATOM}link")], ["via"] * 3)
        self.assertEqual(item.find("{http://purl.org/dc/elements/1.1/}creator").text, "港口编辑部")
        self.assertRegex(
            item.find("pubDate").text,
            r"^[A-Z][a-z]{2}, \d\d [A-Z][a-z]{2} \d{4} [\d:]{8} [+-]\d{4}$",
        )

    def test_atom(self):
        root = ElementTree.fromstring(self.read("/atom.xml"))
        for name in ("id", "title", "updated", "author", "link"):
            self.assertIsNotNone(root.find(f"{ATOM}{name}"), name)
        for entry in root.findall(f"{ATOM}entry"):
            for name in ("id", "title", "updated", "published", "link", "content"):
                self.assertIsNotNone(entry.find(f"{ATOM}{name}"), name)
        via = [
            link.get("href")
            for link in root.find(f"{ATOM}entry").findall(f"{ATOM}link")
            if link.get("rel") == "via"
        ]
        self.assertEqual(
            via,
            [
                "https://www.harbour.example/a",
                "https://ferry.example/north",
                "https://maps.example/north",
            ],
        )

    def test_json_feed(self):
        feed = json.loads(self.read("/feed.json"))
        self.assertEqual(feed["version"], "https://jsonfeed.org/version/1.1")
        self.assertEqual(feed["feed_url"], "http://127.0.0.1:8000/feed.json")
        item = feed["items"][0]
        self.assertEqual(item["id"], self.post.guid)
        self.assertEqual(
            item["attachments"],
            [
                {
                    "url": "http://127.0.0.1:8000/media/images/aa/a.png",
                    "mime_type": "image/png",
                    "size_in_bytes": 1234,
                }
            ],
        )
        self.assertRegex(item["date_published"], r"^\d{4}-\d\d-\d\dT[\d:.]+[+-]\d\d:\d\d$")
        self.assertTrue("content_html" in item or "content_text" in item)

    def test_every_address_in_the_text_is_absolute(self):
        for name in ("rss.xml", "atom.xml", "feed.json"):
            for query in ("", "?items=stories"):
                text = (
                    self.read(f"/{name}{query}")
                    .replace('\\"', '"')
                    .replace("&lt;", "<")
                    .replace("&quot;", '"')
                )
                text = re.sub(r"<\?xml-stylesheet .*?\?>", "", text)  # for this site's own browsers
                found = re.findall(r'(?:href|src)="([^"]*)"', text)
                self.assertTrue(found)
                self.assertEqual([link for link in found if not link.startswith("http")], [], name)

    def test_stories_and_summaries(self):
        stories = json.loads(self.read("/feed.json?items=stories"))["items"]
        self.assertEqual(
            [item["title"] for item in stories[:2]], ["第一条：灯塔换灯", "第二条：渡船改线"]
        )
        self.assertEqual(
            self.client.get(stories[0]["url"].removeprefix("http://127.0.0.1:8000")).status_code,
            200,
        )
        summaries = json.loads(self.read("/feed.json?content=summary"))["items"]
        self.assertNotIn("content_html", summaries[0])
        self.assertEqual(summaries[0]["content_text"], self.post.excerpt)

    def test_one_bad_character_breaks_no_feed(self):
        Post.objects.filter(path__endswith="bad.md").update(
            title="坏 \x0b\x1f\ufffe", html="<p>\x08\ufffe</p>", excerpt="\x0c"
        )
        for name in ("rss.xml", "atom.xml"):
            ElementTree.fromstring(self.read(f"/{name}"))
        json.loads(self.read("/feed.json"))

    def test_identifiers_do_not_depend_on_slug_host_or_scheme(self):
        before = {item["id"] for item in json.loads(self.read("/feed.json?items=stories"))["items"]}
        with self.settings(SITE_URL="https://news.example"):
            save(self.post.document.replace("layout: post", "layout: post\nslug: other"))
            after = json.loads(self.read("/feed.json?items=stories"))["items"]
        self.assertEqual({item["id"] for item in after}, before)
        self.assertTrue(all(item["url"].startswith("https://news.example/") for item in after))

    def test_pages_tell_of_their_feeds(self):
        page = self.client.get("/tags/ai/").content.decode()
        for kind, name in {
            "application/rss+xml": "rss.xml",
            "application/atom+xml": "atom.xml",
            "application/feed+json": "feed.json",
        }.items():
            start = f'<link rel="alternate" type="{re.escape(kind)}" title='
            self.assertRegex(page, rf'{start}"[^"]+" href="/tags/ai/{name}">')
        opml = ElementTree.fromstring(self.read("/feeds.opml"))
        self.assertEqual(
            [outline.get("xmlUrl") for outline in opml.iter("outline")],
            ["http://127.0.0.1:8000/rss.xml", "http://127.0.0.1:8000/categories/tech/rss.xml"],
        )
        self.assertIn("/rss.xml?items=stories", self.read("/feeds/"))


class Shown(HTMLParser):
    """What a reader sees of some HTML: its text, and the elements that it holds."""

    def __init__(self, html: str):
        super().__init__()
        self.text, self.elements = "", []
        self.feed(html)
        self.close()

    def handle_starttag(self, tag, attrs):
        self.elements.append(tag)

    def handle_data(self, data):
        self.text += data


class Markup(TestCase):
    """What a document writes as text is text in every reader."""

    nasty = "<script>alert(1)</script> <b>x</b> a < b &amp; AT&T &lt;i&gt; &copy"

    @classmethod
    def setUpTestData(cls):
        quoted = "'" + cls.nasty.replace("'", "''") + "'"
        text = digest(title=quoted, author=quoted, excerpt=quoted)
        text = text.replace("- tech\n", f"- {quoted}\n").replace("- ai\n", f"- {quoted}\n")
        cls.post = save(text)
        cls.label = cls.post.tags.exclude(slug="港口").get()
        cls.label.description = cls.nasty
        cls.label.save()
        cls.title, cls.excerpt = cls.post.title, cls.post.excerpt

    def test_the_cast_holds_markup(self):
        for text in (self.title, self.excerpt, self.label.name, self.label.description):
            self.assertIn("<script>", text)

    def xml(self, address: str):
        return ElementTree.fromstring(self.client.get(address).content)

    def shows(self, html: str, text: str):
        """Whoever takes it for HTML sees the text, and no element of it."""
        shown = Shown(html)
        self.assertEqual(set(shown.elements) - {"p"}, set(), html)
        self.assertEqual(" ".join(shown.text.split()), " ".join(text.split()), html)

    def test_in_rss_where_readers_take_what_they_get_for_html(self):
        labels = (self.post.tags, self.post.categories, self.post.authors)
        names = {label.name for some in labels for label in some.all()}
        for start in ("/", f"/tags/{self.label.slug}/"):
            for query in ("", "?content=summary"):
                channel = self.xml(f"{start}rss.xml{query}").find("channel")
                item = channel.find("item")
                self.shows(item.findtext("title"), self.title)
                self.shows(item.findtext("description"), self.excerpt)
                for name in ("category", "{http://purl.org/dc/elements/1.1/}creator"):
                    for element in item.findall(name):
                        shown = Shown(element.text)
                        self.assertEqual(shown.elements, [])
                        self.assertIn(shown.text, names)
        self.shows(channel.findtext("title"), f"{self.label.name} · Newsroom")
        self.shows(channel.findtext("description"), self.label.description)

    def test_in_atom_which_says_what_is_html_and_what_is_text(self):
        root = self.xml(f"/tags/{self.label.slug}/atom.xml?content=summary")
        entry = root.find(f"{ATOM}entry")
        for element, text in (
            (entry.find(f"{ATOM}title"), self.title),
            (root.find(f"{ATOM}title"), f"{self.label.name} · Newsroom"),
            (root.find(f"{ATOM}subtitle"), self.label.description),
        ):
            self.assertEqual((element.get("type", "text"), element.text), ("text", text))
        summary = entry.find(f"{ATOM}summary")
        self.assertEqual(summary.get("type"), "html")
        self.shows(summary.text, self.excerpt)
        names = [category.get("term") for category in entry.findall(f"{ATOM}category")]
        self.assertIn(self.label.name, names)

    def test_in_json_where_only_content_html_is_html(self):
        feed = json.loads(self.client.get(f"/tags/{self.label.slug}/feed.json").content)
        self.assertEqual(feed["description"], self.label.description)
        item = feed["items"][0]
        self.assertEqual((item["title"], item["summary"]), (self.title, self.excerpt))
        self.assertIn(self.label.name, item["tags"])
        self.assertNotIn("script", Shown(item["content_html"]).elements)
        summary = json.loads(self.client.get("/feed.json?content=summary").content)["items"][0]
        self.assertEqual(summary["content_text"], self.excerpt)
        self.assertNotIn("content_html", summary)

    def test_as_feedparser_hands_it_to_readers(self):
        for name in ("rss.xml", "atom.xml"):
            for query in ("", "?items=stories", "?content=summary"):
                parsed = feedparser.parse(
                    self.client.get(f"/tags/{self.label.slug}/{name}{query}").content,
                    sanitize_html=False,
                )
                self.assertFalse(parsed.bozo)
                details = [parsed.feed.title_detail, parsed.feed.subtitle_detail]
                for entry in parsed.entries:
                    details += [entry.title_detail, entry.summary_detail]
                for detail in details:
                    if detail.type in ("text/html", "application/xhtml+xml"):
                        self.assertEqual(set(Shown(detail.value).elements) - {"p"}, set(), detail)

    def test_plain_titles_are_right_for_readers_of_both_kinds(self):
        for title in ("AT&T", "a < b", "1 & 2", "x<3", "R&D; more", "a > b"):
            self.assertEqual(either_way(title), title)
            self.shows(either_way(title), title)
        for title in ("<b>", "&amp;", "&copy", "</p>", "<!--", "&#60;b>"):
            self.shows(either_way(title), title)
            self.assertNotRegex(either_way(title), r"<[a-z/!]")


class Entries(TestCase):
    """What stands in a feed, in which order, and what its members mean."""

    def items(self, address: str) -> list[dict]:
        response = self.client.get(address)
        self.assertEqual(response.status_code, 200, address)
        return json.loads(response.content)["items"]

    def test_a_sources_feed_holds_what_its_page_holds(self):
        own = "https://ferry.example/own"
        for number in range(25):
            save(digest(title=f"D{number}"), f"_posts/2026-03-05-d{number}.md")
        save(plain("Link", "2026-03-06", source=own), "_posts/2026-03-06-a.md")
        both = digest(title="Both", source=f'"{own}"').replace("https://ferry.example/north", "x")
        save(both, "_posts/2026-03-07-own.md")
        entries = self.client.get("/sources/ferry.example/").context["entries"]
        shown = [(e.story.heading if e.story else e.post.title) for e in entries]
        self.assertIn("Link", shown)
        self.assertIn("Both", shown)
        for query in ("", "?items=stories", "?content=summary"):
            items = self.items(f"/sources/ferry.example/feed.json{query}")
            self.assertEqual([item["title"] for item in items], shown, query)
            self.assertEqual(len({item["id"] for item in items}), len(items))
        for name in ("rss.xml", "atom.xml"):
            parsed = feedparser.parse(self.client.get(f"/sources/ferry.example/{name}").content)
            self.assertEqual([entry.title for entry in parsed.entries], shown)

    def test_an_external_address_is_the_one_page_that_an_entry_is_about(self):
        save()
        save(plain("Link", "2026-03-06", source="https://one.example/x"), "_posts/2026-03-06-a.md")
        two = "[https://one.example/x, https://two.example/y]"
        save(plain("Two", "2026-03-07", source=two), "_posts/2026-03-07-b.md")
        found = {item["title"]: item.get("external_url") for item in self.items("/feed.json")}
        self.assertEqual(
            found, {"Link": "https://one.example/x", "Two": None, "港口日报：风起之前": None}
        )
        stories = {
            i["title"]: i.get("external_url") for i in self.items("/feed.json?items=stories")
        }
        self.assertEqual(stories["第一条：灯塔换灯"], "https://www.harbour.example/a")
        self.assertIsNone(stories["第二条：渡船改线"])

    def test_no_entry_says_that_it_came_from_another_feed(self):
        save()
        for query in ("", "?items=stories"):
            self.assertNotContains(self.client.get(f"/rss.xml{query}"), "<source")
            self.assertNotContains(self.client.get(f"/atom.xml{query}"), "<source")

    def test_summaries_of_stories_end_at_a_word(self):
        words = "harbour " * 120
        save(DIGEST.replace("渡船改走北线。", words).replace("第二条", "2"))
        summary = self.items("/feed.json?items=stories")[1]["summary"]
        self.assertRegex(summary, r"^(harbour )+harbour…$")
        self.assertGreater(len(summary), 200)

    def test_international_addresses_are_uris(self):
        with self.settings(SITE_URL="https://新闻.example"):
            text = DIGEST.replace("https://ferry.example/north", "https://渡船.example/北?线=一")
            save(text.replace("- tech\n", "- 科技\n"), "_posts/2026-03-05-港口.md")
            for start in ("/", "/categories/科技/", "/sources/渡船.example/"):
                for name in ("rss.xml", "atom.xml", "feed.json"):
                    for query in ("", "?items=stories"):
                        text = self.client.get(f"{start}{name}{query}").content.decode()
                        text = text.replace('\\"', '"').replace("&lt;", "<").replace("&quot;", '"')
                        found = re.findall(r"https?://[^\s\"'<>]*", text)
                        self.assertTrue(any("xn--efvy88h.example" in url for url in found))
                        self.assertTrue(any("%E5%8C%97?%E7%BA%BF=" in url for url in found))
                        self.assertEqual([url for url in found if not url.isascii()], [], name)

    def test_right_to_left_posts_say_so_and_every_entry_its_language(self):
        save(plain("سلام دنیا", "2026-03-06", "متن فارسی.", lang="fa"), "_posts/2026-03-06-fa.md")
        save(plain("Harbour", "2026-03-05", "Text.", lang="en"), "_posts/2026-03-05-en.md")
        persian, english = self.items("/feed.json")
        self.assertEqual((persian["language"], english["language"]), ("fa", "en"))
        self.assertTrue(persian["content_html"].startswith('<div dir="rtl" lang="fa">'))
        self.assertTrue(english["content_html"].startswith("<p>"))
        root = ElementTree.fromstring(self.client.get("/atom.xml").content)
        entries = root.findall(f"{ATOM}entry")
        lang = "{http://www.w3.org/XML/1998/namespace}lang"
        self.assertEqual([entry.get(lang) for entry in entries], ["fa", "en"])
        for text in (entries[0].findtext(f"{ATOM}content"), entries[0].findtext(f"{ATOM}summary")):
            self.assertIn('dir="rtl"', text)
        item = ElementTree.fromstring(self.client.get("/rss.xml").content).find("channel/item")
        self.assertIn(
            'dir="rtl"', item.findtext("{http://purl.org/rss/1.0/modules/content/}encoded")
        )
        self.assertIn('dir="rtl"', item.findtext("description"))
        self.assertEqual(item.findtext("{http://purl.org/dc/elements/1.1/}language"), "fa")
        for name in ("rss.xml", "atom.xml"):
            parsed = feedparser.parse(self.client.get(f"/{name}").content)
            self.assertIn("dir", parsed.entries[0].content[0].value)
