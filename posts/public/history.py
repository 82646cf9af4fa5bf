"""How a feed goes on behind its newest entries: pages and archives, as RFC 5005 has them.

Each document of a feed leads to the *next* one by a cursor. Whoever keeps all entries follows
archives instead, which do not change any more: one document for each day of the month that runs,
one for each month before, in parts where one holds too much. So a program that was away for a
while reads what it missed and nothing twice.
"""

from calendar import monthrange
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import Any
from urllib.parse import urlencode

from django.http import Http404, HttpRequest, QueryDict
from django.utils import timezone

from posts.caching.addresses import ARCHIVE, CHOICES, CURSOR
from posts.caching.keys import Shown
from posts.public import cursors
from posts.public.listings import NAMED, Entry, Listing

SIZE, ARCHIVE_SIZE = 20, 60  # entries of a document


@dataclass(frozen=True)
class Period:
    """Whole days of the site's zone that are over: one day, or a month."""

    first: date
    last: date

    @classmethod
    def of(cls, time: datetime, today: date) -> "Period":
        """The one that holds a time: its day in the month that runs, else its month."""
        day = timezone.localtime(time).date()
        if (day.year, day.month) == (today.year, today.month):
            return cls(day, day)
        return cls(day.replace(day=1), day.replace(day=monthrange(day.year, day.month)[1]))

    @classmethod
    def named(cls, name: str, today: date) -> "Period":
        """The one of a name. Raises Http404 for no such thing, and for one that is not over."""
        try:
            if len(name) == 7:
                first = date.fromisoformat(f"{name}-01")
                found = cls(first, first.replace(day=monthrange(first.year, first.month)[1]))
            else:
                first = date.fromisoformat(name)
                found = cls(first, first)
        except ValueError:
            raise Http404 from None
        if found.name != name or found.last >= today or first.year < 2:
            raise Http404
        return found

    @property
    def name(self) -> str:
        """``2026-01`` or ``2026-01-31``."""
        return self.first.isoformat() if self.first == self.last else self.first.isoformat()[:7]

    @property
    def start(self) -> datetime:
        """When it begins."""
        return _midnight(self.first)

    @property
    def end(self) -> datetime:
        """When it is over."""
        return _midnight(self.last + timedelta(days=1))


@dataclass(frozen=True)
class Document:
    """The entries of one document of a feed, and what it leads to: (relation, query) each.

    ``query`` is its own, ``identity`` that of the newest one: they have one identifier.
    """

    entries: list[Entry]
    query: str
    identity: str
    links: tuple[tuple[str, str], ...]
    is_archive: bool = False


def chosen(given: QueryDict) -> dict[str, str]:
    """How a request wants a feed to be cut: ``items=stories``, ``content=summary``."""
    return {name: value for name, value in CHOICES.items() if given.get(name) == value}


def read(request: HttpRequest, listing: Listing, shown: Shown) -> Document:
    """The document that a request names; ``shown`` gets what it shows.

    Two queries. Raises Http404 for a cursor or a period that is none.
    """
    given = chosen(request.GET)
    before = request.GET.get(CURSOR, "")
    if request.GET.get(ARCHIVE):
        return _archived(request.GET[ARCHIVE], before, listing, given, shown)
    entries, more = listing.page(before, SIZE, shown, NAMED)
    links = [("first", _query(given))] if before else []
    if more:
        links.append(("next", _query(given, before=more)))
    if not before and listing.archived:
        links += _newest_archive(entries, given, shown)
    return Document(entries, _query(given, before=before), _query(given), tuple(links))


def _archived(
    name: str, before: str, listing: Listing, given: dict[str, str], shown: Shown
) -> Document:
    today = timezone.localdate()
    period = Period.named(name, today)
    if not listing.archived:
        raise Http404
    cursor = before or _cursor(listing, period.end)
    found, more = listing.page(cursor, ARCHIVE_SIZE, shown, NAMED)
    entries = [entry for entry in found if entry.post.published_at >= period.start]
    if not entries or entries[0].post.published_at >= period.end:
        raise Http404
    links = [("current", _query(given))]
    if len(entries) < len(found):
        older = Period.of(found[len(entries)].post.published_at, today)
        links.append(("prev-archive", _query(given, archive=older.name)))
        _until_month_ends(older, today, shown)
    elif more:
        links.append(("prev-archive", _query(given, archive=name, before=more)))
    query = _query(given, archive=name, before=before)
    return Document(entries, query, _query(given), tuple(links), is_archive=True)


def _newest_archive(
    entries: list[Entry], given: dict[str, str], shown: Shown
) -> Iterable[tuple[str, str]]:
    """The archive of the newest day that is over."""
    today = timezone.localdate()
    midnight = _midnight(today)
    older = [one.post.published_at for one in entries if one.post.published_at < midnight]
    if len(older) < len(entries):
        shown.expires(_midnight(today + timedelta(days=1)))
    if older:
        period = Period.of(older[0], today)
        _until_month_ends(period, today, shown)
        yield "prev-archive", _query(given, archive=period.name)


def _until_month_ends(period: Period, today: date, shown: Shown) -> None:
    """The archives of a month's days become one of the month."""
    if period.first == period.last:
        last = today.replace(day=monthrange(today.year, today.month)[1])
        shown.expires(_midnight(last + timedelta(days=1)))


def _cursor(listing: Listing, end: datetime) -> str:
    """One that is before all entries of a time and after all that come later."""
    values: list[Any] = [end, *(0 for _kind in listing.shape.kinds[1:])]
    return cursors.encode(values)


def _query(given: dict[str, str], **more: str) -> str:
    return urlencode(sorted({**given, **{name: one for name, one in more.items() if one}}.items()))


def _midnight(day: date) -> datetime:
    return timezone.make_aware(datetime(day.year, day.month, day.day))
