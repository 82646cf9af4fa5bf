"""Fonts for drawing, and words drawn in them: each character in the first font that has it.

The fonts lie beside this module (``fonts/``, OFL) so that every machine draws the same; what they
lack is taken from the system's, and what those lack is drawn as the geta mark, printers' sign for
a type that is not in the case.
"""

import unicodedata
from collections.abc import Iterator
from functools import lru_cache
from itertools import groupby
from pathlib import Path

from PIL import ImageDraw, ImageFont

from posts.content import bidi

FOLDER = Path(__file__).parent / "fonts"
OWN = ("noto-serif-sc", "noto-naskh-arabic") + tuple(
    f"noto-serif-{name}" for name in ("latin-ext", "cyrillic", "greek", "vietnamese")
)
SYSTEM = (
    ("/usr/share/fonts/opentype/noto/NotoSerifCJK-Bold.ttc", 2),
    ("/usr/share/fonts/opentype/noto/NotoSansCJK-Bold.ttc", 2),
    ("/usr/share/fonts/truetype/dejavu/DejaVuSerif-Bold.ttf", 0),
    ("/usr/share/fonts/truetype/dejavu/DejaVuSans-Bold.ttf", 0),
)
FACES = (*((str(FOLDER / f"{name}-700.woff2"), 0) for name in OWN), *SYSTEM)
MISSING, NOWHERE = "〓", "\U0010fffd"
NOT_DRAWN = {"Cc", "Cf", "Cs", "Co", "Cn", "Mn", "Me"}
MOST_MARKS = 2  # on one letter: more are somebody's joke


def plain(text: str) -> str:
    """A text of characters that can be drawn one after the other, however odd it was."""
    found: list[str] = []
    marks = 0
    for char in unicodedata.normalize("NFC", " ".join(text.split())):
        marks = marks + 1 if unicodedata.combining(char) else 0
        is_mark = 0 < marks <= MOST_MARKS and "\u064b" <= char <= "\u0670"  # of Arabic vowels
        is_emoji = char >= "\U0001f000" and unicodedata.category(char) in ("So", "Sk")
        shown = unicodedata.category(char) not in NOT_DRAWN and not is_emoji
        if shown or is_mark or char in "\u200c\u200d":
            found.append(char)
    return " ".join("".join(found).split())


@lru_cache(5000)
def width(text: str, size: int) -> float:
    """How wide a line is at a size. Not in proportion: letters take whole pixels."""
    runs = (run for part in bidi.visual(text, False) for run in _runs(part))
    return sum(_font(face, size).getlength(run) for face, run in runs)


def draw(
    drawing: ImageDraw.ImageDraw, x: float, y: float, text: str, size: int, *, rtl: bool, ends: bool
) -> None:
    """A line that begins, or ``ends``, at ``x`` as one sees it, on the base line ``y``."""
    parts = bidi.visual(text, rtl)
    runs = [(_font(face, size), run) for part in parts for face, run in _runs(part)]
    if ends:
        x -= sum(font.getlength(run) for font, run in runs)
    for font, run in runs:
        drawing.text((x, y), run, fill=255, font=font, anchor="ls")
        x += font.getlength(run)


def is_drawable(text: str) -> bool:
    """True unless the fonts lack much of what a text is written with."""
    lacking = sum(_chosen(char)[1] != char for char in text)
    return lacking * 4 <= len(text)


def _runs(text: str) -> Iterator[tuple[int, str]]:
    """The number of a font, and what is drawn with it."""
    chosen = [_chosen(char) for char in text]
    for face, group in groupby(chosen, key=lambda pair: pair[0]):
        yield face, "".join(char for _face, char in group)


@lru_cache(20_000)
def _chosen(char: str) -> tuple[int, str]:
    for face in range(len(FACES)):
        if _has(face, char):
            return face, char
    return 0, MISSING


def _has(face: int, char: str) -> bool:
    if not Path(FACES[face][0]).exists():
        return False
    font = _font(face, 20)
    return char.isspace() or bytes(font.getmask(char)) != _nothing(face)


@lru_cache(len(FACES))
def _nothing(face: int) -> bytes:
    return bytes(_font(face, 20).getmask(NOWHERE))


@lru_cache(40)
def _font(face: int, size: int) -> ImageFont.FreeTypeFont:
    path, index = FACES[face]
    return ImageFont.truetype(path, size, index=index, layout_engine=ImageFont.Layout.BASIC)
