"""Stories, citations and label rows of saved posts, brought to what their documents say."""

from collections import defaultdict
from collections.abc import Callable, Iterable
from dataclasses import dataclass, field
from typing import Any

import posts.publishing.stories as stories
from posts.content.derive import Link
from posts.models import Citation, Post, PostAuthor, PostCategory, PostTag, Redirect, Story
from posts.publishing.images import Pictures
from posts.publishing.labels import KINDS, Labels
from posts.publishing.redirects import LeftStory
from posts.publishing.submissions import Change

THROUGH: tuple[tuple[Any, str, str], ...] = (
    (PostTag, "tag", "tags"),
    (PostCategory, "category", "categories"),
    (PostAuthor, "author", "authors"),
)


@dataclass
class Children:
    """What was there below the posts of a batch, by post."""

    stories: dict[int, list[Story]] = field(default_factory=dict)
    citations: dict[int, list[Citation]] = field(default_factory=dict)
    labels: dict[str, dict[int, list[Any]]] = field(default_factory=dict)


@dataclass
class Written:
    """What a batch left behind: story addresses for redirects, and posts whose children changed."""

    left_stories: list[LeftStory] = field(default_factory=list)
    touched: set[int] = field(default_factory=set)


def read_children(posts: Iterable[Post]) -> Children:
    """The children of some posts. Five queries, none without posts."""
    ids = [post.pk for post in posts]
    if not ids:
        return Children()
    return Children(
        by_post(Story.objects.filter(post_id__in=ids).order_by("position")),
        by_post(Citation.objects.filter(post_id__in=ids).order_by("position")),
        {
            kind: by_post(model.objects.filter(post_id__in=ids).order_by("position", "id"))
            for model, _name, kind in THROUGH
        },
    )


def write_children(
    changes: list[Change],
    there: Children,
    plans: dict[str, stories.Plan],
    labels: Labels,
    pictures: Pictures,
) -> Written:
    """Bring the children of all posts to what is wanted; rows that are right are left alone."""
    rows = {
        change.submission.path: stories.story_rows(
            change,
            plans[change.submission.path],
            there.stories.get(change.post.pk, []),
            pictures,
        )
        for change in changes
    }
    written = Written()
    _write_stories(changes, rows, written)
    _write_citations(changes, there, rows, labels, written)
    for model, name, kind in THROUGH:
        have, values = there.labels.get(kind, {}), through_values(name)
        wanted = [
            (change, _through_rows(change, model, name, kind, labels), have.get(change.post.pk, []))
            for change in changes
        ]
        _replace(model, values, wanted, written)
    return written


def _write_citations(
    changes: list[Change],
    there: Children,
    rows: dict[str, stories.StoryRows],
    labels: Labels,
    written: Written,
) -> None:
    wanted = []
    for change in changes:
        mine = _citations(change, rows[change.submission.path].wanted, labels)
        wanted.append((change, mine, there.citations.get(change.post.pk, [])))
    _replace(Citation, _citation_values, wanted, written)


def _write_stories(
    changes: list[Change], rows: dict[str, stories.StoryRows], written: Written
) -> None:
    added, changed, gone = [], [], []
    for change in changes:
        mine = rows[change.submission.path]
        added += mine.added
        changed += mine.changed
        gone += mine.gone
        slugs = {story.slug for story in mine.wanted}
        left = [*mine.renamed, *((None, story.slug) for story in mine.gone)]
        written.left_stories += [
            LeftStory(change.post, change.old_address, slug, story)
            for story, slug in left
            if change.was_public and change.old_address and slug not in slugs
        ]
        if mine.changed or mine.gone or (mine.added and not change.is_new):
            written.touched.add(change.post.pk)
    if gone:
        ids = [story.pk for story in gone]
        Redirect.objects.filter(story_id__in=ids).update(story=None)  # now to the post
        Story.objects.filter(pk__in=ids).delete()
    stories.write_changed(changed)
    Story.objects.bulk_create(added)


def _replace(
    model: Any,
    values: Callable[[Any], tuple],
    wanted_and_there: list[tuple[Change, list[Any], list[Any]]],
    written: Written,
) -> None:
    pairs = [(wanted, there) for _change, wanted, there in wanted_and_there]
    for index in replaced(model, values, pairs):
        change = wanted_and_there[index][0]
        if not change.is_new:
            written.touched.add(change.post.pk)


def replaced(
    model: Any, values: Callable[[Any], tuple], pairs: list[tuple[list[Any], list[Any]]]
) -> list[int]:
    """Rows of a post that differ from what is wanted go, and the wanted ones come.

    ``pairs`` are (wanted rows, rows that are there) of each post; the indexes of those that
    differed are returned.
    """
    differ = [
        index
        for index, (wanted, there) in enumerate(pairs)
        if [values(row) for row in wanted] != [values(row) for row in there]
    ]
    stale = [row.pk for index in differ for row in pairs[index][1]]
    for start in range(0, len(stale), 500):
        model.objects.filter(pk__in=stale[start : start + 500]).delete()
    model.objects.bulk_create(row for index in differ for row in pairs[index][0])
    return differ


def _citations(change: Change, rows: list[Story], labels: Labels) -> list[Citation]:
    """The citations of a post; one of each source and story is listed in the source's archive."""
    derived, post = change.submission.derived, change.post
    groups: list[tuple[Story | None, list[Link]]] = [
        (row, story.citations) for row, story in zip(rows, derived.stories, strict=True)
    ]
    groups.append((None, derived.citations))
    result = [
        Citation(
            post=post,
            path=post.path,
            story=row,
            text=link.text,
            url=link.url,
            page=link.page,
            source=labels.source(link.host),
            language=post.language,
            coverage_at=post.published_at,
            expires_at=post.expires_at,
        )
        for row, links in groups
        for link in links
    ]
    for position, citation in enumerate(result):
        citation.position = position
    mark_listed([(citation.story, citation) for citation in result])
    return result


def mark_listed(citations: list[tuple[Any, Citation]]) -> None:
    """Set ``listed_at`` of one post's citations, each with its story or None, in their order.

    One of each source and story is listed; a post's own only where none of its stories has the
    source.
    """
    seen: set[tuple[Any, int | None]] = set()
    of_stories = {citation.source_id for story, citation in citations if story is not None}
    for story, citation in citations:
        key = (story and id(story), citation.source_id)
        first = citation.source_id is not None and key not in seen
        if story is None and citation.source_id in of_stories:
            first = False
        seen.add(key)
        citation.listed_at = citation.coverage_at if first else None


def _through_rows(change: Change, model: Any, name: str, kind: str, labels: Labels) -> list[Any]:
    found = labels.effective(kind, getattr(change.submission.derived, kind))
    return through_rows(change.post, model, name, found)


def through_rows(post: Post, model: Any, name: str, labels: list[Any]) -> list[Any]:
    """The rows between a post and its labels of one kind, in order."""
    return [
        model(
            post=post,
            path=post.path,
            position=position,
            language=post.language,
            listed_at=post.published_at,
            expires_at=post.expires_at,
            **{name: label},
        )
        for position, label in enumerate(labels)
    ]


def _citation_values(row: Citation) -> tuple:
    return (
        row.story_id,
        row.position,
        row.text,
        row.url,
        row.page,
        row.source_id,
        row.path,
        row.language,
        row.listed_at,
        row.coverage_at,
        row.expires_at,
    )


def through_values(name: str) -> Callable[[Any], tuple]:
    """What two rows of a relation are compared by."""

    def values(row: Any) -> tuple:
        label = getattr(row, f"{name}_id")
        return (label, row.position, row.path, row.language, row.listed_at, row.expires_at)

    return values


def through_of(label: Any) -> tuple[Any, str, str]:
    """(through model, name of the relation, kind) of a model of labels."""
    return next(row for row in THROUGH if KINDS[row[2]] is label)


def by_post(queryset: Any) -> dict[int, list[Any]]:
    """Rows by the id of their post, in their order."""
    found: dict[int, list[Any]] = defaultdict(list)
    for row in queryset:
        found[row.post_id].append(row)
    return found
