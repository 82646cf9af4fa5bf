"""One import: files are read and derived side by side, and written in batches.

A batch is one transaction. If it fails, its files are tried one by one, so that one bad file costs
itself and no other. A killed run has written whole batches; the next run finds them unchanged.
"""

import contextlib
import threading
from collections import Counter
from collections.abc import Callable, Iterator
from concurrent.futures import Future, ThreadPoolExecutor
from dataclasses import dataclass
from pathlib import Path
from zoneinfo import ZoneInfo

from django.conf import settings
from django.db import DatabaseError
from django.utils import timezone

from posts.content.problems import Unreadable
from posts.content.rendering import image_tags
from posts.deriving.pool import Pool
from posts.files import discovery
from posts.files.pictures import PictureRun
from posts.models import Post, QuarantinedFile
from posts.publishing import Refused, Submission, document_hash, save_all

STATES = ("imported", "updated", "unchanged", "quarantined", "skipped")
BATCH = 200
AHEAD = 4  # batches that may be derived before the first is written


@dataclass
class FileResult:
    """What became of one file."""

    path: str
    state: str
    line: int = 0
    code: str = ""
    message: str = ""

    def as_dict(self) -> dict:
        """The members of a report's entry."""
        return {
            "path": self.path,
            "state": self.state,
            "line": self.line,
            "code": self.code,
            "message": self.message,
        }


class ImportRun:
    """Import the files below some paths. ``progress`` is called with the number of files done."""

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
        self.found = list(discovery.discover(paths, self.pool))
        self.jobs, self.zone, self.dry_run, self.progress = jobs, zone, dry_run, progress
        self.results: list[FileResult] = []
        self.seen: dict[str, Path] = {}
        self.zones: dict[Path, str] = {}
        self.lock = threading.Lock()
        self.pictures = PictureRun(self.pool)

    @property
    def counts(self) -> dict[str, int]:
        """How many files there were, and how many of each state; the states add up to the files."""
        counted = Counter(result.state for result in self.results)
        return {"files": len(self.results), **{state: counted[state] for state in STATES}}

    def run(self) -> list[FileResult]:
        """Do it; the results are in the order of the files."""
        known = dict(Post.objects.values_list("path", "sha256"))
        self.quarantined = set(QuarantinedFile.objects.values_list("path", flat=True))
        try:
            with ThreadPoolExecutor(self.jobs) as pool:
                for batch in self._batches(pool, known):
                    self._write([(found, future.result()) for found, future in batch])
                    self.progress(len(self.results))
            if not self.dry_run:
                for root in {found.root for found in self.found}:
                    self.pictures.bring_known(root)
        finally:
            self.pool.close()
        return self.results

    def _batches(
        self, pool: ThreadPoolExecutor, known: dict[str, str]
    ) -> Iterator[list[tuple[discovery.Found, Future]]]:
        """Files with what becomes of them, in order, a few batches ahead of the writer."""
        waiting: list[list[tuple[discovery.Found, Future]]] = []
        for start in range(0, len(self.found), BATCH):
            waiting.append(
                [
                    (found, pool.submit(self._prepare, found, known))
                    for found in self.found[start : start + BATCH]
                ]
            )
            if len(waiting) > AHEAD:
                yield waiting.pop(0)
        yield from waiting

    # -- reading, in threads -------------------------------------------------------------------

    def _prepare(self, found: discovery.Found, known: dict[str, str]) -> Submission | FileResult:
        try:
            discovery.check_name(found)
            self._check_once(found)
            text = discovery.text_of(found)
            if known.get(found.path) == document_hash(text):
                return FileResult(found.path, "unchanged")
            discovery.check_is_post(self.pool, found.path, text)
            zone = self.zone or self._site_zone(found.root)
            return Submission(found.path, text, self.pool.derive(text, found.path, zone), zone)
        except discovery.SkipFile as skip:
            return FileResult(found.shown_path, "skipped", 0, skip.code, str(skip))
        except Unreadable as error:
            problem = error.problem
            return FileResult(
                found.shown_path, "quarantined", problem.line, problem.code, problem.message
            )

    def _check_once(self, found: discovery.Found):
        with self.lock:
            first = self.seen.setdefault(found.path, found.root)
        if first != found.root:
            raise Unreadable(1, "same-path", folder=first.name)

    def _site_zone(self, root: Path) -> str:
        """``timezone:`` of a Jekyll site's ``_config.yml``, else the site's own."""
        if root not in self.zones:
            zone, config = settings.TIME_ZONE, root / "_config.yml"
            if (
                config.is_file()
                and not config.is_symlink()
                and config.stat().st_size < discovery.MAX_BYTES // 100
            ):
                with contextlib.suppress(Unreadable, ValueError, KeyError, OSError):
                    text = config.read_text().removeprefix("---\n")
                    name = self.pool.read(f"---\n{text}\n---\n").values.get("timezone")
                    zone = name if isinstance(name, str) and ZoneInfo(name) else zone
            self.zones[root] = zone
        return self.zones[root]

    # -- writing -------------------------------------------------------------------------------

    def _write(self, batch: list[tuple[discovery.Found, Submission | FileResult]]):
        submissions = [item for _found, item in batch if isinstance(item, Submission)]
        outcomes = {}
        if submissions and not self.dry_run:
            for found, item in batch:
                if isinstance(item, Submission):
                    self._shelve_images(found, item)
            outcomes = self._save(submissions)
        elif submissions:
            there = set(
                Post.objects.filter(path__in=[s.path for s in submissions]).values_list(
                    "path", flat=True
                )
            )
            outcomes = {
                s.path: FileResult(s.path, "updated" if s.path in there else "imported")
                for s in submissions
            }
        results = [
            outcomes[item.path] if isinstance(item, Submission) else item for _found, item in batch
        ]
        if not self.dry_run:
            self._record_quarantine(results)
        self.results += results

    def _save(self, submissions: list[Submission]) -> dict[str, FileResult]:
        try:
            outcomes = save_all(submissions, reason="import")
        except (DatabaseError, Refused) as error:
            if len(submissions) == 1:
                message = f"the database refused it: {str(error).splitlines()[0][:200]}"
                return {
                    submissions[0].path: FileResult(
                        submissions[0].path, "quarantined", 1, "database", message
                    )
                }
            return {
                path: result for one in submissions for path, result in self._save([one]).items()
            }
        by_path = {s.path: s for s in submissions}
        return {
            outcome.post.path: self._result(outcome, by_path[outcome.post.path])
            for outcome in outcomes
        }

    @staticmethod
    def _result(outcome, submission: Submission) -> FileResult:
        state = outcome.state if outcome.state in STATES else "unchanged"
        first = next(iter(submission.derived.problems), None)
        if outcome.conflicts:
            message = f"old addresses that belong to other posts are not redirected: {', '.join(outcome.conflicts[:3])}"
            return FileResult(submission.path, state, 1, "redirect-conflict", message)
        return (
            FileResult(submission.path, state, first.line, first.code, first.message)
            if first
            else FileResult(submission.path, state)
        )

    def _shelve_images(self, found: discovery.Found, submission: Submission):
        sources = image_tags.references(submission.derived.html) + (
            [submission.derived.image] if submission.derived.image else []
        )
        self.pictures.bring(found.root, submission.path, sources)

    def _record_quarantine(self, results: list[FileResult]):
        refused = [result for result in results if result.state == "quarantined"]
        known_rows = (
            set(
                QuarantinedFile.objects.filter(path__in=[r.path for r in refused]).values_list(
                    "path", "line", "code", "message"
                )
            )
            if refused
            else set()
        )
        for result in refused:
            if (result.path, result.line, result.code, result.message) not in known_rows:
                values = {
                    "line": result.line,
                    "code": result.code,
                    "message": result.message,
                    "seen_at": timezone.now(),
                }
                QuarantinedFile.objects.update_or_create(path=result.path[:500], defaults=values)
        read = [
            result.path
            for result in results
            if result.state != "quarantined" and result.path in self.quarantined
        ]
        if read:
            QuarantinedFile.objects.filter(path__in=read).delete()
