"""The search of the admin's list: the readers' own, over drafts too, at a cost that is bounded."""

from unittest import mock

from django.contrib.auth import get_user_model
from django.db import connection
from django.test.utils import CaptureQueriesContext

from posts import publishing
from posts.admin import searching
from posts.models import Post
from tests.cast import digest, plain, save
from tests.support.searching import Searching


class Admin(Searching):
    @classmethod
    def setUpTestData(cls):
        cls.port = save()
        cls.draft = save(
            plain("Entwurf", "2026-03-04", "Leuchtturm.", draft="true", tags="[geheim]"),
            "_posts/2026-03-04-entwurf.md",
        )
        cls.undated = save(
            plain("Ohne Tag", "2026-03-03", "Nebelhorn.", draft="true"), "_posts/x.md"
        )
        cls.scheduled = save(plain("Bald", "2027-03-01", "Bojen."), "_posts/2027-03-01-bald.md")
        cls.gone = save(plain("Fort", "2026-03-02", "Anker."), "_posts/2026-03-02-fort.md")
        publishing.withdraw(cls.gone)
        cls.editor = get_user_model().objects.create_superuser("editor", password="x")

    def setUp(self):
        self.client.force_login(self.editor)

    def listed(self, q: str, **more: str) -> list[int]:
        response = self.client.get("/admin/posts/post/", {"q": q, **more})
        self.assertEqual(response.status_code, 200, q)
        return [post.pk for post in response.context["cl"].result_list]

    def test_editors_find_what_readers_do_not(self):
        for q, post in (
            ("leuchtturm", self.draft), ("tag:geheim", self.draft), ("nebelhorn", self.undated),
            ("bojen", self.scheduled), ("anker", self.gone), ("灯塔", self.port),
            ("before:2026-03-05 leuchtturm", self.draft),
        ):  # fmt: skip
            self.assertEqual(self.listed(q), [post.pk], q)
            if post != self.port:
                self.assertEqual(self.found(q), [], q)

    def test_a_part_of_a_title_or_path_is_enough(self):
        for q, post in (
            ("ntwur", self.draft), ("03-04-entw", self.draft), ("_posts/2027", self.scheduled),
        ):  # fmt: skip
            self.assertEqual(self.listed(q), [post.pk], q)

    def test_filters_of_the_list_narrow_what_was_found(self):
        self.assertEqual(self.listed("tag:ai,geheim", status__exact="draft"), [self.draft.pk])
        self.assertEqual(len(self.listed("tag:ai,geheim")), 2)

    def test_what_is_found_and_looked_through_is_bounded(self):
        for n in range(8):
            save(digest(title=f"灯塔之 {n}"), f"_posts/2026-03-05-n{n}.md")
        with mock.patch.multiple(searching, MOST=5, NEWEST=3):
            with CaptureQueriesContext(connection) as queries:
                found = searching.matching("灯塔之")
            self.assertLessEqual(len(found), 5 + 3)
            self.assertLessEqual(len(queries), 4)
            self.assertNotIn("COUNT", "".join(one["sql"] for one in queries))

    def test_nothing_that_is_typed_is_an_error(self):
        for q in (
            '"((((',
            "NEAR *",
            "tag:",
            "%00",
            "a" * 5000,
            "云" * 300,
            "\\",
            "'",
            "before:0001",
        ):
            self.listed(q[:280])
        self.assertEqual(Post.objects.count(), 5)
