"""django-taggit's documented API on posts: every read as documented, every write through the
document or refused with a sentence that says how.
"""

import json
from typing import Any

from django import forms
from django.contrib.auth.models import Permission, User
from django.core import serializers
from django.core.management import call_command
from django.db.models import Count, Prefetch
from django.test import TestCase

from posts import publishing
from posts.content.problems import Unreadable
from posts.models import Post, PostTag, Tag
from posts.models.tagging import ReadOnlyTags
from tests.cast import DIGEST, plain, save


def post(name: str, *tags: str, **keys: str) -> Post:
    listed = ", ".join(tags)
    path = f"_posts/2026-03-05-{name}.md"
    return save(plain(name, "2026-03-05", tags=f"[{listed}]", **keys), path)


class Reading(TestCase):
    def setUp(self):
        self.one = post("one", "zebra", "港口", "AI")
        self.two = post("two", "港口", "ai")
        self.three = post("three", "AI")
        self.none = save(plain("none", "2026-03-05"), "_posts/2026-03-05-none.md")

    def test_all_names_and_slugs_are_in_the_order_of_the_document(self):
        self.assertEqual([tag.name for tag in self.one.tags.all()], ["zebra", "港口", "AI"])
        self.assertEqual(list(self.one.tags.names()), ["zebra", "港口", "AI"])
        self.assertEqual(list(self.one.tags.slugs()), ["zebra", "港口", "ai"])
        self.assertEqual(list(self.none.tags.all()), [])
        self.assertEqual(self.one.tags.count(), 3)
        self.assertEqual(self.one.tags.get(slug="ai").name, "AI")

    def test_posts_are_filtered_by_their_tags(self):
        found = Post.objects.filter(tags__name__in=["AI", "zebra"]).distinct().order_by("path")
        self.assertEqual([one.title for one in found], ["one", "three", "two"])
        self.assertEqual(Post.objects.filter(tags__slug="zebra").get(), self.one)
        self.assertEqual(Post.objects.filter(tags=Tag.objects.get(slug="zebra")).get(), self.one)
        without = Post.objects.exclude(tags__name__in=["AI"]).values_list("title", flat=True)
        self.assertEqual(list(without), ["none"])
        self.assertEqual(Post.objects.filter(tags__isnull=True).get(), self.none)
        both = Post.objects.filter(tags__slug="ai").filter(tags__slug="港口").order_by("path")
        self.assertEqual([one.title for one in both], ["one", "two"])
        counted = Post.objects.annotate(count=Count("tags")).order_by("-count", "path")
        self.assertEqual([one.count for one in counted], [3, 2, 1, 0])

    def test_tags_are_filtered_by_their_posts(self):
        self.assertEqual(Tag.objects.filter(post=self.three).get().name, "AI")
        titled = Tag.objects.filter(post__title="two").order_by("slug")
        self.assertEqual([tag.slug for tag in titled], ["ai", "港口"])

    def test_tags_of_many_posts_are_fetched_at_once(self):
        with self.assertNumQueries(2):
            posts = list(Post.objects.prefetch_related("tags").order_by("path"))
            names = {one.title: [tag.name for tag in one.tags.all()] for one in posts}
        self.assertEqual(names["one"], ["zebra", "港口", "AI"])
        self.assertEqual((names["two"], names["none"]), (["港口", "AI"], []))
        with self.assertRaises(ValueError):
            list(Post.objects.prefetch_related(Prefetch("tags", queryset=Tag.objects.all())))

    def test_similar_posts_and_common_tags(self):
        similar = self.one.tags.similar_objects()
        self.assertEqual(
            [(one.title, one.similar_tags) for one in similar], [("two", 2), ("three", 1)]
        )
        self.assertEqual(self.none.tags.similar_objects(), [])
        common = [(tag.slug, tag.num_times) for tag in Post.tags.most_common()]
        self.assertEqual(common, [("ai", 3), ("港口", 2), ("zebra", 1)])
        self.assertEqual([tag.slug for tag in Post.tags.most_common(min_count=3)], ["ai"])
        language = {"rows__post__title": "two"}
        self.assertEqual(len(Post.tags.most_common(extra_filters=language)), 2)
        self.assertEqual({tag.slug for tag in Post.tags.all()}, {"ai", "港口", "zebra"})

    def test_the_rows_between_are_taggits(self):
        self.assertIs(Post.tags.through, PostTag)
        self.assertIs(self.one.tags.through, PostTag)
        row = PostTag.objects.get(post=self.one, tag__slug="ai")
        self.assertEqual((row.content_object, row.position), (self.one, 2))
        self.assertEqual(PostTag.tag_model(), Tag)
        self.assertIn("AI", str(row))
        self.assertEqual(PostTag.objects.filter(**PostTag.lookup_kwargs(self.one)).count(), 3)
        self.assertEqual(set(PostTag.tags_for(Post, self.two)), set(self.two.tags.all()))
        field: Any = Post._meta.get_field("tags")
        self.assertEqual({tag.name for tag in field.value_from_object(self.two)}, {"港口", "AI"})

    def test_a_tag_made_by_hand_has_the_slug_that_documents_give_it(self):
        tag = Tag.objects.create(name="C++")
        post("four", '"C++"')
        self.assertEqual(Tag.objects.get(slug="c-plus-plus"), tag)
        other = Tag(name="c++")
        other.save()
        self.assertEqual(other.slug, "c-plus-plus-1")
        self.assertEqual(Tag.objects.get_by_natural_key("c-plus-plus"), tag)
        text = serializers.serialize("json", PostTag.objects.all(), use_natural_foreign_keys=True)
        self.assertIn(["ai"], [row["fields"]["tag"] for row in json.loads(text)])

    def test_no_migration_is_missing(self):
        call_command("makemigrations", "posts", check=True, dry_run=True, verbosity=0)


class Writing(TestCase):
    def setUp(self):
        self.post = save()

    def test_what_writes_rows_refuses_and_says_how(self):
        writes = {
            "add": lambda: self.post.tags.add("new"),
            "set": lambda: self.post.tags.set(["new"]),
            "set clear": lambda: self.post.tags.set(["new"], clear=True),
            "remove": lambda: self.post.tags.remove("ai"),
            "clear": lambda: self.post.tags.clear(),
            "create": lambda: self.post.tags.create(name="new"),
            "assign": lambda: setattr(self.post, "tags", ["new"]),
        }
        for name, write in writes.items():
            with self.subTest(name), self.assertRaisesMessage(ReadOnlyTags, "publishing.retag("):
                write()

        class TagsForm(forms.ModelForm):
            class Meta:
                model = Post
                fields = ["tags"]

        form = TagsForm({"tags": "new"}, instance=self.post)
        with self.assertRaises(ReadOnlyTags):
            form.save()
        self.assertEqual(list(self.post.tags.names()), ["港口", "ai"])
        self.assertFalse(Tag.objects.filter(name="new").exists())

    def test_retagging_changes_the_document_and_nothing_else_of_it(self):
        user = User.objects.create_superuser("editor")
        outcome = publishing.retag(self.post, ["ai", "航运: 北线", "ai"], user=user)
        self.assertEqual(list(outcome.post.tags.names()), ["ai", "航运: 北线"])
        wanted = DIGEST.replace("  - 港口\n  - ai\n", '  - ai\n  - "航运: 北线"\n')
        self.assertEqual(outcome.post.document, wanted)
        revision = outcome.post.revisions.first()
        self.assertEqual((revision.user, revision.reason), (user, "tags"))
        self.assertEqual(publishing.retag(outcome.post, [], user=user).post.tags.count(), 0)

    def test_retagging_asks_the_gate_and_the_revision(self):
        author = User.objects.create(username="author", is_staff=True)
        author.user_permissions.set(Permission.objects.filter(codename="change_post"))
        with self.assertRaises(publishing.NotAllowed):
            publishing.retag(self.post, ["x"], user=author)
        stale = Post.objects.get(pk=self.post.pk)
        publishing.retag(self.post, ["x"])
        with self.assertRaises(publishing.Conflict):
            publishing.retag(stale, ["y"])

    def test_one_tag_under_the_singular_key_stays_there(self):
        text = "---\ntitle: a\ndate: 2026-03-05\ntag: cloud computing\n---\n正文\n"
        post = save(text, "_posts/2026-03-05-a.md")
        post = publishing.retag(post, ["edge computing"]).post
        self.assertIn("\ntag: edge computing\n", post.document)
        post = publishing.retag(post, ["a", "b"]).post
        self.assertEqual((list(post.tags.names()), "tag:" in post.document), (["a", "b"], False))

    def test_a_name_that_no_document_can_hold_is_refused(self):
        with self.assertRaises((Unreadable, publishing.Refused, ValueError)):
            publishing.retag(self.post, ["\0"])
        self.assertEqual(Post.objects.get().document, DIGEST)
