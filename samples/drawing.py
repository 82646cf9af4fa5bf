"""What the pictures of the samples are drawn with: a sheet, its colours, a few curves."""

import math
import random
from collections.abc import Callable, Iterator

from PIL import Image, ImageDraw

WIDTH, HEIGHT, SCALE = 1200, 800, 2
PAPER, INK, RED = "#f3eee3", "#1f1c19", "#b4281e"
SAND, STONE, SLATE, PALE, NIGHT = "#ddd3c0", "#a99f8d", "#5d5850", "#e9e2d4", "#25282d"
COLOURS = [PAPER, INK, RED, SAND, STONE, SLATE, PALE, NIGHT]
COLOURS += ["#353a40", "#1b1d21", "#101114", "#c4b9a5", "#7b7467", "#3c3833", "#8c1a13"]
Point = tuple[float, float]


class Sheet:
    """A sheet to draw on in the finished picture's units."""

    def __init__(self, ground: str = PAPER) -> None:
        self.image = Image.new("RGB", (WIDTH * SCALE, HEIGHT * SCALE), ground)
        self.draw = ImageDraw.Draw(self.image)

    def shape(self, points: list[Point], fill: str) -> None:
        """A filled polygon."""
        self.draw.polygon([(x * SCALE, y * SCALE) for x, y in points], fill=fill)

    def line(self, points: list[Point], fill: str = INK, width: float = 2) -> None:
        """A line through points, with round joints."""
        scaled = [(x * SCALE, y * SCALE) for x, y in points]
        self.draw.line(scaled, fill=fill, width=round(width * SCALE), joint="curve")
        if width > 10:  # Pillow leaves slits in the bends of a broad line
            for x, y in points[1:-1]:
                self.disc(x, y, width / 2, fill)

    def disc(self, x: float, y: float, r: float, fill: str | None, edge: str = "", w: float = 2):
        """A circle, filled or with an edge or both."""
        box = [(x - r) * SCALE, (y - r) * SCALE, (x + r) * SCALE, (y + r) * SCALE]
        self.draw.ellipse(box, fill=fill, outline=edge or None, width=round(w * SCALE))

    def oval(self, x: float, y: float, rx: float, ry: float, fill: str, edge: str = "") -> None:
        """An ellipse that lies."""
        box = [(x - rx) * SCALE, (y - ry) * SCALE, (x + rx) * SCALE, (y + ry) * SCALE]
        self.draw.ellipse(box, fill=fill, outline=edge or None, width=2 * SCALE)

    def box(self, x: float, y: float, w: float, h: float, fill: str, r: float = 0) -> None:
        """A rectangle, its corners round if there is a radius."""
        corners = [x * SCALE, y * SCALE, (x + w) * SCALE - 1, (y + h) * SCALE - 1]
        self.draw.rounded_rectangle(corners, r * SCALE, fill=fill)

    def finished(self) -> Image.Image:
        """The picture in its own size and few colours: ours, and mixtures where two meet."""
        colours = [tuple(bytes.fromhex(colour[1:])) for colour in COLOURS]
        mixed = list(colours)
        for n, one in enumerate(colours):
            for other in colours[n + 1 :]:
                for part in (1 / 3, 2 / 3):
                    pairs = zip(one, other, strict=True)
                    mixed.append(tuple(round(a + (b - a) * part) for a, b in pairs))
        palette = Image.new("P", (1, 1))
        palette.putpalette([value for colour in mixed for value in colour])
        small = self.image.resize((WIDTH, HEIGHT), Image.Resampling.LANCZOS)
        return small.quantize(palette=palette, dither=Image.Dither.NONE)

    def dashes(self, a: Point, b: Point, fill: str, width: float = 2, dash: float = 10) -> None:
        """A straight dashed line."""
        length = math.dist(a, b)
        steps = int(length / dash)
        for step in range(0, steps, 2):
            part = [step / steps, min(1, (step + 1) / steps)]
            ends = [(a[0] + (b[0] - a[0]) * t, a[1] + (b[1] - a[1]) * t) for t in part]
            self.line(ends, fill, width)


def smooth(points: list[Point], steps: int = 16) -> list[Point]:
    """A curve through points (Catmull and Rom's)."""
    ends = [points[0], *points, points[-1]]
    curve = []
    for p0, p1, p2, p3 in zip(ends, ends[1:], ends[2:], ends[3:], strict=False):
        for step in range(steps):
            t = step / steps
            curve.append(
                tuple(
                    0.5
                    * (
                        2 * b
                        + (c - a) * t
                        + (2 * a - 5 * b + 4 * c - d) * t * t
                        + (3 * b - a - 3 * c + d) * t**3
                    )
                    for a, b, c, d in zip(p0, p1, p2, p3, strict=True)
                )
            )
    return [*curve, points[-1]]  # type: ignore[list-item]


def crossings(field: Callable[[float, float], float], level: float, step: int) -> Iterator:
    """The pieces of a contour line: marching squares."""
    columns, rows = WIDTH // step + 1, HEIGHT // step + 1
    heights = [[field(x * step, y * step) for x in range(columns)] for y in range(rows)]
    for y in range(rows - 1):
        for x in range(columns - 1):
            corners = [(x, y), (x + 1, y), (x + 1, y + 1), (x, y + 1)]
            values = [heights[b][a] - level for a, b in corners]
            found = []
            for n in range(4):
                m = (n + 1) % 4
                if (values[n] < 0) != (values[m] < 0):
                    t = values[n] / (values[n] - values[m])
                    (ax, ay), (bx, by) = corners[n], corners[m]
                    found.append(((ax + (bx - ax) * t) * step, (ay + (by - ay) * t) * step))
            yield from zip(found[::2], found[1::2], strict=False)


def ridge(base: float, rough: float, seed: int) -> list[Point]:
    """The outline of hills, down to the sheet's lower edge."""
    dice = random.Random(seed)
    phases = [(dice.uniform(0, 7), dice.uniform(0.7, 1.3)) for _ in range(4)]
    top = []
    for x in range(0, WIDTH + 8, 8):
        wave = sum(
            math.sin(x / (290 / (n + 1) ** 1.2) * pace + phase) / (n + 1)
            for n, (phase, pace) in enumerate(phases)
        )
        top.append((float(x), base - rough * wave))
    return [*top, (WIDTH, HEIGHT), (0, HEIGHT)]
