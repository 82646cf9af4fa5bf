"""Pictures that lie beside the posts: found, cleaned in a child process, kept in the site's media.

A picture is known by its path in the folder. One that came before, byte for byte, and whose file is
whole is hashed but not decoded. Nothing is written inside a transaction.
"""

import os
import stat
import tempfile
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from hashlib import sha256
from pathlib import Path, PurePosixPath

from posts.content import hyperlinks
from posts.content.problems import Problem, Values
from posts.deriving.picture import MAX_BYTES, SUFFIXES, BadPicture, Picture
from posts.deriving.pool import Pool
from posts.files import storage
from posts.models import Image

CHUNK = 1 << 20


@dataclass(frozen=True)
class PictureResult:
    """What became of a picture.

    ``state`` is ``imported`` (new, changed or mended), ``unchanged``, ``refused`` or ``missing``;
    the last two have the ``key`` and ``values`` of the reason. ``path`` is the picture's in the
    folder, or, of one that is missing, what the post wrote. ``replaced`` is the media name that
    posts may still show.
    """

    path: str
    state: str
    key: str = ""
    values: Values = field(default_factory=dict)
    replaced: str = ""

    def remark(self) -> Problem | None:
        """What the post says about it; None if there is nothing to say."""
        return Problem(1, self.key, self.values) if self.key else None


class PictureRun:
    """The pictures of one import. Each is looked at once, however many posts show it.

    ``results`` holds what became of every picture by its folder and path. Not for several threads.
    """

    def __init__(self, pool: Pool):
        self.pool = pool
        self.results: dict[tuple[Path, str], PictureResult] = {}

    def bring(self, root: Path, post_path: str, references: list[str]) -> list[PictureResult]:
        """Bring along what a post below ``root`` shows; a result for each own picture."""
        found = []
        for reference in references:
            candidates = hyperlinks.image_candidates(reference, post_path)
            if candidates:
                found.append(self._first(root, candidates, reference))
        return found

    def bring_known(self, root: Path) -> list[PictureResult]:
        """Of all pictures that came before, bring those that changed or were lost here.

        Reads every such file once. The posts that show what was ``replaced`` are the caller's to
        rebuild.
        """
        return [
            self._once(root, image.path, image)
            for image in Image.objects.order_by("path").iterator(chunk_size=500)
            if not _obstacle(root, image.path)
        ]

    def bring_one(self, root: Path, path: str) -> PictureResult:
        """Bring the picture at a path below ``root``."""
        return self._once(root, path)

    def _first(self, root: Path, candidates: list[str], reference: str) -> PictureResult:
        obstacles = {}
        for path in candidates:
            obstacles[path] = _obstacle(root, path)
            if not obstacles[path]:
                return self._once(root, path)
        refused = next((path for path in candidates if obstacles[path] != "picture-missing"), "")
        if refused:
            result = PictureResult(refused, "refused", obstacles[refused])
            return self.results.setdefault((root, refused), result)
        return PictureResult(reference, "missing", "picture-missing", {"name": reference[:200]})

    def _once(self, root: Path, path: str, known: Image | None = None) -> PictureResult:
        if (root, path) not in self.results:
            known = known or Image.objects.filter(path=path).first()
            self.results[root, path] = self._brought(root / path, path, known)
        return self.results[root, path]

    def _brought(self, location: Path, path: str, known: Image | None) -> PictureResult:
        try:
            origin = _copied(location, None)
            if known and known.origin == origin and not storage.fault(str(known.file), known.size):
                return PictureResult(path, "unchanged")
            return self._kept(location, path, known)
        except BadPicture as error:
            return PictureResult(path, "refused", error.key, error.values)
        except OSError as error:
            problem = error.strerror or str(error)
            return PictureResult(path, "refused", "picture-not-kept", {"problem": problem})

    def _kept(self, location: Path, path: str, known: Image | None) -> PictureResult:
        """Clean a copy, so that what was hashed is what was cleaned, and keep the result."""
        with tempfile.TemporaryDirectory(prefix="newsroom-") as folder:
            source, target = Path(folder, "source"), Path(folder, "target")
            origin = _copied(location, source)
            picture = self.pool.cleaned(source, target)
            name, size = _name_of(target, picture), target.stat().st_size
            if storage.fault(name, size):
                storage.put(name, target)
        fields = {
            "file": name,
            "origin": origin,
            "width": picture.width,
            "height": picture.height,
            "size": size,
            "content_type": picture.content_type,
        }
        Image.objects.update_or_create(path=path, defaults=fields)
        replaced = str(known.file) if known and str(known.file) != name else ""
        return PictureResult(path, "imported", replaced=replaced)


def uploaded(chunks: Iterable[bytes], name: str, pool: Pool) -> Image:
    """A picture that somebody sent, cleaned and kept as if it had come beside the posts; its path
    is that of its content.

    Raises :class:`BadPicture` and OSError.
    """
    suffix = PurePosixPath(name).suffix.lower()
    if suffix not in SUFFIXES:
        raise BadPicture("picture-unknown")
    with tempfile.TemporaryDirectory(prefix="newsroom-") as folder:
        root = Path(folder)
        sent = root / f"sent{suffix}"
        with sent.open("wb") as file:
            for chunk in chunks:
                file.write(chunk)
        path = f"uploads/{_copied(sent, None)[:32]}{suffix}"
        (root / "uploads").mkdir()
        sent.rename(root / path)
        found = PictureRun(pool).bring_one(root, path)
    if found.key:
        raise BadPicture(found.key, **found.values)
    return Image.objects.get(path=path)


def damaged() -> Iterator[tuple[Image, str]]:
    """Pictures whose file is not what it was, each with ``missing``, ``empty`` or ``size``.

    One look at each file.
    """
    for image in Image.objects.order_by("path").iterator(chunk_size=500):
        if fault := storage.fault(str(image.file), image.size):
            yield image, fault


def _obstacle(root: Path, path: str) -> str:
    """The key of why a path is no picture; empty for a regular file of a picture's name.

    No part of the path below the root may be a link.
    """
    location = root
    try:
        for part in PurePosixPath(path).parts:
            location = location / part
            status = location.lstat()
            if stat.S_ISLNK(status.st_mode):
                return "link"
    except (OSError, ValueError):
        return "picture-missing"
    if not stat.S_ISREG(status.st_mode) or len(path) > 500:
        return "picture-missing"
    return "" if PurePosixPath(path).suffix.lower() in SUFFIXES else "picture-unknown"


def _copied(location: Path, target: Path | None) -> str:
    """The sha256 of a file, copied on the way if there is a target.

    Raises :class:`BadPicture` and OSError.
    """
    digest, size = sha256(), 0
    descriptor = os.open(location, os.O_RDONLY | os.O_NOFOLLOW | os.O_NONBLOCK)
    with os.fdopen(descriptor, "rb") as file, open(target or os.devnull, "wb") as copy:
        while chunk := file.read(CHUNK):
            size += len(chunk)
            if size > MAX_BYTES:
                raise BadPicture("picture-too-large", megabytes=MAX_BYTES // 1_000_000)
            digest.update(chunk)
            copy.write(chunk)
    return digest.hexdigest()


def _name_of(file: Path, picture: Picture) -> str:
    """A name in the media that depends on the content alone."""
    with file.open("rb") as opened:
        digest = sha256()
        while chunk := opened.read(CHUNK):
            digest.update(chunk)
    name = digest.hexdigest()
    return f"images/{name[:2]}/{name[2:34]}.{picture.suffix}"
