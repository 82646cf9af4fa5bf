"""Which story of the new document is which story of the old one."""

import difflib
import uuid

from posts.content.derive import Derived, DerivedStory
from posts.models import Story

NAMESPACE = uuid.UUID("0f5c6c39-9a0d-5d52-8f5e-6e6577737265")
LIKENESS = 0.6
COMPARED = 600  # characters of each text; enough to tell two news items apart


def guid(*names: str) -> str:
    """An identifier that depends on nothing but the names: no slug that may change, no host, no scheme."""
    return f"urn:uuid:{uuid.uuid5(NAMESPACE, chr(10).join(names))}"


def match(
    old: list[Story], new: list[DerivedStory], cited: dict[int, set[str]]
) -> list[Story | None]:
    """For each new story the old row that it continues: by slug, then by a cited page, then by likeness of text.

    ``cited`` gives the pages that each old story cites, by its id. Each row is used once.
    """
    left = {story.id: story for story in old}
    result: list[Story | None] = [None] * len(new)

    def take(index: int, story: Story | None):
        if story is not None:
            result[index] = left.pop(story.id)

    for index, story in enumerate(new):
        take(index, next((o for o in left.values() if o.slug == story.slug), None))
    for index, story in enumerate(new):
        if result[index] is None:
            pages = {link.page for link in story.citations if link.page}
            take(index, next((o for o in left.values() if pages & cited.get(o.id, set())), None))
    for index, story in enumerate(new):
        if result[index] is None:
            take(index, _most_alike(story, list(left.values())))
    return result


def _most_alike(story: DerivedStory, candidates: list[Story]) -> Story | None:
    best, ratio = None, LIKENESS
    for candidate in candidates:
        matcher = difflib.SequenceMatcher(
            None,
            candidate.text[:COMPARED] or candidate.heading,
            story.text[:COMPARED] or story.heading,
            autojunk=False,
        )
        if (
            matcher.real_quick_ratio() > ratio
            and matcher.quick_ratio() > ratio
            and matcher.ratio() > ratio
        ):
            best, ratio = candidate, matcher.ratio()
    return best


def rows(
    post, derived: Derived, old: list[Story], cited: dict[int, set[str]]
) -> tuple[list[Story], list[Story], list[Story], list[Story]]:
    """(all rows in order, those to add, those that changed, those that are gone). Changed rows keep id and guid."""
    wanted, added, changed = [], [], []
    matched = match(old, derived.stories, cited)
    taken = {story.guid for story in old}
    for position, (story, row) in enumerate(zip(derived.stories, matched, strict=True)):
        fields = {
            "position": position,
            "heading": story.heading,
            "slug": story.slug,
            "section": story.section,
            "html": story.html,
            "text": story.text,
        }
        if row is None:
            row = Story(post=post, guid=_free_guid(post.path, story.slug, taken), **fields)
            added.append(row)
        elif any(getattr(row, name) != value for name, value in fields.items()):
            row.was_slug = row.slug
            for name, value in fields.items():
                setattr(row, name, value)
            changed.append(row)
        wanted.append(row)
    kept = {row.id for row in matched if row is not None}
    return wanted, added, changed, [row for row in old if row.id not in kept]


def _free_guid(path: str, slug: str, taken: set[str]) -> str:
    name, count = guid(path, slug), 1
    while name in taken:
        count += 1
        name = guid(path, slug, str(count))
    taken.add(name)
    return name
