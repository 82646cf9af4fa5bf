"""The picture that is shown where a page is shared: its headline as ink on paper.

1200 × 630 pixels, as sites that show them want it; sixteen colours, so that it weighs little. No
picture of others is in it, and no text of others is trusted: see :func:`lettering.plain`.
"""

import io

from PIL import Image, ImageChops, ImageDraw

from posts.content import wrapping
from posts.deriving import lettering
from posts.deriving.poster import LONGEST, MOST_MARKS, Poster

SIZE = WIDTH, HEIGHT = 1200, 630
MARGIN = 80
ROOM = WIDTH - 2 * MARGIN
TOP, BOTTOM = 118, 528  # the lines above and below the headline
SIZES = {
    112: 2,
    92: 3,
    80: 3,
    68: 4,
    58: 4,
    48: 5,
}  # of the headline's letters, and its lines at most
LEADING = 1.32
SMALLER = 0.7  # of the largest letters are tried for a headline that cuts no word
NAME, SMALL, SECTION = 36, 28, 32
PAPER, INK, SOFT, ACCENT = (253, 252, 248), (27, 27, 26), (90, 87, 81), (151, 25, 29)
STEPS = {"ink": (INK, 7), "soft": (SOFT, 4), "accent": (ACCENT, 4)}  # with the paper sixteen


def drawn(poster: Poster) -> bytes:
    """The picture, as PNG."""
    poster = _clean(poster)
    layers = {name: Image.new("L", SIZE) for name in STEPS}
    pens = {name: ImageDraw.Draw(layer) for name, layer in layers.items()}
    start, end = (WIDTH - MARGIN, MARGIN) if poster.rtl else (MARGIN, WIDTH - MARGIN)
    pens["accent"].rectangle((0, 0, WIDTH, 9), fill=255)
    for y, thickness in ((TOP, 3), (TOP + 7, 1), (BOTTOM, 1)):
        pens["ink"].rectangle((MARGIN, y, WIDTH - MARGIN, y + thickness - 1), fill=255)
    rtl = poster.rtl
    if poster.title:
        _line(pens["ink"], start, 92, poster.site, NAME, rtl, ends=rtl)
    _line(pens["soft"], end, 92, poster.date, SMALL, rtl, ends=not rtl)
    if poster.title:
        _headline(pens["ink"], pens["accent"], poster, start)
    else:
        _own_name(pens["ink"], poster, start)
    _marks(pens["soft"], poster, start)
    return _png(layers)


def _clean(poster: Poster) -> Poster:
    site, section, date = map(lettering.plain, (poster.site, poster.section, poster.date))
    title = lettering.plain(poster.title[:LONGEST])
    return poster._replace(
        title=title if lettering.is_drawable(title) else "",
        site=site[:60],
        section=section[:60],
        date=date[:60],
        marks=tuple(filter(None, map(lettering.plain, poster.marks[:MOST_MARKS]))),
    )


def _line(
    pen: ImageDraw.ImageDraw, x: int, y: float, text: str, size: int, rtl: bool, *, ends: bool
) -> None:
    """A line of which there may be another beside it."""
    text = _fitted(text, size, ROOM * 0.62)
    lettering.draw(pen, x, y, text, size, rtl=rtl, ends=ends)


def _fitted(text: str, size: int, room: float) -> str:
    if lettering.width(text, size) <= room:
        return text
    while text and lettering.width(f"{text}…", size) > room:
        text = text[:-1]
    return f"{text.rstrip()}…"


def _headline(
    ink: ImageDraw.ImageDraw, accent: ImageDraw.ImageDraw, poster: Poster, start: int
) -> None:
    """The section, then the headline in the largest letters in which it has room."""
    top = TOP + 20
    if poster.section:
        _line(accent, start, top + 48, poster.section, SECTION, poster.rtl, ends=poster.rtl)
        top += 62
    size, lines = _largest(poster.title, BOTTOM - top - 16)
    left = BOTTOM - top - len(lines) * size * LEADING
    y = top + left / 2 + size * 1.02
    for line in lines:
        lettering.draw(ink, start, y, line, size, rtl=poster.rtl, ends=poster.rtl)
        y += size * LEADING


def _largest(title: str, height: float) -> tuple[int, list[str]]:
    """The size of a headline's letters and its lines: as large as they have room, a little smaller
    where that cuts no word.
    """
    fitting: list[tuple[int, list[str]]] = []
    for size, most in SIZES.items():
        for line in (10.0, 0.1):  # as few lines as can be, then more
            lines = _lines(title, size, most, line)
            if len(lines) <= most and len(lines) * size * LEADING <= height:
                fitting.append((size, lines))
    if not fitting:
        size, most = next(reversed(SIZES.items()))
        return size, _lines(title, size, most - 1)
    near = [one for one in fitting if one[0] >= fitting[0][0] * SMALLER]
    return next((one for one in near if wrapping.cuts_no_word(one[1])), fitting[0])


def _lines(title: str, size: int, most: int, line: float = 10.0) -> list[str]:
    """The lines of a headline; one more than ``most`` where it is too long."""
    width = lambda text: lettering.width(text, size)  # noqa: E731
    return wrapping.lines(title, width, ROOM - 8, most + 1, line)


def _own_name(ink: ImageDraw.ImageDraw, poster: Poster, start: int) -> None:
    """The site's name alone, large; what it says of itself stands below as the section."""
    size = next((size for size in (120, *SIZES) if lettering.width(poster.site, size) <= ROOM), 48)
    y = (TOP + BOTTOM) / 2 + size * 0.3
    lettering.draw(
        ink, start, y, _fitted(poster.site, size, ROOM), size, rtl=poster.rtl, ends=poster.rtl
    )
    if poster.section:
        text = _fitted(poster.section, SECTION, ROOM)
        lettering.draw(ink, start, y + 76, text, SECTION, rtl=poster.rtl, ends=poster.rtl)


def _marks(soft: ImageDraw.ImageDraw, poster: Poster, start: int) -> None:
    """The hosts of the sources, as many as have room."""
    shown = list(poster.marks)
    text = " · ".join(shown)
    while shown and lettering.width(text, SMALL) > ROOM:
        shown.pop()
        text = " · ".join([*shown, f"+{len(poster.marks) - len(shown)}"])
    lettering.draw(soft, start, 580, text, SMALL, rtl=poster.rtl, ends=poster.rtl)


def _png(layers: dict[str, Image.Image]) -> bytes:
    """The layers as one picture of sixteen colours, each a step from the paper to a layer's."""
    picture, palette = Image.new("L", SIZE), list(PAPER)
    for name, (colour, steps) in STEPS.items():
        first = len(palette) // 3
        table = [0 if value * steps < 128 else first + _step(value, steps) for value in range(256)]
        picture = ImageChops.lighter(picture, layers[name].point(table))
        for step in range(1, steps + 1):
            share = step / steps
            palette += [round(p + (c - p) * share) for p, c in zip(PAPER, colour, strict=True)]
    picture = picture.convert("P") if picture.mode != "P" else picture
    picture.putpalette(palette)
    file = io.BytesIO()
    picture.save(file, "PNG", bits=4, optimize=True)
    return file.getvalue()


def _step(value: int, steps: int) -> int:
    return max(0, min(steps - 1, round(value * steps / 255) - 1))
