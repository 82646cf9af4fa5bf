"""What readers ask of the first user's digest finds it, on page, feed and in the admin alike."""

from unittest import skipUnless

from django.contrib.auth import get_user_model

from tests.cast import SEED, plain, save
from tests.support.searching import Searching

NAME = "2026-01-31-tech-news.md"
FINDING = [
    "云",
    "计算",
    "云计算",
    "雲計算",
    "ＯＰＥＮＡＩ",
    "Oracle",
    "oracle 云",
    '"历史性协议"',
    "“历史性协议”",
    "3000亿美元",
    "OpenAI与Oracle签署",
    "tag:ai",
    "标签：ＡＩ",
    "tag:cloud-computing after:2026-01 before:2026-02",
    "source:wsj.com 云",
    "来源:https://www.bloomberg.com/",
    "作者：科技观察",
    "category:tech date:2026-01-31",
    "Well-Architected",
    "tag:ai -tag:kubernetes",
    "lang:中文 云",
]
NOT_FINDING = [
    "tag:ai -oracle",
    '"协议历史性"',
    "计云",
    "oracl",
    "penai",
    "云 -计算",
    "before:2026-01-31 云",
    "after:2026-02 云",
    "-source:wsj.com 云",
    "lang:en oracle",
    '"oracle 云"',
]


def words(story) -> str:
    links = " ".join(f"{one.text} {one.url}" for one in story.citations.all())
    return f"{story.heading} {story.text} {links}"


@skipUnless(SEED.is_dir(), "the first user's digest is not on this machine")
class Seed(Searching):
    @classmethod
    def setUpTestData(cls):
        text = (SEED / NAME).read_text()
        cls.post = save(text, f"_posts/{NAME}")
        save(plain("Nothing of the kind", "2026-01-30", "别的事情。"), "_posts/2026-01-30-other.md")
        cls.editor = get_user_model().objects.create_superuser("editor", password="x")

    def listed(self, q: str) -> bool:
        """Whether the admin's list finds the digest."""
        response = self.client.get("/admin/posts/post/", {"q": q})
        self.assertEqual(response.status_code, 200, q)
        return f"/admin/posts/post/{self.post.pk}/change/" in response.content.decode()

    def test_what_is_in_it_finds_it_on_page_and_feed_in_either_order(self):
        for q in FINDING:
            self.assertEqual(self.found(q), [self.post.address], q)
            self.assertEqual(self.found(q, order="relevance"), [self.post.address], q)
            self.assertEqual(self.fed(q), [self.post.address], q)

    def test_what_is_not_in_it_does_not(self):
        for q in NOT_FINDING:
            self.assertNotIn(self.post.address, self.found(q), q)
            self.assertNotIn(self.post.address, self.found(q, order="relevance"), q)
            self.assertNotIn(self.post.address, self.fed(q), q)

    def test_the_admin_finds_the_same(self):
        self.client.force_login(self.editor)
        self.assertEqual([q for q in FINDING if not self.listed(q)], [])
        parts = ["oracl", "penai"]  # of the title, in which editors look for any part
        self.assertEqual([q for q in NOT_FINDING if self.listed(q)], parts)

    def test_of_its_stories_those_with_the_words(self):
        stories = self.found("oracle", **{"in": "stories"})
        holding = [one.slug for one in self.post.stories.all() if "oracle" in words(one).lower()]
        self.assertEqual([address.split("/")[-2] for address in stories], holding)
        self.assertGreater(len(self.post.stories.all()), len(holding))
        self.assertEqual(self.fed("oracle", items="stories"), stories)
        (aws,) = self.found("AWS -oracle", **{"in": "stories"}) or [""]
        self.assertEqual(aws, "")  # the digest holds oracle, so that it is left out as a whole
        (one,) = self.found("“机器学习”", **{"in": "stories"})
        self.assertIn("aws", one)

    def test_the_words_are_marked_and_nothing_else(self):
        text = self.text("雲計算")
        self.assertIn("<mark>云计算</mark>", text)
        self.assertNotIn("<mark>计算</mark>", text)
        self.assertIn("<mark>OpenAI</mark>", self.text("ＯＰＥＮＡＩ"))
