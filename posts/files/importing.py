"""One import: files are read and derived side by side, and written in batches.

The saves of a batch are one transaction. If it fails, its files are tried one by one, so that one
bad file costs itself and no other. What waits for an editor is kept before, each text by itself. A
killed run has written whole batches; the next run finds them unchanged.
The texts that are read ahead of the writer are bounded in bytes.
"""

import logging
from collections import Counter, deque
from collections.abc import Callable, Iterator
from concurrent.futures import Future, ThreadPoolExecutor
from dataclasses import dataclass, field
from pathlib import Path

from django.db import DataError, IntegrityError
from django.utils import timezone

from posts.content.problems import Problem, Unreadable
from posts.deriving.pool import Pool
from posts.files import discovery
from posts.files.pictures import PictureRun
from posts.files.results import FileResult, PictureEntry, counted
from posts.files.sites import Zones
from posts.files.updates import pictures_of_unchanged, rezoned
from posts.models import Delivery, Post, QuarantinedFile
from posts.publishing import Outcome, Refused, Submission, document_hash
from posts.publishing.delivering import answers, deliver
from posts.publishing.images import pictures_named
from posts.publishing.labels import digest_switches

BATCH = 200  # files
BATCH_BYTES = 6_000_000
AHEAD = 4  # batches that may be derived before the first is written
AHEAD_BYTES = 24_000_000  # of documents; what is derived from one takes several times its size

logger = logging.getLogger(__name__)


@dataclass
class Known:
    """What is known of a post before the run: the hashes of texts that its file may hold."""

    zone: str
    hashes: set[str] = field(default_factory=set)
    waiting: str = ""  # the hash of a text that waits for an editor

    def state_of(self, digest: str) -> str:
        """``unchanged`` or ``conflict`` for a text that was delivered before; else empty."""
        if self.waiting:
            return "conflict" if digest == self.waiting else ""
        return "unchanged" if digest in self.hashes else ""


@dataclass(frozen=True)
class Unchanged:
    """A file as it was delivered, in another time zone than its post has."""

    path: str
    state: str
    zone: str


Prepared = Submission | FileResult | Unchanged


class ImportRun:
    """Import the files below some paths. ``progress`` is called with the number of files done.

    Pictures are not looked at in a dry run.
    """

    def __init__(
        self,
        paths: list[Path],
        *,
        jobs: int = 2,
        zone: str = "",
        dry_run: bool = False,
        progress: Callable[[int], None] = lambda done: None,
    ):
        self.pool = Pool(size=jobs)
        found = discovery.without_repetitions(discovery.discover(paths, self.pool))
        self.found = [one for one in found if not one.is_picture]
        self.found_pictures = [one for one in found if one.is_picture]
        self.jobs, self.dry_run, self.progress = jobs, dry_run, progress
        self.zones = Zones(self.pool, zone)
        self.results: list[FileResult] = []
        self.pictures: list[PictureEntry] = []
        self.twice = {
            path for path, count in Counter(one.path for one in self.found).items() if count > 1
        }
        self.brought = PictureRun(self.pool)
        self.known: dict[str, Known] = {}
        self.switches: dict[str, bool] = {}  # of categories: whether their posts hold stories
        self.quarantined: set[str] = set()

    @property
    def counts(self) -> dict[str, int]:
        """How many files there were, and how many of each state; the states add up to the files."""
        return counted(self.results)

    def run(self) -> list[FileResult]:
        """Do it; the results are in the order of the files."""
        self.known, self.switches = _known_posts(), digest_switches()
        self.quarantined = set(QuarantinedFile.objects.values_list("path", flat=True))
        try:
            with ThreadPoolExecutor(self.jobs) as executor, ThreadPoolExecutor(self.jobs) as merger:
                for batch in self._batches(executor):
                    self._write([(found, future.result()) for found, future in batch], merger)
                    self.progress(len(self.results))
            if not self.dry_run:
                self._look_at_pictures()
        finally:
            self.pool.close()
        return self.results

    def _batches(
        self, executor: ThreadPoolExecutor
    ) -> Iterator[list[tuple[discovery.Found, Future[Prepared]]]]:
        """Files with what becomes of them, in order, a few batches ahead of the writer."""
        ahead: deque[tuple[list[tuple[discovery.Found, Future[Prepared]]], int]] = deque()
        batch: list[tuple[discovery.Found, Future[Prepared]]] = []
        size = in_flight = 0
        for found in self.found:
            batch.append((found, executor.submit(self._prepare, found)))
            size += found.size
            if len(batch) >= BATCH or size >= BATCH_BYTES:
                ahead.append((batch, size))
                in_flight += size
                batch, size = [], 0
            while len(ahead) > AHEAD or (ahead and in_flight > AHEAD_BYTES):
                done, freed = ahead.popleft()
                in_flight -= freed
                yield done
        yield from (done for done, _size in ahead)
        if batch:
            yield batch

    # -- reading, in threads -------------------------------------------------------------------

    def _prepare(self, found: discovery.Found) -> Prepared:
        try:
            return self._prepared(found)
        except discovery.SkipFile as skip:
            return FileResult(found.shown_path, "skipped", 0, skip.code, str(skip))
        except Unreadable as error:
            return FileResult.of(found.shown_path, "quarantined", error.problem)
        except Exception as error:
            return _failed(found.shown_path, error)

    def _prepared(self, found: discovery.Found) -> Prepared:
        discovery.check_name(found)
        if found.path in self.twice:
            raise Unreadable(1, "same-path")
        text = discovery.read_text(found)
        known = self.known.get(found.path)
        zone = self.zones.of(found.root, known.zone if known else "")
        if known and (state := known.state_of(document_hash(text))):
            if zone != known.zone:
                return Unchanged(found.path, state, zone)
            return FileResult.of(found.path, state, _conflict(()) if state == "conflict" else None)
        discovery.check_is_post(self.pool, found.path, text)
        derived = self.pool.derive(text, found.path, zone, self.switches)
        return Submission(found.path, text, derived, zone)

    # -- writing -------------------------------------------------------------------------------

    def _write(
        self, batch: list[tuple[discovery.Found, Prepared]], merger: ThreadPoolExecutor
    ) -> None:
        ready: dict[int, FileResult] = {}
        submissions: list[Submission] = []
        for index, (found, item) in enumerate(batch):
            if isinstance(item, FileResult):
                ready[index] = item
            elif isinstance(item, Submission):
                failure = None if self.dry_run else self._bring_pictures(found, item)
                if failure:
                    ready[index] = failure
                else:
                    submissions.append(item)
        unchanged = [item for _found, item in batch if isinstance(item, Unchanged)]
        by_path = self._saved(submissions, merger) | self._rezoned(unchanged, merger)
        results = [
            ready[index] if index in ready else by_path[found.path]
            for index, (found, _item) in enumerate(batch)
        ]
        if not self.dry_run:
            self._record_quarantine(results)
        self.results += results

    def _bring_pictures(self, found: discovery.Found, wanted: Submission) -> FileResult | None:
        try:
            self.brought.bring(found.root, wanted.path, pictures_named(wanted.derived))
        except Exception as error:
            return _failed(found.shown_path, error)
        return None

    def _saved(
        self, submissions: list[Submission], merger: ThreadPoolExecutor
    ) -> dict[str, FileResult]:
        if not submissions:
            return {}
        try:
            if self.dry_run:
                found = answers(submissions, pool=self.pool, executor=merger)
                return {a.wanted.path: _result(a.wanted, a.state, a.spots) for a in found}
            outcomes = deliver(submissions, pool=self.pool, executor=merger)
        except Exception as error:
            if len(submissions) == 1:
                return {submissions[0].path: _refused(submissions[0].path, error)}
            alone = [self._saved([wanted], merger) for wanted in submissions]
            return {path: result for one in alone for path, result in one.items()}
        by_path = {wanted.path: wanted for wanted in submissions}
        return {o.post.path: _outcome_result(by_path[o.post.path], o) for o in outcomes}

    def _rezoned(
        self, unchanged: list[Unchanged], executor: ThreadPoolExecutor
    ) -> dict[str, FileResult]:
        """Posts of unchanged files in a corrected time zone."""
        results = {item.path: FileResult.of(item.path, item.state) for item in unchanged}
        if self.dry_run or not unchanged:
            return results
        try:
            moved = rezoned({item.path: item.zone for item in unchanged}, self.pool, executor)
        except Exception as error:
            if len(unchanged) == 1:
                return {unchanged[0].path: _failed(unchanged[0].path, error)}
            alone = [self._rezoned([item], executor) for item in unchanged]
            return {path: result for one in alone for path, result in one.items()}
        for path in moved:
            results[path].state = "updated"
        return results

    def _look_at_pictures(self) -> None:
        """Rebuild the posts of unchanged files whose pictures came or changed; report pictures."""
        unchanged = {
            found.path: found.root
            for found, result in zip(self.found, self.results, strict=True)
            if result.state in ("unchanged", "conflict")
        }
        roots = {found.root for found in (*self.found, *self.found_pictures) if found.location}
        failures = pictures_of_unchanged(self.brought, roots, unchanged)
        for index, result in enumerate(self.results):
            if result.path in failures:
                self.results[index] = _failed(result.path, failures[result.path])
        unused = Problem(0, "picture-unused")
        for found in self.found_pictures:
            brought = self.brought.results.get((found.root, found.path))
            self.pictures.append(
                PictureEntry.of(found.shown_path, brought.state, brought.remark())
                if brought
                else PictureEntry.of(found.shown_path, "skipped", unused)
            )

    def _record_quarantine(self, results: list[FileResult]) -> None:
        refused = {r.path[:500]: r for r in results if r.state == "quarantined"}
        rows = QuarantinedFile.objects.filter(path__in=list(refused)) if refused else ()
        known = {row.path: (row.line, row.code, row.message) for row in rows}
        for path, result in refused.items():
            if known.get(path) != (result.line, result.code, result.message):
                values = {"line": result.line, "code": result.code, "message": result.message}
                values["problem"] = result.problem.as_json() if result.problem else {}
                values["seen_at"] = timezone.now()
                QuarantinedFile.objects.update_or_create(path=path, defaults=values)
        read = [r.path for r in results if r.state in _READ and r.path in self.quarantined]
        if read:
            QuarantinedFile.objects.filter(path__in=read).delete()


_READ = ("imported", "updated", "merged", "conflict", "unchanged", "skipped")


def _known_posts() -> dict[str, Known]:
    """Every post by its path, with what was delivered for it. Two queries."""
    found = {path: Known(zone) for path, zone in Post.objects.values_list("path", "zone")}
    rows = Delivery.objects.exclude(role=Delivery.Role.PAST)
    for path, role, digest in rows.values_list("post__path", "role", "sha256"):
        if path in found and role == Delivery.Role.WAITING:
            found[path].waiting = digest
        elif path in found:
            found[path].hashes.add(digest)
    return found


def _outcome_result(wanted: Submission, outcome: Outcome) -> FileResult:
    if outcome.conflicts:
        addresses = ", ".join(outcome.conflicts[:3])
        problem = Problem(1, "redirect-conflict", {"addresses": addresses})
        return FileResult.of(wanted.path, _state(outcome.state), problem)
    return _result(wanted, outcome.state, outcome.spots)


def _result(wanted: Submission, state: str, spots: tuple[str, ...]) -> FileResult:
    first = next(iter(wanted.derived.problems), None)
    return FileResult.of(
        wanted.path, _state(state), _conflict(spots) if state == "conflict" else first
    )


def _state(state: str) -> str:
    """A post that was only rebuilt counts as unchanged: its file is."""
    return "unchanged" if state == "rebuilt" else state


def _conflict(spots: tuple[str, ...]) -> Problem:
    if not any(spots):
        return Problem(1, "conflict.unmerged")
    return Problem(1, "conflict", {"spots": ", ".join(spot for spot in spots[:5] if spot)})


def _refused(path: str, error: Exception) -> FileResult:
    """What the database will not hold is the file's fault, everything else is ours."""
    if isinstance(error, Refused):
        return FileResult.of(path, "quarantined", Problem(1, error.key, error.values))
    if isinstance(error, DataError | IntegrityError):
        message = str(error).partition("\n")[0][:200]
        return FileResult.of(path, "quarantined", Problem(1, "database", {"problem": message}))
    return _failed(path, error)


def _failed(path: str, error: Exception) -> FileResult:
    logger.error("%s could not be imported", path, exc_info=error)
    problem = f"{type(error).__name__}: {error}"[:500]
    return FileResult.of(path, "failed", Problem(1, "failed", {"problem": problem}))
