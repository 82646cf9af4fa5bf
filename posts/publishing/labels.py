"""Names in documents -> rows of tags, categories, authors and sources, made where they are
missing.
"""

from collections.abc import Iterable
from typing import Any

from django.db import connection
from django.db.models import Q

from posts.content import slugs
from posts.content.derive import Derived
from posts.models import Author, Category, Source, Tag
from posts.publishing.submissions import Change

KINDS = {"tags": Tag, "categories": Category, "authors": Author}
COUNTED = "SELECT {key}, id, merged_into_id FROM {table} WHERE {key} IN ({slots}) {lock}"
# Django has no word for the weakest lock. All take theirs in one order, against deadlocks.
LOCK = "ORDER BY id FOR KEY SHARE"


def digest_switches() -> dict[str, bool]:
    """Slug -> whether a category's posts hold stories, where an editor said so. One query."""
    said = Q(digest__isnull=False) | Q(merged_into__digest__isnull=False)
    rows = Category.objects.filter(said).values_list(
        "slug", "digest", "merged_into", "merged_into__digest"
    )
    counted = ((slug, theirs if into else own) for slug, own, into, theirs in rows)
    return {slug: bool(digest) for slug, digest in counted if digest is not None}


class Labels:
    """The labels that one batch names, and once they are :meth:`read` what these count for.

    ``rows`` and ``sources`` are the keys of the rows that slugs and hosts count for.
    """

    def __init__(self) -> None:
        self._slugs: dict[str, str] = {}
        self.rows: dict[str, dict[str, int]] = {}
        self.sources: dict[str, int] = {}

    def read(self, changes: list[Change]) -> None:
        """Find the rows of all labels that changes do not keep, and make those that are missing.

        One query for each kind, two more where some are new; none for what all changes keep.
        """
        for kind, model in KINDS.items():
            named = self._named([c.submission.derived for c in changes if kind not in c.kept], kind)
            self.rows[kind] = _rows(model, "slug", named)
        links = (
            link
            for d in (c.submission.derived for c in changes if "citations" not in c.kept)
            for link in (*d.citations, *(link for story in d.stories for link in story.citations))
        )
        self.sources = _rows(Source, "host", {link.host: "" for link in links if link.host})

    def slugs(self, names: list[str]) -> tuple[str, ...]:
        """The slugs of some names, in order, each once, whatever they were merged into."""
        return tuple(dict.fromkeys(slug for name in names if (slug := self._slug(name))))

    def effective(self, kind: str, names: list[str]) -> list[int]:
        """The keys of the labels that names count for, in order, each once: merged ones count for
        another.
        """
        rows = self.rows[kind]
        return list(dict.fromkeys(rows[slug] for slug in self.slugs(names) if slug in rows))

    def source(self, host: str) -> int | None:
        """The key of the source that a host counts for."""
        return self.sources.get(host)

    def _named(self, derived: list[Derived], kind: str) -> dict[str, str]:
        """slug -> the name that stands first; a later spelling of it makes no other label."""
        names = (name for d in derived for name in reversed(getattr(d, kind)))
        return {self._slug(name): name for name in names}

    def _slug(self, name: str) -> str:
        if name not in self._slugs:
            self._slugs[name] = slugs.tag_slug(name)
        return self._slugs[name]


def _rows(model: Any, key: str, wanted: dict[str, str]) -> dict[str, int]:
    """slug or host -> key of the row that counts for it.

    New rows are added in one statement; two writers may add the same one.
    """
    wanted.pop("", None)
    if not wanted:
        return {}
    found = rows_by(model, key, wanted)
    missing = [slug for slug in wanted if slug not in found]
    if missing:
        new = [model(**{key: slug, "name": wanted[slug][:200]}) for slug in missing]
        model.objects.bulk_create(new, ignore_conflicts=True)
        found |= rows_by(model, key, missing)
    return found


def rows_by(model: Any, key: str, keys: Iterable[str]) -> dict[str, int]:
    """slug or host -> key of its row, or of the one that it was merged into.

    One query for each 500. Nobody merges or separates the rows before the transaction ends; on
    SQLite it is alone with its writing, on PostgreSQL a lock says so that others may share.
    """
    ordered = list(keys)
    found: dict[str, int] = {}
    quote = connection.ops.quote_name
    lock = LOCK if connection.features.has_select_for_update else ""
    for start in range(0, len(ordered), 500):
        some = ordered[start : start + 500]
        values = {
            "table": quote(model._meta.db_table),
            "key": quote(key),
            "slots": ", ".join(["%s"] * len(some)),
            "lock": lock,
        }
        with connection.cursor() as cursor:
            cursor.execute(COUNTED.format(**values), some)
            for name, own, into in cursor.fetchall():
                found[name] = into or own
    return found
