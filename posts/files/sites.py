"""What the folder of a site says about all of its documents."""

import contextlib
import threading
from pathlib import Path
from zoneinfo import ZoneInfo

from django.conf import settings

from posts.content.problems import Unreadable
from posts.deriving.pool import Pool

MAX_CONFIG = 80_000  # bytes


class Zones:
    """The time zone of dates that name none: the run's, else of ``_config.yml`` (Jekyll's), else
    what the post has, else the site's own. Safe to use from several threads.
    """

    def __init__(self, pool: Pool, zone: str):
        self.pool, self.zone = pool, zone
        self.configured: dict[Path, str] = {}
        self.lock = threading.Lock()

    def of(self, root: Path, known: str = "") -> str:
        """The zone of a document below ``root``, whose post has the zone ``known``."""
        return self.zone or self._configured(root) or known or settings.TIME_ZONE

    def _configured(self, root: Path) -> str:
        with self.lock:
            if root not in self.configured:
                self.configured[root] = self._read(root / "_config.yml")
            return self.configured[root]

    def _read(self, config: Path) -> str:
        with contextlib.suppress(Unreadable, ValueError, KeyError, OSError):
            if config.is_symlink() or not config.is_file() or config.stat().st_size > MAX_CONFIG:
                return ""
            text = config.read_text().removeprefix("---\n")
            name = self.pool.read(f"---\n{text}\n---\n").values.get("timezone")
            if isinstance(name, str) and ZoneInfo(name):
                return str(name)
        return ""
