"""Feeds go on behind their newest entries: pages and archives, by RFC 5005."""

import json
from datetime import datetime, timedelta
from unittest import mock
from urllib.parse import urlsplit
from xml.etree import ElementTree

import feedparser
from django.test import TestCase
from django.utils import timezone

from tests.cast import digest, plain, save

ATOM = "{http://www.w3.org/2005/Atom}"
ARCHIVE = "{http://purl.org/syndication/history/1.0}archive"
NOW = datetime.fromisoformat("2026-03-10T12:00:00+08:00")


class Reader(TestCase):
    def setUp(self):
        self.at(NOW)

    def at(self, time: datetime) -> None:
        clock = mock.patch.object(timezone, "now", return_value=time)
        clock.start()
        self.addCleanup(clock.stop)

    def atom(self, address: str) -> ElementTree.Element:
        response = self.client.get(address)
        self.assertEqual(response.status_code, 200, address)
        return ElementTree.fromstring(response.content)

    def link(self, document: ElementTree.Element, relation: str) -> str:
        found = document.find(f"{ATOM}link[@rel='{relation}']")
        if found is None:
            return ""
        parts = urlsplit(found.get("href"))
        return f"{parts.path}?{parts.query}"

    def titles(self, document: ElementTree.Element) -> list[str]:
        return [one.text for one in document.iterfind(f"{ATOM}entry/{ATOM}title")]

    def followed(self, address: str, relation: str) -> list[ElementTree.Element]:
        """A document and all that it leads to."""
        found = []
        while address:
            found.append(self.atom(address))
            address = self.link(found[-1], relation)
            self.assertLess(len(found), 60)
        return found


def fill(count: int = 50, hours: int = 30, **keys: str) -> list[str]:
    """Posts back from now, the newest first; their titles."""
    titles = []
    for number in range(count):
        time = NOW - timedelta(hours=1 + number * hours)
        titles.append(f"n{number:03}")
        save(plain(titles[-1], time.isoformat(), **keys), f"_posts/{titles[-1]}.md")
    return titles


class Pages(Reader):
    def test_every_entry_stands_in_one_page_each(self):
        titles = fill()
        for start in ("/", "/2026/"):
            pages = self.followed(f"{start}atom.xml", "next")
            found = [title for page in pages for title in self.titles(page)]
            if start == "/":
                self.assertEqual(found, titles)
                self.assertEqual(len(pages), 3)
            self.assertEqual(len(found), len(set(found)))
            for page in pages[1:]:
                self.assertEqual(self.link(page, "first"), f"{start}atom.xml?")

    def test_pages_keep_what_was_asked_for(self):
        fill()
        for page in self.followed("/atom.xml?content=summary", "next")[:-1]:
            self.assertIn("content=summary", self.link(page, "next"))
            self.assertIsNone(page.find(f"{ATOM}entry/{ATOM}content"))

    def test_rss_and_json_go_on_too(self):
        titles = fill(25)
        rss = feedparser.parse(self.client.get("/rss.xml").content)
        following = [link["href"] for link in rss.feed.links if link["rel"] == "next"]
        rest = feedparser.parse(self.client.get(following[0]).content)
        found = json.loads(self.client.get("/feed.json").content)
        more = json.loads(self.client.get(found["next_url"]).content)
        self.assertEqual([one.title for one in (*rss.entries, *rest.entries)], titles)
        self.assertEqual([one["title"] for one in (*found["items"], *more["items"])], titles)
        self.assertNotIn("next_url", more)

    def test_what_is_no_cursor_is_not_there(self):
        fill(2)
        for query in ("before=x", "before=1~2~3", "archive=x", "archive=2026-2", "archive=0001-01",
                      "archive=2026-13", "archive=9999-12", "archive=1999-01"):  # fmt: skip
            for kind in ("rss.xml", "atom.xml", "feed.json"):
                self.assertEqual(self.client.get(f"/{kind}?{query}").status_code, 404, query)


class Archives(Reader):
    def test_the_newest_document_and_its_archives_hold_every_entry(self):
        titles = fill(tags="[ai]", lang="en", categories="[tech]")
        for start in ("/", "/tags/ai/", "/en/", "/categories/tech/", "/en/tags/ai/"):
            documents = self.followed(f"{start}atom.xml", "prev-archive")
            archived = [title for one in documents[1:] for title in self.titles(one)]
            self.assertEqual(len(archived), len(set(archived)))
            self.assertEqual({*self.titles(documents[0]), *archived}, set(titles), start)
            for one in documents[1:]:
                self.assertIsNotNone(one.find(ARCHIVE))
                self.assertEqual(self.link(one, "current"), f"{start}atom.xml?")
                self.assertEqual(one.findtext(f"{ATOM}id"), documents[0].findtext(f"{ATOM}id"))
            self.assertIsNone(documents[0].find(ARCHIVE))

    def test_stories_of_a_source_have_archives(self):
        save(digest(), "_posts/2026-03-05-port.md")
        save(digest(title="Old").replace("2026-03-05", "2026-01-05"), "_posts/2026-01-05-old.md")
        documents = self.followed("/sources/harbour.example/atom.xml", "prev-archive")
        self.assertEqual([len(self.titles(one)) for one in documents], [2, 1, 1])

    def test_archives_stay_as_they_are_when_posts_come(self):
        fill()
        before = {self.link(one, "self"): ElementTree.tostring(one)
                  for one in self.followed("/atom.xml", "prev-archive")[1:]}  # fmt: skip
        save(plain("new", NOW.isoformat()), "_posts/new.md")
        after = {self.link(one, "self"): ElementTree.tostring(one)
                 for one in self.followed("/atom.xml", "prev-archive")[1:]}  # fmt: skip
        self.assertEqual(after, before)
        for address in before:
            self.assertIn(self.client.get(address)["ETag"], self.client.get(address)["ETag"])

    def test_the_days_of_a_month_become_one_archive_when_it_is_over(self):
        titles = fill()
        first = self.link(self.atom("/atom.xml"), "prev-archive")
        self.assertEqual(first, "/atom.xml?archive=2026-03-09")
        self.at(NOW + timedelta(days=30))
        documents = self.followed("/atom.xml", "prev-archive")
        self.assertEqual(self.link(documents[0], "prev-archive"), "/atom.xml?archive=2026-03")
        archived = [title for one in documents[1:] for title in self.titles(one)]
        self.assertEqual(archived, titles)
        self.assertEqual(self.client.get(first).status_code, 200)  # for who knows its address

    def test_a_month_that_holds_much_comes_in_parts(self):
        titles = fill(80, hours=1, tags="[ai]")
        self.at(NOW + timedelta(days=60))
        documents = self.followed("/tags/ai/atom.xml", "prev-archive")
        self.assertEqual([len(self.titles(one)) for one in documents], [20, 60, 20])
        archived = [title for one in documents[1:] for title in self.titles(one)]
        self.assertEqual(archived, titles)

    def test_no_archive_is_of_a_time_that_is_not_over(self):
        fill(3)
        for name in ("2026-03", "2026-03-10", "2026-03-11", "2027-01"):
            self.assertEqual(self.client.get(f"/atom.xml?archive={name}").status_code, 404, name)

    def test_posts_that_are_not_public_are_in_no_archive_and_make_none(self):
        save(plain("draft", "2026-01-01", draft="true"), "_posts/draft.md")
        save(plain("old", "2026-02-01", expiryDate="2026-02-03"), "_posts/expired.md")
        save(plain("one", "2026-03-01"), "_posts/one.md")
        documents = self.followed("/atom.xml", "prev-archive")
        self.assertEqual([self.titles(one) for one in documents], [["one"], ["one"]])
        for name in ("2026-01", "2026-02"):
            self.assertEqual(self.client.get(f"/atom.xml?archive={name}").status_code, 404)

    def test_the_newest_document_is_right_until_the_day_or_the_month_is_over(self):
        fill(3)
        self.assertEqual(
            self.client.get("/atom.xml").shown.until,
            datetime.fromisoformat("2026-03-11T00:00:00+08:00"),
        )
        self.at(NOW + timedelta(days=2))
        self.assertEqual(
            self.client.get("/atom.xml").shown.until,
            datetime.fromisoformat("2026-04-01T00:00:00+08:00"),
        )
        self.at(NOW + timedelta(days=60))
        self.assertIsNone(self.client.get("/atom.xml").shown.until)

    def test_feeds_by_date_are_archives_themselves(self):
        fill(5)
        self.assertEqual(self.link(self.atom("/2026/03/atom.xml"), "prev-archive"), "")
        self.assertEqual(self.client.get("/2026/03/atom.xml?archive=2026-02").status_code, 404)


class Said(Reader):
    def test_who_wrote_it_is_always_said(self):
        save(plain("nobody", "2026-03-01"), "_posts/nobody.md")
        entry = json.loads(self.client.get("/feed.json").content)["items"][0]
        self.assertEqual(entry["authors"], [{"name": "Newsroom"}])
        for kind in ("rss.xml", "atom.xml"):
            parsed = feedparser.parse(self.client.get(f"/{kind}").content)
            self.assertEqual(parsed.entries[0].author, "Newsroom")

    def test_a_feed_has_the_sites_icon(self):
        save()
        found = json.loads(self.client.get("/feed.json").content)
        self.assertTrue(found["icon"].startswith("http://127.0.0.1:8000/static/"))
        icon = self.atom("/atom.xml").findtext(f"{ATOM}icon")
        self.assertEqual(icon, found["icon"])
