"""Jinja2 for the templates of the public site: ten times as fast as Django's own language.

Everything is escaped but what is marked as HTML; a name that no view gives is an error.
"""

from datetime import date, datetime
from functools import cache, lru_cache
from typing import Any

from django.conf import settings
from django.templatetags.static import static
from django.utils import timezone
from django.utils.formats import date_format
from django.utils.translation import gettext, ngettext
from jinja2 import Environment, StrictUndefined, pass_context
from jinja2.runtime import Context
from markupsafe import Markup

from posts.caching.menus import Section
from posts.content import analysis, hyperlinks
from posts.models.labels import LabelName
from posts.models.posts import Written
from posts.models.sites import SiteValues
from posts.public import heads


def environment(**options: Any) -> Environment:
    """The environment of ``TEMPLATES``: Django's options, with our filters and functions."""
    options |= {"undefined": StrictUndefined, "keep_trailing_newline": True}
    options.pop("autoescape", None)
    made = Environment(autoescape=True, **options)
    made.filters |= {
        "day": day,
        "htmllang": heads.html_language,
        "language_attributes": language_attributes,
        "local": local,
        "locale": heads.locale,
        "month": month,
        "pathquote": lru_cache(5000)(hyperlinks.quoted),
        "reading_time": reading_time,
        "shortened": analysis.shortened,
        "signed": _signed(made),
    }
    made.globals |= {
        "_": translated,
        "colophon": _colophon(made),
        "masthead": _masthead(made),
        "static": static_address,
    }
    return made


@pass_context
def translated(context: Context, text: str) -> str:
    """A text in the interface's language, which is active; looked up once for each language."""
    language = context.get("interface_language")
    return _translated(text, language) if language else gettext(text)


@lru_cache(1000)
def _translated(text: str, _language: str) -> str:
    return gettext(text)


@cache
def static_address(name: str) -> str:
    """The address of a static file, which is the same as long as the process runs."""
    return static(name)


def local(time: datetime) -> str:
    """A time in the site's zone, as machines read it."""
    return timezone.localtime(time).isoformat()


def language_attributes(post: Written) -> Markup:
    """``lang`` and ``dir`` of a post's own language."""
    return _attributes(post.language, post.rtl, settings.SITE_LANGUAGE)


@lru_cache(1000)
def _attributes(language: str, rtl: bool, _site_language: str) -> Markup:
    post = Written()
    post.language, post.rtl = language, rtl
    return Markup(' lang="{}" dir="{}"').format(heads.html_language(post.lang), post.direction)


@lru_cache(10_000)
def day(day: date, _language: str) -> Markup:
    """A date as the interface's language, which is active, writes it, for machines too."""
    text = date_format(day, "DATE_FORMAT")
    return Markup('<time datetime="{}">{}</time>').format(day.isoformat(), text)


@lru_cache(10_000)
def month(day: date, _language: str) -> str:
    """The month of a date as the interface's language, which is active, writes it."""
    return date_format(day, "YEAR_MONTH_FORMAT")


@lru_cache(1000)
def reading_time(minutes: int, _language: str) -> str:
    """Minutes to read in the interface's language, which is active."""
    text = ngettext("%(minutes)s minute to read", "%(minutes)s minutes to read", minutes)
    return text % {"minutes": minutes}


def _signed(environment: Environment) -> Any:
    """The authors and categories of a byline, rendered once for all posts that have them."""

    @lru_cache(5000)
    def rendered(
        authors: tuple[LabelName, ...], categories: tuple[LabelName, ...], prefix: str
    ) -> Markup:
        values = {"authors": authors, "categories": categories, "prefix": prefix}
        return Markup(environment.get_template("signed.html").render(values))  # noqa: S704

    return lambda labels, prefix: rendered(tuple(labels.authors), tuple(labels.categories), prefix)


def _masthead(environment: Environment) -> Any:
    """What stands above every page, rendered once for each menu."""

    @lru_cache(1000)
    def rendered(
        _language: str, prefix: str, site: SiteValues, menu: tuple[Section, ...]
    ) -> Markup:
        values = {"prefix": prefix, "site": site, "menu": menu}
        return Markup(environment.get_template("masthead.html").render(values))  # noqa: S704

    return rendered


def _colophon(environment: Environment) -> Any:
    """What stands below every page."""

    @lru_cache(1000)
    def rendered(_language: str, prefix: str, site: SiteValues) -> Markup:
        values = {"prefix": prefix, "site": site}
        return Markup(environment.get_template("colophon.html").render(values))  # noqa: S704

    return rendered
