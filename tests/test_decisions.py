"""Files that wait for an editor: listed, shown beside their post, taken, joined or refused."""

import shutil
import tempfile
from pathlib import Path
from typing import Any

from django.contrib.auth.models import Permission, User
from django.test import TestCase
from django.utils import timezone

from posts import publishing
from posts.files.importing import ImportRun
from posts.models import Delivery, Post, QuarantinedFile
from tests.cast import DIGEST, digest, save

PATH = "_posts/2026-03-05-port.md"
LIST = "/admin/posts/delivery/"
MINE = DIGEST.replace("灯塔的灯换成了省电的型号。", "编辑写的一句。")
FILES = DIGEST.replace("灯塔的灯换成了省电的型号。", "文件带来的一句。")


class Decisions(TestCase):
    def setUp(self):
        publishing.deliver([publishing.submission(PATH, DIGEST)])
        self.post = save(MINE, PATH)
        (outcome,) = publishing.deliver([publishing.submission(PATH, FILES)])
        self.assertEqual(outcome.state, "conflict")
        self.delivery = publishing.waiting(self.post)
        self.page = f"{LIST}{self.delivery.pk}/change/"
        self.client.force_login(User.objects.create_superuser("editor"))

    def send(self, step: str, **changes: Any) -> Any:
        form = self.client.get(self.page).context["form"]
        data = {name: form.initial[name] for name in form.fields} | {"step": step}
        return self.client.post(self.page, data | changes)

    def document(self) -> str:
        return Post.objects.get(pk=self.post.pk).document

    def sign_in(self, *codenames: str) -> None:
        user = User.objects.create(username="someone", is_staff=True)
        user.user_permissions.set(Permission.objects.filter(codename__in=codenames))
        self.client.force_login(user)

    def test_what_waits_is_listed_and_named_on_the_form_of_its_post(self):
        self.assertContains(self.client.get(LIST), self.post.title)
        self.assertContains(self.client.get(f"/admin/posts/post/{self.post.pk}/change/"), self.page)
        page = self.client.get(self.page)
        for line in ("编辑写的一句。", "文件带来的一句。"):
            self.assertContains(page, line)
        self.send("refuse")
        self.assertNotContains(self.client.get(LIST), self.post.title)
        form = self.client.get(f"/admin/posts/post/{self.post.pk}/change/")
        self.assertNotContains(form, self.page)

    def test_who_decides_for_a_post_that_is_held_back_is_warned_that_it_may_be_published(self):
        warning = 'class="help warning"'
        self.assertNotContains(self.client.get(self.page), warning)
        publishing.withdraw(self.post)
        self.assertContains(self.client.get(self.page), warning)

    def test_the_file_is_taken(self):
        self.assertEqual(self.send("take").status_code, 302)
        self.assertEqual(self.document(), FILES)
        self.assertIsNone(publishing.waiting(self.post))

    def test_the_post_is_kept(self):
        self.assertEqual(self.send("refuse").status_code, 302)
        self.assertEqual(self.document(), MINE)
        self.assertIsNone(publishing.waiting(self.post))

    def test_both_are_joined_once_no_mark_is_left(self):
        response = self.send("join")
        self.assertEqual(response.status_code, 200)
        self.assertIn("document", response.context["form"].errors)
        self.assertEqual(self.document(), MINE)
        both = DIGEST.replace("灯塔的灯换成了省电的型号。", "编辑写的一句。文件带来的一句。")
        self.assertEqual(self.send("join", document=both.replace("\n", "\r\n")).status_code, 302)
        self.assertEqual(self.document(), both)
        self.assertIsNone(publishing.waiting(self.post))

    def test_what_cannot_be_saved_is_said_beside_what_was_typed(self):
        for text in (DIGEST.replace("layout: post", "layout: a: b: 我的话"), "我的话\0"):
            response = self.send("join", document=text)
            self.assertEqual(response.status_code, 200)
            self.assertIn("document", response.context["form"].errors)
            self.assertContains(response, "我的话")
        self.assertEqual(self.send("nothing").status_code, 200)
        self.assertEqual(self.document(), MINE)

    def test_a_post_that_was_saved_meanwhile_is_not_overwritten(self):
        for step in ("take", "join"):
            save(digest(title=f"刚刚 {step}"), PATH)
            response = self.send(step, based_on=self.post.version, document=DIGEST)
            self.assertEqual(response.status_code, 200)
            self.assertTrue(response.context["form"].errors)
        self.assertIn("刚刚 join", self.document())

    def test_who_may_not_publish_decides_nothing_about_a_public_post(self):
        self.sign_in("change_post", "view_post")
        page = self.client.get(self.page)
        self.assertNotContains(page, 'name="step"')
        for step in ("take", "join", "refuse"):
            data = {"step": step, "document": DIGEST, "based_on": self.post.version}
            response = self.client.post(self.page, data)
            self.assertEqual(response.status_code, 200)
            self.assertTrue(response.context["form"].errors)
        self.assertEqual(self.document(), MINE)
        self.assertEqual(publishing.waiting(self.post), self.delivery)

    def test_who_may_not_change_posts_sees_nothing(self):
        self.sign_in("view_post", "view_delivery")
        for address in (LIST, self.page):
            self.assertEqual(self.client.get(address).status_code, 403)
        self.assertEqual(self.client.get(f"{LIST}x/change/").status_code, 404)

    def test_nobody_adds_or_deletes_deliveries(self):
        self.assertEqual(self.client.post(f"{LIST}add/", {}).status_code, 403)
        response = self.client.post(f"{LIST}{self.delivery.pk}/delete/", {"post": "yes"})
        self.assertEqual(response.status_code, 403)
        self.assertTrue(Delivery.objects.filter(pk=self.delivery.pk).exists())


class Quarantined(TestCase):
    def test_files_are_listed_with_their_reasons_in_the_editors_language(self):
        self.client.force_login(User.objects.create_superuser("editor"))
        folder = Path(tempfile.mkdtemp(prefix="newsroom-test-"))
        self.addCleanup(shutil.rmtree, folder)
        (folder / "bad.md").write_text("---\ndate: 5 Foo 2026\n---\n")
        ImportRun([folder]).run()
        stored = QuarantinedFile.objects.get(path="bad.md").found
        self.assertEqual((stored.key, stored.values), ("bad-date.month", {"text": "Foo"}))
        values = {"line": 3, "code": "bad-date", "seen_at": timezone.now(), "message": "old"}
        problem = {"line": 3, "key": "bad-date.month", "values": {"text": "Foo"}}
        QuarantinedFile.objects.create(path="a.md", problem=problem, **values)
        QuarantinedFile.objects.create(path="b.md", **values)
        address = "/admin/posts/quarantinedfile/"
        english = self.client.get(address, headers={"Accept-Language": "en"})
        self.assertContains(english, "“Foo” is not the name of a month")
        self.assertContains(english, "old")
        chinese = self.client.get(address, headers={"Accept-Language": "zh-hans"})
        self.assertNotContains(chinese, "is not the name of a month")
        self.assertContains(chinese, "Foo")
