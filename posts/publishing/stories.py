"""Which story of a new document is which story of the old one, and the rows that follow."""

import uuid
from collections import defaultdict
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any, NamedTuple

from posts.content import likeness
from posts.content.derive import Derived, DerivedStory
from posts.models import Citation, Post, Story
from posts.publishing.images import Pictures
from posts.publishing.submissions import MAX_MINUTES, Change, Submission

NAMESPACE = uuid.UUID("0f5c6c39-9a0d-5d52-8f5e-6e6577737265")
COLUMNS = ("position", "heading", "slug", "section", "minutes", "html", "text")


@dataclass(frozen=True)
class Plan:
    """What a save was prepared for, outside its transaction.

    ``version`` and ``saved_at`` are of the post that was read (0: no post yet), ``stories`` the id
    of the old story that each new one continues; None where each continues that of its slug.
    """

    version: int = 0
    saved_at: datetime | None = None
    stories: tuple[int | None, ...] | None = None

    def is_of(self, post: Post | None) -> bool:
        """True if the post is as it was read."""
        if post is None:
            return self.version == 0
        return (self.version, self.saved_at) == (post.version, post.saved_at)


class _OldStory(NamedTuple):
    """What a story that is there is known by: cheaper to read than whole rows."""

    pk: int
    slug: str
    heading: str
    text: str


@dataclass(slots=True)
class NewStory:
    """A story that is to be added: its columns."""

    post_id: int
    position: int
    heading: str
    slug: str
    section: str
    guid: str
    minutes: int
    html: str
    text: str
    id: int | None = None

    @property
    def pk(self) -> int | None:
        """Its key, once it is added."""
        return self.id


@dataclass
class StoryRows:
    """The stories of one post: all in order, and what is to be done to bring the table there.

    ``changed`` are rows with the columns that differ, ``renamed`` pairs of a row and the slug that
    it had.
    """

    wanted: list[Story | NewStory] = field(default_factory=list)
    added: list[NewStory] = field(default_factory=list)
    changed: list[tuple[Story, list[str]]] = field(default_factory=list)
    gone: list[Story] = field(default_factory=list)
    renamed: list[tuple[Story, str]] = field(default_factory=list)


def guid(*names: str) -> str:
    """An identifier that depends on nothing but the names: no slug, host or scheme that may
    change.
    """
    return f"urn:uuid:{uuid.uuid5(NAMESPACE, chr(10).join(names))}"


def plans(
    submissions: list[Submission], known: Mapping[str, Post | None] | None = None
) -> dict[str, Plan]:
    """Match the stories of some documents to those that are there, by path.

    One query for the posts that are not ``known``; two more where stories lost their slug and
    others came, since slugs do not say then which is which.
    """
    there = dict(known or {})
    if unread := [s.path for s in submissions if s.path not in there]:
        posts = Post.objects.filter(path__in=unread).only("path", "version", "saved_at", "card")
        there |= {post.path: post for post in posts}
    pairs = [(submission, there.get(submission.path)) for submission in submissions]
    open_to = [post.pk for one, post in pairs if post and not _slugs_say_all(post, one.derived)]
    old, cited = _old_stories(open_to)
    found = {}
    for submission, post in pairs:
        if post is None:
            found[submission.path] = Plan()
            continue
        matched = None
        if post.pk in old:
            matched = tuple(_matched(old[post.pk], submission.derived.stories, cited))
        found[submission.path] = Plan(post.version, post.saved_at, matched)
    return found


def _slugs_say_all(post: Post, derived: Derived) -> bool:
    """True if no story is left over on one side: those of one slug are one."""
    have = {story.slug for story in post.card.stories}
    wanted = {story.slug for story in derived.stories}
    return have <= wanted or wanted <= have


def _old_stories(posts: list[int]) -> tuple[dict[int, list[_OldStory]], dict[int, set[str]]]:
    """(stories by post, pages that a story cites). Two queries, none for no posts."""
    old: dict[int, list[_OldStory]] = defaultdict(list)
    cited: dict[int, set[str]] = defaultdict(set)
    if not posts:
        return old, cited
    there = Story.objects.filter(post_id__in=posts).order_by("position")
    for row in there.values_list("post_id", "pk", "slug", "heading", "text"):
        old[row[0]].append(_OldStory(*row[1:]))
    pages = Citation.objects.filter(post_id__in=posts, story__isnull=False).exclude(page="")
    for story_id, page in pages.values_list("story_id", "page"):
        cited[story_id].add(page)
    return old, cited


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
    derived = change.submission.derived.stories
    continued = plan.stories
    if continued is None:
        keys = {story.slug: story.pk for story in old}
        continued = tuple(keys.get(story.slug) for story in derived)
    for position, (story, pk) in enumerate(zip(derived, continued, strict=True)):
        values = _values(story, position, pictures.resolved(story.html, path))
        row = left.pop(pk, None) if pk is not None else None
        if row is None:
            name = _free_guid(path, story.slug, taken)
            result.added.append(NewStory(post_id=change.post.pk, guid=name, **values))
            result.wanted.append(result.added[-1])
            continue
        if columns := [name for name in COLUMNS if getattr(row, name) != values[name]]:
            if "slug" in columns:
                result.renamed.append((row, row.slug))
            for name in columns:
                setattr(row, name, values[name])
            result.changed.append((row, columns))
        result.wanted.append(row)
    result.gone = list(left.values())
    return result


def _values(story: DerivedStory, position: int, html: str) -> dict[str, Any]:
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


def write_changed(changed: list[tuple[Story, list[str]]]) -> None:
    """Write rows, each with the columns that differ. One query for a row, or a few for many.

    Rows may have swapped slugs: each first steps aside from the unique slug.
    """
    if len(changed) == 1:
        changed[0][0].save(update_fields=changed[0][1])
        return
    renamed = [story for story, columns in changed if "slug" in columns]
    slugs = {story.pk: story.slug for story in renamed}
    for story in renamed:
        story.slug = f"\x7f{story.pk}"
    if renamed:
        Story.objects.bulk_update(renamed, ["slug"])
    for story in renamed:
        story.slug = slugs[story.pk]
    columns = {name for _story, names in changed for name in names}
    if columns:
        Story.objects.bulk_update((story for story, _columns in changed), sorted(columns))
