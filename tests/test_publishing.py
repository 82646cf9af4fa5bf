"""The write path: revisions, redirects, stories that stay themselves, labels that become one."""

from datetime import timedelta
from unittest import mock

from django.contrib.auth.models import User
from django.db import IntegrityError, transaction
from django.test import TestCase
from django.utils import timezone

from posts import publishing
from posts.content.problems import Unreadable
from posts.models import Citation, Post, Redirect, Story
from tests.cast import DIGEST, digest, save


class Saving(TestCase):
    def test_a_document_and_its_rows_are_written_whole_or_not_at_all(self):
        with self.assertRaises(Unreadable):
            save("---\ntitle: a: b\n---\n")
        self.assertFalse(Post.objects.exists())
        post = save()
        self.assertEqual((post.story_count, post.citations.count(), post.version), (2, 4, 1))
        with self.assertRaises(Unreadable):
            save("---\ntitle: a: b\n---\n")
        self.assertEqual(Post.objects.get().document, DIGEST)

    def test_saving_the_same_again_writes_no_revision(self):
        save()
        self.assertEqual(
            publishing.save(
                path="_posts/2026-03-05-port.md", document=DIGEST, reason="again"
            ).state,
            "unchanged",
        )
        self.assertEqual(Post.objects.get().revisions.count(), 1)

    def test_the_second_of_two_editors_is_told(self):
        post = save()
        save(digest(title="一"), based_on=post.version)
        with self.assertRaises(publishing.Conflict):
            save(digest(title="二"), based_on=post.version)
        self.assertEqual(Post.objects.get().title, "一")

    def test_identifiers_never_change(self):
        post = save()
        moved = save(digest(slug="new-name", date="2026-04-01", title="别名"))
        self.assertEqual((moved.id, moved.guid), (post.id, post.guid))
        self.assertEqual(moved.address, "/2026/04/01/new-name/")

    def test_a_public_post_that_moves_leaves_a_redirect_and_says_so_in_its_document(self):
        save()
        moved = save(digest(slug="new-name"))
        self.assertIn("redirect_from:\n  - /2026/03/05/port/\n", moved.document)
        response = self.client.get("/2026/03/05/port/")
        self.assertEqual(
            (response.status_code, response["Location"]), (301, "/2026/03/05/new-name/")
        )
        story = self.client.get("/2026/03/05/port/第一条-灯塔换灯/")
        self.assertEqual(story.status_code, 301)
        self.assertEqual(self.client.get(story["Location"]).status_code, 200)
        back = save(digest())
        self.assertEqual(back.address, "/2026/03/05/port/")
        self.assertEqual(self.client.get("/2026/03/05/port/").status_code, 200)

    def test_workflow_steps_are_edits_of_the_document(self):
        post = save()
        user = User.objects.create_superuser("editor")
        withdrawn = publishing.withdraw(post, user=user).post
        self.assertEqual((withdrawn.status, withdrawn.published_at), ("withdrawn", None))
        self.assertIn("published: false\n", withdrawn.document)
        public = publishing.publish(withdrawn, user=user).post
        self.assertEqual(
            public.document,
            DIGEST.replace(
                "unknown: [1.10, 012, yes]\n", "unknown: [1.10, 012, yes]\npublished: true\n"
            ),
        )
        restored = publishing.restore(public.revisions.get(number=1), user=user).post
        self.assertEqual(restored.document, DIGEST)
        self.assertEqual(
            list(restored.revisions.order_by("number").values_list("reason", flat=True)),
            ["test", "withdraw", "publish", "restore #1"],
        )

    def test_publishing_a_draft_without_a_date_dates_it(self):
        draft = save("---\ntitle: 想法\n---\n正文\n", "_drafts/idea.md")
        self.assertIsNone(draft.address)
        now = timezone.now()
        public = publishing.publish(draft, now=now).post
        self.assertTrue(public.is_public)
        self.assertEqual(public.day, timezone.localdate(now))

    def test_the_database_refuses_what_must_not_be(self):
        post = save()
        for change in ({"published_at": None}, {"status": "draft"}):
            with self.assertRaises(IntegrityError), transaction.atomic():
                Post.objects.filter(pk=post.pk).update(**change)
        with self.assertRaises(IntegrityError), transaction.atomic():
            Citation.objects.update(url="javascript:alert(1)")
        with self.assertRaises(IntegrityError), transaction.atomic():
            Redirect.objects.create(old_path="/x/", target="//evil.example/")


class Stories(TestCase):
    def test_a_mended_heading_keeps_the_story_and_redirects_its_old_address(self):
        post = save()
        story = post.stories.get(position=0)
        save(DIGEST.replace("第一条：灯塔换灯", "第一条：灯塔换新灯"))
        after = Story.objects.get(pk=story.pk)
        self.assertEqual((after.guid, after.slug), (story.guid, "第一条-灯塔换新灯"))
        response = self.client.get(f"{post.address}{story.slug}/")
        self.assertEqual(response.status_code, 301)
        self.assertEqual(self.client.get(response["Location"]).status_code, 200)

    def test_stories_are_matched_by_citation_and_by_likeness(self):
        post = save()
        ids = list(post.stories.order_by("position").values_list("id", flat=True))
        text = DIGEST.replace("### 第一条：灯塔换灯", "### 全新的题目").replace(
            "### 第二条：渡船改线", "### 另一个题目"
        )
        text = (
            text.replace("渡船改走北线。", "渡船改走了北线。")
            .replace("https://ferry.example/north", "https://x.example/1")
            .replace("https://maps.example/north", "https://x.example/2")
        )
        save(text)
        self.assertEqual(list(post.stories.order_by("position").values_list("id", flat=True)), ids)

    def test_stories_may_change_places_and_names(self):
        post = save()
        first, second = post.stories.order_by("position")
        text = (
            DIGEST.replace("第一条：灯塔换灯", "临时")
            .replace("第二条：渡船改线", "第一条：灯塔换灯")
            .replace("临时", "第二条：渡船改线")
        )
        save(text)
        self.assertEqual(Story.objects.get(pk=first.pk).slug, "第一条-灯塔换灯")
        self.assertEqual(set(post.stories.values_list("id", flat=True)), {first.id, second.id})

    def test_the_address_of_a_story_that_is_gone_leads_to_its_post(self):
        post = save()
        start = DIGEST.index("### 第二条")
        save(DIGEST[:start] + DIGEST[DIGEST.index("## 分析") :])
        self.assertEqual(post.stories.count(), 1)
        self.assertRedirects(self.client.get(f"{post.address}第二条-渡船改线/"), post.address, 301)


class Visibility(TestCase):
    """What is not public is on no public address: the whole site is crawled for a word that only
    it holds.
    """

    def test_drafts_withdrawn_and_future_posts_are_nowhere(self):
        day = timezone.localdate()
        save()
        for number, extra in enumerate(
            ({"draft": "true"}, {"published": "false"}, {"status": "private"})
        ):
            save(
                digest(title=f"秘密{number}", **extra)
                .replace("灯塔", "秘密词")
                .replace("港口\n", "秘密标签\n"),
                f"_posts/{day}-secret{number}.md",
            )
        later = (timezone.localtime() + timedelta(hours=3)).strftime("%Y-%m-%d %H:%M:%S %z")
        future = save(
            digest(title="秘密3", date=later)
            .replace("灯塔", "秘密词")
            .replace("harbour.example", "secret.example"),
            f"_posts/{day}-secret3.md",
        )
        self.assertEqual(Post.objects.count(), 5)
        seen, waiting = (
            set(),
            [
                "/",
                "/rss.xml",
                "/atom.xml",
                "/feed.json",
                "/rss.xml?items=stories",
                "/feeds.opml",
                "/sitemap.xml",
                "/sitemap-news.xml",
            ],
        )
        waiting += [
            "/archive/",
            "/tags/",
            "/sources/",
            "/categories/",
            "/authors/",
            f"/{day:%Y/%m/%d}/",
            "/tags/秘密标签/",
            "/sources/secret.example/",
        ]
        waiting += [
            future.address or "",
            *(f"{future.address}{story.slug}/" for story in future.stories.all()),
        ]
        waiting += [
            post.address for post in Post.objects.all() if post.address and not post.is_public
        ]
        while waiting:
            address = waiting.pop()
            if not address or address in seen or len(seen) > 400:
                continue
            seen.add(address)
            response = self.client.get(address)
            text = response.content.decode()
            for word in ("秘密", "secret"):
                self.assertNotIn(word, text, address)
            waiting += links(text)
        self.assertGreater(len(seen), 40)

    def test_a_scheduled_post_appears_by_the_clock_alone(self):
        later = timezone.now() + timedelta(hours=1)
        post = save(digest(date=timezone.localtime(later).strftime("%Y-%m-%d %H:%M:%S %z")))
        self.assertEqual(self.client.get(post.address).status_code, 404)
        self.assertTrue(post.is_scheduled)
        with mock.patch.object(timezone, "now", return_value=later + timedelta(seconds=1)):
            self.assertEqual(self.client.get(post.address).status_code, 200)


def links(text: str) -> list[str]:
    """The site's own addresses in a page, a feed or a sitemap."""
    import html
    import re
    from urllib.parse import unquote

    found = re.findall(r'(?:href|src|xmlUrl|htmlUrl)="([^"]+)"', text) + re.findall(
        r"<(?:loc|link)>([^<]+)</", text
    )
    local = (unquote(html.unescape(link)).removeprefix("http://127.0.0.1:8000") for link in found)
    return [
        link.split("#")[0]
        for link in local
        if link.startswith("/") and not link.startswith(("//", "/static/", "/media/"))
    ]
