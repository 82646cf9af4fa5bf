"""The card of a post: what lists, bylines and feeds show of it without its document.

It names labels by their slugs, as the document does, so that a renamed or merged label is right
everywhere at once; :func:`posts.models.labels.label_names` gives the names.
"""

from dataclasses import dataclass
from typing import Any

from django.db import models


@dataclass(frozen=True)
class CardLink:
    """A citation as it is shown: its text, its address and the host of its source; the latter two
    may be empty.
    """

    text: str
    url: str
    host: str

    @classmethod
    def from_json(cls, value: list[str]) -> "CardLink":
        return cls(*value)

    def as_json(self) -> list[str]:
        return [self.text, self.url, self.host]


@dataclass(frozen=True)
class CardStory:
    """A story of a digest: the last part of its address, its heading and its citations."""

    slug: str
    heading: str
    citations: tuple[CardLink, ...] = ()

    @classmethod
    def from_json(cls, value: list[Any]) -> "CardStory":
        slug, heading, citations = value
        return cls(slug, heading, tuple(CardLink.from_json(link) for link in citations))

    def as_json(self) -> list[Any]:
        return [self.slug, self.heading, [link.as_json() for link in self.citations]]


@dataclass(frozen=True)
class CardImage:
    """The picture that stands for a post: its address here, pixels, bytes and media type."""

    url: str
    width: int
    height: int
    size: int
    content_type: str


@dataclass(frozen=True)
class Card:
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
            stories=tuple(CardStory.from_json(story) for story in value.get("stories", ())),
            sources=tuple(CardLink.from_json(link) for link in value.get("sources", ())),
            further=tuple(CardLink.from_json(link) for link in value.get("further", ())),
            image=CardImage(*image) if image else None,
        )

    def as_json(self) -> dict[str, Any]:
        """Plain values for the column."""
        image = self.image
        return {
            "authors": list(self.authors),
            "categories": list(self.categories),
            "tags": list(self.tags),
            "stories": [story.as_json() for story in self.stories],
            "sources": [link.as_json() for link in self.sources],
            "further": [link.as_json() for link in self.further],
            "image": [image.url, image.width, image.height, image.size, image.content_type]
            if image
            else None,
        }

    def story(self, slug: str) -> CardStory | None:
        """The story of a slug."""
        return next((story for story in self.stories if story.slug == slug), None)


class CardField(models.JSONField):
    """A JSON column whose value is a :class:`Card`."""

    def from_db_value(self, value, expression, connection):
        loaded = super().from_db_value(value, expression, connection)
        return Card.from_json(loaded) if isinstance(loaded, dict) else loaded

    def to_python(self, value):
        return Card.from_json(value) if isinstance(value, dict) else value

    def get_db_prep_value(self, value, connection, prepared=False):
        plain = value.as_json() if isinstance(value, Card) else value
        return super().get_db_prep_value(plain, connection, prepared)

    def value_to_string(self, obj):
        return self.value_from_object(obj).as_json()
