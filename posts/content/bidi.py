"""Text as it is drawn, from left to right, for programs that draw one glyph after another.

A little of Unicode's bidirectional algorithm and of Arabic joining: enough for a title. The forms
of letters are those that Unicode lists for programs without fonts' own tables; the fonts have them.
"""

import unicodedata
from functools import cache
from itertools import groupby

FORMS = ("isolated", "final", "initial", "medial")
RANGES = (range(0xFB50, 0xFDFC), range(0xFE70, 0xFEFD))
NON_JOINER, JOINER, LAM = "\u200c", "\u200d", "\u0644"
STRONG = {"L": "ltr", "R": "rtl", "AL": "rtl"}
NUMBERS = {"EN", "AN"}
MIRRORED = str.maketrans("()[]{}<>«»‹›", ")(][}{><»«›‹")


def visual(text: str, rtl: bool) -> list[str]:
    """The runs of a line in the order in which they are drawn, and so are their characters."""
    runs = [
        (direction, "".join(char for _direction, char in group))
        for direction, group in groupby(_directed(text, rtl), key=lambda pair: pair[0])
    ]
    drawn = [_turned(shaped(run)) if direction == "rtl" else run for direction, run in runs]
    return drawn[::-1] if rtl else drawn


def _directed(text: str, rtl: bool) -> list[tuple[str, str]]:
    """Each character with its direction; what has none stands as its neighbours do, and as the
    whole line where they differ.
    """
    base = "rtl" if rtl else "ltr"
    kinds = [unicodedata.bidirectional(char) for char in text]
    # A number is written from left to right, and stands among others as the line does.
    seen = [base if kind in NUMBERS else STRONG.get(kind, "") for kind in kinds]
    before, after = _last_seen(seen, base), _last_seen(seen[::-1], base)[::-1]
    return [
        ("ltr" if kind in NUMBERS else own or (one if one == other else base), char)
        for char, kind, own, one, other in zip(text, kinds, seen, before, after, strict=True)
    ]


def _last_seen(seen: list[str], base: str) -> list[str]:
    found: list[str] = []
    for direction in seen:
        found.append(direction or (found[-1] if found else base))
    return found


def _turned(text: str) -> str:
    """From right to left; a mark still follows its letter."""
    clusters: list[str] = []
    for char in text.translate(MIRRORED):
        if clusters and unicodedata.combining(char):
            clusters[-1] += char
        else:
            clusters.append(char)
    return "".join(reversed(clusters))


def shaped(text: str) -> str:
    """Arabic letters in the forms that their neighbours give them."""
    letters = _ligated(text)
    found = []
    for index, letter in enumerate(letters):
        forms = _forms().get(letter)
        if forms is None:
            if letter not in (NON_JOINER, JOINER):
                found.append(letter)
            continue
        joined_before = _joins(_neighbour(letters, index, -1), "initial") and "final" in forms
        joined_after = "initial" in forms and _joins(_neighbour(letters, index, 1), "final")
        name = FORMS[joined_before + 2 * joined_after]
        found.append(forms.get(name, letter))
    return "".join(found)


def _ligated(text: str) -> list[str]:
    """The letters; lam and the alef behind it are one."""
    letters: list[str] = []
    for char in text:
        if letters and letters[-1] == LAM and LAM + char in _forms():
            letters[-1] += char
        else:
            letters.append(char)
    return letters


def _neighbour(letters: list[str], index: int, step: int) -> str:
    """The next letter that is no mark; empty where there is none."""
    index += step
    while 0 <= index < len(letters):
        if not unicodedata.combining(letters[index][0]):
            return letters[index]
        index += step
    return ""


def _joins(letter: str, form: str) -> bool:
    return letter in (JOINER, "\u0640") or form in _forms().get(letter, ())


@cache
def _forms() -> dict[str, dict[str, str]]:
    """Letters, and lam with alef, to their forms by name."""
    found: dict[str, dict[str, str]] = {}
    for code in (code for codes in RANGES for code in codes):
        kind, *letters = unicodedata.decomposition(chr(code)).split() or [""]
        base = "".join(chr(int(one, 16)) for one in letters)
        name = kind.strip("<>")
        if name in FORMS and (len(base) == 1 or (len(base) == 2 and base[0] == LAM)):
            found.setdefault(base, {})[name] = chr(code)
    return {base: forms for base, forms in found.items() if len(base) == 1 or base[1] in "آأإا"}
