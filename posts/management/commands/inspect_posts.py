"""``inspect_posts PATH...``: what Newsroom reads in documents; only ``--site`` needs a database."""

import json
import sys
from pathlib import Path

from django.conf import settings
from django.core.management.base import BaseCommand, CommandError

from posts.content.derive import Derived, Link
from posts.content.problems import Unreadable
from posts.deriving.pool import Pool
from posts.files import discovery
from posts.files.importing import ImportRun


class Command(BaseCommand):
    help = "Show what would be read in documents. Exit status 1 if any would be quarantined."
    requires_system_checks = ()

    def add_arguments(self, parser):
        parser.add_argument("paths", nargs="+", type=Path, metavar="PATH")
        parser.add_argument("--json", action="store_true", help="one object a line")
        parser.add_argument(
            "--site",
            action="store_true",
            help="ask the database too: what an import would make of each (merged, conflict, ...)",
        )

    def handle(self, *, paths, **options):
        for path in paths:
            if not path.exists():
                raise CommandError(f"{path} does not exist.", returncode=2)
        states = _states(paths) if options["site"] else {}
        pool, refused = Pool(size=1), False
        for found in discovery.discover(paths, pool):
            entry = inspected(found, pool)
            refused = refused or entry["state"] == "quarantined"
            if found.shown_path in states:
                entry["import"] = states[found.shown_path]
            self.stdout.write(
                json.dumps(entry, ensure_ascii=False) if options["json"] else _for_people(entry)
            )
        pool.close()
        if refused:
            sys.exit(1)


def _states(paths: list[Path]) -> dict[str, str]:
    """What an import would make of each file; nothing is written."""
    return {result.path: result.state for result in ImportRun(paths, dry_run=True).run()}


def inspected(found: discovery.Found, pool: Pool) -> dict:
    """One line of ``--json``."""
    entry = {"path": found.shown_path, "state": "ok", "problems": []}
    try:
        discovery.check_name(found)
        text = discovery.decode(discovery.read(found))
        discovery.check_is_post(pool, found.path, text)
        derived = pool.derive(text, found.path, settings.TIME_ZONE)
    except discovery.SkipFile as skip:
        return entry | {
            "state": "skipped",
            "problems": [{"line": 0, "code": skip.code, "message": str(skip)}],
        }
    except Unreadable as error:
        return entry | {"state": "quarantined", "problems": [error.problem.as_dict()]}
    return entry | _members(derived)


def _members(derived: Derived) -> dict:
    def cited(links: list[Link]) -> list[dict]:
        return [{"text": link.text, "url": link.url, "source": link.host} for link in links]

    return {
        "problems": [problem.as_dict() for problem in derived.problems],
        "title": derived.title,
        "slug": derived.slug,
        "date": derived.date_text,
        "language": derived.language or settings.SITE_LANGUAGE,
        "status": derived.status,
        "authors": derived.authors,
        "categories": derived.categories,
        "tags": derived.tags,
        "sections": [{"heading": heading, "kind": kind} for heading, kind in derived.sections],
        "stories": [
            {
                "heading": story.heading,
                "slug": story.slug,
                "section": story.section,
                "citations": cited(story.citations),
            }
            for story in derived.stories
        ],
        "citations": cited(derived.citations),
    }


def _for_people(entry: dict) -> str:
    would = f" (an import: {entry['import']})" if "import" in entry else ""
    lines = [f"{entry['path']}: {entry['state']}{would}"]
    lines += [
        f"  line {problem['line']}: {problem['message']} [{problem['code']}]"
        for problem in entry["problems"]
    ]
    if entry["state"] == "ok":
        facts = (entry["date"] or "no date", entry["status"], entry["language"])
        lines.append(f"  {entry['title']} ({', '.join(facts)})")
        kinds = ("categories", "tags", "authors")
        lines.append("  " + "; ".join(f"{kind}: {', '.join(entry[kind]) or '-'}" for kind in kinds))
        for story in entry["stories"]:
            hosts = ", ".join(citation["source"] for citation in story["citations"]) or "no source"
            lines.append(f"  * {story['heading']} ({hosts})")
    return "\n".join(lines)
