"""Finding documents in folders and in the pipeline's JSON, and reading their bytes.

Nothing is followed out of the folder: links, devices, pipes and sockets are told apart before
anything is opened.
"""

import os
import re
import stat
import tempfile
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import IO, NamedTuple

from posts.content import metadata
from posts.content.problems import Unreadable, Worded
from posts.content.recognition import SUFFIXES
from posts.deriving import picture
from posts.deriving.pool import Pool

SITE_FOLDERS = ("_posts", "_drafts", "content")
SKIPPED_FOLDERS = {
    ".git",
    ".svn",
    ".hg",
    "node_modules",
    "_site",
    "__pycache__",
    ".jekyll-cache",
    "public",
}
PICTURES = {*picture.SUFFIXES, ".svg", ".bmp", ".tif", ".tiff", ".ico", ".heic", ".jfif", ".psd"}
MAX_BYTES = 8_000_000
CHUNK = 1 << 16
MAX_JSON = 200_000_000
# Control characters, and parts that could not be exported again.
BAD_PATH = re.compile(r"[\x00-\x1f\\]|\A/|(?:\A|/)\.\.(?:/|\Z)")
GUESSES = ("gb18030", "big5", "shift_jis", "euc-kr")


@dataclass(frozen=True)
class Waiting:
    """A document that waits in a file of many; the file goes with the last of them."""

    documents: IO[bytes]
    start: int
    length: int

    def read(self) -> bytes:
        """Its bytes; from any thread."""
        return os.pread(self.documents.fileno(), self.length, self.start)


class Found(NamedTuple):
    """A file: its path in the folder that it came from, and where it is.

    A post of a JSON delivery waits in a file of documents instead.
    """

    path: str
    root: Path
    waiting: Waiting | None = None
    problem: Unreadable | None = None

    @property
    def location(self) -> str | None:
        """Where the file lies; None for a post of a delivery and for what cannot be read."""
        return None if self.waiting or self.problem else os.path.join(self.root, self.path)

    @property
    def is_picture(self) -> bool:
        """True for a file whose name says that it is a picture, of whatever kind."""
        return self.problem is None and _suffix(self.path) in PICTURES

    @property
    def shown_path(self) -> str:
        """The path for reports; a name that is not UTF-8 gets question marks."""
        return shown(self.path)


def shown(path: str) -> str:
    """A path for reports, as :attr:`Found.shown_path`."""
    try:
        path.encode()
    except UnicodeEncodeError:
        return path.encode(errors="replace").decode()
    return path


def _suffix(path: str) -> str:
    """What ``PurePath.suffix`` says, in lower case; a path object would cost more than reading."""
    name = path[path.rfind("/") + 1 :]
    dot = name.rfind(".")
    return name[dot:].lower() if 0 < dot < len(name) - 1 else ""


class SkipFile(Worded):
    """A file that is no post, with the reason."""


def discover(arguments: list[Path], pool: Pool) -> Iterator[Found]:
    """Every file below the arguments, sorted, each with its path in its own folder."""
    for argument in arguments:
        if argument.suffix == ".json" and argument.is_file():
            yield from _pipeline(argument, pool)
        elif stat.S_ISDIR(argument.stat().st_mode):
            folder = argument.resolve()
            root = _site_root(folder)
            inside = folder.relative_to(root).as_posix()
            yield from _walk(str(folder), "" if inside == "." else f"{inside}/", root)
        else:
            location = argument.absolute()
            root = next(
                (_site_root(parent) for parent in location.parents if parent.name in SITE_FOLDERS),
                location.parent,
            )
            yield Found(location.relative_to(root).as_posix(), root)


def without_repetitions(found: Iterable[Found]) -> list[Found]:
    """Each file once, though arguments may hold one another."""
    seen: set[tuple[str, Path]] = set()
    result = []
    for one in found:
        if one.waiting is not None or one.problem is not None:
            result.append(one)
        elif (one.path, one.root) not in seen:
            seen.add((one.path, one.root))
            result.append(one)
    return result


def _site_root(folder: Path) -> Path:
    """The folder that holds ``_posts``, if the folder is one of that name or lies in it."""
    for candidate in (folder, *folder.parents):
        if candidate.name in SITE_FOLDERS[:2]:
            return candidate.parent
    return folder


def _walk(folder: str, inside: str, root: Path) -> Iterator[Found]:
    """Every file below a folder, whose path below ``root`` is ``inside``: empty, or with a slash
    at its end.
    """
    try:
        with os.scandir(folder) as scan:
            entries = sorted(scan, key=lambda entry: entry.name)
    except OSError as error:
        problem = Unreadable(1, "unreadable", problem=error.strerror or str(error))
        yield Found(inside.rstrip("/") or ".", root, problem=problem)
        return
    for entry in entries:
        if entry.is_dir(follow_symlinks=False):
            if entry.name not in SKIPPED_FOLDERS:
                yield from _walk(entry.path, f"{inside}{entry.name}/", root)
        else:
            yield Found(f"{inside}{entry.name}", root)


def _pipeline(argument: Path, pool: Pool) -> Iterator[Found]:
    """The posts of a JSON delivery. They are read in a child process and wait in a file."""
    root = argument.resolve().parent
    documents = tempfile.NamedTemporaryFile(prefix="newsroom-")
    try:
        if argument.stat().st_size > MAX_JSON:
            raise Unreadable(1, "too-large.bytes", megabytes=MAX_JSON // 1_000_000)
        posts = pool.unpacked(argument.resolve(), Path(documents.name))
    except Unreadable as error:
        yield Found(argument.name, root, problem=error)
        return
    for post in posts:
        problem = Unreadable.of(post.problem) if post.problem else None
        waiting = Waiting(documents, post.start, post.length)
        yield Found(post.path, root, problem=problem, waiting=waiting)


def check_path(path: str) -> None:
    """Refuse a path that could not be exported again. Raises :class:`Unreadable`."""
    try:
        path.encode()
    except UnicodeEncodeError:
        raise Unreadable(1, "bad-name.encoding") from None
    if len(path) > 500 or BAD_PATH.search(path):
        raise Unreadable(1, "bad-name.path")


def read_bytes(location: str) -> bytes:
    """The bytes of a regular file.

    Raises :class:`SkipFile` for links and devices, :class:`Unreadable` for a file too large.
    """
    status = os.lstat(location)
    if stat.S_ISLNK(status.st_mode):
        raise SkipFile("link")
    if not stat.S_ISREG(status.st_mode):
        raise SkipFile("not-a-file")
    if status.st_size <= MAX_BYTES:
        descriptor = os.open(location, os.O_RDONLY | os.O_NOFOLLOW | os.O_NONBLOCK)
        try:
            data = _whole(descriptor, status.st_size)
        finally:
            os.close(descriptor)
        if len(data) <= MAX_BYTES:
            return data
    raise Unreadable(1, "too-large.bytes", megabytes=MAX_BYTES // 1_000_000)


def _whole(descriptor: int, expected: int) -> bytes:
    """All that can be read, but little more than ``MAX_BYTES``: the file may be growing."""
    data = os.read(descriptor, expected + 1)
    while len(data) <= MAX_BYTES and (more := os.read(descriptor, CHUNK)):
        data += more
    return data


def decode(data: bytes) -> str:
    """UTF-8, every byte kept.

    Raises :class:`Unreadable` with the line and a guess at what it is instead.
    """
    if data[:2] in (b"\xff\xfe", b"\xfe\xff"):
        raise Unreadable(1, "encoding.utf-16")
    try:
        return data.decode()
    except UnicodeDecodeError as error:
        line = data.count(b"\n", 0, error.start) + 1
        if guess := _guess(data):
            raise Unreadable(line, "encoding.guess", byte=error.start, guess=guess) from None
        raise Unreadable(line, "encoding.byte", byte=error.start) from None


def _guess(data: bytes) -> str:
    for encoding in GUESSES:
        try:
            data.decode(encoding)
        except UnicodeDecodeError:
            continue
        return encoding
    return ""


def check_name(found: Found) -> None:
    """Raise for what cannot be a post by its name alone, or was found broken.

    :class:`SkipFile` or :class:`Unreadable`.
    """
    if found.problem:
        raise found.problem
    check_path(found.path)
    suffix = _suffix(found.path)
    if suffix not in SUFFIXES:
        raise SkipFile("not-markdown", name=suffix or Path(found.path).name)
    if suffix == ".txt" and not metadata.has_dated_name(found.path):
        raise SkipFile("not-a-post.text")


def read(found: Found) -> bytes:
    """The document's bytes.

    Raises :class:`SkipFile` and :class:`Unreadable`, also for what the system cannot read.
    """
    try:
        if found.waiting is not None:
            return found.waiting.read()
        return read_bytes(os.path.join(found.root, found.path))
    except OSError as error:
        raise Unreadable(1, "unreadable", problem=error.strerror or str(error)) from None


def check_is_post(pool: Pool, path: str, text: str) -> None:
    """Raise :class:`SkipFile` for a Markdown file that is no post: a README, a page, a list.

    The front matter is read in a child process. Raises :class:`Unreadable` as reading does.
    """
    if not metadata.has_dated_name(path) and (key := pool.why_no_post(text, path)):
        raise SkipFile(key)
