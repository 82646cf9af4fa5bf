"""Bringing posts' rows to the labels that count, from what is stored: no document is read.

A card names labels as its document does, a citation holds its address; which label or source
counts for them is said by ``merged_into``. The rows come out as a save of the document makes them.
"""

from collections import defaultdict
from typing import Any

from django.db import transaction

from posts.content import hyperlinks
from posts.models import Citation, Post, Source
from posts.publishing.children import (
    by_post,
    mark_listed,
    replaced,
    through_of,
    through_rows,
    through_values,
)
from posts.publishing.labels import rows_by


def relabel(model: Any, ids: list[int], labels: list[int]) -> None:
    """Bring the rows of some posts to the labels of one kind that count.

    One short transaction, six queries; of citations 200 are written in each. ``labels`` are those
    that are being merged or separated: nobody points them elsewhere before this is written.
    """
    with transaction.atomic():
        list(model.objects.select_for_update(no_key=True).filter(pk__in=labels).order_by("pk"))
        locked = Post.objects.select_for_update().filter(pk__in=ids).order_by("pk")
        posts = list(locked.for_lists())
        if model is Source:
            _relabel_citations(posts)
        else:
            _relabel_rows(model, posts)


def _relabel_rows(model: Any, posts: list[Post]) -> None:
    through, name, kind = through_of(model)
    slugs = {slug for post in posts for slug in getattr(post.card, kind)}
    labels = rows_by(model, "slug", slugs)
    there = by_post(through.objects.filter(post__in=posts).order_by("position", "id"))
    pairs = []
    for post in posts:
        mine = (labels[slug] for slug in getattr(post.card, kind) if slug in labels)
        counted = list(dict.fromkeys(label.merged_into or label for label in mine))
        pairs.append((through_rows(post, through, name, counted), there[post.pk]))
    replaced(through, through_values(name), pairs)


def _relabel_citations(posts: list[Post]) -> None:
    there = list(Citation.objects.filter(post__in=posts).order_by("post", "position"))
    hosts = {citation.pk: hyperlinks.host(citation.url) for citation in there}
    sources = rows_by(Source, "host", {host for host in hosts.values() if host})
    before = {citation.pk: (citation.source_id, citation.listed_at) for citation in there}
    of_posts: dict[int, list[tuple[Any, Citation]]] = defaultdict(list)
    stories: dict[int, object] = {}  # one object for each story, to tell them apart by
    for citation in there:
        source = sources.get(hosts[citation.pk])
        citation.source = (source.merged_into or source) if source else None
        story = stories.setdefault(citation.story_id, object()) if citation.story_id else None
        of_posts[citation.post_id].append((story, citation))
    for citations in of_posts.values():
        mark_listed(citations)
    changed = [c for c in there if (c.source_id, c.listed_at) != before[c.pk]]
    if changed:
        Citation.objects.bulk_update(changed, ["source", "listed_at"], batch_size=200)
