"""What one job may use, and what is raised when it uses more."""

from dataclasses import dataclass


@dataclass(frozen=True)
class Limits:
    """``seconds`` of CPU time and ``memory``, bytes of address space, for one job."""

    seconds: float
    memory: int


DOCUMENT = Limits(seconds=6.0, memory=500_000_000)
# Fifty million pixels, of four bytes, twice: while they are turned, or in the decoder of AVIF.
PICTURE = Limits(seconds=20.0, memory=600_000_000)
POSTER = Limits(seconds=5.0, memory=400_000_000)
DELIVERY = Limits(seconds=60.0, memory=1_000_000_000)
PATIENCE = 30  # times its CPU time may a job take by the clock on the wall: the machine may be busy

START = 10.0  # seconds more by that clock, for a child that is only starting


class Overrun(Exception):
    """A job that came to no result.

    ``reason`` is ``slow`` (CPU time), ``large`` (memory), ``deep`` (nesting), ``stuck`` (no answer,
    though its time was not used up), ``died`` (twice) or ``failed`` (an error of ours, in
    ``detail``).
    """

    def __init__(self, reason: str, detail: str = ""):
        super().__init__(f"{reason} {detail}".strip())
        self.reason, self.detail = reason, detail
