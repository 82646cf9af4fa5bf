"""A document in two parts: the front matter and the body, each with its span."""

import re
from collections.abc import Iterator
from dataclasses import dataclass, field

import posts.content.frontmatter.formats as formats
import posts.content.frontmatter.tomltext as tomltext
import posts.content.frontmatter.yamltext as yamltext
from posts.content.frontmatter.values import MAX_LENGTH, Parsed, is_null, lines_or_pieces
from posts.content.lines import number, split
from posts.content.problems import Problem, Unreadable

FENCES = {"---": ("yaml", {"---", "..."}), "+++": ("toml", {"+++"})}
KEY_LINE = re.compile(r"[\w\"'][\w \"'.-]*\s*(?::(?:\s|\Z)|：)")
SURROGATE = re.compile("[\ud800-\udfff]")
JSON_START = re.compile(r"\{[ \t]*(?:[\r\n]|\"|\})")
META_KEYS = {
    "title",
    "date",
    "author",
    "authors",
    "tags",
    "category",
    "slug",
    "summary",
    "status",
    "lang",
    "modified",
    "number",
}
PARSERS = {
    "yaml": yamltext.parse,
    "toml": tomltext.parse,
    "json": formats.parse_json,
    "meta": formats.parse_meta,
}


@dataclass(frozen=True)
class Document:
    """A text as it was read, with the offsets of its parts.

    ``text[front:front_end]`` is the front matter without its fences, ``text[body_at:]`` the body.
    ``kind`` is ``yaml``, ``toml``, ``json``, ``meta`` or ``none``. Writing a document back is
    writing ``text``.
    """

    text: str
    kind: str = "none"
    front: int = 0
    front_end: int = 0
    body_at: int = 0
    values: dict = field(default_factory=dict)
    lines: dict[str, int] = field(default_factory=dict)
    problems: tuple[Problem, ...] = ()

    @property
    def body(self) -> str:
        """The text below the front matter."""
        return self.text[self.body_at :]

    @property
    def front_text(self) -> str:
        """The front matter without its fences."""
        return self.text[self.front : self.front_end]

    def line_of(self, key: str) -> int:
        """The line of a top-level key; 1 if it is not there."""
        return self.lines.get(key, 1)


def read(text: str) -> Document:
    """Read a document. Raises :class:`Unreadable` with the line of the first fault.

    A document without front matter is a body and nothing else; that is no fault.
    """
    if "\0" in text:
        raise Unreadable(number(text, text.index("\0")), "nul")
    kind, front, front_end, body_at = _envelope(text)
    if kind == "none":
        return Document(text, body_at=body_at)
    inner = text[front:front_end]
    first_line = number(text, front)
    if len(inner) > MAX_LENGTH:
        raise Unreadable(first_line, "too-large.front-matter", limit=MAX_LENGTH)
    try:
        parsed: Parsed = PARSERS[kind](inner, first_line)
    except Unreadable as error:
        if error.problem.code == "not-a-mapping" and not any(
            KEY_LINE.match(line.text) for line in split(inner)
        ):
            return Document(text, body_at=1 if text.startswith("\ufeff") else 0)
        raise
    problems = tuple(
        Problem(line, "duplicate-key", {"name": key}) for key, line in parsed.duplicates
    )
    _refuse_unstorable(parsed.values, first_line)
    return Document(text, kind, front, front_end, body_at, parsed.values, parsed.lines, problems)


def listed(document: Document, key: str) -> list[str]:
    """The texts under a key that holds one or several.

    Bare keys hold several on lines of their own or between commas.
    """
    value = document.values.get(key)
    items = value if isinstance(value, list) else [value]
    texts = [item for item in items if isinstance(item, str) and not is_null(item)]
    if document.kind == "meta":
        return [piece for text in texts for piece in lines_or_pieces(text)]
    return texts


def _envelope(text: str) -> tuple[str, int, int, int]:
    """(kind, front start, front end, body start), by the first characters that are not blank."""
    start = len(text) - len(text.removeprefix("\ufeff").lstrip(" \t\r\n"))
    line_start = max(text.rfind("\n", 0, start), text.rfind("\r", 0, start)) + 1
    if JSON_START.match(text, start):
        return _json_envelope(text, start)
    lines = split(text, line_start)
    first = next(lines, None)
    opening = first.text.removeprefix("\ufeff").rstrip() if first else ""
    if first is None or opening not in FENCES:
        return _meta_envelope(text, start)
    kind, closings = FENCES[opening]
    for line in lines:
        if line.text.rstrip() in closings:
            return kind, first.end, line.start, line.end
    following = next(split(text, first.end), None)
    if kind == "toml" or (following and KEY_LINE.match(following.text)):
        raise Unreadable(number(text, line_start), "unclosed-front-matter", fence=opening)
    return "none", 0, 0, 1 if text.startswith("\ufeff") else 0


def _json_envelope(text: str, start: int) -> tuple[str, int, int, int]:
    try:
        _members, end = formats.json_members(text, start)
    except (ValueError, RecursionError):
        formats.parse_json(text[start:], number(text, start))  # raises with the line
        raise Unreadable(number(text, start), "bad-json.front-matter") from None
    after = next(split(text, end), None)
    return "json", start, end, after.end if after and not after.text.strip() else end


def _meta_envelope(text: str, start: int) -> tuple[str, int, int, int]:
    """A block of ``Key: value`` lines at the very top that names a title or a date."""
    keys: set[str] = set()
    end = start
    for line in split(text, start):
        match = formats.META_LINE.match(line.text)
        if match and (keys or match[1].lower() in META_KEYS):
            keys.add(match[1].lower())
        elif not (keys and formats.META_MORE.match(line.text)):
            blank = not line.text.strip()
            if blank and keys & {"title", "date"} and len(keys) > 1:
                return "meta", start, end, line.end
            break
        end = line.end
    return "none", 0, 0, 1 if text.startswith("\ufeff") else 0


def _refuse_unstorable(value: object, line: int) -> None:
    """An escape may stand for what no column and no feed can carry: NUL and lone surrogates."""
    for leaf in _leaves(value):
        if not leaf.isascii() and SURROGATE.search(leaf) or "\0" in leaf:
            raise Unreadable(line, "bad-character")


def _leaves(value: object) -> Iterator[str]:
    if isinstance(value, dict):
        for key, item in value.items():
            yield str(key)
            yield from _leaves(item)
    elif isinstance(value, list):
        for item in value:
            yield from _leaves(item)
    elif value is not None:
        yield str(value)
