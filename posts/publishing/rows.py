"""Labels and redirects: what readers see that is no document, changed by those who may publish."""

from typing import Any

from django.db import DatabaseError, models, transaction
from django.db.models import Q

import posts.publishing.changed as changed
import posts.publishing.fitting as fitting
import posts.publishing.gate as gate
import posts.publishing.refusals as refusals
import posts.publishing.sites as sites
from posts.content import hyperlinks
from posts.models import Category, Post, Redirect
from posts.publishing.submissions import Refused

MERGED = "merged_into"
MOST_HOPS = 10


def save_row(row: models.Model, *, user: Any = None) -> None:
    """Save a label or a redirect.

    Raises :class:`gate.NotAllowed`, and :class:`Refused` with the column where that is known.
    """
    gate.require(user)
    fitting.check_row(row)
    if isinstance(row, Redirect):
        check_redirect(row)
    if isinstance(row, Category):
        sites.check_names(row)
    try:
        with transaction.atomic():
            row.save(update_fields=_own_columns(row))
            changed.note_row(row)
    except DatabaseError as error:
        columns = refusals.columns_of(error, row._meta.db_table)
        if columns:
            raise Refused("refused.taken", column=columns[0]) from error
        refusal = refusals.understood(error, [str(row)])
        if refusal is None:
            raise
        raise refusal from error


def _own_columns(row: models.Model) -> list[str] | None:
    """What a form may write of a row: not what a merge writes, which may have begun since the row
    was read. None for a new row.
    """
    if row._state.adding:
        return None
    fields = row._meta.concrete_fields
    return [field.name for field in fields if not field.primary_key and field.name != MERGED]


def delete_row(row: models.Model, *, user: Any = None) -> None:
    """Delete a redirect. Raises :class:`gate.NotAllowed`."""
    gate.require(user)
    with transaction.atomic():
        changed.note_row(row)
        row.delete()


def check_redirect(redirect: Redirect) -> None:
    """Raise :class:`Refused` for one whose old path is a post's address, or that leads in a circle.

    A path with and without its last slash, and in other letter case (of ASCII letters at least), is
    one path. Two queries, and one for each redirect that it leads on over.
    """
    public = Post.objects.filter(status=Post.Status.PUBLISHED)
    if public.filter(_is_path("address", redirect.old_path)).exists():
        raise Refused("refused.live", column="old_path", path=redirect.old_path)
    start, at = _folded(redirect.old_path), redirect.target
    others = Redirect.objects.exclude(pk=redirect.pk).filter(post=None).order_by("pk")
    for hops in range(MOST_HOPS):
        if not at:
            return
        if _folded(at) == start:
            key = "refused.loop" if hops else "refused.itself"
            raise Refused(key, column="target", path=redirect.old_path, hops=hops)
        at = others.filter(_is_path("old_path", at)).values_list("target", flat=True).first() or ""
    if at:
        raise Refused("refused.chain", column="target", path=redirect.old_path, limit=MOST_HOPS)


def _folded(path: str) -> str:
    return (hyperlinks.site_path(path) or path).rstrip("/").casefold()


def _is_path(column: str, path: str) -> Q:
    bare = path.rstrip("/")
    return Q(**{f"{column}__iexact": bare}) | Q(**{f"{column}__iexact": f"{bare}/"})
