"""``rebuild_posts``: every row again from the documents."""

import logging
import sys
from typing import Any

from django.core.management.base import BaseCommand

from posts.content.problems import Unreadable
from posts.files.exporting import FAULTS
from posts.files.pictures import damaged
from posts.models import Post
from posts.publishing import Conflict, rebuild

BATCH = 100
logger = logging.getLogger(__name__)


class Command(BaseCommand):
    help = "Derive everything again from the documents. A healthy database is left as it was."

    def handle(self, **options: Any) -> None:
        done = mended = failed = last = 0
        while batch := list(Post.objects.filter(id__gt=last).order_by("id")[:BATCH]):
            last = batch[-1].id
            try:
                mended += self._mended(batch)
            except Exception:
                for post in batch:
                    count = self._mended_alone(post)
                    mended += count or 0
                    failed += count is None
            done += len(batch)
        self.stdout.write(f"{done} posts, {mended} mended, {failed} failed")
        if self._damaged_pictures() or failed:
            sys.exit(1)

    def _mended_alone(self, post: Post) -> int | None:
        """1 if the post was mended, 0 if it was right, None if it failed, with the reason."""
        try:
            return self._mended([post])
        except Conflict:  # an editor saved it meanwhile, and so rebuilt it
            return 0
        except Unreadable as error:
            self.stderr.write(f"{post.path}:{error.problem.line}: {error.problem.message}")
        except Exception as error:
            logger.exception("%s could not be rebuilt", post.path)
            self.stderr.write(f"{post.path}: {type(error).__name__}: {error}")
        return None

    def _damaged_pictures(self) -> int:
        """Pictures are not derived from documents: what is wrong with their files is only said."""
        count = 0
        for image, fault in damaged():
            count += 1
            self.stderr.write(f"{image.path}: {FAULTS[fault].format(image.file)}")
        return count

    @staticmethod
    def _mended(posts: list[Post]) -> int:
        return sum(1 for outcome in rebuild(posts) if outcome.state != "unchanged")
