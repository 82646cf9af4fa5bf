"""The page cache in front of Django: pages from memory before Django hears of a request.

Whatever goes wrong here, Django answers.
"""

import time
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from typing import Any

from django.conf import settings
from django.utils import timezone

from posts.caching import addresses, answers, encodings, journal, reports
from posts.caching.addresses import Address
from posts.caching.flights import Flights
from posts.caching.freshness import Freshness
from posts.caching.shared import Shared, shared_store
from posts.caching.store import Memo, Store

TICKET = "newsroom.ticket"  # in the environ of a request whose page may be kept
ADDRESS = "newsroom.address"  # in the environ of a request that was read
MB = 1024 * 1024

Start = Callable[..., Any]
Application = Callable[[dict[str, Any], Start], Iterable[bytes]]
Found = tuple[str, answers.Headers, list[bytes]]


@dataclass
class Ticket:
    """What the middleware must know of a request whose page may be kept."""

    address: Address
    state: journal.State  # from before anything was read
    last_modified: int | None
    keep: Callable[[answers.Page], None]
    found: Found | None = None  # what the middleware answers; Django need not copy it


class Front:
    """A WSGI application around Django's that remembers what Django answered.

    ``limit`` bytes of memory (0: nothing is remembered).
    """

    def __init__(self, application: Application, limit: int, shared: Shared, flights: Flights):
        self.application = application
        self.shared, self.flights = shared, flights
        self.store = Store(limit - limit // 8)
        self.memo = Memo(limit // 8)
        self.freshness = Freshness()
        self.on = limit > 0
        self._session = settings.SESSION_COOKIE_NAME
        self._scheme = (settings.SECURE_PROXY_SSL_HEADER or ("",))[0]
        journal.shared.listener = self.store.purge

    def __call__(self, environ: dict[str, Any], start_response: Start) -> Iterable[bytes]:
        if not self.on:
            return self.application(environ, start_response)
        try:
            found = self._remembered(environ)
        except Exception:
            reports.report("memory")
            found = None
        if found is None:
            return self._fresh(environ, start_response)
        start_response(found[0], found[1])
        return found[2]

    def _remembered(self, environ: dict[str, Any]) -> Found | None:
        """The answer from memory. Every microsecond here is one of every request."""
        get = environ.get
        cookie = get("HTTP_COOKIE")
        if (cookie is not None and self._session in cookie) or "HTTP_AUTHORIZATION" in environ:
            return None
        words = (
            get("HTTP_HOST"), environ["PATH_INFO"], get("QUERY_STRING"),
            get("HTTP_ACCEPT_ENCODING"), environ["REQUEST_METHOD"], environ["wsgi.url_scheme"],
            get(self._scheme), get("SCRIPT_NAME"), get("CONTENT_TYPE"),
        )  # fmt: skip
        known = self.memo.get(words)
        if known is None or not known[0].live:
            known = self._asked_otherwise(environ, words)
            if known is None:
                return None
        page, variant = known
        freshness = self.freshness
        if time.monotonic() >= freshness.until:
            freshness.look()
            if not page.live:
                return None
        if page.until is not None and timezone.now() >= page.until:
            self.store.forget(page)
            return None
        page.used = True
        answer = page.answers.get(variant)
        if answer is None or answer.last_modified != freshness.last_modified or page.carries:
            answer = self._answer(page, variant, environ)
        found = answers.response(answer, get("HTTP_IF_NONE_MATCH"), get("HTTP_IF_MODIFIED_SINCE"))
        if freshness.stale_for is None:
            return found
        return self._stale(found, freshness)

    def _asked_otherwise(
        self, environ: dict[str, Any], words: tuple[Any, ...]
    ) -> tuple[answers.Page, tuple[bool, str]] | None:
        """The page for words that were not heard lately: other ones may have led to it."""
        known: tuple[answers.Page, tuple[bool, str]] | None = self.memo.find(words)
        if known is not None and known[0].live:
            return known
        address = environ[ADDRESS] = addresses.read(environ)
        page = self.store.get(address) if address else None
        if page is None or not self._serves(page, environ):
            return None
        encoding = encodings.accepted(environ.get("HTTP_ACCEPT_ENCODING"))
        known = page, (environ["REQUEST_METHOD"] == "HEAD", encoding)
        self.memo.put(words, known)
        return known

    @staticmethod
    def _serves(page: answers.Page, environ: dict[str, Any]) -> bool:
        """A redirect answers a query only if it is known to carry it on, whatever it means."""
        query = environ.get("QUERY_STRING") or ""
        if page.status == answers.OK or not query:
            return True
        return page.carries and addresses.is_plain(query)

    def _answer(
        self, page: answers.Page, variant: tuple[bool, str], environ: dict[str, Any]
    ) -> answers.Answer:
        head, encoding = variant
        new = variant not in page.answers
        query = environ.get("QUERY_STRING") or ""
        made = answers.answer(page, head, encoding, self.freshness.last_modified, query)
        if new:
            self.store.grown(page)
        return made

    @staticmethod
    def _stale(found: Found, freshness: Freshness) -> Found | None:
        """The answer marked as old; None where it is too old."""
        age = freshness.stale_for
        if age is None or not freshness.usable:
            return None
        return found[0], answers.stale(found[1], age), found[2]

    def _fresh(self, environ: dict[str, Any], start_response: Start) -> Iterable[bytes]:
        """Django's answer, or what another thread or process renders meanwhile."""
        try:
            address = environ[ADDRESS] if ADDRESS in environ else addresses.read(environ)
        except Exception:
            reports.report("addresses")
            address = None
        if address is None:
            return self.application(environ, start_response)
        if self.freshness.stale_for is not None:  # nobody waits for a database that is away
            self._take_over(address)
            return self._again(environ, start_response, address)
        flight, ours = self.flights.join(address)
        if ours:
            try:
                return self._alone(environ, start_response, address)
            finally:
                self.flights.leave(address, flight)
        flight.wait()
        return self._again(environ, start_response, address)

    def _alone(
        self, environ: dict[str, Any], start_response: Start, address: Address
    ) -> Iterable[bytes]:
        with self.flights.alone(address.name) as waited:
            taken = self._take_over(address)
            if not taken and not waited:
                return self._render(environ, start_response, address)
        return self._again(environ, start_response, address)

    def _again(
        self, environ: dict[str, Any], start_response: Start, address: Address
    ) -> Iterable[bytes]:
        """From memory, if the page came there; else from Django, and nobody waits for it."""
        try:
            found = self._remembered(environ)
        except Exception:
            reports.report("memory")
            found = None
        if found is None:
            return self._render(environ, start_response, address)
        start_response(found[0], found[1])
        return found[2]

    def _render(
        self, environ: dict[str, Any], start_response: Start, address: Address
    ) -> Iterable[bytes]:
        ticket = None
        try:
            if time.monotonic() >= self.freshness.until:
                self.freshness.look()
            if self.freshness.stale_for is None:
                state = journal.shared.state()
                ticket = Ticket(address, state, self.freshness.last_modified, self.keep)
        except Exception:
            reports.report("journal")
        if ticket is None:
            return self.application(environ, start_response)
        environ[TICKET] = ticket
        begun: list[Any] = []
        response = self.application(environ, lambda *words: begun.append(words))
        found = ticket.found
        if found is None:
            start_response(*begun[-1])
            return response
        response.close()  # type: ignore[attr-defined]
        start_response(found[0], found[1])
        return found[2]

    def _take_over(self, address: Address) -> bool:
        """Whether another process has rendered the page, and nothing changed since."""
        try:
            page = self.shared.take(address)
            if page is None or (page.until is not None and timezone.now() >= page.until):
                return False
            return self.store.put(page, lambda: _outdated(page))
        except Exception:
            reports.report("shared store")
            return False

    def keep(self, page: answers.Page) -> None:
        """Remember a page that was just rendered, unless something changed meanwhile.

        What a search answers stays here: others need not keep what one reader asked for.
        """
        if self.store.put(page, lambda: _outdated(page)) and not addresses.is_search(page.address):
            self.shared.give(page)


def _outdated(page: answers.Page) -> bool:
    return journal.shared.changed_since(page.state, page.keys)


def front(application: Application) -> Front:
    """The cache as the settings have it; none while templates are being worked on (``DEBUG``)."""
    limit = 0 if settings.DEBUG else settings.PAGE_CACHE_MB * MB
    folder = settings.PAGE_CACHE_ROOT
    return Front(
        application, limit, shared_store(folder) if limit else Shared(None), Flights(folder)
    )
