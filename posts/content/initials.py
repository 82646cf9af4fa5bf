"""Where a name stands in an index: under which letter, and in which order.

Chinese by its sound, as readers of Chinese look it up; ``pinyin.txt`` has the most usual reading of
each character, a line for each syllable. Only the reading of a name's first character decides about
its letter: the words below begin with one that is read otherwise.
"""

import unicodedata
from functools import cache, lru_cache
from pathlib import Path

MOST = 60  # characters of a sound that order names; beyond it their slugs do
OTHER = "#"  # the head of names without a letter
LATIN = {"Ø": "O", "Æ": "A", "Œ": "O", "Ł": "L", "Đ": "D", "Þ": "T", "ẞ": "S", "Ð": "D"}
ARABIC = {"ي": "ی", "ى": "ی", "ك": "ک", "ة": "ه"}  # Arabic letters as Persian writes them
JAMO = "ㄱㄲㄴㄷㄸㄹㅁㅂㅃㅅㅆㅇㅈㅉㅊㅋㅌㅍㅎ"
READ_OTHERWISE = {
    "chong": "重庆 重新 重复 重组 重启 重播 重返 重叠 重构 重塑 重建 重置 重阳 重写 重做",
    "zhang": "长大 长老 长官 长孙 长辈 长子 长女",
    "hang": "行业 行情 行家 行长 行列",
    "yue": "乐队 乐团 乐器 乐曲 乐谱 乐坛 乐府",
    "zeng": "曾国藩 曾国 曾荫权 曾庆红 曾巩",
    "zhao": "朝阳 朝霞 朝气",
    "zhuan": "传记",
    "tiao": "调整 调节 调解 调试 调控 调味 调料 调价 调侃",
    "du": "都市 都会 都江堰",
    "zang": "藏族 藏语 藏文 藏医 藏历",
    "kuai": "会计",
    "xia": "厦门",
    "shan": "单县 单于",
    "xie": "解缙",
    "cheng": "盛饭",
    "zha": "查良镛",
    "dai": "大夫",
}  # fmt: skip


@cache
def _sounds() -> dict[str, str]:
    """Character -> syllable, of the unified ideographs."""
    lines = Path(__file__).with_name("pinyin.txt").read_text(encoding="utf-8").splitlines()
    return {char: sound for sound, chars in map(str.split, lines) for char in chars}


@cache
def _otherwise() -> dict[str, str]:
    return {word: sound for sound, words in READ_OTHERWISE.items() for word in words.split()}


def sort_key(name: str, slug: str) -> str:
    """What orders a name in an index by its characters' numbers: its letter, its sound, its slug,
    which makes it unique.
    """
    head, sound = _heard(name)
    return f"{head}{sound} {slug}"


def letter(key: str) -> str:
    """The letter under which a :func:`sort_key` stands."""
    return key[:1]


def initial(name: str) -> str:
    """The letter under which a name stands."""
    return _heard(name)[0]


@lru_cache(2000)
def _heard(name: str) -> tuple[str, str]:
    """(letter, sound) of a name."""
    text = unicodedata.normalize("NFKC", name).casefold()
    start = next((n for n, char in enumerate(text) if char.isalnum()), len(text))
    text = text[start : start + MOST]
    words, sounds = [], _sounds()
    for n, char in enumerate(text):
        syllable = sounds.get(char)
        if n == 0 and syllable:
            found = [sound for word, sound in _otherwise().items() if text.startswith(word)]
            syllable = found[0] if found else syllable
        words.append(f" {syllable} " if syllable else _folded(char))
    sound = " ".join("".join(words).split())[:MOST]
    return _head(sound), sound


def _folded(char: str) -> str:
    """A letter without its marks; kana as hiragana, Hangul by its parts, punctuation as a gap."""
    if not char.isalnum():
        return " "
    base = unicodedata.normalize("NFD", char)
    base = "".join(one for one in base if not unicodedata.combining(one)) or char
    if "ァ" <= base <= "ヶ":
        base = chr(ord(base) - 0x60)
    return ARABIC.get(base, base)


def _head(sound: str) -> str:
    first = sound[:1].upper()[:1]
    if first.isdigit() or not first.isalpha() or "\u3400" <= first <= "\u9fff":
        return OTHER
    if "\u1100" <= first <= "\u1112":
        return JAMO[ord(first) - 0x1100]
    return LATIN.get(first, first)
