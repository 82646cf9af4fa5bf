"""Which posts are translations of each other: those with one key, each in a language of its own."""

import re
from hashlib import blake2b
from typing import Any

from posts.content.frontmatter import is_null
from posts.content.metadata import LANGUAGE_FOLDER, LANGUAGE_SUFFIX, language_tag, shown

MOST = 200  # characters of a key
NAMED = (
    "translation_key", "translationKey", "translation_id", "translationId", "lang-ref", "lang_ref",
)  # fmt: skip
# Words that mean something else to many; they count where the document names its language.
VAGUE = ("ref", "page_id")
LANGUAGE = ("lang", "locale", "language")
SIMPLE = re.compile(r"[\w.-]+\Z")
EXTENSION = re.compile(r"\.\w+\Z")


def translation_key(values: dict[str, Any], path: str) -> str:
    """What the front matter says; else the file's name where it tells the language, as Hugo has it
    (``name.en.md``, ``content/en/name.md``, and ``content/name.md`` beside them). Empty for none.
    """
    written = (_written(values.get(key)) for key in NAMED)
    key = next(filter(None, written), "") or _vague(values) or _of_path(path)
    return key if len(key) <= MOST else blake2b(key.encode(), digest_size=16).hexdigest()


def _written(value: object) -> str:
    return shown(str(value)) if isinstance(value, str) and not is_null(value) else ""


def _vague(values: dict[str, Any]) -> str:
    if not any(_written(values.get(key)) for key in LANGUAGE):
        return ""
    found = (_written(values.get(key)) for key in VAGUE)
    return next((key for key in found if SIMPLE.match(key)), "")


def _of_path(path: str) -> str:
    if (match := LANGUAGE_SUFFIX.search(path)) and language_tag(match[1]):
        return path[: match.start()]
    if match := LANGUAGE_FOLDER.match(path):
        path = f"content/{path[match.end() :]}"
    return EXTENSION.sub("", path) if path.startswith("content/") else ""
