"""Draws the site's icon as browsers and phones want it: ``python deploy/draw_icons.py``.

To be run when ``static/site/icon.svg`` changes; what it writes is kept beside that.
"""

from pathlib import Path

from PIL import Image, ImageDraw

FOLDER = Path(__file__).resolve().parent.parent / "static" / "site"
ACCENT, PAPER = "#9d1c20", "#ffffff"
LETTER = [
    *((8, 24), (8, 8), (11.2, 8), (20.8, 19), (20.8, 8)),
    *((24, 8), (24, 24), (20.8, 24), (11.2, 13), (11.2, 24)),
]
SIDE = 32  # of the drawing that LETTER is measured in
FINE = 4  # drawn so many times as large, then made smaller: smooth edges


def icon(size: int, *, rounded: bool = True) -> Image.Image:
    """The icon; with square corners where a system cuts its own, the letter then well inside."""
    scale = size * FINE / SIDE
    image = Image.new("RGBA", (size * FINE, size * FINE), (0, 0, 0, 0) if rounded else ACCENT)
    drawing = ImageDraw.Draw(image)
    if rounded:
        drawing.rounded_rectangle((0, 0, *image.size), 6 * scale, ACCENT)
    drawing.polygon([(x * scale, y * scale) for x, y in LETTER], PAPER)
    return image.resize((size, size), Image.Resampling.LANCZOS)


def main() -> None:
    """Write all of them."""
    for size in (192, 512):
        icon(size).quantize(32).save(FOLDER / f"icon-{size}.png", optimize=True)
    icon(512, rounded=False).quantize(16).save(FOLDER / "icon-maskable.png", optimize=True)
    icon(180, rounded=False).quantize(16).save(FOLDER / "apple-touch-icon.png", optimize=True)
    small = [icon(size) for size in (16, 32, 48)]
    small[-1].save(FOLDER / "favicon.ico", sizes=[one.size for one in small], append_images=small)


if __name__ == "__main__":
    main()
