"""The card of a post: what lists, bylines and feeds show of it without its document.

It names labels by their slugs, as the document does, so that a renamed or merged label is right
everywhere at once; :func:`posts.models.labels.label_names` gives the names.
"""

import json
from collections.abc import Iterable
from typing import Any, NamedTuple

from django.db import models
from django.db.models.fields.json import KeyTransform


class CardLink(NamedTuple):
    """A citation as it is shown: its text, its address and the host of its source; the latter two
    may be empty.
    """

    text: str
    url: str
    host: str


class CardStory(NamedTuple):
    """A story of a digest: the last part of its address, its heading and its citations."""

    slug: str
    heading: str
    citations: tuple[CardLink, ...] = ()


class CardImage(NamedTuple):
    """The picture that stands for a post: its address here, pixels, bytes and media type."""

    url: str
    width: int
    height: int
    size: int
    content_type: str


class Card(NamedTuple):
    """All that a list shows of a post.

    ``sources`` are the post's own citations, ``further`` those of them that no story cites as well.
    """

    authors: tuple[str, ...] = ()
    categories: tuple[str, ...] = ()
    tags: tuple[str, ...] = ()
    stories: tuple[CardStory, ...] = ()
    sources: tuple[CardLink, ...] = ()
    further: tuple[CardLink, ...] = ()
    image: CardImage | None = None

    @classmethod
    def from_json(cls, value: dict[str, Any]) -> "Card":
        """The card that :meth:`as_json` wrote; members that are missing are empty."""
        image = value.get("image")
        return cls(
            authors=tuple(value.get("authors", ())),
            categories=tuple(value.get("categories", ())),
            tags=tuple(value.get("tags", ())),
            stories=tuple(
                [
                    CardStory(slug, heading, _links(citations))
                    for slug, heading, citations in value.get("stories", ())
                ]
            ),
            sources=_links(value.get("sources", ())),
            further=_links(value.get("further", ())),
            image=CardImage(*image) if image else None,
        )

    def as_json(self) -> dict[str, Any]:
        """Plain values for the column."""
        image = self.image
        return {
            "authors": list(self.authors),
            "categories": list(self.categories),
            "tags": list(self.tags),
            "stories": [
                [story.slug, story.heading, [list(link) for link in story.citations]]
                for story in self.stories
            ],
            "sources": [list(link) for link in self.sources],
            "further": [list(link) for link in self.further],
            "image": list(image) if image else None,
        }

    def story(self, slug: str) -> CardStory | None:
        """The story of a slug."""
        return next((story for story in self.stories if story.slug == slug), None)


def _links(found: Iterable[list[str]]) -> tuple[CardLink, ...]:
    return tuple([CardLink(*link) for link in found])


class CardField(models.JSONField):
    """A JSON column whose value is a :class:`Card`."""

    def from_db_value(self, value, expression, connection):
        if isinstance(value, str) and not isinstance(expression, KeyTransform):
            return Card.from_json(json.loads(value))  # the short way, for each post of a list
        return super().from_db_value(value, expression, connection)

    def to_python(self, value):
        return Card.from_json(value) if isinstance(value, dict) else value

    def get_db_prep_value(self, value, connection, prepared=False):
        plain = value.as_json() if isinstance(value, Card) else value
        return super().get_db_prep_value(plain, connection, prepared)

    def value_to_string(self, obj):
        return self.value_from_object(obj).as_json()
