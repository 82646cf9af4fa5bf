"""Dates as authors write them.

A date stays what its author wrote: a day, perhaps a time, perhaps an offset. Only ``to_utc`` turns
it into a point in time, and needs the site's time zone where the author named none.
"""

import re
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta, timezone, tzinfo
from functools import lru_cache
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
CLOCK = (
    r"(?:(?:[Tt\s,，]+(?:at\s+)?|(?<=日)|(?=[上下]午))(?P<early>上午|下午)?\s*(?P<hour>\d{1,2})"
    r"(?:[:：时点](?P<minute>\d{1,2})分?(?:[:：]?(?<=[:：分])(?P<second>\d{1,2})"
    r"(?:[.,](?P<fraction>\d{1,12}))?秒?)?|(?=\s*[AaPp]\.?[Mm](?![A-Za-z])))"
    r"\s*(?P<half>[AaPp]\.?[Mm](?![A-Za-z])\.?)?)?"
)
OFFSET = r"(?:UTC|GMT)?[+-]\d{1,2}(?::?\d{2})?(?!\d)|(?:[Zz]|UTC|GMT)(?![A-Za-z/])"
REGION = r"[A-Z][A-Za-z_]+(?:/[A-Za-z0-9_+-]+)+"
ZONE = rf"\s*(?:[\[(]?(?P<zone>{OFFSET}|{REGION}|[A-Z]{{2,5}}(?![A-Za-z/]))[\])]?)?"
# What may follow an offset and says the same in words: (CST), CST, [Asia/Shanghai].
ANNOTATION = re.compile(r"\s*(?:\([^()]*\)|\[[^\[\]]*\]|[A-Z]{2,5})\Z")
MAX_LENGTH = 200  # characters; a longer text is no date
WEEKDAY = r"(?:[A-Za-z]{3,9},?\s+)?"
SHAPES = [
    re.compile(shape + CLOCK + ZONE + r"(?P<rest>.*)\Z", re.DOTALL)
    for shape in (
        r"(?P<year>\d{4})[-/.](?P<month>\d{1,2})[-/.](?P<day>\d{1,2})(?!\d)",
        r"(?P<year>\d{4})\s*年\s*(?P<month>\d{1,2})\s*月\s*(?P<day>\d{1,2})\s*日?",
        WEEKDAY + r"(?P<name>[A-Za-z]{3,9})\.?\s+(?P<day>\d{1,2})(?:st|nd|rd|th)?,?"
        r"\s+(?P<year>\d{4})(?!\d)",
        WEEKDAY + r"(?P<day>\d{1,2})(?:st|nd|rd|th)?\s+(?P<name>[A-Za-z]{3,9})\.?,?"
        r"\s+(?P<year>\d{4})(?!\d)",
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
        """ISO 8601, with exactly the parts that were written; a zone's name is not one of them."""
        if self.clock is None:
            return self.day.isoformat()
        offset = self.zone if self.zone == "Z" or self.zone[:1] in ("+", "-") else ""
        return f"{self.day.isoformat()}T{self.clock.isoformat()}{offset}"

    def to_utc(self, site_zone: str) -> datetime:
        """The point in time, in UTC; midnight if no time was written.

        Raises :class:`BadDate` outside years 1-9999.
        """
        try:
            return datetime.combine(
                self.day, self.clock or time(), _zone(self.zone or site_zone)
            ).astimezone(UTC)
        except (OverflowError, ValueError, KeyError) as error:
            raise BadDate("bad-date.range", date=self.iso, problem=str(error)) from None


def _zone(name: str) -> tzinfo:
    if name in ("Z", "UTC"):
        return UTC
    if name[:1] in ("+", "-"):
        sign = -1 if name[0] == "-" else 1
        return timezone(sign * timedelta(hours=int(name[1:3]), minutes=int(name[4:6])))
    return ZoneInfo(name)


@lru_cache(1_000)  # a post's file is often named by the date that stands in it
def parse(text: str) -> WrittenDate:
    """Read a date in any of the shapes seen in real documents. Raises :class:`BadDate`."""
    text = text.strip()
    if len(text) > MAX_LENGTH:
        raise BadDate("bad-date.shape", text=text[:40])
    if EPOCH.match(text):
        seconds = int(text) / (1000 if len(text) > 10 else 1)
        instant = datetime.fromtimestamp(seconds, UTC)
        return WrittenDate(instant.date(), instant.time(), "Z")
    for shape in SHAPES:
        if match := shape.match(text):
            return _from(match)
    raise BadDate("bad-date.shape", text=text[:40])


def _from(match: re.Match[str]) -> WrittenDate:
    parts = match.groupdict()
    month, day = parts.get("month"), parts.get("day")
    if name := parts.get("name"):
        if name.lower() not in MONTHS:
            raise BadDate("bad-date.month", text=name)
        month = MONTHS[name.lower()]
    elif parts.get("first"):
        day, month = parts["first"], parts["second_number"]
        if int(month) > 12:
            day, month = month, day
    try:
        written = date(int(parts["year"] or 0), int(month or 0), int(day or 0))
        clock = _clock(parts)
    except ValueError:
        raise BadDate("bad-date.calendar", text=match[0].strip()[:40]) from None
    zone, odd = _written_zone(parts["zone"] or "") if clock else ("", parts["zone"] or "")
    rest = ANNOTATION.sub("", parts["rest"]) if zone else parts["rest"]
    return WrittenDate(written, clock, zone, (odd + rest).strip())


def _clock(parts: dict[str, str | None]) -> time | None:
    if not parts["hour"]:
        return None
    hour = int(parts["hour"])
    half = parts["half"] or {"上午": "am", "下午": "pm"}.get(parts["early"] or "")
    if half and hour <= 12:  # “14:30 AM” is a slip and still the afternoon
        hour = hour % 12 + (12 if half[0] in "Pp" else 0)
    micro = int((parts["fraction"] or "0").ljust(6, "0")[:6])
    return time(hour, int(parts["minute"] or 0), int(parts["second"] or 0), micro)


def _written_zone(zone: str) -> tuple[str, str]:
    """(zone, what could not be understood).

    Abbreviations such as CST mean several zones: none is guessed.
    """
    if zone in ("", "Z", "z", "UTC", "GMT"):
        return "Z" if zone else "", ""
    if offset := re.match(r"(?:UTC|GMT)?([+-])(\d{1,2}):?(\d{2})?\Z", zone):
        hours, minutes = int(offset[2]), int(offset[3] or 0)
        fits = hours < 24 and minutes < 60
        return (f"{offset[1]}{hours:02}:{minutes:02}", "") if fits else ("", zone)
    try:
        ZoneInfo(zone)
    except (KeyError, ValueError, OSError):
        return "", zone
    return ("", zone) if "/" not in zone else (zone, "")
