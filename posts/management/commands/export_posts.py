"""``export_posts DIR``: every document back under its own path."""

import sys
from collections.abc import Callable, Iterator
from functools import partial
from pathlib import Path

from django.core.management.base import BaseCommand, CommandError

from posts.files import exporting


class Command(BaseCommand):
    help = "Write every post's document into a folder, byte for byte; with --check only compare."

    def add_arguments(self, parser):
        parser.add_argument("folder", type=Path, metavar="DIR")
        parser.add_argument(
            "--check", action="store_true", help="write nothing; exit status 1 if anything differs"
        )
        parser.add_argument(
            "--media", action="store_true", help="the pictures that came beside the posts as well"
        )

    def handle(self, *, folder, check, **options):
        if folder.exists() and not folder.is_dir():
            raise CommandError(f"{folder} is not a folder.", returncode=2)
        files = written = failed = 0
        folders: set[Path] = set()
        for path, read in self._files(options["media"]):
            files += 1
            try:
                if self._one(folder, path, read(), check):
                    written += 1
                    folders.add(exporting.location_of(folder, path).parent)
            except (exporting.UnsafePath, OSError) as error:
                failed += 1
                self.stderr.write(f"{path}: {error}")
        if not check:
            exporting.finish(folders)
        self.stdout.write(
            f"{files} files, {written} {'differ' if check else 'written'}, {failed} failed"
        )
        if failed or (check and written):
            sys.exit(1)

    def _one(self, folder: Path, path: str, data: bytes, check: bool) -> bool:
        """True if the file was written, or would be."""
        if not check:
            return exporting.write(folder, path, data)
        differs = not exporting.same(exporting.location_of(folder, path), data)
        if differs:
            self.stdout.write(f"differs: {path}")
        return differs

    @staticmethod
    def _files(media: bool) -> Iterator[tuple[str, Callable[[], bytes]]]:
        """Paths with what reads their bytes: one that cannot be read costs itself and no other."""
        for path, data in exporting.documents():
            yield path, partial(bytes, data)
        for image in exporting.pictures() if media else ():
            yield image.path, partial(exporting.picture_bytes, image)
