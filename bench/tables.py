"""Tables of Markdown, and how figures are written in them."""

from collections.abc import Sequence

from bench.charts import short
from bench.measures import Spread, ratio, spread


def table(heads: Sequence[str], rows: Sequence[Sequence[str]]) -> str:
    """A table; all columns but the first are right-aligned."""
    lines = [heads, ["---", *["---:"] * (len(heads) - 1)], *rows]
    return "\n".join("| " + " | ".join(line) + " |" for line in lines) + "\n"


def figure(values: Sequence[float]) -> str:
    """The median, with the least and the most of all rounds."""
    return spread_text(spread(values))


def spread_text(found: Spread, digits: int = 0) -> str:
    """A spread, to so many decimals, or to three figures."""
    write = (lambda value: f"{value:.{digits}f}") if digits else short
    if write(found.low) == write(found.high):
        return write(found.middle)
    return f"{write(found.middle)} ({write(found.low)} to {write(found.high)})"


def share(ours: Sequence[float], theirs: Sequence[float]) -> str:
    """A ratio with its spread, round by round."""
    found = ratio(ours, theirs)
    return spread_text(found, 3 if found.middle < 0.1 else 2)
