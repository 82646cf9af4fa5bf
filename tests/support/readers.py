"""Readers who ask the page cache as a server does, without a server."""

import io
from collections.abc import Iterator
from contextlib import closing, contextmanager
from dataclasses import dataclass
from datetime import timedelta
from typing import Any
from unittest import mock
from urllib.parse import unquote_to_bytes, urlsplit

from django.core.handlers.wsgi import WSGIHandler
from django.core.signals import request_finished, request_started
from django.db import close_old_connections, connection
from django.test import TestCase
from django.utils import timezone

from posts.caching import encodings, freshness, journal, menus
from posts.caching.flights import Flights
from posts.caching.front import MB, Front
from posts.caching.shared import Shared
from posts.models.sites import site_values


@contextmanager
def within_transaction() -> Iterator[None]:
    """Requests do not close the connection of a test's transaction, as with Django's client."""
    signals = (request_started, request_finished) if connection.in_atomic_block else ()
    for signal in signals:
        signal.disconnect(close_old_connections)
    try:
        yield
    finally:
        for signal in signals:
            signal.connect(close_old_connections)


@dataclass
class Answer:
    """An answer of a WSGI application."""

    status: int
    headers: dict[str, str]
    body: bytes

    @property
    def text(self) -> str:
        """The body as it was before it was compressed."""
        return encodings.decompress(self.body, self.headers.get("Content-Encoding", "")).decode()


class Site:
    """Django behind a page cache of its own. ``renderings`` counts what Django was asked."""

    def __init__(self, limit: int = 8 * MB, shared: Shared | None = None, flights: Any = None):
        self.renderings = 0
        self._django = WSGIHandler()
        self.front = Front(self._asked, limit, shared or Shared(None), flights or Flights(None))

    def _asked(self, environ: dict[str, Any], start_response: Any) -> Any:
        self.renderings += 1
        return self._django(environ, start_response)

    def ask(self, address: str, method: str = "GET", headers: dict[str, str] | None = None, **more):
        """One request; ``more`` goes into the environ as it is."""
        parts = urlsplit(address)
        environ = {
            "REQUEST_METHOD": method,
            "SCRIPT_NAME": "",
            "PATH_INFO": unquote_to_bytes(parts.path).decode("latin-1"),
            "QUERY_STRING": parts.query,
            "SERVER_NAME": "127.0.0.1",
            "SERVER_PORT": "8000",
            "SERVER_PROTOCOL": "HTTP/1.1",
            "HTTP_HOST": "localhost",
            "wsgi.url_scheme": "http",
            "wsgi.input": io.BytesIO(),
            "wsgi.errors": io.StringIO(),
        }
        for name, value in (headers or {}).items():
            environ[f"HTTP_{name.upper().replace('-', '_')}"] = value
        environ |= more
        environ = {name: value for name, value in environ.items() if value is not None}
        started: list[Any] = []
        with within_transaction():
            body = self.front(
                environ, lambda status, headers, error=None: started.append((status, headers))
            )
            with closing(body) if hasattr(body, "close") else closing(io.BytesIO()):
                content = b"".join(body)
        ((status, pairs),) = started
        single = [name.lower() for name, _value in pairs if name != "Set-Cookie"]
        assert len(set(single)) == len(single), pairs
        return Answer(int(status[:3]), dict(pairs), content)


class KnownChanges:
    """A journal whose changes a test writes; ``good`` is false while its database is away."""

    last_modified = None

    def __init__(self):
        self.good, self.changes, self.listener = True, [], None

    def state(self):
        return journal.State("", 0.0, "x", len(self.changes))

    def changed_since(self, state, names):
        return any(set(change) & {*names, "*"} for change in self.changes[state.number :])

    def ensure_fresh(self):
        return self.good

    def looks(self):
        return False

    def menu(self, language):
        return menus.read_menu(language)

    def site(self):
        return site_values(None)

    def known_menu(self, language=""):
        return None

    def want_menu(self, language=""):
        pass

    def change(self, *names):
        self.changes.append(names)
        self.listener(names)


class CachedSite(TestCase):
    """A site behind a page cache, with a journal of our own."""

    def setUp(self):
        super().setUp()
        self.journal = KnownChanges()
        patched = mock.patch.object(journal, "shared", self.journal)
        patched.start()
        self.addCleanup(patched.stop)
        settled = mock.patch.object(freshness, "STARTED", timezone.now() - timedelta(days=1))
        settled.start()
        self.addCleanup(settled.stop)
        self.site = Site()

    def warm(self, address, **options):
        """The fresh answer and the one from memory."""
        before = self.site.renderings
        fresh = self.site.ask(address, **options)
        self.assertEqual(self.site.renderings, before + 1, "nothing was rendered")
        hit = self.site.ask(address, **options)
        self.assertEqual(self.site.renderings, before + 1, f"{address} was not kept")
        return fresh, hit

    def assert_django(self, address, **options):
        """Django answers, each time."""
        before = self.site.renderings
        first, second = (self.site.ask(address, **options) for _time in range(2))
        self.assertEqual(self.site.renderings, before + 2, f"{address} {options} was kept")
        return first, second
