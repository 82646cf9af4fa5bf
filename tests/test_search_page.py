"""The page of a search: what it counts, hints at, offers instead, and what it costs."""

import json
import re
from unittest import skipUnless
from urllib.parse import unquote, urlsplit

from django.db import connection
from django.test.utils import CaptureQueriesContext

from posts import publishing
from posts.models import Tag
from posts.public.searches import facets
from tests.cast import digest, later, plain, save
from tests.support.searching import Searching

MOST_QUERIES = 6


class Page(Searching):
    @classmethod
    def setUpTestData(cls):
        cls.port = save()
        for n in range(1, 25):
            text = digest(title=f"灯塔之 {n}", date=f"2025-01-{n:02}").replace("  - ai\n", "")
            save(text, f"_posts/2025-01-{n:02}-light.md")
        cls.english = save(
            plain("Harbour lights", "2026-03-04", "The lighthouse <b>was</b> rebuilt.", lang="en",
                  tags="[ai]", author="Ann"), "_posts/2026-03-04-en.md",
        )  # fmt: skip

    def test_pages_go_on_by_time_and_hold_each_post_once(self):
        first = self.page("灯塔")
        address = first.partition('<a rel="next nofollow" href="')[2].partition('"')[0]
        second = self.client.get(address.replace("&amp;", "&")).content.decode()
        one, two = self.found("灯塔"), second.count('<article class="result"')
        self.assertEqual((len(one), two), (20, 5))
        self.assertEqual(one[0], self.port.address)
        self.assertNotIn('rel="next', second)

    def test_facets_count_what_was_found_and_each_narrows_to_it(self):
        text = self.page("灯塔")
        self.assertIn("<bdi>2025</bdi></a> <small>24</small>", text)
        self.assertIn("<bdi>ai</bdi></a> <small>1</small>", text)
        self.assertNotIn("<bdi>港口编辑部</bdi></a> <small>", text)  # all of them: narrows nothing
        self.assertEqual(self.found("灯塔 tag:ai"), [self.port.address])
        self.assertEqual(len(self.found("灯塔 date:2025")), 20)

    def test_what_was_not_counted_to_its_end_is_said_to_be_more(self):
        most, facets.MOST = facets.MOST, 10
        self.addCleanup(setattr, facets, "MOST", most)
        self.assertIn("<bdi>2025</bdi></a> <small>9+</small>", self.page("灯塔"))

    def test_active_filters_are_shown_by_name_and_can_be_taken_away(self):
        Tag.objects.filter(slug="ai").update(name="人工智能")
        text = self.page("灯塔 tag:ai")
        self.assertIn("人工智能</bdi>", text)
        self.assertIn('href="/search/?q=%E7%81%AF%E5%A1%94"', text)

    def test_a_renamed_or_merged_label_finds_its_posts_by_either_name_at_once(self):
        tag = Tag.objects.get(slug="ai")
        tag.name = "人工智能"
        publishing.save_row(tag)
        both = {self.port.address, self.english.address}
        for q in ("人工智能", "tag:人工智能", "tag:ai", "標籤：人工智能"):
            self.assertEqual(set(self.found(q)), both, q)
        publishing.start_merge(Tag.objects.get(slug="港口"), tag)
        publishing.run_all()
        self.assertEqual(len(self.found("tag:人工智能")), 20)
        self.assertEqual(len(self.found("tag:港口 date:2025")), 20)

    def test_a_list_of_labels_is_any_of_them(self):
        self.assertEqual(len(self.found("tag:ai,港口 after:2026")), 2)
        self.assertEqual(len(self.found("tag:ai，没有的 after:2026")), 2)
        self.assertIn("没有的", self.text("tag:ai，没有的"))

    def test_a_label_that_does_not_exist_is_named_with_one_that_is_nearly_called_so(self):
        text = self.text("tag:港囗")
        self.assertIn("港囗”", text)
        self.assertEqual(self.found("tag:港囗"), [])
        self.assertIn("tag:ai</b>", self.text("tag:aii"))

    def test_a_mistaken_word_is_mended_from_labels_and_titles(self):
        self.assertIn("Harbour</b>", self.text("harbuor"))
        self.assertIn("lights</b>", self.text("lihgts"))
        self.assertNotIn("instead", self.text("zzzzzz"))

    def test_markup_of_a_post_is_text(self):
        self.assertIn("<mark>lighthouse</mark> was rebuilt", self.text("lighthouse"))
        self.assertIn("&lt;script&gt;", self.text("<script>alert(1)</script>"))
        self.assertNotIn("<script>alert", self.page("<script>alert(1)</script>"))

    def test_a_language_has_a_search_of_its_own(self):
        self.assertEqual(self.found("tag:ai", "/en/search/"), [self.english.address])
        self.assertEqual(self.fed("tag:ai", "/en/search/"), [self.english.address])
        self.assertEqual(len(self.found("tag:ai", "/search/")), 2)
        self.assertEqual(self.found("tag:ai", "/zh-hans/search/"), [self.port.address])
        self.assertEqual(self.client.get("/fr/search/?q=ai").status_code, 404)

    def test_the_empty_page_explains_itself_and_only_it_may_be_indexed(self):
        text = self.page("")
        self.assertIn("tag:ai -category:tech</code>", text)
        self.assertIn(self.port.address, text)
        self.assertNotIn("noindex", text)
        self.assertIn("noindex, follow", self.page("灯塔"))

    def test_the_feed_is_the_newest_first_list_and_goes_on(self):
        self.assertEqual(self.fed("灯塔"), self.found("灯塔"))
        rss = self.client.get("/search/rss.xml?q=灯塔").content.decode()
        self.assertIn('rel="next"', rss)
        self.assertEqual(self.fed("zzz"), [])
        self.assertEqual(self.fed(""), [])
        self.assertEqual(self.fed("after:never ((("), [])

    def test_the_feeds_that_a_page_names_hold_what_it_shows(self):
        for more in ("", "&in=stories"):
            text = self.client.get(f"/search/?q=灯塔 tag:港口{more}").content.decode()
            shown = self.results_of(text)
            links = re.findall(
                r'<link rel="alternate" type="application/\S+" [^>]*href="([^"]+)"', text
            )
            self.assertEqual(len(links), 3)
            for link in links:
                answer = self.client.get(link.replace("&amp;", "&"))
                self.assertEqual(answer.status_code, 200, link)
                if "json" in link:
                    entries = json.loads(answer.content)["items"]
                    addresses = [unquote(urlsplit(entry["url"]).path) for entry in entries]
                    self.assertEqual(addresses, shown)
                else:
                    entry = b"<item>" if "rss" in link else b"<entry "
                    self.assertEqual(answer.content.count(entry), len(shown))

    def test_other_spellings_of_its_address_lead_there(self):
        response = self.client.get("/search?q=灯塔")
        self.assertEqual(response.status_code, 301)
        self.assertTrue(response["Location"].startswith("/search/?q="))

    def test_suggestions_begin_with_what_was_typed(self):
        self.assertEqual(self.suggested("港")[0], "港口")
        self.assertEqual(self.suggested("云 harbour.e"), ["harbour.example"])
        self.assertEqual(self.suggested("港", "/en/search/")[0], "港口")
        self.assertEqual(self.suggested(""), [])

    def test_at_most_six_queries_whatever_is_asked(self):
        asked = [
            "?q=灯塔", "?q=灯塔&order=relevance", "?q=灯塔&in=stories&order=relevance", "?q=",
            "?q=灯塔&order=relevance&from=20", "?q=tag:ai+after:2020", "?q=harbuor", "?q=tag:aii",
            "rss.xml?q=灯塔", "feed.json?q=灯塔&items=stories", "atom.xml?q=", "suggest.json?q=a",
        ]  # fmt: skip
        address = self.page("灯塔").partition('<a rel="next nofollow" href="/search/')[2]
        asked.append(address.partition('"')[0].replace("&amp;", "&"))
        for one in asked:
            with CaptureQueriesContext(connection) as queries:
                self.assertEqual(self.client.get(f"/search/{one}").status_code, 200)
            self.assertLessEqual(len(queries), MOST_QUERIES, one)


@skipUnless(connection.vendor == "sqlite", "PostgreSQL reads small tables from end to end")
class Plans(Searching):
    def test_labels_facets_and_suggestions_are_read_from_indexes(self):
        save()
        large = "|".join(["post", *(f"post{one}" for one in ("tag", "category", "author")), "tag",
                          "category", "author", "source", "citation", "story"])  # fmt: skip
        walk = re.compile(rf"SCAN (?:posts_(?:{large})\b|own|other|U\d)")
        asked = ["?q=港口+tag:ai+source:harbour.example", "suggest.json?q=港", "?q=aix"]
        for one in asked:
            with CaptureQueriesContext(connection) as queries:
                self.client.get(f"/search/{one}")
            for query in queries.captured_queries:
                if "facet-" in query["sql"] or "folded" in query["sql"]:
                    with connection.cursor() as cursor:
                        cursor.execute("EXPLAIN QUERY PLAN " + query["sql"].replace("%", "%%"))
                        plan = "\n".join(row[-1] for row in cursor.fetchall())
                    self.assertNotRegex(plan, walk, query["sql"])


class Hidden(Searching):
    def test_what_readers_may_not_see_is_in_no_result_count_or_suggestion(self):
        save()
        for n, keys in enumerate(({"draft": "true"}, {"expiryDate": "2026-03-06"})):
            text = plain("灯塔 Geheim", "2026-03-05", "灯塔的秘密。", tags="[geheimnis]",
                         author="Geheimrat", **keys)  # fmt: skip
            save(text, f"_posts/2026-03-05-geheim{n}.md")
        future = plain("灯塔 Geheim", "2099-03-05", "灯塔的秘密。", tags="[geheimnis]")
        save(future, "_posts/2099-03-05-geheim.md")
        for q in ("灯塔", "秘密", "tag:geheimnis", "geheimniss", "author:Geheimrat", "gehem"):
            for more in ({}, {"order": "relevance"}, {"in": "stories"}):
                text = self.text(q, **more).replace(q, "")
                self.assertNotIn("秘密</mark>", text)
                self.assertNotIn(
                    "eheim",
                    text.lower()
                    .replace("eheimniss", "")
                    .replace(q.lower().partition(":")[2] or q.lower(), ""),
                    q,
                )
            self.assertLessEqual(len(self.fed(q)), 1, q)
        self.assertEqual(self.suggested("geh"), [])
        nobody = self.text("tag:niemandes").replace("niemandes", "X")
        self.assertEqual(self.text("tag:geheimnis").replace("geheimnis", "X"), nobody)

    def test_a_post_that_expires_is_no_longer_found_by_the_clock_alone(self):
        save(plain("Lamp", "2026-03-05", tags="[lamp]", expiryDate="2099-01-01"), "_posts/lamp.md")
        self.assertEqual(len(self.found("lamp")), 1)
        with later(days=365 * 80):
            self.assertEqual(self.found("lamp"), [])
            self.assertEqual(self.suggested("lam"), [])


class Hostile(Searching):
    QUERIES = [
        '"((((', "NEAR(a b)", "*", "a*", "a OR b AND NOT c", "{title}: x", "col:x", "^a", '"', '""',
        "'; DROP TABLE x; --", "%00", "%", "_", "\\", "a\\", "'", "&|!", "!!a & (b", "<->",
        "-", "--", "-a", '-"', "tag:", "tag:%00", "before:9999", "before:0001",
        "date:0001", "after:9999-12-31", "after:0001", "date:9999-12-31",
        "tag:" + "x" * 500, "云" * 305, "𠀀𠀁", "\u202e\u200b", "🎉", "ﷺ", "a" * 61,
        "lang:" + "x" * 50,
        "tag:../..", "source:https://[::1", "source:http://", "source:a@b", "author:／",
        " ".join(f"w{n}" for n in range(500)), " ".join(f"-w{n}" for n in range(20)),
        " ".join(f"tag:t{n}" for n in range(50)), "\ud7ff", "t=ai", "tag:ai tag:ai", "-tag:nichts",
    ]  # fmt: skip

    def test_nothing_that_is_asked_is_an_error(self):
        save()
        for q in self.QUERIES:
            for more in ({}, {"order": "relevance"}, {"in": "stories"}):
                self.page(q, **more)
            self.fed(q)
            self.fed(q, items="stories")
            self.suggested(q)

    def test_odd_parameters_are_no_error(self):
        save()
        for address in (
            "/search/?q=%ff", "/search/?q[]=a", "/search/?q=a&q=b", "/search/?q=a&order=x&in=y",
            "/search/?q=a&order=relevance&from=-1", "/search/?q=a&order=relevance&from=%D9%A3",
            f"/search/?q=a&order=relevance&from={2**63}", "/search/rss.xml?q=%ff&items=x",
            "/search/suggest.json?q=%00", f"/search/?{'a=b&' * 900}q=a", "/search/rss.xml",
            "/search/suggest.json", "/opensearch.xml",
        ):  # fmt: skip
            self.assertIn(self.client.get(address).status_code, (200, 400), address)
        for cursor in ("x", "1~", f"{2**63}~1", "1~-1", "~", "1~1~1"):
            status = self.client.get(f"/search/?q=灯塔&before={cursor}").status_code
            self.assertIn(status, (200, 404), cursor)
