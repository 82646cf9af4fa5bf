"""Whatever entries hold: feeds are well-formed, and say it."""

import json
from datetime import UTC, datetime, timedelta, timezone
from email.utils import format_datetime, parsedate_to_datetime
from html import unescape
from unittest import TestCase
from xml.etree import ElementTree

from hypothesis import given, settings
from hypothesis import strategies as st

from posts.public.distant import clean
from posts.public.formats import Channel, Item, _rfc2822, atom, json_feed, rss

ATOM = "{http://www.w3.org/2005/Atom}"
CONTENT = "{http://purl.org/rss/1.0/modules/content/}encoded"
TEXTS = st.text(
    st.one_of(st.characters(exclude_categories=()), st.sampled_from("<>&\"'\n\t]\u2028 港ع")),
    max_size=12,
).map(clean)
ADDRESSES = st.sampled_from(["https://a.example/", "https://a.example/?a=1&b='2'"])
TIMES = st.datetimes(
    datetime(1, 1, 2), datetime(9999, 12, 30), timezones=st.just(UTC)
)  # as databases give them
ITEMS = st.builds(
    Item,
    title=TEXTS,
    link=ADDRESSES,
    guid=st.just("urn:uuid:1"),
    published=TIMES,
    updated=TIMES,
    summary=TEXTS,
    html=TEXTS,
    language=st.sampled_from(["", "fa", "zh-hans"]),
    direction=st.sampled_from(["ltr", "rtl"]),
    authors=st.lists(TEXTS, max_size=2),
    labels=st.lists(TEXTS, max_size=2),
    sources=st.lists(st.tuples(TEXTS, ADDRESSES), max_size=2),
    external=ADDRESSES | st.just(""),
    picture=st.none() | st.just(("https://a.example/a.png?b&c", 12, "image/png")),
)
CHANNELS = st.builds(Channel, TEXTS, ADDRESSES, ADDRESSES, TEXTS, st.just("en"), TEXTS)


def lines(text: str) -> str:
    """As XML has them: a carriage return is the end of a line."""
    return text.replace("\r\n", "\n").replace("\r", "\n")


class Formats(TestCase):
    @settings(max_examples=150, deadline=None)
    @given(CHANNELS, st.lists(ITEMS, max_size=3))
    def test_rss(self, channel, items):
        found = ElementTree.fromstring(rss(channel, items)).find("channel")
        self.assertEqual(unescape(found.findtext("title")), unescape(lines(channel.title)))
        for item, element in zip(items, found.findall("item"), strict=True):
            self.assertEqual(element.findtext("link"), item.link)
            self.assertEqual(element.findtext(CONTENT) or "", lines(item.html))
            self.assertEqual(len(element.findall("category")), len(item.labels))
            via = [(one.get("title"), one.get("href")) for one in element.findall(f"{ATOM}link")]
            self.assertEqual(via, item.sources)

    @settings(max_examples=150, deadline=None)
    @given(CHANNELS, st.lists(ITEMS, max_size=3))
    def test_atom(self, channel, items):
        root = ElementTree.fromstring(atom(channel, items))
        self.assertEqual(root.findtext(f"{ATOM}title"), lines(channel.title))
        for item, entry in zip(items, root.findall(f"{ATOM}entry"), strict=True):
            self.assertEqual(entry.findtext(f"{ATOM}title"), lines(item.title))
            self.assertEqual(entry.findtext(f"{ATOM}content") or "", lines(item.html))
            terms = [one.get("term") for one in entry.findall(f"{ATOM}category")]
            self.assertEqual(terms, item.labels)
            names = [one.findtext(f"{ATOM}name") for one in entry.findall(f"{ATOM}author")]
            self.assertEqual(names, [lines(name) for name in item.authors])
            self.assertEqual(datetime.fromisoformat(entry.findtext(f"{ATOM}updated")), item.updated)

    @settings(max_examples=50, deadline=None)
    @given(CHANNELS, st.lists(ITEMS, max_size=3))
    def test_json(self, channel, items):
        feed = json.loads(json_feed(channel, items))
        self.assertEqual(feed["title"], channel.title)
        for item, entry in zip(items, feed["items"], strict=True):
            self.assertEqual(entry["title"], item.title)
            self.assertEqual(entry.get("content_html", ""), item.html)

    @given(TIMES, st.integers(-12, 12))
    def test_dates_of_rss_are_those_of_mail(self, time, hours):
        self.assertEqual(_rfc2822(time), format_datetime(time))
        elsewhere = time.astimezone(timezone(timedelta(hours=hours)))
        if time.year >= 1000:
            self.assertEqual(
                parsedate_to_datetime(_rfc2822(elsewhere)), time.replace(microsecond=0)
            )
