"""Answers made of a page: one way for those from memory and those just rendered.

A :class:`Page` is an answer of Django's without what depends on who asks. An :class:`Answer` is
what one kind of client gets: in its encoding, with a body or without, and the 304 beside it.
"""

from collections.abc import Iterable
from datetime import datetime
from http import HTTPStatus
from typing import Any

from django.utils.encoding import iri_to_uri
from django.utils.http import http_date, parse_etags, parse_http_date_safe

from posts.caching import encodings
from posts.caching.addresses import Address
from posts.caching.journal import State

Headers = list[tuple[str, str]]
OK = 200
STALE_AGE = 5  # seconds that a cache may keep what is marked stale
OF_BODIES = {"content-type", "content-encoding", "content-length", "content-language"}
OWN = {"Surrogate-Key", "Cache-Tag", "Location"}  # headers that no other page has
NOT_MODIFIED = "304 Not Modified"


_pairs: dict[tuple[str, str], tuple[str, str]] = {}


class Gone(Exception):
    """The page was forgotten while its answer was being made."""


class Page:
    """An answer of Django's, by everybody who may get it.

    ``headers`` are those that do not depend on the client; ``forms`` holds the body by encoding,
    at first the one that was asked for. ``carries`` is true for a redirect that is known to pass
    the query on. ``used`` and ``cost`` (bytes) are the store's, and so is ``live``: false from the
    time at which the page must not be given out any more.
    """

    __slots__ = (
        "address", "answers", "carries", "cost", "etag", "forms", "headers", "keys", "live",
        "state", "status", "until", "used",
    )  # fmt: skip

    def __init__(
        self,
        address: Address,
        status: int,
        headers: Headers,
        forms: dict[str, bytes],
        *,
        etag: str,
        keys: Iterable[str],
        until: datetime | None,
        state: State,
        carries: bool = False,
    ):
        self.address, self.status, self.forms = address, status, forms
        self.headers = [_shared(header) for header in headers]
        self.keys = tuple(keys)  # a set would take ten times as much
        self.etag, self.until, self.state = etag, until, state
        self.carries = carries
        self.answers: dict[tuple[bool, str], Answer] = {}
        self.live, self.used, self.cost = True, False, 0

    @property
    def own(self) -> Headers:
        """The headers that no other page shares the memory of."""
        return [header for header in self.headers if _pairs.get(header) is not header]

    def form(self, encoding: str) -> tuple[str, bytes]:
        """(encoding, body) for a client that takes that encoding; what is tiny is not compressed.

        Of several forms the plain one goes, since it is the largest and seldom asked for. Raises
        :class:`Gone`.
        """
        forms = self.forms
        if encoding in forms:
            return encoding, forms[encoding]
        if not forms:
            raise Gone
        had, body = next(iter(forms.items()))
        plain = encodings.decompress(body, had)
        if len(plain) < encodings.SMALLEST:
            return encodings.IDENTITY, plain
        made = encodings.compress(plain, encoding)
        if self.live:
            self.forms = {name: form for name, form in forms.items() if name} | {encoding: made}
        return encoding, made


def _shared(header: tuple[str, str]) -> tuple[str, str]:
    """A header as one object for all pages that have it; long ones are a page's own."""
    if len(header[1]) > 300 or header[0] in OWN:
        return header
    if len(_pairs) > 2000:
        _pairs.clear()
    return _pairs.setdefault(header, header)


class Answer:
    """What one kind of client gets of a page: status, headers and body, or the 304."""

    __slots__ = ("body", "headers", "last_modified", "status", "tags", "unchanged")

    def __init__(self, page: Page, head: bool, encoding: str, last_modified: int | None):
        encoding, body = page.form(encoding)
        self.status = f"{page.status} {HTTPStatus(page.status).phrase}"
        self.body = [] if head else [body]
        self.last_modified = last_modified
        # As it is the body is the very same byte by byte; compressed it says the same.
        strong, weak = f'"{page.etag}"', f'W/"{page.etag}"'
        self.tags = (weak, strong) if page.etag else ()
        headers = page.headers.copy()
        if page.etag:
            headers.append(("ETag", weak if encoding else strong))
        if page.etag and last_modified is not None:
            headers.append(("Last-Modified", http_date(last_modified)))
        self.unchanged = [header for header in headers if header[0].lower() not in OF_BODIES]
        if encoding:
            headers.append(("Content-Encoding", encoding))
        headers.append(("Content-Length", str(len(body))))
        self.headers = headers

    def is_known(self, if_none_match: str | None, if_modified_since: str | None) -> bool:
        """True where a client has it already: one of its tags is ours, or its time is the very
        one that we gave.
        """
        if if_none_match is not None:
            if if_none_match in self.tags:
                return True
            tags = parse_etags(if_none_match)
            return tags == ["*"] or not set(tags).isdisjoint(self.tags)
        if if_modified_since is None or self.last_modified is None:
            return False
        return parse_http_date_safe(if_modified_since) == self.last_modified


def answer(
    page: Page, head: bool, encoding: str, last_modified: int | None, query: str = ""
) -> Answer:
    """The answer to a kind of client, kept with the page.

    ``last_modified`` is the site's, in seconds; an answer with another one is made anew. A redirect
    passes its query on, and is not kept.
    """
    found = page.answers.get((head, encoding))
    if found is None or found.last_modified != last_modified:
        found = Answer(page, head, encoding, last_modified)
        page.answers[head, encoding] = found
    if not (query and page.carries):
        return found
    carried = Answer(page, head, encoding, last_modified)
    carried.headers = [
        (name, iri_to_uri(f"{value}?{query}") if name == "Location" else value)
        for name, value in carried.headers
    ]
    return carried


def response(
    found: Answer, if_none_match: str | None, if_modified_since: str | None
) -> tuple[str, Headers, list[bytes]]:
    """(status, headers, body): of the answer, or of a 304 where the client has it."""
    if (if_none_match is not None or if_modified_since is not None) and (
        found.status == "200 OK" and found.is_known(if_none_match, if_modified_since)
    ):
        return NOT_MODIFIED, found.unchanged.copy(), []
    return found.status, found.headers.copy(), found.body


def stale(headers: Headers, age: float) -> Headers:
    """Headers of an answer that could not be checked for some seconds (RFC 5861, RFC 9111)."""
    kept = [header for header in headers if header[0] != "Cache-Control"]
    return [
        *kept,
        ("Cache-Control", f"public, max-age={STALE_AGE}"),
        ("Warning", '110 - "Response is Stale"'),
        ("Age", str(int(age))),
    ]


def as_json(page: Page) -> dict[str, Any]:
    """All of a page but its body, for stores that keep text."""
    return {
        "status": page.status,
        "headers": page.headers,
        "etag": page.etag,
        "keys": page.keys,
        "until": page.until and page.until.isoformat(),
        "state": list(page.state),
        "carries": page.carries,
    }


def from_json(address: Address, kept: dict[str, Any], forms: dict[str, bytes]) -> Page:
    """The page that :func:`as_json` described."""
    return Page(
        address,
        kept["status"],
        [(name, value) for name, value in kept["headers"]],
        forms,
        etag=kept["etag"],
        keys=kept["keys"],
        until=datetime.fromisoformat(kept["until"]) if kept["until"] else None,
        state=State(*kept["state"]),
        carries=kept["carries"],
    )
