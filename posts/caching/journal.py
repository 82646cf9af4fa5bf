"""The journal of changes: what writers note, and what every process knows of it.

A change is noted in the transaction that makes it, so that it is seen when the change is. A
process looks a few times a second; what came or went by the clock it finds by itself. What it
cannot explain makes everything new: rows that are missing, a clock that was set back, posts or
labels that were written without a note.
"""

import os
import threading
import time
from collections.abc import Callable, Collection, Iterable
from contextlib import suppress
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from typing import NamedTuple
from uuid import uuid4

from django.db import DatabaseError, connection
from django.utils import timezone

from posts.caching import keys
from posts.caching.menus import Menu, Menus, read_menu
from posts.caching.reading import TABLE, Look, Position, look, prune
from posts.caching.standing import by_clock
from posts.models.sites import SiteValues, site_values

MOST_NOTED = 2_000  # keys of one change; what names more changes everything
MOST_KNOWN = 100_000  # keys that are remembered, for pages that other processes made
REMEMBERED = 600  # seconds
FRESH = 0.9  # seconds since the last look in which pages are answered without another
PAUSE = 0.3  # seconds between two looks
IDLE = 30  # seconds without a reader, after which no thread looks
KEPT = 1_800  # seconds that a row is kept at least
ASLEEP = KEPT / 2  # seconds without a look, after which rows may be gone
SET_BACK = timedelta(seconds=1)  # smaller corrections of a clock are waited for
NOTE = {
    "sqlite": f"INSERT INTO {TABLE} (keys, written_at) VALUES (%s, %s)",  # noqa: S608
    "postgresql": f"INSERT INTO {TABLE} (keys, written_at, transaction)"  # noqa: S608
    " VALUES (%s, %s, pg_current_xact_id())",
}
Names = frozenset[str]


def note(names: Iterable[str]) -> None:
    """Name the keys that a transaction changes; call it within. One statement, none for no key."""
    found = sorted(set(names))
    if not found:
        return
    if len(found) > 1 and keys.NOTHING in found:
        found.remove(keys.NOTHING)
    if len(found) > MOST_NOTED or keys.EVERYTHING in found:
        found = [keys.EVERYTHING]
    now = connection.ops.adapt_datetimefield_value(timezone.now())
    with connection.cursor() as cursor:
        cursor.execute(NOTE[connection.vendor], [" ".join(found), now])


class State(NamedTuple):
    """What a process knew when a rendering began; plain values, which other processes can read.

    ``checked_at`` is the time, in seconds since 1970, up to which the clock was followed; ``by``
    and ``number`` are the process and its look.
    """

    position: str
    checked_at: float
    by: str
    number: int


@dataclass(frozen=True)
class _Event:
    """Keys that changed, by a row of the journal (``pk``) or by the clock (``time``)."""

    names: Names
    pk: int = 0
    order: int = 0
    time: float = 0.0

    def is_later(self, position: Position, checked_at: float) -> bool:
        """True if it was not known at a position and a time."""
        return not position.shows(self.pk, self.order) if self.pk else self.time > checked_at


@dataclass(frozen=True)
class _Past:
    """The events of one look, and where it ended."""

    number: int
    position: Position
    checked_at: float
    looked: float
    events: tuple[_Event, ...] = ()


@dataclass(frozen=True)
class _Known:
    """What is remembered: every event after ``start``."""

    start: _Past
    looks: tuple[_Past, ...] = ()

    def and_then(self, last: _Past) -> "_Known":
        """One look more; the oldest are forgotten after a while, or if they are too large."""
        looks = (*self.looks, last) if last.events else self.looks
        size = sum(len(event.names) for one in looks for event in one.events)
        start = self.start
        while looks and (size > MOST_KNOWN or looks[0].looked < last.looked - REMEMBERED):
            start, *rest = looks
            size -= sum(len(event.names) for event in start.events)
            looks = tuple(rest)
        return _Known(start, looks)


class Journal:
    """The changes as one process knows them; every method may be called by any thread.

    ``listener`` is called with the keys that changed, after :meth:`changed_since` knows them: who
    stores a page asks that after it is stored, and takes it back.
    """

    def __init__(
        self, listener: Callable[[Collection[str]], None] | None = None, *, threaded: bool = True
    ):
        self.listener, self.threaded = listener, threaded
        self.last_modified: datetime | None = None
        self.site_text: str | None = None
        self._by = uuid4().hex
        self._lock = threading.Lock()
        self._starting, self._wake = threading.Lock(), threading.Event()
        self._thread: threading.Thread | None = None
        self._number = 0
        self._asked = self._polled = self._failed = float("-inf")
        self._state = State("", 0.0, self._by, 0)
        self._look: Look | None = None
        self._clock = timezone.now()
        self._known = _Known(_Past(1, Position(None), 0.0, 0.0))
        self._menus = Menus()

    def state(self) -> State:
        """What is known now; to be taken before a rendering begins."""
        return self._state

    def changed_since(self, state: State, names: Collection[str]) -> bool:
        """True if a change that is known here, and was not in a state, names one of the keys.

        True, too, for a state before all that is remembered.
        """
        known = self._known
        if state.by == self._by:
            if state.number < known.start.number:
                return True
            looks = (look for look in known.looks if look.number > state.number)
            return any(_names(event, names) for look in looks for event in look.events)
        position = Position.parsed(state.position)
        ahead = state.checked_at - self._clock.timestamp()
        if position.is_before(known.start.position) or ahead > SET_BACK.total_seconds() * 2:
            return True
        if self._look and self._look.position.own:  # rows that no snapshot tells apart
            return True
        return state.checked_at < known.start.checked_at or any(
            _names(event, names)
            for look in known.looks
            for event in look.events
            if event.is_later(position, state.checked_at)
        )

    def looks(self) -> bool:
        """True where what is known is no older than answers from memory may be."""
        return self._thread is not None and time.monotonic() - self._polled < FRESH

    def site(self) -> SiteValues:
        """The site's own settings, as the last look found them. No query."""
        return site_values(self.site_text)

    def menu(self, language: str = "") -> Menu:
        """The sections in a language, all languages and the newest posts, as the pages here show
        them.

        No query in a process that looks at the journal, else one.
        """
        known = self.known_menu(language)
        if known is None:
            self._menus.want(language)
            known = read_menu(language)
        return known

    def known_menu(self, language: str = "") -> Menu | None:
        """As :meth:`menu`; None where it would have to be asked. No query."""
        return self._menus.get(language) if self.looks() else None

    def want_menu(self, language: str = "") -> None:
        """Let the next look bring the menu in a language."""
        self._menus.want(language)

    def ensure_fresh(self) -> bool:
        """Look if the last look is too old; False while the database cannot be asked.

        Some hundred nanoseconds where another thread has looked.
        """
        self._asked = time.monotonic()
        if self._asked - self._polled < FRESH:
            return True
        if self.threaded:
            self._start()
        if self._asked - self._failed < PAUSE or not self._lock.acquire(timeout=PAUSE):
            return False
        try:
            return time.monotonic() - self._polled < FRESH or self._tried()
        finally:
            self._lock.release()

    def poll(self) -> None:
        """Look now. One statement, more where something may have changed.

        Raises what the database does.
        """
        with self._lock:
            self._poll()

    def _tried(self) -> bool:
        try:
            self._poll()
            return True
        except Exception:  # whatever a driver does while its server is away
            self._failed = time.monotonic()
            if not connection.in_atomic_block:
                with suppress(Exception):  # nor does what it does then end the thread
                    connection.close()
            return False

    def _poll(self) -> None:
        started, now, before = time.monotonic(), timezone.now(), self._look
        is_new = before is None or started - self._polled > ASLEEP or now < self._clock - SET_BACK
        now = now if is_new else max(now, self._clock)
        found = look(before.position if before else None, now)
        self.site_text = found.site  # before a rendering can begin that counts as newer
        self._number += 1
        came: list[tuple[datetime, set[str]]] | None = None
        if not (is_new or _is_unexplained(before, found, self._clock)):
            came = self._came(found, now)
        if came is None:
            self._everything(found, now)
        else:
            self._take_in(found, now, came)
        self.last_modified = max((one for one in found.times if one), default=None)
        self._polled = started

    def _came(self, found: Look, now: datetime) -> list[tuple[datetime, set[str]]] | None:
        """What came or went by the clock; None for too much."""
        if not any(one and one > self._clock for one in found.times[:2]):
            return []
        return by_clock(self._clock, now)

    def _take_in(self, found: Look, now: datetime, came: list[tuple[datetime, set[str]]]) -> None:
        events = [
            _Event(keys_of(row.keys, now), pk=row.pk, order=row.order) for row in found.rows or ()
        ]
        events += [_Event(keys_of(names, now), time=at.timestamp()) for at, names in came]
        if any(keys.EVERYTHING in event.names for event in events):
            self._everything(found, now)
            return
        languages = {one for event in events for one in _languages(event.names)}
        languages |= self._menus.showing(Names().union(*(event.names for event in events)))
        if self._menus.may_differ(languages):
            events = [_with_menu(event) for event in events]
        last = self._past(found, now, tuple(events))
        self._known = self._known.and_then(last)
        self._settle(found, now)
        names = Names().union(*(event.names for event in events))
        if names and self.listener:
            self.listener(names)

    def _everything(self, found: Look, now: datetime) -> None:
        """Forget all: no page of before is taken for right."""
        self._menus = Menus()
        self._known = _Known(self._past(found, now))
        self._settle(found, now)
        if self.listener:
            self.listener({keys.EVERYTHING})

    def _past(self, found: Look, now: datetime, events: tuple[_Event, ...] = ()) -> _Past:
        return _Past(self._number, found.position, now.timestamp(), time.monotonic(), events)

    def _settle(self, found: Look, now: datetime) -> None:
        self._look, self._clock = found, now
        self._state = State(str(found.position), now.timestamp(), self._by, self._number)

    def _start(self) -> None:
        """A thread of this process looks from now on, for as long as pages are asked for."""
        with self._starting:
            if self._thread is None or not self._thread.is_alive():
                self._thread = threading.Thread(target=self._run, name="journal", daemon=True)
                self._thread.start()
        self._wake.set()

    def _run(self) -> None:
        pruned: tuple[float, Position] | None = None
        while True:
            if time.monotonic() - self._asked > IDLE:
                self._wake.clear()
                self._wake.wait()
            with self._lock:
                done = self._tried()
            time.sleep(PAUSE)
            if done and self._look:
                pruned = _pruned(pruned, self._look.position)

    def after_fork(self) -> None:
        """In a child no thread runs, and a lock may be held by one that is gone."""
        self._lock, self._starting = threading.Lock(), threading.Lock()
        self._wake, self._thread = threading.Event(), None
        self._by, self._polled = uuid4().hex, float("-inf")
        self._state = self._state._replace(by=self._by)


def keys_of(names: Iterable[str], now: datetime) -> Names:
    """The keys that the words of a change mean."""
    return Names(keys.expanded(names, now))


def _names(event: _Event, names: Collection[str]) -> bool:
    return not event.names.isdisjoint(names)


def _languages(names: Iterable[str]) -> set[str]:
    """The languages whose menu may be another."""
    start = keys.sections("")
    return {name.removeprefix(start) for name in names if name.startswith(start)}


def _with_menu(event: _Event) -> _Event:
    return replace(event, names=event.names | {keys.MENU}) if _languages(event.names) else event


def _is_unexplained(before: Look | None, found: Look, clock: datetime) -> bool:
    """True if notes are missing, or posts or labels were written and nobody noted it."""
    if before is None or found.rows is None:
        return True
    if found.rows or found.times == before.times:
        return found.site != before.site
    by_time = zip(before.times[:2], found.times[:2], strict=True)
    moved = (one != other and (other is None or other <= clock) for one, other in by_time)
    return before.times[2:] != found.times[2:] or any(moved)


def _pruned(
    last: tuple[float, Position] | None, position: Position
) -> tuple[float, Position] | None:
    """Drop rows that were there half an hour ago, but the newest of them: (when, up to where)."""
    now = time.monotonic()
    if last is not None and now - last[0] < KEPT:
        return last
    if last is not None:
        with suppress(DatabaseError):
            prune(last[1])
    return now, position


shared = Journal()
os.register_at_fork(after_in_child=shared.after_fork)
