"""``rebuild_posts``: every row again from the documents."""

import sys

from django.core.management.base import BaseCommand

from posts.content.problems import Unreadable
from posts.files.exporting import FAULTS
from posts.files.pictures import damaged
from posts.models import Post
from posts.publishing import rebuild

BATCH = 100


class Command(BaseCommand):
    help = "Derive everything again from the documents. A healthy database is left as it was."

    def handle(self, **options):
        done = mended = failed = 0
        last = 0
        while batch := list(Post.objects.filter(id__gt=last).order_by("id")[:BATCH]):
            last = batch[-1].id
            try:
                mended += self._mended(batch)
            except Unreadable:
                for post in batch:
                    try:
                        mended += self._mended([post])
                    except Unreadable as error:
                        failed += 1
                        self.stderr.write(
                            f"{post.path}:{error.problem.line}: {error.problem.message}"
                        )
            done += len(batch)
        self.stdout.write(f"{done} posts, {mended} mended, {failed} unreadable")
        if self._damaged_pictures() or failed:
            sys.exit(1)

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
