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


def uuid7_sql(secret: str, number: str) -> str:
    """The SQL of a UUID version 7 for a statement that writes many rows; both arguments are SQL written by code.

    `secret` are random bytes made for this statement (`statement_secret`), `number` is a bigint that is different in
    each row. 62 random bits come from a digest of both: asking the system for random bits, row by row, costs three
    times as much. The other twelve are the fraction of the millisecond (RFC 9562 §6.2, method 3), so that an index
    grows at its end. The clock is read twice: where a millisecond ends in between, one of them is early by as much.
    """
    microseconds = "(date_part('epoch', clock_timestamp()) * 1000000)::bigint"
    fraction = f"mod({microseconds}, 1000) * 4096 / 1000"
    dated = f"int8send(({microseconds} / 1000) << 16 | {0x7000} | ({fraction}))"
    random = f"substring(sha256({secret} || int8send({number})) FROM 1 FOR 8)"
    return f"encode({dated} || set_bit(set_bit({random}, 7, 1), 6, 0), 'hex')::uuid"


def statement_secret() -> bytes:
    """Random bytes for one statement with `uuid7_sql`."""
    return os.urandom(32)
