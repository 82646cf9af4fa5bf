"""Charts that the server draws: thin bars over time, and days of a month in five steps of the
accent. No style and no script: what is drawn is a path and classes, what is meant stands beside it
as text.
"""

from calendar import monthrange
from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date, timedelta
from typing import NamedTuple

from posts.public import localized
from posts.public.counts import Number, Numbers

MOST_BARS, FEWEST_BARS, SHORT = 120, 2, 4  # a chart of fewer months is one of weeks or days
STEP, WIDEST, GAP, HEIGHT, WIDTH = 8, 24, 3, 48, 240  # of a drawing, in pixels
HEAT = ("", "heat1", "heat2", "heat3", "heat4", "heat5")  # classes: steps of the accent
STEPS = len(HEAT) - 1
COLUMNS = ("", "from2", "from3", "from4", "from5", "from6", "from7")  # from Monday
MONTHS, QUARTER, YEAR = 1, 3, 12
DAY, WEEK, DAYS = 1, 7, 28  # DAYS: as many bars of a day at most, else they are weeks


class Bar(NamedTuple):
    """A span of months that begins with one, or of days where it has no month, and what is counted
    in it.
    """

    first: date
    months: int
    number: int
    days: int = 0

    def name(self, language: str) -> str:
        """``2026年9月``, ``2026年7月–9月``, ``2026年``, ``1990年–1999年``; ``2026年9月30日`` and
        ``2026年9月28日–10月4日``.
        """
        if self.days:
            return localized.days_text(self.first, self.days, language)
        if self.months == MONTHS:
            return localized.month(self.first, language)
        if self.months == QUARTER:
            last = localized.month_short(self.first.replace(month=self.first.month + 2), language)
            return f"{localized.month(self.first, language)}–{last}"
        years = self.months // YEAR
        first = localized.year(self.first.year, language)
        return (
            first
            if years == 1
            else f"{first}–{localized.year(self.first.year + years - 1, language)}"
        )


@dataclass(frozen=True)
class Chart:
    """Bars over time, the oldest first; those of nothing count too."""

    bars: list[Bar]

    @property
    def step(self) -> int:
        """Pixels from one bar to the next: few are broader."""
        return max(STEP, min(WIDEST, WIDTH // len(self.bars)))

    @property
    def width(self) -> int:
        """Pixels."""
        return len(self.bars) * self.step

    @property
    def height(self) -> int:
        """Pixels."""
        return HEIGHT

    @property
    def most(self) -> Bar:
        """The longest bar, the newest of several."""
        return max(reversed(self.bars), key=lambda bar: bar.number)

    def begin(self, language: str) -> str:
        """The name of the first bar, or the day it begins with."""
        bar = self.bars[0]
        return localized.day_text(bar.first, language) if bar.days else bar.name(language)

    def end(self, language: str) -> str:
        """The name of the last bar, or the day it ends with."""
        bar = self.bars[-1]
        last = bar.first + timedelta(days=bar.days - 1)
        return localized.day_text(last, language) if bar.days else bar.name(language)

    @property
    def path(self) -> str:
        """The bars, as SVG draws them."""
        most = self.most.number
        heights = [-(-bar.number * HEIGHT // most) for bar in self.bars]
        return "".join(
            f"M{index * self.step + 1} {HEIGHT}v-{height}h{self.step - GAP}v{height}z"
            for index, height in enumerate(heights)
            if height
        )


def chart(months: Numbers, *, stories: bool = False) -> Chart | None:
    """Posts or stories over time, by month as long as that is not too many bars; None where there
    is nothing to compare.
    """
    if not months:
        return None
    first, last = _index(min(months)), _index(max(months))
    size = next((one for one in (MONTHS, QUARTER) if _bars(first, last, one) <= MOST_BARS), YEAR)
    while _bars(first, last, size) > MOST_BARS:
        size *= 10 if size == YEAR else 2
    sums = [0] * _bars(first, last, size)
    for day, number in months.items():
        sums[_index(day) // size - first // size] += number.stories if stories else number.posts
    start = first // size * size
    bars = [Bar(_month(start + index * size), size, number) for index, number in enumerate(sums)]
    found = Chart(bars)
    return found if len(bars) >= FEWEST_BARS and found.most.number else None


def short(days: Iterable[date]) -> Chart | None:
    """The same of a few months, from the day of each post or story: by day or by week from Monday.
    None where there is nothing to compare, or more to show than that.
    """
    counted = Counter(days)
    if len(counted) < FEWEST_BARS:
        return None
    first, last = min(counted), max(counted)
    if _index(last) - _index(first) >= SHORT:
        return None
    size = DAY if (last - first).days < DAYS else WEEK
    first -= timedelta(days=first.weekday() if size == WEEK else 0)
    sums = [0] * ((last - first).days // size + 1)
    for day, number in counted.items():
        sums[(day - first).days // size] += number
    spans = (first + timedelta(days=index * size) for index in range(len(sums)))
    return Chart([Bar(span, 0, number, size) for span, number in zip(spans, sums, strict=True)])


def _index(day: date) -> int:
    return day.year * YEAR + day.month - 1


def _month(index: int) -> date:
    return date(max(index // YEAR, 1), index % YEAR + 1, 1)


def _bars(first: int, last: int, size: int) -> int:
    return last // size - first // size + 1


class Cell(NamedTuple):
    """A day of a calendar: its posts, and the class of the step that stands for them."""

    day: date
    posts: int
    heat: str


@dataclass(frozen=True)
class Month:
    """The days of a month; ``start`` is the class of the column of the first."""

    first: date
    posts: int
    start: str
    cells: tuple[Cell, ...]


def calendars(days: Numbers, months: Numbers) -> list[Month]:
    """The months that have posts, the newest first, each with all its days."""
    most = max([number.posts for number in days.values()], default=1)
    return [_calendar(month, months[month].posts, days, most) for month in reversed(months)]


def _calendar(first: date, posts: int, days: Numbers, most: int) -> Month:
    weekday, length = monthrange(first.year, first.month)
    none = Number()
    cells = []
    for day in range(1, length + 1):
        at = first.replace(day=day)
        number = days.get(at, none).posts
        cells.append(Cell(at, number, heat(number, most)))
    return Month(first, posts, COLUMNS[weekday], tuple(cells))


def heat(number: int, most: int) -> str:
    """The class of the step that stands for a number; empty for none."""
    return HEAT[-(-number * STEPS // max(most, STEPS))]


def day_name(day: date, language: str) -> str:
    """A day by the calendar of the archive: ``2026年9月30日``, ``30 September 2026``."""
    month, number = localized.month(day, language), localized.digits(str(day.day), language)
    return f"{month}{number}日" if language.startswith("zh") else f"{number} {month}"
