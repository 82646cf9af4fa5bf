"""What keeps a post from its readers: a word of its author, or a time that it names.

Keys are compared without regard to case, ``_`` and ``-``, as Hugo does: ``publishDate``,
``publish_date`` and ``PublishDate`` are one. Quoted booleans count like plain ones: showing what
its author held back is the worse mistake. One rule for each key, with where it comes from:

==================================  ============================================================
``published: false`` (Jekyll,       withdrawn; a date instead of a boolean is a publish date
Hexo, Hugo's date alias)
``draft``, ``isDraft`` (all)        true, or a word that is neither true nor false: held back
``hidden`` (Jekyll's paginator,     the same: a page that its author keeps off every list
Hexo), ``unlisted``
``private`` (Hugo's themes)         the same
``hide`` (Hexo), ``headless``       true: held back
(Hugo), and Eleventy's
``eleventyExcludeFromCollections``
``publish``, ``public``,            false: held back; other values mean something else
``listed``, ``render`` (Zola)
``permalink: false`` (Eleventy)     held back: it asks for no page
``build``, ``_build`` (Hugo)        held back if ``render`` or ``list`` is ``never`` or false, or
                                    ``render`` is ``link``; ``list: local`` is a page like others
``status`` (Pelican, WordPress)     draft, pending, private, hidden, unlisted: held back;
                                    withdrawn: withdrawn; other words say nothing
``visibility`` (WordPress, Ghost)   anything but a word for public: held back
``password`` (Hexo, WordPress)      not empty: held back
``publishDate``, ``pubDate``,       the post appears then, if that is later than its ``date``
``pubDatetime`` (Hugo, Astro) ...
``expiryDate``, ``unpublishDate``,  the post disappears then
``expires`` ... (Hugo)
==================================  ============================================================

``sitemap: false``, ``in_search_index``, ``noindex`` and ``search`` are about robots and hold
nothing back. A post without any date is held back as well, and so is one in ``_drafts/`` that does
not say ``draft: false`` or ``published: true``.
"""

import contextlib
from datetime import UTC, datetime
from functools import lru_cache
from pathlib import PurePosixPath

from posts.content import dates
from posts.content.frontmatter import Document, as_bool, is_null
from posts.content.problems import Problem, Unreadable

HELD_IF_TRUE = {"hide", "headless", "eleventyexcludefromcollections"}
HELD_UNLESS_FALSE = {"draft", "isdraft", "hidden", "unlisted", "private"}
HELD_IF_FALSE = {"publish", "public", "listed", "render"}
HELD_STATUS = {"draft", "pending", "private", "hidden", "unlisted"}
SPEAKING = HELD_IF_TRUE | HELD_UNLESS_FALSE | HELD_IF_FALSE  # every key that status() asks
SPEAKING |= {"published", "status", "build", "visibility", "password", "permalink"}
PUBLIC_WORDS = {"public", "published", "visible", "listed", "everyone", "all", "world", "default"}
DATE_KEYS = (
    "date",
    "publishdate",
    "pubdate",
    "pubdatetime",
    "published",
    "publisheddate",
    "publishedat",
    "datepublished",
)
EXPIRY_KEYS = (
    "expirydate",
    "expiredate",
    "expirationdate",
    "unpublishdate",
    "expiresat",
    "expireson",
    "expires",
    "expiration",
)
# These hold other things too (a word, a number of days), which is no reason to refuse a document.
LOOSE_KEYS = {"published", "expires", "expiration"}
NEVER = {"never", "none", "~", ""}

Changes = dict[str, str | bool | None]


@lru_cache(1_000)  # the same few keys stand in every document and are asked about many times
def folded(key: str) -> str:
    """A key without its case, ``_`` and ``-``."""
    return key.lower().replace("_", "").replace("-", "")


def status(document: Document, path: str, *, dated: bool) -> tuple[str, list[Problem]]:
    """``published``, ``draft`` or ``withdrawn``, and remarks on values that could not be read."""
    found, remarks = "published" if dated else "draft", []
    for key, value in document.values.items():
        if folded(key) not in SPEAKING:
            continue
        if folded(key) == "published" and as_bool(value) is False or _says_withdrawn(key, value):
            return "withdrawn", []
        if _holds_back(key, value):
            found = "draft"
            if _is_odd(key, value):
                values: dict[str, str | int] = {"name": key, "text": str(value)[:40]}
                remarks.append(Problem(document.line_of(key), "held-back", values))
    return ("draft" if _waits_in_drafts(document, path) else found), remarks


def _says_withdrawn(key: str, value: object) -> bool:
    return folded(key) == "status" and str(value).strip().lower() == "withdrawn"


def _holds_back(key: str, value: object) -> bool:
    """True if this one key keeps the post back, ``published`` and times left out."""
    name, word = folded(key), str(value).strip().lower()
    if name == "build":
        return isinstance(value, dict) and _is_not_built(value)
    if is_null(value) or not isinstance(value, str):
        return False
    if name in HELD_UNLESS_FALSE:
        return as_bool(value) is not False and word != ""
    if name in HELD_IF_TRUE:
        return as_bool(value) is True
    if name in HELD_IF_FALSE:
        return as_bool(value) is False
    return (
        (name == "status" and word in HELD_STATUS)
        or (name == "visibility" and word != "" and word not in PUBLIC_WORDS)
        or (name == "password" and word not in ("", "false"))
        or (name == "permalink" and word == "false")
    )


def _is_odd(key: str, value: object) -> bool:
    return folded(key) in HELD_UNLESS_FALSE and as_bool(value) is None


def _is_not_built(build: dict) -> bool:
    said = {folded(str(key)): str(value).strip().lower() for key, value in build.items()}
    never = {"never", "false", "no"}
    return said.get("render") in never | {"link"} or said.get("list") in never


def _waits_in_drafts(document: Document, path: str) -> bool:
    """True in ``_drafts/``, unless ``draft:`` or ``published:`` has a word of its own."""
    if "_drafts" not in PurePosixPath(path).parts:
        return False
    return not any(
        folded(key) in ("draft", "published") and as_bool(value) is not None
        for key, value in document.values.items()
    )


def date_key(values: dict) -> str | None:
    """The key that holds a post's date as its author wrote it: ``date``, else a publish date."""
    written = {folded(key): key for key, value in values.items() if _is_dated(key, value)}
    return next((written[name] for name in DATE_KEYS if name in written), None)


def _is_dated(key: str, value: object) -> bool:
    name = folded(key)
    if name not in DATE_KEYS or is_null(value) or not isinstance(value, str):
        return False
    return name != "published" or as_bool(value) is None


def publish_dates(document: Document) -> tuple[dict[str, dates.WrittenDate], list[Problem]]:
    """Every time before which the post may not appear, by its key, and remarks.

    Raises :class:`Unreadable` for a value that is no date.
    """
    return _times(document, [key for key in document.values if _appears(document, key)])


def _appears(document: Document, key: str) -> bool:
    name = folded(key)
    if name not in DATE_KEYS or name == "date":
        return False
    value = document.values[key]
    if isinstance(value, list | dict):
        return name != "published"
    return _is_dated(key, value)


def expiry_dates(document: Document) -> tuple[dict[str, dates.WrittenDate], list[Problem]]:
    """Every time at which the post disappears, by its key, and remarks.

    Raises :class:`Unreadable` for a value that is no date.
    """
    return _times(document, [key for key in document.values if _expires(document, key)])


def _expires(document: Document, key: str) -> bool:
    if folded(key) not in EXPIRY_KEYS:
        return False
    value = document.values[key]
    never = is_null(value) or as_bool(value) is False or str(value).strip().lower() in NEVER
    return not never


def _times(
    document: Document, keys: list[str]
) -> tuple[dict[str, dates.WrittenDate], list[Problem]]:
    found: dict[str, dates.WrittenDate] = {}
    remarks: list[Problem] = []
    for key in keys:
        line = document.line_of(key)
        try:
            found[key] = dates.parse(str(document.values[key]))
            found[key].to_utc("UTC")
        except dates.BadDate as error:
            if folded(key) not in LOOSE_KEYS:
                raise Unreadable(line, error.key, **error.values) from None
            found.pop(key, None)
            remarks.append(Problem(line, error.key, error.values))
        else:
            if found[key].odd:
                remarks.append(Problem(line, "odd-date", {"text": found[key].odd[:40]}))
    return found, remarks


def release(document: Document, path: str, *, zone: str, now: datetime) -> Changes:
    """The patch that takes back whatever keeps the post from its readers.

    An expiry that is past is removed; a date in the future stays: the post appears then.
    """
    changes: Changes = {}
    for key, value in document.values.items():
        name = folded(key)
        if name == "published" and as_bool(value) is False:
            changes[key] = True
        elif _says_withdrawn(key, value):
            changes[key] = "published"
        elif _holds_back(key, value):
            changes[key] = _taken_back(name)
    if _waits_in_drafts(document, path):
        changes["draft"] = False
    expiries, _remarks = expiry_dates(document)
    for key, written in expiries.items():
        with contextlib.suppress(dates.BadDate):  # year 1, in this zone: derive() refuses it
            if written.to_utc(zone) <= now.astimezone(UTC):
                changes[key] = None
    return changes


def withdrawal(document: Document) -> Changes:
    """The patch that takes a post back from its readers, as Jekyll says it.

    Where ``published:`` holds a date, which must not be lost, ``status:`` says it instead.
    """
    key = next((key for key in document.values if folded(key) == "published"), "published")
    return {"status": "withdrawn"} if _is_dated(key, document.values.get(key)) else {key: False}


def drafting(document: Document) -> Changes:
    """The patch that makes a draft of a post, of a withdrawn one too."""
    changes: Changes = {"draft": True}
    for key, value in document.values.items():
        if folded(key) == "published" and as_bool(value) is False:
            changes[key] = True
        elif _says_withdrawn(key, value):
            changes[key] = "draft"
    return changes


def _taken_back(name: str) -> str | bool | None:
    if name in HELD_UNLESS_FALSE | HELD_IF_TRUE:
        return False
    if name in HELD_IF_FALSE:
        return True
    return {"status": "published", "visibility": "public"}.get(name)
