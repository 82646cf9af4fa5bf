"""The counts again from the rows: what ``rebuild_posts`` mends, and how a site gets its first."""

from typing import Any

from django.db import connection, transaction
from django.db.models import Count, DateField, QuerySet, Value
from django.db.models.expressions import RawSQL

from posts.models import (
    Author,
    Category,
    Citation,
    Post,
    PostAuthor,
    PostCategory,
    PostTag,
    Source,
    Tag,
    Tally,
)
from posts.publishing.tallying import TABLE, Counts, count_day, count_label, no_counts, write

MANY = 500  # labels that are counted at once
LABELS: dict[str, tuple[Any, Any]] = {
    "tag": (Tag, PostTag),
    "category": (Category, PostCategory),
    "author": (Author, PostAuthor),
    "source": (Source, Citation),
}
MONTH = {
    "sqlite": "date(posts_post.day, 'start of month')",
    "postgresql": "date_trunc('month', posts_post.day)::date",
}
SET = (
    " ON CONFLICT (kind, label, language, month) DO UPDATE SET"
    " posts = excluded.posts, stories = excluded.stories"
)


def recount() -> int:
    """Count everything again; how many counts were wrong. Nothing is written where all are right.

    Some labels at a time, so that saves wait a moment only, and only where something is wrong.
    """
    mended = _mend(("day", "month"), None)
    for kind, (model, _through) in LABELS.items():
        last = 0
        while ids := list(
            model.objects.filter(pk__gt=last).order_by("pk").values_list("pk", flat=True)[:MANY]
        ):
            mended += _mend((kind,), (ids[0], ids[-1]))
            last = ids[-1]
    return mended


def _mend(kinds: tuple[str, ...], span: tuple[int, int] | None) -> int:
    """Counts that differ are looked at once more when nobody else writes any."""
    if not _wrong(kinds, span):
        return 0
    with transaction.atomic():
        if connection.vendor == "postgresql":  # SQLite is alone with its writing
            with connection.cursor() as cursor:
                cursor.execute(f"LOCK TABLE {TABLE} IN SHARE ROW EXCLUSIVE MODE")
        return write(_wrong(kinds, span), SET)


def _wrong(kinds: tuple[str, ...], span: tuple[int, int] | None) -> Counts:
    """The right values of counts that are others, or that are missing."""
    right = counted(kinds[0], span)
    stored = Tally.objects.filter(kind__in=kinds)
    if span is not None:
        stored = stored.filter(label__range=span)
    rows = stored.values_list("kind", "label", "language", "month", "posts", "stories")
    wrong = no_counts()
    for kind, label, language, month, posts, stories in rows.iterator():
        value = right.pop((kind, label, language, month), [0, 0])
        if value != [posts, stories]:
            wrong[kind, label, language, month] = value
    wrong.update({key: value for key, value in right.items() if any(value)})
    return wrong


def counted(kind: str, span: tuple[int, int] | None = None) -> Counts:
    """The counts of a kind as the rows say them, of the labels from one to another."""
    counts = no_counts()
    if kind == "day":
        rows = Post.objects.filter(day__isnull=False).counted().order_by()
        for language, day, posts in rows.values_list("language", "day").annotate(Count("pk")):
            count_day(counts, language, day, posts)
        return counts
    for label, language, day, posts, stories in _labelled(kind, span).iterator():
        count_label(counts, kind, label, language, day, posts, stories)
    return counts


def _labelled(kind: str, span: tuple[int, int] | None) -> QuerySet[Any]:
    """Label, language, month, posts and stories."""
    _model, through = LABELS[kind]
    rows = through.objects.counted().filter(post__day__isnull=False)
    if span is not None:
        rows = rows.filter(**{f"{kind}_id__gte": span[0], f"{kind}_id__lte": span[1]})
    month = RawSQL(MONTH[connection.vendor], (), DateField())  # noqa: S611 - a constant
    groups = rows.annotate(month=month).order_by().values_list(f"{kind}_id", "language", "month")
    if kind == "source":
        rows = groups.filter(source__isnull=False)
        return rows.annotate(posts=Count("post_id", distinct=True), stories=Count("story_id"))
    return groups.annotate(posts=Count("pk"), stories=Value(0))
