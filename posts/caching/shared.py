"""The second level: one rendering serves all processes of a machine, or all machines.

A file of SQLite under ``var/``, or Redis where ``CACHE_URL`` names one. Pages stand there for as
long as the journal remembers changes; who takes one over asks it whether the page still counts.
Nothing here is needed: what fails is left alone for a while, and pages are rendered.
"""

import hashlib
import json
import os
import sqlite3
import struct
import threading
import time
import zlib
from collections.abc import Mapping
from datetime import timedelta
from pathlib import Path
from typing import Any, Protocol

import django
from django.conf import settings

from posts.caching import answers, reports
from posts.caching.addresses import Address

try:
    import redis
except ImportError:  # settings ask for it where they need it
    redis = None  # type: ignore[assignment]

KEPT = 600  # seconds; the journal remembers no longer
LEFT_ALONE = 5  # seconds after a failure
FILE_LIMIT = 128 * 1024 * 1024  # bytes of the file
LARGEST = 4 * 1024 * 1024  # of a page
CHECKED = 500  # pages between two looks at what is old and how large the file is
PATIENCE = 0.2  # seconds in which Redis must answer
HEAD = struct.Struct("<II")  # check sum of what follows, length of its JSON
# Settings that no page depends on, or that stand for nobody to read, not even hashed. All others
# name the epoch: one too many costs renderings, one that is forgotten shows another site's pages.
NOT_SHAPING = {
    "CACHES", "EMAIL_HOST_PASSWORD", "LOGGING", "PAGE_CACHE_MB", "PAGE_CACHE_ROOT", "SECRET_KEY",
    "SECRET_KEY_FALLBACKS",
}  # fmt: skip
SOURCES = ("newsroom", "posts", "static", "templates", "requirements.txt")


class Keeper(Protocol):
    """Bytes under names, for a while. Any method may raise anything."""

    def read(self, name: str) -> bytes | None: ...
    def write(self, name: str, value: bytes) -> None: ...


class Shared:
    """Pages that processes hand to each other through a keeper."""

    def __init__(self, keeper: Keeper | None):
        self.keeper = keeper
        self.epoch = epoch() if keeper else ""
        self._closed_until = 0.0

    def take(self, address: Address) -> answers.Page | None:
        """The page that some process rendered. The journal has not been asked about it."""
        if self.keeper is None or time.monotonic() < self._closed_until:
            return None
        try:
            value = self.keeper.read(self.epoch + address.name)
            return unpacked(address, value) if value else None
        except Exception:
            self._leave_alone()
            return None

    def give(self, page: answers.Page) -> None:
        """Hand a page to the others."""
        if self.keeper is None or time.monotonic() < self._closed_until:
            return
        try:
            value = packed(page)
            if len(value) <= LARGEST:
                self.keeper.write(self.epoch + page.address.name, value)
        except Exception:
            self._leave_alone()

    def _leave_alone(self) -> None:
        reports.report("shared store")
        self._closed_until = time.monotonic() + LEFT_ALONE


def packed(page: answers.Page) -> bytes:
    """A page as bytes: check sum, length, JSON, body."""
    ((encoding, body),) = list(page.forms.items())[:1]
    head = json.dumps(answers.as_json(page) | {"encoding": encoding}).encode()
    return HEAD.pack(zlib.crc32(head + body), len(head)) + head + body


def unpacked(address: Address, value: bytes) -> answers.Page:
    """The page. Raises ValueError for bytes that are not what :func:`packed` made."""
    checked, length = HEAD.unpack_from(value)
    content = value[HEAD.size :]
    if zlib.crc32(content) != checked:
        raise ValueError("a page of the shared store is damaged")
    head = json.loads(content[:length])
    return answers.from_json(address, head, {head["encoding"]: content[length:]})


def epoch() -> str:
    """A name for everything but the database that pages are made of: code, templates, settings.

    Processes of another version or site use other names, so that none shows a page of another.
    """
    found = hashlib.blake2b(digest_size=8)
    names = {name for name in dir(settings) if name.isupper()} - NOT_SHAPING
    shaping = {name: getattr(settings, name) for name in names}
    found.update(repr((django.VERSION, _constant(shaping))).encode())
    for source in SOURCES:
        root = settings.BASE_DIR / source
        for path in [root] if root.is_file() else sorted(root.rglob("*")):
            if path.is_file() and path.suffix != ".pyc":
                found.update(f"{path.relative_to(settings.BASE_DIR)}\0".encode())
                found.update(path.read_bytes())
    return found.hexdigest()


def _constant(value: Any) -> Any:
    """A setting in a form whose ``repr`` is the same in every process: of an object its type."""
    if isinstance(value, Mapping):
        return sorted((str(key), repr(_constant(one))) for key, one in value.items())
    if isinstance(value, (list, tuple)):
        return [_constant(one) for one in value]
    if isinstance(value, (set, frozenset)):
        return sorted(repr(_constant(one)) for one in value)
    is_plain = value is None or isinstance(value, (str, bytes, int, float, Path, timedelta))
    return value if is_plain else str(type(value))


class File:
    """A file of SQLite, made anew where it cannot be read.

    Nothing waits for the disk: a machine that loses power loses pages that can be made again.
    """

    def __init__(self, path: Path):
        self.path = path
        self._lock = threading.Lock()
        self._connection: sqlite3.Connection | None = None
        self._process = 0
        self._written = 0

    def read(self, name: str) -> bytes | None:
        """The value, if it is not too old."""
        row = self._run("SELECT value FROM pages WHERE name = ? AND made > ?", name, self._oldest())
        return row[0] if row else None

    def write(self, name: str, value: bytes) -> None:
        """Keep a value."""
        sql = "INSERT OR REPLACE INTO pages (name, made, value) VALUES (?, ?, ?)"
        self._run(sql, name, time.time(), value)
        self._written += 1
        if self._written % CHECKED == 0:
            self._tidy()

    @staticmethod
    def _oldest() -> float:
        return time.time() - KEPT

    def _run(self, sql: str, *values: Any) -> Any:
        with self._lock:
            try:
                return self._opened().execute(sql, values).fetchone()
            except sqlite3.DatabaseError as error:
                self._connection = None
                if not isinstance(error, sqlite3.OperationalError):
                    self._remove()
                raise

    def _opened(self) -> sqlite3.Connection:
        if self._connection is None or self._process != os.getpid():
            self.path.parent.mkdir(0o700, parents=True, exist_ok=True)
            made = sqlite3.connect(
                self.path, timeout=0.1, isolation_level=None, check_same_thread=False
            )
            made.executescript(
                "PRAGMA journal_mode=WAL; PRAGMA synchronous=OFF;"
                "CREATE TABLE IF NOT EXISTS pages (name TEXT PRIMARY KEY, made REAL, value BLOB);"
                "CREATE INDEX IF NOT EXISTS by_age ON pages (made);"
            )
            self._connection, self._process = made, os.getpid()
        return self._connection

    def _tidy(self) -> None:
        """What is old goes, and the older half of what is too much."""
        self._run("DELETE FROM pages WHERE made <= ?", self._oldest())
        used = self._run(
            "SELECT (page_count - freelist_count) * page_size"
            " FROM pragma_page_count, pragma_freelist_count, pragma_page_size"
        )
        if used[0] > FILE_LIMIT:
            self._run(
                "DELETE FROM pages WHERE made <= (SELECT made FROM pages ORDER BY made"
                " LIMIT 1 OFFSET (SELECT COUNT(*) / 2 FROM pages))"
            )

    def _remove(self) -> None:
        for ending in ("", "-wal", "-shm"):
            self.path.with_name(self.path.name + ending).unlink(missing_ok=True)


def shared_store(folder: Path) -> Shared:
    """Redis where the settings name one, else a file in a folder."""
    cache = settings.CACHES["default"]
    url = cache.get("LOCATION", "")
    remote = isinstance(url, str) and url.startswith(("redis://", "rediss://"))
    return Shared(Remote(url) if remote else File(folder / "pages.sqlite3"))


class Remote:
    """Redis, which drops what is old by itself."""

    def __init__(self, url: str):
        self._client = redis.Redis.from_url(
            url, socket_timeout=PATIENCE, socket_connect_timeout=PATIENCE, retry=None
        )

    def read(self, name: str) -> bytes | None:
        """The value."""
        found: Any = self._client.get(f"newsroom:{name}")
        return found if isinstance(found, bytes) else None

    def write(self, name: str, value: bytes) -> None:
        """Keep a value."""
        self._client.set(f"newsroom:{name}", value, ex=KEPT)
