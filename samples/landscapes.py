"""Pictures of land and sea."""

import math
import random

from drawing import (
    HEIGHT,
    INK,
    PALE,
    PAPER,
    RED,
    SAND,
    SCALE,
    SLATE,
    STONE,
    WIDTH,
    Sheet,
    crossings,
    ridge,
    smooth,
)


def contours() -> Sheet:
    """A mountain's contour lines and a red road around it."""
    sheet = Sheet()
    hills = [(360, 300, 210, 1.0), (820, 480, 240, 1.15), (640, 150, 150, 0.5)]
    hills += [(1080, 160, 170, 0.7), (150, 680, 190, 0.6), (520, 640, 120, 0.35)]

    def height(x: float, y: float) -> float:
        waves = 0.05 * math.sin(x / 70 + y / 110) + 0.04 * math.sin(y / 55 - x / 130)
        peaks = (h * math.exp(-((x - a) ** 2 + (y - b) ** 2) / (2 * s * s)) for a, b, s, h in hills)
        return sum(peaks) + waves

    for number in range(1, 25):
        strong = number % 5 == 0
        for piece in crossings(height, number * 0.055, 6):
            sheet.line(list(piece), SLATE if strong else STONE, 2.6 if strong else 1.2)
    road = [(-20, 470), (120, 500), (260, 560), (420, 530), (560, 440), (590, 330), (700, 260)]
    road += [(850, 240), (930, 170), (960, 60), (1010, -20)]
    sheet.line(smooth(road), PAPER, 15)
    sheet.line(smooth(road), RED, 6)
    for x, y in (road[2], road[4], road[7]):
        sheet.disc(x, y, 12, PAPER, RED, 5)
    return sheet


def river() -> Sheet:
    """A town's blocks on both sides of a river, with one place marked."""
    sheet, dice = Sheet(SAND), random.Random(9)
    for x in range(-200, 1400, 74):
        for y in range(-200, 1000, 58):
            w, h = (dice.choice([60, 60, 28]), dice.choice([46, 46, 20]))
            tilt = math.radians(-12)
            corners = [(x, y), (x + w, y), (x + w, y + h), (x, y + h)]
            turned = [
                (
                    600 + (a - 600) * math.cos(tilt) - (b - 400) * math.sin(tilt),
                    400 + (a - 600) * math.sin(tilt) + (b - 400) * math.cos(tilt),
                )
                for a, b in corners
            ]
            sheet.shape(turned, dice.choice([PAPER, PAPER, PAPER, PALE, STONE]))
    course = [(-60, 250), (150, 300), (300, 460), (480, 560), (650, 480), (760, 320), (930, 260)]
    course += [(1080, 340), (1270, 330)]
    sheet.line(smooth(course), SAND, 132)
    sheet.line(smooth(course), SLATE, 104)
    for shift in (-26, 0, 26):
        sheet.line(smooth([(x, y + shift) for x, y in course]), STONE, 1.5)
    for (x, y), (a, b) in [
        ((214, 470), (330, 340)),
        ((690, 540), (600, 410)),
        ((960, 360), (930, 160)),
    ]:
        sheet.line([(x, y), (a, b)], PAPER, 16)
    sheet.disc(838, 520, 15, INK)
    sheet.shape([(838, 520), (786, 402), (890, 402)], RED)
    sheet.disc(838, 380, 56, RED)
    sheet.disc(838, 380, 22, PAPER)
    return sheet


def drone() -> Sheet:
    """A quadcopter before the sun, over hills."""
    sheet = Sheet()
    sheet.disc(820, 300, 150, RED)
    for n, shade in enumerate([PALE, SAND, "#c4b9a5", STONE, "#7b7467", "#3c3833"]):
        sheet.shape(ridge(430 + n * 66, 64 - n * 4, 20 + n), shade)
    sheet.shape([(470, 236), (500, 214), (610, 214), (640, 236), (612, 262), (498, 262)], INK)
    for side in (-1, 1):
        for reach, low in ((205, 8), (128, -16)):
            x = 555 + side * reach
            sheet.line([(555 + side * 50, 232), (x, 222 + low)], INK, 9)
            sheet.box(x - 9, 194 + low, 18, 34, INK, 4)
            sheet.oval(x, 192 + low, 74, 6, SLATE)
        sheet.line([(555 + side * 38, 260), (555 + side * 62, 306)], INK, 6)
        sheet.line([(555 + side * 34, 306), (555 + side * 90, 306)], INK, 6)
    sheet.box(520, 266, 70, 46, SLATE, 3)
    sheet.line([(555, 266), (555, 312)], PAPER, 3)
    return sheet


def harvest() -> Sheet:
    """Furrows that run to a low sun, and one small machine."""
    sheet = Sheet(PALE)
    sheet.disc(760, 300, 118, RED)
    sheet.shape(ridge(330, 26, 5), STONE)
    sheet.box(0, 372, WIDTH, 428, SAND)
    for n in range(-30, 31):
        foot, width = 600 + n * 110.0, 46.0
        far = 640 + n * 13.0
        shade = INK if n % 2 else SLATE
        sheet.shape([(far, 372), (far + 5, 372), (foot + width, 800), (foot, 800)], shade)
    sheet.box(236, 470, 150, 70, PAPER, 10)
    sheet.box(270, 420, 74, 56, RED, 8)
    for x in (262, 360):
        sheet.disc(x, 548, 36, INK, PAPER, 5)
        sheet.disc(x, 548, 11, PAPER)
    sheet.line([(306, 420), (306, 372)], INK, 5)
    sheet.disc(306, 366, 9, RED)
    return sheet


def buoy() -> Sheet:
    """The sea as rows of waves, a buoy and a ship far off."""
    sheet = Sheet(PAPER)
    sheet.shape([(760, 330), (1010, 330), (980, 372), (790, 372)], SLATE)
    sheet.box(830, 288, 90, 42, SLATE)
    sheet.box(862, 244, 26, 44, SLATE)
    for row in range(12):
        y, swing = 372 + row * 38.0, 6 + row * 1.5
        pace = 46 + row * 8
        top = [(x, y + swing * math.sin(x / pace + row * 1.9)) for x in range(0, WIDTH + 6, 6)]
        shade = (SAND, "#cdc2ae", STONE, "#8b8375", SLATE, "#46423c", INK)[min(6, row * 7 // 12)]
        sheet.shape([*top, (WIDTH, HEIGHT), (0, HEIGHT)], shade)
        sheet.line(top, PAPER, 1.6)
        if row == 6:
            sheet.shape([(300, 600), (336, 330), (384, 330), (420, 600)], RED)
            for low, high in ((390, 430), (490, 530)):
                a, b = (low - 330) / 270 * 36, (high - 330) / 270 * 36
                band = [(336 - a, low), (384 + a, low), (384 + b, high), (336 - b, high)]
                sheet.shape(band, PAPER)
            sheet.box(348, 276, 24, 54, INK)
            sheet.disc(360, 262, 24, RED)
            for r in (52, 84):
                box = [(360 - r) * SCALE, (262 - r) * SCALE, (360 + r) * SCALE, (262 + r) * SCALE]
                sheet.draw.arc(box, 210, 330, fill=INK, width=5 * SCALE)
    return sheet
