"""Dates as authors write them.

A date stays what its author wrote: a day, perhaps a time, perhaps an offset. Only ``moment`` turns it
into a point in time, and needs the site's time zone where the author named none.
"""

import re
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta, timezone
from zoneinfo import ZoneInfo

from posts.content.problems import Worded

MONTHS = {
    name: number
    for number, names in enumerate(
        [
            "jan january",
            "feb february",
            "mar march",
            "apr april",
            "may",
            "jun june",
            "jul july",
            "aug august",
        ]
        + ["sep sept september", "oct october", "nov november", "dec december"],
        start=1,
    )
    for name in names.split()
}
CLOCK = r"(?:[T\s]+(?P<hour>\d{1,2})[:：时](?P<minute>\d{1,2})(?:[:：分](?P<second>\d{1,2})(?:[.,](?P<fraction>\d{1,12}))?秒?)?\s*(?P<half>[AaPp]\.?[Mm]\.?)?)?"
ZONE = r"\s*(?P<zone>Z|UTC|GMT|[+-]\d{1,2}(?::?\d{2})?|[A-Z][A-Za-z]+/[A-Za-z_/]+|[A-Z]{3,4})?"
SHAPES = [
    re.compile(shape + CLOCK + ZONE + r"(?P<rest>.*)\Z", re.DOTALL)
    for shape in (
        r"(?P<year>\d{4})[-/.](?P<month>\d{1,2})[-/.](?P<day>\d{1,2})(?!\d)",
        r"(?P<year>\d{4})\s*年\s*(?P<month>\d{1,2})\s*月\s*(?P<day>\d{1,2})\s*日?",
        r"(?:[A-Za-z]{3,9},?\s+)?(?P<name>[A-Za-z]{3,9})\.?\s+(?P<day>\d{1,2})(?:st|nd|rd|th)?,?\s+(?P<year>\d{4})(?!\d)",
        r"(?:[A-Za-z]{3,9},?\s+)?(?P<day>\d{1,2})(?:st|nd|rd|th)?\s+(?P<name>[A-Za-z]{3,9})\.?,?\s+(?P<year>\d{4})(?!\d)",
        r"(?P<first>\d{1,2})[-/.](?P<second_number>\d{1,2})[-/.](?P<year>\d{4})(?!\d)",
        r"(?P<year>(?:19|20)\d{2})(?P<month>\d{2})(?P<day>\d{2})(?!\d)",
    )
]
EPOCH = re.compile(r"\d{9,10}(?:\d{3})?\Z")


class BadDate(Worded, ValueError):
    """A text that is no date. The message says what a date looks like."""


@dataclass(frozen=True)
class WrittenDate:
    """A day, perhaps with a time of day and a zone, as the author wrote it."""

    day: date
    clock: time | None = None  # naive
    zone: str = ""  # "+08:00", "Z", "Asia/Shanghai" or ""
    odd: str = ""  # what followed the date and could not be read

    @property
    def iso(self) -> str:
        """ISO 8601, with exactly the parts that were written."""
        if self.clock is None:
            return self.day.isoformat()
        return f"{self.day.isoformat()}T{self.clock.isoformat()}{self.zone if self.zone == 'Z' or self.zone[:1] in '+-' else ''}"

    def to_utc(self, site_zone: str) -> datetime:
        """The point in time, in UTC; midnight if no time was written. Raises :class:`BadDate` outside years 1-9999."""
        try:
            return datetime.combine(
                self.day, self.clock or time(), _zone(self.zone or site_zone)
            ).astimezone(UTC)
        except (OverflowError, ValueError, KeyError) as error:
            raise BadDate("bad-date.range", date=self.iso, problem=str(error)) from None


def _zone(name: str):
    if name in ("Z", "UTC"):
        return UTC
    if name[:1] in "+-":
        sign = -1 if name[0] == "-" else 1
        return timezone(sign * timedelta(hours=int(name[1:3]), minutes=int(name[4:6])))
    return ZoneInfo(name)


def parse(text: str) -> WrittenDate:
    """Read a date in any of the shapes seen in real documents. Raises :class:`BadDate`."""
    text = text.strip()
    if EPOCH.match(text):
        seconds = int(text) / (1000 if len(text) > 10 else 1)
        instant = datetime.fromtimestamp(seconds, UTC)
        return WrittenDate(instant.date(), instant.time(), "Z")
    for shape in SHAPES:
        if match := shape.match(text):
            return _from(match)
    raise BadDate("bad-date.shape", text=text[:40])


def _from(match: re.Match) -> WrittenDate:
    parts = match.groupdict()
    month = parts.get("month")
    day = parts.get("day")
    if parts.get("name"):
        month = MONTHS.get(parts["name"].lower())
        if month is None:
            raise BadDate("bad-date.month", text=parts["name"])
    elif parts.get("first"):
        day, month = parts["first"], parts["second_number"]
        if int(month) > 12:
            day, month = month, day
    try:
        written = date(int(parts["year"]), int(month), int(day))
        clock = _clock(parts)
    except ValueError:
        raise BadDate("bad-date.calendar", text=match[0].strip()[:40]) from None
    zone, odd = _written_zone(parts["zone"]) if clock else ("", parts["zone"] or "")
    return WrittenDate(written, clock, zone, (odd + parts["rest"]).strip())


def _clock(parts: dict) -> time | None:
    if not parts.get("hour"):
        return None
    hour = int(parts["hour"])
    if parts["half"]:
        hour = hour % 12 + (12 if parts["half"][0] in "Pp" else 0)
    micro = int((parts["fraction"] or "0").ljust(6, "0")[:6])
    return time(hour, int(parts["minute"]), int(parts["second"] or 0), micro)


def _written_zone(zone: str | None) -> tuple[str, str]:
    """(zone, what could not be understood). Abbreviations such as CST mean several zones: none is guessed."""
    if not zone:
        return "", ""
    if zone in ("Z", "UTC", "GMT"):
        return "Z", ""
    if zone[0] in "+-":
        digits = zone[1:].replace(":", "")
        hours, minutes = (digits[:-2], digits[-2:]) if len(digits) > 2 else (digits, "00")
        return (
            (f"{zone[0]}{int(hours):02}:{minutes}", "")
            if int(hours) < 24 and int(minutes) < 60
            else ("", zone)
        )
    try:
        ZoneInfo(zone)
    except (KeyError, ValueError, OSError):
        return "", zone
    return ("", zone) if "/" not in zone else (zone, "")
