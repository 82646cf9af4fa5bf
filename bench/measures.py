"""Numbers made of numbers: middle, spread, percentiles, ratios, and what wrk prints."""

import re
import statistics
from collections.abc import Sequence
from typing import NamedTuple

UNITS = {"us": 0.001, "ms": 1.0, "s": 1000.0, "m": 60_000.0}
# What these pages show grows with the site: its months, and the posts of one month.
NATURAL = ("archive", "sitemap part")
SIZES = {"B": 1, "KB": 1024, "MB": 1024**2, "GB": 1024**3}


class Spread(NamedTuple):
    """The middle of several rounds, and the least and the most."""

    middle: float
    low: float
    high: float


def spread(values: Sequence[float]) -> Spread:
    """Median, minimum and maximum."""
    return Spread(statistics.median(values), min(values), max(values))


def percentile(values: Sequence[float], share: float) -> float:
    """The value that this share of all values does not exceed (nearest rank)."""
    ordered = sorted(values)
    rank = max(1, -int(-share * len(ordered) // 1))
    return ordered[min(rank, len(ordered)) - 1]


def ratio(ours: Sequence[float], theirs: Sequence[float]) -> Spread:
    """Round by round, so that a machine that drifts does so under the line as well as above."""
    return spread([mine / other for mine, other in zip(ours, theirs, strict=True)])


class Load(NamedTuple):
    """What wrk saw."""

    requests: int
    seconds: float
    bytes: float  # of one answer with its headers
    p50: float  # milliseconds
    p99: float
    failed: int  # answers of 400 and above
    broken: int  # connections that failed, timeouts


def read_wrk(text: str) -> Load:
    """What ``wrk --latency`` printed. Raises ValueError where that is something else."""
    counted = re.search(r"(\d+) requests in ([\d.]+)(us|ms|s|m), ([\d.]+)([KMG]?B) read", text)
    marks = dict(re.findall(r"^ +(50|99)% +([\d.]+(?:us|ms|s|m))$", text, re.MULTILINE))
    if counted is None or len(marks) != 2:
        raise ValueError(f"wrk printed no result: {text[-300:]}")
    requests = int(counted[1])
    failed = re.search(r"Non-2xx or 3xx responses: (\d+)", text)
    errors = re.search(r"Socket errors: (.*)", text)
    return Load(
        requests=requests,
        seconds=_milliseconds(counted[2] + counted[3]) / 1000,
        bytes=float(counted[4]) * SIZES[counted[5]] / max(1, requests),
        p50=_milliseconds(marks["50"]),
        p99=_milliseconds(marks["99"]),
        failed=int(failed[1]) if failed else 0,
        broken=sum(map(int, re.findall(r"\d+", errors[1]))) if errors else 0,
    )


def _milliseconds(text: str) -> float:
    number, unit = re.fullmatch(r"([\d.]+)(us|ms|s|m)", text).groups()
    return float(number) * UNITS[unit]
