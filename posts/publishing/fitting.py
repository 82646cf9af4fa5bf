"""That every value fits its column: asked before a database is, so that all of them agree.

SQLite keeps a text of any length and a number of any size; PostgreSQL refuses them without saying
which column it was.
"""

import re
from collections.abc import Iterator, Sequence
from functools import lru_cache
from math import inf
from typing import Any

from django.db import models

from posts.models import Citation, Post, Source, Story
from posts.publishing.addresses import site_language, wanted_address
from posts.publishing.submissions import Refused, Submission

UNSTORABLE = re.compile("[\0\ud800-\udfff]")
LARGEST: dict[str, int] = {
    "PositiveSmallIntegerField": 32_767,
    "PositiveIntegerField": 2_147_483_647,
}

Column = tuple[type[models.Model], str, Sequence[Any]]


def check(submission: Submission) -> None:
    """Raise :class:`Refused` for the first value that a column does not hold, with its name."""
    columns = [*_columns(submission)]
    if not _all_fit(columns):
        for model, name, values in columns:
            for value in values:
                _check(model._meta.get_field(name), value, submission.path)


def check_row(row: models.Model) -> None:
    """Raise :class:`Refused` for the first value of a row that its column does not hold."""
    for field in row._meta.concrete_fields:
        _check(field, getattr(row, field.attname), str(row))


def _all_fit(columns: list[Column]) -> bool:
    """True if no value is too long, and no text unstorable: asked of all texts at once."""
    texts: list[str] = []
    for model, name, values in columns:
        if not values:
            continue
        if isinstance(values[0], str):
            texts += values
            values = [*map(len, values)]
        if max(values) > _limit(model, name):
            return False
    return _is_storable("".join(texts))


@lru_cache
def _limit(model: type[models.Model], name: str) -> float:
    """The largest number, or the length of the longest text, that a column holds."""
    field = model._meta.get_field(name)
    return LARGEST.get(field.get_internal_type(), getattr(field, "max_length", None) or inf)


def _check(field: Any, value: Any, path: str) -> None:
    limit = field.max_length or 0
    if isinstance(value, int):
        limit = LARGEST.get(field.get_internal_type(), value)
        key = "refused.number" if value > limit else ""
    elif isinstance(value, str):
        key = "refused.length" if limit and len(value) > limit else ""
        key = key or ("" if _is_storable(value) else "refused.character")
    else:
        return
    if key:
        raise Refused(key, path=UNSTORABLE.sub("�", path)[:500], column=field.name, limit=limit)


def _is_storable(text: str) -> bool:
    """False for NUL and halves of surrogate pairs; faster than a search for both."""
    try:
        text.encode()
    except UnicodeEncodeError:
        return False
    return "\0" not in text


def _columns(submission: Submission) -> Iterator[Column]:
    derived = submission.derived
    address = wanted_address(derived)
    yield Post, "path", [submission.path]
    yield Post, "zone", [submission.zone]
    yield Post, "document", [submission.document]
    yield Post, "address", [address] if address is not None else []
    yield Post, "language", [site_language(derived.language)]
    yield Post, "story_count", [len(derived.stories)]
    for name in ("title", "slug", "date_text", "excerpt", "html", "words", "translation"):
        yield Post, name, [getattr(derived, name)]
    for name in ("heading", "slug", "section", "html", "text"):
        yield Story, name, [getattr(story, name) for story in derived.stories]
    links = [link for story in derived.stories for link in story.citations]
    links += derived.citations
    yield Citation, "text", [link.text for link in links]
    yield Citation, "url", [link.url for link in links]
    yield Citation, "page", [link.page for link in links]
    yield Source, "host", [link.host for link in links]
