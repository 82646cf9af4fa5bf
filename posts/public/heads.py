"""What a page says of itself to those who list it, share it or keep it.

Every view gives :func:`posts.public.responses.render_page` a :class:`Head`; ``head.html`` writes it
for browsers and people who share, :mod:`posts.public.structured` for search engines.
"""

from collections.abc import Collection, Iterable
from dataclasses import dataclass, field
from datetime import date, datetime
from typing import NamedTuple

from posts.content import analysis, hyperlinks
from posts.deriving.poster import MOST_MARKS, Poster
from posts.models.cards import CardImage, CardLink
from posts.models.labels import CardLabels
from posts.models.sites import SiteValues
from posts.public import localized

EVERY = frozenset({"*"})  # all languages of the site
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

    day: date
    published: datetime
    modified: datetime
    language: str
    labels: CardLabels
    sources: Iterable[CardLink] = ()
    words: int = 0
    picture: CardImage | None = None
    parts: list[Link] = field(default_factory=list)
    part_of: Link | None = None
    rtl: bool = False


@dataclass(slots=True)
class Head:
    """A page's ``<head>``.

    ``address`` is the one path under which the page wants to be known, empty for what is no page
    of its own (an error); ``query`` is the part of it that makes another page, ``next`` that of
    the next one. ``title`` is empty for a front page, which is called what the site is.
    ``feeds`` is the path of the list whose feeds are named, empty for the site's own, and
    ``feeds_query`` says which of its kinds. ``crumbs`` lead from the front page to this one,
    ``items`` are what a list holds. A page that ``has_card`` is shared with a picture of its own,
    any other with the site's. ``about`` is what editors say of a label. ``translations`` are
    (language, path) of the same page; ``elsewhere`` are those that stand for it for readers only.
    ``languages`` of a list are those in which it is there at the same path behind their prefix, and
    :mod:`posts.public.languages` makes its translations of them; None for what is no list.
    """

    title: str = ""
    address: str = ""
    description: str = ""
    kind: str = "website"
    query: str = ""
    next: str = ""
    noindex: bool = False
    has_card: bool = False
    feeds: str = ""
    feeds_title: str = ""
    feeds_query: str = ""
    crumbs: list[Link] = field(default_factory=list)
    items: list[Link] = field(default_factory=list)
    article: Article | None = None
    about: str = ""
    translations: list[tuple[str, str]] = field(default_factory=list)
    elsewhere: list[tuple[str, str]] = field(default_factory=list)
    languages: Collection[str] | None = None

    def __post_init__(self) -> None:
        self.description = analysis.shortened(self.description, DESCRIPTION)


def locale(language: str) -> str:
    """A language as Open Graph names it; empty for one of which the country is anybody's guess."""
    tag, _sep, region = language.partition("-")
    return LOCALES.get(language) or (f"{tag}_{region.upper()}" if len(region) == 2 else "")


CARD, TWIN = "card.png", ".md"


def poster(head: Head, site: SiteValues, language: str) -> Poster:
    """What stands on the picture with which a page in some interface language is shared."""
    article = head.article
    if not head.has_card:
        return Poster("", site.name, site.description)
    if article is None:
        section = head.crumbs[0].name if head.crumbs else ""
        return Poster(head.title, site.name, section, rtl=localized.direction(language) == "rtl")
    hosts = dict.fromkeys(one.host for one in article.sources if one.host)
    return Poster(
        head.title,
        site.name,
        next((one.name for one in article.labels.categories), ""),
        localized.day_text(article.day, language),
        tuple(hosts)[:MOST_MARKS],
        article.rtl,
    )


def card_path(head: Head, site: SiteValues, language: str) -> str:
    """Where that picture is, quoted; another picture is elsewhere."""
    folder = hyperlinks.quoted(head.address) if head.has_card else "/"
    return f"{folder}{CARD}?v={poster(head, site, language).version}"
