"""Pictures that lie beside the posts."""

import stat
from pathlib import Path, PurePosixPath

from django.core.files.base import ContentFile
from django.core.files.storage import default_storage

from posts.content.problems import Unreadable
from posts.deriving import cleaning
from posts.files import discovery
from posts.models import Image


class ImageShelf:
    """Brings pictures into the site, each once; those that are there and as they were are not opened again."""

    def __init__(self):
        self.done: set[tuple[Path, str]] = set()

    def add(self, root: Path, candidates: list[str]):
        """Bring along the first candidate that exists below ``root``."""
        for path in candidates:
            if (root, path) in self.done:
                return
            if self._is_picture(root, path):
                self.done.add((root, path))
                self._bring(root / path, path)
                return

    @staticmethod
    def _is_picture(root: Path, path: str) -> bool:
        """True for a regular file of a picture's name; no part of its path below the root may be a link."""
        if PurePosixPath(path).suffix.lower() not in cleaning.SUFFIXES or len(path) > 500:
            return False
        location = root
        try:
            for part in PurePosixPath(path).parts:
                location = location / part
                if stat.S_ISLNK(location.lstat().st_mode):
                    return False
        except (OSError, ValueError):
            return False
        return location.is_file()

    @staticmethod
    def _is_whole(picture: cleaning.Picture) -> bool:
        """True if the file is there with all its bytes; its name is its content's hash."""
        return default_storage.exists(picture.name) and default_storage.size(picture.name) == len(
            picture.data
        )

    def _bring(self, location: Path, path: str):
        try:
            data = discovery.read_bytes(location)
            picture = cleaning.clean(data)
        except (cleaning.BadImage, Unreadable, discovery.SkipFile, OSError):
            return  # the post shows the alternative text
        known = Image.objects.filter(path=path).first()
        whole = self._is_whole(picture)
        if known and known.origin == picture.origin and known.file.name == picture.name and whole:
            return
        if not whole:
            default_storage.delete(picture.name)  # what a power cut left half written
            default_storage.save(picture.name, ContentFile(picture.data))
        fields = {
            "file": picture.name,
            "origin": picture.origin,
            "width": picture.width,
            "height": picture.height,
            "size": len(picture.data),
            "content_type": picture.content_type,
        }
        Image.objects.update_or_create(path=path, defaults=fields)
