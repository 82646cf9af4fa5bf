"""What stands on the picture that is shown where a page is shared; for both ends of the pipe."""

from hashlib import blake2b
from typing import NamedTuple

EDITION = "2"  # of the drawing: another one makes other addresses
LONGEST, MOST_MARKS = 300, 8  # characters of a text, hosts


class Poster(NamedTuple):
    """``title`` is empty where the picture is the site's own; ``marks`` are hosts of sources."""

    title: str
    site: str
    section: str = ""
    date: str = ""
    marks: tuple[str, ...] = ()
    rtl: bool = False

    @property
    def version(self) -> str:
        """A short name that is another for every other picture."""
        return blake2b(repr((EDITION, *self)).encode(), digest_size=8).hexdigest()
