"""The settings of the site that editors write: they stand on every page at once."""

from unittest import mock

from django.test import TestCase

from posts.caching import journal, keys
from posts.models import Category, Site
from posts.publishing.sites import save_site
from tests.cast import digest, plain, save


class Settings(TestCase):
    def test_without_any_the_environment_says_the_name(self):
        save()
        self.assertContains(self.client.get("/"), "Newsroom")

    def test_name_footer_and_links_stand_on_every_page_and_in_feeds(self):
        post = save()
        links = [{"name": "Elsewhere", "url": "https://elsewhere.example/"}]
        save_site(Site(name="港口日报", footer="登记号 1", links=links))
        for address in ("/", post.address, "/tags/ai/", "/archive/", "/feeds/"):
            page = self.client.get(address)
            for text in ("港口日报", "登记号 1", "https://elsewhere.example/"):
                self.assertContains(page, text)
        for feed in ("rss.xml", "atom.xml", "feed.json"):
            self.assertContains(self.client.get(f"/{feed}"), "港口日报")

    def test_there_is_one_row(self):
        save_site(Site(name="One"))
        save_site(Site(name="Two"))
        self.assertEqual([site.name for site in Site.objects.all()], ["Two"])

    def test_a_process_that_looks_knows_them_and_forgets_its_pages(self):
        save()
        journal.note(["first"])
        heard: list[set[str]] = []
        mine = journal.Journal(lambda names: heard.append(set(names)), threaded=False)
        self.enterContext(mock.patch.object(journal, "shared", mine))
        mine.poll()
        before = mine.state()
        heard.clear()
        save_site(Site(name="港口日报"))
        mine.poll()
        self.assertEqual(heard, [{keys.EVERYTHING}])
        self.assertTrue(mine.changed_since(before, {"p1"}))
        with mock.patch.object(journal.Journal, "looks", return_value=True):
            self.assertContains(self.client.get("/"), "港口日报")

    def test_settings_written_without_a_note_are_seen(self):
        journal.note(["first"])
        mine = journal.Journal(threaded=False)
        mine.poll()
        Site(name="A").save()
        Site.objects.update(shown='{"name": "B"}')
        mine.poll()
        self.assertEqual(mine.site().name, "B")


class Names(TestCase):
    def test_a_section_has_a_name_of_its_own_in_a_language(self):
        save()
        save(digest(title="Port", lang="en"), "_posts/2026-03-06-en.md")
        save(plain("Other", "2026-03-07", lang="fr", categories="[tech]"), "_posts/fr.md")
        Category.objects.filter(slug="tech").update(name="科技", names={"en": "Technology"})
        self.assertContains(self.client.get("/"), "科技")
        self.assertContains(self.client.get("/fr/"), "科技")
        page = self.client.get("/en/categories/tech/")
        self.assertContains(page, "Technology")
        self.assertNotContains(page, "科技")
