"""A post's form fields -> a patch of its document.

The form shows what the document says; only fields that were changed are patched, each under the key
that the document already uses for it.
"""

import re
from typing import Any

from posts.content import editing, metadata, visibility
from posts.content.frontmatter import Document, is_null
from posts.content.frontmatter.patching import Value
from posts.content.lines import unified

SEPARATORS = re.compile(r"[,，、;；\n]")
SOURCE_KEYS = ("source", "sources", "source_url")

Fields = dict[str, Any]
Changes = dict[str, Value]


def fields_of(document: Document) -> Fields:
    """What the form's fields begin with.

    Lists are lists of names; ``date`` and ``source`` are as written.
    """
    values = document.values
    source = values.get(_first(values, SOURCE_KEYS))
    return {
        "title": _scalar(values.get("title")),
        "date": _scalar(values.get(_date_key(document))),
        "slug": _scalar(values.get("slug")),
        "authors": metadata.names(values.get("authors"), metadata.PEOPLE_SEPARATORS)
        or metadata.names(values.get("author"), metadata.PEOPLE_SEPARATORS),
        "categories": metadata.names(values.get("category"), None)
        + metadata.names(values.get("categories"), metadata.LIST_SEPARATORS),
        "tags": metadata.names(values.get("tag"), None)
        or metadata.names(values.get("tags"), metadata.LIST_SEPARATORS),
        "source": [
            str(item)
            for item in (source if isinstance(source, list) else [source])
            if isinstance(item, str) and not is_null(item)
        ],
        "body": unified(document.body),
    }


def _date_key(document: Document) -> str:
    """The key that holds the post's date, or shall hold it."""
    return visibility.date_key(document.values) or "date"


def _first(values: Fields, keys: tuple[str, ...]) -> str:
    return next((key for key in keys if not is_null(values.get(key))), keys[0])


def _scalar(value: object) -> str:
    return "" if is_null(value) or not isinstance(value, str) else str(value)


def changes_of(document: Document, wanted: Fields) -> tuple[Changes, str | None]:
    """The keys to patch and the new body, None if it is as it was.

    Fields that are as they were are left alone.
    """
    before = fields_of(document)
    changes: Changes = {}
    for name, value in wanted.items():
        if name != "body" and value != before[name]:
            changes |= _changes(document, name, value)
    body = unified(str(wanted["body"]))
    return changes, None if body == before["body"] else body


def _changes(document: Document, name: str, value: Any) -> Changes:
    values = document.values
    if name in editing.SINGULARS:
        return editing.label_changes(values, name, value)
    if name == "date":
        return {_date_key(document): value or None}
    if name == "source":
        return _one_or_more(values, _first(values, SOURCE_KEYS), value)
    if name == "authors":
        key = "authors" if not is_null(values.get("authors")) else "author"
        return _one_or_more(values, key, value)
    return {name: value or None}


def _one_or_more(values: Fields, key: str, wanted: list[str]) -> Changes:
    """One value is written alone unless the key held a list; none removes the key."""
    if len(wanted) == 1 and not isinstance(values.get(key), list):
        return {key: wanted[0]}
    return {key: wanted or None}


def status_changes(
    document: Document, status: str, let_through: visibility.Changes
) -> visibility.Changes:
    """The keys that give a post a status; ``let_through`` are those that would publish it."""
    if status == "withdrawn":
        return visibility.withdrawal(document)
    if status == "draft":
        return visibility.drafting(document)
    return let_through


def split_names(text: str) -> list[str]:
    """Names from a form field: one a line, or separated by commas of any width."""
    separators = re.compile("\n") if "\n" in text.strip() else SEPARATORS
    return list(
        dict.fromkeys(
            name
            for part in separators.split(text.replace("\r", ""))
            if (name := metadata.shown(part))
        )
    )


def joined_names(names: list[str]) -> str:
    """Names for a form field: one a line where a comma in one would part it.

    Splitting gives several back, and a single one without a comma.
    """
    return (
        "\n".join([*names, ""])
        if any(SEPARATORS.search(name) for name in names)
        else ", ".join(names)
    )


def new_post(wanted: Fields, status: str) -> tuple[Changes, str]:
    """The keys and the body of a post that begins in the form."""
    document = Document("")
    changes: Changes = {"layout": "post", "title": wanted["title"], "date": wanted["date"]}
    for name in ("slug", "authors", "source", "categories", "tags"):
        if wanted[name]:
            changes |= _changes(document, name, wanted[name])
    changes |= status_changes(document, status, {})
    body = unified(wanted["body"]).strip("\n")
    return changes, f"\n{body}\n"
