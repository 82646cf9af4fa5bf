"""Pictures without what their maker did not mean to publish, by their blocks: no pixel changes.

Each format is a row of blocks. Those that hold pixels, their colours and their timing are kept;
every other one (EXIF with GPS, XMP with names, remarks, thumbnails, private blocks) and whatever
follows the end of the picture is left out. What is kept is a list, not what is dropped: unknown
blocks go.
"""

import re
import struct
import zlib
from collections.abc import Iterator
from dataclasses import dataclass

from posts.deriving.boxes import without_items

MAX_PROFILE = 1_000_000  # bytes of a colour profile; a larger one is left out
PNG_KEPT = set(
    b"IHDR PLTE IDAT IEND tRNS gAMA cHRM sRGB iCCP cICP mDCV cLLI sBIT bKGD pHYs "
    b"acTL fcTL fdAT".split()
)
WEBP_KEPT = {b"VP8X", b"ICCP", b"ANIM", b"ANMF", b"ALPH", b"VP8 ", b"VP8L"}
FRAME_KEPT = {b"ALPH", b"VP8 ", b"VP8L"}
JPEG_KEPT = {0xC4, 0xCC, 0xDA, 0xDB, 0xDC, 0xDD} | set(range(0xC0, 0xD0))
IN_SCAN = re.compile(rb"\xff[^\x00\xd0-\xd7\xff]")


@dataclass(frozen=True)
class Stripped:
    """What is left of a picture, the EXIF block that is not, and the number of frames."""

    data: bytes
    exif: bytes = b""
    frames: int = 1


def format_of(data: bytes) -> str:
    """A key of ``STRIPPERS``, by the first bytes; empty for what is none of these."""
    if data.startswith(b"\xff\xd8\xff"):
        return "JPEG"
    if data.startswith(b"\x89PNG\r\n\x1a\n"):
        return "PNG"
    if data.startswith((b"GIF87a", b"GIF89a")):
        return "GIF"
    if data[:4] == b"RIFF" and data[8:12] == b"WEBP":
        return "WEBP"
    brands = data[8 : min(int.from_bytes(data[:4], "big"), 256)]
    return "AVIF" if data[4:8] == b"ftyp" and (b"avif" in brands or b"avis" in brands) else ""


def strip(data: bytes, format_name: str) -> Stripped:
    """The picture without its hidden parts.

    Raises ValueError, struct.error, zlib.error or IndexError for one that is broken.
    """
    return STRIPPERS[format_name](data)


# -- JPEG --------------------------------------------------------------------------------------


def _jpeg(data: bytes) -> Stripped:
    kept, profile, exif, at = [data[:2]], [], b"", 2
    while True:
        marker, at = _marker(data, at)
        if marker == 0xD9:
            break
        length = int.from_bytes(data[at : at + 2], "big")
        segment, at = data[at + 2 : at + length], at + length
        if length < 2 or at > len(data):
            raise ValueError("a segment ends too early")
        if marker == 0xE1 and segment.startswith(b"Exif\0") and not exif:
            exif = segment
        elif marker == 0xE2 and segment.startswith(b"ICC_PROFILE\0"):
            profile.append(segment)
        elif marker == 0xE0 and segment.startswith(b"JFIF\0"):
            kept.append(_segment(marker, segment[:12] + b"\0\0"))  # its thumbnail may show more
        elif marker == 0xEE and segment.startswith(b"Adobe"):
            kept.append(_segment(marker, segment[:12]))
        elif marker in JPEG_KEPT:
            kept.append(_segment(marker, segment))
        if marker == 0xDA:
            found = IN_SCAN.search(data, at)
            if not found:
                raise ValueError("the picture ends too early")
            kept.append(data[at : found.start()].rstrip(b"\xff"))
            at = found.start()
    if sum(map(len, profile)) <= MAX_PROFILE:
        kept[1:1] = [_segment(0xE2, segment) for segment in profile]
    return Stripped(b"".join([*_jfif_first(kept), b"\xff\xd9"]), exif)


def _marker(data: bytes, at: int) -> tuple[int, int]:
    """The next marker, after any fill bytes, and the index behind it."""
    at = data.index(b"\xff", at)
    while data[at] == 0xFF:
        at += 1
    return data[at], at + 1


def _segment(marker: int, data: bytes) -> bytes:
    return bytes((0xFF, marker)) + (len(data) + 2).to_bytes(2, "big") + data


def _jfif_first(kept: list[bytes]) -> list[bytes]:
    """The JFIF segment stands right behind the start, before the profile."""
    jfif = [part for part in kept if part.startswith(b"\xff\xe0")]
    return [kept[0], *jfif[:1], *(part for part in kept[1:] if not part.startswith(b"\xff\xe0"))]


# -- PNG ---------------------------------------------------------------------------------------


def _png(data: bytes) -> Stripped:
    kept, exif, frames, at = [data[:8]], b"", 1, 8
    while at < len(data):
        length, kind = struct.unpack_from(">I4s", data, at)
        end = at + 12 + length
        if end > len(data):
            raise ValueError("a chunk ends too early")
        content = data[at + 8 : end - 4]
        if kind == b"eXIf" and not exif:
            exif = b"Exif\0\0" + content
        elif kind == b"acTL":
            frames = int.from_bytes(content[:4], "big")
        if kind in PNG_KEPT and (kind != b"iCCP" or _is_small_profile(content)):
            kept.append(data[at:end])
        at = end
        if kind == b"IEND":
            return Stripped(b"".join(kept), exif, frames)
    raise ValueError("the picture ends too early")


def _is_small_profile(content: bytes) -> bool:
    packed = content[content.index(b"\0") + 2 :]
    return len(zlib.decompressobj().decompress(packed, MAX_PROFILE + 1)) <= MAX_PROFILE


# -- GIF ---------------------------------------------------------------------------------------


def _gif(data: bytes) -> Stripped:
    at = 13 + _colours(data[10])
    kept, frames = [data[:at]], 0
    while at < len(data) and data[at] != 0x3B:
        start, kind = at, data[at]
        if kind == 0:  # some writers pad between blocks
            at += 1
            continue
        if kind == 0x2C:
            at += 10 + _colours(data[at + 9]) + 1
            frames += 1
        elif kind == 0x21:
            at += 2
        else:
            raise ValueError("a block is unknown")
        at = _behind_sub_blocks(data, at)
        block = data[start:at]
        if kind == 0x2C or block[1] == 0xF9 or _is_loop(block):
            kept.append(block)
    return Stripped(b"".join([*kept, b"\x3b"]), b"", frames)


def _colours(flags: int) -> int:
    """The bytes of a colour table, from the flags before it."""
    return 3 << ((flags & 7) + 1) if flags & 0x80 else 0


def _behind_sub_blocks(data: bytes, at: int) -> int:
    while size := data[at]:
        at += size + 1
    return at + 1


def _is_loop(block: bytes) -> bool:
    """True for the extension that says how often an animation is played, and says nothing more."""
    return len(block) == 19 and block[:14] in (
        b"\x21\xff\x0bNETSCAPE2.0",
        b"\x21\xff\x0bANIMEXTS1.0",
    )


# -- WebP --------------------------------------------------------------------------------------


def _webp(data: bytes) -> Stripped:
    exif, frames, kept = b"", 0, []
    end = min(len(data), 8 + int.from_bytes(data[4:8], "little"))
    for kind, content in _chunks(data, 12, end):
        if kind == b"EXIF":
            exif = content if content.startswith(b"Exif\0\0") else b"Exif\0\0" + content
        elif kind == b"ANMF":
            frames += 1
            inner = _chunks(content, 16, len(content))
            content = content[:16] + b"".join(_chunk(*one) for one in inner if one[0] in FRAME_KEPT)
        elif kind == b"VP8X":
            content = bytes((content[0] & ~0b1100,)) + content[1:]  # no EXIF, no XMP
        if kind in WEBP_KEPT and (kind != b"ICCP" or len(content) <= MAX_PROFILE):
            kept.append(_chunk(kind, content))
    body = b"WEBP" + b"".join(kept)
    return Stripped(b"RIFF" + len(body).to_bytes(4, "little") + body, exif, frames or 1)


def _chunks(data: bytes, at: int, end: int) -> Iterator[tuple[bytes, bytes]]:
    while at + 8 <= end:
        kind, length = struct.unpack_from("<4sI", data, at)
        if at + 8 + length > end:
            raise ValueError("a chunk ends too early")
        yield kind, data[at + 8 : at + 8 + length]
        at += 8 + length + length % 2


def _chunk(kind: bytes, content: bytes) -> bytes:
    return kind + len(content).to_bytes(4, "little") + content + b"\0" * (len(content) % 2)


def _avif(data: bytes) -> Stripped:
    return Stripped(without_items(data))


STRIPPERS = {"JPEG": _jpeg, "PNG": _png, "GIF": _gif, "WEBP": _webp, "AVIF": _avif}
