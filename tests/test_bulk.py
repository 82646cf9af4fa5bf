"""New rows by prepared statements or COPY: what ``save`` would write, refused as it is."""

from datetime import UTC, date, datetime, timedelta, timezone

from django.db import IntegrityError, connection, transaction
from django.forms.models import model_to_dict
from django.test import TestCase
from django.test.utils import CaptureQueriesContext

from posts.models import Citation, Post, PostTag, Redirect, Story, Tag, bulk
from posts.models.cards import Card, CardLink, CardStory
from posts.publishing import refusals

NEVER_SAME = {"id", "path", "address", "guid"}


def new_post(name: str, **values) -> Post:
    return Post(
        **{
            "path": f"{name}.md",
            "guid": name,
            "address": f"/2026/01/31/{name}/",
            "title": "标题 \\N \t\n\r\\. “x” 😀",
            "slug": "x",
            "day": date(2026, 1, 31),
            "published_at": datetime(
                2026, 1, 31, 8, 0, 0, 250, tzinfo=timezone(timedelta(hours=8))
            ),
            "status": Post.Status.PUBLISHED,
            "language": "zh-hans",
            "rtl": True,
            "zone": "UTC",
            "sha256": "",
            "saved_at": datetime(1, 1, 1, tzinfo=UTC),
            "modified_at": datetime(9999, 12, 31, 23, 59, 59, tzinfo=UTC),
            "card": Card(tags=("云",), stories=(CardStory("s", "h", (CardLink("t", "u", ""),)),)),
            "problems": [{"line": 1, "key": "x", "values": {"n": 1.5, "none": None}}],
            "document": "\\x00 \\\\ \ta\n",
        }
        | values
    )


class Rows(TestCase):
    def test_a_row_is_what_a_save_writes(self):
        for values in ({}, {"day": None, "published_at": None, "status": "draft", "rtl": False}):
            bulk.create([made := new_post("made", **values)])
            (saved := new_post("saved", **values)).save()
            rows = [
                {
                    key: value
                    for key, value in model_to_dict(Post.objects.get(pk=pk)).items()
                    if key not in NEVER_SAME
                }
                for pk in (made.pk, saved.pk)
            ]
            with self.subTest(**values):
                self.assertEqual(*rows)
                self.assertEqual(made.card, Post.objects.get(pk=made.pk).card)
            Post.objects.all().delete()

    def test_objects_know_their_keys_and_that_they_are_stored(self):
        posts = [new_post(f"p{number}") for number in range(3)]
        bulk.create(posts)
        for post in posts:
            self.assertEqual(Post.objects.get(pk=post.pk).path, post.path)
            post.title = "mended"
            post.save()
        self.assertEqual(Post.objects.filter(title="mended").count(), 3)

    def test_keys_are_never_given_twice(self):
        bulk.create([first := new_post("a")])
        (second := new_post("b")).save()
        bulk.create([third := new_post("c")])
        gone = third.pk
        Post.objects.all().delete()
        bulk.create([fourth := new_post("d")])
        (fifth := new_post("e")).save()
        keys = [first.pk, second.pk, gone, fourth.pk, fifth.pk]
        self.assertEqual(keys, sorted(set(keys)))

    def test_a_thousand_rows_take_two_queries(self):
        bulk.create([post := new_post("a")])
        stories = [
            Story(post=post, position=n, heading="h", slug=f"s{n}", guid=f"g{n}")
            for n in range(1000)
        ]
        with CaptureQueriesContext(connection) as queries:
            bulk.create(stories)
        self.assertEqual(len(queries), 2)
        self.assertEqual(Story.objects.count(), 1000)
        with CaptureQueriesContext(connection) as queries:
            bulk.create([])
            bulk.insert(PostTag, ("post_id",), [])
        self.assertEqual(len(queries), 0)

    def test_tuples_are_rows_of_the_named_columns(self):
        bulk.create([post := new_post("a")])
        tag = Tag.objects.create(name="Tag", slug="tag")
        columns = ("post_id", "position", "tag_id", "path", "language", "listed_at", "expires_at")
        time = post.published_at
        bulk.insert(PostTag, columns, [(post.pk, 7, tag.pk, "a.md", "en", time, None)])
        self.assertEqual(PostTag.objects.values_list(*columns).get()[1:3], (7, tag.pk))
        self.assertEqual(list(post.tags.all()), [tag])
        self.assertEqual(PostTag.objects.get().listed_at, time)

    def test_rows_that_others_added_meanwhile_may_be_left_out(self):
        bulk.create([post := new_post("a")])
        Redirect.objects.create(old_path="/b/", target="/c/")
        columns = ("old_path", "post_id", "story_id", "target", "derived")
        rows = [(path, post.pk, None, "", True) for path in ("/a/", "/b/", "/d'\\{x,\"}/")]
        bulk.insert(Redirect, columns, rows, ignore_conflicts=True)
        found = Redirect.objects.order_by("old_path").values_list("old_path", "post", "derived")
        self.assertEqual(
            list(found),
            [("/a/", post.pk, True), ("/b/", None, False), ("/d'\\{x,\"}/", post.pk, True)],
        )


class Refused(TestCase):
    def refusal(self, act) -> str:
        with self.assertRaises(IntegrityError) as caught, transaction.atomic():
            act()
        self.assertIsNotNone(refusals.understood(caught.exception, ["a.md"]))
        return refusals.constraint_of(caught.exception)

    def test_a_broken_rule_says_what_a_save_would_say(self):
        bulk.create([post := new_post("a")])
        for twin in ({"path": "a.md"}, {"address": post.address}, {"guid": "a"}):
            with self.subTest(**twin):
                by_save = self.refusal(new_post("b", **twin).save)
                self.assertEqual(
                    self.refusal(lambda t=twin: bulk.create([new_post("b", **t)])), by_save
                )
        undated = {"address": None}
        self.assertEqual(
            self.refusal(lambda: bulk.create([new_post("b", **undated)])),
            "post_public_has_address",
        )

    def test_one_bad_row_leaves_nothing_of_its_batch(self):
        self.refusal(lambda: bulk.create([new_post("b"), new_post("c"), new_post("b")]))
        self.assertEqual(Post.objects.count(), 0)

    def test_a_forgotten_column_is_refused_and_not_filled_with_anything(self):
        bulk.create([post := new_post("a")])
        self.refusal(lambda: bulk.insert(Redirect, ("post_id",), [(post.pk,)]))
        self.refusal(lambda: bulk.insert(Citation, ("post_id", "position"), [(post.pk, 1)]))
