"""Running jobs: step by step, each step short transactions, watched, continued and undone.

A job that was cut off is continued by running it again: a step that is done twice changes nothing.
"""

import logging
import time
from collections.abc import Callable
from datetime import timedelta
from typing import Any

from django.db import OperationalError, connection, transaction
from django.db.models import F, Q
from django.utils import timezone

import posts.publishing.merging as merging
import posts.publishing.selections as selections
from posts.content.problems import Values, Worded
from posts.models import Job
from posts.publishing.gate import require
from posts.publishing.queue import task
from posts.publishing.steps import Step, Stopped, stored

logger = logging.getLogger("newsroom.jobs")
DIRECT = 5  # posts; smaller jobs are run at once, by whoever starts them
STALE = timedelta(minutes=5)  # a job that was not active for so long has lost its worker
ATTEMPTS = 5  # a step meets deadlocks and locked databases
PAUSE = 0.05  # seconds between steps on SQLite, whose one lock goes to no one in turn
STEPS: dict[str, Callable[[Job], Step]] = {
    Job.Kind.MERGE: merging.merge_step,
    Job.Kind.UNMERGE: merging.unmerge_step,
    Job.Kind.PUBLISH: selections.selection_step,
    Job.Kind.WITHDRAW: selections.selection_step,
    Job.Kind.REVERT: selections.revert_step,
    Job.Kind.REBUILD: selections.rebuild_step,
}


class UndoError(Worded, ValueError):
    """A job that cannot be undone; the message says why."""


def start(job: Job) -> Job:
    """Run a small job at once, hand a large one to the worker when the transaction commits."""
    if job.total <= DIRECT and not transaction.get_connection().in_atomic_block:
        run(job.pk)
        job.refresh_from_db()
    else:
        transaction.on_commit(lambda: run_job.enqueue(job.pk))
    return job


@task()
def run_job(pk: int) -> None:
    """What the worker does: one job, then those whose worker was lost."""
    run(pk)
    run_all()


def run(pk: int) -> None:
    """Do a job, or what is left of it; nothing if it is done, cancelled or run by somebody else."""
    while _claimed(pk):
        job = Job.objects.get(pk=pk)
        try:
            step = _tried(job)
        except Stopped:
            return
        except Exception as error:
            logger.exception("job %s failed", pk)
            values: Values = {"problem": f"{type(error).__name__}: {error}"}
            _record(job, Step(failures=[("", stored("job-failed", values))]), "failed")
            return
        _record(job, step, "done" if step.finished else "waiting")
        if not (step.finished or connection.features.has_select_for_update):
            time.sleep(PAUSE)


def _claimed(pk: int) -> bool:
    """Take the next step of a job for this process, so that no two do it."""
    now = timezone.now()
    free = Q(state=Job.State.WAITING) | Q(state=Job.State.RUNNING, active_at__lt=now - STALE)
    taken = Job.objects.filter(free, pk=pk).update(state=Job.State.RUNNING, active_at=now)
    return bool(taken)


def _tried(job: Job) -> Step:
    for attempt in range(ATTEMPTS - 1):
        try:
            return STEPS[job.kind](job)
        except OperationalError:
            time.sleep(0.1 * 2**attempt)
    return STEPS[job.kind](job)


def _record(job: Job, step: Step, state: str) -> None:
    """Write a step's progress; a job that was cancelled meanwhile stays so."""
    now = timezone.now()
    mine = Job.objects.filter(pk=job.pk)
    mine.update(
        done=F("done") + step.done,
        cursor=step.cursor if step.cursor is not None else job.cursor,
        failures=[*job.failures, *step.failures],
        active_at=now,
    )
    finished_at = now if state in ("done", "failed") else None
    mine.filter(state=Job.State.RUNNING).update(state=state, finished_at=finished_at)


def cancel(job: Job, *, user: Any = None) -> None:
    """Stop a job after the step that it is at. What it has done stays, and can be undone."""
    require(user)
    open_states = (Job.State.WAITING, Job.State.RUNNING)
    Job.objects.filter(pk=job.pk, state__in=open_states).update(
        state=Job.State.CANCELLED, finished_at=timezone.now()
    )


def undo(job: Job, *, user: Any = None) -> Job:
    """Start the job that undoes another, once; a job that still runs is cancelled first."""
    require(user)
    cancel(job, user=user)
    with transaction.atomic():
        job = Job.objects.select_for_update().get(pk=job.pk)
        if job.undone_by_id:
            raise UndoError("cannot-undo.undone")
        if job.kind == Job.Kind.MERGE:
            undoing = merging.start_unmerge(job, user=user)
        elif job.kind in (Job.Kind.PUBLISH, Job.Kind.WITHDRAW):
            undoing = selections.start_revert(job, user=user)
        else:
            raise UndoError("cannot-undo.kind")
        Job.objects.filter(pk=job.pk).update(undone_by=undoing)
    return start(undoing)


def run_all() -> int:
    """Do every job that waits or lost its worker, the oldest first; how many there were."""
    stale = timezone.now() - STALE
    waiting = Q(state=Job.State.WAITING) | Q(state=Job.State.RUNNING, active_at__lt=stale)
    ids = list(Job.objects.filter(waiting).order_by("pk").values_list("pk", flat=True))
    for pk in ids:
        run(pk)
    return len(ids)
