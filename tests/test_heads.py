"""What pages say of themselves: their one address, what is shared of them, what machines read."""

import re
from urllib.parse import quote

from django.test import TestCase, override_settings

from posts.models import Author, Site, Tag
from posts.public import heads
from posts.publishing.sites import save_site
from tests.cast import ROOT, digest, plain, save
from tests.support.structured import Page, path, problems

ORIGIN = "http://127.0.0.1:8000"


class Heads(TestCase):
    def page(self, address: str) -> Page:
        response = self.client.get(address)
        self.assertEqual(response.status_code, 200, address)
        return Page(response.content.decode())

    def addresses(self) -> list[str]:
        """One page of every kind."""
        post = save()
        save(digest(title="Harbour", lang="en"), "_posts/2026-03-05-en.md")
        story = post.stories.order_by("position").first()
        lists = ["/", "/en/", "/2026/", "/2026/03/", "/2026/03/05/", "/archive/", "/feeds/"]
        lists += ["/en/feeds/", "/en/archive/", "/en/tags/ai/", "/tags/港口/", "/categories/tech/"]
        lists += ["/authors/港口编辑部/", "/sources/harbour.example/"]
        lists += [f"/{kind}/" for kind in ("tags", "categories", "authors", "sources")]
        return [post.address, f"{post.address}{story.slug}/", *lists]


class Canonical(Heads):
    def test_every_page_names_itself(self):
        for address in self.addresses():
            page = self.page(address)
            self.assertEqual(page.canonical, ORIGIN + quote(address))
            self.assertEqual(page.meta("og:url"), page.canonical)

    def test_a_page_further_back_is_one_of_its_own_that_leads_on(self):
        for number in range(45):
            save(
                plain(f"第 {number} 篇", "2026-03-05", tags="[ai]"),
                f"_posts/2026-03-05-{number}.md",
            )
        for address in ("/", "/tags/ai/", "/2026/03/"):
            first = self.page(address)
            self.assertEqual(path(first.canonical), address)
            self.assertNotIn("robots", first.metas)
            second = self.page(address + first.links["next"][0]["href"])
            query = first.links["next"][0]["href"]
            self.assertEqual(path(second.canonical), address + query)
            self.assertEqual(second.meta("robots"), "noindex, follow")
            third = self.page(address + second.links["next"][0]["href"])
            self.assertNotIn("next", third.links)
            self.assertEqual(len({first.canonical, second.canonical, third.canonical}), 3)

    def test_parameters_that_mean_nothing_make_no_other_page(self):
        post = save()
        for address in ("/", post.address, "/tags/ai/", "/2026/"):
            page = self.page(f"{address}?utm_source=x&before=")
            self.assertEqual(path(page.canonical), address)
            self.assertNotIn("robots", page.metas)

    def test_an_error_names_no_address_and_is_kept_by_nobody(self):
        page = Page(self.client.get("/nirgends/").content.decode())
        self.assertEqual(page.meta("robots"), "noindex, follow")
        self.assertEqual((page.links.get("canonical"), page.blocks), (None, []))


class Shared(Heads):
    def test_every_page_has_what_is_shown_where_it_is_shared(self):
        for address in self.addresses():
            page = self.page(address)
            for name in ("og:type", "og:title", "og:description", "og:url", "og:site_name"):
                self.assertTrue(page.meta(name), (address, name))
            self.assertEqual(page.meta("og:locale"), "en_US" if "/en/" in address else "zh_CN")
            self.assertTrue(page.title.startswith(page.meta("og:title")), address)
            self.assertTrue(page.meta("twitter:card"))

    def test_a_post_says_when_where_of_what_and_by_whom(self):
        post = save(digest(date="2026-03-05 09:00:00 +0800"))
        page = self.page(post.address)
        self.assertEqual(page.meta("og:type"), "article")
        self.assertEqual(page.meta("article:published_time"), "2026-03-05T09:00:00+08:00")
        self.assertTrue(page.meta("article:modified_time"))
        self.assertEqual(page.meta("article:section"), "tech")
        self.assertEqual(page.metas["article:tag"], ["港口", "ai"])
        self.assertEqual(path(page.meta("article:author")), "/authors/港口编辑部/")

    def test_a_language_names_a_country_only_where_there_is_one(self):
        known = {"zh-hans": "zh_CN", "fa": "fa_IR", "en-gb": "en_GB", "eo": "", "sr-latn": ""}
        for language, expected in known.items():
            self.assertEqual(heads.locale(language), expected)

    def test_the_colours_of_the_frame_are_those_of_the_paper(self):
        page = self.page("/")
        sheet = (ROOT / "static/site/site.css").read_text()
        self.assertEqual(page.metas["theme-color"], re.findall(r"--paper: (#\w+);", sheet)[:2])

    def test_a_list_of_which_no_editor_says_anything_says_what_is_in_it(self):
        post = save()
        save(plain("另一篇", "2026-03-06", tags="[港口]"), "_posts/2026-03-06-b.md")
        page = self.page("/tags/港口/")
        self.assertEqual(page.meta("description"), f"另一篇 · {post.title}")
        Tag.objects.filter(slug="港口").update(description="码头上的事。")
        self.assertEqual(self.page("/tags/港口/").meta("description"), "码头上的事。")
        self.assertEqual(self.page("/tags/").meta("description"), "每日新闻摘要，条条有出处")


class Structured(Heads):
    def test_every_page_has_what_schema_org_and_google_require(self):
        save_site(Site(name="港口日报社", description="每日"))
        for address in self.addresses():
            page = self.page(address)
            self.assertEqual(
                [one for one in problems(page) if one != "no image"], [], (address, page.graph)
            )

    def test_every_page_below_the_front_has_its_path_and_the_front_has_none(self):
        for address in self.addresses():
            crumbs = [one for one in self.page(address).graph if one["@type"] == "BreadcrumbList"]
            self.assertEqual(bool(crumbs), address not in ("/", "/en/"), address)
            if crumbs:
                names = [path(one["item"]) for one in crumbs[0]["itemListElement"]]
                self.assertEqual(names[0], "/en/" if address.startswith("/en/") else "/")
                self.assertEqual(names[-1], address)
                for name in names:
                    self.assertEqual(self.client.get(name).status_code, 200, name)

    def test_a_digest_has_its_stories_and_a_story_its_digest_and_sources(self):
        post = save()
        node = self.page(post.address).node("NewsArticle")
        stories = [path(one["url"]) for one in node["hasPart"]]
        self.assertEqual(len(stories), 2)
        ferry = self.page(stories[1]).node("NewsArticle")
        self.assertEqual(path(ferry["isPartOf"]["url"]), post.address)
        sources = ["https://ferry.example/north", "https://maps.example/north"]
        self.assertEqual(ferry["isBasedOn"], sources)
        self.assertEqual([one["url"] for one in ferry["citation"]], sources)
        self.assertEqual([one["name"] for one in ferry["citation"]], ["Ferry", "Map"])
        self.assertEqual(set(node["isBasedOn"]), {"https://www.harbour.example/a", *sources})
        self.assertEqual(ferry["wordCount"], 6)

    def test_a_list_has_its_rows_in_their_order(self):
        for number in range(3):
            save(
                plain(f"第 {number} 篇", f"2026-03-0{number + 1}"),
                f"_posts/2026-03-0{number + 1}-a.md",
            )
        rows = self.page("/").node("ItemList")["itemListElement"]
        self.assertEqual([one["name"] for one in rows], ["第 2 篇", "第 1 篇", "第 0 篇"])

    def test_the_front_page_says_how_to_search(self):
        save()
        target = self.page("/").node("WebSite")["potentialAction"]["target"]["urlTemplate"]
        self.assertEqual(target, f"{ORIGIN}/search/?q={{search_term}}")

    def test_an_author_has_a_profile_and_the_site_signs_as_itself(self):
        post = save()
        Author.objects.update(description="住在港口。")
        about = self.page("/authors/港口编辑部/").node("ProfilePage")["mainEntity"]
        self.assertEqual((about["name"], about["description"]), ("港口编辑部", "住在港口。"))
        self.assertEqual(
            self.page(post.address).node("NewsArticle")["author"][0]["@type"], "Person"
        )
        save_site(Site(name="港口编辑部"))
        (author,) = self.page(post.address).node("NewsArticle")["author"]
        self.assertEqual(author["@type"], "Organization")

    def test_nothing_that_a_document_says_ends_the_block(self):
        nasty = "</script><script>alert(1)</script><!-- & \u2028"
        post = save(plain(f'"{nasty}"', "2026-03-05", tags=f'["{nasty}"]'))
        html = self.client.get(post.address).content.decode()
        self.assertNotIn("<script>", html)
        self.assertEqual(html.count("</script>"), 2)  # of the block, and of our own script
        node = Page(html).node("NewsArticle")
        self.assertTrue(node["headline"].startswith("</script><script>alert(1)</script><!-- &"))

    def test_a_long_title_is_cut_to_a_headline(self):
        post = save(plain("长" * 400, "2026-03-05"))
        node = self.page(post.address).node("NewsArticle")
        self.assertEqual(len(node["headline"]), 110)

    def test_a_post_with_a_thousand_sources_names_some(self):
        body = "\n".join(f"来源：[s{n}](https://a{n}.example/x)\n" for n in range(300))
        post = save(digest(body=f"## 新闻\n\n### 一条\n\n文字\n\n{body}"))
        node = self.page(post.address).node("NewsArticle")
        self.assertLessEqual(len(node["isBasedOn"]), 50)

    @override_settings(SITE_URL="https://news.example")
    def test_addresses_are_those_of_the_site_whoever_asks(self):
        post = save()
        page = self.page(post.address)
        self.assertTrue(page.canonical.startswith("https://news.example/"))
        self.assertTrue(page.node("NewsArticle")["url"].startswith("https://news.example/"))
