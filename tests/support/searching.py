"""Asking the search as readers do."""

import json
from urllib.parse import unquote, urlencode

from django.test import TestCase


class Searching(TestCase):
    """Short ways to what a search finds."""

    def page(self, q: str, folder: str = "/search/", **more: str) -> str:
        response = self.client.get(f"{folder}?{urlencode({'q': q, **more})}")
        self.assertEqual(response.status_code, 200, q)
        return response.content.decode()

    def found(self, q: str, folder: str = "/search/", **more: str) -> list[str]:
        """Where the headings of the page's results lead."""
        return self.results_of(self.page(q, folder, **more))

    @staticmethod
    def results_of(text: str) -> list[str]:
        """Where the headings of a page's results lead."""
        parts = text.split('<article class="result"')[1:]
        return [unquote(part.partition('href="')[2].partition('"')[0]) for part in parts]

    def fed(self, q: str, folder: str = "/search/", **more: str) -> list[str]:
        """Where the entries of the search's feed lead."""
        response = self.client.get(f"{folder}feed.json?{urlencode({'q': q, **more})}")
        self.assertEqual(response.status_code, 200, q)
        entries = json.loads(response.content)["items"]
        return [unquote(entry["url"]).removeprefix("http://127.0.0.1:8000") for entry in entries]

    def text(self, q: str, **more: str) -> str:
        """The page without its tags' names, but with what is marked."""
        return self.page(q, **more).partition("<main")[2].partition("</main>")[0]

    def suggested(self, q: str, folder: str = "/search/") -> list[str]:
        response = self.client.get(f"{folder}suggest.json?{urlencode({'q': q})}")
        self.assertEqual(response.status_code, 200, q)
        return json.loads(response.content)[1]
