"""Draws the pictures of the samples: ``python samples/pictures.py``, by hand, with Pillow.

Flat shapes in ink, paper and one red, 1200 by 800. Drawn at twice the size and made smaller, so
that edges are smooth; few colours, so that files stay small. The same every time.
"""

import math
import random
import sys
from pathlib import Path

from drawing import (
    HEIGHT,
    INK,
    NIGHT,
    PALE,
    PAPER,
    RED,
    SAND,
    SCALE,
    SLATE,
    STONE,
    WIDTH,
    Point,
    Sheet,
    smooth,
)
from landscapes import buoy, contours, drone, harvest, river
from PIL import ImageFont

SERIF = "/usr/share/fonts/opentype/noto/NotoSerifCJK-Bold.ttc"


def network() -> Sheet:
    """A net whose one red node is being taken out."""
    sheet, dice = Sheet(), random.Random(11)
    nodes: list[Point] = []
    while len(nodes) < 88:
        angle, far = dice.uniform(0, math.tau), 350 * math.sqrt(dice.random())
        spot = (470 + far * math.cos(angle) * 1.12, 400 + far * math.sin(angle))
        if all(math.dist(spot, other) > 50 for other in nodes):
            nodes.append(spot)
    gone: Point = (1010, 210)
    socket = min(nodes, key=lambda node: math.dist(node, (690, 300)))
    for node in nodes:
        for other in sorted(nodes, key=lambda one: math.dist(one, node))[1:5]:
            if socket in (node, other):
                sheet.dashes(gone, node if other == socket else other, RED, 2.4)
            else:
                sheet.line([node, other], STONE, 1.6)
    for node in nodes:
        if node != socket:
            sheet.disc(*node, dice.choice([6, 6, 8, 10, 15]), INK, PAPER, 3)
    sheet.disc(*socket, 13, PAPER, STONE, 2)
    sheet.disc(*gone, 42, RED)
    return sheet


def containers() -> Sheet:
    """Stacks of containers; a red one hangs from the hook."""
    sheet, dice = Sheet(), random.Random(4)

    def container(x: float, y: float, fill: str, rib: str) -> None:
        sheet.box(x, y, 186, 82, fill)
        for rib_x in range(14, 180, 15):
            sheet.line([(x + rib_x, y + 10), (x + rib_x, y + 72)], rib, 3)

    sheet.box(0, 730, WIDTH, 70, SAND)
    for column, high in enumerate([6, 5, 3, 2, 4, 5]):
        for floor in range(high):
            fill, rib = dice.choice([(INK, SLATE), (SLATE, INK), (STONE, SLATE), (SAND, STONE)])
            container(24 + column * 194, 730 - (floor + 1) * 86, fill, rib)
    sheet.line([(0, 60), (WIDTH, 60)], INK, 14)
    for x in range(0, WIDTH, 60):
        sheet.line([(x, 60), (x + 30, 24), (x + 60, 60)], INK, 4)
    sheet.line([(0, 22), (WIDTH, 22)], INK, 5)
    sheet.box(460, 66, 90, 24, INK)
    sheet.line([(505, 90), (505, 190)], INK, 4)
    sheet.line([(420, 240), (505, 190), (590, 240)], INK, 4)
    container(412, 240, RED, "#8c1a13")
    return sheet


def specimen() -> Sheet:
    """A sheet of type: one large character with its help lines."""
    sheet = Sheet()
    for x in range(0, WIDTH + 1, 50):
        sheet.line([(x, 0), (x, HEIGHT)], PALE, 1.5)
    for y in range(0, HEIGHT + 1, 50):
        sheet.line([(0, y), (WIDTH, y)], PALE, 1.5)
    font = ImageFont.truetype(SERIF, 640 * SCALE)
    middle = (600 * SCALE, 400 * SCALE)
    sheet.draw.text(middle, "永", font=font, fill=INK, anchor="mm")
    for y in (100, 700):
        sheet.line([(0, y), (WIDTH, y)], RED, 2)
    for x in (300, 900):
        sheet.line([(x, 0), (x, HEIGHT)], RED, 2)
    sheet.dashes((300, 100), (900, 700), RED, 1.5)
    sheet.dashes((900, 100), (300, 700), RED, 1.5)
    for x, y in [(300, 100), (900, 100), (300, 700), (900, 700), (600, 400)]:
        sheet.box(x - 9, y - 9, 18, 18, PAPER)
        sheet.box(x - 6, y - 6, 12, 12, RED)
    small = ImageFont.truetype(SERIF, 54 * SCALE)
    for n, char in enumerate("侧勒努趯策掠啄磔"):
        x, y = (150, 140 + n * 150) if n < 4 else (1050, 140 + (n - 4) * 150)
        sheet.draw.text((x * SCALE, y * SCALE), char, font=small, fill=SLATE, anchor="mm")
    return sheet


def circuit() -> Sheet:
    """Traces that lead to a chip; one of them is red."""
    sheet = Sheet(NIGHT)
    for side in range(4):
        for n in range(13):
            out = 40 + (n * 67 + side * 31) % 150
            at = (n - 6) * 24
            bend = at * 2.1
            far = 700 if n % 3 else 300 + out
            path = [(150, at), (190 + abs(n - 6) * 9, at)]
            path += [(190 + abs(n - 6) * 9 + abs(bend - at), bend), (far, bend)]
            turned = []
            for x, y in path:
                for _ in range(side):
                    x, y = -y, x
                turned.append((600 + x, 400 + y))
            colour = RED if (side, n) in ((0, 4), (2, 9)) else STONE if n % 2 else SLATE
            sheet.line(turned, colour, 5 if colour == RED else 3.2)
            if far < 700:
                sheet.disc(*turned[-1], 10, NIGHT, colour, 4)
    sheet.box(440, 240, 320, 320, "#15171a", 14)
    sheet.box(470, 270, 260, 260, PAPER, 6)
    for row in range(5):
        for column in range(5):
            shade = RED if (row, column) == (3, 1) else (SAND, STONE, SLATE)[(row * column) % 3]
            sheet.box(488 + column * 46, 288 + row * 46, 40, 40, shade)
    return sheet


def ledger() -> Sheet:
    """Stacks of coins that stand as the bars of a chart over a ruled page."""
    sheet = Sheet()
    for y in range(90, 700, 44):
        sheet.line([(60, y), (1140, y)], SAND, 1.6)
    sheet.line([(120, 50), (120, 740)], RED, 2)
    sheet.line([(128, 50), (128, 740)], RED, 2)
    for n, high in enumerate([4, 7, 6, 10, 9, 14, 19]):
        x = 220 + n * 138
        top, side = (RED, "#7f1710") if n == 6 else (STONE, INK)
        for coin in range(high):
            y = 690 - coin * 28
            sheet.oval(x, y, 54, 17, side)
            sheet.box(x - 54, y - 20, 108, 20, side)
            sheet.oval(x, y - 20, 54, 17, top, PAPER)
        sheet.oval(x, 690 - (high - 1) * 28 - 20, 32, 9, top, PAPER)
    sheet.line([(60, 722), (1140, 722)], INK, 4)
    return sheet


def keyboard() -> Sheet:
    """Keys from above, some of them red, with strokes of several scripts."""
    sheet = Sheet(INK)
    rows = [(0, 13, 40), (1, 12, 84), (2, 11, 106), (3, 10, 150)]
    marks = {(1, 3): "文", (1, 7): "ب", (2, 4): "字", (0, 9): "あ", (2, 8): "A", (3, 5): "ж"}
    font = ImageFont.truetype(SERIF, 38 * SCALE)
    latin = ImageFont.truetype("/usr/share/fonts/truetype/dejavu/DejaVuSans.ttf", 38 * SCALE)
    for row, count, left in rows:
        for n in range(-1, count + 3):
            x, y = left + n * 92 - 40, 96 + row * 118
            red = (row, n) in marks
            sheet.box(x, y, 82, 106, "#7f1710" if red else SLATE, 12)
            sheet.box(x + 5, y, 72, 88, RED if red else PAPER, 10)
            if red:
                char = marks[row, n]
                face = latin if char in "بж" else font
                spot = ((x + 41) * SCALE, (y + 44) * SCALE)
                sheet.draw.text(spot, char, font=face, fill=PAPER, anchor="mm")
            else:
                sheet.box(x + 16, y + 14, 14 + (row * 7 + n * 5) % 18, 4, STONE, 2)
    for x, w in ((-60, 210), (162, 120), (294, 520), (826, 120), (958, 300)):
        sheet.box(x, 568, w, 106, SLATE, 12)
        sheet.box(x + 5, 568, w - 10, 88, PAPER, 10)
    return sheet


def columns() -> Sheet:
    """A court's columns; one of them is made of lines of code."""
    sheet = Sheet(SAND)
    sheet.shape([(90, 220), (600, 50), (1110, 220)], INK)
    sheet.shape([(220, 204), (600, 78), (980, 204)], SLATE)
    sheet.disc(600, 158, 30, PAPER)
    sheet.box(90, 220, 1020, 46, INK)
    for n in range(6):
        x = 132 + n * 164
        if n == 3:
            for row in range(13):
                indent = (0, 14, 28, 28, 14, 28, 42, 28, 14, 0, 14, 14, 0)[row]
                wide = (82, 66, 50, 40, 58, 52, 30, 44, 60, 84, 50, 66, 36)[row]
                sheet.box(x + 15 + indent, 300 + row * 29, wide, 14, RED)
            continue
        sheet.box(x, 266, 116, 26, PAPER)
        sheet.box(x + 12, 292, 92, 380, PAPER)
        for flute in (28, 46, 64):
            sheet.box(x + flute, 304, 7, 356, STONE)
        sheet.box(x + 86, 292, 18, 380, STONE)
        sheet.box(x, 668, 116, 24, PAPER)
    for n in range(3):
        sheet.box(90 - n * 40, 692 + n * 36, 1020 + n * 80, 37, (INK, SLATE, INK)[n])
    return sheet


def orbit() -> Sheet:
    """A planet, the ways of satellites, and much that drifts between."""
    sheet, dice = Sheet(NIGHT), random.Random(3)
    for _ in range(260):
        sheet.disc(dice.uniform(0, WIDTH), dice.uniform(0, HEIGHT), dice.choice([1, 1, 1.6]), STONE)
    ways = [(430, 150, -24), (520, 210, 18), (610, 120, -8)]

    def at(way: tuple[int, int, int], t: float) -> Point:
        rx, ry, tilt = way
        x, y, turn = rx * math.cos(t), ry * math.sin(t), math.radians(tilt)
        return (
            600 + x * math.cos(turn) - y * math.sin(turn),
            400 + x * math.sin(turn) + y * math.cos(turn),
        )

    steps = [n * math.tau / 240 for n in range(241)]
    for way in ways:
        sheet.line([at(way, t) for t in steps[120:]], SLATE, 2.4)
    sheet.disc(600, 400, 214, PAPER)
    for n in range(9):
        y = 230 + n * 44
        half = math.sqrt(max(0, 214**2 - (y - 400) ** 2))
        sheet.box(600 - half * 0.96, y, half * (0.5 + (n * 37 % 10) / 9), 13, SAND, 6)
    for number, way in enumerate(ways):
        sheet.line([at(way, t) for t in steps[:121]], RED if number == 1 else STONE, 3)
    for number, (way, t) in enumerate(zip(ways, (0.5, 1.15, 2.5), strict=True)):
        x, y = at(way, t)
        fill = RED if number == 1 else PAPER
        sheet.box(x - 58, y - 12, 40, 24, fill)
        sheet.box(x + 18, y - 12, 40, 24, fill)
        sheet.line([(x - 18, y), (x + 18, y)], fill, 4)
        sheet.box(x - 14, y - 20, 28, 40, INK)
        sheet.box(x - 11, y - 17, 22, 34, fill)
    return sheet


def waves() -> Sheet:
    """Two sources whose waves meet, as dots of a screen."""
    sheet = Sheet()
    left, right = (330, 400), (870, 400)
    for row in range(67):
        for column in range(101):
            x, y = column * 12.0 + (6 if row % 2 else 0), row * 12.0
            a, b = math.dist((x, y), left), math.dist((x, y), right)
            swing = math.cos(a / 15) / (1 + a / 500) + math.cos(b / 15) / (1 + b / 500)
            size = 3.1 + 2.3 * swing
            if size > 0.5:
                sheet.disc(x, y, size, INK)
    for x, y in (left, right):
        sheet.disc(x, y, 44, PAPER)
        sheet.disc(x, y, 30, RED)
    return sheet


def skyline() -> Sheet:
    """A city at night: few windows are lit, the moon is red."""
    sheet, dice = Sheet(NIGHT), random.Random(21)
    sheet.disc(900, 210, 104, RED)
    for layer, (shade, base, lit) in enumerate(
        [("#353a40", 430, SLATE), ("#1b1d21", 520, SAND), ("#101114", 640, PAPER)]
    ):
        x = -30.0
        while x < WIDTH:
            w, top = dice.choice([64, 80, 96, 120]), base - dice.randrange(0, 240 - layer * 40)
            sheet.box(x, top, w, HEIGHT - top, shade)
            if dice.random() < 0.3:
                sheet.line([(x + w / 2, top), (x + w / 2, top - 54)], shade, 4)
            for wx in range(12, w - 14, 18):
                for wy in range(16, HEIGHT - top, 26):
                    if dice.random() < (0.5, 0.22, 0.16)[layer]:
                        warm = RED if layer and dice.random() < 0.05 else lit
                        sheet.box(x + wx, top + wy, 9, 14, warm)
            x += w + dice.choice([0, 6, 14])
    return sheet


def calendar() -> Sheet:
    """Rings of a calendar with their marks, and one red hand."""
    sheet = Sheet(PALE)
    rings = [(370, 31, PAPER, INK), (310, 24, SAND, SLATE), (250, 12, PAPER, INK)]
    rings += [(190, 60, INK, STONE), (130, 7, STONE, INK)]
    for number, (r, marks, fill, ink) in enumerate(rings):
        sheet.disc(600, 400, r, fill, INK, 3)
        for mark in range(marks):
            angle = mark * math.tau / marks - math.pi / 2 + number * 0.21
            long = 44 if mark % 5 == 0 or marks < 13 else 22
            ends = [
                (600 + far * math.cos(angle), 400 + far * math.sin(angle))
                for far in (r - 8, r - long)
            ]
            sheet.line(ends, ink, 6 if long == 44 else 3)
    for x in (*range(40, 200, 40), *range(1040, 1200, 40)):
        for y in range(60, 780, 40):
            sheet.box(x - 9, y - 9, 18, 18, RED if (x, y) == (1080, 220) else SAND)
    sheet.shape([(588, 460), (612, 460), (605, 20), (595, 20)], RED)
    sheet.disc(600, 400, 62, PAPER, INK, 3)
    sheet.disc(600, 400, 26, RED)
    return sheet


def weave() -> Sheet:
    """A woven net that has ever fewer threads, and a red one that is drawn out of it."""
    sheet = Sheet()
    across, down = [90 + n * 88 for n in range(8)], [60 + n * 88 for n in range(9)]
    for column, x in enumerate(down):
        long = HEIGHT if column < 5 else 700 - (column - 5) * 150
        sheet.box(x, 0, 46, long, STONE if column % 2 else SLATE, 3)
    for row, y in enumerate(across):
        shade, end = (RED, 880) if row == 4 else (INK, 930 - ((row * 5 + 3) % 8) * 62)
        sheet.box(0, y, end, 46, shade, 3)
        for column, x in enumerate(down):
            long = HEIGHT if column < 5 else 700 - (column - 5) * 150
            if (row + column) % 2 and y + 40 < long and x < end:
                sheet.box(x - 6, y - 4, 58, 54, PAPER)
                sheet.box(x, y - 21, 46, 88, STONE if column % 2 else SLATE)
    way = [(860, 465), (960, 468), (1060, 500), (1104, 580), (1060, 660), (960, 662), (930, 590)]
    way += [(985, 530), (1090, 470), (1150, 330), (1130, 180), (1180, 60), (1230, 10)]
    thread = smooth(way)
    for part in (thread[:130], thread[110:]):
        sheet.line(part, PAPER, 58)
        sheet.line(part, RED, 46)
    sheet.line(thread[88:120], RED, 46)
    sheet.box(800, 442, 76, 46, RED)
    return sheet


def folding() -> Sheet:
    """A crane of folded paper, and the creases that it was made from."""
    sheet = Sheet(SAND)
    for n in range(-8, 20):
        sheet.line([(n * 100, 0), (n * 100 + 800, 800)], PALE, 1.6)
        sheet.line([(n * 100 + 800, 0), (n * 100, 800)], PALE, 1.6)
    faces = [
        ([(560, 470), (300, 120), (690, 400)], PAPER),
        ([(560, 470), (300, 120), (470, 500)], STONE),
        ([(690, 400), (900, 90), (760, 480)], SLATE),
        ([(690, 400), (900, 90), (620, 430)], PALE),
        ([(560, 470), (690, 400), (760, 480), (640, 640)], RED),
        ([(560, 470), (640, 640), (470, 500)], "#8c1a13"),
        ([(470, 500), (560, 470), (250, 330)], INK),
        ([(250, 330), (160, 372), (282, 358)], RED),
        ([(760, 480), (690, 400), (1060, 330)], INK),
        ([(760, 480), (1060, 330), (700, 560)], SLATE),
    ]
    sheet.shape([(330, 700), (900, 690), (760, 724), (430, 728)], STONE)
    for points, shade in faces:
        sheet.shape([(float(x), float(y)) for x, y in points], shade)
    return sheet


PICTURES = [contours, network, containers, specimen, circuit, ledger, river, drone]
PICTURES += [keyboard, columns, orbit, waves, skyline, folding, harvest, buoy, calendar, weave]


def main() -> None:
    """Draw all, or those that are named."""
    folder = Path(__file__).parent / "images"
    folder.mkdir(exist_ok=True)
    for picture in PICTURES:
        if sys.argv[1:] and picture.__name__ not in sys.argv[1:]:
            continue
        file = folder / f"{picture.__name__}.png"
        picture().finished().save(file, optimize=True)
        print(f"{file.name}: {file.stat().st_size // 1000} KB")


if __name__ == "__main__":
    main()
