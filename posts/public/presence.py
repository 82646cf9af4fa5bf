"""Whether something is at an address, without making the page.

Asked by redirects of what they lead to. What is public is said by the same querysets as for the
pages, which ask here in turn what is answered where nothing is.
"""

from collections.abc import Callable
from typing import Any

from django.db.models import CharField, QuerySet
from django.http import Http404, HttpRequest, HttpResponse

from posts.caching import keys
from posts.caching.keys import Shown
from posts.models import Post, Redirect, Story
from posts.models.prepared import NOW, Prepared, Slot
from posts.public import listings
from posts.public.responses import error_page

ADDRESS, SLUG = Slot("address", CharField()), Slot("slug", CharField())
POST: dict[str, Any] = {"address": ADDRESS}
STORY: dict[str, Any] = {"slug": SLUG, "post__address": ADDRESS}


def _posts(rows: Callable[[], QuerySet[Any]]) -> Prepared:
    return Prepared(lambda: rows().filter(**POST).values_list("id", "expires_at")[:1])


def _stories(rows: Callable[[], QuerySet[Any]]) -> Prepared:
    columns = ("post_id", "post__expires_at")
    return Prepared(lambda: rows().filter(**STORY).values_list(*columns)[:1])


READABLE_POST = _posts(lambda: Post.objects.published(now=NOW))
GONE_POST = _posts(Post.objects.gone)
READABLE_STORY = _stories(lambda: Story.objects.published(now=NOW))
GONE_STORY = _stories(Story.objects.gone)


def post(request: HttpRequest, **address: Any) -> HttpResponse:
    """A post. One query; two for an address that is none."""
    return _there(request, READABLE_POST, GONE_POST, address=request.path)


def story(request: HttpRequest, story: str, **address: Any) -> HttpResponse:
    """A story. One query; two for an address that is none."""
    parent = request.path[: -len(story) - 1]
    return _there(request, READABLE_STORY, GONE_STORY, slug=story, address=parent)


def listing(
    request: HttpRequest,
    make: Callable[..., listings.Listing],
    language: str = "",
    feed: str = "",
    **key: Any,
) -> HttpResponse:
    """A list or one of its feeds. One query, two for that of a label."""
    found = make(**key, language=language)
    shown = Shown()
    empty = found.is_empty("" if feed else request.GET.get("before", ""), shown)
    if empty and (found.kind != "home" or language):
        raise Http404
    if found.label is not None:
        shown.add(keys.label(found.kind, found.label.pk))
    return answered(shown)


def answered(shown: Shown) -> HttpResponse:
    """An answer without a body, for what is there."""
    response: Any = HttpResponse()
    response.shown = shown
    found: HttpResponse = response
    return found


def _there(request: HttpRequest, readable: Prepared, gone: Prepared, **at: str) -> HttpResponse:
    row = readable.first(**at)
    if row is None:
        return gone_or_404(request, gone, **at)
    pk, expires_at = row
    shown = Shown({keys.post(pk)})
    shown.expires(expires_at)
    return answered(shown)


def gone_or_404(request: HttpRequest, gone: Prepared, **at: str) -> HttpResponse:
    """410 for what readers once had and an editor withdrew; a redirect of others goes before it.

    One query, two for what is gone.
    """
    if gone.first(**at) is None or _leads_on(request.path):
        raise Http404
    return error_page(request, "410.html", 410)


def _leads_on(path: str) -> bool:
    rows = Redirect.objects.filter(old_path=path)
    return rows.exclude(post__address=path).exists()
