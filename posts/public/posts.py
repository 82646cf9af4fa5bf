"""A post and its stories, each at an address of its own."""

from typing import Any

from django.db.models import Q, QuerySet, Subquery
from django.db.models.expressions import RawSQL
from django.http import Http404, HttpRequest, HttpResponse
from django.utils import timezone

from posts.caching import keys
from posts.caching.keys import Shown
from posts.content import hyperlinks
from posts.models import Citation, Post, Redirect, Story
from posts.models.cards import CardLink
from posts.models.changes import site_changed_at
from posts.public import listings
from posts.public.responses import error_page, render_page

COVERAGE, PAGES = 10, 10  # stories before and after; pages of a story that are looked for


def post(request: HttpRequest, **address: Any) -> HttpResponse:
    """A post. Four queries; two for an address that is none."""
    readable = Post.objects.published().filter(address=request.path)
    found = readable.annotate(changed=site_changed_at()).first()
    if found is None:
        return _gone_or_404(request, Post.objects.gone().filter(address=request.path))
    shown = Shown()
    shown.posts([found], whole=True)
    older, newer = _neighbours(found, shown)
    (entry,) = listings.entries([found], shown)
    context = {"post": found, "labels": entry.labels, "older": older, "newer": newer}
    return render_page(
        request,
        "posts/post.html",
        context,
        shown=shown,
        language=found.language,
        changed=found.changed,
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


def _neighbours(found: Post, shown: Shown) -> tuple[Post | None, Post | None]:
    """The posts just before and after in time and in the same language. One query.

    ``shown`` gets their keys, and that of the time between them.
    """
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
    columns = Post.objects.only("address", "title", "published_at", "expires_at", "path")
    near = list(columns.filter(id__in=[Subquery(one) for one in wanted]))
    before = next((other for other in near if _time(other) < _time(found)), None)
    after = next((other for other in near if _time(other) > _time(found)), None)
    shown.posts(near)
    low, high = (other.published_at if other else None for other in (before, after))
    shown.add(*keys.span(keys.scoped(keys.ALL, found.language), low, high, timezone.now()))
    return before, after


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
    shown = Shown()
    shown.posts([found.post], whole=True)
    (entry,) = listings.entries([found.post], shown)
    stories = found.post.card.stories
    citations = stories[found.position].citations
    earlier, later = _coverage(found, citations, shown)
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
        request,
        "posts/story.html",
        context,
        shown=shown,
        language=found.post.language,
        changed=found.changed,
    )


def _coverage(
    found: Story, citations: tuple[CardLink, ...], shown: Shown
) -> tuple[list[Citation], list[Citation]]:
    """Stories of other posts that cite one of the same pages: the nearest (earlier, later), newest
    first. One query, some steps of an index for each page.

    A publication's front page is no news that two stories could share. ``shown`` gets the keys of
    the pages and of the posts.
    """
    cited = dict.fromkeys(hyperlinks.page_key(link.url)[:500] for link in citations if link.url)
    pages = [key for key in cited if "/" in key or "?" in key][:PAGES]
    if not pages:
        return [], []
    shown.add(*map(keys.cited, pages))
    others = Citation.objects.filter(pk__in=_nearest(found.post, pages)).order_by("position")
    others = others.select_related("story", "post").defer(
        "post__document", "post__html", "story__html", "story__text"
    )
    once = {citation.story_id: citation for citation in others}.values()
    ordered = sorted(once, key=lambda citation: _time(citation.post), reverse=True)
    later = [citation for citation in ordered if _time(citation.post) > _time(found.post)]
    earlier, later = ordered[len(later) :][:COVERAGE], later[-COVERAGE:]
    shown.posts(citation.post for citation in (*earlier, *later))
    return earlier, later


def _nearest(post: Post, pages: list[str]) -> RawSQL:
    """The ids of citations of some pages just before and after a post, a few of each."""
    parts: list[str] = []
    values: list[Any] = []
    earlier = Citation.objects.covered(post.published_at).order_by("-coverage_at")
    later = Citation.objects.covered_after(post.published_at).order_by("coverage_at")
    for page in pages:
        for rows in (earlier, later):
            mine = rows.filter(page=page).exclude(post=post).values("pk")[: COVERAGE * 2]
            sql, params = mine.query.sql_with_params()
            parts.append(f"SELECT * FROM ({sql}) AS part{len(parts)}")  # noqa: S608 - compiled
            values += params
    return RawSQL(" UNION ALL ".join(parts), values)  # noqa: S611 - of compiled parts


def _time(post: Post) -> tuple[Any, str]:
    """What orders posts, whatever list they stand in."""
    return post.published_at, post.path
