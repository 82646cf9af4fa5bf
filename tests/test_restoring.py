"""What was once public stays reachable, and what a document holds stays in it, whatever is
restored, moved, renamed, withdrawn or published.
"""

import re
from datetime import timedelta

from django.test import TestCase
from django.utils import timezone

from posts import publishing
from posts.models import Post
from tests.cast import DIGEST, digest, later, save

KEPT = 'unknown: [1.10, 012, yes]\n# 给编辑：保留这一行\nextra:\n  nested: "x"   # 注\n'
TEXT = DIGEST.replace("unknown: [1.10, 012, yes]\n", KEPT)
OTHER = TEXT.replace("### 第", "### 其")
PATH = "_posts/2026-03-05-port.md"


class Addresses(TestCase):
    """Every address that was ever public leads to the post or story that it was of."""

    def visit(self, address: str) -> str:
        """Where a reader who follows redirects ends."""
        response = self.client.get(address, follow=True)
        self.assertEqual(response.status_code, 200, address)
        for _url, status in response.redirect_chain:
            self.assertEqual(status, 301, address)
        return response.wsgi_request.path

    def public(self, post: Post) -> list[str]:
        return [post.address, *(story.get_absolute_url() for story in post.stories.all())]

    def restore(self, number: int) -> Post:
        post = Post.objects.get(path=PATH)
        return publishing.restore(post.revisions.get(number=number)).post

    def test_restoring_after_moves_keeps_all_addresses(self):
        seen = self.public(save(TEXT))
        texts = [
            TEXT.replace("date: 2026-03-05", "date: 2026-03-06"),
            TEXT.replace("date: 2026-03-05", "date: 2026-03-07\nslug: other"),
            TEXT.replace("layout: post", "layout: post\nlang: en"),
        ]
        for text in texts:
            seen += self.public(save(text))
        for number in (1, 3, 2, 4, 1):
            post = self.restore(number)
            seen += self.public(post)
            for address in dict.fromkeys(seen):
                end = self.visit(address)
                self.assertTrue(end.startswith(post.address), f"{address} -> {end}")

    def test_a_post_that_came_by_the_clock_had_readers_though_nobody_saved_it_since(self):
        soon = timezone.now() + timedelta(hours=1)
        when = timezone.localtime(soon).strftime("%Y-%m-%d %H:%M:%S %z")
        text = TEXT.replace("date: 2026-03-05", f"date: {when}")
        named = text.replace("layout: post", "layout: post\nredirect_from: /old.html")
        for document in (text, named):
            save(document, PATH)
            save(document, "_posts/port.md")
        with later(hours=2):
            self.assertIn("/old.html", self.restore(1).document)
            public = Post.objects.get(path="_posts/port.md")
            self.assertEqual((public.is_public, public.public_since), (True, None))
            undated = save(text.replace(f"date: {when}\n", ""), "_posts/port.md")
            self.assertEqual((undated.status, undated.address), ("draft", public.address))

    def test_restoring_keeps_addresses_that_the_newer_document_named(self):
        seen = self.public(save(TEXT))
        save(
            TEXT.replace("layout: post", "layout: post\nredirect_from:\n  - /old.html\n  - /旧文/")
        )
        seen += ["/old.html", "/旧文/"]
        post = self.restore(1)
        for address in seen:
            self.visit(address)
        self.assertIn("- /old.html\n", post.document)
        self.assertTrue(post.document.endswith(TEXT[TEXT.index("# 港口日报：风起之前") :]))

    def test_restoring_keeps_addresses_of_stories_that_were_renamed_or_removed(self):
        seen = self.public(save(TEXT))
        renamed = TEXT.replace("### 第一条：灯塔换灯", "### 第一条：灯塔换新灯")
        seen += self.public(save(renamed))
        moved = renamed.replace("date: 2026-03-05", "date: 2026-03-06")
        seen += self.public(save(moved))
        start, stop = moved.index("### 第二条"), moved.index("## 分析")
        seen += self.public(save(moved[:start] + moved[stop:]))
        again = moved.replace("### 第一条：灯塔换新灯", "### 全新的题目")
        seen += self.public(save(again))
        for number in (1, 2, 3, 4, 5, 1):
            post = self.restore(number)
            seen += self.public(post)
            for address in dict.fromkeys(seen):
                with self.subTest(restored=number, address=address):
                    self.assertTrue(self.visit(address).startswith(post.address))

    def test_a_document_that_names_an_old_address_of_a_story_still_leads_to_the_story(self):
        seen = self.public(save(TEXT))
        renamed = TEXT.replace("### 第一条：灯塔换灯", "### 第一条：灯塔换新灯")
        post = save(renamed.replace("layout: post", f"layout: post\nredirect_from: {seen[1]}"))
        save(post.document.replace("layout: post", "layout: page"))
        first = post.stories.order_by("position").first()
        self.assertEqual(self.visit(seen[1]), first.get_absolute_url())

    def test_a_story_that_is_renamed_while_its_post_moves_is_found(self):
        seen = self.public(save(TEXT))
        text = TEXT.replace("### 第一条：灯塔换灯", "### 第一条：灯塔换新灯")
        post = save(text.replace("date: 2026-03-05", "date: 2026-03-06"))
        for address in seen:
            self.visit(address)
        first = post.stories.order_by("position").first()
        self.assertEqual(self.visit(seen[1]), first.get_absolute_url())

    def test_withdrawing_and_restoring_lose_no_address(self):
        seen = self.public(save(TEXT))
        moved = save(TEXT.replace("date: 2026-03-05", "date: 2026-03-06\nslug: other"))
        seen += self.public(moved)
        publishing.withdraw(moved)
        post = self.restore(1)
        self.assertTrue(post.is_public)
        for address in seen:
            self.visit(address)

    def test_a_withdrawn_post_that_moves_keeps_the_address_that_readers_had(self):
        post = save(TEXT)
        publishing.withdraw(post)
        withdrawn = Post.objects.get(path=PATH)
        text = withdrawn.document.replace("date: 2026-03-05", "date: 2026-03-06\nslug: other")
        moved = save(text)
        self.assertEqual(moved.status, "withdrawn")
        public = publishing.publish(moved).post
        self.assertEqual(self.visit(post.address), public.address)

    def test_another_post_at_an_old_address_answers_there(self):
        save(TEXT)
        moved = save(TEXT.replace("date: 2026-03-05", "date: 2026-03-06"))
        other = save(digest(title="别的"), "_posts/2026-03-05-port.markdown")
        self.assertEqual(self.visit("/2026/03/05/port/"), other.address)
        self.assertNotEqual(other.address, moved.address)

    def stories_lead_to(self, path: str, addresses: list[str]) -> None:
        post = Post.objects.get(path=path)
        for address in addresses:
            self.assertTrue(self.visit(address).startswith(f"{post.address}"), address)
            self.assertNotEqual(self.visit(address), post.address, address)

    def test_stories_are_found_though_another_post_has_the_address_now(self):
        _own, *stories = self.public(save(TEXT))
        save(TEXT.replace("date: 2026-03-05", "date: 2026-03-06"))
        save(OTHER, "_posts/2026-03-05-port.markdown")
        self.stories_lead_to(PATH, stories)

    def test_stories_are_found_when_two_posts_swap_their_addresses(self):
        other = "_posts/2026-03-05-other.md"
        _first, *stories = self.public(save(TEXT))
        _second, *others = self.public(save(OTHER, other))
        for path, document, slug in (
            (PATH, TEXT, "aside"),
            (other, OTHER, "port"),
            (PATH, TEXT, "other"),
        ):
            save(document.replace("layout: post", f"layout: post\nslug: {slug}"), path)
        self.stories_lead_to(PATH, stories)
        self.stories_lead_to(other, others)

    def test_stories_are_found_where_a_document_names_an_address_that_another_post_has(self):
        _own, *stories = self.public(save(TEXT))
        Post.objects.all().delete()
        save(OTHER, "_posts/2026-03-05-port.markdown")
        moved = TEXT.replace("layout: post", "layout: post\nredirect_from: /2026/03/05/port/")
        save(moved.replace("date: 2026-03-05", "date: 2026-03-06"))
        self.stories_lead_to(PATH, stories)


class Bytes(TestCase):
    """Unknown keys, comments and everything below stay byte for byte."""

    def kept(self, post: Post) -> None:
        self.assertIn(KEPT, post.document)
        self.assertIn('title: "港口日报：风起之前"   # 编辑：请勿改动\n', post.document)
        body = TEXT[TEXT.index("# 港口日报：风起之前") :]
        self.assertEqual(post.document[post.document.index("# 港口日报：风起之前") :], body)

    def test_withdrawing_publishing_moving_and_restoring_keep_them(self):
        post = save(TEXT)
        post = publishing.withdraw(post).post
        self.kept(post)
        post = publishing.publish(post).post
        self.kept(post)
        post = save(post.document.replace("date: 2026-03-05", "date: 2026-03-06"))
        self.kept(post)
        self.assertIn("redirect_from:\n  - /2026/03/05/port/\n", post.document)
        post = publishing.retag(post, ["x"]).post
        self.kept(post)
        post = publishing.restore(post.revisions.get(number=1)).post
        self.kept(post)
        self.assertEqual(re.sub(r"redirect_from:\n(  - .+\n)+", "", post.document), TEXT)
