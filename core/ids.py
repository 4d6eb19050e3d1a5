"""Identifiers: public ones are UUID version 7 (RFC 9562 §5.7), integers stay inside."""

import os
import time
import uuid


def uuid7() -> uuid.UUID:
    """A new UUID version 7: 48 bits of milliseconds, then 74 random bits. Sorts by time of creation."""
    value = (time.time_ns() // 1_000_000) << 80 | int.from_bytes(os.urandom(10), "big")
    value = value & ~(0xF000 << 64) | 0x7000 << 64
    value = value & ~(0xC000 << 48) | 0x8000 << 48
    return uuid.UUID(int=value)


def uuid_or_none(text: object) -> uuid.UUID | None:
    """The UUID that somebody gave as text, in any of its spellings; None for anything else."""
    try:
        return uuid.UUID(str(text))
    except ValueError:
        return None
