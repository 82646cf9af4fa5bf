"""Posts -> files, byte for byte, inside one folder."""

import io
import stat
from collections.abc import Iterable, Iterator
from pathlib import Path, PurePosixPath

from django.core.files.storage import default_storage

from posts.files import numbering, storage
from posts.models import Image, Post

FAULTS = {
    "missing": "its file {} is missing in the media; import its folder again",
    "empty": "its file {} in the media is empty; import its folder again",
    "size": "its file {} in the media has not the size that it had; import its folder again",
}


class UnsafePath(ValueError):
    """A path that would leave the folder, or that a link or a file stands in the way of."""


def documents() -> Iterator[tuple[str, bytes]]:
    """Every post's path and bytes, in order.

    They are its document's, but for a numbered address that an import would not give it again.
    """
    slugs = numbering.slugs_to_say()
    for path, document in (
        Post.objects.order_by("path").values_list("path", "document").iterator(chunk_size=500)
    ):
        if path in slugs:
            document = numbering.saying(document, slugs[path])
        yield path, document.encode("utf-8")


def pictures() -> Iterator[Image]:
    """Every picture, in order, unread: :func:`picture_bytes` may fail for each."""
    yield from Image.objects.order_by("path").iterator(chunk_size=500)


def picture_bytes(image: Image) -> bytes:
    """A picture's bytes. Raises OSError for one that is lost, emptied or cut off."""
    name = str(image.file)
    if fault := storage.fault(name, image.size):
        raise OSError(FAULTS[fault].format(name))
    with default_storage.open(name) as file:
        return file.read()


def location_of(folder: Path, path: str) -> Path:
    """The file for a post's path.

    Raises :class:`UnsafePath`; links below the folder are not followed.
    """
    parts = PurePosixPath(path).parts
    if not parts or path.startswith("/") or ".." in parts or "\0" in path or "\\" in path:
        raise UnsafePath(f"{path}: the path leaves the folder")
    location = folder
    for part in parts[:-1]:
        location = location / part
        if location.is_symlink() or (location.exists() and not location.is_dir()):
            raise UnsafePath(f"{path}: {part} is a link or a file, not a folder")
    return location / parts[-1]


def write(folder: Path, path: str, data: bytes) -> bool:
    """Write one file if it is not there as it should be; true if something was written.

    All or nothing; :func:`finish` makes the new names outlive a power cut.
    """
    location = location_of(folder, path)
    if same(location, data):
        return False
    storage.write_whole(location, io.BytesIO(data))
    return True


def finish(folders: Iterable[Path]) -> None:
    """Sync the folders that files were written into, each once: after every file it takes as long
    as writing them.
    """
    for folder in folders:
        storage.sync_folder(folder)


def same(location: Path, data: bytes) -> bool:
    """True if a regular file holds exactly these bytes."""
    try:
        status = location.lstat()
    except OSError:
        return False
    return (
        stat.S_ISREG(status.st_mode)
        and status.st_size == len(data)
        and location.read_bytes() == data
    )
