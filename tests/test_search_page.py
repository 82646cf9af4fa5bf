"""The page of a search: what it finds, counts, marks and costs."""

from django.db import connection
from django.test import TestCase
from django.test.utils import CaptureQueriesContext

from tests.cast import digest, plain, save


class Page(TestCase):
    @classmethod
    def setUpTestData(cls):
        save()
        save(plain("Harbour lights", "2026-03-04", "The lighthouse was rebuilt.", lang="en",
                   tags="[ai]"), "_posts/2026-03-04-en.md")

    def get(self, address):
        response = self.client.get(address)
        self.assertEqual(response.status_code, 200)
        return response.content.decode()

    def test_x(self):
        for q in ("?q=灯塔", "?q=灯塔&order=relevance", "?q=灯塔&in=stories", "?q=", "?q=orcale", "?q=tag:a1"):
            with CaptureQueriesContext(connection) as c:
                text = self.get("/search/" + q)
            print(q, len(c))
            i = text.index("<main")
            print(text[i:])
        print(self.get("/search/rss.xml?q=灯塔"))
        print(self.get("/search/suggest.json?q=港"))
        print(self.get("/opensearch.xml"))
