"""Every public page says what it shows: one that does not is rendered for each reader."""

from dataclasses import replace

from django.http import HttpRequest, HttpResponse
from django.test import TestCase, override_settings
from django.urls import path

from newsroom import urls
from posts.caching import addresses, journal
from posts.models import Post
from posts.public.responses import conditional
from tests.cast import digest, save
from tests.support.readers import Site
from tests.test_visibility import Names, filled, names_of, public_patterns, queries

FRENCH = "_posts/2026-03-06-fr.md"
NEVER = {"/healthz"}  # asks whether the site is well, now
FILES = "/card.png"  # pictures, kept on disk


class Keyed(TestCase):
    def setUp(self):
        save(digest(lang="fr"), FRENCH)
        save()
        journal.note(["first"])
        looks = journal.Journal(threaded=False)
        known, journal.shared = journal.shared, looks
        self.addCleanup(setattr, journal, "shared", known)
        self.site = Site()

    def names(self) -> list[Names]:
        found = [names_of(post) for post in Post.objects.order_by("pk")]
        for names in found:
            names.labels["host"] = ["harbour.example"]
        return [*found, replace(found[1], language="fr")]

    def without_keys(self) -> tuple[set[str], int]:
        """(addresses that answer and are not kept, how many are)."""
        found, kept = set(), 0
        for pattern in public_patterns():
            for names in self.names():
                for address in filled(pattern, names):
                    for query in queries(pattern, names):
                        if query and addresses.BUILDER.match(address):
                            continue  # what somebody builds is built for nobody else
                        answer = self.site.ask(address + query)
                        before = self.site.renderings
                        again = self.site.ask(address + query)
                        # A redirect is the same for all only without a query that means something.
                        if answer.status != 200 and (query or answer.status not in (301, 308)):
                            continue
                        self.assertEqual(answer.body, again.body, address)
                        if address.endswith(FILES):
                            continue
                        if self.site.renderings == before:
                            kept += 1
                        else:
                            found.add(address)
        return found, kept

    def test_every_public_page_is_kept(self):
        found, kept = self.without_keys()
        self.assertEqual(found - NEVER, set())
        self.assertGreater(kept, 200)

    def test_a_new_page_without_keys_fails_the_walk(self):
        def page(request: HttpRequest) -> HttpResponse:
            return conditional(request, HttpResponse("new"), None, 60)

        new = type(
            "Urls", (), vars(urls) | {"urlpatterns": [path("new/", page), *urls.urlpatterns]}
        )
        with override_settings(ROOT_URLCONF=new):
            found, _kept = self.without_keys()
        self.assertEqual(found - NEVER, {"/new/"})
