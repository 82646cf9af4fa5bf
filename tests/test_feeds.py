"""Feeds: by the rules of RSS 2.0, Atom (RFC 4287) and JSON Feed 1.1, and as feed readers read
them.
"""

import json
import re
from xml.etree import ElementTree

import feedparser
from django.test import TestCase

from posts.models import Image, Post
from tests.cast import digest, plain, save

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
        for place in [
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
                    response = self.client.get(f"{place}{name}{query}")
                    parsed = feedparser.parse(
                        response.content,
                        response_headers={"content-type": response["Content-Type"]},
                    )
                    self.assertFalse(
                        parsed.bozo, (place, name, query, parsed.get("bozo_exception"))
                    )
                    self.assertTrue(parsed.entries, (place, name))
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
        self.assertEqual(item.find("source").get("url"), "https://www.harbour.example/a")
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
                found = re.findall(r'(?:href|src)="([^"]*)"', text)
                self.assertTrue(found)
                self.assertEqual([link for link in found if not link.startswith("http")], [], name)

    def test_stories_and_summaries(self):
        stories = json.loads(self.read("/feed.json?items=stories"))["items"]
        self.assertEqual(
            [item["title"] for item in stories[:2]], ["第一条：灯塔换灯", "第二条：渡船改线"]
        )
        self.assertEqual(stories[1]["external_url"], "https://ferry.example/north")
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
            self.assertRegex(
                page,
                rf'<link rel="alternate" type="{re.escape(kind)}" title="[^"]+" href="/tags/ai/{name}">',
            )
        opml = ElementTree.fromstring(self.read("/feeds.opml"))
        self.assertEqual(
            [outline.get("xmlUrl") for outline in opml.iter("outline")],
            ["http://127.0.0.1:8000/rss.xml", "http://127.0.0.1:8000/categories/tech/rss.xml"],
        )
        self.assertIn("/rss.xml?items=stories", self.read("/feeds/"))
