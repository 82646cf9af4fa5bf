"""What can be said about a text: its words, its language's direction, an excerpt."""

import re
import unicodedata
from html import unescape

CJK = r"\u3040-\u30ff\u3400-\u4dbf\u4e00-\u9fff\uf900-\ufaff\uac00-\ud7af\U00020000-\U0003ffff"
WORD = re.compile(rf"[^\W_{CJK}]+(?:[’'._-][^\W_{CJK}]+)*")
CJK_CHAR = re.compile(rf"[{CJK}]")
TAG = re.compile(r"<[^>]*>")
BLOCK_END = re.compile(r"</(?:p|li|h[1-6]|blockquote|pre|td|th|dt|dd|figcaption|div)>|<br>|<hr>")
CODE = re.compile(r"<pre\b[^>]*>.*?</pre>", re.DOTALL)
PERMALINK = re.compile(r"<a class=\"permalink\"[^>]*>#</a>")
FIRST_PART = re.compile(r"<h[1-6]\b|<section\b|<li class=\"story\"")
PARAGRAPH = re.compile(r"<p(?: [^>]*)?>(.*?)</p>", re.DOTALL)
MORE = re.compile(
    r"<!--\s*(?:more|truncate|excerpt)\s*-->|^#\s*more\s*$", re.IGNORECASE | re.MULTILINE
)
SENTENCE_END = re.compile(r"[。！？!?…]|\.(?=\s|\Z)")
CHARACTERS_A_MINUTE = 400
WORDS_A_MINUTE = 220
EXCERPT_WIDTH = 300  # in halves of a Chinese character
RTL_LETTERS = {"R", "AL"}


def plain_text(html: str) -> str:
    """The words of sanitised HTML, a line for each block."""
    html = PERMALINK.sub("", html)
    return unescape(TAG.sub("", BLOCK_END.sub("\n", html))).strip()


def counts(text: str) -> tuple[int, int]:
    """(Chinese, Japanese and Korean characters, other words)."""
    return len(CJK_CHAR.findall(text)), len(WORD.findall(text))


def word_count(text: str) -> int:
    """Words as an editor counts them: each CJK character and each word of another script is one."""
    return sum(counts(text))


def reading_minutes(text: str) -> int:
    """Minutes to read a text, at least 1."""
    characters, words = counts(text)
    return max(1, round(characters / CHARACTERS_A_MINUTE + words / WORDS_A_MINUTE))


def is_rtl(text: str) -> bool:
    """True if most letters of the text are written from right to left."""
    sample = text[:4000]
    rtl = sum(1 for char in sample if unicodedata.bidirectional(char) in RTL_LETTERS)
    return rtl > 0 and rtl * 2 > sum(1 for char in sample if char.isalpha())


def width(text: str) -> int:
    """Width in halves of a Chinese character."""
    return sum(2 if unicodedata.east_asian_width(char) in "WF" else 1 for char in text)


def shortened(text: str, limit: int = EXCERPT_WIDTH) -> str:
    """The text within a width, cut at a sentence's end if one is near, else at a word, with an ellipsis."""
    text = " ".join(text.split())
    if width(text) <= limit:
        return text
    used = cut = 0
    for cut, char in enumerate(text):  # noqa: B007 - where it stops is what is wanted
        used += 2 if unicodedata.east_asian_width(char) in "WF" else 1
        if used > limit - 1:
            break
    ends = [match.end() for match in SENTENCE_END.finditer(text, 0, cut)]
    if ends and ends[-1] > cut * 0.6:
        return text[: ends[-1]]
    if not CJK_CHAR.match(text[cut - 1]) and (space := text.rfind(" ", 0, cut)) > cut * 0.6:
        cut = space
    return text[:cut].rstrip(" ，、,;；:：—-") + "…"


def excerpt(html: str) -> str:
    """The first words of a rendered text: of its lead where it has one, code and source lines left out."""
    words, used = [], 0
    lead = FIRST_PART.split(html, maxsplit=1)[0]
    html = CODE.sub("", lead if plain_text(lead) else html)
    for match in PARAGRAPH.finditer(html):
        if 'class="source-line"' in match[0][:40]:
            continue
        text = plain_text(match[1])
        if text:
            words.append(text)
            used += width(text)
        if used >= 60:
            break
    return shortened(" ".join(words) or plain_text(html)[:2000])
