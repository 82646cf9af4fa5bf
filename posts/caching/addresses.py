"""Which page a request asks for: the facts that an answer depends on, and no others.

What is no reader's request for a page has no address here: Django answers it and nothing is kept.
"""

import re
from typing import Any, NamedTuple
from urllib.parse import unquote_to_bytes, urlencode

from django.conf import settings
from django.core.exceptions import DisallowedHost
from django.core.handlers.wsgi import get_script_name
from django.http import HttpRequest, QueryDict

METHODS = ("GET", "HEAD")
LONGEST = 2000  # bytes of a path or a query that is looked at
FEED = re.compile(r"/(?:rss\.xml|atom\.xml|feed\.json)\Z")
# Lists by date and of labels, indexes of labels and the front page; a post and a story are longer.
LIST = re.compile(
    r"/(?:[a-z]{2,3}(?:-[a-z0-9]{2,8})?/)?"
    r"(?:|[0-9]{4}/(?:[0-9]{2}/){0,2}|(?:tags|categories|authors|sources)/(?:[^/]+/)?)\Z"
)
SEARCH = re.compile(
    r"/(?:[a-z]{2,3}(?:-[a-z0-9]{2,8})?/)?search/(?:|rss\.xml|atom\.xml|feed\.json|suggest\.json)\Z"
)
BUILDER = re.compile(r"/(?:[a-z]{2,3}(?:-[a-z0-9]{2,8})?/)?feeds/\Z")
BUILT = {"words", "category", "tags", "sources", "authors", "without", "items", "content"}
OPML = "/feeds.opml"
CURSOR = "before"
ARCHIVE = "archive"
CHOICES = {"items": "stories", "content": "summary"}  # of feeds; no other value means anything
SEARCHED = {"q", "in", "order", "from"}  # of the page of a search
LONGEST_SEARCH = 60  # characters of a query whose answer is kept: nobody types a longer one again
NAMES = {CURSOR, ARCHIVE, *CHOICES, *SEARCHED}


class Address(NamedTuple):
    """What an answer is kept by. ``values`` are the parameters that mean something here."""

    secure: bool
    path: str  # PATH_INFO: bytes as latin-1
    values: tuple[tuple[str, str], ...] = ()

    @property
    def name(self) -> str:
        """In one text, for stores that know no tuples."""
        return f"{self.secure:d}{self.path}?{urlencode(self.values)}"


def is_search(address: Address) -> bool:
    """True for what a search answers: whoever likes can ask for any number of them."""
    return bool(SEARCH.match(address.path))


class _Facts(HttpRequest):
    """Django's own reading of host and scheme, without the rest of a request."""

    def __init__(self, environ: dict[str, Any]):
        self.META = environ

    def _get_scheme(self) -> str:
        return str(self.META.get("wsgi.url_scheme"))


def is_page(path: str) -> bool:
    """True for what may be a page: no file, nothing of the admin, not the question for health."""
    kept_out = (f"/{settings.ADMIN_PATH}/", settings.STATIC_URL, settings.MEDIA_URL, "/healthz")
    return not path.startswith(kept_out)


def read(environ: dict[str, Any]) -> Address | None:
    """The address of a request; None for one that Django has to see.

    Cookies other than a session's change no page, nor do ``Range`` and a body.
    """
    path, query = environ.get("PATH_INFO") or "/", environ.get("QUERY_STRING") or ""
    if (
        environ["REQUEST_METHOD"] not in METHODS
        or not is_page(path)
        or len(path) > LONGEST
        or len(query) > LONGEST
        or "HTTP_HOST" not in environ
        or "HTTP_AUTHORIZATION" in environ
        or "charset" in (environ.get("CONTENT_TYPE") or "")
        or settings.SESSION_COOKIE_NAME in environ.get("HTTP_COOKIE", "")
        or settings.USE_X_FORWARDED_HOST
        or get_script_name(environ)
        or _is_built(path, query)
    ):
        return None
    facts = _Facts(environ)
    try:
        facts.get_host()
    except DisallowedHost:
        return None
    secure = facts.is_secure()
    if settings.SECURE_SSL_REDIRECT and not secure:
        return None
    values = _values(path, query)
    return None if values is None else Address(secure, path, values)


def _is_built(path: str, query: str) -> bool:
    """True for a feed that somebody builds, or a list of that one: nobody else asks for it."""
    if not query or not (path == OPML or BUILDER.match(path)):
        return False
    given = QueryDict(query)
    if path == OPML:
        return bool(given.get("q"))
    return any(CHOICES.get(name, value) == value for name, value in given.items() if name in BUILT)


def parameters(path: str) -> set[str]:
    """The names of the parameters that an address may read."""
    if SEARCH.match(path):
        return {CURSOR, *CHOICES, *SEARCHED}
    if BUILDER.match(path):
        return BUILT
    if path == OPML:
        return {"q", *CHOICES}
    if FEED.search(path):
        return {CURSOR, ARCHIVE, *CHOICES}
    return {CURSOR} if LIST.match(path) else set()


def _values(path: str, query: str) -> tuple[tuple[str, str], ...] | None:
    """What Django would read; None for a query that it refuses."""
    if not query:
        return ()
    try:
        if not query.isascii() or "\0" in unquote_to_bytes(query).decode():
            return None
    except UnicodeDecodeError:
        return None
    given = QueryDict(query)
    if SEARCH.match(path) and len(given.get("q", "")) > LONGEST_SEARCH:
        return None
    return tuple(
        (name, given[name])
        for name in sorted(parameters(path))
        if name in given and CHOICES.get(name, given[name]) == given[name]
    )


def is_plain(query: str) -> bool:
    """True for a query without any parameter that means something somewhere.

    Only then is a redirect the same for all: it leads on where the address behind it answers.
    """
    return not query or NAMES.isdisjoint(QueryDict(query))
