"""The forms of the admin stand whatever is typed: every mistake is said at its field, in the
editor's language, beside what was typed.
"""

from typing import Any
from unittest import mock
from urllib.parse import quote

from django.contrib.auth.models import Permission, User
from django.db import DataError, IntegrityError, OperationalError, connection, transaction
from django.test import TestCase, TransactionTestCase
from django.utils import translation

from posts import publishing
from posts.admin.wording import worded
from posts.content.frontmatter import PatchError
from posts.content.problems import Problem, Unreadable, Worded
from posts.models import Author, Category, Post, Redirect, Source, Tag
from posts.publishing import refusals, saving
from tests.cast import DIGEST, digest, plain, save

ADMIN = "/admin/posts/post/"
FIELDS = ("title", "date", "slug", "authors", "categories", "tags", "source", "body")


class Forms(TestCase):
    def setUp(self):
        self.post = save()
        self.editor = User.objects.create_superuser("editor")
        self.client.force_login(self.editor)

    def data(self, post: Post | None = None) -> dict[str, Any]:
        form = self.client.get(f"{ADMIN}{(post or self.post).pk}/change/").context["adminform"].form
        return {name: form.initial.get(name) or "" for name in form.fields}

    def send(self, post: Post | None = None, language: str = "en", **changes: Any) -> Any:
        post = post or self.post
        return self.client.post(
            f"{ADMIN}{post.pk}/change/",
            self.data(post) | changes,
            headers={"Accept-Language": language},
        )

    def errors(self, response: Any) -> dict[str, list[str]]:
        self.assertEqual(response.status_code, 200)
        return dict(response.context["adminform"].form.errors)

    def reloaded(self) -> Post:
        return Post.objects.get(pk=self.post.pk)


class Limits(Forms):
    def test_a_nul_is_named_with_its_line_in_every_field(self):
        for name in FIELDS:
            with self.subTest(name):
                errors = self.errors(self.send(**{name: "2026-03-05\n\n甲\0"}))
                self.assertEqual(errors, {name: ["Line 3 holds a NUL character; remove it."]})
        errors = self.errors(self.send(language="zh-hans", body="a\nb\0"))
        self.assertEqual(errors, {"body": ["第 2 行含有 NUL 字符，请删除。"]})
        self.assertEqual(self.reloaded().document, DIGEST)

    def test_a_very_long_text_is_saved_or_refused_at_its_field(self):
        for name in FIELDS:
            for length in (210_000, 1_100_000):
                with self.subTest(name, length=length):
                    response = self.send(**{name: "标" * length})
                    if (name, length) == ("body", 210_000):
                        self.assertEqual(response.status_code, 302)
                    else:
                        self.assertIn(name, self.errors(response))
        many = ", ".join(f"tag{number}" for number in range(9_000))
        self.assertIn(self.send(tags=many).status_code, (200, 302))

    def test_six_hundred_thousand_chinese_characters_are_saved(self):
        body = ("港口的灯塔换了新灯，渡船改走北线。" * 20 + "\n\n") * 1_800
        self.assertGreater(len(body), 600_000)
        form = self.client.get(f"{ADMIN}{self.post.pk}/change/")
        self.assertContains(form, 'enctype="multipart/form-data"')
        encoded = "&".join(
            f"{name}={quote(str(value))}" for name, value in (self.data() | {"body": body}).items()
        )
        response = self.client.post(
            f"{ADMIN}{self.post.pk}/change/", encoded, "application/x-www-form-urlencoded"
        )
        self.assertEqual(response.status_code, 302)
        self.assertTrue(self.reloaded().document.endswith(body))

    def test_strange_values_never_answer_500(self):
        strange = [
            "\ufeff---\n",
            "---\n\t: [",
            "+++\n",
            "{",
            "[" * 3_000,
            "\\ud800",
            "\x1b[0m",
            "‮",
            "&a *a",
        ]
        for text in strange:
            for name in FIELDS:
                with self.subTest(name, text=text):
                    self.assertIn(self.send(**{name: text}).status_code, (200, 302))
                    Post.objects.get(pk=self.post.pk)
        for name in ("status", "based_on"):
            self.assertEqual(self.send(**{name: "nope"}).status_code, 200)


class Unreadables(Forms):
    def test_a_document_typed_in_that_cannot_be_read_is_reported_with_its_line(self):
        post = save("只有正文\n", "notes/a.md")
        typed = "---\ntitle: a: b\ndate: 2026-03-05\n---\n正文\n"
        errors = self.errors(self.send(post, body=typed))
        self.assertEqual(list(errors), ["body"])
        self.assertRegex(errors["body"][0], r"^Line 2: the YAML cannot be read: .*quotes around it")
        errors = self.errors(self.send(post, language="zh-hans", body="+++\na = \n+++\n"))
        self.assertRegex(errors["body"][0], "^第 2 行：")
        self.assertEqual(Post.objects.get(pk=post.pk).document, "只有正文\n")

    def test_a_stored_document_that_cannot_be_read_opens_as_a_whole_and_is_mended(self):
        broken = DIGEST.replace("layout: post", "layout: a: b")
        Post.objects.filter(pk=self.post.pk).update(document=broken)
        page = self.client.get(f"{ADMIN}{self.post.pk}/change/")
        self.assertContains(page, "layout: a: b")
        form = page.context["adminform"].form
        self.assertEqual(set(form.fields), {"document", "based_on"})
        data = {"based_on": self.post.version, "document": broken.replace("title", "titel")}
        errors = self.errors(self.client.post(f"{ADMIN}{self.post.pk}/change/", data))
        self.assertEqual(list(errors), ["document"])
        data["document"] = broken.replace("a: b", "post").replace("\n", "\r\n")
        self.assertEqual(self.client.post(f"{ADMIN}{self.post.pk}/change/", data).status_code, 302)
        self.assertEqual(self.reloaded().document, DIGEST)
        self.assertIn("body", self.data())

    def test_nobody_publishes_by_mending(self):
        save(digest(draft="true"))
        Post.objects.update(document=DIGEST.replace("layout: post", "layout: a: b"))
        author = User.objects.create(username="author", is_staff=True)
        allowed = Permission.objects.filter(codename__in=("change_post", "view_post"))
        author.user_permissions.set(allowed)
        self.client.force_login(author)
        data = {"based_on": self.reloaded().version, "document": DIGEST}
        errors = self.errors(self.client.post(f"{ADMIN}{self.post.pk}/change/", data))
        self.assertEqual(list(errors), ["document"])
        self.assertEqual(self.reloaded().status, "draft")

    def test_the_lists_and_the_history_of_such_a_post_open(self):
        Post.objects.update(document="---\na: b: c\n---\n")
        for address in ("", f"{self.post.pk}/history/", f"{self.post.pk}/revisions/1/"):
            self.assertEqual(self.client.get(ADMIN + address).status_code, 200, address)


class Statuses(Forms):
    def test_a_published_post_that_loses_its_date_is_refused_at_the_date(self):
        post = save(plain("a", "2026-03-05"), "notes/a.md")
        self.assertEqual(
            self.errors(self.send(post, date="")), {"date": ["A published post needs a date."]}
        )
        post.refresh_from_db()
        self.assertTrue(post.is_public)

    def test_every_status_leads_to_every_other(self):
        for key, value in (("draft", "true"), ("status", "withdrawn"), ("visibility", "private")):
            post = save(plain("a", "2026-03-05", **{key: value}), "_posts/2026-03-05-a.md")
            for status in ("published", "withdrawn", "draft", "withdrawn", "published", "draft"):
                self.assertEqual(self.send(post, status=status).status_code, 302, status)
                post.refresh_from_db()
                self.assertEqual(post.status, status, post.document)

    def test_rows_of_an_older_version_publish_nothing(self):
        post = save(plain("a", "2026-03-05", visibility="private"), "_posts/2026-03-05-a.md")
        now = post.saved_at
        Post.objects.filter(pk=post.pk).update(status="published", published_at=now)
        self.assertEqual(self.send(post, title="b").status_code, 302)
        post.refresh_from_db()
        self.assertEqual(post.status, "draft")
        self.assertIn("visibility: private\n", post.document)

    def test_a_field_that_a_document_cannot_hold_is_named(self):
        post = save("Title: a\nDate: 2026-03-05\n\n正文\n", "2026-03-05-meta.md")
        response = self.send(post, tags="a\nb; c\nd, e")
        if response.status_code == 200:
            self.assertIn("tags", self.errors(response))


class Refusals(Forms):
    def test_what_only_the_save_finds_is_on_the_form_with_what_was_typed(self):
        too_long = publishing.Refused("refused.length", column="title", path="a", limit=5)
        cases: list[tuple[Worded, str | None, str]] = [
            (publishing.Conflict("conflict.address", path="a"), None, "was taken by another post"),
            (publishing.Conflict("conflict.busy", path="a"), None, "is being saved by others"),
            (too_long, "title", "more than 5"),
            (publishing.Refused("refused.rule", path="a", rule="r"), None, "by its rule “r”"),
        ]  # fmt: skip
        for error, field, text in cases:
            with (
                self.subTest(error.key),
                mock.patch.object(publishing, "save_submission", side_effect=error),
            ):
                response = self.send(title="新的题目")
                errors = self.errors(response)
                self.assertIn(text, errors[field or "__all__"][0])
                self.assertContains(response, "新的题目")

    def test_the_form_holds_no_transaction_while_it_reads(self):
        seen = []
        derive = publishing.submission

        def watched(*args: Any) -> Any:
            seen.append(len(connection.savepoint_ids))
            return derive(*args)

        with mock.patch.object(publishing, "submission", side_effect=watched):
            outside = len(connection.savepoint_ids)
            self.assertEqual(self.send(title="x").status_code, 302)
        self.assertEqual(set(seen), {outside})

    def test_editors_read_chinese_where_they_are_chinese(self):
        cases: list[tuple[Any, str]] = [
            (publishing.NotAllowed("not-allowed.publish"), "发布"),
            (publishing.Conflict("conflict.saved", path="a.md", version=3), "a.md"),
            (PatchError("cannot-patch.line-break"), "换行"),
            (Unreadable(3, "nul"), "NUL"),
            (Problem(1, "odd-date", {"text": "CST"}), "CST"),
        ]
        for what, word in cases:
            with translation.override("en"):
                english = worded(what)
            with translation.override("zh-hans"):
                chinese = worded(what)
            self.assertIn(word, chinese)
            self.assertNotEqual(english, chinese)
            self.assertRegex(chinese, r"[\u4e00-\u9fff]")

    def test_remarks_are_in_the_editors_language(self):
        post = save(digest(date="2026-03-05 10:00 CST"))
        page = f"{ADMIN}{post.pk}/change/"
        english = self.client.get(page, headers={"Accept-Language": "en"})
        self.assertContains(english, "after the date could not be read")
        chinese = self.client.get(page, headers={"Accept-Language": "zh-hans"})
        self.assertNotContains(chinese, "after the date could not be read")
        errors = self.errors(self.send(language="zh-hans", date="nope"))
        self.assertNotIn("is not a date", errors["date"][0])


class Labels(Forms):
    def test_every_label_is_renamed_and_its_slug_stays(self):
        rows = [Tag.objects.get(slug="ai"), Category.objects.get(), Author.objects.get()]
        for row in [*rows, Source.objects.first()]:
            model = row._meta.model_name
            page = f"/admin/posts/{model}/{row.pk}/change/"
            self.assertEqual(self.client.get(page).status_code, 200)
            data = {
                "name": "新名",
                "description": "",
                "position": 5,
                "digest": "unknown",
                "user": "",
            }
            forged = {"slug": "x", "host": "x", "merged_into": row.pk}
            self.assertEqual(self.client.post(page, data | forged).status_code, 302, model)
            after = type(row).objects.get(pk=row.pk)
            self.assertEqual((after.name, after.merged_into), ("新名", None))
            key = "host" if model == "source" else "slug"
            self.assertEqual(getattr(after, key), getattr(row, key))
        self.assertContains(self.client.get(self.post.address), "新名")

    def test_values_that_no_database_holds_are_refused_at_their_field(self):
        category = Category.objects.get()
        page = f"/admin/posts/category/{category.pk}/change/"
        good = {"name": "a", "description": "", "position": 5, "digest": "unknown"}
        for name, value in (
            ("name", "长" * 300),
            ("name", "a\0"),
            ("description", "a\0"),
            ("position", 99_999),
            ("position", -1),
        ):
            errors = self.errors(self.client.post(page, good | {name: value}))
            self.assertIn(name, errors)
            if "\0" in str(value):
                self.assertRegex(errors[name][0], "^(Line|第) ?1")
        listed = {
            "form-TOTAL_FORMS": 1,
            "form-INITIAL_FORMS": 1,
            "form-0-id": category.pk,
            "_save": 1,
        }
        response = self.client.post("/admin/posts/category/", listed | {"form-0-position": 99_999})
        self.assertIn(response.status_code, (200, 302))
        self.assertEqual(Category.objects.get().position, 100)

    def test_the_form_of_a_merged_label_saves(self):
        old, into = Tag.objects.get(slug="ai"), Tag.objects.get(slug="港口")
        publishing.start_merge(old, into)
        page = f"/admin/posts/tag/{old.pk}/change/"
        self.assertEqual(self.client.post(page, {"name": "AI", "description": ""}).status_code, 302)
        self.assertEqual(Tag.objects.get(pk=old.pk).merged_into, into)


class Redirects(Forms):
    def add(self, old_path: str, target: str = "/somewhere/") -> Any:
        data = {"old_path": old_path, "target": target}
        return self.client.post("/admin/posts/redirect/add/", data)

    def test_no_redirect_stands_where_the_site_answers(self):
        story = self.post.stories.first()
        live = [
            "/", "/archive/", "/tags/", "/tags/ai/", "/tags/ai/rss.xml", "/categories/tech/",
            "/sources/ferry.example/", "/2026/", "/2026/03/", "/2026/03/05/", "/rss.xml",
            "/feed.json", "/sitemap.xml", "/robots.txt", "/healthz", "/feeds/", "/admin/",
            "/admin/posts/post/", "/static/site/site.css", "/media/x.png",
            self.post.address, f"{self.post.address}{story.slug}/",
        ]  # fmt: skip
        for path in live:
            for form in (path, path.rstrip("/"), path.upper(), quote(path), f" {path}?x=1#y"):
                if form.strip("/ ?x=1#y"):
                    with self.subTest(form):
                        self.assertIn("old_path", self.errors(self.add(form)))
        self.assertFalse(Redirect.objects.exclude(target="").exists())

    def test_a_path_where_nothing_answers_may_lead_on(self):
        draft = save(digest(draft="true"), "_posts/2026-03-05-d.md")
        gone = publishing.withdraw(save(plain("w", "2026-03-08"), "_posts/w.md")).post
        for path in (
            "/old.html",
            "/2019/01/01/x/",
            "/tags/none/",
            "/旧文/",
            draft.address,
            gone.address,
        ):
            with self.subTest(path):
                self.assertEqual(self.add(path, self.post.address).status_code, 302)

    def test_no_redirect_leads_in_a_circle(self):
        self.assertEqual(self.add("/a/", "/b/").status_code, 302)
        self.assertEqual(self.add("/b/", "/c").status_code, 302)
        for target in ("/a/", "/a", "/A/", "/%61/", "/c/", "/b", "/B/?x"):
            for path in ("/c/", "/c", "/C"):
                with self.subTest(path=path, target=target):
                    self.assertIn("target", self.errors(self.add(path, target)))
        self.assertEqual(self.add("/c/", self.post.address).status_code, 302)
        row = Redirect.objects.get(old_path="/c/")
        page = f"/admin/posts/redirect/{row.pk}/change/"
        data = {"old_path": "/c/", "target": "/a/"}
        self.assertIn("target", self.errors(self.client.post(page, data)))
        self.assertEqual(self.client.post(page, data | {"target": "/archive/"}).status_code, 302)

    def test_a_chain_has_an_end(self):
        for number in range(12):
            Redirect.objects.create(old_path=f"/n{number}/", target=f"/n{number + 1}/")
        self.assertIn("target", self.errors(self.add("/start/", "/n0/")))

    def test_a_path_that_is_there_already_is_refused_at_its_field(self):
        self.add("/old/")
        self.assertIn("old_path", self.errors(self.add("/old/")))
        row = Redirect(old_path="/old/", target="/x/")
        with self.assertRaises(publishing.Refused) as caught, transaction.atomic():
            publishing.save_row(row)
        self.assertEqual(caught.exception.values["column"], "old_path")
        for changes in ({"old_path": "x"}, {"target": "//evil.example/"}, {"target": "x" * 600}):
            bad = Redirect(**({"old_path": "/y/", "target": "/x/"} | changes))
            with self.assertRaises(publishing.Refused), transaction.atomic():
                publishing.save_row(bad)

    def test_a_derived_redirect_becomes_an_editors_with_a_target(self):
        save(digest(redirect_from="/old/"))
        row = Redirect.objects.get(old_path="/old/")
        page = f"/admin/posts/redirect/{row.pk}/change/"
        self.client.post(page, {"old_path": "/old/", "target": "/archive/"})
        row.refresh_from_db()
        self.assertEqual((row.post, row.target, row.derived), (None, "/archive/", False))
        save(digest(redirect_from="/old/", title="更正"))
        self.assertRedirects(self.client.get("/old/"), "/archive/", 301)


class Constraints(TransactionTestCase):
    """What a database refuses is understood by name, on both."""

    meetings = 0  # saves of others that ours meets

    def broken(self, change: Any) -> Any:
        with self.assertRaises((IntegrityError, DataError)) as caught, transaction.atomic():
            change()
        return refusals.understood(caught.exception, ["a.md"])

    def test_each_rule_is_named_and_taken_is_said_of_addresses_alone(self):
        one, two = save(), save(plain("b", "2026-03-06"), "_posts/2026-03-06-b.md")
        mine = Post.objects.filter(pk=two.pk)
        taken = self.broken(lambda: mine.update(address=one.address))
        self.assertEqual((type(taken), taken.key), (publishing.Conflict, "conflict.address"))
        there = self.broken(lambda: mine.update(path=one.path))
        self.assertEqual((type(there), there.key), (publishing.Conflict, "conflict.path"))
        for change in (
            lambda: mine.update(guid=one.guid),
            lambda: two.revisions.create(number=1, reason="", document="", saved_at=two.saved_at),
            lambda: Tag.objects.create(pk=1, slug="ai", name="x"),
        ):
            self.assertNotIn("address", str(self.broken(change)))
        rule = self.broken(lambda: one.citations.update(url="javascript:x"))
        self.assertEqual((type(rule), rule.values["rule"]), (publishing.Refused, "citation_is_web"))
        rule = self.broken(lambda: mine.update(published_at=None))
        self.assertEqual(rule.key, "refused.rule")

    def test_a_save_that_meets_another_is_tried_again(self):
        post = save()
        real, met = saving._write_revisions, []

        def meeting(changes: Any, *rest: Any) -> None:
            if len(met) < self.meetings:
                met.append(1)
                post.revisions.create(number=2, reason="", document="", saved_at=post.saved_at)
            real(changes, *rest)

        with mock.patch.object(saving, "_write_revisions", meeting):
            self.meetings = 3
            self.assertEqual(save(digest(title="一")).title, "一")
            self.assertEqual((len(met), post.revisions.count()), (3, 2))
            self.meetings = 99
            with self.assertRaises(publishing.Conflict) as caught:
                publishing.save_all([publishing.submission(post.path, DIGEST)], reason="test")
        self.assertEqual(caught.exception.key, "conflict.busy")
        self.assertEqual(Post.objects.get().title, "一")

    def test_a_save_that_breaks_a_rule_is_refused_by_its_name_and_writes_nothing(self):
        post = save()

        def breaking(changes: Any, *rest: Any) -> None:
            post.citations.update(url="javascript:x")

        with (
            mock.patch.object(saving, "_write_revisions", breaking),
            self.assertRaises(publishing.Refused) as caught,
        ):
            save(digest(title="一"))
        self.assertEqual(caught.exception.values["rule"], "citation_is_web")
        lost = OperationalError("server closed the connection")
        with (
            mock.patch.object(saving, "_write_revisions", side_effect=lost),
            self.assertRaises(OperationalError),
        ):
            save(digest(title="一"))
        self.assertEqual(Post.objects.get().document, DIGEST)

    def test_a_lost_connection_is_no_refusal_and_a_lock_is_a_conflict(self):
        self.assertIsNone(refusals.understood(OperationalError("server closed"), ["a"]))
        locked = refusals.understood(OperationalError("database is locked"), ["a"])
        self.assertEqual(locked.key, "conflict.busy")

    def test_too_many_stories_are_refused_by_both(self):
        body = "## 新闻\n\n" + "### x\n\n[a](https://a.example)\n\n" * 33_000
        try:
            save(f"---\ndate: 2026-03-05\n---\n{body}", "_posts/a.md")
        except (Unreadable, publishing.Refused):
            self.assertFalse(Post.objects.exists())
        else:
            self.assertLessEqual(Post.objects.get().story_count, 32_767)
