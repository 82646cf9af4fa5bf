"""Where an address that answers nothing leads: the shape of Django's ``contrib.redirects``.

Old addresses of posts and stories, redirects of editors, merged labels, other spellings (no slash
at the end, other letter case, the site's own language as a prefix of a post). The address that is
found is asked before anybody is sent there: what is not public is no target, and a reader takes
one hop.

A redirect may be kept as long as the page that it leads to answers and no address leads elsewhere.
Its ``Location`` ends with the query as it came, whatever it is.
"""

import re
from collections.abc import Callable
from copy import copy
from functools import cache
from typing import Any, NamedTuple
from urllib.parse import unquote, urlsplit

from django.conf import settings
from django.db.models import CharField
from django.http import Http404, HttpRequest, HttpResponse, HttpResponsePermanentRedirect
from django.http.response import HttpResponseBase
from django.urls import Resolver404, resolve
from django.utils import translation

from posts.caching.keys import REDIRECTS, Shown
from posts.content import hyperlinks, metadata, slugs
from posts.models import Redirect, Story
from posts.models.prepared import Prepared, Slot
from posts.public import front, posts, presence, views
from posts.public.formats import WRITERS
from posts.public.listings import KINDS
from posts.public.presence import answered
from posts.public.responses import FEED_AGE, LANGUAGE_TAG

MOST_STEPS = 10
LONGEST_NAME = 253  # of a host; labels have less
LANGUAGE = re.compile(LANGUAGE_TAG)
DATE = re.compile("[0-9]{4}/[0-9]{2}/[0-9]{2}")

PRESENT: dict[Any, Callable[..., HttpResponse]] = {  # shorter ways to know whether a page is there
    posts.post: presence.post,
    posts.story: presence.story,
    views.listing: presence.listing,
    front.front: presence.listing,
}


class Row(NamedTuple):
    """A redirect; of a story also the address of its post, which is null for one without a date."""

    old_path: str
    target: str
    post_id: int | None
    address: str | None
    story: str | None
    story_post: str | None

    @property
    def leads_to(self) -> str:
        """The address it leads to; empty for a post or a story that has none."""
        if self.story is not None:
            return f"{self.story_post}{self.story}/" if self.story_post else ""
        return self.target if self.post_id is None else self.address or ""


COLUMNS = "old_path target post_id post__address story__slug story__post__address".split()
ROWS = Prepared(
    lambda: (
        Redirect.objects.filter(old_path__in=[Slot(f"path{n}", CharField()) for n in range(4)])
        .values_list(*COLUMNS)
        .order_by()
    )
)


class Redirects:
    """Middleware: a 404 to a reader becomes a redirect where the address leads on.

    At most three queries for each step, and few of the page that is found.
    """

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponseBase]):
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponseBase:
        response = self.get_response(request)
        if response.status_code != 404 or request.method not in ("GET", "HEAD"):
            return response
        with translation.override(translation.get_language()):
            return led_on(request) or response


def led_on(request: HttpRequest) -> HttpResponseBase | None:
    """The redirect to where an address leads in the end; the answer of a post that is gone; None
    where it leads nowhere, in a circle or too far.
    """
    lookup = Lookup()
    step, seen = lookup.next_step(request.path), {request.path}
    while step and step not in seen and len(seen) <= MOST_STEPS:
        seen.add(step)
        answer = _asked(request, step)
        if answer is not None and answer.status_code == 410:
            return answer
        if answer is not None and answer.status_code == 301:
            step = unquote(urlsplit(answer.headers["Location"]).path)
        elif answer is not None:
            return _redirect(request, step, getattr(answer, "shown", None))
        else:
            step = lookup.next_step(step)
    return None


def _redirect(request: HttpRequest, path: str, shown: Shown | None) -> HttpResponse:
    """For good, yet not kept for long: a post may move back. ``shown`` is what the target shows;
    None for what nothing keeps, such as the admin.
    """
    query = request.META.get("QUERY_STRING", "")
    response: Any = HttpResponsePermanentRedirect(
        hyperlinks.quoted(path) + (f"?{query}" if query else "")
    )
    response.headers["Cache-Control"] = f"public, max-age={FEED_AGE}"
    if shown is not None:
        response.shown = Shown({*shown.keys, REDIRECTS}, shown.until)
    return response


def former(request: HttpRequest, to: str) -> HttpResponse:
    """From an address of another program's to ours, where a page always is."""
    return _redirect(request, to, Shown())


def _asked(request: HttpRequest, path: str) -> HttpResponseBase | None:
    """What another address answers to the same request, perhaps without a body; None for 404.
    Files are not looked for.
    """
    if path.startswith((settings.MEDIA_URL, settings.STATIC_URL)):
        return None if path in (settings.MEDIA_URL, settings.STATIC_URL) else answered(Shown())
    if path.startswith(f"/{settings.ADMIN_PATH}/") and not hasattr(request, "user"):
        return HttpResponse()  # it asks who comes, which is not known here; it has an answer to all
    asked = copy(request)
    asked.path = asked.path_info = path
    try:
        asked.resolver_match = match = resolve(path)
        view = getattr(match.func, "__wrapped__", match.func)
        ask = PRESENT.get(view, match.func)
        answer: HttpResponseBase = ask(asked, *match.args, **match.kwargs)
    except (Resolver404, Http404):
        return None
    return None if answer.status_code == 404 else answer


class Lookup:
    """Where addresses lead, one step each; what was asked of the database is not asked again."""

    def __init__(self) -> None:
        self.rows: dict[str, Row | None] = {}
        self.names: dict[tuple[str, str], str] = {}

    def next_step(self, path: str) -> str:
        """One step from an address that answers nothing to another; empty if there is none.

        A redirect, else another spelling, else the same story of a post that moved. At most three
        queries.
        """
        bare = path.removesuffix("/")
        parent, _slash, slug = bare.rpartition("/")
        paths = [path, f"{bare}/", bare, f"{parent}/"]
        self._read(paths)
        if row := next((row for one in paths[:3] if (row := self.rows[one])), None):
            return row.leads_to
        # To a browser another site; and a file has one spelling, in which it was not found.
        if path.startswith(("//", settings.MEDIA_URL, settings.STATIC_URL)):
            return ""
        spelled = self._spelled(path)
        if spelled != path:
            return spelled
        moved = self.rows[f"{parent}/"]
        return _moved_story(moved, slug) if moved and moved.post_id and not moved.story else ""

    def _read(self, paths: list[str]) -> None:
        if all(path in self.rows for path in paths):
            return
        given = {f"path{n}": path for n, path in enumerate(paths)}
        self.rows |= dict.fromkeys(paths)
        self.rows |= {row[0]: Row(*row) for row in ROWS.rows(**given)}

    def _spelled(self, path: str) -> str:
        """An address as our own links write it, a merged label by the one it was merged into.

        One query for a label, else none.
        """
        parts = path.removeprefix("/").removesuffix("/").split("/")
        if LANGUAGE.fullmatch(parts[0].lower()):
            parts[0] = metadata.language_tag(parts[0]) or parts[0].lower()
        if parts[0] == settings.SITE_LANGUAGE and DATE.fullmatch("/".join(parts[1:4])):
            parts = parts[1:] if len(parts) > 4 else parts  # of a post; lists have the prefix
        start = 1 if parts and LANGUAGE.fullmatch(parts[0]) else 0
        rest = parts[start:]
        if len(rest) > 1 and rest[0] in KINDS:
            rest[1] = self._name(rest[0], rest[1])
        elif len(rest) > 3 and DATE.fullmatch("/".join(rest[:3])):
            rest[3:] = [slugs.slugify(slug) for slug in rest[3:]]
        parts = [*parts[:start], *rest]
        file = bool(parts) and parts[-1] in WRITERS
        return "/" + "/".join(parts) + ("" if file or not parts else "/")

    def _name(self, folder: str, name: str) -> str:
        if (folder, name) not in self.names:
            self.names[folder, name] = _effective_name(folder, name)
        return self.names[folder, name]


def _moved_story(moved: Row, slug: str) -> str:
    """A story of a post that has moved as a whole, under this slug or one that it has now."""
    stories = Story.objects.filter(post=moved.post_id)
    if stories.filter(slug=slug).exists():
        return f"{moved.leads_to}{slug}/"
    renamed = Redirect.objects.filter(post=moved.post_id, old_path__endswith=f"/{slug}/")
    row = renamed.order_by("old_path").values_list(*COLUMNS).first()
    return Row(*row).leads_to if row else ""


def _effective_name(folder: str, name: str) -> str:
    """The last part of a label's address, from any spelling of its name or of a merged one."""
    if len(name) > LONGEST_NAME:
        return name
    key, spelled = "slug", slugs.tag_slug(name)
    if folder == "sources":
        key, spelled = "host", hyperlinks.host(f"https://{name}")
    row = _label(folder, key).first(name=spelled)
    return (row and row[0]) or spelled or name


@cache
def _label(folder: str, key: str) -> Prepared:
    rows = KINDS[folder][0].objects.filter(**{key: Slot("name", CharField())}).order_by()
    return Prepared(lambda: rows.values_list(f"merged_into__{key}")[:1])
