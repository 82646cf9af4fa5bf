"""Where an address that answers nothing leads: the shape of Django's ``contrib.redirects``.

Old addresses of posts and stories, redirects of editors, merged labels, other spellings (no slash
at the end, other letter case, the site's own language as a prefix). The address that is found is
asked before anybody is sent there: what is not public is no target, and a reader takes one hop.

A redirect may be kept as long as the page that it leads to answers and no address leads elsewhere.
Its ``Location`` ends with the query as it came, whatever it is.
"""

import re
from collections.abc import Callable
from copy import copy
from typing import Any
from urllib.parse import unquote, urlsplit

from django.conf import settings
from django.db.models import Q
from django.http import Http404, HttpRequest, HttpResponse, HttpResponsePermanentRedirect
from django.http.response import HttpResponseBase
from django.urls import Resolver404, resolve
from django.utils import translation

from posts.caching.keys import REDIRECTS, Shown
from posts.content import hyperlinks, slugs
from posts.models import Post, Redirect
from posts.public.feeds import TYPES
from posts.public.listings import KINDS
from posts.public.responses import FEED_AGE, LANGUAGE_TAG

MOST_STEPS = 10
LONGEST_NAME = 253  # of a host; labels have less
LANGUAGE = re.compile(LANGUAGE_TAG)
DATE = re.compile("[0-9]{4}/[0-9]{2}/[0-9]{2}")


class Redirects:
    """Middleware: a 404 to a reader becomes a redirect where the address leads on.

    At most three queries for each step, and those of the page that is found.
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
    step, seen = next_step(request.path), {request.path}
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
            step = next_step(step)
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
    """What another address answers to the same request; None for 404. Files are not looked for."""
    if path.startswith((settings.MEDIA_URL, settings.STATIC_URL)):
        return None if path in (settings.MEDIA_URL, settings.STATIC_URL) else _file()
    asked = copy(request)
    asked.path = asked.path_info = path
    try:
        asked.resolver_match = match = resolve(path)
        answer: HttpResponseBase = match.func(asked, *match.args, **match.kwargs)
    except (Resolver404, Http404):
        return None
    return None if answer.status_code == 404 else answer


def _file() -> HttpResponseBase:
    answer: Any = HttpResponse()
    answer.shown = Shown()
    return answer


def next_step(path: str) -> str:
    """One step from an address that answers nothing to another; empty if there is none.

    A redirect, else another spelling, else the same story of a post that moved. At most three
    queries.
    """
    bare = path.removesuffix("/")
    parent, _slash, slug = bare.rpartition("/")
    paths = [path, f"{bare}/", bare, f"{parent}/"]
    rows = {row.old_path: row for row in _rows(Q(old_path__in=paths))}
    if row := next((rows[one] for one in paths[:3] if one in rows), None):
        return _target(row)
    # To a browser another site; and a file has one spelling, in which it was not found.
    if path.startswith(("//", settings.MEDIA_URL, settings.STATIC_URL)):
        return ""
    spelled = _spelled(path)
    if spelled != path:
        return spelled
    moved = rows.get(f"{parent}/")
    return _moved_story(moved.post, slug) if moved and moved.post and not moved.story else ""


def _moved_story(post: Post, slug: str) -> str:
    """A story of a post that has moved as a whole, under this slug or one that it has now."""
    if post.stories.filter(slug=slug).exists():
        return f"{post.get_absolute_url()}{slug}/"
    renamed = _rows(Q(post=post, old_path__endswith=f"/{slug}/"))
    return _target(renamed[0]) if renamed else ""


def _rows(condition: Q) -> list[Redirect]:
    rows = Redirect.objects.filter(condition).select_related("post", "story__post")
    columns = ("post__address", "story__slug", "story__post__address")
    return list(rows.only("old_path", "target", *columns))


def _target(row: Redirect) -> str:
    if row.story is not None:
        return row.story.get_absolute_url()
    return row.post.get_absolute_url() if row.post is not None else row.target


def _spelled(path: str) -> str:
    """An address as our own links write it, a merged label by the one it was merged into. One query
    for a label, else none.
    """
    parts = path.removeprefix("/").removesuffix("/").split("/")
    if LANGUAGE.fullmatch(parts[0].lower()):
        parts[0] = parts[0].lower()
    if parts[0] == settings.SITE_LANGUAGE:
        parts = parts[1:]
    start = 1 if parts and LANGUAGE.fullmatch(parts[0]) else 0
    rest = parts[start:]
    if len(rest) > 1 and rest[0] in KINDS:
        rest[1] = _effective_name(rest[0], rest[1])
    elif len(rest) > 3 and DATE.fullmatch("/".join(rest[:3])):
        rest[3:] = [slugs.slugify(slug) for slug in rest[3:]]
    parts = [*parts[:start], *rest]
    file = bool(parts) and parts[-1] in TYPES
    return "/" + "/".join(parts) + ("" if file or not parts else "/")


def _effective_name(folder: str, name: str) -> str:
    """The last part of a label's address, from any spelling of its name or of a merged one."""
    if len(name) > LONGEST_NAME:
        return name
    key, spelled = "slug", slugs.tag_slug(name)
    if folder == "sources":
        key, spelled = "host", hyperlinks.host(f"https://{name}")
    rows = KINDS[folder][0].objects.filter(**{key: spelled})
    into = rows.values_list(f"merged_into__{key}", flat=True).first()
    return into or spelled or name
