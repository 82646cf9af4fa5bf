"""The calendar of Persian readers: the solar Hijri year, as its 33-year cycle has it.

The cycle agrees with the official calendar for the years 1244 to 1472 (1865 to 2094).
"""

from datetime import date
from typing import NamedTuple

EPOCH = date(622, 3, 21).toordinal()  # where this cycle has the first day of the year 1
CYCLE_YEARS, CYCLE_DAYS = 33, 12_053
LEAP = (1, 5, 9, 13, 17, 22, 26, 30)  # years of a cycle that have 366 days
LONG, SHORT, LONG_MONTHS = 31, 30, 6


class JalaliDate(NamedTuple):
    """A day of that calendar."""

    year: int
    month: int
    day: int


def from_gregorian(day: date) -> JalaliDate:
    """The same day in the solar Hijri calendar."""
    cycles, left = divmod(day.toordinal() - EPOCH, CYCLE_DAYS)
    year = cycles * CYCLE_YEARS + 1
    while left >= (length := 365 + ((year % CYCLE_YEARS) in LEAP)):
        left -= length
        year += 1
    if left < LONG * LONG_MONTHS:
        month, at = divmod(left, LONG)
    else:
        month, at = divmod(left - LONG * LONG_MONTHS, SHORT)
        month += LONG_MONTHS
    return JalaliDate(year, month + 1, at + 1)
