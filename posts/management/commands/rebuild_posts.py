"""``rebuild_posts``: every row again from the documents."""

import gc
import logging
import os
import sys
from collections import deque
from collections.abc import Iterator
from concurrent.futures import Future, ThreadPoolExecutor
from typing import Any

from django.core.management.base import BaseCommand, CommandError

from posts.content.problems import Unreadable, Worded
from posts.deriving.pool import Pool
from posts.files.exporting import FAULTS
from posts.files.pictures import damaged
from posts.models import Post
from posts.publishing import Conflict, Submission, save_all
from posts.publishing.labels import digest_switches
from posts.publishing.rebuilding import Progress, derived_again
from posts.publishing.recounting import recount
from posts.publishing.steps import Failure, Stopped, reason, stored
from posts.search import upkeep

BATCH = 50  # posts that one child is asked about, and that are saved together
AHEAD_BYTES = 12_000_000  # of documents that are read before the first is saved
logger = logging.getLogger(__name__)
Answers = Future[list[Submission | Exception]]


class Command(BaseCommand):
    help = (
        "Derive everything again from the documents. A healthy database is left as it was. "
        "Run it again to continue a run that was cut off."
    )

    def add_arguments(self, parser: Any) -> None:
        parser.add_argument(
            "--jobs",
            type=int,
            default=min(os.cpu_count() or 2, 64),
            metavar="N",
            help="documents derived side by side (default: one for each core)",
        )

    def handle(self, *, jobs: int, **options: Any) -> None:
        if not 1 <= jobs <= 64:
            raise CommandError("--jobs is a number from 1 to 64.", returncode=2)
        gc.freeze()  # what was loaded stays: it need not be looked through again and again
        gc.set_threshold(5_000, 20, 100)
        self.progress, self.pool, self.switches = Progress(), Pool(size=jobs), digest_switches()
        if upkeep.mend():
            self.stdout.write("the index of the search was made again")
        if self.progress.done:
            self.stdout.write(f"continued after {self.progress.done} posts")
        mended = 0
        try:
            with ThreadPoolExecutor(jobs) as executor:
                for posts, future in self._batches(executor, jobs):
                    mended += self._saved(posts, future)
                    self._bar()
        except Stopped:
            raise CommandError("The job was cancelled in the admin.") from None
        finally:
            self.pool.close()
        self.progress.finish()
        done, failed = self.progress.done, len(self.progress.failures)
        self.stdout.write(f"{done} posts, {mended} mended, {failed} failed")
        if counts := recount():
            self.stdout.write(f"{counts} counts were wrong and are mended")
        if self._damaged_pictures() or failed:
            sys.exit(1)

    def _batches(
        self, executor: ThreadPoolExecutor, jobs: int
    ) -> Iterator[tuple[list[Post], Answers]]:
        """Posts in the order of their keys, with what is derived from them, some batches ahead."""
        ahead: deque[tuple[list[Post], Answers, int]] = deque()
        last, in_flight = self.progress.cursor, 0
        while posts := _after(last):
            last = posts[-1].pk
            size = sum(len(post.document) for post in posts) * 2
            future = executor.submit(derived_again, posts, self.pool, self.switches)
            ahead.append((posts, future, size))
            in_flight += size
            while len(ahead) > 2 * jobs or (ahead and in_flight > AHEAD_BYTES):
                done, future, size = ahead.popleft()
                in_flight -= size
                yield done, future
        yield from ((done, future) for done, future, _size in ahead)

    def _saved(self, posts: list[Post], future: Answers) -> int:
        """Save a batch; how many posts were mended. If that fails, each is saved by itself."""
        failures: list[Failure] = []
        wanted: list[tuple[Post, Submission]] = []
        for post, answer in zip(posts, future.result(), strict=True):
            if isinstance(answer, Exception):
                failures.append((post.title, self._failed(post, answer)))
            else:
                wanted.append((post, answer))
        try:
            mended = _mended([submission for _post, submission in wanted])
        except Exception:
            mended = 0
            for post, submission in wanted:
                try:
                    mended += _mended([submission])
                except Conflict:  # an editor saved it meanwhile, and so rebuilt it
                    pass
                except Exception as error:
                    failures.append((post.title, self._failed(post, error)))
        self.progress.advance(posts[-1].pk, len(posts), failures)
        return mended

    def _failed(self, post: Post, error: Exception) -> dict[str, Any]:
        """Say what went wrong, and how it is kept."""
        if isinstance(error, Unreadable):
            self.stderr.write(f"{post.path}:{error.problem.line}: {error.problem.message}")
            return reason(error)
        logger.error("%s could not be rebuilt", post.path, exc_info=error)
        self.stderr.write(f"{post.path}: {type(error).__name__}: {error}")
        if isinstance(error, Worded):
            return reason(error)
        return stored("job-failed", {"problem": f"{type(error).__name__}: {error}"[:500]})

    def _bar(self) -> None:
        if sys.stderr.isatty():
            done, total = self.progress.done, self.progress.total
            filled = min(40, 40 * done // max(1, total))
            end = "\n" if done >= total else ""
            bar = f"[{'=' * filled}{' ' * (40 - filled)}]"
            self.stderr.write(f"\r{bar} {done}/{total}", ending=end)
            self.stderr.flush()

    def _damaged_pictures(self) -> int:
        """Pictures are not derived from documents: what is wrong with their files is only said."""
        count = 0
        for image, fault in damaged():
            count += 1
            self.stderr.write(f"{image.path}: {FAULTS[fault].format(image.file)}")
        return count


def _after(last: int) -> list[Post]:
    """The next posts, with what is derived from alone. One query."""
    posts = Post.objects.filter(pk__gt=last).order_by("pk")
    return list(posts.only("path", "title", "zone", "version", "document")[:BATCH])


def _mended(submissions: list[Submission]) -> int:
    """Save documents as they are; of how many the rows were not right."""
    if not submissions:
        return 0
    outcomes = save_all(submissions, reason="rebuild")
    return sum(1 for outcome in outcomes if outcome.state != "unchanged")
