"""Bringing posts' rows to the labels that count, from what is stored: no document is read.

A card names labels as its document does, a citation holds its address; which label or source
counts for them is said by ``merged_into``. The rows come out as a save of the document makes them.
"""

from collections.abc import Iterable
from itertools import groupby
from typing import Any

from django.db import transaction

from posts.content import hyperlinks
from posts.models import Citation, Post, Source
from posts.models.posts import PostQuerySet
from posts.publishing.changed import Pair, note_relabelled
from posts.publishing.children import (
    CITATION,
    listed,
    pairs_of,
    replaced,
    stored,
    through_columns,
    through_of,
    through_rows,
)
from posts.publishing.labels import rows_by
from posts.publishing.tallying import tally_relabelled


def relabel(model: Any, ids: list[int], labels: list[int]) -> None:
    """Bring the rows of some posts to the labels of one kind that count.

    One short transaction, nine queries; of citations 200 are written in each. ``labels`` are those
    that are being merged or separated: nobody points them elsewhere before this is written.
    """
    with transaction.atomic():
        posts = list(lock_posts(ids).for_lists())
        list(model.objects.select_for_update(no_key=True).filter(pk__in=labels).order_by("pk"))
        if model is Source:
            _relabel_citations(posts)
        else:
            _relabel_rows(model, posts)


def lock_posts(ids: Iterable[int]) -> PostQuerySet:
    """Some posts, locked when they are read. Whoever locks posts and labels locks the posts
    first, as a save does.
    """
    return Post.objects.select_for_update().filter(pk__in=ids).order_by("pk")


def _relabel_rows(model: Any, posts: list[Post]) -> None:
    through, name, kind = through_of(model)
    slugs = {slug for post in posts for slug in getattr(post.card, kind)}
    labels = rows_by(model, "slug", slugs)
    columns = through_columns(name)
    there = stored(through, columns, [post.pk for post in posts])
    pairs = []
    for post in posts:
        mine = [labels[slug] for slug in getattr(post.card, kind) if slug in labels]
        pairs.append((through_rows(post, dict.fromkeys(mine)), there.get(post.pk, [])))
    replaced(through, columns, pairs)
    changed = pairs_of(through, columns, [post.pk for post in posts], pairs)
    note_relabelled(posts, changed)
    tally_relabelled(posts, changed)


def _relabel_citations(posts: list[Post]) -> None:
    there = list(Citation.objects.filter(post__in=posts).order_by("post", "position"))
    hosts = {citation.pk: hyperlinks.host(citation.url) for citation in there}
    sources = rows_by(Source, "host", {host for host in hosts.values() if host})
    before = {citation.pk: (citation.source_id, citation.listed_at) for citation in there}
    was = [_seen(citation) for citation in there]
    for _post, group in groupby(there, lambda citation: citation.post_id):
        citations = list(group)
        for citation in citations:
            citation.source_id = sources.get(hosts[citation.pk])
        shown = listed([(citation.story_id, citation.source_id) for citation in citations])
        for citation, is_listed in zip(citations, shown, strict=True):
            citation.listed_at = citation.coverage_at if is_listed else None
    changed = [c for c in there if (c.source_id, c.listed_at) != before[c.pk]]
    if changed:
        Citation.objects.bulk_update(changed, ["source", "listed_at"], batch_size=200)
        new = [_seen(citation) for citation in there]
        pairs = _source_pairs(there, was, new)
        note_relabelled(posts, pairs)
        tally_relabelled(posts, pairs)


def _seen(citation: Citation) -> tuple[Any, ...]:
    return tuple(getattr(citation, name) for name in CITATION)


def _source_pairs(there: list[Citation], was: list[Any], new: list[Any]) -> list[Pair]:
    found: dict[int, Pair] = {}
    for citation, old, now in zip(there, was, new, strict=True):
        pair = found.setdefault(
            citation.post_id, Pair(Citation, CITATION, citation.post_id, [], [])
        )
        pair.was.append(old)
        pair.new.append(now)
    return list(found.values())
