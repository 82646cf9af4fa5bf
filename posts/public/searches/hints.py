"""What a reader is told about a query, in the interface's language."""

from collections.abc import Iterable

from django.utils.translation import gettext as _

from posts.content.querying import Hint


def sentences(hints: Iterable[Hint]) -> list[str]:
    """A sentence for each hint, each once."""
    texts = _texts()
    return list(dict.fromkeys(texts[hint.code] % {"value": hint.value} for hint in hints))


def examples() -> list[tuple[str, str]]:
    """Queries that explain what a query may say, and what they find."""
    return [
        (
            _("cloud computing"),
            _(
                "all of these words, in titles, texts, tags and sources; one Chinese character is"
                " enough"
            ),
        ),
        (f'"{_("historic deal")}"', _("exactly these words, one after the other")),
        (
            _("cloud -oracle"),
            _("without this word; a minus before quotation marks excludes a phrase"),
        ),
        (
            "tag:ai -category:tech",
            _("with a tag, in no such section; author: and source: likewise, as often as you like"),
        ),
        ("source:wsj.com", _("citing this publication")),
        (
            "after:2026-01 before:2026-02",
            _("from a day, month or year on, and before another; date: for one of them"),
        ),
        ("lang:en", _("in a language")),
    ]


def _texts() -> dict[str, str]:
    return {
        "long": _("Only the first %(value)s characters of the query were looked at."),
        "long-word": _("A word is looked for by its first %(value)s characters."),
        "many-words": _("Only the first %(value)s words were looked for."),
        "many-filters": _("Only the first %(value)s filters were used."),
        "quote": _("A quotation mark %(value)s has no other; its words were taken one by one."),
        "unknown": _(
            "There is no filter “%(value)s:”; it was looked for as words. Filters are tag:,"
            " category:, source:, author:, before:, after:, date: and lang:."
        ),
        "empty": _("The filter “%(value)s:” has no value; it was looked for as a word."),
        "date": _(
            "“%(value)s” is no date like 2026, 2026-01 or 2026-01-31; it was looked for as words."
        ),
        "language": _("“%(value)s” is no language like en or zh-hans; it was looked for as words."),
        "second-language": _("A post has one language: “%(value)s” was left out."),
        "operator": _(
            "All words have to occur; “%(value)s” was left out. A minus sign before a word excludes"
            " it."
        ),
        "marks": _("“%(value)s” holds no letter and was left out."),
        "only-excluded": _("Say also what you look for: there are only words that must not occur."),
        "no-tag": _("There is no tag “%(value)s”."),
        "no-category": _("There is no section “%(value)s”."),
        "no-source": _("There is no source “%(value)s”."),
        "no-author": _("There is no author “%(value)s”."),
    }
