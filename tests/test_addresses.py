"""Addresses where no page is: they lead on in one hop, say that it is gone, or are none."""

import random
from datetime import timedelta
from unittest import mock
from urllib.parse import quote, unquote

from django.contrib.auth.models import User
from django.db import connection
from django.test import RequestFactory, TestCase, override_settings
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from posts import publishing
from posts.models import Author, Category, Post, Redirect, Source, Tag
from posts.public import redirects
from tests.cast import DIGEST, digest, later, plain, save

FEEDS = ("rss.xml", "atom.xml", "feed.json")


class Addresses(TestCase):
    def leads(self, address: str, target: str):
        """One hop from the address to the target, which answers."""
        response = self.client.get(address)
        self.assertEqual(response.status_code, 301, address)
        self.assertEqual(unquote(response["Location"]), unquote(target), address)
        self.assertEqual(self.client.get(response["Location"]).status_code, 200, target)
        self.assertEqual(self.client.head(address)["Location"], response["Location"])

    def is_none(self, *addresses: str):
        for address in addresses:
            start = next((one for one in ("/en/", "/zh-hans/") if address.startswith(one)), "/")
            missing = self.client.get(f"{start}nope/nope/nope/").content
            response = self.client.get(address)
            self.assertEqual((response.status_code, response.content), (404, missing), address)


class Spellings(Addresses):
    @classmethod
    def setUpTestData(cls):
        cls.post = save(DIGEST.replace("- ai\n", "- ai\n  - C++\n"))
        cls.english = save(
            plain("Harbour", "2026-03-04", lang="en", tags="[ai]"), "_posts/2026-03-04-en.md"
        )

    def test_an_address_that_answers_nothing_with_a_slash_is_none_without_it(self):
        save(plain("草稿", "2026-03-09", published="false"), "_posts/2026-03-09-draft.md")
        self.is_none(
            "/tags/none", "/2026/03/09/draft", f"{self.post.address}none", "/media", "/static"
        )

    def test_without_its_slash_an_address_leads_to_the_one_with_it(self):
        story = f"{self.post.address}{self.post.stories.first().slug}"
        for address in (
            "/archive",
            "/feeds",
            "/tags",
            "/tags/ai",
            "/categories/tech",
            "/authors/港口编辑部",
            "/sources/harbour.example",
            "/2026",
            "/2026/03",
            "/2026/03/05",
            "/2026/03/05/port",
            "/en",
            "/en/tags/ai",
            "/en/2026/03/04/en",
            story,
        ):
            self.leads(quote(address), f"{address}/")

    def test_the_admin_too(self):
        response = self.client.get("/admin")
        self.assertEqual((response.status_code, response["Location"]), (301, "/admin/"))
        self.client.force_login(User.objects.create_superuser("editor"))
        response = self.client.get("/admin/posts/post?q=x")
        self.assertEqual(response["Location"], "/admin/posts/post/?q=x")

    def test_other_spellings_of_labels_lead_to_theirs(self):
        for address, target in {
            "/tags/AI/": "/tags/ai/",
            "/tags/AI": "/tags/ai/",
            "/tags/ＡＩ/": "/tags/ai/",
            "/tags/C++/": "/tags/c-plus-plus/",
            "/en/tags/Ai/": "/en/tags/ai/",
            "/EN/tags/ai/": "/en/tags/ai/",
            "/categories/Tech/": "/categories/tech/",
            "/sources/Harbour.Example/": "/sources/harbour.example/",
            "/sources/www.harbour.example/": "/sources/harbour.example/",
            "/sources/ＨＡＲＢＯＵＲ.example": "/sources/harbour.example/",
            "/2026/03/05/PORT/": "/2026/03/05/port/",
        }.items():
            self.leads(quote(address), target)
        for name in FEEDS:
            self.leads(f"/tags/AI/{name}", f"/tags/ai/{name}")
            self.leads(f"/sources/WWW.harbour.example/{name}", f"/sources/harbour.example/{name}")

    def test_the_query_goes_along(self):
        response = self.client.get("/tags/AI/rss.xml?items=stories&content=summary")
        self.assertEqual(response["Location"], "/tags/ai/rss.xml?items=stories&content=summary")
        self.assertEqual(
            self.client.get("/feed/?content=summary")["Location"], "/rss.xml?content=summary"
        )

    def test_what_leads_to_nothing_is_none(self):
        self.is_none("/tags/nope", "/nope", "/xyz", "/2026/03/05/nope", "/2026/03/05/port/nope")
        self.is_none("/tags/Nope/", "/TAGS/ai/", "/sources/Nope.example/", "/2026/03/05/PORTS/")
        self.is_none("/\\evil.example/")
        for path in ("//evil.example/", "//tags/AI", "///evil.example"):
            response = self.client.get("/", PATH_INFO=path)
            self.assertEqual((response.status_code, response.get("Location")), (404, None), path)

    def test_nobody_is_led_away_from_what_he_sends(self):
        for method in ("post", "put", "delete"):
            self.assertEqual(getattr(self.client, method)("/tags/AI/").status_code, 405, method)

    def test_a_redirect_is_not_kept_for_good(self):
        self.assertIn("max-age=300", self.client.get("/tags/AI/")["Cache-Control"])


class Languages(Addresses):
    def test_the_sites_own_language_has_lists_of_its_own_and_posts_at_the_plain_address(self):
        post = save()
        for path in ("", "rss.xml", "archive/", "feeds/", "tags/", "tags/ai/", "2026/03/05/"):
            self.assertEqual(self.client.get(f"/zh-hans/{path}").status_code, 200, path)
        self.leads(f"/zh-hans{post.address}", post.address)
        story = f"{post.address}{post.stories.first().slug}/"
        self.leads(f"/zh-hans{story}", story)
        self.leads("/zh-hans/tags/AI", "/zh-hans/tags/ai/")
        self.leads("/zh-hans", "/zh-hans/")
        self.leads("/zh/", "/zh-hans/")
        self.leads("/zh-CN/tags/ai/rss.xml", "/zh-hans/tags/ai/rss.xml")
        self.leads(f"/zh-CN{post.address}", post.address)
        self.is_none("/zh-hans/nope/", "/zh-hans/tags/nope/", "/zh-hans/2026/03/05/nope/")

    def test_languages_that_nobody_speaks_are_none(self):
        save()
        for language in ("xx", "en", "fr-ca"):
            for path in ("", "rss.xml", "feed.json", "archive/", "feeds/", "tags/", "sources/",
                         "2026/", "2026/rss.xml", "tags/ai/", "tags/ai/rss.xml"):  # fmt: skip
                self.is_none(f"/{language}/{path}")
        save(plain("Harbour", "2026-03-04", lang="en", tags="[ai]"), "_posts/2026-03-04-en.md")
        for path in ("", "rss.xml", "archive/", "feeds/", "tags/", "sources/", "tags/ai/rss.xml"):
            self.assertEqual(self.client.get(f"/en/{path}").status_code, 200, path)


class OldAddresses(Addresses):
    def test_a_story_of_a_moved_post_takes_one_hop_whatever_was_renamed_when(self):
        save()
        save(DIGEST.replace("第一条：灯塔换灯", "第一条：灯塔换新灯"))  # renamed, then moved
        moved = digest(slug="harbour").replace("第一条：灯塔换灯", "第一条：灯塔换新灯")
        save(moved)
        save(moved.replace("渡船改线", "渡船又改线"))  # moved, then renamed
        last = digest(slug="haven").replace("灯塔换灯", "灯塔又换灯")
        post = save(last.replace("渡船改线", "渡船又改线"))  # both at once
        first, second = (f"{post.address}{story.slug}/" for story in post.stories.all())
        for old in ("port", "harbour"):
            self.leads(f"/2026/03/05/{old}/", post.address)
            self.leads(f"/2026/03/05/{old}/第二条-渡船改线/", second)
            self.leads(f"/2026/03/05/{old}/第一条-灯塔换新灯", first)
        self.leads("/2026/03/05/port/第一条-灯塔换灯/", first)
        self.is_none("/2026/03/05/port/nichts/")

    def test_redirects_of_editors_and_chains_of_them_take_one_hop(self):
        post = save()
        Redirect.objects.create(old_path="/a/", target="/b/")
        Redirect.objects.create(old_path="/b/", target="/c")
        Redirect.objects.create(old_path="/c", target="/zh-hans/2026/03/05/PORT")
        Redirect.objects.create(old_path="/label", target="/tags/AI/")
        Redirect.objects.create(old_path="/subscribe/", target="/feed/")
        for old in ("/a/", "/a", "/b/", "/c"):
            self.leads(old, post.address)
        self.leads("/label", "/tags/ai/")
        self.leads("/subscribe/", "/rss.xml")

    def test_circles_and_endless_chains_are_never_followed(self):
        save()
        Redirect.objects.create(old_path="/a/", target="/b/")
        Redirect.objects.create(old_path="/b/", target="/a/")
        Redirect.objects.create(old_path="/self/", target="/self/")
        Redirect.objects.create(old_path="/nowhere/", target="/nothing/")
        for number in range(redirects.MOST_STEPS + 5):
            Redirect.objects.create(old_path=f"/n{number}/", target=f"/n{number + 1}/")
        self.is_none("/a/", "/b/", "/self/", "/nowhere/", "/n0/")

    def test_a_redirect_acts_only_where_nothing_answers(self):
        save()
        Redirect.objects.create(old_path="/tags/ai/", target="/archive/")
        Redirect.objects.create(old_path="/old.html", target="/archive/")
        Redirect.objects.create(old_path="/picture.png", target="/media/picture.png")
        self.assertEqual(self.client.get("/tags/ai/").status_code, 200)
        self.leads("/old.html", "/archive/")
        response = self.client.get("/picture.png")
        self.assertEqual((response.status_code, response["Location"]), (301, "/media/picture.png"))

    def test_an_old_address_counts_with_and_without_its_slash(self):
        post = save(digest(redirect_from="[/one/, /two]"))
        for old in ("/one", "/one/", "/two", "/two/"):
            self.leads(old, post.address)

    def test_whatever_is_asked_takes_one_hop_within_the_site_or_none(self):
        save(DIGEST.replace("- ai\n", "- ai\n  - C++\n"))
        save(digest(slug="harbour"))
        Redirect.objects.create(old_path="/a/", target="/tags/AI")
        Redirect.objects.create(old_path="/b", target="/a/")
        chance = random.Random(7)
        parts = ["a", "b", "zh-hans", "ZH-HANS", "en", "tags", "AI", "C++", "sources", "2026", "03"]
        parts += [
            "www.Harbour.example",
            "05",
            "port",
            "PORT",
            "harbour",
            "第二条-渡船改线",
            "rss.xml",
        ]
        parts += [
            "",
            ".",
            "..",
            "\\",
            "%",
            "?",
            "\u202e",
            "\r\n",
            "[::1",
            "x" * 3000,
            "𐀀",
            "//",
            "@",
        ]
        for _round in range(400):
            path = "/" + "/".join(chance.choices(parts, k=chance.randint(1, 6)))
            path += chance.choice(["", "/"])
            response = self.client.get("/", PATH_INFO=path.encode().decode("latin-1"))
            self.assertIn(response.status_code, (200, 301, 404), path)
            if response.status_code == 301:
                location = response["Location"]
                self.assertRegex(location, r"\A/(?!/)[!-~]*\Z")
                self.assertEqual(self.client.get(location).status_code, 200, (path, location))

    def test_a_redirect_to_what_is_not_public_is_none(self):
        save(digest(draft="true", redirect_from="/alt/"))
        Redirect.objects.create(old_path="/a/", target="/2026/03/05/port/")
        self.is_none("/alt/", "/a/", "/alt", "/2026/03/05/port/", "/zh-hans/2026/03/05/port/")
        save(digest(redirect_from="/alt/"))
        self.leads("/alt/", "/2026/03/05/port/")

    def test_international_addresses_are_uris_in_the_header(self):
        save(plain("港口", "2026-03-05"), "_posts/2026-03-05-港口.md")
        Redirect.objects.create(old_path="/旧/", target="/2026/03/05/港口/")
        location = self.client.get(quote("/旧/"))["Location"]
        self.assertEqual(location, f"/2026/03/05/{quote('港口')}/")


class MergedLabels(Addresses):
    def merge(self, label, into):
        publishing.start_merge(label, into)
        publishing.run_all()

    def test_they_lead_on_from_pages_feeds_and_every_language(self):
        save()
        keys = {"tags": "[harbour, ai]", "source": "https://maps.example/x", "category": "sea"}
        english = plain("Harbour", "2026-03-04", lang="en", author="Ann", **keys)
        save(english, "_posts/2026-03-04-en.md")
        save(plain("乙", "2026-03-03", author="'乙'", category="land"), "_posts/2026-03-03-b.md")
        self.merge(Tag.objects.get(slug="harbour"), Tag.objects.get(slug="ai"))
        self.merge(Category.objects.get(slug="land"), Category.objects.get(slug="sea"))
        self.merge(Author.objects.get(slug="乙"), Author.objects.get(slug="ann"))
        self.merge(
            Source.objects.get(host="maps.example"), Source.objects.get(host="ferry.example")
        )
        Redirect.objects.all().delete()  # none is needed
        for old, new in {
            "tags/harbour": "tags/ai",
            "tags/Harbour": "tags/ai",
            "sources/maps.example": "sources/ferry.example",
            "sources/WWW.maps.example": "sources/ferry.example",
            "categories/land": "categories/sea",
            "authors/乙": "authors/ann",
        }.items():
            for prefix in ("", "/en", "/zh-hans"):
                self.leads(f"{prefix}/{old}/", f"{prefix}/{new}/")
                self.leads(f"{prefix}/{old}", f"{prefix}/{new}/")
                for name in FEEDS:
                    self.leads(f"{prefix}/{old}/{name}", f"{prefix}/{new}/{name}")
        self.is_none("/fr/tags/harbour/", "/fr/sources/maps.example/rss.xml")

    def test_one_that_leads_to_a_label_of_nothing_public_is_none(self):
        save(plain("甲", "2026-03-05", tags="[eins]", draft="true"), "_posts/2026-03-05-a.md")
        save(plain("乙", "2026-03-05", tags="[zwei]", draft="true"), "_posts/2026-03-05-b.md")
        self.merge(Tag.objects.get(slug="eins"), Tag.objects.get(slug="zwei"))
        self.is_none("/tags/eins/", "/tags/zwei/", "/tags/eins/rss.xml", "/en/tags/eins/")


class Withdrawn(Addresses):
    def test_what_readers_once_had_is_gone_with_its_stories(self):
        post = save(digest(redirect_from="/alt/"))
        stories = [f"{post.address}{story.slug}/" for story in post.stories.all()]
        publishing.withdraw(post)
        for address in (post.address, post.address.rstrip("/"), *stories, "/alt/"):
            response = self.client.get(address)
            self.assertEqual(response.status_code, 410, address)
            self.assertContains(response, 'class="masthead"', status_code=410)
            self.assertNotContains(response, "港口", status_code=410)
            self.assertIn("no-store", response["Cache-Control"])
        self.is_none(f"{post.address}nichts/", "/tags/ai/", "/tags/ai/rss.xml", "/2026/03/05/")
        publishing.publish(Post.objects.get())
        self.assertEqual(self.client.get(post.address).status_code, 200)

    def test_what_readers_never_had_is_none(self):
        day = timezone.localtime() + timedelta(days=3)
        never = save(digest(published="false"))
        scheduled = save(digest(date=day.strftime("%Y-%m-%d %H:%M:%S %z")), "_posts/later.md")
        publishing.withdraw(scheduled)
        self.is_none(never.address, f"{never.address}第一条-灯塔换灯/", scheduled.address)

    def test_a_draft_that_was_public_is_as_if_it_never_existed(self):
        post = save()
        save(digest(draft="true"))
        self.is_none(post.address, f"{post.address}第一条-灯塔换灯/")

    def test_what_appeared_by_the_clock_alone_is_gone_too(self):
        day = timezone.localtime() + timedelta(hours=1)
        post = save(digest(date=day.strftime("%Y-%m-%d %H:%M:%S %z")))
        with later(hours=2):
            self.assertEqual(self.client.get(post.address).status_code, 200)
            publishing.withdraw(post)
            self.assertEqual(self.client.get(post.address).status_code, 410)


class Order(TestCase):
    """Posts of one midnight: an order that every list shares, and that stays."""

    names = ("cloud", "fintech", "policy", "tech", "военное", "news/a", "news-b", "Zeta")

    def fill(self, names):
        for name in names:
            path = f"{name.rpartition('/')[0]}/_posts/2026-03-05-{name.rpartition('/')[2]}.md"
            save(digest(title=f"T {name}"), path.lstrip("/"))

    def orders(self) -> dict[str, list[str]]:
        found = {}
        for address in ("/", "/tags/ai/", "/categories/tech/", "/2026/", "/2026/03/05/"):
            found[address] = self.walked(address, 3)
            items = self.client.get(f"{address}feed.json").json()["items"]
            found[f"{address}feed.json"] = [item["title"].removeprefix("T ") for item in items]
        found["/sources/ferry.example/"] = self.walked("/sources/ferry.example/", 3)
        found["neighbours"] = self.chained(found["/"])
        return found

    def chained(self, order: list[str]) -> list[str]:
        """The posts of one section, by going back from post to post; with them that of a folder,
        whose first section is another.
        """
        titles = [name for name in order if "/" in name]
        name = next(name for name in order if "/" not in name)
        near = self.client.get(Post.objects.get(title=f"T {name}").address).context["near"]
        titles.append(name)
        while near.older is not None:
            titles.append(near.older.title.removeprefix("T "))
            near = self.client.get(near.older.address).context["near"]
        return titles

    def walked(self, address: str, size: int) -> list[str]:
        titles, query = [], ""
        with mock.patch("posts.public.views.PAGE_SIZE", size):
            while query is not None:
                context = self.client.get(f"{address}{query}").context
                names = [item.name for item in context["head"].items]  # of the front page too
                if "entries" in context:
                    names = [entry.post.title for entry in context["entries"]]
                titles += [name.removeprefix("T ") for name in names]
                query = f"?before={context['more']}" if context["more"] else None
        return titles

    def test_pages_feeds_neighbours_and_cursors_agree_and_imports_do_not_matter(self):
        self.fill(self.names)
        first = self.orders()
        lists = {address: titles for address, titles in first.items() if titles}
        for address, titles in lists.items():
            self.assertEqual(titles, first["/"], address)
        self.assertEqual(len(first["/"]), len(self.names))
        paths = [Post.objects.get(title=f"T {name}").path for name in first["/"]]
        self.assertEqual(paths, sorted(paths, reverse=True))
        save(
            Post.objects.get(title="T tech").document + "\n更新。\n",
            paths[first["/"].index("tech")],
        )
        self.assertEqual(self.orders(), first)
        Post.objects.all().delete()
        self.fill(["tech", "Zeta"])  # a part first, and then all in another order
        self.fill(reversed(self.names))
        self.assertEqual(self.orders(), first)


class Uris(TestCase):
    @override_settings(SITE_URL="https://新闻.example", ALLOWED_HOSTS=["testserver"])
    def test_canonical_links_sitemaps_and_opml_hold_uris(self):
        post = save(DIGEST.replace("- tech\n", "- 科技\n"), "_posts/2026-03-05-港口.md")
        host = "https://xn--efvy88h.example"
        story = f"{post.address}{post.stories.first().slug}/"
        for address in (post.address, story, "/categories/科技/", "/"):
            page = self.client.get(address).content.decode()
            self.assertIn(f'<link rel="canonical" href="{host}{quote(address)}">', page)
        for address in ("/sitemap.xml", "/sitemap-posts-2026-03.xml", "/feeds.opml", "/robots.txt",
                        "/sitemap-archives-categories.xml"):  # fmt: skip
            text = self.client.get(address).content.decode()
            self.assertIn(host, text, address)
            self.assertNotIn("新闻.example", text, address)
        self.assertIn(
            host + quote(story), self.client.get("/sitemap-posts-2026-03.xml").content.decode()
        )
        opml = self.client.get("/feeds.opml").content.decode()
        self.assertIn(f'xmlUrl="{host}/categories/{quote("科技")}/rss.xml"', opml)


class Presence(Addresses):
    def test_the_short_way_to_know_whether_a_page_is_there_says_what_the_page_says(self):
        post = save(digest(redirect_from="/alt/"))
        save(plain("草稿", "2026-03-09", published="false"), "_posts/2026-03-09-draft.md")
        save(plain("Harbour", "2026-03-04", lang="en", tags="[sea]"), "_posts/2026-03-04-en.md")
        day = (timezone.localtime() + timedelta(days=3)).replace(microsecond=0).isoformat()
        save(plain("later", day, tags="[soon]"), "_posts/later.md")
        past = (timezone.localtime() - timedelta(days=3)).replace(microsecond=0).isoformat()
        save(plain("over", "2026-01-01", expiryDate=past, tags="[over]"), "_posts/over.md")
        gone = save(digest(date="2026-02-01"), "_posts/2026-02-01-gone.md")
        publishing.withdraw(gone)
        lists = ["", "2026/", "2026/03/", "2026/03/05/", "2026/13/", "1999/", "tags/ai/"]
        lists += ["tags/soon/", "tags/over/", "tags/sea/", "tags/nope/", "categories/tech/"]
        lists += ["authors/港口编辑部/", "sources/ferry.example/", "sources/nope.example/"]
        paths = [f"{one}{name}" for one in lists for name in ("", *FEEDS)]
        paths += [one.address[1:] for one in Post.objects.exclude(address=None)]
        for one in (post, gone):
            slug = one.card.stories[0].slug
            paths += [f"{one.address[1:]}{slug}/", f"{one.address[1:]}nope/"]
        queries = ("", "before=", "before=x", "before=0~1", "before=4102444800000000~1")
        prefixes = ("", "en/", "fr/", "zh-hans/")
        for path in (f"/{prefix}{path}" for prefix in prefixes for path in paths):
            for query in queries if path.endswith("/") else queries[:1]:
                statuses = []
                for short in (redirects.PRESENT, {}):
                    request = RequestFactory().get("/", QUERY_STRING=query)
                    with mock.patch.object(redirects, "PRESENT", short):
                        answer = redirects._asked(request, path)
                    statuses.append(answer and answer.status_code)
                self.assertEqual(statuses[0], statuses[1], (path, query))

    def test_a_redirect_costs_few_queries_whatever_the_page_that_it_leads_to(self):
        post = save(digest(redirect_from="/earlier/one/"))
        for address, count in {
            "/earlier/one/": 2,
            post.address[:-1]: 2,
            "/tags/ai": 4,
            "/tags/AI/rss.xml": 5,
            "/archive": 4,
        }.items():
            self.client.get(address)
            with CaptureQueriesContext(connection) as queries:
                self.assertEqual(self.client.get(address).status_code, 301)
            self.assertLessEqual(len(queries), count, address)

    def test_what_robots_ask_for_costs_one_query(self):
        for address in ("/wp-login.php", "/.env", "/nope/nope/", "/a/b/c/d.php", "/xmlrpc.php"):
            self.client.get(address)
            with self.assertNumQueries(1):
                self.assertEqual(self.client.get(address).status_code, 404)
