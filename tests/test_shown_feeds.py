"""Feeds, sitemaps and redirects say what they show, by the keys that changes name."""

from datetime import date, timedelta

from django.contrib.auth.models import User
from django.test import TestCase
from django.utils import timezone

from posts import publishing
from posts.caching import keys
from posts.models import Post, Redirect, Source, Tag
from tests.cast import digest, later, plain, save

FEEDS = ("rss.xml", "atom.xml", "feed.json")
QUERIES = ("", "?items=stories", "?content=summary", "?items=stories&content=summary")


class Showing(TestCase):
    def shown(self, address: str, status: int = 200) -> keys.Shown:
        response = self.client.get(address)
        self.assertEqual(response.status_code, status, address)
        return response.shown


class Feeds(Showing):
    def test_a_feed_carries_its_posts_with_their_texts_its_label_its_time_and_the_labels(self):
        posts = [
            save(plain(f"n{n}", f"2026-02-{n:02}", tags="[t]"), f"_posts/2026-02-{n:02}-n.md")
            for n in range(1, 24)
        ]
        tag = Tag.objects.get(slug="t")
        for name in FEEDS:
            for query in QUERIES:
                shown = self.shown(f"/tags/t/{name}{query}").keys
                self.assertLessEqual({f"p{post.pk}" for post in posts[3:]}, shown)
                self.assertNotIn(f"p{posts[2].pk}", shown)
                self.assertLessEqual({f"t{tag.pk}", f"t{tag.pk}@new"}, shown)
                self.assertNotIn(f"t{tag.pk}@", shown)
                now = timezone.now()
                for post in posts[3:]:
                    self.assertTrue(shown & set(keys.at(f"t{tag.pk}", post.published_at, now)))

    def test_a_feed_of_all_there_is_carries_the_whole_list(self):
        save(digest())
        save(plain("n", "2026-02-01", lang="en", tags="[ai]"), "_posts/2026-02-01-n.md")
        tag, source = Tag.objects.get(slug="ai"), Source.objects.get(host="ferry.example")
        for address, scope in {
            "/": "all@",
            "/en/": "all.en@",
            "/tags/ai/": f"t{tag.pk}@",
            "/en/tags/ai/": f"t{tag.pk}.en@",
            "/sources/ferry.example/": f"s{source.pk}@",
            "/2026/03/05/": "day@d20260305",
        }.items():
            for name in FEEDS:
                self.assertIn(scope, self.shown(f"{address}{name}").keys)

    def test_a_feed_is_right_until_the_first_of_its_posts_expires(self):
        at = (timezone.localtime() + timedelta(days=2)).replace(microsecond=0)
        save(plain("x", "2026-03-06", expiryDate=at.isoformat()), "_posts/2026-03-06-x.md")
        for name in FEEDS:
            self.assertEqual(self.shown(f"/{name}").until, at)

    def test_the_feed_of_an_empty_site_carries_the_list_that_is_empty(self):
        self.assertEqual(self.shown("/rss.xml").keys, {"all@"})


class Sitemaps(Showing):
    def test_the_index_carries_the_months_the_languages_and_every_edit(self):
        self.assertEqual(self.shown("/sitemap.xml").keys, {"months", "menu", "map@"})

    def test_every_part_that_the_index_names_is_there_whatever_the_year(self):
        save(plain("old", "0999-12-31"), "_posts/old.md")
        save(plain("new", "2026-03-05"), "_posts/new.md")
        text = self.client.get("/sitemap.xml").content.decode()
        for month in ("0999-12", "2026-03"):
            self.assertIn(f"/sitemap-posts-{month}.xml<", text)
            self.assertEqual(self.client.get(f"/sitemap-posts-{month}.xml").status_code, 200)

    def test_a_month_carries_its_days_and_no_others(self):
        save()
        shown = self.shown("/sitemap-posts-2026-03.xml").keys
        for day in range(1, 32):
            self.assertTrue(shown & set(keys.at("map", date(2026, 3, day), timezone.now())))
        for day in (date(2026, 2, 28), date(2026, 4, 1)):
            self.assertFalse(shown & set(keys.at("map", day, timezone.now())))

    def test_a_month_is_right_until_one_of_its_posts_expires(self):
        at = (timezone.localtime() + timedelta(days=2)).replace(microsecond=0)
        save(plain("x", "2026-03-06", expiryDate=at.isoformat()), "_posts/2026-03-06-x.md")
        self.assertEqual(self.shown("/sitemap-posts-2026-03.xml").until, at)

    def test_a_kind_of_archives_carries_the_word_of_its_index(self):
        save()
        for kind, word in keys.INDEXES.items():
            self.assertEqual(self.shown(f"/sitemap-archives-{kind}.xml").keys, {word})

    def test_news_carry_their_posts_and_end_48_hours_after_the_oldest(self):
        now = timezone.localtime()
        posts = []
        for hours in (1, 30, 60):
            at = (now - timedelta(hours=hours)).replace(microsecond=0)
            posts.append(save(plain(f"{hours}", at.isoformat()), f"_posts/{hours}.md"))
        shown = self.shown("/sitemap-news.xml")
        self.assertEqual(shown.until, posts[1].published_at + timedelta(hours=48))
        for post in posts[:2]:
            for scope, time in (("all", post.published_at), ("map", post.day)):
                self.assertTrue(shown.keys & set(keys.at(scope, time, timezone.now())))
        with later(hours=17):
            self.assertEqual(
                self.shown("/sitemap-news.xml").until, posts[1].published_at + timedelta(hours=48)
            )
        with later(hours=19):
            self.assertEqual(
                self.shown("/sitemap-news.xml").until, posts[0].published_at + timedelta(hours=48)
            )

    def test_the_news_of_a_site_without_any_wait_for_the_next(self):
        shown = self.shown("/sitemap-news.xml")
        self.assertTrue(shown.keys & set(keys.at("all", timezone.now(), timezone.now())))

    def test_the_list_of_feeds_carries_the_menu_and_the_rules_for_robots_nothing(self):
        self.assertEqual(self.shown("/feeds.opml").keys, {"menu"})
        self.assertEqual(self.shown("/robots.txt"), keys.Shown())


class Redirects(Showing):
    def test_a_redirect_carries_its_own_word_and_the_post_that_it_leads_to(self):
        post = save(digest(redirect_from="/alt/"))
        story = post.stories.first()
        Redirect.objects.create(old_path="/a/", target="/alt")
        Redirect.objects.create(old_path="/s/", target=f"{post.address}{story.slug}")
        for address in ("/alt/", "/alt", "/a/", "/s/", post.address.upper(), post.address[:-1]):
            self.assertLessEqual({"redirects", f"p{post.pk}"}, self.shown(address, 301).keys)

    def test_a_redirect_to_a_list_carries_its_label(self):
        save()
        tag = Tag.objects.get(slug="ai")
        for name in ("", *FEEDS):
            self.assertLessEqual(
                {"redirects", f"t{tag.pk}"}, self.shown(f"/tags/AI/{name}", 301).keys
            )

    def test_a_redirect_is_right_until_the_post_that_it_leads_to_expires(self):
        at = (timezone.localtime() + timedelta(days=2)).replace(microsecond=0)
        save(plain("x", "2026-03-06", expiryDate=at.isoformat()), "_posts/2026-03-06-x.md")
        self.assertEqual(self.shown("/2026/03/06/X/", 301).until, at)

    def test_a_redirect_to_a_file_and_of_another_programs_feed_are_kept(self):
        Redirect.objects.create(old_path="/a.png", target="/media/a.png")
        self.assertEqual(self.shown("/a.png", 301).keys, {"redirects"})
        for address in ("/feed.xml", "/feed/", "/rss/", "/index.xml", "/atom/"):
            self.assertEqual(self.shown(address, 301).keys, {"redirects"})
            self.assertIn("max-age=300", self.client.get(address)["Cache-Control"])

    def test_the_query_goes_along_as_it_came(self):
        save()
        for query in ("utm_source=x", "a=1&a=2", "%E4%B8%AD=%2f", "before"):
            for address in ("/tags/AI/", "/feed/"):
                location = self.client.get(address, QUERY_STRING=query)["Location"]
                self.assertTrue(location.endswith(f"/?{query}") or location == f"/rss.xml?{query}")

    def test_the_way_to_the_admin_is_not_kept(self):
        self.assertFalse(hasattr(self.client.get("/admin"), "shown"))
        self.client.force_login(User.objects.create_superuser("editor"))
        self.assertFalse(hasattr(self.client.get("/admin"), "shown"))


class Errors(TestCase):
    def test_what_is_not_there_or_gone_carries_nothing(self):
        post = save()
        publishing.withdraw(Post.objects.get(pk=post.pk))
        for address, status in {
            "/nope/": 404,
            "/tags/nope/rss.xml": 404,
            "/sitemap-posts-1999-01.xml": 404,
            post.address: 410,
            post.address[:-1]: 410,
        }.items():
            response = self.client.get(address)
            self.assertEqual(response.status_code, status, address)
            self.assertFalse(hasattr(response, "shown"), address)
