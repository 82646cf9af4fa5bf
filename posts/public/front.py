"""The front page: a lead with its stories, the other posts of its day by section, then the days
before it; beside them what is cited most and what was reported before.

It holds what the first page of the list of newest posts holds, and the post that editors pinned;
all that it counts, it counts in these.
"""

from collections import Counter, defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from datetime import date, timedelta
from functools import cache
from typing import Any, NamedTuple

from django.conf import settings
from django.db.models import BigIntegerField, QuerySet
from django.http import Http404, HttpRequest, HttpResponse

from posts.caching import journal, keys
from posts.caching.keys import Shown
from posts.caching.menus import Section
from posts.models import Post
from posts.models.cards import CardStory
from posts.models.labels import LabelName
from posts.models.posts import Written
from posts.models.prepared import LANGUAGE, NOW, Prepared, Slot
from posts.public import again, listings, shapes, views
from posts.public.languages import own_name
from posts.public.listings import Entry, Listing
from posts.public.responses import (
    Facts,
    activate_language,
    menu,
    render_page,
    site_columns,
    site_facts,
)
from posts.public.rows import COLUMNS, WIDTH, Line, PostRow
from posts.public.translations import Other

WITH_STORIES = 8  # posts of the newest day that stand with their stories; others by headlines alone
IN_SECTION = 5  # of one section of that day
DAYS_WITH_STORIES = 3  # days before it whose posts stand with their stories
CITED, UPDATED = 6, 3  # lines beside the lead
AFTERWARDS = timedelta(minutes=10)  # what changes sooner was not read yet by many


class Cited(NamedTuple):
    """A source and how many stories of the page cite it."""

    host: str
    stories: int


@dataclass
class Day:
    """The posts of a day by section; ``brief`` are those that stand by their headlines alone.

    ``goes_on`` if the page ends within the day.
    """

    day: date
    entries: list[Entry]
    brief: list[Entry] = field(default_factory=list)
    posts: int = 0
    stories: int = 0
    goes_on: bool = False


@dataclass
class Rail:
    """What stands beside the lead."""

    cited: list[Cited]
    again: list[again.Again]
    updated: list[Entry]

    def __bool__(self) -> bool:
        return bool(self.cited or self.again or self.updated)


@dataclass(frozen=True)
class Face(Written):
    """What a digest of the front page shows of a post: equal for posts that look alike there."""

    address: str
    title: str
    excerpt: str
    language: str
    rtl: bool
    stories: tuple[CardStory, ...]
    category: LabelName | None
    others: tuple[Other, ...]


def face(entry: Entry, others: tuple[Other, ...] = ()) -> Face:
    """What is shown of a post, and where it is in other languages; its digest is rendered once for
    each.
    """
    post, sections = entry.post, entry.labels.categories
    excerpt = "" if post.card.stories else post.excerpt
    section = sections[0] if sections else None
    return Face(
        post.address,
        post.title,
        excerpt,
        post.language,
        post.rtl,
        post.card.stories,
        section,
        others,
    )


def front(request: HttpRequest, make: Any, language: str = "") -> HttpResponse:
    """The front page; behind a cursor the list goes on without one. At most five queries."""
    if request.GET.get("before"):
        return views.listing(request, make=make, language=language)
    activate_language(language)
    found: Listing = make(language=language)
    shown = Shown()
    lines, facts, joined = _newest(language)
    rows, more = found.cut(lines, (), views.PAGE_SIZE, shown)
    pinned = _pinned(facts.site.lead, rows, language, shown)
    entries = listings.entries([*rows, *pinned], shown, listings.BYLINE, language)
    shown.posts(entry.post for entry in entries)
    if not entries and language:
        raise Http404
    known = menu(language)
    context: dict[str, Any] = {"listing": found, "more": more, "lead": None, "edition": None}
    frame = language or settings.SITE_LANGUAGE
    newest, further = entries[: views.PAGE_SIZE], entries[views.PAGE_SIZE :]
    kept, others = _once(newest, joined, facts.site.lead, frame)
    if entries:
        context["face"] = lambda entry: face(entry, others.get(entry.post.pk, ()))
        cut = lines[-1].post.day if more else None
        lead, days = _arranged(kept, further, cut, facts.site.lead, known.sections, frame)
        posts = [lead.post, *(entry.post for entry in days[0].entries)]
        rail = Rail(_cited([*kept, *further]), again.reported(posts, shown), _updated(entries))
        context |= {"lead": lead, "newest": days[0], "days": days[1:], "rail": rail}
        context["edition"] = days[0].day
    return render_page(
        request,
        "front.html",
        context,
        head=found.head(kept, "", more),
        shown=shown,
        language=language,
        facts=facts,
        known=known,
    )


def _newest(language: str) -> tuple[list[Line], Facts, dict[int, str]]:
    """The newest posts, one more than the page shows, the facts of the site, and by a post's number
    the key that its translations have too. One query.
    """
    prepared = _rows(bool(language), journal.shared.looks(), views.PAGE_SIZE + 1)
    rows = list(prepared.rows(language=language))
    facts = site_facts(rows[0][WIDTH + 1 :] if rows else ())
    lines = [Line(PostRow(*row[:WIDTH])) for row in rows]
    return lines, facts, {row[0]: row[WIDTH] for row in rows if row[WIDTH]}


@cache
def _rows(language: bool, change_known: bool, size: int) -> Prepared:
    def make() -> QuerySet[Any]:
        given = {"now": NOW, "language": LANGUAGE if language else ""}
        rows = shapes.NEWEST.rows(given).values_list(
            *COLUMNS, "translation", *site_columns(change_known)
        )
        return rows[:size]

    return Prepared(make)


def _pinned(lead: int, rows: Sequence[Line], language: str, shown: Shown) -> list[Line]:
    """The post that editors pinned, if readers may see it and it is not shown anyway. One query;
    none without one.
    """
    if not lead or any(row.post.pk == lead for row in rows):
        return []
    shown.add(keys.card(lead))  # it may come by the clock
    found = _public(bool(language)).first(lead=lead, language=language)
    return [Line(PostRow(*found))] if found else []


@cache
def _public(language: bool) -> Prepared:
    def make() -> QuerySet[Any]:
        rows = Post.objects.published(now=NOW).in_language(LANGUAGE if language else "")
        return rows.filter(pk=Slot("lead", BigIntegerField())).values_list(*COLUMNS)

    return Prepared(make)


def _once(
    entries: list[Entry], joined: dict[int, str], pinned: int, frame: str
) -> tuple[list[Entry], dict[int, tuple[Other, ...]]]:
    """The entries without translations of a day's posts that are there in the language of the page,
    and by the number of such a post where it is in those languages.
    """
    main = {
        (entry.post.day, joined[entry.post.pk]): entry.post.pk
        for entry in reversed(entries)
        if entry.post.pk in joined and entry.post.language == frame
    }
    kept, others = [], defaultdict[int, tuple[Other, ...]](tuple)
    for entry in entries:
        post = entry.post
        own = main.get((post.day, joined.get(post.pk, "")))
        if own is None or post.language == frame or post.pk == pinned:
            kept.append(entry)
        else:
            others[own] += (Other(post.language, own_name(post.language), post.address),)
    return kept, others


def _arranged(
    entries: list[Entry],
    further: list[Entry],
    cut: date | None,
    pinned: int,
    sections: Sequence[Section],
    frame: str,
) -> tuple[Entry, list[Day]]:
    """The lead and the days, newest first; the first of them is that of the edition. The lead may
    be one of the ``further`` entries. ``cut`` is the day of the first post that has no room.
    """
    known = {section.slug: index for index, section in enumerate(sections)}

    def position(entry: Entry) -> int:
        slugs = (category.slug for category in entry.labels.categories)
        return min((known.get(slug, len(known)) for slug in slugs), default=len(known))

    by_day: dict[date, list[Entry]] = {}
    for entry in entries:
        by_day.setdefault(entry.post.day, []).append(entry)
    ordered = {day: sorted(by_day[day], key=position) for day in sorted(by_day, reverse=True)}
    lead = next((entry for entry in (*entries, *further) if entry.post.pk == pinned), None)
    lead = lead or min(next(iter(ordered.values())), key=lambda entry: _unfit(entry, frame))
    days = [
        _day(day, found, lead, index, day == cut)
        for index, (day, found) in enumerate(ordered.items())
    ]
    return lead, days


def _unfit(entry: Entry, frame: str) -> tuple[bool, bool]:
    """What leads has stories, and is in the language of the page if there is such a post."""
    return not entry.post.card.stories, entry.post.language != frame


def _day(day: date, found: list[Entry], lead: Entry, index: int, goes_on: bool) -> Day:
    """A day without the lead: some posts with their stories, the others by their headlines."""
    others = [entry for entry in found if entry.post.pk != lead.post.pk]
    most = WITH_STORIES if index <= DAYS_WITH_STORIES else 0
    full: list[Entry] = []
    brief: list[Entry] = []
    of_section: Counter[Any] = Counter()
    for entry in others:
        section = entry.labels.categories[:1] and entry.labels.categories[0].slug
        of_section[section or ""] += 1
        is_full = len(full) < most and of_section[section or ""] <= IN_SECTION
        (full if is_full else brief).append(entry)
    stories = sum(len(entry.post.card.stories) for entry in found)
    return Day(day, full, brief, len(found), stories, goes_on)


def _cited(entries: Iterable[Entry]) -> list[Cited]:
    """The sources that most stories cite, of those that more than one does; none of one alone."""
    counted: Counter[str] = Counter()
    for entry in entries:
        for story in entry.post.card.stories:
            hosts = dict.fromkeys(link.host for link in story.citations if link.host)
            counted.update(list(hosts))  # in order, so that every process makes the same page
    found = [Cited(*one) for one in counted.most_common(CITED) if one[1] > 1]
    return found if len(found) > 1 else []


def _updated(entries: Iterable[Entry]) -> list[Entry]:
    """Posts that were changed since readers had them, the last one first."""
    found = [
        entry for entry in entries if entry.post.modified_at > entry.post.published_at + AFTERWARDS
    ]
    return sorted(found, key=lambda entry: entry.post.modified_at, reverse=True)[:UPDATED]
