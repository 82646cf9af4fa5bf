"""What can be said about a text: its words, its language's direction, an excerpt."""

import re
import unicodedata
from collections.abc import Iterable, Iterator
from itertools import takewhile

from posts.content import markup

CJK = r"\u3040-\u30ff\u3400-\u4dbf\u4e00-\u9fff\uf900-\ufaff\uac00-\ud7af\U00020000-\U0003ffff"
WORD = re.compile(r"[^\W_]++(?:[’'._-][^\W_]++)*+")  # in a text without CJK characters
ASCII_WORD = re.compile(r"[A-Za-z0-9]++(?:['._-][A-Za-z0-9]++)*+")
CJK_CHAR = re.compile(rf"[{CJK}]")
CJK_RUN = re.compile(rf"[{CJK}]+")
SENTENCE_END = re.compile(r"(?:[。！？!?…।؟۔]+|\.(?=[\s\"'”’)]))[\"'”’」』）)]*")
LEAST = 0.6  # of the width allowed, which a text keeps rather than end at a better position
CHARACTERS_A_MINUTE = 400
WORDS_A_MINUTE = 220
EXCERPT_WIDTH = 300  # in halves of a Chinese character
EXCERPT_ENOUGH = 60  # paragraphs are added until they are as wide as this
PARTS = {"h1", "h2", "h3", "h4", "h5", "h6", "section"}
RTL_BLOCKS = re.compile(
    "[\\u0590-\\u08ff\\u200f\\ufb1d-\\ufdff\\ufe70-\\ufeff"
    "\\U00010800-\\U00010fff\\U0001e800-\\U0001efff]"
)
RTL_LETTERS = {"R", "AL"}


def plain_text(html: str) -> str:
    """The words of sanitised HTML, a line for each block."""
    return markup.words(html)


def counts(text: str) -> tuple[int, int]:
    """(Chinese, Japanese and Korean characters, other words); together words as editors count."""
    if text.isascii():
        return 0, len(ASCII_WORD.findall(text))
    others = CJK_RUN.sub(" ", text)
    runs = others.count(" ") - text.count(" ")
    return len(text) - len(others) + runs, len(WORD.findall(others))


def reading_minutes(characters: int, words: int) -> int:
    """Minutes to read a text of so many CJK characters and other words, at least 1."""
    return max(1, round(characters / CHARACTERS_A_MINUTE + words / WORDS_A_MINUTE))


def is_rtl(text: str) -> bool:
    """True if most letters of the text are written from right to left."""
    sample = text[:4000]
    if sample.isascii() or not RTL_BLOCKS.search(sample):
        return False
    rtl = sum(1 for char in sample if unicodedata.bidirectional(char) in RTL_LETTERS)
    return rtl > 0 and rtl * 2 > sum(1 for char in sample if char.isalpha())


def width(text: str) -> int:
    """Width in halves of a Chinese character."""
    return len(text) if text.isascii() else sum(map(WIDTHS.__getitem__, text))


class _Widths(dict[str, int]):
    """The width of each character; those of the basic plane are looked up once."""

    def __missing__(self, char: str) -> int:
        found = 2 if unicodedata.east_asian_width(char) in "WF" else 1
        if char < "\U00010000":
            self[char] = found
        return found


WIDTHS = _Widths()


def shortened(text: str, limit: int = EXCERPT_WIDTH) -> str:
    """The text within a width: cut behind a sentence if one ends near, else behind a word."""
    text = " ".join(text.split())
    if width(text) <= limit:
        return text
    cut, used = 0, 0
    while used < limit:  # one half is left for the ellipsis
        used += WIDTHS[text[cut]]
        cut += 1
    cut -= 1
    least = int(cut * LEAST)
    ends = [match.end() for match in SENTENCE_END.finditer(text, least, cut + 1)]
    if ends := [end for end in ends if least < end <= cut]:
        return text[: ends[-1]]
    return text[: _word_end(text, cut, least)].rstrip(" ，、,;；:：—-(（[“‘「『《") + "…"


def _word_end(text: str, cut: int, least: int) -> int:
    """The last offset up to ``cut`` between two words; between letters if a word is too long."""
    ends = [end for end in range(cut, least, -1) if not _joins(text[end])]
    between = (
        end
        for end in ends
        if any(char.isspace() or CJK_CHAR.match(char) for char in text[end - 1 : end + 1])
    )
    return next(between, ends[0] if ends else cut)


def _joins(char: str) -> bool:
    """True for a mark that belongs to the letter before it."""
    return unicodedata.category(char)[0] == "M" or char in "\u200c\u200d"


def excerpt(html: str) -> str:
    """The first words of a rendered text, of its lead if it has one; no code, no source lines."""
    lead = list(takewhile(lambda tag: not _begins_part(tag), markup.tags(html)))
    has_lead = any(tag.text for tag in lead) and markup.text_of(lead)
    # Not a list: of a long text without a lead no more is taken apart than is shown.
    tags = lead if has_lead else markup.tags(html)
    words, used = [], 0
    for text in _paragraphs(markup.without(tags, "pre")):
        words.append(text)
        used += width(text)
        if used >= EXCERPT_ENOUGH:
            break
    if words:
        return shortened(" ".join(words))
    tags = lead if has_lead else markup.tags(html)
    return shortened(markup.text_of(markup.without(tags, "pre"))[:2000])


def _begins_part(tag: markup.Tag) -> bool:
    name = tag.name
    return name in PARTS or (name == "li" and tag.attributes.get("class") == "story")


def _paragraphs(tags: Iterable[markup.Tag]) -> Iterator[str]:
    """The words of each paragraph that has some and cites no source."""
    inside: list[markup.Tag] | None = None
    for tag in tags:
        name = tag.name
        if name == "p":
            inside = [markup.Tag("", tag.text)]
            if tag.attributes.get("class") == "source-line":
                inside = None
        elif name == "/p" and inside is not None:
            if text := markup.text_of(inside):
                yield text
            inside = None
        elif inside is not None:
            inside.append(tag)
