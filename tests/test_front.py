"""The front page: what leads it, what stands below and beside, whatever the site holds."""

import re

from django.db import connection
from django.test import TestCase
from django.test.utils import CaptureQueriesContext

from posts.caching import keys
from posts.content import hyperlinks
from posts.models import Category, Change, Image, Post, Site
from posts.publishing.sites import save_site
from tests.cast import digest, later, plain, save

AGAIN = """\
## 新闻

### {heading}

文字。

**Source:** [a]({url})
"""


def day(date: str, section: str, title: str, **more: str) -> Post:
    """A digest of two stories in a section."""
    text = digest(title=title, date=date, **more).replace("  - tech\n", f"  - {section}\n")
    return save(text, f"_posts/{date}-{section}-{more.get('lang', 'zh')}.md")


def citing(date: str, heading: str, url: str, **more: str) -> Post:
    """A digest of one story that cites one page."""
    body = AGAIN.format(heading=heading, url=url)
    return save(digest(title=f"报 {heading}", date=date, body=body, **more), f"_posts/{date}-a.md")


class Lead(TestCase):
    def lead(self, address: str = "/") -> str:
        text = self.client.get(address).content.decode()
        found = re.search(r'<article class="lead".*?</article>', text, re.S)
        assert found
        return found[0]

    def test_it_is_the_first_section_of_the_newest_day_that_has_stories(self):
        day("2026-03-05", "policy", "旧闻")
        for section in ("tech", "policy", "fintech"):
            day("2026-03-06", section, f"栏{section}")
        save(plain("没有条目", "2026-03-06", categories="[first]"), "_posts/x.md")
        for position, slug in enumerate(("first", "policy", "tech", "fintech")):
            Category.objects.filter(slug=slug).update(position=position)
        self.assertIn("栏policy", self.lead())
        Category.objects.filter(slug="policy").update(position=9)
        self.assertIn("栏tech", self.lead())

    def test_it_is_in_the_language_of_the_page_where_one_of_the_day_is(self):
        day("2026-03-06", "a", "Harbour", lang="en")
        day("2026-03-06", "z", "港口")
        self.assertIn("港口", self.lead())
        self.assertIn("Harbour", self.lead("/en/"))

    def test_it_shows_its_stories_each_with_its_sources_that_lead_to_their_archives(self):
        post = save()
        lead = self.lead()
        for story in post.card.stories:
            self.assertIn(f'<a href="{hyperlinks.quoted(post.address + story.slug)}/">', lead)
        for host in ("www.harbour.example", "ferry.example", "maps.example"):
            host = host.removeprefix("www.")
            self.assertIn(f'<a class="mark" href="/sources/{host}/"><bdi>{host}</bdi></a>', lead)
            self.assertEqual(self.client.get(f"/sources/{host}/").status_code, 200)

    def test_editors_pin_any_post_that_readers_may_see(self):
        pinned = day("2026-01-05", "tech", "钉住的")
        for number in range(25):
            save(plain(f"n{number}", "2026-03-05"), f"_posts/2026-03-05-n{number}.md")
        self.assertNotIn("钉住的", self.lead())
        save_site(Site(lead=pinned))
        self.assertIn("钉住的", self.lead())
        self.assertIn("1月5日", self.lead())
        for held in ("published: false", "expiryDate: 2026-01-06"):
            save(pinned.document.replace("layout: post", held), pinned.path)
            page = self.client.get("/")
            self.assertNotContains(page, "钉住的")
            self.assertIn(keys.card(pinned.pk), page.shown.keys)

    def test_a_pinned_post_of_these_days_stands_once(self):
        day("2026-03-06", "tech", "今天")
        pinned = day("2026-03-05", "policy", "昨天")
        save_site(Site(lead=pinned))
        self.assertIn("昨天", self.lead())
        main = self.client.get("/").content.decode().split("<main")[1]
        self.assertEqual(main.count(">昨天</a>"), 1)

    def test_its_picture_has_its_size_and_none_is_missed(self):
        Image.objects.create(
            path="img/a.png", file="images/aa/a.png", origin="x", width=1200, height=800, size=1,
            content_type="image/png",
        )  # fmt: skip
        save()
        self.assertNotIn("<img", self.lead())
        save(digest(image="/img/a.png"))
        self.assertRegex(self.lead(), r'<img src="[^"]+" width="1200" height="800"')

    def test_a_post_in_another_language_says_so(self):
        day("2026-03-06", "a", "Harbour", lang="en")
        lead = self.lead()
        self.assertIn('<article class="lead" lang="en" dir="ltr">', lead)
        self.assertIn('<span lang="zh-Hans" dir="ltr">约', lead)


class Translations(TestCase):
    def setUp(self):
        day("2026-03-06", "a", "第一")
        for language, title in (("zh", "港口"), ("en", "Harbour")):
            day("2026-03-06", "b", title, lang=language, translation_key="k")

    def main(self, address: str) -> str:
        return self.client.get(address).content.decode().split("<main")[1]

    def test_a_translation_of_the_same_day_is_a_link_of_the_post_in_the_sites_language(self):
        main = self.main("/")
        self.assertIn(">港口</a>", main)
        self.assertNotIn(">Harbour</a>", main)
        (link,) = re.findall(r'<a href="([^"]+)" rel="alternate" hreflang="en"', main)
        self.assertEqual(link, Post.objects.get(title="Harbour").address)
        self.assertIn(">Harbour</a>", self.main("/en/"))

    def test_it_stands_for_itself_on_another_day_and_where_the_original_is_not_shown(self):
        post = Post.objects.get(title="Harbour")
        save(post.document.replace("2026-03-06", "2026-03-05"), post.path)
        self.assertIn(">Harbour</a>", self.main("/"))
        save(post.document, post.path)
        chinese = Post.objects.get(title="港口")
        save(chinese.document.replace("layout: post", "published: false"), chinese.path)
        self.assertIn(">Harbour</a>", self.main("/"))

    def test_a_post_that_becomes_a_translation_changes_the_kept_page(self):
        post = Post.objects.get(title="Harbour")
        save(post.document.replace("translation_key: k\n", ""), post.path)
        shown = self.client.get("/").shown.keys
        save(post.document, post.path)
        self.assertIn(keys.card(post.pk), shown)
        noted = Change.objects.order_by("pk").values_list("keys", flat=True).last()
        self.assertIn(keys.card(post.pk), noted.split())


class Days(TestCase):
    def test_the_days_stand_newest_first_each_below_its_rule(self):
        for date in ("2026-03-01", "2026-03-03", "2025-12-31", "2026-03-02"):
            day(date, "tech", f"题{date}")
            day(date, "policy", f"二{date}")
        text = self.client.get("/").content.decode()
        rules = re.findall(r'<h2><a href="/([\d/]+)/"><time[^>]*>([^<]+)</time>', text)
        self.assertEqual(
            [address for address, _ in rules], ["2026/03/02", "2026/03/01", "2025/12/31"]
        )
        self.assertEqual(rules[0][1], "3月2日 周一")
        self.assertIn("2025年12月31日", rules[2][1])
        self.assertIn('<p class="day"><time datetime="2026-03-03">', text)

    def test_a_thousand_posts_of_one_day_lead_to_the_day(self):
        for number in range(30):
            save(plain(f"n{number}", "2026-03-05", tags="[t]"), f"_posts/2026-03-05-n{number}.md")
        page = self.client.get("/")
        self.assertContains(page, '<p class="more"><a href="/2026/03/05/">')
        self.assertEqual(len(set(re.findall(r">(n\d+)</a>", page.content.decode()))), 20)
        self.assertEqual(page.content.decode().count('class="digest"'), 5)

    def test_posts_without_stories_show_their_excerpts(self):
        save(plain("一", "2026-03-05", "头一段。"), "_posts/a.md")
        save(plain("二", "2026-03-04", "第二段。"), "_posts/b.md")
        page = self.client.get("/")
        self.assertContains(page, "头一段。")
        self.assertContains(page, "第二段。")

    def test_an_empty_site_and_a_cursor_are_no_front_page(self):
        self.assertContains(self.client.get("/"), 'class="empty"')
        self.assertEqual(self.client.get("/en/").status_code, 404)
        for number in range(25):
            save(plain(f"n{number}", "2026-03-05"), f"_posts/2026-03-05-n{number}.md")
        page = self.client.get("/")
        more = re.search(r'rel="next" href="(\?before=[^"]+)"', page.content.decode())
        assert more
        self.assertNotContains(self.client.get(f"/{more[1]}"), 'class="front')

    def test_it_holds_what_its_feeds_hold(self):
        for number in range(25):
            day(f"2026-03-{number + 1:02}", "tech", f"第{number}期")
        page = self.client.get("/").content.decode()
        shown = set(re.findall(r">(第\d+期)</a>", page.split("<main")[1]))
        entries = re.findall(
            r"<title>(第\d+期)</title>", self.client.get("/rss.xml").content.decode()
        )
        self.assertEqual(shown, set(entries))


class Rail(TestCase):
    def rail(self) -> str:
        text = self.client.get("/").content.decode()
        found = re.search(r'<aside class="rail".*?</aside>', text, re.S)
        return found[0] if found else ""

    def test_what_most_stories_cite(self):
        for number in range(3):
            day(f"2026-03-0{number + 1}", "tech", "报")
        self.assertRegex(self.rail(), r'href="/sources/ferry.example/"[^<]*</a> <small>3 ')

    def test_what_is_cited_as_often_stands_in_the_order_of_the_stories_in_every_process(self):
        hosts = [f"{name}.example" for name in ("zeta", "alpha", "mu", "beta", "omega", "chi")]
        cited = " 、 ".join(f"[{host}](https://{host}/a)" for host in hosts)
        body = f"## 新闻\n\n### 条目\n\n文字。\n\n**Source:** {cited}\n"
        for number in (1, 2):
            save(digest(date=f"2026-03-0{number}", body=body), f"_posts/2026-03-0{number}-a.md")
        self.assertEqual(re.findall(r'href="/sources/([^/"]+)/"', self.rail()), hosts)

    def test_nothing_is_most_cited_where_all_are_cited_once(self):
        save()
        self.assertEqual(self.rail(), "")

    def test_what_was_reported_before_with_its_dates(self):
        citing("2026-01-05", "旧", "https://x.example/page")
        citing("2026-02-05", "中", "https://x.example/page?utm_source=a")
        new = citing("2026-03-05", "新", "https://x.example/page")
        rail = self.rail()
        self.assertIn(f'href="{hyperlinks.quoted(new.address)}', rail)
        self.assertEqual(re.findall(r"<time[^>]*>([^<]+)</time>", rail), ["2月5日", "1月5日"])

    def test_no_other_language_of_the_day_and_no_front_page_of_a_source_is_coverage(self):
        citing("2026-01-05", "旧", "https://x.example/")
        citing("2026-03-05", "新", "https://x.example/")
        self.assertNotIn("<time", self.rail())
        save(digest(lang="en"), "_posts/en.md")
        save()
        self.assertNotIn("<time", self.rail())

    def test_an_earlier_report_that_comes_or_goes_makes_the_page_another(self):
        new = citing("2026-03-05", "新", "https://x.example/page")
        shown = self.client.get("/").shown
        page = hyperlinks.page_key("https://x.example/page")
        self.assertLessEqual({keys.cited(page), keys.card(new.pk)}, shown.keys)
        old = citing("2026-01-05", "旧", "https://x.example/page", expiryDate="2099-01-01")
        shown = self.client.get("/").shown
        self.assertIn(keys.card(old.pk), shown.keys)
        self.assertIn("1月5日", self.rail())
        citing("2026-01-05", "旧", "https://x.example/page", published="false")
        self.assertNotIn("1月5日", self.rail())

    def test_what_was_changed_since_readers_had_it(self):
        post = save()
        self.assertEqual(self.rail(), "")
        with later(days=1):
            save(post.document.replace("换成了", "换了"), post.path)
            self.assertIn(post.title, self.rail())


class Costs(TestCase):
    def test_five_queries_with_a_pinned_lead_and_coverage(self):
        pinned = day("2025-01-05", "tech", "钉住的")
        save_site(Site(lead=pinned))
        for number in range(24):
            day(f"2026-03-{number + 1:02}", "tech", "报")
        for address in ("/", "/zh/", "/"):
            with CaptureQueriesContext(connection) as captured:
                self.client.get(address)
            self.assertLessEqual(len(captured), 5)
        self.assertContains(self.client.get("/"), "钉住的")
        self.assertIn("<small><a", self.client.get("/").content.decode())
