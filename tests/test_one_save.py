"""One save costs what its edit touches: a mended word eleven queries, whatever the post holds.

Every statement counts, those that begin and end a transaction too.
"""

from unittest import mock

from django.contrib.auth.models import Permission, User
from django.db import connection, transaction
from django.test import TransactionTestCase
from django.test.utils import CaptureQueriesContext
from django.urls import reverse
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from hypothesis.extra.django import TestCase as HypothesisTestCase

from posts import publishing
from posts.models import Citation, Post, PostTag, Redirect, Revision, Story
from posts.publishing import columns
from tests.cast import DIGEST, later, save

PATH = "_posts/2026-03-05-port.md"
MENDED = DIGEST.replace("省电的型号", "更省电的型号")
STORY = "### 第三条：新港开港\n\n新港开了。\n\n**Source:** [New](https://new.example/port)\n\n"
EDITS = {
    "a word of a story": (11, DIGEST.replace("省电的型号", "更省电的型号")),
    "a word of the lead": (11, DIGEST.replace("开篇一句话", "开篇两句话")),
    "a title": (15, DIGEST.replace("风起之前", "风起之后")),
    "a tag": (22, DIGEST.replace("  - ai\n", "  - ai\n  - neu\n")),
    "a date": (37, DIGEST.replace("2026-03-05", "2026-03-06")),
    "a story's heading": (25, DIGEST.replace("第二条：渡船改线", "第二条：渡船换线")),
    "a story more": (23, DIGEST.replace("## 分析", f"{STORY}## 分析")),
}


def queries_of(work) -> CaptureQueriesContext:
    with CaptureQueriesContext(connection) as captured:
        work()
    return captured


class Queries(TransactionTestCase):
    def setUp(self):
        self.post = save()

    def test_an_edit_costs_what_it_touches(self):
        for name, (most, document) in EDITS.items():
            save()
            with self.subTest(edit=name):
                found = queries_of(lambda text=document: save(text))
                self.assertLessEqual(len(found), most, [one["sql"][:150] for one in found])
                body = document.rpartition("---\n")[2]
                self.assertTrue(Post.objects.get().document.endswith(body))

    def test_a_long_digest_costs_as_much_as_a_short_one(self):
        stories = "".join(STORY.replace("第三条", f"第{n}条") for n in range(60))
        long = DIGEST.replace("## 分析", f"{stories}## 分析")
        save(long)
        found = queries_of(lambda: save(long.replace("省电的型号", "更省电的型号")))
        self.assertLessEqual(len(found), 11)

    def test_a_mended_word_writes_the_columns_that_it_changes_and_reads_no_label(self):
        statements = [one["sql"] for one in queries_of(lambda: save(MENDED))]
        written = [sql for sql in statements if sql.startswith("UPDATE")]
        self.assertEqual(len(written), 2, written)
        for column in ("title", "address", "card", "published_at"):
            self.assertNotIn(f'"{column}" =', written[0])
        self.assertNotIn("heading", written[1].partition("WHERE")[0])
        for table in ("tag", "author", "citation", "source", "redirect"):
            self.assertFalse([sql for sql in statements if f"posts_{table}" in sql], table)

    def test_the_form_asks_for_little_more_than_its_save(self):
        chief = User.objects.create_superuser("chief")
        editor = User.objects.create_user("editor", is_staff=True)
        rights = Permission.objects.filter(content_type__app_label="posts")
        editor.user_permissions.set(rights)
        address = reverse("admin:posts_post_change", args=[self.post.pk])
        for number, (user, most) in enumerate(((chief, 15), (editor, 17))):
            self.client.force_login(user)
            form = self.client.get(address).context["adminform"].form
            fields = {name: form[name].value() or "" for name in form.fields}
            fields["body"] = fields["body"].replace("型号", f"型号{number}")
            with self.subTest(user=user.username):
                found = queries_of(lambda fields=fields: self.client.post(address, fields))
                self.assertLessEqual(len(found), most, [one["sql"][:150] for one in found])
                self.assertIn(f"型号{number}", Post.objects.get().document)

    def test_what_a_save_does_not_look_at_a_rebuild_mends(self):
        PostTag.objects.all().delete()
        Citation.objects.filter(position=0).update(text="?")
        save(MENDED)
        self.assertFalse(PostTag.objects.exists())
        publishing.rebuild([Post.objects.get()])
        self.assertEqual(PostTag.objects.count(), 2)
        self.assertFalse(Citation.objects.filter(text="?").exists())

    def test_citations_follow_stories_that_are_not_as_the_card_says(self):
        Story.objects.filter(position=1).delete()
        save(MENDED)
        self.assertEqual(Story.objects.count(), 2)
        self.assertEqual(Citation.objects.filter(story__position=1).count(), 2)


class Fronts(TransactionTestCase):
    """Redirects are looked at whenever the front matter may say another thing of them."""

    FORMS = {
        "yaml": "---\ntitle: T\ndate: 2026-03-05\n{}---\n\nText.\n",
        "toml": '+++\ntitle = "T"\ndate = 2026-03-05\n{}+++\n\nText.\n',
        "json": '{{"title": "T", "date": "2026-03-05"{}}}\n\nText.\n',
        "bare": "Title: T\nDate: 2026-03-05\n{}\nText.\n",
        "none": "{}Text.\n",
    }
    NAMED = {
        "yaml": "redirect_from: /old.html\n",
        "toml": 'aliases = ["/old.html"]\n',
        "json": ', "aliases": ["/old.html"]',
        "bare": "redirect_from: /old.html\n",
        "none": "---\nredirect_from: /old.html\n---\n",
    }

    def test_an_old_address_that_comes_is_redirected_in_every_kind_of_front_matter(self):
        for kind, text in self.FORMS.items():
            with self.subTest(kind=kind):
                save(text.format(""))
                save(text.format(self.NAMED[kind]))
                self.assertTrue(Redirect.objects.filter(old_path="/old.html").exists())
                Post.objects.all().delete()

    def test_an_old_address_that_goes_while_the_rest_stays_is_kept_for_readers(self):
        for kind, text in self.FORMS.items():
            with self.subTest(kind=kind):
                save(text.format(self.NAMED[kind]))
                self.assertTrue(Redirect.objects.get(old_path="/old.html").derived)
                save(text.format("").replace("Text", "Other text"))
                self.assertFalse(Redirect.objects.get(old_path="/old.html").derived)
                Post.objects.all().delete()

    def test_a_front_matter_that_ends_with_the_file_is_not_taken_for_a_longer_one(self):
        short, more = (
            "---\ntitle: T\n---",
            "---\ntitle: T\n---x: y\nredirect_from: /old.html\n---\n",
        )
        save(more)
        self.assertTrue(Redirect.objects.get(old_path="/old.html").derived)
        save(short)
        self.assertFalse(Redirect.objects.get(old_path="/old.html").derived)


class Revisions(TransactionTestCase):
    def test_a_mended_word_is_a_revision_and_a_time_of_saving(self):
        before = save()
        after = save(MENDED)
        self.assertEqual((before.version, after.version), (1, 2))
        self.assertGreater(after.saved_at, before.saved_at)
        self.assertEqual(Revision.objects.get(number=2).document, MENDED)


KEYS = ("title", "front", "date", "tags", "category", "stories", "words")
FRONT = (
    "lang: en",
    "published: false",
    "redirect_from: /old.html",
    "redirect_from: [/old.html, /older/]",
    "expires: 2099-01-01",
    "slug: other",
    "source: https://own.example/a",
    "author: 丙",
)
HEADINGS = ("灯塔换灯", "渡船改线", "新港开港")
documents = st.builds(
    dict,
    title=st.sampled_from(["甲", "乙"]),
    front=st.lists(
        st.sampled_from(FRONT),
        max_size=3,
        unique_by=lambda line: line.split(":")[0],
    ),
    date=st.sampled_from(["2026-03-05", "2026-03-06", "2026-03-06 10:00:00 +0000"]),
    tags=st.sampled_from(["[]", "[a]", "[a, b]", "[b, a]"]),
    category=st.sampled_from(["tech", "sea"]),
    stories=st.lists(st.sampled_from(range(3)), min_size=1, max_size=3, unique=True),
    words=st.lists(st.sampled_from(["", "又", "再"]), min_size=4, max_size=4),
)


def written(options: dict) -> str:
    keys = ("title", "date", "tags", "category")
    lines = [*(f"{key}: {options[key]}" for key in keys), *options["front"]]
    stories = "".join(
        f"### {HEADINGS[n]}\n\n{HEADINGS[n]}的消息{options['words'][n]}。\n\n"
        f"**Source:** [S](https://s{n}.example/{options['words'][n] or 'a'})\n\n"
        for n in options["stories"]
    )
    front = "\n".join(lines)
    return f"---\n{front}\n---\n\n开篇{options['words'][3]}。\n\n## 主要新闻\n\n{stories}"


class WhatIsKept(HypothesisTestCase):
    """Rows that an edit leaves alone are those that it would have written."""

    def saved(self, texts: list[str]) -> list:
        """All rows after each of some saves of one post, which are then undone."""
        found = []
        with transaction.atomic():
            for number, text in enumerate(texts):
                with later(minutes=number):
                    save(text)
                found.append(self.rows())
            outcomes = publishing.rebuild(Post.objects.all())
            transaction.set_rollback(True)
        self.assertEqual({outcome.state for outcome in outcomes}, {"unchanged"}, texts)
        return found

    def rows(self) -> list:
        found = [
            list(Post.objects.values_list("address", "title", "public_since", "card")),
            list(Story.objects.order_by("position").values_list("slug", "guid", "html")),
            sorted(Redirect.objects.values_list("old_path", "story__slug", "derived"), key=str),
            list(
                Citation.objects.order_by("position").values_list(
                    "url", "page", "story__slug", "source__host", "listed_at", "language"
                )
            ),
        ]
        for relation in ("tag", "category", "author"):
            rows = Post._meta.get_field(f"{relation}_rows").related_model.objects
            values = (f"{relation}__slug", "position", "listed_at", "expires_at", "language")
            found.append(list(rows.order_by("position").values_list(*values)))
        return found

    def test_each_edit_alone_and_its_undoing_end_so(self):
        base = {"title": "甲", "front": [], "date": "2026-03-05", "tags": "[a]", "category": "tech"}
        base |= {"stories": [0, 1], "words": ["", "", "", ""]}
        edits = [{"front": [line]} for line in FRONT]
        edits += [{"title": "乙"}, {"date": "2026-03-05 10:00:00 +0000"}, {"tags": "[b, a]"}]
        edits += [{"category": "sea"}, {"stories": [1, 0]}, {"stories": [0]}, {"stories": [2, 1]}]
        edits += [{"words": ["又", "", "", ""]}, {"words": ["", "", "", "又"]}]
        for edit in edits:
            with self.subTest(edit=edit):
                self.assert_same([base, base | edit, base])

    @settings(max_examples=30, deadline=None, suppress_health_check=list(HealthCheck))
    @given(documents, st.lists(st.tuples(st.sampled_from(KEYS), documents), min_size=1, max_size=4))
    def test_so_do_any_edits(self, first, edits):
        versions = [first]
        for key, other in edits:
            versions.append(versions[-1] | {key: other[key]})
        self.assert_same(versions)

    def assert_same(self, versions: list[dict]) -> None:
        texts = [written(one) for one in versions]
        with mock.patch.object(columns, "_kept", return_value=frozenset()):
            whole = self.saved(texts)
        self.assertEqual(self.saved(texts), whole)
