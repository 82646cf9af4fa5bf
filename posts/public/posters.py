"""The pictures with which pages are shared, drawn when somebody asks for one and kept as files.

A file is named by what stands on its picture, so that what changed is drawn anew and nothing has to
be thrown away. Whether a page is there is asked each time: what was withdrawn has no picture.

Drawing takes some fifty milliseconds of CPU. One picture at a time is drawn on a machine, and of a
process's threads two wait at most: a robot that wants all of them gets a 503, and readers their
pages.
"""

import contextlib
import os
import tempfile
import threading
from collections.abc import Callable
from functools import cache
from pathlib import Path
from typing import Any

from django.conf import settings
from django.db.models import CharField, QuerySet
from django.http import HttpRequest, HttpResponse

from posts.caching import journal
from posts.caching.flights import Flights
from posts.caching.keys import Shown
from posts.deriving import pool
from posts.deriving.limits import Overrun
from posts.deriving.poster import Poster
from posts.models import Post, Story
from posts.models.prepared import NOW, Prepared, Slot
from posts.public import articles, heads, listings, presence
from posts.public.heads import CARD, Head
from posts.public.responses import (
    FEED_AGE,
    Facts,
    activate_language,
    conditional,
    site_columns,
    site_facts,
)
from posts.public.rows import COLUMNS, THROUGH, WIDTH, Line, PostRow

RETRY_AFTER = 5  # seconds
AT_ONCE = 2  # threads of a process that draw, or wait for one that does
MOST, KEPT, PRUNED_AFTER = 2000, 1800, 50  # files, files that are left, files written between
LOCK = "posters"


class Files:
    """Pictures in a folder."""

    def __init__(self, folder: Path, draw: Callable[[Poster], bytes]):
        self.folder, self.draw = folder, draw
        self._flights = Flights(folder)
        self._inside = threading.BoundedSemaphore(AT_ONCE)
        self._drawing = threading.Lock()
        self._written = 0

    def picture(self, poster: Poster) -> bytes | None:
        """The picture, from its file or drawn; None while too many are wanted."""
        path = self.folder / f"{poster.version}.png"
        found = _read(path)
        if found or not self._inside.acquire(blocking=False):
            return found
        try:
            with self._drawing, self._flights.alone(LOCK):
                return _read(path) or self._drawn(poster, path)
        finally:
            self._inside.release()

    def _drawn(self, poster: Poster, path: Path) -> bytes:
        """A headline that cannot be drawn costs itself: the site's own picture stands for it."""
        try:
            made = self.draw(poster)
        except Overrun:
            made = self.draw(Poster("", poster.site))
        with contextlib.suppress(OSError):  # a full disk keeps nothing, and shows it all the same
            self._write(made, path)
        return made

    def _write(self, made: bytes, path: Path) -> None:
        self.folder.mkdir(0o700, parents=True, exist_ok=True)
        descriptor, name = tempfile.mkstemp(suffix=".part", dir=self.folder)
        try:
            with os.fdopen(descriptor, "wb") as file:
                file.write(made)
            os.replace(name, path)
        except OSError:
            os.unlink(name)
            raise
        self._written += 1
        if self._written % PRUNED_AFTER == 1:
            self._prune()

    def _prune(self) -> None:
        """The oldest go: whoever still wants one has it drawn again."""
        with os.scandir(self.folder) as entries:
            files = [one for one in entries if one.name.endswith((".png", ".part"))]
        if len(files) > MOST:
            files.sort(key=lambda one: one.stat().st_mtime, reverse=True)
            for one in files[KEPT:]:
                with contextlib.suppress(OSError):
                    os.unlink(one.path)


def _read(path: Path) -> bytes | None:
    with contextlib.suppress(OSError):
        return path.read_bytes() or None
    return None


@cache
def files(folder: Path) -> Files:
    """The pictures of this process."""
    return Files(folder, pool.posters.drawn)


def of_site(request: HttpRequest) -> HttpResponse:
    """The site's own picture. One query; none where its settings are known."""
    activate_language("")
    return _answer(request, Head(), site_facts(), "")


def of_listing(
    request: HttpRequest, make: Callable[..., listings.Listing], language: str = "", **key: Any
) -> HttpResponse:
    """The picture of a label's page. Two queries at most."""
    activate_language(language)
    found = make(**key, language=language)
    return _answer(request, found.head([], "", ""), found.facts or site_facts(), language)


def of_post(request: HttpRequest, **address: Any) -> HttpResponse:
    """The picture of a post. Two queries."""
    path = request.path.removesuffix(CARD)
    row = _post(journal.shared.looks()).first(address=path)
    if row is None:
        return presence.gone_or_404(request, presence.GONE_POST, address=path)
    found, facts = PostRow(*row[:WIDTH]), site_facts(row[WIDTH:])
    activate_language(found.language)
    (entry,) = listings.entries([Line(found)], Shown(), listings.BYLINE, found.language)
    return _answer(request, articles.post_head(found, entry.labels), facts, found.language)


def of_story(request: HttpRequest, story: str, **address: Any) -> HttpResponse:
    """The picture of a story. Two queries."""
    at = {"slug": story, "address": request.path.removesuffix(f"{story}/{CARD}")}
    row = _story(journal.shared.looks()).first(**at)
    if row is None:
        return presence.gone_or_404(request, presence.GONE_STORY, **at)
    found, facts = PostRow(*row[:WIDTH]), site_facts(row[WIDTH:])
    activate_language(found.language)
    (entry,) = listings.entries([Line(found)], Shown(), listings.BYLINE, found.language)
    head = articles.story_head(found, story, "", entry.labels)
    return _answer(request, head, facts, found.language)


@cache
def _post(known: bool) -> Prepared:
    def make() -> QuerySet[Any]:
        readable = Post.objects.published(now=NOW).filter(address=Slot("address", CharField()))
        return readable.values_list(*COLUMNS, *site_columns(known))

    return Prepared(make)


@cache
def _story(known: bool) -> Prepared:
    def make() -> QuerySet[Any]:
        at = {"slug": Slot("slug", CharField()), "post__address": Slot("address", CharField())}
        readable = Story.objects.published(now=NOW).filter(**at)
        return readable.values_list(*THROUGH, *site_columns(known))

    return Prepared(make)


def _answer(request: HttpRequest, head: Head, facts: Facts, language: str) -> HttpResponse:
    poster = heads.poster(head, facts.site, activate_language(language))
    made = files(settings.CARDS_ROOT).picture(poster)
    if made is None:
        headers = {"Retry-After": str(RETRY_AFTER), "Cache-Control": "no-store"}
        busy: Any = HttpResponse("Busy\n", status=503, content_type="text/plain", headers=headers)
        busy._has_been_logged = True  # Django would call each of them an error of ours
        return busy
    response = HttpResponse(made, content_type="image/png")
    response.headers["Cross-Origin-Resource-Policy"] = "cross-origin"
    return conditional(request, response, None, FEED_AGE)
