"""Every page says what it shows, by the keys that changes name (``posts/caching/keys.py``)."""

from datetime import UTC, date, datetime, timedelta

from django.test import SimpleTestCase, TestCase
from django.utils import timezone

from posts import publishing
from posts.caching import keys
from posts.content import hyperlinks
from posts.models import Author, Category, Citation, Post, Source, Tag
from posts.public import cursors
from tests.cast import digest, plain, save

NOW = datetime(2026, 3, 20, 12, tzinfo=UTC)


def labels_of(post: Post, kinds=("tag", "category", "author")) -> set[str]:
    """The keys of what bylines and tags of a post name."""
    return {
        keys.label(kind, row.pk)
        for kind in kinds
        for row in (getattr(one, kind) for one in getattr(post, f"{kind}_rows").all())
    }


class Spans(SimpleTestCase):
    def test_a_post_that_comes_into_a_span_names_one_of_its_keys(self):
        times = [datetime(1, 1, 2, tzinfo=UTC), datetime(999, 12, 31, 23, tzinfo=UTC)]
        times += [NOW - timedelta(days=days) for days in (0, 1, 30, 31, 400, 800, 9000, 20_000)]
        for low in times:
            for high in times:
                for time in times:
                    if low <= time <= high:
                        shown = set(keys.span("t5", low, high, NOW))
                        self.assertTrue(shown & set(keys.at("t5", time, NOW)), (low, time, high))

    def test_what_comes_later_than_the_page_was_made_names_the_open_end(self):
        shown = set(keys.span("all", NOW - timedelta(days=3), None, NOW))
        for hours in (0, 1, 20):
            later = NOW + timedelta(hours=hours)
            self.assertTrue(shown & set(keys.at("all", later, later)))

    def test_a_page_carries_few_keys_however_long_its_span(self):
        for low in (date(1, 1, 1), date(1990, 1, 1), date(2020, 1, 1), date(2026, 3, 1)):
            self.assertLessEqual(len(keys.span("all", low, date(9999, 12, 31), NOW)), 41)
            self.assertLessEqual(len(keys.span("all", low, None, NOW)), 42)

    def test_what_stands_outside_of_a_short_span_names_none_of_its_keys(self):
        shown = set(keys.span("all", date(2026, 3, 1), date(2026, 3, 4), NOW))
        self.assertFalse(shown & set(keys.at("all", datetime(2026, 3, 5, tzinfo=UTC), NOW)))
        self.assertFalse(shown & set(keys.at("t1", datetime(2026, 3, 3, tzinfo=UTC), NOW)))


class Pages(TestCase):
    def shown(self, address: str) -> keys.Shown:
        response = self.client.get(address)
        self.assertEqual(response.status_code, 200, address)
        return response.shown

    def test_a_post_carries_itself_its_labels_its_neighbours_and_the_time_between_them(self):
        posts = [
            save(digest(title=f"n{day}", date=f"2026-03-0{day}"), f"_posts/2026-03-0{day}-n.md")
            for day in (1, 3, 5)
        ]
        older, post, newer = posts
        expected = {f"p{post.pk}", f"c{older.pk}", f"c{newer.pk}", "menu"} | labels_of(post)
        section = keys.scoped(keys.label("category", Category.objects.get().pk), "zh-hans")
        expected |= set(keys.span(section, older.published_at, newer.published_at, NOW))
        expected |= {keys.cited(row.page) for row in Citation.objects.filter(story__post=post)}
        expected |= {
            f"{one}.zh-hans@" for one in labels_of(post, ["tag"])
        }  # few posts have its tags
        self.assertEqual(self.shown(post.address).keys, expected)
        self.assertIn(f"{section}@new", self.shown(newer.address).keys)
        self.assertIn(f"{section}@", self.shown(older.address).keys)

    def test_a_post_without_a_section_has_its_neighbours_among_all_posts(self):
        posts = [
            save(plain(f"n{day}", f"2026-03-0{day}"), f"_posts/2026-03-0{day}-n.md")
            for day in (1, 3, 5)
        ]
        shown = self.shown(posts[1].address).keys
        self.assertLessEqual(
            set(keys.span("all.zh-hans", posts[0].published_at, posts[2].published_at, NOW)), shown
        )

    def test_a_post_carries_of_a_tags_list_the_time_that_related_posts_were_looked_for_in(self):
        for day in range(1, 16):
            save(plain(f"n{day}", f"2026-03-{day:02}", tags="[t]"), f"_posts/2026-03-{day:02}-n.md")
        tag = keys.scoped(keys.label("tag", Tag.objects.get().pk), "zh-hans")
        shown = self.shown("/2026/03/14/n/").keys
        found = sorted(key for key in shown if key.startswith(f"{tag}@"))
        # The last few before it, by days of UTC, and not what comes later.
        self.assertEqual(found, [f"{tag}@d202603{day:02}" for day in range(9, 14)])
        self.assertIn(f"{tag}@", self.shown("/2026/03/04/n/").keys)  # all that there is

    def test_a_label_that_was_merged_is_carried_with_the_one_it_was_merged_into(self):
        post = save()
        label = Tag.objects.get(slug="港口")
        into = Tag.objects.create(name="harbour", slug="harbour")
        publishing.start_merge(label, into)
        self.assertLessEqual({f"t{label.pk}", f"t{into.pk}"}, self.shown(post.address).keys)

    def test_a_story_carries_its_post_and_who_cites_the_same_pages(self):
        first = save()
        second = save(digest(date="2026-03-09"), "_posts/2026-03-09-later.md")
        story = first.stories.first()
        pages = [hyperlinks.page_key(row.url) for row in Citation.objects.filter(story=story)]
        expected = {f"p{first.pk}", f"c{second.pk}", "menu"}
        expected |= labels_of(first)
        self.assertEqual(
            self.shown(f"{first.address}{story.slug}/").keys, expected | set(map(keys.cited, pages))
        )

    def test_a_list_carries_its_cards_its_label_and_the_time_that_it_covers(self):
        posts = [
            save(plain(f"n{n}", f"2026-02-{n:02}", tags="[t]"), f"_posts/2026-02-{n:02}-n.md")
            for n in range(1, 24)
        ]
        tag = Tag.objects.get(slug="t")
        shown = self.shown("/tags/t/").keys
        self.assertLessEqual({f"c{post.pk}" for post in posts[3:]} | {f"t{tag.pk}"}, shown)
        self.assertNotIn(f"c{posts[2].pk}", shown)  # the first that is left out
        self.assertIn(f"t{tag.pk}@new", shown)
        self.assertIn(f"t{tag.pk}@", shown)  # its numbers are those of the whole list
        further = cursors.encode((posts[20].published_at, posts[20].pk))
        further = self.shown(f"/tags/t/?before={further}").keys
        self.assertNotIn(keys.beside(f"t{tag.pk}"), further)
        for post in posts[2:]:
            self.assertTrue(shown & set(keys.at(f"t{tag.pk}", post.published_at, NOW)))
        response = self.client.get("/tags/t/")
        shown = self.shown(f"/tags/t/?before={response.context['more']}").keys
        self.assertIn(f"t{tag.pk}@", shown)  # the last page ends with the list
        self.assertIn("all@new", self.shown("/").keys)
        self.assertIn("all@new", self.shown("/?before=4102444800000000~1").keys)

    def test_a_list_in_a_language_carries_that_lists_keys(self):
        save(plain("n", "2026-02-01", lang="en", tags="[t]"), "_posts/2026-02-01-n.md")
        pk = Tag.objects.get().pk
        self.assertIn("all.en@", self.shown("/en/").keys)
        self.assertIn(f"t{pk}.en@", self.shown("/en/tags/t/").keys)
        self.assertIn("day.en@m202602", self.shown("/en/2026/").keys)
        self.assertIn("all.en@", self.shown("/en/feeds/").keys)

    def test_an_archive_by_date_carries_its_days_and_no_others(self):
        save()
        self.assertIn("day@d20260305", self.shown("/2026/03/05/").keys)
        self.assertNotIn("day@d20260306", self.shown("/2026/03/05/").keys)
        march = [key for key in self.shown("/2026/03/").keys if key.startswith("day@")]
        self.assertEqual(len(march), 31)
        self.assertEqual(
            sorted(key for key in self.shown("/2026/").keys if key.startswith("day@")),
            [f"day@m2026{month:02}" for month in range(1, 13)],
        )

    def test_archives_and_indexes_carry_their_own_words_and_what_they_name(self):
        save()
        self.assertEqual(self.shown("/archive/").keys, {"months", "menu"})
        self.assertEqual(self.shown("/feeds/").keys, {"menu"})
        for folder, model in {
            "tags": Tag,
            "categories": Category,
            "authors": Author,
            "sources": Source,
        }.items():
            found = self.shown(f"/{folder}/").keys
            kind = {"categories": "category"}.get(folder, folder[:-1])
            named = {keys.label(kind, one.pk) for one in model.objects.listed()}
            self.assertEqual(found, named | {f"i-{folder}", "menu"})

    def test_a_source_carries_itself_and_the_posts_that_cite_it(self):
        post = save()
        pk = Source.objects.get(host="ferry.example").pk
        self.assertLessEqual(
            {f"s{pk}", f"s{pk}@", f"c{post.pk}", "menu"}, self.shown("/sources/ferry.example/").keys
        )

    def test_a_list_carries_the_labels_of_bylines_and_its_feeds_the_tags_too(self):
        post = save()
        tags = {f"t{row.tag_id}" for row in post.tag_rows.all()}
        self.assertLessEqual(labels_of(post, ("category", "author")), self.shown("/").keys)
        self.assertFalse(tags & self.shown("/").keys)
        self.assertLessEqual(tags, self.shown("/rss.xml").keys)

    def test_an_empty_site_carries_its_whole_list(self):
        self.assertEqual(self.shown("/").keys, {"all@", "menu"})

    def test_a_page_is_right_until_the_first_of_its_posts_expires(self):
        at = (timezone.localtime() + timedelta(days=2)).replace(microsecond=0)
        save()
        own = {"expiryDate": at.isoformat(), "categories": "[tech]"}
        save(plain("x", "2026-03-06", **own), "_posts/2026-03-06-x.md")
        for address in ("/", "/2026/03/06/x/", "/2026/03/05/port/", "/2026/"):
            self.assertEqual(self.shown(address).until, at, address)
        self.assertIsNone(self.shown("/2026/03/05/").until)

    def test_a_list_is_right_until_what_stands_behind_its_end_expires(self):
        at = (timezone.localtime() + timedelta(days=2)).replace(microsecond=0)
        save(plain("x", "2026-01-01", expiryDate=at.isoformat()), "_posts/2026-01-01-x.md")
        for n in range(1, 21):
            save(plain("n", f"2026-02-{n:02}"), f"_posts/2026-02-{n:02}-n.md")
        self.assertEqual(self.shown("/").until, at)

    def test_feeds_carry_the_texts_of_their_posts(self):
        post = save()
        self.assertIn(f"p{post.pk}", self.shown("/rss.xml").keys)

    def test_errors_carry_nothing(self):
        self.assertFalse(hasattr(self.client.get("/nope/"), "shown"))
