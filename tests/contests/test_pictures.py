"""Pictures are shown without what a camera wrote into them."""

import struct
import zlib

import pytest

from contests.pictures import without_notes

PLACE = b"GPS 44.5 169.2"


def jpeg(direction: int) -> bytes:
    """A JPEG of segments only: JFIF, Exif with a direction and a place, a comment, the scan."""
    entry = struct.pack("<HHIHH", 0x0112, 3, 1, direction, 0)
    tiff = b"II\x2a\x00\x08\x00\x00\x00" + struct.pack("<H", 1) + entry + b"\x00" * 4 + PLACE

    def segment(marker: int, body: bytes) -> bytes:
        return b"\xff" + bytes([marker]) + struct.pack(">H", len(body) + 2) + body

    head = segment(0xE0, b"JFIF\x00rest") + segment(0xE1, b"Exif\x00\x00" + tiff) + segment(0xFE, PLACE)
    return b"\xff\xd8" + head + segment(0xDB, b"tables") + segment(0xDA, b"scan") + b"picture\xff\xd9"


def png(*chunks: tuple[bytes, bytes]) -> bytes:
    def chunk(name: bytes, body: bytes) -> bytes:
        return struct.pack(">I", len(body)) + name + body + struct.pack(">I", zlib.crc32(name + body))

    return b"\x89PNG\r\n\x1a\n" + b"".join(chunk(name, body) for name, body in chunks)


def test_photograph_loses_its_place_and_keeps_its_direction():
    shown = without_notes(jpeg(6), "image/jpeg")

    assert PLACE not in shown
    assert b"JFIF" in shown
    assert shown.endswith(b"picture\xff\xd9")
    assert struct.pack(">HHIHH", 0x0112, 3, 1, 6, 0) in shown


def test_png_and_webp_lose_their_notes():
    picture = png((b"IHDR", b"x" * 13), (b"tEXt", PLACE), (b"IDAT", b"data"), (b"IEND", b""))
    assert without_notes(picture, "image/png") == png((b"IHDR", b"x" * 13), (b"IDAT", b"data"), (b"IEND", b""))

    body = b"WEBP" + b"VP8X" + struct.pack("<I", 10) + b"\x0c" + b"\x00" * 9 + b"EXIF" + struct.pack("<I", 14) + PLACE
    shown = without_notes(b"RIFF" + struct.pack("<I", len(body)) + body, "image/webp")
    assert shown == b"RIFF" + struct.pack("<I", 22) + b"WEBP" + b"VP8X" + struct.pack("<I", 10) + b"\x00" * 10


@pytest.mark.parametrize("kind", ["image/jpeg", "image/png", "image/webp", "image/gif", "image/svg+xml"])
@pytest.mark.parametrize("content", [b"", b"\xff\xd8", b"\xff\xd8\xff", b"<svg onload=x>", b"RIFF"])
def test_what_is_no_picture_is_not_shown(content, kind):
    assert without_notes(content, kind) == b""
