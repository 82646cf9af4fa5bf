"""Cleaning a picture, in a child process: checked before it is decoded, stripped, upright.

The order of work:

1. the format is told by the first bytes, the hidden parts are left out (:mod:`.stripping`);
2. its size and the number of its frames are checked, before any pixel is decoded;
3. it is decoded once, frame by frame, to see that it is whole;
4. a still picture that its EXIF block turned is turned and written anew, because that block is
   gone; any other is written as it came: no pixel changes.
"""

from pathlib import Path

from PIL import AvifImagePlugin, GifImagePlugin
from PIL import Image as Pillow

from posts.deriving import stripping
from posts.deriving.picture import (
    MAX_ANIMATED_PIXELS,
    MAX_BYTES,
    MAX_FRAMES,
    MAX_PIXELS,
    BadPicture,
    Picture,
)

Pillow.MAX_IMAGE_PIXELS = (
    None  # the size is checked here, with a sentence that says how large it is
)
# Frames of one palette stay one byte a pixel, not four.
GifImagePlugin.LOADING_STRATEGY = GifImagePlugin.LoadingStrategy.RGB_AFTER_DIFFERENT_PALETTE_ONLY
AvifImagePlugin.DEFAULT_MAX_THREADS = 1  # a thread for each core takes memory for each core
FORMATS = {
    "JPEG": ("image/jpeg", "jpg"),
    "PNG": ("image/png", "png"),
    "GIF": ("image/gif", "gif"),
    "WEBP": ("image/webp", "webp"),
    "AVIF": ("image/avif", "avif"),
}
LARGE_WEBP = 20_000_000  # pixels
ORIENTATION = 0x0112
TURNS = {
    2: Pillow.Transpose.FLIP_LEFT_RIGHT,
    3: Pillow.Transpose.ROTATE_180,
    4: Pillow.Transpose.FLIP_TOP_BOTTOM,
    5: Pillow.Transpose.TRANSPOSE,
    6: Pillow.Transpose.ROTATE_270,
    7: Pillow.Transpose.TRANSVERSE,
    8: Pillow.Transpose.ROTATE_90,
}
ON_THEIR_SIDE = {5, 6, 7, 8}


def cleaned(source: str, target: str) -> Picture:
    """Read a picture's file and write a clean one.

    Raises :class:`BadPicture`, and OSError for the files.
    """
    data = Path(source).read_bytes()
    if len(data) > MAX_BYTES:
        raise BadPicture("picture-too-large", megabytes=MAX_BYTES // 1_000_000)
    format_name = stripping.format_of(data)
    if not format_name:
        raise BadPicture("picture-unknown")
    try:
        stripped = stripping.strip(data, format_name)
    except Exception as error:
        raise _unreadable(error) from None
    del data
    return _written(stripped, format_name, Path(target))


def _written(stripped: stripping.Stripped, format_name: str, target: Path) -> Picture:
    target.write_bytes(stripped.data)
    with target.open("rb") as file:
        try:
            image: Pillow.Image = Pillow.open(file, formats=[format_name])
            _check_size(*image.size, stripped.frames)
            size, frames = image.size, getattr(image, "n_frames", 1)
            _check_size(*image.size, frames)
            turn = _orientation(stripped.exif, image)
            redrawn = turn in TURNS and frames == 1 and format_name != "AVIF"
            _decode(image, frames, whole=redrawn)
        except (BadPicture, MemoryError):
            raise
        except Exception as error:
            raise _unreadable(error) from None
        if redrawn:
            image = image.transpose(TURNS[turn])
    if redrawn:
        _save(image, format_name, stripped.data, target)
    if turn in ON_THEIR_SIDE and (redrawn or format_name == "AVIF"):
        size = (size[1], size[0])  # an AVIF file turns itself
    return Picture(*size, *FORMATS[format_name], frames)


def _pixels(image: Pillow.Image) -> int:
    return image.width * image.height


def _check_size(width: int, height: int, frames: int) -> None:
    pixels = width * height
    if pixels > MAX_PIXELS:
        raise BadPicture("picture-too-many-pixels", width=width, height=height, limit=MAX_PIXELS)
    if frames > MAX_FRAMES or (frames > 1 and pixels * frames > MAX_ANIMATED_PIXELS):
        raise BadPicture("picture-too-many-frames", frames=frames, width=width, height=height)


def _orientation(exif: bytes, image: Pillow.Image) -> int:
    """How the camera was held, 1 to 8; an EXIF block that cannot be read says nothing."""
    try:
        if image.format == "AVIF":  # Pillow tells the file's own turn in this way
            return image.getexif().get(ORIENTATION, 1)
        found = Pillow.Exif()
        found.load(exif)
        return found.get(ORIENTATION, 1)
    except Exception:
        return 1


def _decode(image: Pillow.Image, frames: int, whole: bool) -> None:
    """Decode every frame, one after the other.

    A JPEG that need not be drawn is decoded at an eighth. A large WebP that need not be drawn is
    taken as it is: its decoder wants four times the memory of its pixels.
    """
    if image.format == "WEBP" and frames == 1 and not whole and _pixels(image) > LARGE_WEBP:
        return
    if not whole:
        image.draft(None, (max(1, image.width // 8), max(1, image.height // 8)))
    for frame in range(frames):
        if frames > 1:
            image.seek(frame)
        image.load()


def _save(image: Pillow.Image, format_name: str, stripped: bytes, target: Path) -> None:
    options: dict = {"icc_profile": image.info.get("icc_profile")}
    options |= {"compress_level": 4} if format_name == "PNG" else {"quality": 90}
    if format_name == "WEBP":
        options["lossless"] = b"VP8L" in stripped[:64]
    image.save(target, format_name, **options)


def _unreadable(error: Exception) -> BadPicture:
    return BadPicture("picture-unreadable", problem=f"{type(error).__name__}: {error}"[:200])
