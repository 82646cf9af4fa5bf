"""Which story of a new document is which story of the old one, and the rows that follow."""

import uuid
from collections import defaultdict
from dataclasses import dataclass, field
from typing import NamedTuple

from posts.content import likeness
from posts.content.derive import DerivedStory
from posts.models import Citation, Post, Story
from posts.publishing.images import Pictures
from posts.publishing.submissions import MAX_MINUTES, Change, Submission

NAMESPACE = uuid.UUID("0f5c6c39-9a0d-5d52-8f5e-6e6577737265")
COLUMNS = ("position", "heading", "slug", "section", "minutes", "html", "text")


@dataclass(frozen=True)
class Plan:
    """What a save was prepared for, outside its transaction.

    ``version`` is the revision that was read (0: no post yet), ``stories`` the id of the old story
    that each new one continues.
    """

    version: int = 0
    stories: tuple[int | None, ...] = ()


class _OldStory(NamedTuple):
    """What a story that is there is known by: cheaper to read than whole rows."""

    pk: int
    slug: str
    heading: str
    text: str


@dataclass
class StoryRows:
    """The stories of one post: all in order, and what is to be done to bring the table there.

    ``renamed`` are pairs of a row and the slug that it had.
    """

    wanted: list[Story] = field(default_factory=list)
    added: list[Story] = field(default_factory=list)
    changed: list[Story] = field(default_factory=list)
    gone: list[Story] = field(default_factory=list)
    renamed: list[tuple[Story, str]] = field(default_factory=list)


def guid(*names: str) -> str:
    """An identifier that depends on nothing but the names: no slug, host or scheme that may
    change.
    """
    return f"urn:uuid:{uuid.uuid5(NAMESPACE, chr(10).join(names))}"


def plans(submissions: list[Submission]) -> dict[str, Plan]:
    """Match the stories of some documents to those that are there, by path. Three queries."""
    paths = [submission.path for submission in submissions]
    versions = {
        path: (pk, version)
        for path, pk, version in Post.objects.filter(path__in=paths).values_list(
            "path", "id", "version"
        )
    }
    ids = [pk for pk, _version in versions.values()]
    old: dict[int, list[_OldStory]] = defaultdict(list)
    cited: dict[int, set[str]] = defaultdict(set)
    if ids:
        there = Story.objects.filter(post_id__in=ids).order_by("position")
        for row in there.values_list("post_id", "pk", "slug", "heading", "text"):
            old[row[0]].append(_OldStory(*row[1:]))
        pages = Citation.objects.filter(post_id__in=ids, story__isnull=False).exclude(page="")
        for story_id, page in pages.values_list("story_id", "page"):
            cited[story_id].add(page)
    found = {}
    for submission in submissions:
        pk, version = versions.get(submission.path, (0, 0))
        matched = _matched(old.get(pk, []), submission.derived.stories, cited)
        found[submission.path] = Plan(version, tuple(matched))
    return found


def _matched(
    old: list[_OldStory], new: list[DerivedStory], cited: dict[int, set[str]]
) -> list[int | None]:
    """For each new story the id of the old one that it continues; each is continued once."""
    known = [
        likeness.KnownStory(
            story.slug, frozenset(cited.get(story.pk, ())), story.text or story.heading
        )
        for story in old
    ]
    wanted = [
        likeness.KnownStory(
            story.slug,
            frozenset(link.page for link in story.citations if link.page),
            story.text or story.heading,
        )
        for story in new
    ]
    return [None if index is None else old[index].pk for index in likeness.matched(known, wanted)]


def story_rows(change: Change, plan: Plan, old: list[Story], pictures: Pictures) -> StoryRows:
    """The rows of a post's stories. Those that continue an old one keep its id and identifier."""
    result, left = StoryRows(), {story.pk: story for story in old}
    taken = {story.guid for story in old}
    path = change.submission.path
    continued = plan.stories or (None,) * len(change.submission.derived.stories)
    for position, (story, pk) in enumerate(
        zip(change.submission.derived.stories, continued, strict=True)
    ):
        values = _values(story, position, pictures.resolved(story.html, path))
        row = left.pop(pk, None) if pk is not None else None
        if row is None:
            row = Story(post=change.post, guid=_free_guid(path, story.slug, taken), **values)
            result.added.append(row)
        elif any(getattr(row, name) != value for name, value in values.items()):
            if row.slug != story.slug:
                result.renamed.append((row, row.slug))
            for name, value in values.items():
                setattr(row, name, value)
            result.changed.append(row)
        result.wanted.append(row)
    result.gone = list(left.values())
    return result


def _values(story: DerivedStory, position: int, html: str) -> dict[str, object]:
    return {
        "position": position,
        "heading": story.heading,
        "slug": story.slug,
        "section": story.section,
        "minutes": min(story.minutes, MAX_MINUTES),
        "html": html,
        "text": story.text,
    }


def _free_guid(path: str, slug: str, taken: set[str]) -> str:
    name, count = guid(path, slug), 1
    while name in taken:
        count += 1
        name = guid(path, slug, str(count))
    taken.add(name)
    return name


def write_changed(changed: list[Story]) -> None:
    """Write rows that may have swapped slugs: each first steps aside from the unique slug."""
    if not changed:
        return
    slugs = {story.pk: story.slug for story in changed}
    for story in changed:
        story.slug = f"\x7f{story.pk}"
    Story.objects.bulk_update(changed, ["slug"])
    for story in changed:
        story.slug = slugs[story.pk]
    Story.objects.bulk_update(changed, COLUMNS)
