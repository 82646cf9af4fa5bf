"""SVG charts drawn by hand: bars and lines, to be read on light and on dark paper."""

import math
from collections.abc import Sequence
from html import escape
from typing import NamedTuple

STYLE = """\
text { font: 13px system-ui, sans-serif; fill: #24292f; }
.small { font-size: 11px; fill: #57606a; }
.grid { stroke: #d0d7de; stroke-width: 1; }
.ours { fill: #0969da; stroke: #0969da; } .other { fill: #8c959f; stroke: #8c959f; }
.least { fill: #1a7f37; stroke: #1a7f37; }
.line { fill: none; stroke-width: 2; }
@media (prefers-color-scheme: dark) {
text { fill: #e6edf3; } .small { fill: #9198a1; } .grid { stroke: #3d444d; }
.ours { fill: #4493f8; stroke: #4493f8; } .other { fill: #7d8590; stroke: #7d8590; }
.least { fill: #3fb950; stroke: #3fb950; }
}
"""
WIDTH, LEFT, RIGHT, ROW, TOP = 760, 250, 90, 24, 46


class Bar(NamedTuple):
    """One bar; ``kind`` is ours, other or least."""

    name: str
    value: float
    kind: str


def bars(title: str, unit: str, values: Sequence[Bar], logarithmic: bool = False) -> str:
    """Horizontal bars; on a logarithmic axis they begin at the power of ten below the least."""
    highest = max(bar.value for bar in values)
    lowest = 10.0 ** math.floor(math.log10(min(bar.value for bar in values)) - 0.01)
    height = TOP + ROW * len(values) + 30
    room = WIDTH - LEFT - RIGHT

    def width(value: float) -> float:
        if not logarithmic:
            return room * value / highest
        return room * math.log10(value / lowest) / math.log10(highest / lowest)

    parts = [
        _grid(LEFT + width(tick), tick, height) for tick in _ticks(lowest, highest, logarithmic)
    ]
    for number, bar in enumerate(values):
        top = TOP + ROW * number
        parts.append(
            f'<text x="{LEFT - 8}" y="{top + 15}" text-anchor="end">{escape(bar.name)}</text>'
            f'<rect class="{bar.kind}" x="{LEFT}" y="{top + 4}" height="{ROW - 9}"'
            f' width="{width(bar.value):.1f}"/>'
            f'<text x="{LEFT + width(bar.value) + 6:.1f}" y="{top + 15}">{short(bar.value)}</text>'
        )
    return _picture(title, unit, height, parts)


class Line(NamedTuple):
    """One line through points of two positive numbers."""

    name: str
    points: Sequence[tuple[float, float]]
    kind: str


def lines(title: str, unit: str, values: Sequence[Line]) -> str:
    """Lines on two logarithmic axes; each has its name at its end."""
    across = [x for line in values for x, _y in line.points]
    up = [y for line in values for _x, y in line.points]
    left, bottom, height = 60, 320, 360
    low, high = 10 ** math.floor(math.log10(min(up))), 10 ** math.ceil(math.log10(max(up)) + 0.01)
    room = WIDTH - left - 180

    def at_x(x: float) -> float:
        reach = math.log10(max(across) / min(across)) or 1
        return left + room * math.log10(x / min(across)) / reach

    def at_y(y: float) -> float:
        return bottom - (bottom - TOP) * math.log10(y / low) / math.log10(high / low)

    parts = []
    for tick in _ticks(low, high, True):
        y = f"{at_y(tick):.1f}"
        parts.append(
            f'<line class="grid" x1="{left}" x2="{left + room}" y1="{y}" y2="{y}"/>'
            f'<text class="small" x="{left - 6}" y="{y}" text-anchor="end">{short(tick)}</text>'
        )
    parts += [
        f'<text class="small" x="{at_x(x):.1f}" y="{bottom + 18}" text-anchor="middle">'
        f"{x:,.0f}</text>"
        for x in sorted(set(across))
    ]
    parts += _named(values, at_x, at_y, left + room + 8)
    return _picture(title, unit, height, parts)


def _named(values: Sequence[Line], at_x, at_y, beside: float) -> list[str]:
    """The lines, and their names one below the other without covering each other."""
    parts, last = [], -1e9
    for line in sorted(values, key=lambda line: at_y(line.points[-1][1])):
        points = " ".join(f"{at_x(x):.1f},{at_y(y):.1f}" for x, y in line.points)
        last = max(at_y(line.points[-1][1]) + 4, last + 15)
        parts.append(
            f'<polyline class="line {line.kind}" style="fill:none" points="{points}"/>'
            f'<text x="{beside}" y="{last:.1f}">{escape(line.name)}</text>'
        )
    return parts


def _ticks(lowest: float, highest: float, logarithmic: bool) -> list[float]:
    if logarithmic:
        powers = range(round(math.log10(lowest)), math.floor(math.log10(highest)) + 1)
        return [10.0**power for power in powers]
    step = 10 ** math.floor(math.log10(highest))
    step = step / 5 if highest / step < 2 else step / 2 if highest / step < 5 else step
    return [step * number for number in range(int(highest / step) + 1)]


def _grid(x: float, tick: float, height: int) -> str:
    return (
        f'<line class="grid" x1="{x:.1f}" x2="{x:.1f}" y1="{TOP}" y2="{height - 24}"/>'
        f'<text class="small" x="{x:.1f}" y="{height - 8}" text-anchor="middle">'
        f"{short(tick)}</text>"
    )


def short(value: float) -> str:
    """A number with two or three figures that count."""
    if value >= 1000:
        return f"{float(f'{value:.3g}'):,.0f}"
    return f"{value:.3g}"


def _picture(title: str, unit: str, height: int, parts: list[str]) -> str:
    return (
        f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {WIDTH} {height}" role="img"'
        f' aria-labelledby="title">\n<title id="title">{escape(title)}, {escape(unit)}</title>\n'
        f"<style>\n{STYLE}</style>\n"
        f'<text x="8" y="18" font-weight="600">{escape(title)}</text>\n'
        f'<text class="small" x="8" y="34">{escape(unit)}</text>\n'
        + "\n".join(parts)
        + "\n</svg>\n"
    )
