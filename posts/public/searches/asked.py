"""What a search was asked for, and the addresses of searches that differ from it by one thing."""

from collections.abc import Mapping
from dataclasses import dataclass, replace
from urllib.parse import urlencode

from django.http import HttpRequest

from posts.content import querying
from posts.content.querying import Filter, Part, Query

STORIES, RELEVANCE = "stories", "relevance"
MOST_SKIPPED = 180  # results that a ranked list can begin after; all that is further is by time


@dataclass(frozen=True)
class Asked:
    """A query in a language of the site (empty: all), for posts or for stories, in an order.

    By time unless relevance is asked for: news is read that way, pages go on without end, and the
    feeds of a search hold what its page shows.
    """

    query: Query
    text: str = ""
    language: str = ""
    stories: bool = False
    ranked: bool = False

    @classmethod
    def of(cls, request: HttpRequest, language: str) -> "Asked":
        """What a request asks for; whatever it is, it is something."""
        text = request.GET.get("q", "")
        return cls(
            querying.parse(text),
            " ".join(text[: querying.LONGEST].split()),
            language,
            request.GET.get("in") == STORIES,
            request.GET.get("order") == RELEVANCE,
        )

    @property
    def folder(self) -> str:
        """The search's own path."""
        return f"/{self.language}/search/" if self.language else "/search/"

    @property
    def address(self) -> str:
        """The first page of this search."""
        return self._address("", {})

    @property
    def own_query(self) -> str:
        """What makes it another page than the empty one: ``?q=...``."""
        return self.address.removeprefix(self.folder)

    def further(self, **cursor: str) -> str:
        """The page of this search at a cursor."""
        return self._address("", cursor)

    def feed(self, kind: str, text: str = "") -> str:
        """The feed of this search, newest first whatever the order; ``kind`` is ``rss.xml``..."""
        given = {"q": str(self.query)} | ({"items": STORIES} if self.stories else {})
        return f"{self.folder}{kind}?{urlencode(given)}"

    def by_relevance(self, ranked: bool) -> str:
        """The same in one order or the other."""
        return replace(self, ranked=ranked).address

    def in_stories(self, stories: bool) -> str:
        """The same among stories, or among posts."""
        return replace(self, stories=stories).address

    def narrowed(self, kind: str, value: str) -> str:
        """The same with a filter more."""
        return replace(self, query=self.query.with_filter(kind, value)).address

    def widened(self, part: Part | Filter) -> str:
        """The same without a word or filter."""
        return replace(self, query=self.query.without(part)).address

    def instead(self, query: Query) -> str:
        """The same search for something else."""
        return replace(self, query=query).address

    def _address(self, file: str, more: Mapping[str, str]) -> str:
        given = {"q": str(self.query)} if self.query else {}
        given |= {"in": STORIES} if self.stories else {}
        given |= {"order": RELEVANCE} if self.ranked else {}
        given |= more
        return f"{self.folder}{file}" + (f"?{urlencode(given)}" if given else "")
