"""Charts that the server draws: thin bars over time, and days of a month in five steps of the
accent. No style and no script: what is drawn is a path and classes, what is meant stands beside it
as text.
"""

from calendar import monthrange
from dataclasses import dataclass
from datetime import date
from typing import NamedTuple

from posts.public import localized
from posts.public.counts import Number, Numbers

MOST_BARS, FEWEST_BARS = 120, 3
STEP, BAR, HEIGHT = 8, 5, 48  # of a drawing, in pixels
HEAT = ("", "heat1", "heat2", "heat3", "heat4", "heat5")  # classes: steps of the accent
STEPS = len(HEAT) - 1
COLUMNS = ("", "from2", "from3", "from4", "from5", "from6", "from7")  # from Monday
MONTHS, QUARTER, YEAR = 1, 3, 12


class Bar(NamedTuple):
    """A span of months that begins with one, and what is counted in it."""

    first: date
    months: int
    number: int

    def name(self, language: str) -> str:
        """``2026年9月``, ``2026年7月–9月``, ``2026年``, ``1990年–1999年``."""
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
    def width(self) -> int:
        """Pixels."""
        return len(self.bars) * STEP

    @property
    def height(self) -> int:
        """Pixels."""
        return HEIGHT

    @property
    def most(self) -> Bar:
        """The longest bar, the newest of several."""
        return max(reversed(self.bars), key=lambda bar: bar.number)

    @property
    def path(self) -> str:
        """The bars, as SVG draws them."""
        most = self.most.number
        heights = [-(-bar.number * HEIGHT // most) for bar in self.bars]
        return "".join(
            f"M{index * STEP + 1} {HEIGHT}v-{height}h{BAR}v{height}z"
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
