"""``export_posts DIR``: every document back under its own path."""

import sys
from pathlib import Path

from django.core.files.storage import default_storage
from django.core.management.base import BaseCommand, CommandError

from posts.files import exporting
from posts.models import Image


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
        for path, data in self._files(options["media"]):
            files += 1
            try:
                if check:
                    differs = not exporting.same(exporting.location_of(folder, path), data)
                    written += differs
                    if differs:
                        self.stdout.write(f"differs: {path}")
                else:
                    written += exporting.write(folder, path, data)
            except (exporting.UnsafePath, OSError) as error:
                failed += 1
                self.stderr.write(f"{path}: {error}")
        self.stdout.write(
            f"{files} files, {written} {'differ' if check else 'written'}, {failed} failed"
        )
        if failed or (check and written):
            sys.exit(1)

    @staticmethod
    def _files(media: bool):
        yield from exporting.documents()
        for image in Image.objects.order_by("path").iterator() if media else ():
            with default_storage.open(image.file.name) as file:
                yield image.path, file.read()
