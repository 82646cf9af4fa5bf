"""A post's form fields -> a patch of its document.

The form shows what the document says; only fields that were changed are patched, each under the key
that the document already uses for it.
"""

import re

from posts.content import metadata
from posts.content.frontmatter import Document, as_bool, is_null

SEPARATORS = re.compile(r"[,，、;；\n]")
SOURCE_KEYS = ("source", "sources", "source_url")


def fields_of(document: Document) -> dict:
    """What the form's fields begin with.

    Lists are lists of names; ``date`` and ``source`` are as written.
    """
    values = document.values
    date_key = date_key_of(document)
    source = values.get(_first(values, SOURCE_KEYS))
    return {
        "title": _scalar(values.get("title")),
        "date": _scalar(values.get(date_key)),
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
        "body": document.body.replace("\r\n", "\n").replace("\r", "\n"),
    }


def date_key_of(document: Document) -> str:
    """The key that holds the post's date."""
    keys = ("date", "publishDate", "publishdate", "pubdate", "pubDate", "published")
    usable = (
        key
        for key in keys
        if not is_null(document.values.get(key))
        and (key != "published" or as_bool(document.values[key]) is None)
    )
    return next(usable, "date")


def _first(values: dict, keys: tuple[str, ...]) -> str:
    return next((key for key in keys if not is_null(values.get(key))), keys[0])


def _scalar(value) -> str:
    return "" if is_null(value) or not isinstance(value, str) else str(value)


def changes_of(document: Document, wanted: dict) -> tuple[dict, str | None]:
    """The keys to patch and the new body (None: as it was); fields that are as they were are left alone."""
    before = fields_of(document)
    changes: dict = {}
    for name, value in wanted.items():
        if name != "body" and value != before[name]:
            changes |= _changes(document, name, value)
    body = wanted.get("body", before["body"]).replace("\r\n", "\n").replace("\r", "\n")
    return changes, None if body == before["body"] else body


def _changes(document: Document, name: str, value) -> dict:
    values = document.values
    if name in ("title", "slug"):
        return {name: value or None}
    if name == "date":
        return {date_key_of(document): value or None}
    if name == "source":
        key = _first(values, SOURCE_KEYS)
        return {
            key: (value[0] if len(value) == 1 and not isinstance(values.get(key), list) else value)
            or None
        }
    if name == "authors":
        key = "authors" if not is_null(values.get("authors")) else "author"
        return {
            key: (value[0] if len(value) == 1 and not isinstance(values.get(key), list) else value)
            or None
        }
    singular = {"categories": "category", "tags": "tag"}[name]
    if not is_null(values.get(singular)) and is_null(values.get(name)) and len(value) == 1:
        return {singular: value[0]}
    return ({singular: None} if singular in values else {}) | {name: value}


def status_changes(document: Document, status: str, let_through: dict) -> dict:
    """The keys that give a post a status; ``let_through`` are those that would publish it."""
    if status == "withdrawn":
        return {"published": False}
    if status == "draft":
        return {"draft": True} | (
            {"published": True} if as_bool(document.values.get("published")) is False else {}
        )
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
    """Names for a form field, so that splitting gives them back."""
    return (
        "\n".join([*names, ""])
        if any(SEPARATORS.search(name) for name in names)
        else ", ".join(names)
    )


def new_post(wanted: dict, status: str) -> tuple[dict, str]:
    """The keys and the body of a post that begins in the form."""
    document = Document("")
    changes = {"layout": "post", "title": wanted["title"], "date": wanted["date"]}
    for name in ("slug", "authors", "source", "categories", "tags"):
        if wanted[name]:
            changes |= _changes(document, name, wanted[name])
    changes |= status_changes(document, status, {})
    body = wanted["body"].replace("\r\n", "\n").strip("\n")
    return changes, f"\n{body}\n"
