"""Posts that are translations of each other: where a post is in other languages.

They have one translation key. Of several in one language the newest stands for it, so that all of
them name the same addresses. They come with the query of the post, as one column.
"""

import json
from collections.abc import Sequence
from datetime import UTC, datetime
from typing import Any, NamedTuple

from django.conf import settings
from django.db.models import OuterRef, Subquery, TextField
from django.db.models.expressions import RawSQL
from django.utils.dateparse import parse_datetime
from django.utils.timezone import is_naive, make_aware

from posts.caching import keys
from posts.caching.keys import Shown
from posts.models import Post
from posts.models.prepared import NOW
from posts.public.languages import DEFAULT, own_name
from posts.public.rows import PostRow

MOST = 100  # posts with one key
WIDTH = 2  # columns


class Translation(NamedTuple):
    """A post with the same key; times as the database writes them."""

    published_at: str
    path: str
    pk: int
    language: str
    address: str
    expires_at: str | None


class Other(NamedTuple):
    """A post in another language."""

    language: str
    name: str
    address: str


class JoinedRows(Subquery):
    """All rows of a subquery in one text of JSON."""

    output_field = TextField()
    template = "(SELECT {} FROM (%(subquery)s) one)"
    row = ", ".join(f"one.{'id' if name == 'pk' else name}" for name in Translation._fields)

    def as_sqlite(self, compiler: Any, connection: Any) -> Any:
        """SQLite's words for it."""
        rows = self.template.format(f"json_group_array(json_array({self.row}))")
        return self.as_sql(compiler, connection, template=rows)

    def as_postgresql(self, compiler: Any, connection: Any) -> Any:
        """PostgreSQL's words for it."""
        rows = self.template.format(f"CAST(json_agg(json_build_array({self.row})) AS text)")
        return self.as_sql(compiler, connection, template=rows)


def translation_columns(relation: str = "") -> list[Any]:
    """Columns more for the query of a post, or of what leads to one (``post__``)."""
    key = f"{relation}translation"
    rows = Post.objects.published(now=NOW).filter(translation=OuterRef(key))
    # No parameter: SQLite compiles a statement anew for each value that a partial index depends on.
    rows = rows.exclude(translation=RawSQL("''", ())).order_by("-published_at", "-path")
    names = ("published_at", "path", "id", "language", "address", "expires_at")
    return [key, JoinedRows(rows.values(*names)[:MOST])]


def translations(
    columns: Sequence[Any], found: PostRow, shown: Shown
) -> tuple[list[tuple[str, str]], list[Other]]:
    """((language, address) for search engines, this post's own among them; the posts in other
    languages for readers), of :func:`translation_columns`. ``shown`` gets their keys.

    Nothing for search engines where another post stands for this one's language.
    """
    key, text = columns
    if not key:
        return [], []
    shown.add(keys.translated(key))
    newest: dict[str, Translation] = {}
    for one in (Translation(*row) for row in json.loads(text or "[]")):
        newest.setdefault(one.language, one)
        if one.pk != found.pk:
            shown.add(keys.card(one.pk))
            shown.expires(_time(one.expires_at))
    chosen = {language: newest[language] for language in sorted(newest)}
    others = [
        Other(one.language, own_name(one.language), one.address)
        for one in chosen.values()
        if one.language != found.language
    ]
    if not others or chosen[found.language].pk != found.pk:
        return [], others
    default = chosen.get(settings.SITE_LANGUAGE) or next(iter(chosen.values()))
    links = [(language, one.address) for language, one in chosen.items()]
    return [(DEFAULT, default.address), *links], others


def _time(text: str | None) -> datetime | None:
    """A time as a database writes it into JSON; SQLite leaves out the zone, which is UTC."""
    time = parse_datetime(text) if text else None
    return make_aware(time, timezone=UTC) if time is not None and is_naive(time) else time
