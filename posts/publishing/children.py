"""Stories, citations and label rows of saved posts, brought to what their documents say.

Rows of citations and labels are tuples of their columns, since a save only compares them and
writes them again where they differ.
"""

from collections import defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from typing import Any

import posts.publishing.stories as stories
from posts.content.derive import Link
from posts.models import Citation, Post, PostAuthor, PostCategory, PostTag, Redirect, Story, bulk
from posts.publishing.changed import Pair
from posts.publishing.images import Pictures
from posts.publishing.labels import KINDS, Labels
from posts.publishing.redirects import LeftStory
from posts.publishing.submissions import Change

THROUGH: tuple[tuple[Any, str, str], ...] = (
    (PostTag, "tag", "tags"),
    (PostCategory, "category", "categories"),
    (PostAuthor, "author", "authors"),
)
CITATION = (
    "post_id",
    "position",
    "path",
    "story_id",
    "text",
    "url",
    "page",
    "source_id",
    "language",
    "listed_at",
    "coverage_at",
    "expires_at",
)

Row = tuple[Any, ...]
Stored = dict[int, list[tuple[int, Row]]]  # by post: key and columns of each row, in order


def through_columns(name: str) -> tuple[str, ...]:
    """The columns of the rows between posts and their labels; ``name`` is ``tag`` and so on."""
    return ("post_id", "position", f"{name}_id", "path", "language", "listed_at", "expires_at")


@dataclass
class Children:
    """What was there below the posts of a batch, by post."""

    stories: dict[int, list[Story]] = field(default_factory=dict)
    citations: Stored = field(default_factory=dict)
    labels: dict[str, Stored] = field(default_factory=dict)


@dataclass
class Written:
    """What a batch left behind: story addresses for redirects, posts whose children changed, and
    the rows of all.
    """

    left_stories: list[LeftStory] = field(default_factory=list)
    touched: set[int] = field(default_factory=set)
    pairs: list[Pair] = field(default_factory=list)


def read_children(changes: list[Change]) -> Children:
    """The children of posts that were there, but for those that changes keep.

    Five queries at most; none for what is kept.
    """
    there = [change for change in changes if not change.is_new]

    def ids(kind: str) -> list[int]:
        return [change.post.pk for change in there if kind not in change.kept]

    found: dict[int, list[Story]] = defaultdict(list)
    if there:
        for story in Story.objects.filter(post_id__in=ids("stories")).order_by("position"):
            found[story.post_id].append(story)
    for change in there:
        slugs = [story.slug for story in found[change.post.pk]]
        if slugs != [story.slug for story in change.submission.derived.stories]:
            change.kept -= {"citations"}  # their stories come and go with new keys
    return Children(
        found,
        stored(Citation, CITATION, ids("citations")),
        {kind: stored(model, through_columns(name), ids(kind)) for model, name, kind in THROUGH},
    )


def stored(model: Any, columns: tuple[str, ...], ids: list[int]) -> Stored:
    """The rows of some posts, in their order. One query, none for no posts."""
    found: Stored = defaultdict(list)
    if not ids:  # the ORM would put a query together and then not ask it
        return found
    rows = model.objects.filter(post_id__in=ids).order_by("position", "id")
    for key, *values in rows.values_list("pk", *columns):
        found[values[0]].append((key, tuple(values)))
    return found


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
        have = there.labels.get(kind, {})
        wanted = [(c, _labelled(c, kind, labels)) for c in changes if kind not in c.kept]
        _replace(model, through_columns(name), wanted, have, written)
    return written


def _write_citations(
    changes: list[Change],
    there: Children,
    rows: dict[str, stories.StoryRows],
    labels: Labels,
    written: Written,
) -> None:
    wanted = [
        (change, _citations(change, rows[change.submission.path].wanted, labels))
        for change in changes
        if "citations" not in change.kept
    ]
    _replace(Citation, CITATION, wanted, there.citations, written)


def _write_stories(
    changes: list[Change], rows: dict[str, stories.StoryRows], written: Written
) -> None:
    added: list[stories.NewStory] = []
    changed: list[tuple[Story, list[str]]] = []
    gone: list[Story] = []
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
    bulk.create_rows(Story, added)


def _replace(
    model: Any,
    columns: tuple[str, ...],
    wanted: list[tuple[Change, list[Row]]],
    there: Stored,
    written: Written,
) -> None:
    pairs = [(rows, there.get(change.post.pk, [])) for change, rows in wanted]
    written.pairs += pairs_of(model, columns, [change.post.pk for change, _rows in wanted], pairs)
    for index in replaced(model, columns, pairs):
        change = wanted[index][0]
        if not change.is_new:
            written.touched.add(change.post.pk)


def replaced(
    model: Any, columns: tuple[str, ...], pairs: list[tuple[list[Row], list[tuple[int, Row]]]]
) -> list[int]:
    """Rows of a post that differ from what is wanted go, and the wanted ones come.

    ``pairs`` are (wanted rows, rows that are there) of each post; the indexes of those that
    differed are returned.
    """
    differ = [
        index
        for index, (wanted, there) in enumerate(pairs)
        if wanted != [values for _key, values in there]
    ]
    stale = [key for index in differ for key, _values in pairs[index][1]]
    for start in range(0, len(stale), 500):
        model.objects.filter(pk__in=stale[start : start + 500]).delete()
    bulk.insert(model, columns, [row for index in differ for row in pairs[index][0]])
    return differ


def pairs_of(
    model: Any,
    columns: tuple[str, ...],
    posts: list[int],
    pairs: list[tuple[list[Row], list[tuple[int, Row]]]],
) -> list[Pair]:
    """What :func:`replaced` is given, post by post, to see what it changes for readers."""
    return [
        Pair(model, columns, post, [values for _key, values in there], wanted)
        for post, (wanted, there) in zip(posts, pairs, strict=True)
    ]


def _citations(
    change: Change, rows: Sequence[Story | stories.NewStory], labels: Labels
) -> list[Row]:
    """The citations of a post; one of each source and story is listed in the source's archive."""
    derived, post = change.submission.derived, change.post
    links: list[tuple[int | None, int | None, Link]] = [
        (row.pk, labels.source(link.host), link)
        for row, story in zip(rows, derived.stories, strict=True)
        for link in story.citations
    ]
    links += [(None, labels.source(link.host), link) for link in derived.citations]
    shown = listed([(story, source) for story, source, _link in links])
    path, language = post.path, post.language
    time, expires = post.published_at, post.expires_at
    return [
        (
            post.pk,
            position,
            path,
            story,
            link.text,
            link.url,
            link.page,
            source,
            language,
            time if is_listed else None,
            time,
            expires,
        )
        for position, ((story, source, link), is_listed) in enumerate(
            zip(links, shown, strict=True)
        )
    ]


def listed(citations: Sequence[tuple[int | None, int | None]]) -> list[bool]:
    """Which of one post's citations stand in the archives of their sources.

    Each is the keys of its story and its source, in their order. One of each source and story is
    listed; a post's own only where none of its stories has the source.
    """
    of_stories = {source for story, source in citations if story is not None}
    seen: set[tuple[int | None, int | None]] = {(None, source) for source in of_stories}
    result = []
    for one in citations:
        result.append(one[1] is not None and one not in seen)
        seen.add(one)
    return result


def _labelled(change: Change, kind: str, labels: Labels) -> list[Row]:
    return through_rows(
        change.post, labels.effective(kind, getattr(change.submission.derived, kind))
    )


def through_rows(post: Post, labels: Iterable[int]) -> list[Row]:
    """The rows between a post and its labels of one kind, in order."""
    shared = (post.path, post.language, post.published_at, post.expires_at)
    return [(post.pk, position, label, *shared) for position, label in enumerate(labels)]


def through_of(label: Any) -> tuple[Any, str, str]:
    """(through model, name of the relation, kind) of a model of labels."""
    return next(row for row in THROUGH if KINDS[row[2]] is label)
