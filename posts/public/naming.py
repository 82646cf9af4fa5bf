"""``lang`` and ``dir`` for what stands in a frame of another language: names, titles, the frame's
own words inside a post.

A name of a tag or an author has no language that anybody wrote down; its letters say enough for a
voice to read it and for a font to be chosen. Latin names are at home everywhere.
"""

import re
from functools import lru_cache

from markupsafe import Markup

from posts.models.posts import Written
from posts.public.localized import direction, htmllang

SCRIPTS = (  # the first that occurs in a name
    ("ja", re.compile("[\u3041-\u30ff]")),
    ("zh-hans", re.compile("[\u3400-\u9fff\uf900-\ufaff\U00020000-\U0003ffff]")),
    ("ko", re.compile("[\uac00-\ud7a3]")),
    ("fa", re.compile("[\u0620-\u06ff]")),
    ("he", re.compile("[\u05d0-\u05ea]")),
)
NOT_PERSIAN = re.compile("[ةيكىإأؤ]")  # letters of Arabic that Persian writes in another way


def script_language(name: str) -> str:
    """The language that a name's letters belong to; empty for Latin ones, and where they do not
    say it.
    """
    if name.isascii():
        return ""
    found = next((language for language, letters in SCRIPTS if letters.search(name)), "")
    return "ar" if found == "fa" and NOT_PERSIAN.search(name) else found


@lru_cache(10_000)
def namelang(name: str, frame: str) -> Markup:
    """``lang`` and ``dir`` for the name of a label in a frame; empty where it is at home there."""
    return langattributes(script_language(str(name)), frame)


@lru_cache(1000)
def langattributes(language: str, frame: str) -> Markup:
    """``lang`` and, where it differs, ``dir`` for words of a language in a frame of another."""
    if not language or language == frame or (language[:2] == frame[:2] == "zh"):
        return Markup()
    html = Markup(' lang="{}"').format(htmllang(language))
    if direction(language) != direction(frame):
        html += Markup(' dir="{}"').format(direction(language))
    return html


def framelang(frame: str, post: Written) -> Markup:
    """``lang`` and ``dir`` for words of the frame inside a post of another language."""
    return _framelang(frame, post.lang, post.direction)


@lru_cache(1000)
def _framelang(frame: str, language: str, letters: str) -> Markup:
    if language == frame and letters == direction(frame):
        return Markup()
    return Markup(' lang="{}" dir="{}"').format(htmllang(frame), direction(frame))
