"""Tells what a file really is by its bytes. Names and types that a browser sends prove nothing.

Only formats that mail programs show: PNG, JPEG, GIF and WebP. No SVG: it can hold scripts.
"""

from __future__ import annotations

import struct
from dataclasses import dataclass

from django.utils.translation import gettext as _

MAX_BYTES = 5 * 1024 * 1024
MAX_SIDE = 6_000
MAX_PIXELS = 24_000_000


class NotAPicture(ValueError):
    """The file cannot be used; the text says why."""


@dataclass(frozen=True, slots=True)
class ImageInfo:
    """What a file is: its extension and its size in pixels."""

    extension: str
    width: int
    height: int


def inspect(data: bytes) -> ImageInfo:
    """Read the kind and size of a picture from its first bytes. Raises NotAPicture with a sentence that says why."""
    if len(data) > MAX_BYTES:
        raise NotAPicture(_("The picture is larger than 5 MB. Make it smaller; mail should load quickly."))
    info = _png(data) or _gif(data) or _webp(data) or _jpeg(data)
    if info is None:
        raise NotAPicture(_("This file is not a PNG, JPEG, GIF or WebP picture."))
    if not (0 < info.width <= MAX_SIDE and 0 < info.height <= MAX_SIDE and info.width * info.height <= MAX_PIXELS):
        raise NotAPicture(_("The picture has more than 6,000 pixels on a side or 24 million in all."))
    return info


def _png(data: bytes) -> ImageInfo | None:
    if not data.startswith(b"\x89PNG\r\n\x1a\n") or data[12:16] != b"IHDR" or len(data) < 45:
        return None
    return ImageInfo("png", *struct.unpack(">II", data[16:24]))


def _gif(data: bytes) -> ImageInfo | None:
    if data[:6] not in (b"GIF87a", b"GIF89a") or len(data) < 14:
        return None
    return ImageInfo("gif", *struct.unpack("<HH", data[6:10]))


def _webp(data: bytes) -> ImageInfo | None:
    if data[:4] != b"RIFF" or data[8:12] != b"WEBP" or len(data) < 30:
        return None
    kind = data[12:16]
    if kind == b"VP8X":
        width = int.from_bytes(data[24:27], "little") + 1
        height = int.from_bytes(data[27:30], "little") + 1
    elif kind == b"VP8L":
        bits = int.from_bytes(data[21:25], "little")
        width, height = (bits & 0x3FFF) + 1, (bits >> 14 & 0x3FFF) + 1
    elif kind == b"VP8 ":
        width, height = (side & 0x3FFF for side in struct.unpack("<HH", data[26:30]))
    else:
        return None
    return ImageInfo("webp", width, height)


def _jpeg(data: bytes) -> ImageInfo | None:
    """Walk the segments to the frame header (markers C0 to CF but C4, C8 and CC), which holds the size."""
    if data[:3] != b"\xff\xd8\xff":
        return None
    position = 2
    while position + 9 < len(data) and data[position] == 0xFF:
        marker = data[position + 1]
        if marker == 0xFF:  # a fill byte before the marker
            position += 1
            continue
        length = int.from_bytes(data[position + 2 : position + 4], "big")
        if 0xC0 <= marker <= 0xCF and marker not in (0xC4, 0xC8, 0xCC):
            height, width = struct.unpack(">HH", data[position + 5 : position + 9])
            return ImageInfo("jpg", width, height)
        if length < 2:
            return None
        position += 2 + length
    return None
