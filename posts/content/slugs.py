"""Names for addresses: Unicode kept, everything else made safe.

Two names that a reader takes for one (case, full width, composed or decomposed accents) give one
slug, because a slug is compared after NFKC and case folding.
"""

import hashlib
import re
import unicodedata
from collections.abc import Iterable
from functools import lru_cache

MAX_BYTES = 150
PRONOUNCED = {"c#": "c-sharp", "f#": "f-sharp", ".net": "dotnet"}
KEPT_MARKS = {
    "\u200c"
}  # a zero-width non-joiner is a letter's shape in Persian, inside a word only
GAP = re.compile(r"[\s._/\\|·・,，、:：;；&—–‐‑-]+")
HYPHENS = re.compile("--+")
NUMBERING = re.compile(
    r"\s*(?:[（(]?(?P<number>\d{1,3})(?:\s*[)）、．](?!\d)|\.(?![\da-z]))"
    r"|[一二三四五六七八九十]{1,3}\s*[、．.])\s*"
)


def slugify(text: str, max_bytes: int = MAX_BYTES) -> str:
    """A slug for any text; empty if it holds neither letter nor digit.

    One longer than ``max_bytes`` is cut and ends with a hash of the whole, so that it stays unique.
    """
    slug = _short(text) if len(text) <= MAX_BYTES else _whole(text)
    encoded = slug.encode()
    if len(encoded) > max_bytes:
        digest = hashlib.sha256(encoded).hexdigest()[:8]
        slug = encoded[: max_bytes - 9].decode(errors="ignore").rstrip("-.") + "-" + digest
    return slug


def _whole(text: str) -> str:
    folded = unicodedata.normalize("NFKC", unicodedata.normalize("NFKC", text).casefold())
    return HYPHENS.sub("-", folded.translate(WRITTEN)).strip("-.\u200c")


# A story's heading is asked for twice, the names of sections in every document.
_short = lru_cache(256)(_whole)


class _Written(dict[int, str]):
    """What each character becomes in a slug; those of the basic plane are looked up once."""

    def __missing__(self, code: int) -> str:
        char = chr(code)
        written = char if _kept(char) else "-" if GAP.match(char) else ""
        if code < 0x10000:
            self[code] = written
        return written


WRITTEN = _Written()


def _kept(char: str) -> bool:
    return (
        unicodedata.category(char)[0] in "LNM"
        and char not in "\u3164\u115f\u1160\uffa0"
        or char in KEPT_MARKS
    )


@lru_cache(10_000)
def tag_slug(name: str) -> str:
    """A slug that tells ``C``, ``C++`` and ``C#`` apart; empty for an empty name only."""
    name = unicodedata.normalize("NFKC", name).strip().casefold()
    if name in PRONOUNCED:
        return PRONOUNCED[name]
    marked = re.sub(r"\.(?=\w)", "-dot-" if name.startswith(".") else "-", name).replace(
        "++", "-plus-plus"
    )
    return slugify(marked, 100) or code_points(name)


def code_points(name: str) -> str:
    """A slug for a name without letters, such as an emoji: its code points."""
    points = [f"{ord(char):x}" for char in name.strip() if not char.isspace()]
    return "u" + "-".join(points[:6]) if points else ""


def file_slug(stem: str) -> str:
    """A slug from a file name's words; its dots separate words."""
    return slugify(stem.replace(".", "-").replace("+", "-").replace("%20", "-"))


def without_numbering(heading: str) -> str:
    """A heading without the number in front of it; ``7.5亿`` and ``98.css`` are no numbers."""
    match = NUMBERING.match(heading)
    return heading[match.end() :] if match and heading[match.end() :].strip() else heading


def number_of(heading: str) -> int | None:
    """The number in front of a heading; None if there is none or it is written in words."""
    match = NUMBERING.match(heading)
    return int(match["number"]) if match and match["number"] else None


class Names:
    """Names given out once: a second ``news`` becomes ``news-2``, a third ``news-3``."""

    def __init__(self, taken: Iterable[str] = ()):
        self.taken = set(taken)
        self.counts: dict[str, int] = {}

    def take(self, name: str) -> str:
        """The name, or the first numbered form of it that is free; it is taken from now on."""
        free, count = name, self.counts.get(name, 1)
        while free in self.taken:
            count += 1
            free = f"{name}-{count}"
        self.counts[name] = count
        self.taken.add(free)
        return free
