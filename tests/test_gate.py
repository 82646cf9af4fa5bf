"""One gate: nobody who may not publish makes anything public, through whatever door."""

import contextlib
from datetime import timedelta
from typing import Any

from django.contrib.auth.models import Permission, User
from django.db import transaction
from django.test import TestCase, tag
from django.utils import timezone
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from posts import publishing
from posts.content.problems import Unreadable
from posts.content.visibility import HELD_IF_FALSE, HELD_IF_TRUE, HELD_UNLESS_FALSE
from posts.deriving import pool
from posts.models import Category, Image, Post, QuarantinedFile, Redirect, Revision, Tag
from tests.cast import DIGEST, digest, plain, save
from tests.test_parity import DATES, TEXTS, documents

ADMIN = "/admin/posts/post/"
AUTHOR = ("add_post", "change_post", "view_post")
FRONT_MATTERS = {
    "yaml": "---\ndate: 2026-03-05\npublished: true\n---\n正文\n",
    "toml": "+++\ndate = 2026-03-05\ndraft = false\n+++\n正文\n",
    "json": '{\n"date": "2026-03-05"\n}\n正文\n',
    "meta": "Title: x\nDate: 2026-03-05\n\n正文\n",
    "behind a mark": "\ufeff---\ndate: 2026-03-05\n---\n正文\n",
    "behind blank lines": "\n\n---\ndate: 2026-03-05\n---\n正文\n",
}
TOML = """\
+++
# b
title = "a" # c
date = 2026-03-05
x = [1, 2] # d
[extra]
y = 1 # e
+++
正文
"""
JSON = """\
{
  "title": "a",
  "date": "2026-03-05",
  "x": [1.10, {"y": null}]
}
正文
"""


class Author(TestCase):
    """Somebody who may add and change posts, and not publish."""

    def setUp(self):
        self.author = User.objects.create(username="author", is_staff=True)
        self.allow(*AUTHOR)
        self.client.force_login(self.author)

    def allow(self, *codenames: str) -> None:
        self.author.user_permissions.set(Permission.objects.filter(codename__in=codenames))
        self.author = User.objects.get(pk=self.author.pk)  # permissions are remembered

    def fields(self, post: Post) -> dict[str, Any]:
        """What the form of a post begins with."""
        form = self.client.get(f"{ADMIN}{post.pk}/change/").context["adminform"].form
        return {name: form.initial.get(name) or "" for name in form.fields}

    def send(self, post: Post, **changes: str) -> Any:
        return self.client.post(f"{ADMIN}{post.pk}/change/", self.fields(post) | changes)

    def add(self, **changes: str) -> Any:
        data = dict.fromkeys(("authors", "categories", "tags", "source", "slug", "based_on"), "")
        data |= {"title": "新", "date": "2026-03-05", "status": "draft", "body": "正文"}
        return self.client.post(f"{ADMIN}add/", data | changes)

    def assert_nothing_is_public(self) -> None:
        self.assertFalse(Post.objects.filter(status="published").exists())
        self.assertFalse(Post.objects.exclude(published_at=None).exists())
        self.assertFalse(Post.objects.exclude(public_since=None).exists())


@tag("long")
class TheForm(Author):
    def test_a_date_for_a_draft_that_only_lacked_one_publishes_nothing(self):
        for number, day in enumerate(("2026-03-05", "2036-03-05", "1999-01-01 10:00 +0800")):
            post = save("---\ntitle: 想法\n---\n正文\n", f"_posts/idea{number}.md")
            self.assertEqual((post.status, post.day), ("draft", None))
            self.assertEqual(self.send(post, date=day).status_code, 302)
            post.refresh_from_db()
            self.assertEqual((post.status, post.day.isoformat()), ("draft", day[:10]))
            self.assertIn("draft: true", post.document)
        self.assert_nothing_is_public()

    def test_a_date_publishes_nothing_for_an_editor_either_while_the_status_says_draft(self):
        self.allow(*AUTHOR, "publish_post")
        post = save("---\ntitle: 想法\n---\n正文\n", "_posts/idea.md")
        self.assertEqual(self.send(post, date="2026-03-05").status_code, 302)
        self.assert_nothing_is_public()

    def test_front_matter_typed_into_a_body_that_has_none_is_refused_at_the_body(self):
        for name, typed in FRONT_MATTERS.items():
            with self.subTest(name):
                post = save("只有正文\n", f"notes/{name}.md")
                self.assertEqual(post.status, "draft")
                response = self.send(post, body=typed)
                self.assertEqual(response.status_code, 200, name)
                errors = response.context["adminform"].form.errors
                self.assertEqual(errors.as_data()["body"][0].code, "not-allowed")
                self.assertContains(response, "正文")
                post.refresh_from_db()
                self.assertEqual(post.document, "只有正文\n")
        self.assert_nothing_is_public()

    def test_no_field_can_close_the_front_matter_or_add_a_key_to_it(self):
        tricks = [
            "x\n---\npublished: true\ndate: 2026-03-05\n---\n",
            'x"\ndraft: false\nhidden: "',
            "x\r\ndraft: false",
            "x\u2028draft: false",
            "x\x85draft: false\x85",
            "*draft",
            "&a x\n<<: {draft: false}",
            "draft: false",
            "{draft: false}",
            "]\ndraft: false\nx: [",
            "+++\ndraft = false",
            "- x\ndraft: no",
        ]
        documents = {
            "yaml": "---\ntitle: a\ndate: 2026-03-05\ndraft: true\ntags: [b]\n---\n正文\n",
            "flow": "---\n{title: a, date: 2026-03-05, draft: true, tags: [b]}\n---\n正文\n",
            "toml": '+++\ntitle = "a"\ndate = 2026-03-05\ndraft = true\n+++\n正文\n',
            "json": '{"title": "a", "date": "2026-03-05", "draft": true}\n正文\n',
            "meta": "Title: a\nDate: 2026-03-05\nStatus: draft\n\n正文\n",
        }
        for kind, text in documents.items():
            post = save(text, f"_posts/2026-03-05-{kind}.md")
            self.assertEqual(post.status, "draft")
            fields = self.fields(post)
            for trick in tricks:
                for name in ("title", "slug", "authors", "categories", "tags", "source", "date"):
                    with self.subTest(kind=kind, trick=trick, field=name):
                        address = f"{ADMIN}{post.pk}/change/"
                        code = self.client.post(address, fields | {name: trick}).status_code
                        self.assertIn(code, (200, 302))
                        post.refresh_from_db()
                        self.assertEqual(post.status, "draft")
                        if code == 302:
                            fields = self.fields(post)
        self.assert_nothing_is_public()

    def test_no_body_can_take_a_draft_back(self):
        post = save(digest(draft="true"))
        for body in (*FRONT_MATTERS.values(), "---\ndraft: false\n---\n", "...\n---\ndraft: no\n"):
            self.assertIn(self.send(post, body=body).status_code, (200, 302))
            post.refresh_from_db()
            self.assertEqual(post.status, "draft")

    def test_a_status_that_is_forged_counts_for_nothing(self):
        post = save(digest(draft="true"))
        for status in ("published", "withdrawn", "scheduled", ""):
            self.send(post, status=status)
            self.add(status=status, title=f"t{status}", body="---\npublished: true\n---\n")
        self.assert_nothing_is_public()
        self.assertFalse(Post.objects.filter(status="withdrawn").exists())

    def test_a_new_post_is_a_draft_whatever_its_date(self):
        later = (timezone.now() + timedelta(days=30)).strftime("%Y-%m-%d")
        for day in ("2026-03-05", later, "2026-03-05\npublished: true\n---\n"):
            self.add(date=day)
        self.assert_nothing_is_public()

    def test_a_public_post_is_not_changed_at_any_form_field(self):
        post = save()
        scheduled = save(plain("later", "2099-01-01"), "_posts/2099-01-01-later.md")
        for each in (post, scheduled):
            response = self.client.post(
                f"{ADMIN}{each.pk}/change/", {"title": "x", "based_on": each.version}
            )
            self.assertEqual(response.status_code, 403)
        self.assertEqual(Post.objects.get(pk=post.pk).document, DIGEST)

    def test_a_public_post_is_shown_to_read(self):
        for text in (DIGEST, DIGEST.replace("layout: post", "layout: a: b")):
            post = save()
            Post.objects.update(document=text)
            page = self.client.get(f"{ADMIN}{post.pk}/change/")
            self.assertContains(page, "灯塔的灯换成了省电的型号。")
            self.assertNotContains(page, 'name="body"')
            self.assertNotContains(page, 'name="_save"')

    def test_a_post_that_is_published_between_the_check_and_the_save_is_left_alone(self):
        post = save(digest(draft="true"))
        form = self.client.get(f"{ADMIN}{post.pk}/change/").context["adminform"].form
        data = {name: form.initial.get(name) or "" for name in form.fields} | {"title": "x"}
        published = publishing.publish(post).post
        response = self.client.post(f"{ADMIN}{post.pk}/change/", data)
        self.assertEqual(response.status_code, 403)
        published.refresh_from_db()
        self.assertNotEqual(published.title, "x")


class OtherDoors(Author):
    def test_saving_and_importing_ask_of_the_result(self):
        for number, text in enumerate(
            (
                DIGEST,
                plain("later", "2099-01-01"),
                digest(expiryDate="2026-03-06"),
                *FRONT_MATTERS.values(),
            )
        ):
            path = f"_posts/door{number}.md"
            with self.subTest(text[:40]), self.assertRaises(publishing.NotAllowed):
                publishing.save(path=path, document=text, reason="api", user=self.author)
            with self.assertRaises(publishing.NotAllowed):
                publishing.save_all(
                    [publishing.submission(path, text)], reason="import", user=self.author
                )
        self.assert_nothing_is_public()
        self.assertFalse(Post.objects.exists())

    def test_one_post_that_may_not_be_keeps_its_whole_batch_out(self):
        draft = publishing.submission("_posts/a.md", "---\ntitle: a\n---\n")
        public = publishing.submission("_posts/2026-03-05-b.md", DIGEST)
        with self.assertRaises(publishing.NotAllowed):
            publishing.save_all([draft, public], reason="import", user=self.author)
        self.assertFalse(Post.objects.exists())

    def test_a_draft_is_saved_through_every_door(self):
        text = digest(draft="true")
        saved = publishing.save(path="_posts/a.md", document=text, reason="api", user=self.author)
        self.assertEqual((saved.state, saved.post.status), ("imported", "draft"))
        self.assertEqual(publishing.retag(saved.post, ["x"], user=self.author).state, "updated")

    def test_publishing_withdrawing_and_restoring_are_refused(self):
        post = save()
        draft = publishing.withdraw(post).post
        for step in (publishing.publish,):
            with self.assertRaises(publishing.NotAllowed):
                step(draft, user=self.author)
        with self.assertRaises(publishing.NotAllowed):
            publishing.restore(draft.revisions.get(number=1), user=self.author)
        self.client.post(f"{ADMIN}{post.pk}/revisions/1/")
        self.assertEqual(Post.objects.get().status, "withdrawn")
        public = publishing.publish(draft).post
        for step in (publishing.withdraw, publishing.publish):
            with self.assertRaises(publishing.NotAllowed):
                step(public, user=self.author)
        self.assertEqual(Post.objects.get().version, public.version)

    def test_actions_are_refused(self):
        public, draft = save(), save(digest(draft="true"), "_posts/2026-03-05-b.md")
        for action in ("publish", "withdraw"):
            data = {"action": action, "_selected_action": [public.pk, draft.pk]}
            with self.captureOnCommitCallbacks(execute=True):
                self.client.post(ADMIN, data)
            with self.assertRaises(publishing.NotAllowed):
                publishing.start_selection(action, [draft.pk, public.pk], user=self.author)
        publishing.run_all()
        states = Post.objects.order_by("path").values_list("status", "version")
        self.assertEqual(list(states), [("draft", 1), ("published", 1)])

    def test_the_drafts_folder_is_no_way_round(self):
        for text in ("---\ntitle: a\ndate: 2026-03-05\ndraft: false\n---\n",):
            with self.assertRaises(publishing.NotAllowed):
                publishing.save(path="_drafts/a.md", document=text, reason="api", user=self.author)
        saved = publishing.save(
            path="_drafts/a.md",
            document="---\ndate: 2026-03-05\n---\n",
            reason="x",
            user=self.author,
        )
        self.assertEqual(saved.post.status, "draft")

    def test_rights_are_those_of_now(self):
        self.allow(*AUTHOR, "publish_post")
        post = publishing.save(path="a.md", document=DIGEST, reason="x", user=self.author).post
        self.allow(*AUTHOR)
        with self.assertRaises(publishing.NotAllowed):
            publishing.withdraw(post, user=self.author)


class Anything(Author):
    """Whatever is written: what an author saves is a draft, or is not saved."""

    def never_public(self, check: Any) -> None:
        fuzz = settings(
            max_examples=80,
            deadline=None,
            derandomize=True,
            database=None,
            suppress_health_check=list(HealthCheck),
        )
        fuzz(check)()

    def test_no_document_of_an_author_is_public(self):
        @given(documents())
        def check(document: tuple[str, str, str]) -> None:
            path, text, zone = document
            refusals = (publishing.NotAllowed, publishing.Refused, Unreadable)
            with contextlib.suppress(*refusals), transaction.atomic():
                publishing.save(path=path, document=text, zone=zone, reason="x", user=self.author)
            self.assert_nothing_is_public()
            Post.objects.all().delete()

        self.never_public(check)

    def test_nothing_that_an_author_types_makes_a_draft_public(self):
        texts = {
            "none": "只有正文\n",
            "undated": "---\ntitle: 想法\n---\n正文\n",
            "draft": "---\ntitle: a\ndate: 2026-03-05\ndraft: true\n---\n正文\n",
            "meta": "Title: a\nDate: 2026-03-05\nStatus: draft\n\n正文\n",
            "toml": '+++\ntitle = "a"\ndate = 2026-03-05\ndraft = true\n+++\n正文\n',
        }
        posts = [save(text, f"notes/{name}.md") for name, text in texts.items()]
        fields = ("title", "date", "slug", "authors", "categories", "tags", "source")

        @given(
            st.sampled_from(posts),
            st.dictionaries(st.sampled_from(fields), st.one_of(TEXTS, DATES), max_size=4),
            st.one_of(st.none(), TEXTS, documents().map(lambda document: document[1])),
        )
        def check(post: Post, typed: dict[str, str], body: str | None) -> None:
            changes = typed | ({} if body is None else {"body": body})
            self.assertIn(self.send(post, **changes).status_code, (200, 302))
            self.assert_nothing_is_public()

        self.never_public(check)


class Rows(Author):
    """Labels, redirects and the rest: what is public without being a post."""

    def setUp(self):
        super().setUp()
        self.post = save()
        self.allow(
            *AUTHOR,
            *(
                f"{verb}_{name}"
                for verb in ("add", "change", "view", "delete")
                for name in ("tag", "category", "redirect", "image", "quarantinedfile", "revision")
            ),
        )

    def test_labels_are_neither_renamed_nor_moved_nor_merged_nor_switched(self):
        tag, category = Tag.objects.get(slug="ai"), Category.objects.get()
        forms = {
            f"/admin/posts/tag/{tag.pk}/change/": {"name": "x", "description": ""},
            f"/admin/posts/category/{category.pk}/change/": {
                "name": "x", "position": 1, "digest": "false", "description": ""},
            "/admin/posts/category/": {
                "form-TOTAL_FORMS": 1, "form-INITIAL_FORMS": 1, "form-0-id": category.pk,
                "form-0-position": 1, "_save": "1"},
            "/admin/posts/tag/": {
                "action": "merge", "into": tag.pk,
                "_selected_action": list(Tag.objects.values_list("pk", flat=True))},
        }  # fmt: skip
        for address, data in forms.items():
            self.assertEqual(self.client.get(address).status_code, 200, address)
            self.assertEqual(self.client.post(address, data).status_code, 403, address)
        self.assertEqual(Tag.objects.get(slug="ai").name, "ai")
        after = Category.objects.get()
        self.assertEqual((after.name, after.position, after.digest), ("tech", 100, None))
        self.assertFalse(Tag.objects.exclude(merged_into=None).exists())
        for row in (tag, category):
            with self.assertRaises(publishing.NotAllowed):
                publishing.save_row(row, user=self.author)
        with self.assertRaises(publishing.NotAllowed):
            publishing.start_merge(tag, Tag.objects.get(slug="港口"), user=self.author)
        with self.assertRaises(publishing.NotAllowed):
            publishing.start_rebuild(category, user=self.author)

    def test_redirects_are_neither_added_nor_changed_nor_deleted(self):
        row = Redirect.objects.create(old_path="/x/", target="/archive/")
        data = {"old_path": "/y/", "target": "/archive/"}
        for address in ("add/", f"{row.pk}/change/", f"{row.pk}/delete/"):
            response = self.client.post(f"/admin/posts/redirect/{address}", data | {"post": "yes"})
            self.assertEqual(response.status_code, 403, address)
        action = {"action": "delete_selected", "_selected_action": [row.pk], "post": "yes"}
        self.assertEqual(self.client.post("/admin/posts/redirect/", action).status_code, 403)
        self.assertEqual(Redirect.objects.get(old_path="/x/"), row)
        with self.assertRaises(publishing.NotAllowed):
            publishing.delete_row(row, user=self.author)

    def test_pictures_files_and_revisions_have_no_door(self):
        image = Image.objects.create(path="a.png", file="a.png", width=1, height=1, size=1)
        file = QuarantinedFile.objects.create(
            path="x.md", line=1, code="nul", message="", seen_at=timezone.now()
        )
        for address in (
            "image/add/", f"image/{image.pk}/change/", f"image/{image.pk}/delete/",
            "quarantinedfile/add/", f"quarantinedfile/{file.pk}/change/",
        ):  # fmt: skip
            response = self.client.post(f"/admin/posts/{address}", {"path": "b", "post": "yes"})
            self.assertEqual(response.status_code, 403, address)
        self.assertEqual(self.client.get("/admin/posts/revision/").status_code, 404)
        self.assertEqual(Revision.objects.get().document, DIGEST)


class OldAddresses(Author):
    """A draft holds no old address, takes none from others and answers at none."""

    def test_a_draft_claims_no_address_and_reveals_none(self):
        text = digest(draft="true", redirect_from="[/old/, /tags/ai/, /2026/01/01/x/]")
        post = publishing.save(path="_posts/a.md", document=text, reason="x", user=self.author).post
        self.assertFalse(Redirect.objects.exists())
        self.assertEqual(self.client.get("/old/").status_code, 404)
        published = publishing.publish(post).post
        self.assertEqual(self.client.get("/old/")["Location"], published.address)

    def test_a_draft_takes_no_redirect_from_a_public_post(self):
        public = save(digest(redirect_from="/old/"))
        text = plain("d", "2026-03-09", draft="true", redirect_from="/old/")
        publishing.save(path="_posts/d.md", document=text, reason="x", user=self.author)
        self.assertEqual(self.client.get("/old/")["Location"], public.address)

    def test_a_draft_takes_no_redirect_by_standing_at_its_address(self):
        save()
        moved = save(digest(slug="new-name"))
        squatter = plain("d", "2026-03-05", slug="port", draft="true")
        post = publishing.save(path="_posts/d.md", document=squatter, reason="x", user=self.author)
        self.assertEqual(self.client.get("/2026/03/05/port/")["Location"], moved.address)
        gone = plain("d", "2026-03-06", slug="port", draft="true")
        publishing.save(path=post.post.path, document=gone, reason="x", user=self.author)
        self.assertEqual(self.client.get("/2026/03/05/port/")["Location"], moved.address)
        publishing.publish(Post.objects.get(path="_posts/d.md"))
        self.assertEqual(self.client.get("/2026/03/05/port/")["Location"], moved.address)

    def test_a_withdrawn_post_takes_none_either(self):
        save()
        moved = save(digest(slug="new-name"))
        withdrawn = save(plain("w", "2026-03-08"), "_posts/w.md")
        withdrawn = publishing.withdraw(withdrawn).post
        for text in (
            plain("w", "2026-03-05", slug="port", published="false"),
            plain("w", "2026-03-08", published="false", redirect_from="/2026/03/05/port/"),
        ):
            publishing.save(path="_posts/w.md", document=text, reason="x", user=self.author)
            self.assertEqual(self.client.get("/2026/03/05/port/")["Location"], moved.address)

    def test_a_draft_keeps_no_editors_post_from_its_old_address(self):
        text = plain("d", "2026-03-09", draft="true", redirect_from="/old/", slug="x")
        publishing.save(path="_posts/d.md", document=text, reason="x", user=self.author)
        public = publishing.save(
            path="_posts/2026-03-05-port.md",
            document=digest(redirect_from="[/old/, /2026/03/09/x/]"),
            reason="x",
        )
        self.assertEqual(public.conflicts, ())
        for address in ("/old/", "/2026/03/09/x/"):
            self.assertEqual(self.client.get(address)["Location"], public.post.address)

    def test_redirects_of_a_scheduled_post_wait_and_go_with_it(self):
        later = (timezone.now() + timedelta(days=3)).strftime("%Y-%m-%d")
        post = save(plain("s", later, redirect_from="/old/"), "_posts/s.md")
        self.assertEqual(self.client.get("/old/").status_code, 404)
        self.assertTrue(Redirect.objects.filter(old_path="/old/").exists())
        publishing.withdraw(post)
        self.assertFalse(Redirect.objects.filter(old_path="/old/").exists())

    def test_stories_of_a_draft_leave_nothing_behind(self):
        text = digest(draft="true")
        save(text)
        save(text.replace("### 第一条：灯塔换灯", "### 第一条：灯塔换新灯"))
        self.assertFalse(Redirect.objects.exists())

    def test_an_editors_redirect_is_never_taken_over(self):
        row = Redirect.objects.create(old_path="/old/", target="/archive/")
        post = save(digest(redirect_from="/old/"))
        save(digest(redirect_from="/old/", title="更正"))
        row.refresh_from_db()
        self.assertEqual((row.target, row.post, row.derived), ("/archive/", None, False))
        self.assertRedirects(self.client.get("/old/"), "/archive/", 301)
        Redirect.objects.create(old_path=post.address, target="/archive/")
        save(digest(slug="elsewhere"))
        self.assertEqual(Redirect.objects.get(old_path=post.address).target, "/archive/")


class Publishing(TestCase):
    """Whatever holds a post back is taken back by publishing it."""

    def test_every_key_that_holds_back_is_taken_back(self):
        held = dict.fromkeys((*HELD_UNLESS_FALSE, *HELD_IF_TRUE), "true")
        held |= dict.fromkeys(HELD_IF_FALSE, "false")
        held |= {
            "published": "false",
            "isDraft": "maybe",
            "Draft": '"yes"',
            "status": "pending",
            "visibility": "private",
            "password": "secret",
            "permalink": "false",
            "build": "{render: never}",
            "expiryDate": "2026-03-06",
            "unpublish_date": "2026-03-06",
        }
        for number, (key, value) in enumerate(held.items()):
            with self.subTest(key=key, value=value):
                path = f"_posts/2026-03-05-n{number}.md"
                text = plain(f"n{number}", "2026-03-05", **{key: value}, kept='"x"  # mark')
                post = save(text, path)
                self.assertFalse(post.is_public)
                public = publishing.publish(post).post
                self.assertTrue(public.is_public, public.document)
                self.assertEqual(self.client.get(public.address).status_code, 200)
                self.assertIn('kept: "x"  # mark\n', public.document)

    def test_several_keys_in_a_drafts_folder_are_all_taken_back(self):
        text = plain("a", "2026-03-05", draft="true", published="false", status="private", hide="1")
        post = save(text, "_drafts/a.md")
        self.assertTrue(publishing.publish(post).post.is_public)
        self.assertTrue(
            publishing.publish(save("---\ntitle: b\n---\n", "_drafts/b.md")).post.is_public
        )

    def test_withdrawing_keeps_a_date_under_published(self):
        post = save("---\ntitle: a\npublished: 2026-03-05\n---\n正文\n", "notes/a.md")
        self.assertTrue(post.is_public)
        withdrawn = publishing.withdraw(post).post
        self.assertEqual(withdrawn.status, "withdrawn")
        self.assertIn("published: 2026-03-05\n", withdrawn.document)
        self.assertEqual(publishing.publish(withdrawn).post.address, post.address)

    def test_withdrawing_and_publishing_keep_what_they_do_not_know(self):
        documents = {
            "yaml": DIGEST,
            "toml": TOML,
            "json": JSON,
            "meta": "Title: a\nDate: 2026-03-05\nUnknown: 1.10\n\n正文\n",
        }
        for kind, text in documents.items():
            with self.subTest(kind):
                post = save(text, f"_posts/2026-03-05-{kind}.md")
                before = pool.shared.read(text).values
                withdrawn = publishing.withdraw(post).post
                public = publishing.publish(withdrawn).post
                after = pool.shared.read(public.document)
                self.assertEqual({key: after.values[key] for key in before}, before)
                kept = [line for line in text.splitlines() if line.strip() not in ("", "}")]
                lines = {line.rstrip(",") for line in public.document.splitlines()}
                self.assertEqual([line for line in kept if line.rstrip(",") not in lines], [])
