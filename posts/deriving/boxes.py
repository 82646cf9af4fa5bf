"""AVIF files: boxes within boxes, and items that point at bytes elsewhere.

Nothing is moved, so that every offset stays right: what is not wanted is overwritten with zeros and
its box or item is given a type that readers pass over.
"""

import struct
from collections.abc import Iterator
from dataclasses import dataclass, field

TOP_KEPT = {b"ftyp", b"meta", b"mdat", b"moov"}
CONTAINERS = {b"moov", b"trak", b"edts", b"mdia", b"minf", b"dinf", b"stbl"}
META_KEPT = {b"hdlr", b"pitm", b"iinf", b"iloc", b"iprp", b"iref", b"idat", b"dinf", b"grpl"}
TABLES = set(
    b"mvhd tkhd tref elst mdhd hdlr vmhd nmhd dref stsd stts stsc stsz stz2 stco co64 stss ctts "
    b"cslg sdtp sgpd sbgp meta mvex".split()
)
ITEMS_KEPT = {b"av01", b"grid", b"iovl", b"iden", b"tmap", b"sato"}


@dataclass(frozen=True)
class Box:
    """A box: ``start`` of its header, ``body`` and ``end`` of what it holds."""

    kind: bytes
    start: int
    body: int
    end: int


@dataclass
class Spans:
    """The bytes of the file that items point at, by whether the item is kept."""

    kept: list[tuple[int, int]] = field(default_factory=list)
    dropped: list[tuple[int, int]] = field(default_factory=list)


def without_items(data: bytes) -> bytes:
    """The file with the pixels and nothing else.

    Raises ValueError or struct.error if it is broken.
    """
    out, spans, end = bytearray(data), Spans(), 0
    top = list(_boxes(data, 0, len(data), lenient=True))
    for box in top:
        if box.kind in TOP_KEPT:
            end = box.end
        if box.kind == b"meta":
            _clean_meta(out, box, spans)
        elif box.kind == b"moov":
            _clean_tables(out, box, spans)
        elif box.kind not in TOP_KEPT:
            _blank(out, box)
    animated = any(box.kind == b"moov" for box in top)
    for box in top:
        if box.kind == b"mdat" and not animated:
            _keep_only(out, box, spans.kept)
    for start, stop in spans.dropped:
        out[start:stop] = bytes(stop - start)
    return bytes(out[:end])


def _boxes(data: bytes | bytearray, at: int, end: int, lenient: bool = False) -> Iterator[Box]:
    """The boxes of a span. With ``lenient`` bytes that are no box end the file."""
    while at + 8 <= end:
        size, kind = struct.unpack_from(">I4s", data, at)
        body = at + 8
        if size == 1:
            size, body = struct.unpack_from(">Q", data, body)[0], body + 8
        stop = end if size == 0 else at + size
        if stop > end or stop < body:
            if lenient:
                return
            raise ValueError("a box ends too early")
        yield Box(kind, at, body, stop)
        at = stop


def _blank(out: bytearray, box: Box) -> None:
    out[box.start + 4 : box.start + 8] = b"free"
    out[box.body : box.end] = bytes(box.end - box.body)


def _clean_tables(out: bytearray, box: Box, spans: Spans) -> None:
    for inner in list(_boxes(out, box.body, box.end)):
        if inner.kind in CONTAINERS:
            _clean_tables(out, inner, spans)
        elif inner.kind == b"meta":
            _clean_meta(out, inner, spans)
        elif inner.kind not in TABLES:
            _blank(out, inner)


def _clean_meta(out: bytearray, meta: Box, spans: Spans) -> None:
    inner = {}
    for box in list(_boxes(out, meta.body + 4, meta.end)):
        inner[box.kind] = box
        if box.kind not in META_KEPT:
            _blank(out, box)
    dropped = _drop_items(out, inner[b"iinf"]) if b"iinf" in inner else set()
    if b"iloc" in inner:
        stored = inner.get(b"idat")
        for item, start, stop in _extents(out, inner[b"iloc"], stored.body if stored else 0):
            (spans.dropped if item in dropped else spans.kept).append((start, stop))


def _drop_items(out: bytearray, box: Box) -> set[int]:
    """Give items that hold no pixels the type ``skip``, and no item a name; their numbers."""
    dropped = set()
    at = box.body + (6 if out[box.body] == 0 else 8)
    for entry in list(_boxes(out, at, box.end)):
        version = out[entry.body]
        if entry.kind != b"infe" or version not in (2, 3):
            raise ValueError("an item of an unknown kind")
        wide = 4 if version == 3 else 2
        number = int.from_bytes(out[entry.body + 4 : entry.body + 4 + wide], "big")
        at = entry.body + 4 + wide + 2
        if bytes(out[at : at + 4]) not in ITEMS_KEPT:
            out[at : at + 4] = b"skip"
            dropped.add(number)
        name_end = out.find(b"\0", at + 4, entry.end)
        name_end = entry.end if name_end < 0 else name_end
        out[at + 4 : name_end] = b" " * (name_end - at - 4)
    return dropped


def _extents(out: bytearray, box: Box, stored: int) -> list[tuple[int, int, int]]:
    """(item, start, end) of all bytes that items point at; ``stored`` is where ``idat`` begins."""
    version, sizes = out[box.body], out[box.body + 4 : box.body + 6]
    offset_size, length_size, base_size = sizes[0] >> 4, sizes[0] & 15, sizes[1] >> 4
    index_size = sizes[1] & 15 if version else 0
    at, found = box.body + 6, []

    def number(size: int) -> int:
        nonlocal at
        at += size
        if at > box.end:
            raise ValueError("the list of items ends too early")
        return int.from_bytes(out[at - size : at], "big")

    for _item in range(number(4 if version == 2 else 2)):
        item = number(4 if version == 2 else 2)
        method = number(2) & 15 if version else 0
        if number(2) or method > 1:
            raise ValueError("an item lies in another file")
        base = number(base_size) + (stored if method else 0)
        for _extent in range(number(2)):
            number(index_size)
            start = base + number(offset_size)
            stop = start + number(length_size)
            if stop == start or stop > len(out):
                raise ValueError("an item has no end")
            found.append((item, start, stop))
    return found


def _keep_only(out: bytearray, box: Box, kept: list[tuple[int, int]]) -> None:
    """Zeros for the bytes of a box that no kept item points at."""
    at = box.body
    for start, stop in sorted(kept):
        start, stop = max(start, box.body), min(stop, box.end)
        if start > at:
            out[at:start] = bytes(start - at)
        at = max(at, stop)
    if at < box.end:
        out[at : box.end] = bytes(box.end - at)
