"""Lists, archives and what stands beside them. A post and a story: :mod:`posts.public.posts`."""

from collections.abc import Callable
from functools import cache
from typing import Any
from urllib.parse import quote

from django.db.models import CharField, QuerySet
from django.http import Http404, HttpRequest, HttpResponse
from django.templatetags.static import static
from django.utils import timezone
from django.utils.translation import gettext as _

from posts.caching import keys
from posts.caching.keys import Shown
from posts.models import Post
from posts.models.prepared import LANGUAGE, NOW, Prepared, Slot
from posts.public import feeds, history, listings, months
from posts.public.heads import EVERY, Head, Link
from posts.public.responses import (
    activate_language,
    error_page,
    language_prefix,
    menu,
    render_page,
)
from posts.public.rows import LabelRow

PAGE_SIZE = 20
INDEX_SIZE = 300


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
    before = request.GET.get("before", "")
    entries, more = found.page(before, PAGE_SIZE, shown)
    _check_there(entries, found)
    context = {
        "listing": found,
        "entries": entries,
        "more": more,
        "first_page": not before,
    }
    head = found.head(entries, before, more)
    head.languages = found.languages(shown)
    return render_page(
        request,
        "listing.html",
        context,
        head=head,
        shown=shown,
        language=language,
        facts=found.facts,
    )


def _check_there(entries: list[listings.Entry], found: listings.Listing) -> None:
    if not entries and (found.kind != "home" or found.language):
        raise Http404


def archive(request: HttpRequest, language: str = "") -> HttpResponse:
    """All months that have posts. Three queries."""
    activate_language(language)
    years: dict[int, list[Any]] = {}
    for month in months.months(language):
        years.setdefault(month.year, []).append(month)
    if language and not years:
        raise Http404
    shown = Shown({keys.MONTHS})
    title = _("Archive")
    context = {"title": title, "years": years}
    head = _head(title, "archive/", language)
    return render_page(request, "archive.html", context, head=head, shown=shown, language=language)


def index(request: HttpRequest, kind: str, language: str = "") -> HttpResponse:
    """All tags, categories, authors or sources that lead to a public post, by name.

    Three queries, four in a language.
    """
    shown = Shown({keys.INDEXES[kind]})
    check_language_known(language, shown)
    activate_language(language)
    before = request.GET.get("before", "")
    prepared = _index(kind, bool(language), bool(before))
    found = [LabelRow(*row) for row in prepared.rows(language=language, before=before)]
    more = found[INDEX_SIZE - 1].slug if len(found) > INDEX_SIZE else ""
    title = listings.index_title(kind)
    context = {"title": title, "kind": kind, "labels": found[:INDEX_SIZE], "more": more}
    relation = listings.KINDS[kind][2]
    shown.add(*(keys.label(relation, label.pk) for label in found))
    head = _head(title, f"{kind}/", language)
    folder = head.address
    head.items = [Link(str(label), f"{folder}{label.slug}/") for label in found[:INDEX_SIZE]]
    if before:
        head.query, head.noindex = f"?before={quote(before)}", True
    head.next = f"?before={quote(more)}" if more else ""
    return render_page(request, "index.html", context, head=head, shown=shown, language=language)


def _head(title: str, path: str, language: str) -> Head:
    """The head of a page that stands right below the front page."""
    address = f"{language_prefix(language)}{path}"
    return Head(title, address, title, crumbs=[Link(title, address)], languages=EVERY)


@cache
def _index(kind: str, language: bool, before: bool) -> Prepared:
    """The labels of a kind, those behind a cursor if there is one, and the first of the rest."""
    column = "host" if kind == "sources" else "slug"

    def make() -> QuerySet[Any]:
        rows = listings.KINDS[kind][0].objects.listed(LANGUAGE if language else "", now=NOW)
        if before:
            rows = rows.filter(**{f"{column}__gt": Slot("before", CharField())})
        found: QuerySet[Any] = rows.order_by(column).values_list("id", column, "name")
        return found[: INDEX_SIZE + 1]

    return Prepared(make)


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
