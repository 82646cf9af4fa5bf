"""The page of a search and its feeds.

A page costs at most six queries: the labels that are meant, the posts that match (by relevance
also those that are counted), their rows, the facets with the names of labels, the menu. A search
without results asks instead what else may have been meant.
"""

from dataclasses import dataclass, field
from typing import Any
from urllib.parse import urlencode

from django.http import Http404, HttpRequest, HttpResponse
from django.utils.translation import get_language, ngettext
from django.utils.translation import gettext as _

from posts.caching import keys
from posts.caching.keys import Shown
from posts.models.labels import CardLabels, LabelNames
from posts.public import cursors, feeds, listings, localized, shapes, views
from posts.public.heads import EVERY, Head
from posts.public.history import Document, chosen
from posts.public.listings import Entry, Listing
from posts.public.responses import Facts, activate_language, render_page
from posts.public.rows import Line
from posts.public.searches import facets, hints, results
from posts.public.searches.asked import MOST_SKIPPED, Asked
from posts.public.searches.facets import Facet
from posts.public.searches.results import PAGE_SIZE, Found, Matching, Result
from posts.search import finding, suggesting
from posts.search.filters import Meaning, understand

CURSOR = shapes.NEWEST.kinds


@dataclass
class Page:
    """What one page of a search found.

    ``ids`` are those that are counted, ``cursor`` is where the next page by time begins, ``more``
    its address.
    """

    found: list[Found] = field(default_factory=list)
    ids: list[int] = field(default_factory=list)
    more: str = ""
    cursor: str = ""
    facts: Facts | None = None


def search(request: HttpRequest, language: str = "") -> HttpResponse:
    """Posts or stories that match a query. At most six queries."""
    activate_language(language)
    asked = Asked.of(request, language)
    meaning = understand(asked.query, language)
    shown = Shown({keys.SEARCH})
    page = _page(request, asked, meaning)
    if not page.found and language:
        views.check_language_known(language, shown)
    shown.posts(one.post for one in page.found)
    posts = [one.post for one in page.found]
    counted, names = facets.count(page.ids, posts, asked)
    shown.add(*(keys.label(listings.KINDS[folder][2], pk) for folder, pk in names.ids))
    context = _context(asked, meaning, page, counted, names)
    context["first_page"] = "before" not in request.GET and "from" not in request.GET
    return render_page(
        request,
        "search.html",
        context,
        head=_head(asked),
        shown=shown,
        language=language,
        facts=page.facts,
    )


def _head(asked: Asked) -> Head:
    """No list of results is for other sites' indexes; the empty page is."""
    title = f"{asked.text} · {_('Search')}" if asked.text else _("Search")
    about = _("Search posts, stories and their sources, with filters.")
    head = Head(title, asked.folder, about, languages=EVERY)
    if asked.query:
        head.query, head.noindex = asked.own_query, True
        head.feeds, head.feeds_title = asked.folder, asked.text
        head.feeds_query = asked.feed("")[len(asked.folder) :]
    return head


def _context(
    asked: Asked, meaning: Meaning, page: Page, counted: list[Facet], names: LabelNames
) -> dict[str, Any]:
    lines = _lines(asked, meaning, page.found, names)
    nothing = meaning.asks and not page.found
    return {
        "asked": asked,
        "hints": hints.sentences(meaning.hints),
        "active": _active(asked, meaning),
        "facets": counted,
        "total": len(page.ids),
        "bounded": len(page.ids) >= facets.MOST,
        "counted": _counted(len(page.ids)),
        "results": lines,
        "more": page.more,
        "asks": meaning.asks,
        "suggestions": [(str(query), asked.instead(query)) for query in suggesting.instead(meaning)]
        if nothing
        else [],
        "examples": [] if meaning.asks else hints.examples(),
        "newest": [] if meaning.asks else _newest(asked),
    }


def _counted(total: int) -> str:
    if total >= facets.MOST:
        text, total = _("more than %(count)s posts"), facets.MOST
    else:
        text = ngettext("%(count)s post", "%(count)s posts", total)
    return text % {"count": localized.number(total, get_language() or "")}


def _newest(asked: Asked) -> list[Result]:
    """What stands below an empty search: the newest posts. Two queries."""
    wanted = finding.Wanted(language=asked.language)
    found, _facts = results.read(list(finding.candidates(wanted, 5)))
    return [Result(one.post, [(one.post.title, False)], []) for one in found]


def _lines(asked: Asked, meaning: Meaning, found: list[Found], names: LabelNames) -> list[Result]:
    matching = Matching(meaning.wanted)
    lines = []
    for one in found:
        labels = names.of(one.post.card) if names else CardLabels([], [], [])
        mine = matching.story_results(one) if asked.stories else [matching.post_result(one)]
        for line in mine:
            line.labels = labels
        lines += mine
    return lines


def _active(asked: Asked, meaning: Meaning) -> list[tuple[str, str, bool, str]]:
    """(what a filter is, its value, whether it excludes, the search without it)."""
    titles = {
        "tag": _("Tag"),
        "category": _("Section"),
        "source": _("Source"),
        "author": _("Author"),
        "before": _("Before"),
        "after": _("Since"),
        "date": _("Date"),
        "lang": _("Language"),
    }
    return [
        (
            titles[one.kind],
            ", ".join(map(str, meaning.known.get(one, ()))) or one.value,
            one.excluded,
            asked.widened(one),
        )
        for one in asked.query.filters
    ]


def _page(request: HttpRequest, asked: Asked, meaning: Meaning) -> Page:
    if not meaning.asks or meaning.impossible:
        return Page()
    if asked.ranked:
        return _best(request.GET.get("from", ""), asked, meaning)
    before = request.GET.get("before", "")
    return _later(before, asked, meaning) if before else _first(asked, meaning)


def _first(asked: Asked, meaning: Meaning) -> Page:
    """The newest: what is counted begins with what is shown. Two queries."""
    ids = list(finding.candidates(meaning.wanted, facets.MOST))
    found, facts = results.read(ids[:PAGE_SIZE])
    return _by_time(asked, found, ids, len(ids) > PAGE_SIZE, facts)


def _later(before: str, asked: Asked, meaning: Meaning) -> Page:
    """What is older than a cursor says, if there is one; nothing is counted. Three queries."""
    bounds = None
    if before:
        try:
            time, pk = cursors.decode(before, CURSOR)
        except cursors.BadCursor:
            raise Http404 from None
        bounds = time, results.path_of(pk)
    hits = finding.newest(meaning.wanted, bounds, PAGE_SIZE + 1)
    found, facts = results.read([hit.pk for hit in hits[:PAGE_SIZE]])
    return _by_time(asked, found, [], len(hits) > PAGE_SIZE, facts)


def _by_time(
    asked: Asked, found: list[Found], ids: list[int], more: bool, facts: Facts | None
) -> Page:
    if not more or not found:
        return Page(found, ids, facts=facts)
    last = found[-1].post
    cursor = cursors.encode((last.published_at, last.pk))
    return Page(found, ids, asked.further(before=cursor), cursor, facts)


def _best(skipped: str, asked: Asked, meaning: Meaning) -> Page:
    """The best of some candidates, and no further than :data:`MOST_SKIPPED`. Three queries."""
    after = int(skipped) if skipped.isascii() and skipped.isdigit() and len(skipped) < 5 else 0
    after = min(after, MOST_SKIPPED)
    hits = finding.ranked(meaning.wanted, PAGE_SIZE + 1, after)
    found, facts = results.read([hit.pk for hit in hits[:PAGE_SIZE]])
    ids = list(finding.candidates(meaning.wanted, facets.MOST)) if hits else []
    further = after + PAGE_SIZE
    more = len(hits) > PAGE_SIZE and further <= MOST_SKIPPED
    return Page(found, ids, asked.further(**{"from": str(further)}) if more else "", "", facts)


def feed(request: HttpRequest, feed: str, language: str = "") -> HttpResponse:
    """The newest posts that match, or with ``?items=stories`` their stories that do. At most six
    queries. A query that means nothing has an empty feed.
    """
    activate_language(language)
    asked = Asked.of(request, language)
    meaning = understand(asked.query, language)
    shown = Shown({keys.SEARCH})
    stories = "items" in chosen(request.GET)
    before = request.GET.get("before", "")
    page = Page()
    if meaning.asks and not meaning.impossible:
        page = _later(before, asked, meaning)
    elif language:
        views.check_language_known(language, shown)
    entries = listings.entries(_feed_lines(meaning, page, stories), shown, listings.NAMED, language)
    listing = Listing(
        _("Search: %(query)s") % {"query": asked.query} if asked.query else _("Search"),
        asked.folder,
        shapes.NEWEST,
        {},
        language,
        kind="search",
        stories=stories,
        query=urlencode({"q": asked.query}),
        facts=page.facts,
    )
    return feeds.feed(request, listing, _document(request, asked, page, entries), feed, shown)


def _feed_lines(meaning: Meaning, page: Page, stories: bool) -> list[Line]:
    if not stories:
        return [Line(one.post) for one in page.found]
    matching = Matching(meaning.wanted)
    return [
        Line(one.post, story=line.story)
        for one in page.found
        for line in matching.story_results(one)
    ]


def _document(request: HttpRequest, asked: Asked, page: Page, entries: list[Entry]) -> Document:
    """The part of the feed that is asked for; it goes on as the page does (RFC 5005)."""
    given = {"q": str(asked.query)}
    given |= chosen(request.GET)
    links = []
    if before := request.GET.get("before", ""):
        links.append(("first", urlencode(given)))
    if page.cursor:
        links.append(("next", urlencode(given | {"before": page.cursor})))
    own = urlencode(given | ({"before": before} if before else {}))
    return Document(entries, own, urlencode(given), tuple(links))
