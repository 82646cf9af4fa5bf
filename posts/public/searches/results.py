"""What a page of results shows of the posts that were found: their words marked, their stories."""

import json
from collections.abc import Sequence
from dataclasses import dataclass, field
from functools import cache
from typing import Any, NamedTuple

from django.db import connection
from django.db.models import BigIntegerField, QuerySet, TextField
from django.db.models.expressions import RawSQL

from posts.caching import journal
from posts.content import analysis
from posts.content.passages import Marker, Piece
from posts.models import Post
from posts.models.cards import CardStory
from posts.models.labels import CardLabels
from posts.models.prepared import NOW, Prepared, Slot
from posts.public.responses import Facts, site_columns, site_facts
from posts.public.rows import COLUMNS, WIDTH, PostRow
from posts.search.finding import Wanted

PAGE_SIZE = 20
HTML, TEXT = 30_000, 6_000  # characters of a post and of a story that are looked through
SHOWN_STORIES = 3  # below a post
STORIES = {
    "sqlite": "(SELECT json_group_array(json_array(slug, substr(text, 1, {text}))) FROM posts_story"
    " WHERE post_id = posts_post.id)",
    "postgresql": "(SELECT json_agg(json_build_array(slug, substr(text, 1, {text})))::text"
    " FROM posts_story WHERE post_id = posts_post.id)",
}


class StoryText(NamedTuple):
    """A story of a post that was found, with the beginning of its text."""

    card: CardStory
    text: str

    @property
    def words(self) -> str:
        """All that is looked through: heading, text, citations."""
        links = (f"{link.text}\n{link.host}" for link in self.card.citations)
        return "\n".join((self.card.heading, self.text, *links))


@dataclass
class Found:
    """A post that was found, with what is looked through for words: as much as is read of it."""

    post: PostRow
    html: str
    stories: list[StoryText]


@dataclass
class Result:
    """A line of the page: a post with some of its stories, or one story."""

    post: PostRow
    heading: list[Piece]
    passage: list[Piece]
    story: CardStory | None = None
    stories: list[tuple[CardStory, list[Piece]]] = field(default_factory=list)
    labels: CardLabels | None = None


def read(ids: Sequence[int]) -> tuple[list[Found], Facts | None]:
    """Posts in the order of their ids, those left out that readers cannot see (any more), and the
    facts of the site where they are not known. One query, none for no ids.
    """
    if not ids:
        return [], None
    known = journal.shared.looks()
    values = {f"id{n}": ids[min(n, len(ids) - 1)] for n in range(PAGE_SIZE)}
    found: dict[int, Found] = {}
    facts = None
    for row in _rows(known).rows(**values):
        post = PostRow(*row[:WIDTH])
        texts = dict(json.loads(row[WIDTH + 1] or "[]"))
        stories = [StoryText(card, texts.get(card.slug, "")) for card in post.card.stories]
        found[post.pk] = Found(post, row[WIDTH], stories)
        facts = site_facts(row[WIDTH + 2 :])
    return [found[pk] for pk in ids if pk in found], facts


@cache
def _rows(known: bool) -> Prepared:
    def make() -> QuerySet[Any]:
        ids: Any = [Slot(f"id{n}", BigIntegerField()) for n in range(PAGE_SIZE)]
        stories = STORIES[connection.vendor].format(text=TEXT)
        return (
            Post.objects.published(now=NOW)
            .filter(pk__in=ids)
            .values_list(
                *COLUMNS,
                RawSQL(f"substr(posts_post.html, 1, {HTML})", (), TextField()),  # noqa: S611
                RawSQL(stories, (), TextField()),  # noqa: S611 - of constants
                *site_columns(known),
            )
        )

    return Prepared(make)


def path_of(pk: int) -> str:
    """The path of a post, which orders those of one time; empty if there is none. One query."""
    row = _path().first(pk=pk)
    return row[0] if row else ""


@cache
def _path() -> Prepared:
    mine = Slot("pk", BigIntegerField())
    return Prepared(lambda: Post.objects.filter(pk=mine).values_list("path"))


class Matching:
    """The words of a search, for marking them and for finding the stories that hold them all."""

    def __init__(self, wanted: Wanted):
        texts = [term.text for term in wanted.terms if not term.excluded]
        self.some = Marker(texts)
        self.none = Marker(term.text for term in wanted.terms if term.excluded)

    def stories(self, found: Found) -> list[StoryText]:
        """The stories that hold each word. What only a label of their post is called is no word of
        theirs: a digest has a label for one of its stories, or two.
        """
        return [
            story
            for story in found.stories
            if self.some.has_all(story.words) and not self.none.has_any(story.words)
        ]

    def post_result(self, found: Found) -> Result:
        """A post with its best passage, and those of its stories that hold the words."""
        post = found.post
        heading = self.some.marked(post.title)
        if not self.some.patterns:
            return Result(post, heading, [(post.excerpt, False)] if post.excerpt else [])
        mine = self.stories(found)
        stories = [(one.card, self.some.marked(one.card.heading)) for one in mine[:SHOWN_STORIES]]
        return Result(post, heading, self._passage(found, mine), stories=stories)

    def story_results(self, found: Found) -> list[Result]:
        """The stories of a post that hold the words."""
        return [
            Result(
                found.post,
                self.some.marked(one.card.heading),
                self.some.passage(one.text),
                story=one.card,
            )
            for one in self.stories(found)
        ]

    def _passage(self, found: Found, mine: list[StoryText]) -> list[Piece]:
        """From the stories that hold the words, else the lead, any story, the whole text."""
        texts = [one.text for one in mine] or [found.post.excerpt]
        texts += ["\n".join(one.text for one in found.stories)]
        best = next((text for text in texts if self.some.has_all(text)), None)
        if best is None:
            if self.some.has_any(found.html):  # taken apart only where it may hold something
                texts.append(analysis.plain_text(found.html))
            best = max(texts, key=self.some.count)
        return self.some.passage(best if self.some.has_any(best) else found.post.excerpt)
