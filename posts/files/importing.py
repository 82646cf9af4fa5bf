"""One import: files are read in turn, derived side by side in children, and written in batches.

The saves of a batch are one transaction. If it fails, its files are tried one by one, so that one
bad file costs itself and no other. What waits for an editor is kept before, each text by itself. A
killed run has written whole batches; the next run finds them unchanged.
The texts that are read ahead of the writer are bounded in bytes.
"""

import logging
from collections import deque
from collections.abc import Callable, Iterable, Iterator
from concurrent.futures import Future, ThreadPoolExecutor
from dataclasses import dataclass, field
from hashlib import sha256
from pathlib import Path
from typing import Any

from django.db import DataError, IntegrityError
from django.utils import timezone

from posts.content.problems import Problem, Unreadable
from posts.content.recognition import NoPost
from posts.deriving.pool import File, Pool
from posts.files import discovery
from posts.files.known import Known, known_posts
from posts.files.pictures import PictureRun
from posts.files.results import FileResult, PictureEntry, counted
from posts.files.sites import Zones
from posts.files.updates import pictures_of_unchanged, rezoned
from posts.models import QuarantinedFile
from posts.publishing import Outcome, Refused, Submission
from posts.publishing.delivering import answers, deliver
from posts.publishing.images import pictures_named
from posts.publishing.labels import digest_switches

BATCH = 200  # files
BATCH_BYTES = 6_000_000
AHEAD = 4  # batches that may be derived before the first is written
AHEAD_BYTES = 24_000_000  # of documents; what is derived from one takes several times its size
GROUP, GROUP_BYTES = 25, 400_000  # files that a child is asked about at once

logger = logging.getLogger(__name__)


@dataclass(frozen=True)
class Unchanged:
    """A file as it was delivered, in another time zone than its post has."""

    path: str
    state: str
    zone: str


Prepared = Submission | FileResult | Unchanged
Answer = Any  # what a pool says of a file: Derived, NoPost or an exception


@dataclass
class Batch:
    """Some files and what becomes of them; ``items`` is None where a child is still at work."""

    files: list[discovery.Found]
    items: list[Prepared | None] = field(default_factory=list)
    groups: list[tuple[list[int], list[File], Future[list[Answer]]]] = field(default_factory=list)
    size: int = 0  # bytes of the texts that are derived

    def prepared(self) -> list[Prepared]:
        """What became of each file; waits for the children."""
        for indexes, files, future in self.groups:
            for index, file, answer in zip(indexes, files, future.result(), strict=True):
                self.items[index] = _prepared(self.files[index], file, answer)
        return [item for item in self.items if item is not None]


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
        self.twice = _repeated(one.path for one in self.found)
        self.brought = PictureRun(self.pool)
        self.switches: dict[str, bool] = {}  # of categories: whether their posts hold stories
        self.quarantined: set[str] = set()

    @property
    def counts(self) -> dict[str, int]:
        """How many files there were, and how many of each state; the states add up to the files."""
        return counted(self.results)

    def run(self) -> list[FileResult]:
        """Do it; the results are in the order of the files."""
        self.switches = digest_switches()
        self.quarantined = set(QuarantinedFile.objects.values_list("path", flat=True))
        try:
            with ThreadPoolExecutor(self.jobs) as executor, ThreadPoolExecutor(self.jobs) as merger:
                for batch in self._batches(executor):
                    self._write(batch.files, batch.prepared(), merger)
                    self.progress(len(self.results))
            if not self.dry_run:
                self._look_at_pictures()
        finally:
            self.pool.close()
        return self.results

    def _batches(self, executor: ThreadPoolExecutor) -> Iterator[Batch]:
        """Files with what becomes of them, in order, a few batches ahead of the writer."""
        ahead: deque[Batch] = deque()
        in_flight = 0
        for start in range(0, len(self.found), BATCH):
            for batch in self._read(self.found[start : start + BATCH], executor):
                ahead.append(batch)
                in_flight += batch.size
                while len(ahead) > AHEAD or (ahead and in_flight > AHEAD_BYTES):
                    in_flight -= ahead[0].size
                    yield ahead.popleft()
        yield from ahead

    # -- reading -------------------------------------------------------------------------------

    def _read(self, found: list[discovery.Found], executor: ThreadPoolExecutor) -> Iterator[Batch]:
        """Read some files, and have those derived that are not as they were delivered.

        They are cut into several batches where they are large.
        """
        refused = {n: result for n, one in enumerate(found) if (result := self._named(one))}
        known = known_posts([one.path for n, one in enumerate(found) if n not in refused])
        batch = Batch([])
        group = _Group()
        for index, one in enumerate(found):
            item: File | Prepared
            item = refused.get(index) or self._looked_at(one, known.get(one.path))
            batch.files.append(one)
            batch.items.append(None if isinstance(item, File) else item)
            if isinstance(item, File):
                batch.size += group.add(len(batch.files) - 1, item)
            if group.is_full:
                group = self._derive(group, batch, executor)
            if batch.size >= BATCH_BYTES:
                group = self._derive(group, batch, executor)
                yield batch
                batch = Batch([])
        self._derive(group, batch, executor)
        if batch.files:
            yield batch

    def _derive(self, group: "_Group", batch: Batch, executor: ThreadPoolExecutor) -> "_Group":
        """Ask a child about a group; a new, empty one."""
        if group.files:
            future = executor.submit(self._derived, group.files)
            batch.groups.append((group.indexes, group.files, future))
        return _Group()

    def _derived(self, files: list[File]) -> list[Answer]:
        """In a thread. An error of ours costs only the file that it is about."""
        try:
            return [*self.pool.derive_files(files, self.switches)]
        except Exception as error:
            if len(files) == 1:
                return [error]
            return [answer for file in files for answer in self._derived([file])]

    def _named(self, found: discovery.Found) -> FileResult | None:
        """The result for a file that is none of ours by its name alone."""
        try:
            discovery.check_name(found)
            if found.path in self.twice:
                raise Unreadable(1, "same-path")
        except Exception as error:
            return _failure(found, error)
        return None

    def _looked_at(self, found: discovery.Found, known: Known | None) -> File | Prepared:
        try:
            data = discovery.read(found)
            zone = self.zones.of(found.root, known.zone if known else "")
            if known and (state := known.state_of(sha256(data).hexdigest())):
                if zone != known.zone:
                    return Unchanged(found.path, state, zone)
                problem = _conflict(()) if state == "conflict" else None
                return FileResult.of(found.path, state, problem)
            return File(discovery.decode(data), found.path, zone)
        except Exception as error:
            return _failure(found, error)

    # -- writing -------------------------------------------------------------------------------

    def _write(
        self, files: list[discovery.Found], items: list[Prepared], merger: ThreadPoolExecutor
    ) -> None:
        ready: dict[int, FileResult] = {}
        submissions: list[Submission] = []
        for index, (found, item) in enumerate(zip(files, items, strict=True)):
            if isinstance(item, FileResult):
                ready[index] = item
            elif isinstance(item, Submission):
                failure = None if self.dry_run else self._bring_pictures(found, item)
                if failure:
                    ready[index] = failure
                else:
                    submissions.append(item)
        unchanged = [item for item in items if isinstance(item, Unchanged)]
        by_path = self._saved(submissions, merger) | self._rezoned(unchanged, merger)
        results = [
            ready[index] if index in ready else by_path[found.path]
            for index, found in enumerate(files)
        ]
        if not self.dry_run:
            self._record_quarantine(results)
        self.results += results

    def _bring_pictures(self, found: discovery.Found, wanted: Submission) -> FileResult | None:
        try:
            if names := pictures_named(wanted.derived):
                self.brought.bring(found.root, wanted.path, names)
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


@dataclass
class _Group:
    """Files that one child is asked about, with their indexes in the batch."""

    indexes: list[int] = field(default_factory=list)
    files: list[File] = field(default_factory=list)
    size: int = 0

    def add(self, index: int, file: File) -> int:
        """Take a file; about how many bytes it has."""
        self.indexes.append(index)
        self.files.append(file)
        size = 2 * len(file.text)
        self.size += size
        return size

    @property
    def is_full(self) -> bool:
        """True if more would only wait for one another."""
        return len(self.files) >= GROUP or self.size >= GROUP_BYTES


def _repeated(paths: Iterable[str]) -> set[str]:
    """Those that stand there more than once."""
    seen: set[str] = set()
    return {path for path in paths if path in seen or seen.add(path)}  # type: ignore[func-returns-value]


def _prepared(found: discovery.Found, file: File, answer: Answer) -> Prepared:
    if isinstance(answer, NoPost):
        answer = discovery.SkipFile(answer.key)
    if isinstance(answer, Exception):
        return _failure(found, answer)
    return Submission(file.path, file.text, answer, file.zone)


def _failure(found: discovery.Found, error: Exception) -> FileResult:
    if isinstance(error, discovery.SkipFile):
        return FileResult(found.shown_path, "skipped", 0, error.code, str(error))
    if isinstance(error, Unreadable):
        return FileResult.of(found.shown_path, "quarantined", error.problem)
    return _failed(found.shown_path, error)


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
