"""What stands in the parts of the sitemap.

``pages`` are those that every site has, ``days`` the archive by date, ``archives-tags`` and so on
the lists of labels, these in a language too (``days.en``); ``posts-2026-01`` are the posts and
stories of a month. A part holds 50,000 addresses at most, as the protocol has it: a month of very
many posts has parts of its days, a day of very many parts of a thousand posts (``-2`` and so on),
and labels are cut by their numbers.
"""

import json
import re
from calendar import monthrange
from collections.abc import Iterator
from datetime import date
from functools import cache
from itertools import islice
from typing import Any, NamedTuple, cast

from django.db.models import BigIntegerField, DateField, QuerySet, TextField
from django.db.models.functions import Cast
from django.http import Http404
from django.utils import timezone

from posts.caching import keys
from posts.caching.keys import Shown
from posts.content import hyperlinks
from posts.models import Post
from posts.models.prepared import LANGUAGE, NOW, Prepared, Slot
from posts.public import months
from posts.public.listings import KINDS
from posts.public.localized import htmllang
from posts.public.responses import LANGUAGE_TAG, language_prefix, menu, site_uri
from posts.public.translations import translation_columns, translations

MOST = 50_000  # addresses of a part
POSTS = 1_000  # posts of one: that many have fewer addresses, with all of their stories
NUMBER = "[2-9]|[1-9][0-9]"
NAME = re.compile(
    "pages|(?P<days>days)"
    f"|posts-(?P<month>[0-9]{{4}}-[0-9]{{2}})(?:-(?P<day>[0-9]{{2}})(?:-(?P<chunk>{NUMBER}))?)?"
    f"|archives-(?P<kind>{'|'.join(KINDS)})(?:-(?P<cut>{NUMBER}))?"
)


class Row(NamedTuple):
    """What a part names of a post; ``card`` is as it is stored."""

    pk: int
    address: str
    language: str
    modified_at: Any
    expires_at: Any
    card: str


def escaped(path: str) -> str:
    """A path as it stands in XML."""
    return hyperlinks.quoted(path).replace("&", "&amp;")


def absolute(path: str) -> str:
    """A path with scheme and host, as it stands in XML."""
    return site_uri(path).replace("&", "&amp;")  # the only one of XML that a URI can hold


def lines(name: str, shown: Shown) -> list[str]:
    """The lines of a part. Raises Http404 for one that is not there. At most two queries."""
    name, dot, language = name.partition(".")
    found = NAME.fullmatch(name)
    if found is None or (dot and not re.fullmatch(LANGUAGE_TAG, language)):
        raise Http404
    named = found.groupdict()
    if named["month"]:
        given = [] if language else list(islice(_posts_of(named, shown), MOST))
        if not given:
            raise Http404
        return given
    if language or name == "pages":
        shown.add(keys.MENU)
    if language and language not in menu().languages:
        raise Http404
    if named["days"]:
        return list(islice(_days(language, shown), MOST))
    if named["kind"]:
        given = list(_archives(named["kind"], int(named["cut"] or 1), language, shown))
    else:
        given = [] if language else list(_pages())
    if not given:
        raise Http404
    return given


def _line(path: str) -> str:
    return f"<url><loc>{absolute(path)}</loc></url>\n"


def _pages() -> Iterator[str]:
    for language in ("", *menu().languages):
        prefix = language_prefix(language)
        yield _line(prefix)
        yield _line(f"{prefix}feeds/")


def _days(language: str, shown: Shown) -> Iterator[str]:
    """Years, months and days that have posts."""
    shown.add(*keys.span(keys.scoped(keys.DAY, language), None, None, timezone.now()))
    prefix, year, month = language_prefix(language), 0, 0
    yield _line(f"{prefix}archive/")
    for day in months.days(language):
        if day.year != year:
            yield _line(f"{prefix}{day.year:04}/")
        if (day.year, day.month) != (year, month):
            yield _line(f"{prefix}{day.year:04}/{day.month:02}/")
        year, month = day.year, day.month
        yield _line(f"{prefix}{year:04}/{month:02}/{day.day:02}/")


def _archives(kind: str, cut: int, language: str, shown: Shown) -> Iterator[str]:
    shown.add(keys.INDEXES[kind])
    if language:
        shown.add(*keys.span(keys.scoped(keys.ALL, language), None, None, timezone.now()))
    origin = absolute(f"{language_prefix(language)}{kind}/")
    if cut == 1:
        yield f"<url><loc>{origin}</loc></url>\n"
    bounds = {"after": (cut - 1) * MOST, "last": cut * MOST}
    for (name,) in _labels(kind, bool(language)).rows(language=language, **bounds):
        yield f"<url><loc>{origin}{escaped(name)}/</loc></url>\n"


@cache
def _labels(kind: str, language: bool) -> Prepared:
    def make() -> QuerySet[Any]:
        key = "host" if kind == "sources" else "slug"
        rows = KINDS[kind][0].objects.listed(LANGUAGE if language else "", now=NOW)
        after, last = Slot("after", BigIntegerField()), Slot("last", BigIntegerField())
        found: QuerySet[Any] = rows.filter(pk__gt=after, pk__lte=last).order_by(key)
        return found.values_list(key)

    return Prepared(make)


def _posts_of(named: dict[str, str], shown: Shown) -> Iterator[str]:
    """Posts with their stories: a line for each address, of which each must cost little."""
    try:
        first = date.fromisoformat(f"{named['month']}-{named['day'] or '01'}")
    except ValueError:
        raise Http404 from None
    last = first if named["day"] else first.replace(day=monthrange(first.year, first.month)[1])
    shown.add(*keys.span(keys.MAP, first, last, timezone.now()))
    prepared = _posts(int(named["chunk"] or 1) if named["day"] else 0)
    origin = absolute("")
    for row in prepared.rows(first=first, last=last):
        post = Row(*row[: len(Row._fields)])
        shown.expires(post.expires_at)
        card = json.loads(post.card)
        links, _others = translations(row[len(Row._fields) :], cast(Any, post), shown)
        url = f"<url><loc>{origin}{escaped(post.address)}"
        end = f"<lastmod>{post.modified_at.isoformat(timespec='seconds')}</lastmod>"
        yield f"{url}</loc>{end}{_picture(card)}{_links(links, origin)}</url>\n"
        for story in card["stories"]:
            yield f"{url}{escaped(story[0])}/</loc>{end}</url>\n"


def _picture(card: dict[str, Any]) -> str:
    image = card.get("image")
    if not image:
        return ""
    address = image[0] if "://" in image[0] else site_uri("") + hyperlinks.uri(image[0])
    address = address.replace("&", "&amp;")
    return f"<image:image><image:loc>{address}</image:loc></image:image>"


def _links(links: list[tuple[str, str]], origin: str) -> str:
    return "".join(
        f'<xhtml:link rel="alternate" hreflang="{htmllang(language)}"'
        f' href="{origin}{escaped(address)}"/>'
        for language, address in links
    )


@cache
def _posts(chunk: int) -> Prepared:
    """A thousand posts of some days, or all of them (0)."""

    def make() -> QuerySet[Any]:
        days = (Slot("first", DateField()), Slot("last", DateField()))
        rows = Post.objects.published(now=NOW).filter(day__range=days)
        found: QuerySet[Any] = rows.order_by("-day", "-published_at", "-path").values_list(
            *("id", "address", "language", "modified_at", "expires_at"),
            Cast("card", TextField()),
            *translation_columns(),
        )
        return found[(chunk - 1) * POSTS : chunk * POSTS] if chunk else found[:MOST]

    return Prepared(make)
