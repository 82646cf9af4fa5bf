"""Keys of what a page shows: a page carries them, a change names them.

A page that carries a key which a change names is rendered anew. Keys are short words of ASCII
without spaces, since they also go out to a CDN (``Surrogate-Key``):

- ``p17`` all of the post 17, its text included; ``c17`` what lists show of it (its card);
- ``t5``, ``k5``, ``a5``, ``s5`` the tag, category, author or source 5: its name, its description,
  what it was merged into;
- ``t5+`` which tags stand beside the list of the tag 5: those that its posts have too;
- ``u0a1b2c...`` who cites one page of the web, hashed;
- ``t5@d20260131`` which posts of a day a list holds, and where they stand. ``t5`` is the *scope*,
  here the list of a tag; ``all`` is the list of all posts, ``day`` the archive by date, ``map`` the
  sitemap. ``t5.en`` is the same list in a language. Longer spans are of months
  (``t5@m202601``) or years (``t5@y2026``), and ``t5@`` is the whole list;
- ``x0a1b2c...`` which posts are translations of each other by one key, hashed;
- ``menu`` the sections and languages that stand on every page, and the words of :data:`MONTHS`,
  :data:`SEARCH` and so on.

An edit of a text names ``p17`` alone, a new title ``c17`` too; a post that comes, goes or moves
names the lists in which it stood and stands, at its time.
"""

from collections.abc import Iterable
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, timedelta
from hashlib import blake2b
from typing import Any

MENU = "menu"
MONTHS = "months"  # which months have posts
REDIRECTS = "redirects"  # where addresses without a page lead
SEARCH = "search"  # what readers may find: any post's text, any label's name
EVERYTHING = "*"  # only in changes: no page is as it was
NOTHING = "-"  # only in changes: something was written that no page shows
INDEXES = {folder: f"i-{folder}" for folder in ("tags", "categories", "authors", "sources")}
LETTERS = {"tag": "t", "category": "k", "author": "a", "source": "s"}
ALL, DAY, MAP = "all", "day", "map"  # scopes beside those of labels
MOST_DAYS, MOST_MONTHS, MOST_YEARS = 31, 24, 40  # of a span in pieces; beyond it is all of a list
NEW = timedelta(days=2)  # a page that is open to newer posts is kept for a day at most


def post(pk: int) -> str:
    """All of a post."""
    return f"p{pk}"


def card(pk: int) -> str:
    """What lists show of a post."""
    return f"c{pk}"


def label(kind: str, pk: int) -> str:
    """A tag, category, author or source (``kind``); also the scope of its list."""
    return f"{LETTERS[kind]}{pk}"


def beside(scope: str) -> str:
    """Which tags the posts of a label have, beside the label: ``t5+``."""
    return f"{scope}+"


def cited(page: str) -> str:
    """Who cites a page, by its :func:`posts.content.hyperlinks.page_key`."""
    return f"u{blake2b(page.encode(), digest_size=8).hexdigest()}"


def translated(key: str) -> str:
    """Which posts have a translation key."""
    return f"x{blake2b(key.encode(), digest_size=8).hexdigest()}"


def sections(language: str) -> str:
    """Only in changes: the menu of posts in a language may be another; ``*`` for all.

    Whether :data:`MENU` changes with them is seen by whoever reads the change.
    """
    return f"{MENU}.{language}"


def scoped(scope: str, language: str = "") -> str:
    """A scope in a language, for a list of one; whole for an empty one."""
    return f"{scope}.{language}" if language else scope


def at(scope: str, time: datetime | date, now: datetime) -> list[str]:
    """The keys that a change names when a post comes to, leaves or moves in a list at a time."""
    day = _day(time)
    names = [f"{scope}@", f"{scope}@d{_stamp(day)}", f"{scope}@m{_stamp(day)[:6]}"]
    names.append(f"{scope}@y{day.year:04}")
    return [*names, f"{scope}@new"] if day >= _day(now - NEW) else names


def stood(scope: str, time: datetime | date) -> str:
    """One word for all that :func:`at` names, as it is kept until it is read: ``t5~20260131``."""
    return f"{scope}~{_stamp(_day(time))}"


def expanded(names: Iterable[str], now: datetime) -> set[str]:
    """Keys with those that the words of :func:`stood` mean."""
    found: set[str] = set()
    for name in names:
        scope, sep, day = name.partition("~")
        if sep:
            found.update(at(scope, date(int(day[:4]), int(day[4:6]), int(day[6:])), now))
        else:
            found.add(name)
    return found


def span(
    scope: str, low: datetime | date | None, high: datetime | date | None, now: datetime
) -> list[str]:
    """The keys that a page carries which shows a list from a time up to another.

    ``high`` None: up to the newest; ``low`` None: down to the oldest, which is the whole list.
    """
    if low is None:
        return [f"{scope}@"]
    first, last = _day(low), _day(now if high is None else high)
    last = max(last, first)
    days, months = (last - first).days, (last.year - first.year) * 12 + last.month - first.month
    if days < MOST_DAYS:
        names = [f"{scope}@d{_stamp(first + timedelta(days=n))}" for n in range(days + 1)]
    elif months < MOST_MONTHS:
        start = first.year * 12 + first.month - 1
        numbers = range(start, start + months + 1)
        names = [f"{scope}@m{n // 12:04}{n % 12 + 1:02}" for n in numbers]
    elif last.year - first.year < MOST_YEARS:
        names = [f"{scope}@y{year:04}" for year in range(first.year, last.year + 1)]
    else:
        return [f"{scope}@"]
    return names if high is not None else [*names, f"{scope}@new"]


def _day(time: datetime | date) -> date:
    return time.astimezone(UTC).date() if isinstance(time, datetime) else time


def _stamp(day: date) -> str:
    return day.isoformat().replace("-", "")  # strftime writes the year 999 in three digits


@dataclass
class Shown:
    """What a page shows: its keys, and until when it is right by the clock alone (None: for good).

    A view hands it to :func:`posts.public.responses.conditional`, which puts it on the response as
    ``shown``; a response without it is never kept.
    """

    keys: set[str] = field(default_factory=set)
    until: datetime | None = None

    def add(self, *keys: str) -> None:
        """Some keys more."""
        self.keys.update(keys)

    def expires(self, time: datetime | None) -> None:
        """The page is another from a time on."""
        if time is not None and (self.until is None or time < self.until):
            self.until = time

    def posts(self, posts: Iterable[Any], *, whole: bool = False) -> None:
        """Posts: their cards, or all of them. They may expire."""
        for one in posts:
            self.keys.add(post(one.pk) if whole else card(one.pk))
            self.expires(one.expires_at)
