"""What a pool and its children say to each other: frames of pickled values, each with its length.

Both ends are this program; nothing from outside is ever unpickled.
"""

import pickle
import struct
from typing import Any

HEADER = struct.Struct(">I")


def packed(value: Any) -> bytes:
    """A value as one frame."""
    data = pickle.dumps(value, pickle.HIGHEST_PROTOCOL)
    return HEADER.pack(len(data)) + data


def unpacked(data: bytes) -> Any:
    """The value of a frame's data, its header left out."""
    return pickle.loads(data)  # noqa: S301 - written by the other end of our own pipe


def length(header: bytes) -> int:
    """The number of bytes that follow a header."""
    return HEADER.unpack(header)[0]
