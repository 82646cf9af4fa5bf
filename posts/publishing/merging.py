"""Making two labels one, and undoing it.

No document changes. The merged label points to the other at once: names, addresses and every later
save follow it. The rows of the posts that name it are brought over by a job, batch by batch, so
that no editor waits; until that is done the other label's list lacks some of them.
"""

from typing import Any

from django.db import transaction
from django.db.models import Q
from django.utils import timezone

import posts.publishing.changed as changed
from posts.content.problems import Worded
from posts.models import Author, Category, Citation, Job, Source, Tag
from posts.models.listed import ListedQuerySet
from posts.publishing.children import through_of
from posts.publishing.gate import require
from posts.publishing.relabelling import lock_posts, relabel
from posts.publishing.steps import BATCH, Step, waiting_job

FIRST = 20  # posts of a page

MODELS: dict[str, Any] = {"tag": Tag, "category": Category, "author": Author, "source": Source}


class MergeError(Worded, ValueError):
    """Two labels that cannot become one; the message says why."""


def start_merge(label: Any, into: Any, *, user: Any = None) -> Job:
    """Point a label to another of its kind; the job that is returned brings its posts over.

    The newest come at once, so that no page that had posts is empty meanwhile. Labels that were
    merged into it before follow it. Raises :class:`MergeError` and
    :class:`posts.publishing.gate.NotAllowed`.
    """
    require(user)
    if type(label) is not type(into) or label.pk == into.pk:
        raise MergeError("cannot-merge.kinds")
    model = type(label)
    newest = _newest(model, label.pk)
    with transaction.atomic():
        list(lock_posts(newest).values_list("pk"))
        wanted = Q(pk__in=(label.pk, into.pk)) | Q(merged_into=label.pk)
        rows = {row.pk: row for row in _locked(model, wanted)}
        if any(rows[pk].merged_into_id for pk in (label.pk, into.pk)):
            raise MergeError("cannot-merge.merged")
        earlier = [pk for pk in rows if pk not in (label.pk, into.pk)]
        _point(model, [label.pk, *earlier], into.pk)
        changed.note_labels(model, [label.pk, *earlier, into.pk])
        arguments = {"label": label.pk, "into": into.pk, "earlier": earlier}
        job = _job(Job.Kind.MERGE, model, f"{label} → {into}", arguments, label.pk, user)
        relabel(model, newest, [label.pk, into.pk])
        job.done = len(newest)
        job.save(update_fields=["done"])
        return job


def start_unmerge(merge: Job, *, user: Any = None) -> Job:
    """Undo a merge: the label counts for itself again, and so do those that followed it.

    The job that is returned brings the posts back. Raises as :func:`start_merge`.
    """
    require(user)
    model, label_id = MODELS[merge.arguments["model"]], merge.arguments["label"]
    with transaction.atomic():
        earlier = set(merge.arguments["earlier"]) - _merged_since(merge)
        rows = {row.pk: row for row in _locked(model, Q(pk__in={label_id, *earlier}))}
        label = rows.pop(label_id)
        into = label.merged_into
        if into is None:
            raise MergeError("cannot-merge.apart")
        _point(model, [label.pk], None)
        followers = [row.pk for row in rows.values() if row.merged_into_id == into.pk]
        _point(model, followers, label.pk)
        changed.note_labels(model, [label.pk, *followers, into.pk])
        model.objects.filter(pk=into.pk).update(changed_at=timezone.now())
        arguments = {"label": label.pk, "into": into.pk}
        return _job(Job.Kind.UNMERGE, model, f"{into} → {label}", arguments, into.pk, user)


def _merged_since(merge: Job) -> set[int]:
    """The labels that were merged by themselves after a merge: they follow that one. One query."""
    later = Job.objects.filter(kind=Job.Kind.MERGE, pk__gt=merge.pk, undone_by=None)
    model = merge.arguments["model"]
    return {
        arguments["label"]
        for arguments in later.values_list("arguments", flat=True)
        if arguments["model"] == model
    }


def merge_step(job: Job) -> Step:
    """Bring over the newest posts that still count for a merged label."""
    model, label = MODELS[job.arguments["model"]], job.arguments["label"]
    rows = _rows(model, label).order_by("-listed_at")
    ids = list(rows.values_list("post_id", flat=True)[: BATCH * 2])
    ids = list(dict.fromkeys(ids))[:BATCH]
    if not ids:
        return Step(finished=True)
    with transaction.atomic():
        relabel(model, ids, [label, job.arguments["into"]])
        _touch(model, job.arguments["into"])
    return Step(done=len(ids), cursor=ids[-1])


def unmerge_step(job: Job) -> Step:
    """Look through the next posts of the label that another was merged into."""
    model, into = MODELS[job.arguments["model"]], job.arguments["into"]
    rows = _rows(model, into).filter(post_id__gt=job.cursor).order_by("post_id")
    ids = list(rows.values_list("post_id", flat=True).distinct()[:BATCH])
    if not ids:
        return Step(finished=True)
    with transaction.atomic():
        relabel(model, ids, [job.arguments["label"], into])
        _touch(model, into)
    return Step(done=len(ids), cursor=ids[-1])


def _job(
    kind: str, model: Any, subject: str, arguments: dict[str, Any], counted: int, user: Any
) -> Job:
    total = _rows(model, counted).values("post_id").distinct().count()
    arguments = {"model": model._meta.model_name, **arguments}
    return waiting_job(kind, subject, total, user, **arguments)


def _newest(model: Any, pk: int) -> list[int]:
    """The posts that stand first in a label's list. One query."""
    rows = _rows(model, pk).listed().order_by("-listed_at")
    return list(rows.values_list("post_id", flat=True)[:FIRST])


def _locked(model: Any, wanted: Q) -> list[Any]:
    """Labels, locked against saves that are asking which of them count."""
    return list(model.objects.select_for_update().filter(wanted).order_by("pk"))


def _point(model: Any, ids: list[int], into: int | None) -> None:
    model.objects.filter(pk__in=ids).update(merged_into=into, changed_at=timezone.now())


def _touch(model: Any, pk: int) -> None:
    """Pages that show the label have changed."""
    model.objects.filter(pk=pk).update(changed_at=timezone.now())


def _rows(model: Any, pk: int) -> ListedQuerySet:
    """The label rows or citations that count for a label."""
    if model is Source:
        return Citation.objects.filter(source=pk).order_by()
    through, name, _kind = through_of(model)
    return through.objects.filter(**{name: pk}).order_by()
