"""The archive: all that was published as a calendar, by year, month and day."""

from dataclasses import dataclass
from datetime import date
from typing import Any, NamedTuple

from django.http import Http404, HttpRequest, HttpResponse
from django.utils.translation import gettext as _

from posts.caching import keys
from posts.caching.keys import Shown
from posts.public import charts, counts, listings
from posts.public.counts import Calendar
from posts.public.heads import EVERY, Head, Link
from posts.public.responses import activate_language, language_prefix, render_page


class MonthSum(NamedTuple):
    """A month without its days; the class of the step that stands for its posts."""

    first: date
    posts: int
    heat: str


@dataclass
class Year:
    """A year of the archive: its days where they are few enough to be shown, else its months."""

    number: int
    months: list[MonthSum]
    calendars: list[charts.Month]

    @property
    def posts(self) -> int:
        """All of them."""
        return sum(month.posts for month in self.months)


def archive(request: HttpRequest, language: str = "") -> HttpResponse:
    """All months that have posts, and the days of the newest years. Three queries."""
    activate_language(language)
    found = counts.archive(language)
    if language and not found.months:
        raise Http404
    title, address = _("Archive"), f"{language_prefix(language)}archive/"
    head = Head(title, address, title, crumbs=[Link(title, address)], languages=EVERY)
    context = {
        "title": title,
        "years": years(found),
        "posts": sum(number.posts for number in found.months.values()),
    }
    shown = Shown({keys.MONTHS})
    return render_page(request, "archive.html", context, head=head, shown=shown, language=language)


def years(found: Calendar) -> list[Year]:
    """The years that have posts, the newest first; all days of a year are shown or none."""
    most = max([number.posts for number in found.months.values()], default=1)
    shown_from = _shown_from(found)
    result: list[Year] = []
    for month, number in reversed(found.months.items()):
        if not result or result[-1].number != month.year:
            result.append(Year(month.year, [], []))
        sums = MonthSum(month, number.posts, charts.heat(number.posts, most))
        result[-1].months.append(sums)
    for year in result:
        if year.number >= shown_from:
            mine = {one.first: found.months[one.first] for one in reversed(year.months)}
            year.calendars = charts.calendars(_of_year(found, year.number), mine)
    return result


def _of_year(found: Calendar, year: int) -> counts.Numbers:
    return {day: number for day, number in found.days.items() if day.year == year}


def _shown_from(found: Calendar) -> int:
    """The oldest year whose days are all there; at least the newest year is shown."""
    if not found.days:
        return 1
    sums: dict[int, int] = {}
    for month, number in found.months.items():
        sums[month.year] = sums.get(month.year, 0) + number.posts
    for day, number in found.days.items():
        sums[day.year] -= number.posts
    whole = [year for year, rest in sums.items() if rest == 0]
    return min(whole, default=max(sums))


def of_listing(found: listings.Listing, shown: Shown, further: bool) -> dict[str, Any]:
    """What stands above the list of a year or a month: its days. One query; none for a day, and on
    a page further back.
    """
    first, last = found.given["first"], found.given["last"]
    months: list[charts.Month] = []
    if first != last and not further:
        scope = keys.scoped(keys.DAY, found.language)
        shown.add(*keys.span(scope, first, last, last))
        calendar = counts.calendar(first, last, found.language)
        months = charts.calendars(calendar.days, calendar.months)
    return {
        "months": months,
        "posts": sum(month.posts for month in months),
        "is_year": (last - first).days > 31,
    }
