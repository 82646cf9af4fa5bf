"""Files that appear whole or not at all, in folders and in the site's media."""

import contextlib
import os
import shutil
import tempfile
from pathlib import Path
from typing import BinaryIO

from django.core.files import File
from django.core.files.storage import default_storage


def write_whole(location: Path, source: BinaryIO, mode: int = 0o644) -> None:
    """Write a file beside where it belongs, sync it, then give it its name.

    Raises OSError for a full or read-only disk; what stood there before is then as it was and
    nothing is left behind. A process killed in between leaves a file whose name begins with
    ``.newsroom-``. The caller syncs the folder (:func:`sync_folder`), once for all of its files.
    """
    location.parent.mkdir(parents=True, exist_ok=True)
    descriptor, temporary = tempfile.mkstemp(dir=location.parent, prefix=".newsroom-")
    try:
        with os.fdopen(descriptor, "wb") as file:
            shutil.copyfileobj(source, file, 1 << 20)
            os.fchmod(file.fileno(), mode)
            file.flush()
            os.fsync(file.fileno())
        os.replace(temporary, location)
    except BaseException:
        Path(temporary).unlink(missing_ok=True)
        raise


def sync_folder(folder: Path) -> None:
    """New names in a folder outlive a power cut too, where the file system can promise that."""
    with contextlib.suppress(OSError):
        descriptor = os.open(folder, os.O_RDONLY | os.O_DIRECTORY)
        try:
            os.fsync(descriptor)
        finally:
            os.close(descriptor)


def put(name: str, source: Path) -> None:
    """Put a file into the media under exactly this name.

    Raises OSError and leaves nothing half-written.
    """
    with source.open("rb") as file:
        try:
            location = default_storage.path(name)
        except NotImplementedError:  # no folder but a service, which takes whole files only
            default_storage.delete(name)
            default_storage.save(name, File(file))
            return
        mode = getattr(default_storage, "file_permissions_mode", None)
        write_whole(Path(location), file, mode or 0o644)
        sync_folder(Path(location).parent)


def fault(name: str, size: int) -> str:
    """What is wrong with a file of the media: ``missing``, ``empty``, ``size`` or nothing."""
    try:
        have = default_storage.size(name)
    except (OSError, ValueError):
        return "missing"
    if have == size:
        return ""
    return "size" if have else "empty"
