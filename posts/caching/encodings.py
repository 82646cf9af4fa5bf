"""The forms of a body: zstd, brotli, gzip, or as it is, the first that a client takes."""

import zlib
from collections.abc import Callable
from functools import lru_cache

import brotli
import zstandard

IDENTITY = ""
SMALLEST = 200  # bytes; what is less stays as it is
GZIP, BROTLI, ZSTD = "gzip", "br", "zstd"
PREFERRED = (ZSTD, BROTLI, GZIP, IDENTITY)
LEVELS = {ZSTD: 3, BROTLI: 3, GZIP: 4}  # docs/decisions.md has the trial

_COMPRESS: dict[str, Callable[[bytes, int], bytes]] = {
    ZSTD: zstandard.compress,
    BROTLI: lambda body, level: brotli.compress(body, mode=brotli.MODE_TEXT, quality=level),
    GZIP: lambda body, level: zlib.compress(body, level, wbits=31),
}
_DECOMPRESS: dict[str, Callable[[bytes], bytes]] = {
    ZSTD: zstandard.decompress,
    BROTLI: brotli.decompress,
    GZIP: lambda body: zlib.decompress(body, wbits=31),
    IDENTITY: lambda body: body,
}


def compress(body: bytes, encoding: str) -> bytes:
    """A body in one of the encodings."""
    return _COMPRESS[encoding](body, LEVELS[encoding]) if encoding else body


def decompress(body: bytes, encoding: str) -> bytes:
    """The body that was compressed."""
    return _DECOMPRESS[encoding](body)


@lru_cache(1000)
def accepted(header: str | None) -> str:
    """The best encoding for an ``Accept-Encoding``: identity where none of ours is taken.

    Of what the client likes most we choose by size. A client that refuses all, identity too, gets
    identity: RFC 9110 allows it, and it reads better than an error.
    """
    if not header or len(header) > 1000:
        return IDENTITY
    weights: dict[str, float] = {}
    for part in header.lower().split(","):
        name, _sep, parameters = part.partition(";")
        weights[name.strip()] = _weight(parameters)
    others = weights.get("*", 0.0)
    found = {
        ZSTD: weights.get(ZSTD, 0.0),  # young: only for those who name it
        BROTLI: weights.get(BROTLI, others),
        GZIP: weights.get(GZIP, weights.get("x-gzip", others)),
    }
    # Not named, identity is acceptable but never better than a form that the client asks for.
    found[IDENTITY] = weights.get("identity", 0.0001 if "*" not in weights else others)
    return max(PREFERRED, key=lambda name: found[name]) if any(found.values()) else IDENTITY


def _weight(parameters: str) -> float:
    for parameter in parameters.split(";"):
        name, _sep, value = parameter.partition("=")
        if name.strip() == "q":
            try:
                return min(max(float(value.strip()), 0.0), 1.0)
            except ValueError:
                return 0.0
    return 1.0
