"""The same page in other languages: what its switch leads to, what search engines are told.

A list stands at ``/`` for all languages together and at ``/<language>/`` for each; it is there in
a language as soon as it has a post in it. The languages of a list come with the query that looks
for the list: one column, some steps of an index for each language of the site.
"""

from collections.abc import Collection, Iterable
from datetime import date
from typing import Any, NamedTuple

from django.db import connection
from django.db.models import QuerySet, TextField
from django.db.models.expressions import RawSQL
from django.utils import timezone

from posts.caching import keys
from posts.caching.keys import Shown
from posts.models import Post
from posts.public.heads import EVERY, Head

DEFAULT = "x-default"  # as search engines call what is for everybody
OWN_NAMES = {
    "ar": "العربية", "bn": "বাংলা", "cs": "Čeština", "da": "Dansk", "de": "Deutsch",
    "el": "Ελληνικά", "en": "English", "es": "Español", "fa": "فارسی", "fi": "Suomi",
    "fr": "Français", "he": "עברית", "hi": "हिन्दी", "hu": "Magyar", "id": "Bahasa Indonesia",
    "it": "Italiano", "ja": "日本語", "ko": "한국어", "nl": "Nederlands", "no": "Norsk",
    "pl": "Polski", "pt": "Português", "pt-br": "Português do Brasil", "ro": "Română",
    "ru": "Русский", "sv": "Svenska", "th": "ไทย", "tr": "Türkçe", "uk": "Українська",
    "ur": "اردو", "vi": "Tiếng Việt", "zh-hans": "中文", "zh-hant": "繁體中文",
}  # fmt: skip
COLUMN = """(
WITH RECURSIVE tags(tag) AS (
    SELECT MIN(language) FROM {posts} WHERE language > ''
    UNION ALL
    SELECT (SELECT MIN(language) FROM {posts} WHERE language > tags.tag) FROM tags
    WHERE tag IS NOT NULL
)
SELECT {joined}(tag || '=' || COALESCE(CAST(({newest}) AS text), ''), ';') FROM tags
WHERE tag IS NOT NULL
)"""
JOINED = {"sqlite": "group_concat", "postgresql": "string_agg"}


class Choice(NamedTuple):
    """One entry of the switch; ``language`` is empty for all of them together."""

    language: str
    name: str
    address: str
    current: bool


def own_name(language: str) -> str:
    """What a language calls itself; its tag where that is not known here."""
    return OWN_NAMES.get(language, language)


def newest_column(rows: QuerySet[Any], time: str) -> RawSQL:
    """A column with the newest time of some rows in each language of the site."""
    newest = rows.filter(language=RawSQL("tags.tag", ())).order_by(f"-{time}").values(time)[:1]
    sql, values = newest.query.sql_with_params()
    posts = connection.ops.quote_name(Post._meta.db_table)
    column = COLUMN.format(posts=posts, joined=JOINED[connection.vendor], newest=sql)
    return RawSQL(column, values, TextField())  # noqa: S611 - of compiled parts


def languages_of(
    column: str | None, scope: str, shown: Shown, everywhere: Collection[str]
) -> set[str]:
    """The languages that :func:`newest_column` found something in.

    ``shown`` gets the day of the newest in each, whose going may end a list, and all of a list
    that is not there, since it may begin anywhere. Keys are for everybody to read: of a language
    that is not ``everywhere`` on the site, which only drafts may have, there is none. When it
    comes, so does its entry in the switch of every page.
    """
    found, now = set(), timezone.now()
    for part in filter(None, (column or "").split(";")):
        language, _sep, time = part.partition("=")
        day = date.fromisoformat(time[:10]) if time else None
        if not day and language not in everywhere:
            continue
        shown.add(*keys.span(keys.scoped(scope, language), day, day, now))
        if day:
            found.add(language)
    return found


def switch(head: Head, prefix: str, current: str, everywhere: Iterable[str]) -> tuple[Choice, ...]:
    """The same page in each language of the site, its front page where it has none; empty on a site
    of one language. The addresses of a list go into its head too.

    ``prefix`` begins the addresses of lists in the page's language, ``everywhere`` are all
    languages of the site.
    """
    known = list(everywhere)
    there, everything = dict([*head.elsewhere, *head.translations]), "/"
    if head.languages is not None:
        everything = head.address.removeprefix(prefix.removesuffix("/"))
    if len(known) < 2:
        if head.languages is not None:
            head.address = everything  # the list of all languages holds the very same
        return ()
    if head.languages is not None:
        mine = (one for one in known if head.languages is EVERY or one in head.languages)
        there = {one: f"/{one}{everything}" for one in mine}
        if not head.noindex:
            head.translations = [(DEFAULT, everything), *there.items()]
    choices = (
        Choice(one, own_name(one), there.get(one, f"/{one}/"), one == current) for one in known
    )
    return (*choices, Choice("", "", everything, not current))
