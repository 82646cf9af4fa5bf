"""The admin: every save is a patch of the document, every door asks for the right
permission.
"""

import shutil
import tempfile
from pathlib import Path
from unittest import mock

from django.contrib.auth.models import Permission, User
from django.db import connection
from django.test import Client, TestCase, tag
from django.test.utils import CaptureQueriesContext

from posts.deriving import pool
from posts.deriving.limits import DOCUMENT, Limits
from posts.models import Author, Category, Post, QuarantinedFile, Redirect, Source, Tag
from tests.cast import DIGEST, digest, plain, save
from tests.support.databases import Database

ADMIN = "/admin/posts/post/"


class Editing(TestCase):
    def setUp(self):
        self.post = save()
        self.editor = User.objects.create_superuser("editor")
        self.client.force_login(self.editor)

    def form(self, post=None) -> dict:
        post = post or self.post
        form = self.client.get(f"{ADMIN}{post.pk}/change/").context["adminform"].form
        return {
            name: "" if form.initial.get(name) is None else form.initial[name]
            for name in form.fields
        }

    def send(self, data: dict, post=None):
        return self.client.post(f"{ADMIN}{(post or self.post).pk}/change/", data)

    def lines(self, before: str) -> tuple[list[str], list[str]]:
        self.post.refresh_from_db()
        old, new = before.splitlines(), self.post.document.splitlines()
        return [line for line in old if line not in new], [line for line in new if line not in old]

    def test_saving_an_untouched_form_changes_no_byte(self):
        for text, path in [
            (DIGEST, "_posts/2026-03-05-port.md"),
            ("\ufeff" + DIGEST.replace("\n", "\r\n"), "_posts/2026-03-05-crlf.md"),
            (
                '+++\ntitle = "甲" # x\ndate = 2026-03-05\ntags = ["a", "b, c"]\n+++\n正文',
                "content/a.md",
            ),
            ("Title: 甲\nDate: 2026-03-05\nTags: a, b\n\n正文\n", "2026-03-05-meta.md"),
            ("只有正文\n", "_posts/2026-03-05-none.md"),
        ]:
            with self.subTest(path=path):
                post = save(text, path)
                self.assertEqual(self.send(self.form(post), post).status_code, 302)
                post.refresh_from_db()
                self.assertEqual((post.document, post.version), (text, 1))

    def test_a_new_title_changes_its_line_and_the_heading_that_repeats_it(self):
        self.assertEqual(self.send(self.form() | {"title": "新题"}).status_code, 302)
        gone, come = self.lines(DIGEST)
        self.assertEqual((len(gone), come), (2, ['title: "新题"   # 编辑：请勿改动', "# 新题"]))
        revision = self.post.revisions.first()
        self.assertEqual(
            (revision.user, revision.reason, revision.document),
            (self.editor, "edit", self.post.document),
        )

    def test_every_field_patches_its_key(self):
        data = self.form() | {
            "tags": "港口, 灯塔",
            "authors": "甲、乙",
            "categories": "tech，航运",
            "source": "https://new.example/\nhttps://two.example/",
            "date": "2026-03-06",
        }
        self.assertEqual(self.send(data).status_code, 302)
        self.post.refresh_from_db()
        self.assertEqual(
            list(self.post.tags.order_by("rows__position").values_list("name", flat=True)),
            ["港口", "灯塔"],
        )
        self.assertEqual(
            {author.name for author in Author.objects.filter(posts=self.post)}, {"甲", "乙"}
        )
        self.assertEqual(Category.objects.filter(posts=self.post).count(), 2)
        self.assertEqual(
            [link.text for link in self.post.card.sources],
            ["new.example", "two.example"],
        )
        self.assertEqual(self.post.address, "/2026/03/06/port/")
        self.assertIn("unknown: [1.10, 012, yes]\n", self.post.document)

    def test_the_second_of_two_editors_is_shown_and_keeps_his_text(self):
        first, second = (
            self.form() | {"title": "一"},
            self.form() | {"title": "二", "body": "二的正文"},
        )
        self.send(first)
        response = self.send(second)
        self.assertEqual(response.status_code, 200)
        self.assertContains(response, "二的正文")
        self.assertEqual(
            response.context["adminform"].form.non_field_errors().as_data()[0].code, "conflict"
        )
        self.post.refresh_from_db()
        self.assertEqual(self.post.title, "一")

    def test_what_is_wrong_is_shown_at_its_field(self):
        for changes, field in [
            ({"date": "nope"}, "date"),
            ({"date": "2026-02-30"}, "date"),
            ({"title": ""}, "title"),
            ({"slug": "!!"}, "slug"),
            ({"body": "a\nb\0"}, "body"),
        ]:
            with self.subTest(changes=changes):
                response = self.send(self.form() | changes)
                self.assertEqual(response.status_code, 200)
                self.assertIn(field, response.context["adminform"].form.errors)
        with mock.patch.object(pool.shared, "document", Limits(1.0, DOCUMENT.memory)):
            slow = self.send(self.form() | {"body": "<div>" * 90_000})
        self.assertIn("body", slow.context["adminform"].form.errors)
        self.post.refresh_from_db()
        self.assertEqual(self.post.document, DIGEST)

    def test_status_is_written_in_the_document(self):
        self.send(self.form() | {"status": "withdrawn"})
        self.assertIn("published: false", self.lines(DIGEST)[1])
        self.assertEqual(self.client.get("/2026/03/05/port/").status_code, 410)
        self.send(self.form() | {"status": "draft"})
        self.assertIn("draft: true", self.lines(DIGEST)[1])
        self.send(self.form() | {"status": "published"})
        self.post.refresh_from_db()
        self.assertTrue(self.post.is_public)

    def test_a_new_post(self):
        data = {
            "title": "新: 文",
            "date": "2026-03-01",
            "status": "draft",
            "body": "## 新闻\n\n### 甲\n",
            "tags": "a，b",
            "authors": "",
            "categories": "tech",
            "slug": "",
            "source": "",
        }
        self.assertEqual(self.client.post(f"{ADMIN}add/", data | {"based_on": ""}).status_code, 302)
        post = Post.objects.get(title="新: 文")
        self.assertEqual(
            (post.path, post.status, post.story_count), ("_posts/2026-03-01-新-文.md", "draft", 1)
        )
        self.assertTrue(
            post.document.startswith('---\nlayout: post\ntitle: "新: 文"\ndate: 2026-03-01\n')
        )
        self.client.post(f"{ADMIN}add/", data | {"based_on": ""})
        self.assertEqual(Post.objects.filter(title="新: 文").count(), 2)

    def test_actions_revisions_and_restoring(self):
        for action in ("withdraw", "publish"):
            with self.captureOnCommitCallbacks(execute=True):
                self.client.post(ADMIN, {"action": action, "_selected_action": [self.post.pk]})
        self.assertContains(self.client.get(f"{ADMIN}{self.post.pk}/history/"), "#3")
        self.assertContains(
            self.client.get(f"{ADMIN}{self.post.pk}/revisions/1/"), "+published: true"
        )
        self.assertContains(
            self.client.get(f"{ADMIN}{self.post.pk}/revisions/1/?with=2"), "+published: false"
        )
        self.assertEqual(
            self.client.get(f"{ADMIN}{self.post.pk}/revisions/1/?with=99").status_code, 404
        )
        self.client.post(f"{ADMIN}{self.post.pk}/revisions/1/")
        self.post.refresh_from_db()
        self.assertEqual((self.post.document, self.post.version), (DIGEST, 4))

    def test_merging_at_the_admin(self):
        ai, port = Tag.objects.get(slug="ai"), Tag.objects.get(slug="港口")
        data = {"action": "merge", "_selected_action": [ai.pk, port.pk]}
        self.assertContains(self.client.post("/admin/posts/tag/", data), 'type="radio"')
        self.client.post("/admin/posts/tag/", data | {"into": port.pk})
        self.assertEqual(Tag.objects.get(pk=ai.pk).merged_into, port)
        sources = list(
            Source.objects.filter(host__in=["ferry.example", "maps.example"]).values_list(
                "pk", flat=True
            )
        )
        self.client.post(
            "/admin/posts/source/",
            {"action": "merge", "_selected_action": sources, "into": sources[0]},
        )
        self.assertEqual(Source.objects.filter(merged_into__isnull=False).count(), 1)

    def test_redirects_lead_within_the_site_only(self):
        for target in (
            "https://evil.example/",
            "//evil.example/",
            "/\\evil.example",
            "javascript:alert(1)",
            "/a\r\nb",
        ):
            response = self.client.post(
                "/admin/posts/redirect/add/", {"old_path": "/old/", "target": target}
            )
            self.assertEqual(response.status_code, 200, target)
        done = self.client.post(
            "/admin/posts/redirect/add/", {"old_path": "/old/", "target": "/archive/"}
        )
        self.assertEqual(done.status_code, 302, done.context and done.context["errors"])
        self.assertRedirects(self.client.get("/old/"), "/archive/", 301)
        self.assertEqual(
            self.client.post(
                "/admin/posts/redirect/add/", {"old_path": self.post.address, "target": "/x/"}
            ).status_code,
            200,
        )

    def test_every_page_of_the_admin_opens_with_few_queries(self):
        QuarantinedFile.objects.create(
            path="x.md", line=3, code="bad-yaml", message="<b>", seen_at="2026-01-01T00:00Z"
        )
        Redirect.objects.create(old_path="/x/", target="/archive/")
        for number in range(60):
            save(
                plain(f"n{number}", "2026-03-05", tags="[a, b]"), f"_posts/2026-03-05-n{number}.md"
            )
        for address in [
            "",
            "?q=风",
            "?status__exact=draft",
            "?category=tech",
            "?language=zh-hans",
            "?day__year=2026",
            f"{self.post.pk}/change/",
            "add/",
            f"{self.post.pk}/history/",
        ]:
            with self.subTest(address=address), CaptureQueriesContext(connection) as queries:
                self.assertEqual(self.client.get(ADMIN + address).status_code, 200)
            self.assertLessEqual(len(queries), 15, address)
        for model in (
            "tag",
            "category",
            "author",
            "source",
            "redirect",
            "quarantinedfile",
            "image",
        ):
            self.assertEqual(self.client.get(f"/admin/posts/{model}/").status_code, 200, model)
        self.assertContains(self.client.get("/admin/posts/quarantinedfile/"), "&lt;b&gt;")

    def test_the_admin_speaks_both_languages(self):
        self.assertContains(
            self.client.get("/admin/", headers={"Accept-Language": "zh-Hans"}), "编辑台"
        )
        self.assertContains(
            self.client.get("/admin/", headers={"Accept-Language": "en"}), "Newsroom desk"
        )


class Permissions(TestCase):
    """Each rule through every door."""

    def setUp(self):
        self.public, self.draft = (
            save(),
            save(digest(title="草稿", draft="true"), "_posts/2026-03-05-draft.md"),
        )

    def sign_in(self, *permissions: str):
        user = User.objects.create(username="someone", is_staff=True)
        user.user_permissions.set(Permission.objects.filter(codename__in=permissions))
        self.client.force_login(user)

    def change(self, post, **changes):
        data = {
            "title": post.title,
            "date": "2026-03-05",
            "slug": "",
            "authors": "x",
            "categories": "",
            "tags": "",
            "source": "",
            "status": post.status,
            "body": "x",
            "based_on": post.version,
        }
        return self.client.post(f"{ADMIN}{post.pk}/change/", data | changes)

    def test_strangers_see_nothing_of_the_admin(self):
        for address in (
            ADMIN,
            f"{ADMIN}{self.draft.pk}/change/",
            f"{ADMIN}{self.draft.pk}/history/",
            f"{ADMIN}{self.draft.pk}/revisions/1/",
        ):
            response = self.client.get(address)
            self.assertEqual(response.status_code, 302)
            self.assertIn("/login/", response["Location"])
            self.assertEqual(self.client.post(address).status_code, 302)

    def test_staff_without_permission_gets_403_at_every_door(self):
        self.sign_in()
        for address in (
            ADMIN,
            f"{ADMIN}{self.draft.pk}/change/",
            f"{ADMIN}{self.draft.pk}/history/",
            f"{ADMIN}{self.draft.pk}/revisions/1/",
            "/admin/posts/tag/",
        ):
            self.assertEqual(self.client.get(address).status_code, 403, address)
        self.assertEqual(self.client.post(f"{ADMIN}{self.draft.pk}/revisions/1/").status_code, 403)

    def test_an_author_edits_drafts_and_publishes_nothing(self):
        self.sign_in("view_post", "change_post", "add_post", "change_tag", "view_tag")
        self.change(self.draft, status="published", title="改过")
        self.draft.refresh_from_db()
        self.assertEqual((self.draft.title, self.draft.status), ("改过", "draft"))
        self.assertEqual(self.change(self.public, title="改过").status_code, 403)
        self.client.post(ADMIN, {"action": "publish", "_selected_action": [self.draft.pk]})
        self.draft.refresh_from_db()
        self.assertEqual(self.draft.status, "draft")
        self.client.post(f"{ADMIN}{self.public.pk}/revisions/1/")
        tags = list(Tag.objects.values_list("pk", flat=True))
        self.assertEqual(
            self.client.post(
                "/admin/posts/tag/", {"action": "merge", "_selected_action": tags, "into": tags[0]}
            ).status_code,
            403,
        )
        self.public.refresh_from_db()
        self.assertEqual(self.public.document, DIGEST)

    def test_an_author_cannot_publish_by_writing_or_restoring_a_document(self):
        self.sign_in("view_post", "change_post", "add_post")
        self.client.post(
            f"{ADMIN}add/",
            {
                "title": "t",
                "date": "2026-03-01",
                "status": "published",
                "body": "x",
                "authors": "",
                "categories": "",
                "tags": "",
                "source": "",
                "slug": "",
                "based_on": "",
            },
        )
        self.assertFalse(Post.objects.filter(title="t").exclude(status="draft").exists())
        public = save(digest(title="曾公开"), "_posts/2026-03-05-was.md")
        save(digest(title="曾公开", draft="true"), "_posts/2026-03-05-was.md")
        self.client.post(f"{ADMIN}{public.pk}/revisions/1/")
        public.refresh_from_db()
        self.assertEqual(public.status, "draft")

    def test_nobody_deletes_a_post(self):
        self.client.force_login(User.objects.create_superuser("root"))
        self.assertEqual(
            self.client.post(f"{ADMIN}{self.public.pk}/delete/", {"post": "yes"}).status_code, 403
        )


class SigningIn(TestCase):
    def setUp(self):
        User.objects.create_superuser("editor", password="right-word-1")

    def attempt(self, password: str, name: str = "editor"):
        return self.client.post("/admin/login/", {"username": name, "password": password})

    def test_a_session_changes_at_sign_in_and_dies_at_sign_out(self):
        self.client.get("/admin/login/")
        before = self.client.session.session_key
        self.attempt("right-word-1")
        key = self.client.session.session_key
        self.assertNotEqual(key, before)
        self.client.post("/admin/logout/")
        self.client.cookies["sessionid"] = key
        self.assertEqual(self.client.get("/admin/").status_code, 302)

    def test_forms_need_their_token_and_never_lead_away(self):
        strict = Client(enforce_csrf_checks=True)
        self.assertEqual(
            strict.post(
                "/admin/login/", {"username": "editor", "password": "right-word-1"}
            ).status_code,
            403,
        )
        response = self.client.post(
            "/admin/login/?next=//evil.example/",
            {"username": "editor", "password": "right-word-1", "next": "//evil.example/"},
        )
        self.assertNotIn("evil", response["Location"])


@tag("slow")
class Together(TestCase):
    """Several editors at once, each a process of its own: every save lands, nobody sees an
    error.
    """

    def test_editors_who_save_at_the_same_time(self):
        folder = Path(tempfile.mkdtemp(prefix="newsroom-test-"))
        self.addCleanup(shutil.rmtree, folder, ignore_errors=True)
        database = Database(folder, "together")
        self.addCleanup(database.drop)
        database.create()
        self.assertEqual(database.start("manage.py", "migrate", "-v0").wait(), 0)
        code = (
            "from tests.cast import plain, save; "
            "[save(plain(f'n%d-{n}', '2026-03-05', tags=f'[t{n}, 共同]'),"
            " '_posts/2026-03-05-n%d.md') for n in range(8)]"
        )
        editors = [database.run(code % (number, number)) for number in range(4)]
        self.assertEqual([editor.wait() for editor in editors], [0, 0, 0, 0])
        shown = database.output(
            "from posts.models import Post; "
            "print(sorted(Post.objects.values_list('title', 'version')))"
        )
        self.assertEqual(shown.strip(), str([(f"n{number}-7", 8) for number in range(4)]))
