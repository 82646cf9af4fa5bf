"""When anything that readers see last changed."""

from datetime import UTC, datetime
from typing import Any

from django.db.models import DateTimeField, Model, Subquery, Value
from django.db.models.functions import Coalesce, Greatest
from django.utils import timezone

from posts.models.labels import Author, Category, Tag
from posts.models.posts import Post
from posts.models.stories import Source

NEVER = Value(datetime(1970, 1, 1, tzinfo=UTC), DateTimeField())


def _latest(model: type[Model], column: str, **bounds: Any) -> Coalesce:
    """The largest value of an indexed column."""
    bounds = bounds or {f"{column}__isnull": False}
    rows = model._default_manager.filter(**bounds).order_by(f"-{column}")
    return Coalesce(Subquery(rows.values(column)[:1]), NEVER)


def site_changed_at() -> Greatest:
    """An expression: the last time that a post was saved, came or went by the clock, or a label
    changed. Seven steps of an index, whatever the size of the site.
    """
    now = timezone.now()
    return Greatest(
        _latest(Post, "saved_at"),
        _latest(Post, "published_at", published_at__lte=now),
        _latest(Post, "expires_at", expires_at__lte=now),
        *(_latest(model, "changed_at") for model in (Tag, Category, Author, Source)),
    )
