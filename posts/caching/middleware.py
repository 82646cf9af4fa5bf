"""The middleware that makes pages of Django's answers, and answers readers from them.

It is the outermost, so that what is kept has every header. Views know nothing of conditions, HEAD
or encodings: all are answered here, for a page from memory and a fresh one by the same functions.
"""

from collections.abc import Callable, Iterator
from datetime import timedelta
from typing import Any

from django.conf import settings
from django.http import HttpRequest, HttpResponse, QueryDict
from django.http.response import HttpResponseBase
from django.utils import timezone
from django.utils.cache import patch_vary_headers
from django.utils.encoding import iri_to_uri
from django.utils.http import parse_http_date_safe

from posts.caching import addresses, answers, encodings, journal, reports
from posts.caching.front import TICKET, Ticket
from posts.caching.keys import EVERYTHING, Shown

CONDITIONS = ("HTTP_IF_NONE_MATCH", "HTTP_IF_MODIFIED_SINCE", "HTTP_RANGE", "HTTP_IF_RANGE")
KEPT = (200, 301, 308)
OF_A_CLIENT = {"content-length", "content-encoding", "etag", "last-modified"}
PRIVATE = {"private", "no-store", "no-cache"}
NEW = timedelta(days=1)  # that a page is kept which is open to newer posts
MOST_TAGS = 2000  # bytes of keys in a header: nginx refuses heads of more than 4,096 by default
NOWHERE = journal.State("", 0.0, "", 0)
VARY = {"", "accept-encoding"}
CDN_HEADERS = {"Surrogate-Key": " ", "Cache-Tag": ","}


class PageCache:
    """Answers readers in the form that they take, and keeps pages that say what they show."""

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponseBase]):
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponseBase:
        method = request.method or ""
        if method not in addresses.METHODS or not addresses.is_page(request.path_info):
            return self.get_response(request)
        ticket = request.META.pop(TICKET, None)
        conditions = [request.META.pop(name, None) for name in CONDITIONS]
        if ticket:  # none of these cookies is a session, and none else may shape a page
            request.META.pop("HTTP_COOKIE", None)
        query = request.META.get("QUERY_STRING", "")
        watched = request.GET = Watched(query)  # type: ignore[assignment]
        request.method = "GET"
        response = self.get_response(request)
        request.method = method
        if not isinstance(response, HttpResponse) or response.has_header("Content-Encoding"):
            return response
        try:
            encoding = encodings.accepted(request.META.get("HTTP_ACCEPT_ENCODING"))
            if response.headers.get("Content-Type", "").startswith("image/"):
                encoding = encodings.IDENTITY  # it is compressed already
            if not _is_page(response):
                return _compressed(response, encoding)
            page = _page(response, ticket, query)
            changed = ticket.last_modified if ticket else _last_modified(response)
            answer = answers.answer(page, method == "HEAD", encoding, changed, query)
            if ticket and _may_be_kept(response, page, query, watched.names):
                ticket.keep(page)
        except Exception:
            reports.report("encodings and conditions")
            return response
        found = answers.response(answer, *conditions[:2])
        if ticket and not response.cookies:
            ticket.found = found
            return response
        return _written(response, *found)


class Watched(QueryDict):
    """The parameters of a request, and the names that somebody asked for (``*`` for all of them).

    A page that depends on more than :func:`addresses.parameters` says would answer others wrongly.
    """

    def __init__(self, query: str):
        self.names: set[str] = set()
        super().__init__(query.encode("latin-1", "replace"))
        self.names = set()

    def __getitem__(self, key: str) -> Any:
        self.names.add(key)
        return super().__getitem__(key)

    def __contains__(self, key: object) -> bool:
        self.names.add(str(key))
        return super().__contains__(key)

    def getlist(self, key: str, default: Any = None) -> Any:
        self.names.add(key)
        return super().getlist(key, default)

    def __iter__(self) -> Iterator[str]:
        self.names.add("*")
        return super().__iter__()

    def __len__(self) -> int:
        self.names.add("*")
        return super().__len__()

    def lists(self) -> Any:
        self.names.add("*")
        return super().lists()


def _is_page(response: HttpResponse) -> bool:
    """True for what has a validator, or says what it shows."""
    if getattr(response, "shown", None) is not None:
        return response.status_code in KEPT
    return response.status_code == answers.OK and response.has_header("ETag")


def _page(response: HttpResponse, ticket: Ticket | None, query: str) -> answers.Page:
    """The page of a response: all its headers but those that depend on the client."""
    shown = getattr(response, "shown", None) or Shown()
    if response.status_code == answers.OK:
        patch_vary_headers(response, ("Accept-Encoding",))
    headers = [pair for pair in response.items() if pair[0].lower() not in OF_A_CLIENT]
    ending = iri_to_uri(f"?{query}") if query else ""
    location = response.headers.get("Location", "")
    carries = bool(ending) and location.endswith(ending)
    if carries:
        base = location.removesuffix(ending)
        headers = [(name, base if name == "Location" else value) for name, value in headers]
    until = shown.until
    if any(key.endswith("@new") for key in shown.keys):
        day = timezone.now() + NEW
        until = min(until, day) if until else day
    return answers.Page(
        ticket.address if ticket else addresses.Address(False, ""),
        response.status_code,
        [*headers, *_tags(shown.keys)],
        {encodings.IDENTITY: response.content},
        etag=response.headers.get("ETag", "").strip('"'),
        keys=sorted(shown.keys),
        until=until,
        state=ticket.state if ticket else NOWHERE,
        carries=carries,
    )


def _tags(keys: set[str]) -> answers.Headers:
    """The keys for a CDN, as the settings have it; ``*`` alone where they are too many."""
    found = []
    for name in settings.CDN_KEYS if keys else ():
        value = CDN_HEADERS[name].join(sorted(keys))
        found.append((name, value if len(value) <= MOST_TAGS else EVERYTHING))
    return found


def _last_modified(response: HttpResponse) -> int | None:
    return parse_http_date_safe(response.headers.get("Last-Modified", ""))


def _may_be_kept(response: HttpResponse, page: answers.Page, query: str, names: set[str]) -> bool:
    """False for what is not for everybody, and for what depends on more than its address says."""
    control, vary = _words(response, "Cache-Control"), _words(response, "Vary")
    redirect = page.status != answers.OK
    return (
        getattr(response, "shown", None) is not None
        and not response.cookies
        and not control & PRIVATE
        and vary <= VARY
        and names
        <= addresses.parameters(page.address.path) | (addresses.NAMES if redirect else set())
        and not (redirect and query and not (page.carries and addresses.is_plain(query)))
    )


def _words(response: HttpResponse, header: str) -> set[str]:
    return {word.strip() for word in response.headers.get(header, "").lower().split(",")}


def _written(
    response: HttpResponse, status: str, headers: answers.Headers, body: list[bytes]
) -> HttpResponse:
    """The response with another status, other headers and another body; the rest of it stays."""
    response.status_code = int(status[:3])
    response.content = b"".join(body)
    for name, _value in list(response.items()):
        del response.headers[name]
    for name, value in headers:
        response.headers[name] = value
    return response


def _compressed(response: HttpResponse, encoding: str) -> HttpResponse:
    """What is no page, such as an error: compressed if it is worth it."""
    if len(response.content) < encodings.SMALLEST:
        return response
    patch_vary_headers(response, ("Accept-Encoding",))
    if encoding:
        response.content = encodings.compress(response.content, encoding)
        response.headers["Content-Encoding"] = encoding
        response.headers["Content-Length"] = str(len(response.content))
    return response
