"""What a page says of itself to those who list it, share it or keep it.

Every view gives :func:`posts.public.responses.render_page` a :class:`Head`; ``head.html`` writes it
for browsers and people who share, :mod:`posts.public.structured` for search engines.
"""

from collections.abc import Iterable
from dataclasses import dataclass, field
from datetime import datetime
from typing import NamedTuple

from posts.content import analysis
from posts.models.cards import CardImage, CardLink
from posts.models.labels import CardLabels

DESCRIPTION = 200  # in halves of a Chinese character
LOCALES = {
    "ar": "ar_AR", "de": "de_DE", "en": "en_US", "es": "es_ES", "fa": "fa_IR", "fr": "fr_FR",
    "ja": "ja_JP", "ko": "ko_KR", "pt": "pt_PT", "ru": "ru_RU", "zh-hans": "zh_CN",
    "zh-hant": "zh_TW",
}  # fmt: skip


class Link(NamedTuple):
    """A page of ours: its name and its path, which is not quoted."""

    name: str
    address: str


@dataclass(slots=True)
class Article:
    """What a page of a post or of a story says more. ``parts`` are a digest's stories,
    ``part_of`` is a story's digest.
    """

    published: datetime
    modified: datetime
    language: str
    labels: CardLabels
    sources: Iterable[CardLink] = ()
    words: int = 0
    picture: CardImage | None = None
    parts: list[Link] = field(default_factory=list)
    part_of: Link | None = None


@dataclass(slots=True)
class Head:
    """A page's ``<head>``.

    ``address`` is the one path under which the page wants to be known, empty for what is no page
    of its own (an error); ``query`` is the part of it that makes another page, ``next`` that of
    the next one. ``title`` is empty for a front page, which is called what the site is.
    ``feeds`` is the path of the list whose feeds are named, empty for the site's own, and
    ``feeds_query`` says which of its kinds. ``crumbs`` lead from the front page to this one,
    ``items`` are what a list holds. ``translations`` are (language, path) of the same page.
    """

    title: str = ""
    address: str = ""
    description: str = ""
    kind: str = "website"
    query: str = ""
    next: str = ""
    noindex: bool = False
    feeds: str = ""
    feeds_title: str = ""
    feeds_query: str = ""
    crumbs: list[Link] = field(default_factory=list)
    items: list[Link] = field(default_factory=list)
    article: Article | None = None
    translations: list[tuple[str, str]] = field(default_factory=list)

    def __post_init__(self) -> None:
        self.description = analysis.shortened(self.description, DESCRIPTION)


def locale(language: str) -> str:
    """A language as Open Graph names it; empty for one of which the country is anybody's guess."""
    tag, _sep, region = language.partition("-")
    return LOCALES.get(language) or (f"{tag}_{region.upper()}" if len(region) == 2 else "")
