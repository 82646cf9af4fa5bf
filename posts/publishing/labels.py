"""Names in documents -> rows of tags, categories, authors and sources, made where they are missing."""

from collections.abc import Iterable

from posts.content import slugs
from posts.models import Author, Category, Source, Tag


class Labels:
    """The label rows that one batch needs: one query for each kind, two more where some are new."""

    def __init__(self, derived: Iterable):
        derived = list(derived)
        self.tags = _rows(
            Tag, "slug", {slugs.tag_slug(name): name for d in derived for name in reversed(d.tags)}
        )
        self.categories = _rows(
            Category,
            "slug",
            {slugs.tag_slug(name): name for d in derived for name in reversed(d.categories)},
        )
        self.authors = _rows(
            Author,
            "slug",
            {slugs.tag_slug(name): name for d in derived for name in reversed(d.authors)},
        )
        links = (
            link
            for d in derived
            for link in (*d.citations, *(link for story in d.stories for link in story.citations))
        )
        self.sources = _rows(Source, "host", {link.host: "" for link in links if link.host})

    def of(self, kind: str, names: list[str]) -> list:
        """The rows for some names, in order, each once; merged ones give the row they were merged into."""
        rows = getattr(self, kind)
        return list(
            dict.fromkeys(rows[slug] for name in names if (slug := slugs.tag_slug(name)) in rows)
        )


def _rows(model, key: str, wanted: dict[str, str]) -> dict:
    """slug or host -> row. New rows are added in one statement; two writers may add the same one."""
    wanted.pop("", None)
    if not wanted:
        return {}
    found = _fetch(model, key, wanted)
    missing = [slug for slug in wanted if slug not in found]
    if missing:
        model.objects.bulk_create(
            [model(**{key: slug, "name": wanted[slug][:200]}) for slug in missing],
            ignore_conflicts=True,
        )
        found |= _fetch(model, key, missing)
    return found


def _fetch(model, key: str, keys: Iterable[str]) -> dict:
    keys, found = list(keys), {}
    for start in range(0, len(keys), 500):
        rows = model.objects.filter(**{f"{key}__in": keys[start : start + 500]}).select_related(
            "merged_into"
        )
        found |= {getattr(row, key): row.merged_into or row for row in rows}
    return found
