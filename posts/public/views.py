"""Lists, archives and what stands beside them. A post and a story: :mod:`posts.public.posts`."""

from collections.abc import Callable
from functools import cache
from typing import Any

from django.http import Http404, HttpRequest, HttpResponse
from django.templatetags.static import static
from django.utils import timezone

from posts.caching import keys
from posts.caching.keys import Shown
from posts.models import Post
from posts.models.prepared import LANGUAGE, NOW, Prepared
from posts.public import archives, charts, counts, feeds, history, listings
from posts.public.responses import (
    activate_language,
    error_page,
    menu,
    render_page,
)

PAGE_SIZE = 20
TEMPLATES = {"home": "listing.html", "days": "dates.html"}  # of a label's list: label.html


def listing(
    request: HttpRequest,
    make: Callable[..., listings.Listing],
    language: str = "",
    feed: str = "",
    **key: Any,
) -> HttpResponse:
    """Any list of posts, as a page or as a feed. At most five queries.

    An empty list is no page but the front page of an empty site.
    """
    activate_language(language)
    found = make(**key, language=language)
    shown = Shown()
    if feed:
        document = history.read(request, found, shown)
        _check_there(document.entries, found)
        return feeds.feed(request, found, document, feed, shown)
    return _page(request, found, shown, language)


def _page(
    request: HttpRequest, found: listings.Listing, shown: Shown, language: str
) -> HttpResponse:
    before = request.GET.get("before", "")
    entries, more = found.page(before, PAGE_SIZE, shown)
    _check_there(entries, found)
    context = {
        "listing": found,
        "entries": entries,
        "days": listings.by_day(entries),
        "more": more,
        "first_page": not before,
    }
    context |= _beside(found, before, shown)
    head = found.head(entries, before, more)
    known = menu(language)
    head.languages = found.languages(shown, known.languages)
    return render_page(
        request,
        TEMPLATES.get(found.kind, "label.html"),
        context,
        head=head,
        shown=shown,
        language=language,
        facts=found.facts,
        known=known,
    )


def _beside(found: listings.Listing, before: str, shown: Shown) -> dict[str, Any]:
    """What stands beside the first page of a list. One query; none for the front page."""
    if found.kind == "home":
        return {}
    if found.label is None:
        return archives.of_listing(found, shown, bool(before))
    if before:
        return {"facts": None, "chart": None}
    facts = counts.of_label(found.kind, found.label.pk, found.language)
    scope = keys.scoped(found.scope, found.language)
    shown.add(*keys.span(scope, None, None, timezone.now()), keys.beside(found.scope))
    shown.add(*(keys.label("tag", tag.pk) for tag in facts.tags))
    chart = charts.short(facts.days) or charts.chart(facts.months, stories=found.kind == "source")
    return {"facts": facts, "chart": chart}


def _check_there(entries: list[listings.Entry], found: listings.Listing) -> None:
    if not entries and (found.kind != "home" or found.language):
        raise Http404


def check_language_known(language: str, shown: Shown) -> None:
    """Raise Http404 for a language without a public post. One query; none for the plain address.

    ``shown`` gets the list of that language, whose last post may go.
    """
    if not language:
        return
    if _of_language().first(language=language) is None:
        raise Http404
    shown.add(*keys.span(keys.scoped(keys.ALL, language), None, None, timezone.now()))


@cache
def _of_language() -> Prepared:
    return Prepared(
        lambda: Post.objects.published(now=NOW).in_language(LANGUAGE).values_list("id")[:1]
    )


def healthz(request: HttpRequest) -> HttpResponse:
    """200 if the front page could be made: its tables and style sheet are there. Three queries."""
    listings.home().page("", 1, Shown())
    menu()
    static("site/site.css")
    return HttpResponse("ok\n", content_type="text/plain", headers={"Cache-Control": "no-store"})


def not_found(request: HttpRequest, exception: Exception | None = None) -> HttpResponse:
    """The site's own 404."""
    return error_page(request, "404.html", 404)


def bad_request(request: HttpRequest, exception: Exception | None = None) -> HttpResponse:
    """The site's own 400."""
    return HttpResponse("Bad request\n", status=400, content_type="text/plain")
