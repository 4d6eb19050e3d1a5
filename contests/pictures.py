"""Pictures without what their camera wrote into them: a photograph often says where somebody lives.

Only the segments that carry such notes are left out; the picture itself is passed on as it came. The direction in
which the camera was held is kept, or pictures would lie on their side.
"""

import struct
from collections.abc import Iterator

SHOWN_TYPES = ("image/jpeg", "image/png", "image/webp", "image/gif")
_PNG, _PNG_NOTES = b"\x89PNG\r\n\x1a\n", (b"eXIf", b"tEXt", b"iTXt", b"zTXt", b"tIME")
_WEBP_NOTES = (b"EXIF", b"XMP ")
# JPEG: APP1 (Exif, XMP), APP2 to APP13 but for colour profiles, and comments (ITU-T T.81 annex B, Exif 2.3).
_COMMENT, _SCAN, _EXIF = 0xFE, 0xDA, b"Exif\x00\x00"


def without_notes(content: bytes, kind: str) -> bytes:
    """The picture without notes. One that cannot be read as its kind is given back empty, so that nothing leaks."""
    try:
        if kind == "image/jpeg":
            return b"".join(_jpeg(content))
        if kind == "image/png":
            return b"".join(_png(content))
        if kind == "image/webp":
            return _webp(content)
    except (struct.error, IndexError):
        return b""
    return content if kind == "image/gif" and content.startswith(b"GIF8") else b""


def _jpeg(content: bytes) -> Iterator[bytes]:
    if not content.startswith(b"\xff\xd8"):
        raise IndexError
    yield content[:2]
    at = 2
    while True:
        if content[at] != 0xFF:
            raise IndexError
        marker = content[at + 1]
        (length,) = struct.unpack_from(">H", content, at + 2)
        segment = content[at : at + 2 + length]
        if marker == _SCAN:
            yield content[at:]
            return
        if marker == 0xE1 and segment[4:10] == _EXIF:
            yield from _direction(segment[10:])
        elif not _is_note(marker, segment):
            yield segment
        at += 2 + length


def _is_note(marker: int, segment: bytes) -> bool:
    if marker == 0xE2:
        return not segment[4:].startswith(b"ICC_PROFILE")
    return marker == _COMMENT or 0xE1 <= marker <= 0xED


def _direction(tiff: bytes) -> Iterator[bytes]:
    """A new Exif segment that says only the direction (tag 0x0112), if the old one says any."""
    order = "<" if tiff[:2] == b"II" else ">"
    (first,) = struct.unpack_from(order + "I", tiff, 4)
    (count,) = struct.unpack_from(order + "H", tiff, first)
    for number in range(min(count, 200)):
        tag, _kind, _count, value = struct.unpack_from(order + "HHIH", tiff, first + 2 + 12 * number)
        if tag == 0x0112 and 1 <= value <= 8:
            entry = struct.pack(">HHIHH", 0x0112, 3, 1, value, 0)
            body = _EXIF + b"MM\x00\x2a\x00\x00\x00\x08" + b"\x00\x01" + entry + b"\x00\x00\x00\x00"
            yield b"\xff\xe1" + struct.pack(">H", len(body) + 2) + body
            return


def _png(content: bytes) -> Iterator[bytes]:
    if not content.startswith(_PNG):
        raise IndexError
    yield _PNG
    at = len(_PNG)
    while at < len(content):
        (length,) = struct.unpack_from(">I", content, at)
        chunk = content[at : at + 12 + length]
        if chunk[4:8] not in _PNG_NOTES:
            yield chunk
        if chunk[4:8] == b"IEND":
            return
        at += 12 + length


def _webp(content: bytes) -> bytes:
    if content[:4] != b"RIFF" or content[8:12] != b"WEBP":
        raise IndexError
    at, kept = 12, []
    while at + 8 <= len(content):
        name, length = struct.unpack_from("<4sI", content, at)
        size = 8 + length + length % 2
        if name == b"VP8X":
            # Its flags no longer promise Exif (bit 3) and XMP (bit 2).
            head = bytearray(content[at : at + size])
            head[8] &= ~0x0C
            kept.append(bytes(head))
        elif name not in _WEBP_NOTES:
            kept.append(content[at : at + size])
        at += size
    body = b"WEBP" + b"".join(kept)
    return b"RIFF" + struct.pack("<I", len(body)) + body
