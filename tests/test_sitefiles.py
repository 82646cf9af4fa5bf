"""What browsers and robots ask every site for."""

import io
import json

from django.test import TestCase
from PIL import Image as Pillow

from posts.models import Image, Site
from posts.publishing.sites import save_site
from tests.cast import ROOT, save
from tests.support.structured import Page


class Robots(TestCase):
    def lines(self) -> list[str]:
        return self.client.get("/robots.txt").content.decode().split("\n")

    def test_admin_and_searches_are_not_for_them_and_the_sitemaps_are_named(self):
        lines = self.lines()
        for line in ("Disallow: /admin/", "Disallow: /search/*?", "Disallow: /*/search/*?"):
            self.assertIn(line, lines)
        maps = [line.removeprefix("Sitemap: ") for line in lines if line.startswith("Sitemap: ")]
        for one in maps:
            self.assertEqual(self.client.get(one).status_code, 200)
        self.assertEqual(len(maps), 2)

    def test_editors_lines_stand_behind_ours(self):
        save()
        save_site(Site(robots="Disallow: /tags/\r\nUser-agent: GPTBot\nDisallow: /"))
        lines = self.lines()
        self.assertEqual(lines[0], "User-agent: *")
        own = ["Disallow: /tags/", "User-agent: GPTBot", "Disallow: /"]
        start = lines.index(own[0])
        self.assertEqual(lines[start : start + 3], own)


class Icons(TestCase):
    def test_each_is_where_browsers_look_and_as_large_as_it_says(self):
        folder = ROOT / "static" / "site"
        sizes = {"apple-touch-icon.png": 180, "icon-192.png": 192, "icon-512.png": 512}
        for name, size in {**sizes, "icon-maskable.png": 512, "favicon.ico": 48}.items():
            image = Pillow.open(io.BytesIO((folder / name).read_bytes()))
            self.assertEqual(image.size, (size, size), name)
        for address in (
            "/favicon.ico",
            "/apple-touch-icon.png",
            "/apple-touch-icon-precomposed.png",
        ):
            response = self.client.get(address)
            self.assertEqual(response.status_code, 301, address)
            self.assertEqual(self.client.get(response["Location"]).status_code, 200)

    def test_the_manifest_has_the_sites_name_and_icons_that_are_there(self):
        save()
        save_site(Site(name="港口日报"))
        response = self.client.get("/site.webmanifest")
        self.assertEqual(response["Content-Type"], "application/manifest+json; charset=utf-8")
        values = json.loads(response.content)
        self.assertEqual(
            (values["name"], values["lang"], values["dir"]), ("港口日报", "zh-Hans", "ltr")
        )
        for icon in values["icons"]:
            self.assertEqual(self.client.get(icon["src"]).status_code, 200, icon)
        self.assertIn("maskable", {icon["purpose"] for icon in values["icons"]})

    def test_a_square_logo_is_the_icon_and_a_wide_one_is_not(self):
        save()
        for width, height, expected in ((400, 400, "/media/images/l.png"), (900, 200, "icon.svg")):
            logo = Image.objects.create(
                path=f"l{width}.png", file="images/l.png", origin="x", width=width, height=height,
                size=1, content_type="image/png",
            )  # fmt: skip
            save_site(Site(logo=logo))
            page = Page(self.client.get("/").content.decode())
            self.assertIn(expected, page.links["icon"][0]["href"])
            icons = json.loads(self.client.get("/site.webmanifest").content)["icons"]
            self.assertEqual(icons[0]["src"] == "/media/images/l.png", width == height)

    def test_the_front_page_names_the_manifest_and_other_pages_need_no_request_for_it(self):
        post = save()
        named = [
            "manifest" in Page(self.client.get(one).content.decode()).links
            for one in ("/", post.address)
        ]
        self.assertEqual(named, [True, False])
