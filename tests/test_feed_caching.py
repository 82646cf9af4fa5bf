"""Readers' programs ask again and again: a feed is new when it is, and 304 when it is not.

Each event is asked of eight feeds, through the page cache, with the validators of the time before.
"""

from datetime import timedelta
from unittest import mock

from django.test import TestCase
from django.utils import timezone

from posts import publishing
from posts.caching import journal
from posts.models import Author, Category, Post, Site, Source, Tag
from posts.publishing.sites import save_site
from tests.cast import digest, later, plain, save
from tests.support.readers import Site as CachedSite

HOME, STORIES, SUMMARIES = "/rss.xml", "/atom.xml?items=stories", "/feed.json?content=summary"
TAG, CATEGORY, SOURCE = (
    "/tags/ai/atom.xml",
    "/categories/tech/rss.xml",
    "/sources/ferry.example/feed.json",
)
AUTHOR, ENGLISH = "/authors/港口编辑部/rss.xml", "/en/atom.xml"
ALL = {HOME, STORIES, SUMMARIES, TAG, CATEGORY, SOURCE, AUTHOR, ENGLISH}
WHOLE = {HOME, STORIES, SUMMARIES}  # lists of all posts
PORT = {*WHOLE, TAG, CATEGORY, SOURCE, AUTHOR}  # those that hold the digest
PATH = "_posts/2026-03-05-port.md"


class Events(TestCase):
    def setUp(self):
        save()
        save(plain("English", "2026-03-04", lang="en", tags="[sea]"), "_posts/en.md")
        save(plain("Other", "2026-03-03", tags="[wind]", categories="[air]", author="Other"),
             "_posts/other.md")  # fmt: skip
        journal.note(["first"])
        own = journal.Journal(threaded=False)
        self.enterContext(mock.patch.object(journal, "shared", own))
        self.site = CachedSite()
        self.known: dict[str, tuple[str, bytes]] = {}
        self.changed_feeds()

    def changed_feeds(self) -> set[str]:
        """The feeds that answer with another content than last time; all others say 304.

        A 304 means that the feed would be the same, and a 200 that it is not.
        """
        journal.shared.poll()
        found = set()
        for address in ALL:
            etag, body = self.known.get(address, ("", b""))
            answer = self.site.ask(address, headers={"if-none-match": etag})
            whole = self.site.ask(address)
            self.assertEqual(whole.status, 200, address)
            self.assertIn(answer.status, (200, 304), address)
            self.assertEqual(answer.status == 304, whole.body == body, address)
            if answer.status == 200:
                found.add(address)
            self.known[address] = (whole.headers["ETag"], whole.body)
        return found

    def assertChanges(self, wanted: set[str]):
        self.assertEqual(self.changed_feeds(), wanted)

    def test_nothing_happens(self):
        self.assertChanges(set())

    def test_a_draft_is_saved(self):
        save(plain("Draft", "2026-03-06", draft="true", tags="[ai]"), "_posts/draft.md")
        self.assertChanges(set())

    def test_a_file_is_delivered_again_as_it_is(self):
        post = Post.objects.get(path=PATH)
        save(post.document, PATH)
        publishing.rebuild(Post.objects.all())
        self.assertChanges(set())

    def test_a_post_is_published_that_none_of_the_labels_has(self):
        save(plain("New", "2026-03-06", tags="[wind]", author="Other"), "_posts/new.md")
        self.assertChanges(WHOLE)

    def test_a_post_is_published_with_a_tag(self):
        save(plain("New", "2026-03-06", tags="[ai]", author="Other"), "_posts/new.md")
        self.assertChanges({*WHOLE, TAG})

    def test_a_post_is_published_in_a_language(self):
        save(plain("New", "2026-03-06", lang="en", author="Other"), "_posts/new.md")
        self.assertChanges({*WHOLE, ENGLISH})

    def test_a_typo_is_mended(self):
        save(digest().replace("换成了省电的型号", "换成了省电的型号。"), PATH)
        self.assertChanges(PORT)

    def test_a_headline_of_another_post_is_mended(self):
        save(plain("Others", "2026-03-03", tags="[wind]", categories="[air]", author="Other"),
             "_posts/other.md")  # fmt: skip
        self.assertChanges(WHOLE)

    def test_an_address_is_changed(self):
        save(digest(slug="harbour"), PATH)
        self.assertChanges(PORT)

    def test_a_tag_is_renamed(self):
        tag = Tag.objects.get(slug="ai")
        tag.name = "人工智能"
        publishing.save_row(tag)
        self.assertChanges(PORT)

    def test_a_tag_is_merged(self):
        publishing.start(publishing.start_merge(*Tag.objects.filter(slug__in=["sea", "wind"])))
        publishing.run_all()
        self.assertTrue(self.changed_feeds() <= {*WHOLE, ENGLISH})

    def test_a_section_is_described(self):
        section = Category.objects.get(slug="tech")
        section.description = "机器与人"
        publishing.save_row(section)
        self.assertChanges({CATEGORY})

    def test_an_author_is_renamed(self):
        author = Author.objects.get(slug="other")
        author.name = "Somebody"
        publishing.save_row(author)
        self.assertChanges(WHOLE)

    def test_a_source_is_named(self):
        source = Source.objects.get(host="ferry.example")
        source.name = "渡报"
        publishing.save_row(source)
        self.assertChanges({SOURCE})

    def test_a_post_is_withdrawn(self):
        publishing.withdraw(Post.objects.get(path="_posts/other.md"))
        self.assertChanges(WHOLE)

    def test_a_story_has_another_source(self):
        save(digest().replace("https://maps.example/north", "https://charts.example/n"), PATH)
        self.assertChanges(PORT)

    def test_a_scheduled_post_comes_and_goes_by_the_clock(self):
        now = timezone.now()
        times = [(now + timedelta(hours=n)).isoformat() for n in (1, 2)]
        text = plain("Soon", times[0], expiryDate=times[1], tags="[ai]", author="Other")
        save(text, "_posts/soon.md")
        self.assertChanges(set())
        with later(minutes=61):
            self.assertChanges({*WHOLE, TAG})
        with later(minutes=121):
            self.assertChanges({*WHOLE, TAG})

    def test_the_site_is_renamed(self):
        save_site(Site(name="港口日报社"))
        self.assertChanges(ALL)
