"""A robot that begins at the front page and follows every link finds nothing that is wrong."""

import json
from collections import deque
from unittest import mock
from urllib.parse import unquote, urldefrag, urljoin, urlsplit

from django.test import Client, TestCase, tag

from posts.content.hyperlinks import quoted
from posts.public import posters
from tests.cast import digest, plain, save
from tests.support.structured import Page, path, problems

ORIGIN = "http://127.0.0.1:8000"
MOST = 600  # pages; more are a crawl without end
PERSIAN = "خبر نخست از بندر.\n\n## خبرها\n\n### فانوس\n\nمتن.\n\n**Source:** [Lamp](https://lamp.example/fa)\n"


def fill() -> None:
    """Two months, three languages, two of them joined; labels, sources, a second page of a list."""
    key = {"translation_key": "port"}
    save(digest(**key))
    english = digest(title="Harbour daily", lang="en", author="Harbour desk", **key)
    save(english, "_posts/2026-03-05-en.md")
    save(digest(title="بندر", lang="fa", body=PERSIAN, **key), "_posts/2026-03-05-fa.md")
    save(digest(title="又一期：灯塔", date="2026-02-28"), "_posts/2026-02-28-again.md")
    save(plain("Only English", "2026-03-01", lang="en", tags="[ai]"), "_posts/2026-03-01-only.md")
    for number in range(22):
        text = plain(
            f"短讯 {number}", "2026-03-02", tags=f"[ai, 短{number % 3}]", categories="[短]"
        )
        save(text, f"_posts/2026-03-02-{number}.md")


class Robot:
    """Follows every link from the front page on."""

    def __init__(self) -> None:
        self.client = Client()
        self.pages: dict[str, Page] = {}
        self.status: dict[str, int] = {}
        self.from_where: dict[str, str] = {}
        waiting = deque(["/"])
        while waiting:
            assert len(self.pages) < MOST, "a crawl without end"
            waiting += self.read(waiting.popleft())

    def asked(self, address: str) -> int:
        """The status of an address."""
        if address not in self.status:
            self.status[address] = self.client.get(address).status_code
        return self.status[address]

    def read(self, address: str) -> list[str]:
        """The links of a page that was not read yet."""
        if address in self.status:
            return []
        response = self.client.get(address)
        self.status[address] = response.status_code
        if not response["Content-Type"].startswith("text/html") or response.status_code != 200:
            return []
        page = self.pages[address] = Page(response.content.decode())
        links = [near(address, anchor) for anchor in page.anchors]
        for link in filter(None, links):
            self.from_where.setdefault(link, address)
        return list(filter(None, links))


def near(page: str, link: str) -> str:
    """The address of this site that a link leads to, in one spelling; empty for others."""
    whole = urldefrag(urljoin(ORIGIN + page, link))[0]
    parts = urlsplit(whole)
    if not whole.startswith(f"{ORIGIN}/"):
        return ""
    return quoted(unquote(parts.path)) + (f"?{parts.query}" if parts.query else "")


@tag("long")
class Crawl(TestCase):
    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        fill()
        cls.robot = Robot()
        cls.pages, cls.status = cls.robot.pages, cls.robot.status

    def setUp(self):
        drawn = mock.patch.object(posters.Files, "picture", return_value=b"\x89PNG")
        drawn.start()
        self.addCleanup(drawn.stop)

    def lists(self) -> dict[str, Page]:
        """The lists, without those that go on further back and the results of searches."""
        return {
            address: page
            for address, page in self.pages.items()
            if "?" not in address and any(one["@type"] == "ItemList" for one in page.graph)
        }

    def test_every_link_leads_to_a_page(self):
        wrong = {
            one: self.robot.from_where[one] for one, code in self.status.items() if code != 200
        }
        self.assertEqual(wrong, {})
        self.assertGreater(len(self.pages), 100)
        for kind in ("/fa/", "/en/tags/ai/", "/sources/lamp.example/", "/feeds/", "?before="):
            self.assertTrue([one for one in self.pages if kind in unquote(one)], kind)

    def test_every_place_in_a_page_that_is_linked_to_is_in_it(self):
        for address, page in self.pages.items():
            self.assertEqual(len(page.ids), len(set(page.ids)), address)
            for anchor in page.anchors:
                if anchor.startswith("#") and len(anchor) > 1:
                    self.assertIn(unquote(anchor[1:]), page.ids, address)

    def test_each_canonical_address_is_the_page_itself_or_another_page(self):
        for address, page in self.pages.items():
            own = page.canonical.removeprefix(ORIGIN)
            self.assertTrue(page.canonical.startswith(f"{ORIGIN}/"), address)
            self.assertEqual(page.canonical, page.meta("og:url"))
            self.assertEqual(self.robot.asked(own), 200, (address, own))
            if "?" not in address:
                self.assertEqual(own, address)

    def test_structured_data_have_what_is_required_and_say_what_the_page_says(self):
        for address, page in self.pages.items():
            self.assertEqual(problems(page), [], address)

    def test_addresses_in_structured_data_are_pages(self):
        for address, page in self.pages.items():
            for node in page.graph:
                for row in node.get("itemListElement", []) + node.get("hasPart", []):
                    link = near(address, row.get("item") or row["url"])
                    self.assertEqual(self.robot.asked(link), 200, link)
            self.assertEqual(self.client.get(path(page.meta("og:image"))).status_code, 200, address)

    def test_the_feeds_of_a_list_hold_exactly_its_items(self):
        compared = 0
        for address, page in self.lists().items():
            feeds = [one["href"] for one in page.links["alternate"] if "title" in one]
            self.assertEqual(len([one for one in feeds if ".xml" in one or ".json" in one]), 3)
            (feed,) = [one for one in feeds if "feed.json" in one]
            if near(address, feed).partition("?")[0] != f"{address}feed.json":
                continue  # an index: its feeds are those of the site
            items = json.loads(self.client.get(feed).content)["items"]
            listed = [row["url"] for row in page.node("ItemList")["itemListElement"]]
            if address in ("/", "/en/", "/fa/", "/zh-hans/"):  # in the order of a paper
                self.assertLessEqual(set(listed), {one["url"] for one in items}, address)
            else:
                self.assertEqual([one["url"] for one in items], listed, address)
            compared += 1
        self.assertGreater(compared, 30)

    def test_every_feed_that_a_page_names_is_there(self):
        feeds = {
            urljoin(ORIGIN + address, one["href"]).removeprefix(ORIGIN)
            for address, page in self.pages.items()
            for one in page.links.get("alternate", [])
            if "hreflang" not in one
        }
        self.assertGreater(len(feeds), 100)
        for feed in feeds:
            self.assertEqual(self.client.get(feed).status_code, 200, feed)

    def test_languages_of_a_page_name_each_other(self):
        named = {
            ORIGIN + address: {
                one["hreflang"]: one["href"]
                for one in page.links.get("alternate", [])
                if "hreflang" in one
            }
            for address, page in self.pages.items()
        }
        self.assertGreater(len([one for one in named.values() if len(one) > 2]), 10)
        for address, links in named.items():
            self.assertTrue(not links or address in links.values(), address)
            for other in links.values():
                self.assertEqual(named.get(other), links, (address, other))
