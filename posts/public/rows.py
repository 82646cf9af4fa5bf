"""What pages read of posts and stories: plain values of some columns instead of whole models."""

from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import Any

from django.db.models.functions import Substr

from posts.models.cards import Card, CardStory
from posts.models.posts import Written

SETTLED = timedelta(minutes=10)  # a post that was mended at once is not called updated


@dataclass
class PostRow(Written):
    """A post as lists and feeds show it; the columns are :data:`COLUMNS`, in this order."""

    pk: int
    path: str
    title: str
    address: str
    day: date
    published_at: datetime
    expires_at: datetime | None
    modified_at: datetime
    language: str
    rtl: bool
    minutes: int
    guid: str
    excerpt: str
    card: Card
    html: str = ""
    words: int = 0

    @property
    def is_updated(self) -> bool:
        """True if the document changed after readers had it."""
        return self.modified_at - self.published_at > SETTLED


COLUMNS = (
    "id path title address day published_at expires_at modified_at language rtl minutes guid"
    " excerpt card"
).split()
THROUGH = [f"post__{column}" for column in COLUMNS]
WIDTH = len(COLUMNS)


@dataclass(slots=True)
class Line:
    """A row of a list: its post, and for a citation its story and what orders it."""

    post: PostRow
    listed_at: datetime | None = None
    position: int = 0
    story: CardStory | None = None
    excerpt: str = ""  # of the story

    def value(self, key: str) -> Any:
        """What a cursor holds for a key of the order; for the path the post's number."""
        if key == "-path":
            return self.post.pk
        name = key.removeprefix("-")
        return getattr(self.post if name in ("published_at", "day") else self, name)


def line(values: Any) -> Line:
    """A row of the columns, then ``listed_at``, then those of :data:`CITED` where they are."""
    post = PostRow(*values[:WIDTH])
    more = values[WIDTH:]
    if len(more) < 2:
        return Line(post, *more)
    listed_at, position, slug, heading, text = more
    if slug is None:
        return Line(post, listed_at, position)
    story = post.card.story(slug) or CardStory(slug, heading)
    return Line(post, listed_at, position, story, text)


LISTED = [*THROUGH, "listed_at"]
EXCERPT = 400  # characters of a story's text, of which a list shows the first
CITED: list[Any] = [
    *LISTED,
    "position",
    "story__slug",
    "story__heading",
    Substr("story__text", 1, EXCERPT),
]


@dataclass(slots=True)
class LabelRow:
    """A tag, category, author or source; ``slug`` is the last part of its address, of a source its
    host.
    """

    pk: int
    slug: str
    name: str
    description: str = ""

    def __str__(self) -> str:
        return self.name or self.slug
