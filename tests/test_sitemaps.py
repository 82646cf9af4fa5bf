"""The sitemap: every address once, valid by its schema, in parts that never grow too large."""

import re
from datetime import timedelta
from unittest import mock
from urllib.parse import unquote, urlsplit
from xml.etree import ElementTree

from django.db import connection
from django.test import TestCase
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from posts.models import Image, Tag
from posts.public import sitemap_parts, sitemaps
from tests.cast import digest, later, plain, save

MAP = "{http://www.sitemaps.org/schemas/sitemap/0.9}"
IMAGE = "{http://www.google.com/schemas/sitemap-image/1.1}"
NEWS = "{http://www.google.com/schemas/sitemap-news/0.9}"
LINK = "{http://www.w3.org/1999/xhtml}link"
W3C = re.compile(r"\d{4}-\d{2}-\d{2}(T\d{2}:\d{2}:\d{2}[+-]\d{2}:\d{2})?")
# What may stand in an element, in this order, as the schemas have it.
CHILDREN = {
    f"{MAP}sitemapindex": [f"{MAP}sitemap"],
    f"{MAP}sitemap": [f"{MAP}loc", f"{MAP}lastmod"],
    f"{MAP}urlset": [f"{MAP}url"],
    f"{MAP}url": [f"{MAP}loc", f"{MAP}lastmod", f"{IMAGE}image", f"{NEWS}news", LINK],
    f"{IMAGE}image": [f"{IMAGE}loc"],
}


class Sitemaps(TestCase):
    def read(self, address: str) -> ElementTree.Element:
        response = self.client.get(address)
        self.assertEqual(response.status_code, 200, address)
        root = ElementTree.fromstring(response.content)
        self.check(root)
        return root

    def check(self, element: ElementTree.Element) -> None:
        """By the schemas' rules: what stands in what and in which order, addresses, times."""
        allowed = CHILDREN.get(element.tag)
        if allowed is not None:
            order = [allowed.index(child.tag) for child in element]
            self.assertEqual(order, sorted(order), element.tag)
            self.assertGreater(len(order), 0, element.tag)
            self.assertLessEqual(len(order), 50_000)
        for child in element:
            self.check(child)
        if element.tag.endswith("}loc"):
            self.assertRegex(element.text, r"\Ahttp://127\.0\.0\.1:8000/[!-~]*\Z")
            self.assertLessEqual(len(element.text), 2048)
        if element.tag.endswith("}lastmod"):
            self.assertRegex(element.text, W3C)

    def parts(self) -> dict[str, str]:
        """The parts that the index names, with the times of their last change."""
        found = {}
        for one in self.read("/sitemap.xml"):
            loc, *stamp = (child.text for child in one)
            found[urlsplit(loc).path] = stamp[0] if stamp else ""
        return found

    def addresses(self, part: str) -> list[str]:
        return [unquote(urlsplit(url[0].text).path) for url in self.read(part)]

    def all_addresses(self) -> list[str]:
        return [address for part in self.parts() for address in self.addresses(part)]


class Whole(Sitemaps):
    def test_every_address_is_there_once_and_answers(self):
        post = save()
        save(digest(title="Harbour", lang="en"), "_posts/2026-03-06-en.md")
        save(plain("草稿", "2026-04-05", draft="true", tags="[私]"), "_posts/2026-04-05-d.md")
        found = self.all_addresses()
        self.assertEqual(len(found), len(set(found)))
        for address in found:
            self.assertEqual(self.client.get(address).status_code, 200, address)
        story = f"{post.address}第一条-灯塔换灯/"
        lists = "/ /en/ /2026/ /2026/03/ /en/2026/03/05/ /tags/港口/ /en/tags/ai/ /feeds/ /tags/"
        lists += " /en/archive/ /categories/tech/ /authors/港口编辑部/ /sources/ferry.example/"
        for address in (post.address, story, *lists.split()):
            self.assertIn(address, found)
        self.assertFalse([one for one in found if "私" in one or "/04/" in one])

    def test_the_index_says_when_parts_changed(self):
        save(plain("旧", "2025-01-05"), "_posts/2025-01-05-a.md")
        post = save()
        stamps = self.parts()
        self.assertTrue(all(stamps.values()), stamps)
        self.assertIn(post.modified_at.isoformat()[:19], stamps["/sitemap-posts-2026-03.xml"])
        with mock.patch.object(sitemaps, "LATELY", 1):
            sitemaps._saved_lately.cache_clear()
            self.addCleanup(sitemaps._saved_lately.cache_clear)
            self.assertEqual(self.parts()["/sitemap-posts-2025-01.xml"], "2025-01-05")

    def test_an_edit_is_seen_in_the_index(self):
        save()
        before = self.client.get("/sitemap.xml")
        with later(hours=1):
            save(digest(title="改了"))
            after = self.client.get("/sitemap.xml", headers={"If-None-Match": before["ETag"]})
        self.assertEqual(after.status_code, 200)

    def test_a_picture_stands_with_its_post_and_translations_with_each_other(self):
        Image.objects.create(
            path="img/a.png", file="images/aa/a.png", origin="x", width=9, height=9, size=1,
            content_type="image/png",
        )  # fmt: skip
        key = {"translation_key": "port"}
        post = save(digest(image="/img/a.png", **key))
        english = save(digest(title="Port", lang="en", **key), "_posts/2026-03-07-en.md")
        urls = {unquote(urlsplit(one[0].text).path): one for one in self.read(
            "/sitemap-posts-2026-03.xml")}  # fmt: skip
        picture = urls[post.address].find(f"{IMAGE}image/{IMAGE}loc")
        self.assertEqual(picture.text, "http://127.0.0.1:8000/media/images/aa/a.png")
        links = [
            {link.get("hreflang"): unquote(urlsplit(link.get("href")).path) for link in one}
            for one in (urls[post.address].findall(LINK), urls[english.address].findall(LINK))
        ]
        self.assertEqual(links[0], links[1])
        self.assertEqual(links[0]["en"], english.address)
        self.assertEqual(links[0]["zh-Hans"], post.address)

    def test_news_are_as_google_has_them(self):
        now = timezone.localtime().strftime("%Y-%m-%d %H:%M:%S %z")
        save(digest(date=now))
        save(plain("旧", "2025-01-05"), "_posts/2025-01-05-a.md")
        (url,) = self.read("/sitemap-news.xml")
        news = url.find(f"{NEWS}news")
        self.assertEqual(
            [child.tag.partition("}")[2] for child in news],
            ["publication", "publication_date", "title"],
        )
        self.assertEqual(news.find(f"{NEWS}publication/{NEWS}language").text, "zh-cn")


class Large(Sitemaps):
    def test_a_month_of_many_posts_has_parts_of_its_days(self):
        for number, day in enumerate((4, 5, 5, 5)):
            save(plain(f"第 {number}", f"2026-03-0{day}"), f"_posts/2026-03-0{day}-n{number}.md")
        save(plain("另一月", "2026-02-01"), "_posts/2026-02-01-a.md")
        whole = {one for one in self.all_addresses() if one.count("/") == 5}
        with mock.patch.multiple(sitemaps, POSTS=2), mock.patch.multiple(sitemap_parts, POSTS=2):
            sitemap_parts._posts.cache_clear()
            self.addCleanup(sitemap_parts._posts.cache_clear)
            parts = [one for one in self.parts() if "posts" in one]
            self.assertEqual(
                parts,
                [f"/sitemap-posts-2026-{name}.xml" for name in ("03-05", "03-05-2", "03-04", "02")],
            )
            cut = [one for one in self.all_addresses() if one.count("/") == 5]
        self.assertEqual(set(cut), whole)
        self.assertEqual(len(cut), len(whole))

    def test_labels_are_cut_by_their_numbers(self):
        save()
        last = Tag.objects.latest("pk").pk
        for number in range(3):
            save(
                plain(str(number), "2026-03-05", tags=f"[t{number}]"),
                f"_posts/2026-03-05-{number}.md",
            )
        size = max(last, 1)
        with (
            mock.patch.multiple(sitemaps, MOST=size),
            mock.patch.multiple(sitemap_parts, MOST=size),
        ):
            parts = [one for one in self.parts() if re.fullmatch(r".*-tags(-\d+)?\.xml", one)]
            self.assertGreater(len(parts), 1)
            found = [address for part in parts for address in self.addresses(part)]
        self.assertEqual(len(found), len(set(found)))
        self.assertEqual(
            {"/tags/", *(f"/tags/{one}/" for one in ("ai", "港口", "t0", "t1", "t2"))}, set(found)
        )

    def test_no_part_has_too_many_addresses(self):
        save()
        with mock.patch.object(sitemap_parts, "MOST", 2):
            self.assertEqual(len(self.addresses("/sitemap-posts-2026-03.xml")), 2)

    def test_what_is_no_part_is_not_there(self):
        save()
        for name in (
            "posts-2026-13", "posts-2026-04", "posts-2026-03-04", "posts-2026-03-05-2", "days.fr",
            "posts-2026-03.en", "pages.en", "archives-x", "archives-tags-1", "archives-tags-999",
            "x", "", "posts-2026-3", "posts-2026-03-05-0", "archives-tags.", "days.x_",
        ):  # fmt: skip
            self.assertEqual(self.client.get(f"/sitemap-{name}.xml").status_code, 404, name)

    def test_it_costs_few_queries_however_much_there_is(self):
        save()
        for number in range(12):
            save(plain(str(number), f"20{number + 10}-03-05"), f"_posts/20{number + 10}-03-05-a.md")
        for address, most in {
            "/sitemap.xml": 5, "/sitemap-days.xml": 3, "/sitemap-pages.xml": 3,
            "/sitemap-archives-tags.xml": 3, "/sitemap-posts-2026-03.xml": 3,
        }.items():  # fmt: skip
            with CaptureQueriesContext(connection) as captured:
                self.read(address)
            self.assertLessEqual(len(captured), most, address)

    def test_a_scheduled_post_is_in_no_part(self):
        save()
        soon = (timezone.localtime() + timedelta(days=40)).strftime("%Y-%m-%d %H:%M:%S %z")
        hidden = save(digest(title="以后", date=soon), "_posts/later.md")
        save(plain("另一篇", "2026-03-05"), "_posts/2026-03-05-b.md")
        with mock.patch.multiple(sitemaps, POSTS=1):
            parts = self.parts()
        self.assertFalse([one for one in parts if f"{hidden.day:%Y-%m}" in one])
        self.assertFalse([one for one in self.all_addresses() if "以后" in one])
