"""A post and its stories, each at an address of its own."""

from typing import Any

from django.db.models import Q, QuerySet, Subquery
from django.http import Http404, HttpRequest, HttpResponse

from posts.content import hyperlinks
from posts.models import Citation, Post, Redirect, Story
from posts.models.cards import CardLink
from posts.models.changes import site_changed_at
from posts.public import listings
from posts.public.responses import error_page, render_page

COVERAGE = 10


def post(request: HttpRequest, **address: Any) -> HttpResponse:
    """A post. Four queries; two for an address that is none."""
    readable = Post.objects.published().filter(address=request.path)
    found = readable.annotate(changed=site_changed_at()).first()
    if found is None:
        return _gone_or_404(request, Post.objects.gone().filter(address=request.path))
    older, newer = _neighbours(found)
    (entry,) = listings.entries([found])
    context = {"post": found, "labels": entry.labels, "older": older, "newer": newer}
    return render_page(
        request, "posts/post.html", context, language=found.language, changed=found.changed
    )


def _gone_or_404(request: HttpRequest, gone: QuerySet[Any]) -> HttpResponse:
    """410 for what readers once had and an editor withdrew; a redirect of others goes before it.

    One query, two for what is gone.
    """
    if not gone.exists() or _leads_on(request.path):
        raise Http404
    return error_page(request, "410.html", 410)


def _leads_on(path: str) -> bool:
    rows = Redirect.objects.filter(old_path=path)
    return rows.exclude(post__address=path).exists()


def _neighbours(found: Post) -> tuple[Post | None, Post | None]:
    """The posts just before and after in time and in the same language. One query."""
    at = found.published_at
    older = Post.objects.published(at).filter(
        Q(published_at=at, path__lt=found.path) | Q(published_at__lt=at)
    )
    newer = Post.objects.published().filter(
        Q(published_at=at, path__gt=found.path) | Q(published_at__gt=at), published_at__gte=at
    )
    wanted = [
        older.in_language(found.language).order_by("-published_at", "-path").values("id")[:1],
        newer.in_language(found.language).order_by("published_at", "path").values("id")[:1],
    ]
    near = list(Post.objects.for_lists().filter(id__in=[Subquery(one) for one in wanted]))
    return (
        next((other for other in near if _time(other) < _time(found)), None),
        next((other for other in near if _time(other) > _time(found)), None),
    )


def story(request: HttpRequest, story: str, **address: Any) -> HttpResponse:
    """One story with what was reported of it earlier and later. Four queries."""
    at = {"slug": story, "post__address": request.path[: -len(story) - 1]}
    found = (
        Story.objects.published()
        .filter(**at)
        .annotate(changed=site_changed_at())
        .select_related("post")
        .defer("post__document", "post__html")
        .first()
    )
    if found is None:
        return _gone_or_404(request, Story.objects.gone().filter(**at))
    (entry,) = listings.entries([found.post])
    stories = found.post.card.stories
    citations = stories[found.position].citations
    earlier, later = _coverage(found, citations)
    context = {
        "story": found,
        "post": found.post,
        "labels": entry.labels,
        "citations": citations,
        "earlier": earlier,
        "later": later,
        "previous": stories[found.position - 1] if found.position else None,
        "next": stories[found.position + 1] if found.position + 1 < len(stories) else None,
    }
    return render_page(
        request, "posts/story.html", context, language=found.post.language, changed=found.changed
    )


def _coverage(
    found: Story, citations: tuple[CardLink, ...]
) -> tuple[list[Citation], list[Citation]]:
    """Stories of other posts that cite one of the same pages: (earlier, later). One query.

    A publication's front page is no news that two stories could share.
    """
    keys = {hyperlinks.page_key(link.url)[:500] for link in citations if link.url}
    pages = [key for key in keys if "/" in key or "?" in key]
    others = Citation.objects.covered().filter(page__in=pages).exclude(post=found.post_id)
    others = (
        others.select_related("story", "post")
        .defer("post__document", "post__html", "story__html", "story__text")
        .order_by("-coverage_at", "-path", "position")
    )
    earlier: list[Citation] = []
    later: list[Citation] = []
    for citation in {citation.story_id: citation for citation in others[: COVERAGE * 2]}.values():
        (earlier if _time(citation.post) <= _time(found.post) else later).append(citation)
    return earlier[:COVERAGE], later[-COVERAGE:]


def _time(post: Post) -> tuple[Any, str]:
    """What orders posts, whatever list they stand in."""
    return post.published_at, post.path
