"""Pictures: opened with limits, cleaned of what their maker did not mean to publish, named by content."""

import io
import warnings
from dataclasses import dataclass
from hashlib import sha256

from PIL import Image as Pillow
from PIL import ImageOps

Pillow.MAX_IMAGE_PIXELS = 50_000_000
MAX_BYTES = 30_000_000
FORMATS = {
    "JPEG": ("image/jpeg", "jpg"),
    "PNG": ("image/png", "png"),
    "GIF": ("image/gif", "gif"),
    "WEBP": ("image/webp", "webp"),
    "AVIF": ("image/avif", "avif"),
}
SUFFIXES = {".jpg", ".jpeg", ".png", ".gif", ".webp", ".avif"}


class BadImage(ValueError):
    """A file that is no picture, or too large a one; the message says which."""


@dataclass(frozen=True)
class Picture:
    """A picture that is safe to serve: without GPS and other metadata, upright."""

    data: bytes
    width: int
    height: int
    content_type: str
    suffix: str
    origin: str  # sha256 of the file as it came

    @property
    def name(self) -> str:
        """A file name that depends on the content alone."""
        digest = sha256(self.data).hexdigest()
        return f"images/{digest[:2]}/{digest[2:34]}.{self.suffix}"


def clean(data: bytes) -> Picture:
    """Check and clean a picture. Raises :class:`BadImage`. Size is checked before anything is decoded."""
    if len(data) > MAX_BYTES:
        raise BadImage(f"the picture has more than {MAX_BYTES // 1_000_000} MB")
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("error", Pillow.DecompressionBombWarning)
            with Pillow.open(io.BytesIO(data), formats=list(FORMATS)) as image:
                if image.width * image.height > Pillow.MAX_IMAGE_PIXELS:
                    raise BadImage(
                        f"the picture has {image.width} x {image.height} pixels, more than {Pillow.MAX_IMAGE_PIXELS:,}"
                    )
                return _cleaned(image, data)
    except BadImage:
        raise
    except (Pillow.DecompressionBombWarning, Pillow.DecompressionBombError):
        raise BadImage("the picture has too many pixels") from None
    except Exception as error:
        raise BadImage(
            f"the file is not a readable JPEG, PNG, GIF, WebP or AVIF picture: {error}"
        ) from None


def _cleaned(image: Pillow.Image, data: bytes) -> Picture:
    format_name = image.format
    content_type, suffix = FORMATS[format_name]
    origin = sha256(data).hexdigest()
    animated = getattr(image, "is_animated", False)
    if animated and format_name in ("GIF", "WEBP"):
        image.load()
        return Picture(data, image.width, image.height, content_type, suffix, origin)
    image.load()
    upright = ImageOps.exif_transpose(image)
    if (
        format_name == "PNG"
        and upright is image
        and not set(image.info) & {"exif", "xmp", "XML:com.adobe.xmp"}
        and data.endswith(b"IEND\xaeB`\x82")
    ):
        return Picture(data, image.width, image.height, content_type, suffix, origin)
    out = io.BytesIO()
    options = {"quality": 90} if format_name in ("JPEG", "WEBP", "AVIF") else {}
    fresh = upright.copy()
    fresh.info = {
        key: value for key, value in upright.info.items() if key in ("transparency", "background")
    }
    fresh.save(out, format_name, **options)
    return Picture(out.getvalue(), fresh.width, fresh.height, content_type, suffix, origin)
