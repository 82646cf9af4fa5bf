"""``import_posts PATH...``: documents become posts."""

import gc
import json
import sys
from pathlib import Path
from zoneinfo import ZoneInfo

from django.core.management.base import BaseCommand, CommandError

from posts.files.importing import ImportRun
from posts.files.results import POSTS, UNSETTLED, counted_pictures


class Command(BaseCommand):
    help = (
        "Import Markdown files, folders of them, or the pipeline's JSON. Run it again to continue "
        "a run that was cut off. What an editor changed stays; what a file changed is merged."
    )

    def add_arguments(self, parser):
        parser.add_argument("paths", nargs="+", type=Path, metavar="PATH")
        parser.add_argument("--dry-run", action="store_true", help="read everything, write nothing")
        parser.add_argument(
            "--jobs",
            type=int,
            default=2,
            metavar="N",
            help="documents derived side by side (default 2)",
        )
        parser.add_argument(
            "--timezone",
            default="",
            metavar="TZ",
            help="for dates that name none (default: _config.yml, then the site's)",
        )
        parser.add_argument(
            "--report", type=Path, metavar="FILE.json", help="write what became of every file"
        )

    def handle(self, *, paths, dry_run, jobs, report, **options):
        zone = options["timezone"]
        self._check(paths, jobs, zone, report)
        gc.freeze()  # what was loaded stays: it need not be looked through again and again
        gc.set_threshold(5_000, 20, 100)
        run = ImportRun(paths, jobs=jobs, zone=zone, dry_run=dry_run, progress=self._bar)
        self.total = len(run.found)
        results = run.run()
        self._bar_done()
        for result in results:
            line = f"{result.path}:{result.line}: {result.message} [{result.code}]"
            if result.state in UNSETTLED:
                self.stderr.write(line)
            elif result.message and options["verbosity"] > 1:
                self.stdout.write(line)
        for entry in run.pictures:
            if entry.state == "refused":
                self.stderr.write(f"{entry.path}: {entry.message} [{entry.code}]")
        counts = run.counts
        self.stdout.write(
            ("would be: " if dry_run else "")
            + ", ".join(f"{counts[name]} {name}" for name in counts)
        )
        pictures = counted_pictures(run.pictures)
        if any(pictures.values()):
            self.stdout.write(
                "pictures: " + ", ".join(f"{pictures[name]} {name}" for name in pictures)
            )
        if report:
            report.write_text(_report(run), "utf-8")
        if any(counts[state] for state in UNSETTLED) or not any(counts[name] for name in POSTS):
            sys.exit(1)

    def _check(self, paths, jobs, zone, report):
        for path in paths:
            if not path.exists():
                raise CommandError(f"{path} does not exist.", returncode=2)
        if not 1 <= jobs <= 64:
            raise CommandError("--jobs is a number from 1 to 64.", returncode=2)
        try:
            ZoneInfo(zone or "UTC")
        except (KeyError, ValueError, OSError):
            raise CommandError(
                f"--timezone: “{zone}” is no time zone; write one such as Asia/Shanghai.",
                returncode=2,
            ) from None
        if report and not report.absolute().parent.is_dir():
            raise CommandError(
                f"--report: the folder {report.parent} does not exist.", returncode=2
            )

    def _bar(self, done: int) -> None:
        if sys.stderr.isatty():
            filled = 40 * done // max(1, self.total)
            self.stderr.write(
                f"\r[{'=' * filled}{' ' * (40 - filled)}] {done}/{self.total}", ending=""
            )
            self.stderr.flush()

    def _bar_done(self) -> None:
        if sys.stderr.isatty():
            self.stderr.write("")


def _report(run: ImportRun) -> str:
    report = {
        "counts": {**run.counts, "pictures": counted_pictures(run.pictures)},
        "files": [result.as_dict() for result in run.results],
        "pictures": [entry.as_dict() for entry in run.pictures],
    }
    return json.dumps(report, ensure_ascii=False, indent=1) + "\n"
