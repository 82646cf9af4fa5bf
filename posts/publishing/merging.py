"""Making two labels one.

No document changes: the merged label stays, points to the other, and every document that names it
counts for that other from now on. Its address redirects.
"""

from urllib.parse import unquote

from django.db import transaction

from posts.deriving import pool
from posts.models import Post, Redirect
from posts.publishing.saving import save_all
from posts.publishing.submissions import Submission

BATCH = 100


def merge(label, into, *, user=None) -> int:
    """Merge a tag, category, author or source into another of its kind; the number of posts that
    were derived anew.
    """
    if label == into or into.merged_into_id:
        raise ValueError("a label cannot be merged into itself or into one that was merged itself")
    relation = (
        "citations__source"
        if hasattr(label, "host")
        else f"{type(label).__name__.lower()}_rows__{type(label).__name__.lower()}"
    )
    old_address = unquote(label.get_absolute_url())
    with transaction.atomic():
        type(label).objects.filter(merged_into=label).update(merged_into=into)
        label.merged_into = into
        label.save()
        ids = list(
            Post.objects.filter(**{relation: label})
            .order_by("id")
            .values_list("id", flat=True)
            .distinct()
        )
        for start in range(0, len(ids), BATCH):
            rebuild(
                Post.objects.filter(id__in=ids[start : start + BATCH]),
                reason=f"merge {label} into {into}",
                user=user,
            )
        Redirect.objects.filter(old_path=old_address).delete()
        Redirect.objects.create(old_path=old_address, target=unquote(into.get_absolute_url()))
    return len(ids)


def rebuild(posts, *, reason: str = "rebuild", user=None) -> list:
    """Derive some posts again from their documents; those whose rows are right stay untouched."""
    submissions = [
        Submission(p.path, p.document, pool.shared.derive(p.document, p.path, p.zone), p.zone)
        for p in posts
    ]
    return save_all(submissions, reason=reason, user=user)
