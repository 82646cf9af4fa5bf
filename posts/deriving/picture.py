"""What is known about a picture, and why one is refused; for both ends of the pipe."""

from dataclasses import dataclass

from posts.content.problems import Worded

MAX_BYTES = 30_000_000
MAX_PIXELS = 50_000_000
MAX_FRAMES = 2_000
MAX_ANIMATED_PIXELS = 500_000_000  # of all frames together
SUFFIXES = {".jpg", ".jpeg", ".png", ".gif", ".webp", ".avif"}


class BadPicture(Worded, ValueError):
    """A file that is no picture, or too large a one."""


@dataclass(frozen=True)
class Picture:
    """A picture that is safe to serve: without GPS, names and remarks, and upright."""

    width: int
    height: int
    content_type: str
    suffix: str
    frames: int = 1
