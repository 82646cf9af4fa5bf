"""Feeds for people: the builder, and lists of feeds for readers' programs."""

from html import unescape
from urllib.parse import parse_qs, urlsplit
from xml.etree import ElementTree

from django.http import QueryDict
from django.test import SimpleTestCase, TestCase

from posts.content.querying import LONGEST, Filter, parse
from posts.public.subscribe import Mix
from tests.cast import digest, plain, save
from tests.support.readers import Site


class Mixes(SimpleTestCase):
    def query(self, text: str) -> str:
        return Mix.of(QueryDict(text)).query

    def test_any_mix_becomes_a_query(self):
        for given, wanted in {
            "": "",
            "words=++云计算+": "云计算",
            "tags=ai": "tag:ai",
            "tags=ai，+芯片、cloud+native": 'tag:"ai,芯片,cloud native"',
            "category=tech&category=科技": "category:tech,科技",
            "sources=wsj.com&authors=某人": "source:wsj.com author:某人",
            "words=oracle&tags=ai&without=gpu,a+b": 'oracle tag:ai -tag:gpu -tag:"a b"',
            'tags=a"b,,"': "tag:ab",
        }.items():
            self.assertEqual(self.query(given), wanted)

    def test_what_was_chosen_is_read_again_as_filters(self):
        found = parse(self.query("words=云&tags=ai,cloud native&without=gpu&sources=wsj.com"))
        self.assertEqual(
            set(found.filters),
            {
                Filter("tag", "ai,cloud native"),
                Filter("source", "wsj.com"),
                Filter("tag", "gpu", excluded=True),
            },
        )
        self.assertEqual([word.text for word in found.words], ["云"])

    def test_the_cut_stands_in_the_address(self):
        mix = Mix.of(QueryDict("tags=ai&items=stories&content=summary"))
        self.assertEqual(mix.parameters, "content=summary&items=stories&q=tag%3Aai")
        self.assertEqual(Mix.of(QueryDict("tags=ai&items=x")).parameters, "q=tag%3Aai")


class Pages(TestCase):
    def test_the_page_names_the_feeds_of_the_site_and_of_its_sections(self):
        save()
        page = self.client.get("/feeds/").content.decode()
        for address in ("/rss.xml", "/atom.xml", "/feed.json", "/rss.xml?items=stories",
                        "/rss.xml?content=summary", "/categories/tech/rss.xml"):  # fmt: skip
            self.assertIn(f'href="{address}"', page)

    def test_a_feed_is_built_without_script(self):
        save()
        page = self.client.get("/feeds/?tags=ai&category=tech&items=stories")
        text = unescape(page.content.decode())
        address = "http://127.0.0.1:8000/search/rss.xml?items=stories&q=category%3Atech+tag%3Aai"
        self.assertIn(f'href="{address}"', text)
        self.assertIn('value="tech" checked', text)
        self.assertIn('name="robots" content="noindex', text)

    def test_nothing_chosen_and_too_much_are_said(self):
        save()
        self.assertContains(self.client.get("/feeds/?words="), 'role="alert"')
        names = ",".join(f"name{n}" for n in range(LONGEST // 6))
        page = self.client.get("/feeds/", {"tags": names})
        self.assertContains(page, 'role="alert"')
        self.assertNotContains(page, "/search/rss.xml")

    def test_what_is_typed_stays_text(self):
        save()
        for name in ("words", "tags", "without", "category"):
            page = self.client.get("/feeds/", {name: "\"'><script>alert(1)</script>&"})
            self.assertNotContains(page, "<script>alert")

    def test_a_language_has_a_page_of_its_own(self):
        save(digest(lang="en"))
        page = self.client.get("/en/feeds/?tags=ai")
        self.assertContains(page, "http://127.0.0.1:8000/en/search/rss.xml?q=tag%3Aai")
        self.assertEqual(self.client.get("/xx/feeds/").status_code, 404)


class Opml(TestCase):
    def outlines(self, address: str) -> list[tuple[str, str]]:
        response = self.client.get(address)
        self.assertEqual(response.status_code, 200)
        found = ElementTree.fromstring(response.content).iter("outline")
        return [(one.get("text"), one.get("xmlUrl")) for one in found]

    def test_it_holds_the_site_and_every_section(self):
        for number in range(12):
            save(plain("x", "2026-03-01", categories=f"[Section {number}]"), f"_posts/n{number}.md")
        found = self.outlines("/feeds.opml")
        self.assertEqual(len(found), 13)
        self.assertEqual(found[0], ("Newsroom", "http://127.0.0.1:8000/rss.xml"))

    def test_it_holds_what_was_chosen(self):
        save()
        ((text, address),) = self.outlines("/feeds.opml?q=tag%3Aai+%3Cb%3E&items=stories")
        self.assertEqual(text, "tag:ai <b> · Newsroom")
        self.assertEqual(
            parse_qs(urlsplit(address).query), {"q": ["tag:ai <b>"], "items": ["stories"]}
        )


class Kept(TestCase):
    def test_what_is_built_for_one_reader_takes_no_memory_from_pages(self):
        save()
        site = Site()
        for address in ("/feeds.opml", "/feeds/"):
            site.ask(address)
        for number in range(5):
            site.ask(f"/feeds.opml?q={number}")
            site.ask(f"/feeds/?words={number}")
        self.assertEqual(len(site.front.store), 2)
        self.assertEqual(site.renderings, 12)
