"""One save costs what its edit touches: a mended word ten queries, whatever the post holds.

Every statement counts, those that begin and end a transaction too.
"""

from django.contrib.auth.models import Permission, User
from django.db import connection
from django.test import TransactionTestCase
from django.test.utils import CaptureQueriesContext
from django.urls import reverse

from posts import publishing
from posts.models import Citation, Post, PostTag, Redirect, Revision, Story
from tests.cast import DIGEST, save

PATH = "_posts/2026-03-05-port.md"
MENDED = DIGEST.replace("省电的型号", "更省电的型号")
STORY = "### 第三条：新港开港\n\n新港开了。\n\n**Source:** [New](https://new.example/port)\n\n"
EDITS = {
    "a word of a story": (10, DIGEST.replace("省电的型号", "更省电的型号")),
    "a word of the lead": (10, DIGEST.replace("开篇一句话", "开篇两句话")),
    "a title": (14, DIGEST.replace("风起之前", "风起之后")),
    "a tag": (20, DIGEST.replace("  - ai\n", "  - ai\n  - neu\n")),
    "a date": (36, DIGEST.replace("2026-03-05", "2026-03-06")),
    "a story's heading": (24, DIGEST.replace("第二条：渡船改线", "第二条：渡船换线")),
    "a story more": (22, DIGEST.replace("## 分析", f"{STORY}## 分析")),
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
        self.assertLessEqual(len(found), 10)

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
        for number, (user, most) in enumerate(((chief, 14), (editor, 16))):
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
