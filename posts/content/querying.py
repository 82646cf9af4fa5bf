"""What a reader typed into a search box -> words, filters and hints. Never raises.

``云计算 "exact words" -not -"not these" tag:ai -source:wsj.com after:2026 lang:en``. Whatever is
no filter is searched as words, and a hint says why. Full width counts as ASCII does, and filters
have Chinese names too. Half-open times: ``after:2026-01 before:2026-02`` is January.
"""

import unicodedata
from dataclasses import dataclass, replace
from datetime import date, timedelta
from typing import NamedTuple

LONGEST = 300  # characters of a query
LONGEST_PART = 100  # characters of one word, phrase or value
MOST_WORDS, MOST_FILTERS = 12, 10
LABELS = ("tag", "category", "source", "author")
NAMES = {
    "tag": "tag tags 标签 標籤",
    "category": "category section 栏目 欄目 分类 分類",
    "source": "source site 来源 來源",
    "author": "author by 作者",
    "before": "before 早于 早於 之前",
    "after": "after since 晚于 晚於 之后 之後",
    "date": "date on 日期",
    "lang": "lang language 语言 語言",
}
FILTERS = {alias: kind for kind, aliases in NAMES.items() for alias in aliases.split()}
LANGUAGES = {"中文": "zh-hans", "汉语": "zh-hans", "chinese": "zh-hans", "zh": "zh-hans"}
LANGUAGES |= {"英文": "en", "英语": "en", "english": "en", "波斯语": "fa", "persian": "fa"}
QUOTES = {'"': '"', "“": "”", "„": "“", "”": "”", "＂": "＂", "«": "»"}
QUOTES |= {"「": "」", "『": "』", "《": "》", "〈": "〉", "｢": "｣"}
SIGNS = "-－−"
COLONS = ":："
OPERATORS = ("AND", "OR", "NOT")  # of other searches
OPPOSITE = {"before": "after", "after": "before"}


class Part(NamedTuple):
    """A word or a phrase (words in quotes), or what must not occur."""

    text: str
    phrase: bool = False
    excluded: bool = False

    def __str__(self) -> str:
        sign = "-" if self.excluded else ""
        return f'{sign}"{self.text}"' if self.phrase else sign + self.text


class Filter(NamedTuple):
    """``tag:ai``: ``kind`` is a key of :data:`NAMES`, ``value`` what the reader called it."""

    kind: str
    value: str
    excluded: bool = False

    def __str__(self) -> str:
        plain = not any(char.isspace() or char in QUOTES for char in self.value)
        value = self.value if plain else f'"{self.value}"'
        return f"{'-' if self.excluded else ''}{self.kind}:{value}"


class Hint(NamedTuple):
    """What was not taken as it was meant, perhaps: a code, and what it is about."""

    code: str
    value: str = ""


@dataclass(frozen=True)
class Query:
    """A query taken apart; ``since`` and ``until`` (not included) are the bounds of its dates."""

    words: tuple[Part, ...] = ()
    filters: tuple[Filter, ...] = ()
    hints: tuple[Hint, ...] = ()

    def __bool__(self) -> bool:
        """True if it asks for anything."""
        return bool(self.words or self.filters)

    def __str__(self) -> str:
        """The query as it may be typed."""
        return " ".join(map(str, (*self.words, *self.filters)))

    @property
    def labels(self) -> list[Filter]:
        """The filters by tag, category, source and author."""
        return [one for one in self.filters if one.kind in LABELS]

    @property
    def since(self) -> date | None:
        """The first day that is wanted."""
        return max(filter(None, (bounds[0] for bounds in self._spans())), default=None)

    @property
    def until(self) -> date | None:
        """The first day that is no longer wanted."""
        return min(filter(None, (bounds[1] for bounds in self._spans())), default=None)

    @property
    def language(self) -> str:
        """The language that is wanted; empty for any."""
        return next((one.value for one in self.filters if one.kind == "lang"), "")

    def with_filter(self, kind: str, value: str) -> "Query":
        """The same query with one filter more; a second language or date takes the first's part."""
        single = kind in ("lang", "date")
        kept = tuple(one for one in self.filters if not (single and one.kind == kind))
        return replace(self, filters=(*kept, Filter(kind, value)))

    def without(self, part: Part | Filter) -> "Query":
        """The same query without a word or filter."""
        words = tuple(one for one in self.words if one != part)
        return replace(self, words=words, filters=tuple(f for f in self.filters if f != part))

    def _spans(self) -> list[tuple[date | None, date | None]]:
        found: list[tuple[date | None, date | None]] = []
        for one in self.filters:
            if one.kind in ("before", "after", "date") and (days := span(one.value)):
                first, end = days
                since = first if one.kind != "before" else None
                until = {"before": first, "date": end}.get(one.kind)
                found.append((since, until))
        return found


def span(text: str) -> tuple[date, date | None] | None:
    """``2026``, ``2026-01`` or ``2026-01-31`` -> its first day and the day after its last (None
    beyond the calendar); None for what is no date.
    """
    for mark in "/.年月":
        text = text.replace(mark, "-")
    parts = text.rstrip("-日").split("-")
    if not (1 <= len(parts) <= 3) or not all(p.isascii() and p.isdigit() for p in parts):
        return None
    if len(parts[0]) != 4 or any(len(part) > 2 for part in parts[1:]):
        return None
    year, month, day = (*map(int, parts), 1, 1)[:3]
    try:
        first = date(year, month, day)
        if len(parts) == 3:
            return first, None if first == date.max else first + timedelta(days=1)
        year, month = (year + 1, 1) if len(parts) == 1 or month == 12 else (year, month + 1)
        return first, date(year, month, 1) if year <= date.max.year else None
    except ValueError:
        return None


def parse(text: str) -> Query:
    """The query that a text is. Cost: a few steps for each character, of :data:`LONGEST` at most.

    1. Control characters become spaces, and what is too long is cut.
    2. At each position that is no space stands a sign or none, then a filter, a phrase or a word.
    3. Filters are checked; those that mean nothing become words.
    4. More words or filters than are looked at are left out.
    """
    reader = _Reader(_cleaned(text))
    if len(text) > LONGEST:
        reader.hint("long", str(LONGEST))
    reader.read()
    words, filters = list(dict.fromkeys(reader.words)), list(dict.fromkeys(reader.filters))
    if len(words) > MOST_WORDS:
        reader.hint("many-words", str(MOST_WORDS))
    if len(filters) > MOST_FILTERS:
        reader.hint("many-filters", str(MOST_FILTERS))
    words, filters = words[:MOST_WORDS], filters[:MOST_FILTERS]
    if words and all(word.excluded for word in words) and not filters:
        reader.hint("only-excluded")
    hints = tuple(dict.fromkeys(reader.hints))
    return Query(tuple(words), tuple(filters), hints)


def _cleaned(text: str) -> str:
    return "".join(
        " " if unicodedata.category(char) in ("Cc", "Cs", "Zl", "Zp") else char
        for char in text[:LONGEST]
    )


class _Reader:
    """Goes over a query once, from left to right."""

    def __init__(self, text: str):
        self.text = text
        self.at = 0
        self.words: list[Part] = []
        self.filters: list[Filter] = []
        self.hints: list[Hint] = []

    def hint(self, code: str, value: str = "") -> None:
        self.hints.append(Hint(code, value))

    def read(self) -> None:
        while self.at < len(self.text):
            char = self.text[self.at]
            if char.isspace():
                self.at += 1
                continue
            excluded = char in SIGNS and self._follows()
            self.at += excluded
            if not self._filter(excluded):
                self._part(excluded)

    def _follows(self) -> bool:
        """True if something stands right behind a sign."""
        following = self.text[self.at + 1 : self.at + 2]
        return bool(following) and not following.isspace() and following not in SIGNS

    def _filter(self, excluded: bool) -> bool:
        """Read a filter, if one stands here that is known."""
        end = next((n for n in range(self.at, len(self.text)) if self._ends(n)), len(self.text))
        name = unicodedata.normalize("NFKC", self.text[self.at : end]).casefold()
        if end == len(self.text) or self.text[end] not in COLONS or not name:
            return False
        following = self.text[end + 1 : end + 2]
        kind = FILTERS.get(name)
        if kind is None:
            if name.isascii() and name.isalpha() and len(name) > 1 and following.strip(" /:"):
                self.hint("unknown", name)
            return False
        start, self.at = self.at, end + 1
        value = self._quoted() if following in QUOTES else self._run()
        value = " ".join((value or "").split())[:LONGEST_PART]
        if not value:
            self.hint("empty", name)
            self.at = start
            return False
        self._take(Filter(kind, value, excluded))
        return True

    def _ends(self, index: int) -> bool:
        """True for what ends the name of a filter."""
        char = self.text[index]
        return char in COLONS or char.isspace() or char in QUOTES

    def _take(self, one: Filter) -> None:
        """Keep a filter in its usual form; one that means nothing becomes a word."""
        known = _checked(one)
        if known is None:
            self.hint("date" if one.kind in ("before", "after", "date") else "language", one.value)
            if any(char.isalnum() for char in one.value):
                phrase = not one.value.isalnum() or one.value in OPERATORS
                self.words.append(Part(one.value, phrase, one.excluded))
        elif known.kind == "lang" and any(f.kind == "lang" for f in self.filters):
            self.hint("second-language", known.value)
        else:
            self.filters.append(known)

    def _part(self, excluded: bool) -> None:
        phrase = self.text[self.at] in QUOTES
        found = self._quoted() if phrase else self._run()
        if found is None:
            return
        text = " ".join(found.split())
        if len(text) > LONGEST_PART:
            self.hint("long-word", str(LONGEST_PART))
        text = text[:LONGEST_PART].strip()
        if not phrase and text in OPERATORS:
            self.hint("operator", text)
        elif any(char.isalnum() for char in text):
            self.words.append(Part(text, phrase, excluded))
        elif text:
            self.hint("marks", text)

    def _quoted(self) -> str | None:
        """The words up to the closing quotation mark; None, and past the mark, if there is none."""
        close = QUOTES[self.text[self.at]]
        end = self.text.find(close, self.at + 1)
        if end < 0:
            self.hint("quote", self.text[self.at])
            self.at += 1
            return None
        found, self.at = self.text[self.at + 1 : end], end + 1
        return _bare(found)

    def _run(self) -> str:
        """The characters up to a space or a quotation mark."""
        start = self.at
        while self.at < len(self.text):
            char = self.text[self.at]
            if char.isspace() or char in QUOTES:
                break
            self.at += 1
        return self.text[start : self.at]


def _bare(text: str) -> str:
    """Without quotation marks of ASCII, which would end a phrase where it is typed again."""
    return text.replace('"', " ").strip()


def _checked(one: Filter) -> Filter | None:
    """A filter in its usual form; None for a date or language that is none."""
    if one.kind in LABELS:
        return one
    value = unicodedata.normalize("NFKC", one.value).strip()
    if one.kind == "lang":
        tag = LANGUAGES.get(value.casefold(), value.casefold())
        known = tag.replace("-", "").isalnum() and tag.isascii() and 2 <= len(tag) <= 12
        return Filter("lang", tag) if known and not one.excluded else None
    if span(value) is None or (one.excluded and one.kind == "date"):
        return None
    return Filter(OPPOSITE[one.kind] if one.excluded else one.kind, value)
