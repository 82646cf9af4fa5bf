"""Jinja2 for the templates of the public site: ten times as fast as Django's own language.

Everything is escaped but what is marked as HTML; a name that no view gives is an error.
"""

import re
from collections.abc import Callable, Iterable
from datetime import datetime
from functools import cache, lru_cache
from typing import Any

from django.conf import settings
from django.templatetags.static import static
from django.utils import timezone
from django.utils.translation import get_language, gettext, ngettext
from jinja2 import Environment, StrictUndefined, pass_context
from jinja2.runtime import Context
from markupsafe import Markup

from posts.content import analysis, hyperlinks
from posts.models.cards import CardLink
from posts.models.labels import LabelName
from posts.models.posts import Written
from posts.public import charts, heads, localized, naming


def environment(**options: Any) -> Environment:
    """The environment of ``TEMPLATES``: Django's options, with our filters and functions."""
    options |= {"undefined": StrictUndefined, "keep_trailing_newline": True}
    options.pop("autoescape", None)
    made = Environment(autoescape=True, **options)
    made.filters |= FILTERS | {"signed": _signed(made)}
    made.globals |= {
        "_": translated,
        "colophon": _kept(made, "colophon.html", "prefix", "site"),
        "digest": _kept(made, "digest.html", "prefix", "level", "most", "post"),
        "masthead": _kept(made, "masthead.html", "prefix", "site", "day"),
        "month_days": _kept(made, "days.html", "prefix", "month"),
        "search_box": _kept(made, "searchbox.html", "prefix"),
        "sections": _kept(made, "sections.html", "prefix", "menu", "current"),
        "static": static_address,
        "switch": _kept(made, "languages.html", "languages"),
    }
    return made


@pass_context
def translated(context: Context, text: str) -> str:
    """A text in the interface's language, which is active; looked up once for each language."""
    language = context.get("interface_language") or get_language()  # macros have no context
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
    return Markup(' lang="{}" dir="{}"').format(localized.htmllang(post.lang), post.direction)


@lru_cache(1000)
def post_count(posts: int, language: str) -> str:
    """A number of posts in the interface's language, which is active."""
    text = ngettext("%(count)s post", "%(count)s posts", posts)
    return text % {"count": localized.number(posts, language)}


@lru_cache(1000)
def reading_time(minutes: int, language: str) -> str:
    """Minutes to read in the interface's language, which is active."""
    text = ngettext("%(minutes)s min read", "%(minutes)s min read", minutes)
    return text % {"minutes": localized.number(minutes, language)}


@lru_cache(10_000)
def word_count(words: int, language: str) -> str:
    """Words, or characters of Chinese, in the interface's language, which is active."""
    text = ngettext("%(words)s word", "%(words)s words", words)
    return text % {"words": localized.number(words, language)}


@lru_cache(5000)
def clauses(headline: str) -> Markup | str:
    """A Chinese headline in its clauses, so that it breaks between them first.

    One that fills a line by itself stays free: held together it would leave a word on the next.
    """
    found = CLAUSE.findall(headline)
    if len(found) < 2:
        return headline
    held = Markup('<span class="clause">{}</span>')
    return Markup("").join(held.format(one) if len(one) <= LINE else one for one in found)


@lru_cache(1000)
def stories_count(count: int, language: str) -> str:
    """So many stories, in the interface's language, which is active."""
    text = ngettext("%(count)s story", "%(count)s stories", count)
    return text % {"count": localized.number(count, language)}


@lru_cache(1000)
def all_stories(count: int, language: str) -> str:
    """The way to so many stories, in the interface's language, which is active."""
    text = ngettext("All %(count)s story", "All %(count)s stories", count)
    return text % {"count": localized.number(count, language)}


def day_counts(day: Any, language: str) -> str:
    """How many posts and stories a day of the front page has; nothing of a post by itself."""
    text = ngettext("%(count)s post", "%(count)s posts", day.posts)
    text %= {"count": localized.number(day.posts, language)}
    if day.stories:
        return f"{text} · {stories_count(day.stories, language)}"
    return text if day.posts > 1 else ""


def hosts(citations: Iterable[CardLink]) -> list[str]:
    """The hosts that citations lead to, each once."""
    return list(dict.fromkeys(link.host for link in citations if link.host))


def _signed(environment: Environment) -> Any:
    """The authors and categories of a byline, rendered once for all posts that have them."""

    @lru_cache(5000)
    def rendered(
        authors: tuple[LabelName, ...], categories: tuple[LabelName, ...], prefix: str
    ) -> Markup:
        values = {"authors": authors, "categories": categories, "prefix": prefix}
        return Markup(environment.get_template("signed.html").render(values))  # noqa: S704

    return lambda labels, prefix: rendered(tuple(labels.authors), tuple(labels.categories), prefix)


def _kept(environment: Environment, template: str, *names: str) -> Any:
    """A piece that stands on many pages, rendered once for each language and the values that it
    shows.
    """

    @lru_cache(1000)
    def rendered(language: str, *values: Any) -> Markup:
        given = dict(zip(names, values, strict=True)) | {"language": language}
        return Markup(environment.get_template(template).render(given))  # noqa: S704

    return rendered


LINE = 13  # characters of a headline on a phone
CLAUSE = re.compile(
    "[^：，；。！？—…]*[：，；。！？—…][：，；。！？—…”’』」》）]*|[^：，；。！？—…]+"
)
FILTERS: dict[str, Callable[..., Any]] = {
    "all_stories": all_stories,
    "clauses": clauses,
    "day": localized.day,
    "day_and_time": localized.day_and_time,
    "day_counts": day_counts,
    "day_full": localized.day_full,
    "day_name": charts.day_name,
    "day_rule": localized.day_rule,
    "day_short": localized.day_short,
    "digits": localized.digits,
    "direction": localized.direction,
    "framelang": naming.framelang,
    "hosts": hosts,
    "htmllang": localized.htmllang,
    "langattributes": naming.langattributes,
    "language_attributes": language_attributes,
    "local": local,
    "local_day": timezone.localdate,
    "locale": heads.locale,
    "month_short": localized.month_short,
    "namelang": naming.namelang,
    "number": localized.number,
    "pathquote": lru_cache(5000)(hyperlinks.quoted),
    "post_count": post_count,
    "reading_time": reading_time,
    "shortened": analysis.shortened,
    "stories_count": stories_count,
    "word_count": word_count,
    "year": localized.year,
}
