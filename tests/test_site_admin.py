"""The settings of the site and the names of sections in the admin: who may, what is refused."""

import io
from typing import Any

from django.contrib.auth.models import Permission, User
from django.core.files.uploadedfile import SimpleUploadedFile
from django.test import TestCase
from PIL import Image as Picture

from posts import publishing
from posts.models import Category, Image, Site
from posts.publishing.sites import save_site
from tests.cast import save

FORM, SECTIONS = "/admin/posts/site/1/change/", "/admin/posts/category/"


def png(width: int = 40) -> bytes:
    """A small picture."""
    out = io.BytesIO()
    Picture.new("RGB", (width, 20), "red").save(out, "PNG")
    return out.getvalue()


class Settings(TestCase):
    def setUp(self):
        self.client.force_login(User.objects.create_superuser("editor"))

    def send(self, **changes: Any) -> Any:
        form = self.client.get(FORM).context["adminform"].form
        data = {name: form.initial.get(name) or "" for name in form.fields if name != "new_logo"}
        return self.client.post(FORM, data | changes)

    def refused(self, field: str, **changes: Any) -> str:
        before = list(Site.objects.values())
        response = self.send(**changes)
        self.assertEqual(response.status_code, 200)
        self.assertEqual(list(Site.objects.values()), before)
        return str(response.context["adminform"].form.errors.get(field, ""))

    def test_the_list_leads_straight_to_the_one_form(self):
        self.assertRedirects(self.client.get("/admin/posts/site/"), FORM)
        self.assertNotEqual(self.client.get("/admin/posts/site/2/change/").status_code, 200)

    def test_what_is_written_there_stands_on_every_page(self):
        post = save()
        sent = {"name": "港口日报", "description": "每天一份", "footer": "登记号 1"}
        sent |= {"link_name_0": "邮件", "link_url_0": "mailto:desk@harbour.example"}
        sent |= {"link_name_1": "别处", "link_url_1": "elsewhere.example/@port"}
        response = self.send(lead=post.pk, hubs="https://hub.example/\n", **sent)
        self.assertRedirects(response, "/admin/posts/site/", target_status_code=302)
        page = self.client.get(post.address)
        for text in ("港口日报", "登记号 1", "mailto:desk@harbour.example"):
            self.assertContains(page, text)
        self.assertContains(page, "https://elsewhere.example/@port")
        site = Site.objects.get()
        self.assertEqual((site.lead, site.hubs), (post, "https://hub.example/"))
        form = self.client.get(FORM).context["adminform"].form
        self.assertEqual(form.initial["link_url_1"], "https://elsewhere.example/@port")
        self.assertIn("link_url_3", form.fields)  # there is always room for more
        self.send(link_name_0="", link_url_0="")
        self.assertEqual([link["name"] for link in Site.objects.get().links], ["别处"])

    def test_addresses_that_could_do_harm_are_refused_at_their_row(self):
        for url in (
            "javascript:alert(1)", "data:text/html,x", "//evil.example", "mailto:x", "ftp://a.b/",
            "https://user@evil.example/", "mailto:a@b.example?bcc=c@d.example", "https://a b/",
        ):  # fmt: skip
            self.assertTrue(self.refused("link_url_1", link_name_1="x", link_url_1=url), url)
        self.assertTrue(self.refused("link_url_0", link_url_0="https://a.example/"))
        self.assertTrue(self.refused("hubs", hubs="javascript:alert(1)"))
        self.assertTrue(self.refused("robots", robots="no line"))
        self.assertTrue(self.refused("name", name="x" * 101))
        self.assertTrue(self.refused("name", name="x\0"))

    def test_an_uploaded_logo_is_cleaned_and_stands_in_the_masthead(self):
        save()
        file = SimpleUploadedFile("标志.PNG", png() + b"<script>alert(1)</script>", "image/png")
        self.assertEqual(self.send(name="港口日报", new_logo=file).status_code, 302)
        logo = Site.objects.get().logo
        self.assertEqual((logo.width, logo.height), (40, 20))
        self.assertRegex(logo.path, r"\Auploads/[0-9a-f]{32}\.png\Z")
        with logo.file.open() as kept:
            self.assertNotIn(b"script", kept.read())
        page = self.client.get("/")
        self.assertContains(
            page, f'<img src="{logo.file.url}" width="40" height="20" alt="港口日报">'
        )

    def test_what_is_no_picture_is_refused(self):
        for name, content in (
            ("x.svg", b"<svg xmlns='http://www.w3.org/2000/svg'/>"),
            ("x.png", b"<html>"),
            ("x.html", png()),
            ("x.png", png()[:40]),
        ):
            file = SimpleUploadedFile(name, content)
            self.assertTrue(self.refused("new_logo", new_logo=file), name)
        self.assertFalse(Image.objects.exists())


class Rights(TestCase):
    def setUp(self):
        self.user = User.objects.create(username="author", is_staff=True)
        self.client.force_login(self.user)

    def allow(self, *codenames: str) -> None:
        self.user.user_permissions.set(Permission.objects.filter(codename__in=codenames))

    def test_only_who_may_publish_and_change_the_site_changes_it(self):
        for rights in ((), ("change_site", "view_site"), ("publish_post",), ("view_site",)):
            self.allow(*rights)
            self.assertEqual(self.client.post(FORM, {"name": "x"}).status_code, 403, rights)
        self.assertFalse(Site.objects.exists())
        self.allow("change_site", "publish_post")
        self.assertEqual(self.client.post(FORM, {"name": "x"}).status_code, 302)
        self.assertEqual(Site.objects.get().name, "x")

    def test_the_write_path_asks_itself(self):
        with self.assertRaises(publishing.NotAllowed):
            save_site(Site(name="x"), user=User.objects.get(pk=self.user.pk))
        for wrong in (
            Site(links=[{"name": "x", "url": "javascript:alert(1)"}]),
            Site(links=[{"name": "x", "url": "https://a.example/"}] * 13),
            Site(links={"x": "y"}),
            Site(links=["x"]),
            Site(hubs="ftp://a.example/"),
            Site(robots="Disallow\x00: /"),
            Site(name="x" * 101),
        ):
            with self.assertRaises(publishing.Refused):
                save_site(wrong)
        self.assertFalse(Site.objects.exists())


class Sections(TestCase):
    def setUp(self):
        self.client.force_login(User.objects.create_superuser("editor"))
        save()
        self.section = Category.objects.get(slug="tech")
        self.form = f"{SECTIONS}{self.section.pk}/change/"

    def send(self, **changes: Any) -> Any:
        data = {"name": "科技", "position": "100", "description": "", "digest": "unknown"}
        return self.client.post(self.form, data | changes)

    def test_names_in_other_languages_are_fields_and_others_are_kept(self):
        Category.objects.update(names={"fr": "Technique", "en": "Tech"})
        self.assertContains(self.client.get(self.form), 'value="Tech"')
        self.assertEqual(self.send(name_en="Technology", name_fa="فناوری").status_code, 302)
        names = {"fr": "Technique", "en": "Technology", "fa": "فناوری"}
        self.assertEqual(Category.objects.get().names, names)
        self.send(name_en="", name_fa="")
        self.assertEqual(Category.objects.get().names, {"fr": "Technique"})

    def test_names_that_are_none_are_refused_by_the_write_path(self):
        for names in ([], {"en": 5}, {"en": ""}, {"../x": "y"}, {"en": "x" * 201}, {"en": "a\nb"}):
            self.section.names = names
            with self.assertRaises(publishing.Refused):
                publishing.save_row(self.section)
