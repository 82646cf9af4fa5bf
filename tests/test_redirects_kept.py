"""A redirect that is kept is forgotten with the change that makes it another."""

from datetime import timedelta
from functools import partial
from urllib.parse import quote

from django.test import TestCase
from django.utils import timezone

from posts import publishing
from posts.caching.journal import Journal
from posts.caching.keys import EVERYTHING
from posts.models import Author, Category, Job, Post, Redirect, Source, Tag
from tests.cast import DIGEST, digest, later, plain, save


class Kept(TestCase):
    """Answers are taken before a change; whatever differs after it was named by it."""

    addresses: tuple[str, ...] = ()

    def setUp(self):
        self.heard: set[str] = set()
        self.journal = Journal(self.heard.update, threaded=False)
        publishing.save_row(Redirect(old_path="/first/", target="/nothing/"))
        self.journal.poll()

    def answers(self) -> dict:
        found = {}
        for address in self.addresses:
            response = self.client.get(quote(address))
            shown = getattr(response, "shown", None)
            found[address] = (response.status_code, response.get("Location")), shown
        return found

    def begin(self) -> dict:
        self.journal.poll()
        self.heard.clear()
        return self.answers()

    def changes(self, change) -> dict:
        """The answers after a change; whoever kept another one has heard of it."""
        before = self.begin()
        change()
        self.journal.poll()
        after = self.answers()
        for address, (answer, shown) in before.items():
            if after[address][0] != answer and shown is not None:
                self.assertTrue(self.heard & ({*shown.keys, EVERYTHING}), (address, self.heard))
        return {address: answer for address, (answer, _shown) in after.items()}

    def leads(self, answer) -> str:
        self.assertEqual(answer[0], 301)
        return answer[1]


class Chains(Kept):
    addresses = ("/a/", "/a", "/b/", "/c/", "/2026/03/05/PORT/", "/2026/03/05/port")

    def setUp(self):
        super().setUp()
        self.post = save()
        self.other = save(plain("o", "2026-03-06"), "_posts/2026-03-06-o.md")
        self.rows = [Redirect(old_path="/a/", target="/b/"), Redirect(old_path="/b/", target="/c/")]
        self.rows.append(Redirect(old_path="/c/", target=self.post.address))
        for row in self.rows:
            publishing.save_row(row)

    def test_the_middle_of_a_chain_leads_elsewhere(self):
        self.rows[1].target = self.other.address
        after = self.changes(lambda: publishing.save_row(self.rows[1]))
        self.assertEqual(self.leads(after["/a/"]), self.other.address)
        self.assertEqual(self.leads(after["/c/"]), self.post.address)

    def test_the_middle_of_a_chain_is_gone(self):
        after = self.changes(lambda: publishing.delete_row(self.rows[1]))
        self.assertEqual((after["/a/"][0], after["/b/"][0]), (404, 404))

    def test_the_end_of_a_chain_is_withdrawn_and_comes_back(self):
        after = self.changes(lambda: publishing.withdraw(Post.objects.get(pk=self.post.pk)))
        self.assertEqual(after["/a/"][0], 410)
        after = self.changes(lambda: publishing.publish(Post.objects.get(pk=self.post.pk)))
        self.assertEqual(self.leads(after["/a/"]), self.post.address)

    def test_the_end_of_a_chain_moves(self):
        after = self.changes(lambda: save(digest(slug="haven")))
        for address in self.addresses:
            self.assertEqual(self.leads(after[address]), "/2026/03/05/haven/")

    def test_the_end_of_a_chain_goes_by_the_clock(self):
        at = (timezone.localtime() + timedelta(hours=1)).replace(microsecond=0)
        save(digest(expiryDate=at.isoformat()))
        before = self.begin()
        with later(hours=2):
            self.journal.poll()
            after = self.answers()
        for address, (answer, shown) in before.items():
            self.assertNotEqual(after[address][0], answer)
            self.assertTrue(shown.keys & self.heard)
            self.assertEqual(shown.until, at)

    def test_a_page_comes_to_an_address_that_led_elsewhere(self):
        self.addresses = ("/2026/03/07/", "/2026/03/07", "/en/", "/en", "/tags/new/")
        for address in self.addresses[::2]:
            publishing.save_row(Redirect(old_path=address, target=self.post.address))
        for address in self.addresses:
            self.assertEqual(self.leads(self.answers()[address][0]), self.post.address)
        new = plain("n", "2026-03-07", lang="en", tags="[new]")
        after = self.changes(lambda: save(new, "_posts/2026-03-07-new.md"))
        for address in self.addresses[::2]:
            self.assertEqual(after[address][0], 200)

    def test_a_text_alone_leaves_the_redirects_of_other_posts_kept(self):
        save(plain("o", "2026-03-06", "更新一"), "_posts/2026-03-06-o.md")
        before = self.begin()
        save(plain("o", "2026-03-06", "更新二"), "_posts/2026-03-06-o.md")
        self.journal.poll()
        for _answer, shown in before.values():
            self.assertFalse(shown.keys & self.heard)


class Stories(Kept):
    def test_a_story_is_renamed_removed_and_comes_again(self):
        post = save()
        story = f"{post.address}{post.stories.first().slug}"
        other = DIGEST.replace("第一条：灯塔换灯", "第一条：灯塔又换灯")
        self.addresses = (story, f"{story}/", f"{post.address}第一条-灯塔又换灯")
        after = self.changes(lambda: save(other))
        self.assertEqual(after[self.addresses[2]][0], 301)
        self.assertEqual(after[f"{story}/"][0], 301)
        removed = other[: other.index("### 第一条")] + other[other.index("### 第二条") :]
        after = self.changes(lambda: save(removed))
        self.assertNotEqual(after[f"{story}/"][0], 200)
        after = self.changes(save)
        self.assertEqual(after[story][0], 301)


class Languages(Kept):
    def test_the_pages_of_a_language_go_with_its_last_post_though_it_had_no_labels(self):
        kinds = ("tags", "categories", "authors", "sources", "feeds", "archive")
        self.addresses = tuple(f"/en/{kind}/" for kind in kinds)
        save(plain("B", "2026-03-04", lang="en"), "_posts/b.md")
        for address in self.addresses:
            self.assertEqual(self.answers()[address][0][0], 200, address)
        after = self.changes(lambda: save(plain("B", "2026-03-04"), "_posts/b.md"))
        for address in self.addresses:
            self.assertEqual(after[address][0], 404, address)


class Labels(Kept):
    addresses = tuple(
        f"{prefix}/{name}{end}"
        for prefix in ("", "/en", "/EN", "/zh-hans", "/fr")
        for name in ("tags/eins", "tags/EINS", "tags/zwei", "categories/Sea", "authors/Ann",
                     "sources/WWW.maps.example")
        for end in ("", "/", "/rss.xml")
    )  # fmt: skip

    def setUp(self):
        super().setUp()
        keys = {"source": "https://maps.example/x", "author": "ann"}
        save(plain("甲", "2026-03-05", tags="[eins]", category="sea", **keys), "_posts/a.md")
        english = plain("B", "2026-03-04", tags="[zwei, eins]", lang="en", category="land")
        save(english, "_posts/b.md")

    def merge(self, model, **into):
        label = model.objects.exclude(**into).order_by("pk").first()
        publishing.start_merge(label, model.objects.get(**into))
        publishing.run_all()

    def test_labels_are_merged_and_the_merge_is_undone(self):
        save(
            plain("丙", "2026-03-03", source="https://ferry.example/", author="ben"), "_posts/c.md"
        )
        for model, into in (
            (Tag, {"slug": "zwei"}),
            (Category, {"slug": "land"}),
            (Author, {"slug": "ben"}),
            (Source, {"host": "ferry.example"}),
        ):
            before = self.answers()
            after = self.changes(partial(self.merge, model, **into))
            changed = [address for address in after if after[address] != before[address][0]]
            self.assertTrue(changed, model)
        self.assertEqual(self.leads(self.answers()["/EN/tags/EINS"][0]), "/en/tags/zwei/")

        def undo():
            publishing.undo(Job.objects.order_by("pk").first())
            publishing.run_all()

        self.assertEqual(self.changes(undo)["/en/tags/eins/"][0], 200)

    def test_the_last_post_of_a_label_or_of_a_language_goes(self):
        for path in ("_posts/b.md", "_posts/a.md"):
            self.changes(partial(publishing.withdraw, Post.objects.get(path=path)))
        self.assertEqual(self.answers()["/tags/EINS"][0][0], 404)
        self.changes(lambda: publishing.publish(Post.objects.get(path="_posts/b.md")))
        self.assertEqual(self.answers()["/EN/tags/EINS"][0][0], 301)
