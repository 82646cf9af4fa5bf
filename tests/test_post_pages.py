"""What the pages of a post and of a story show beside their text, and at what cost."""

from datetime import timedelta
from urllib.parse import quote

from django.db import connection
from django.test import TestCase
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from posts import publishing
from posts.models import Category, Post, Source, Tag
from tests.cast import DIGEST, digest, later, plain, save


def near(client, post: Post):
    """What stands near a post."""
    return client.get(post.address).context["near"]


def titles(posts) -> list[str]:
    return [one.title for one in posts]


def at(day: str, **changes: str) -> Post:
    """The digest of another day."""
    return save(digest(date=day, title=f"日报 {day}", **changes), f"_posts/{day}-port.md")


class Section(TestCase):
    def test_previous_and_next_are_those_of_the_section_and_of_the_language(self):
        first = save(plain("a", "2026-03-01", categories="[k]"), "_posts/2026-03-01-a.md")
        save(plain("other", "2026-03-02", categories="[x]"), "_posts/2026-03-02-o.md")
        save(plain("en", "2026-03-02", categories="[k]", lang="en"), "_posts/2026-03-02-e.md")
        post = save(plain("b", "2026-03-03", categories="[k, x]"), "_posts/2026-03-03-b.md")
        last = save(plain("c", "2026-03-05", categories="[x, k]"), "_posts/2026-03-05-c.md")
        found = near(self.client, post)
        self.assertEqual((found.older.pk, found.newer.pk), (first.pk, last.pk))
        self.assertContains(self.client.get(post.address), 'class="kicker" href="/categories/k/"')

    def test_a_section_that_was_merged_counts_as_the_other(self):
        one = save(plain("a", "2026-03-01", categories="[old]"), "_posts/2026-03-01-a.md")
        two = save(plain("b", "2026-03-02", categories="[k]"), "_posts/2026-03-02-b.md")
        publishing.start_merge(Category.objects.get(slug="old"), Category.objects.get(slug="k"))
        self.assertEqual(near(self.client, one).newer.pk, two.pk)
        self.assertEqual(near(self.client, two).older.pk, one.pk)

    def test_neither_scheduled_nor_withdrawn_nor_expired_posts_are_near(self):
        soon = (timezone.localtime() + timedelta(days=1)).isoformat()
        body = DIGEST.partition("\n---\n")[2]
        post = at("2026-03-05")
        for name, keys in {
            "scheduled": {"date": soon},
            "draft": {"draft": "true"},
            "expired": {"expiryDate": "2026-03-08"},
            "withdrawn": {"published": "false"},
        }.items():
            known = {"date": "2026-03-04", "categories": "[tech]", "tags": "[ai, 港口]"} | keys
            text = plain(f"Secret {name}", known.pop("date"), body, **known)
            save(text, f"_posts/2026-03-04-{name}.md")
        story = f"{post.address}{quote(post.stories.first().slug)}/"
        for address in (post.address, story):
            self.assertNotContains(self.client.get(address), "Secret")
        with later(days=2):
            self.assertEqual(near(self.client, post).newer.title, "Secret scheduled")


class Reported(TestCase):
    def test_a_story_says_when_it_was_reported_before_and_leads_there(self):
        first, second = at("2025-12-30"), at("2026-03-01")
        save(plain("no story", "2026-02-01", source="https://ferry.example/north"), "a.md")
        html = self.client.get(at("2026-03-05").address).content.decode()
        slug = quote(first.stories.first().slug)
        self.assertIn(
            f'<a href="{second.address}{slug}/"><time datetime="2026-03-01">3月1日</time></a> '
            f'<a href="{first.address}{slug}/"><time datetime="2025-12-30">2025年12月30日</time>',
            html,
        )
        self.assertEqual(html.count('class="before"'), 2)  # of each story
        self.assertNotIn('class="before"', self.client.get(first.address).content.decode())

    def test_a_page_that_was_cited_often_is_counted_up_to_a_bound(self):
        for day in range(1, 21):
            at(f"2026-02-{day:02}")
        html = self.client.get(at("2026-03-05").address).content.decode()
        first = html.split('class="before">')[1].split("</p>")[0]
        self.assertIn("10", first)
        self.assertEqual(first.count("<time"), 5)

    def test_a_posts_translation_is_no_earlier_report_and_an_earlier_post_counts_once(self):
        for lang in ("zh-hans", "en"):
            for day, key in (("2026-03-01", "early"), ("2026-03-05", "own")):
                text = digest(date=day, lang=lang, title=f"{lang} {key}", translation_key=key)
                save(text, f"_posts/{day}-{lang}.md")
        post = Post.objects.get(title="zh-hans own")
        self.assertTrue(post.translation)
        html = self.client.get(post.address).content.decode()
        first = html.split('class="before">')[1].split("</p>")[0]
        self.assertEqual(first.count("<a "), 1)
        self.assertIn(Post.objects.get(title="zh-hans early").address, first)
        self.assertNotIn("en own", titles(near(self.client, post).related))
        slug = quote(post.stories.first().slug)
        context = self.client.get(f"{post.address}{slug}/").context
        self.assertEqual(titles(context["earlier"]), ["zh-hans early"])
        self.assertEqual(context["later"], [])

    def test_a_source_that_was_merged_leads_to_the_archive_that_counts(self):
        post = save()
        old, new = (Source.objects.get(host=f"{name}.example") for name in ("ferry", "maps"))
        publishing.start_merge(old, new)
        html = self.client.get(post.address).content.decode()
        self.assertIn('href="/sources/ferry.example/"', html)
        response = self.client.get("/sources/ferry.example/", follow=True)
        self.assertEqual(response.redirect_chain, [("/sources/maps.example/", 301)])
        self.assertEqual(response.status_code, 200)

    def test_marks_lead_to_the_archive_of_the_posts_language(self):
        post = save(digest(lang="fa"))
        html = self.client.get(post.address).content.decode()
        self.assertIn('href="/fa/sources/ferry.example/"', html)
        self.assertEqual(self.client.get("/fa/sources/ferry.example/").status_code, 200)


class Related(TestCase):
    def test_posts_that_share_a_page_come_first_then_those_that_share_most_tags(self):
        def post(name: str, day: int, tags: str, page: str = ""):
            body = "正文。" if not page else f"## 新闻\n\n### 条\n\nx\n\n**Source:** [a]({page})\n"
            keys = {"categories": f"[{name}]", "tags": tags, "digest": "true" if page else "false"}
            text = plain(name, f"2026-03-{day:02}", body, **keys)
            return save(text, f"_posts/2026-03-{day:02}-{name}.md")

        page = "https://s.example/page"
        post("page", 1, "[z]", page)
        post("two", 2, "[a, b]")
        post("one", 3, "[a]")
        post("later one", 4, "[b]")
        post("none", 5, "[z]")
        own = post("own", 6, "[a, b]", page)
        post("newer", 7, "[a, b]")
        self.assertEqual(titles(near(self.client, own).related), ["page", "two", "later one"])

    def test_a_story_that_nobody_else_covered_names_related_posts_instead(self):
        old = save(plain("old", "2026-03-01", tags="[ai]"), "_posts/2026-03-01-old.md")
        post = save()
        slug = quote(post.stories.first().slug)
        response = self.client.get(f"{post.address}{slug}/")
        self.assertEqual(titles(response.context["near"].related), ["old"])
        self.assertContains(response, old.address)
        at("2026-03-09")
        response = self.client.get(f"{post.address}{slug}/")
        self.assertEqual(response.context["near"].related, [])
        self.assertContains(response, 'aria-current="true"')

    def test_the_title_of_a_post_in_another_language_says_its_language(self):
        at("2026-03-01", lang="fa")
        post = at("2026-03-05")
        slug = quote(post.stories.first().slug)
        for address in (post.address, f"{post.address}{slug}/"):
            self.assertContains(self.client.get(address), 'lang="fa" dir="rtl">')


class Page(TestCase):
    def test_a_story_names_its_digest_its_position_and_the_next(self):
        post = save()
        first, second = post.stories.all()
        response = self.client.get(f"{post.address}{quote(second.slug)}/")
        self.assertContains(response, f'<a href="{post.address}"')
        self.assertContains(response, f'<a rel="prev" href="{post.address}{quote(first.slug)}/"')
        self.assertIn("2", response.context["position"])
        self.assertContains(response, 'rel="tag"')
        self.assertContains(response, 'class="share"')

    def test_contents_of_a_long_post_without_stories_and_of_no_short_one(self):
        body = "\n\n".join(f"## 第{n}节\n\n{'正文。' * 200}" for n in range(3))
        long = save(plain("l", "2026-03-05", body, digest="false"), "_posts/2026-03-05-l.md")
        self.assertContains(self.client.get(long.address), f'href="#c-{quote("第2节")}"')
        short = body.replace("正文。" * 200, "短。")
        post = save(plain("s", "2026-03-05", short, digest="false"), "_posts/2026-03-05-s.md")
        self.assertNotContains(self.client.get(post.address), 'class="contents"')

    def test_words_and_the_time_of_a_correction_after_publication(self):
        post = save(digest(date="2026-03-05 08:00:00"))
        self.assertNotContains(self.client.get(post.address), "</time></span></p>")
        post = save(digest(date="2026-03-05 08:00:00") + "\n更正。\n")
        response = self.client.get(post.address)
        when = timezone.localtime(post.modified_at).replace(microsecond=0).isoformat()
        self.assertContains(response, f'<time datetime="{when}">')
        self.assertContains(response, str(post.words))

    def test_a_post_with_nothing_and_one_with_everything_cost_at_most_four_queries(self):
        posts = [
            save(plain("nothing", "2026-03-05"), "_posts/2026-03-05-nothing.md"),
            at("2026-03-04", lang="fa"),
            at("2026-03-01"),
            at("2026-03-03"),
        ]
        posts.append(save(plain("标题" * 200, "2026-03-06"), "_posts/2026-03-06-long.md"))
        body = "## N\n\n" + "\n\n".join(
            f"### S{n}\n\nx\n\n**Source:** [a](https://s{n}.example/{n})" for n in range(60)
        )
        tags = "[a, b, c, d, e, f]"
        many = plain("many", "2026-03-07", body, tags=tags, digest="true")
        posts.append(save(many, "_posts/2026-03-07-many.md"))
        addresses = [post.address for post in posts]
        addresses += [
            f"{post.address}{quote(story.slug)}/"
            for post in posts
            for story in post.stories.all()[:2]
        ]
        for address in addresses:
            with CaptureQueriesContext(connection) as queries:
                self.assertEqual(self.client.get(address).status_code, 200, address)
            self.assertLessEqual(len(queries), 4, address)

    def test_a_label_that_was_merged_finds_related_posts_of_both(self):
        save(plain("old", "2026-03-01", tags="[alt]"), "_posts/2026-03-01-old.md")
        save(plain("new", "2026-03-02", tags="[neu]"), "_posts/2026-03-02-new.md")
        post = save(plain("own", "2026-03-05", tags="[alt]", categories="[k]"), "own.md")
        publishing.start_merge(Tag.objects.get(slug="alt"), Tag.objects.get(slug="neu"))
        self.assertEqual(titles(near(self.client, post).related), ["new", "old"])
