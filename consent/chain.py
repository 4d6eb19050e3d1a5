"""The bytes behind the ledger's hashes, so that anybody with a copy of the rows can compute them again.

A part is the length of its UTF-8 bytes in decimal, a colon, the bytes, and a comma (a netstring); a missing value
is `:,`. Numbers and UUIDs are written as usual, times as whole microseconds since 1970-01-01 UTC, digests as hex.

A line of the ledger is its parts in the order of `LINE`, and

    hash = SHA-256(previous_hash + line)

where `previous_hash` is the hash of the same person's line before, or 32 zero bytes. Where the person sat is in it
only by a digest, which a redaction leaves alone when it forgets the rest:

    evidence_digest = SHA-256(evidence_salt + ip_address + user_agent + note)

`note` is the `source_detail` of a line that a teammate wrote by hand, which for such lines stands here instead of
in the line itself. A seal is in the same way its parts in the order of `SEAL`, where `digest` is the SHA-256 of the
hashes of its lines in the order of their ids; a line from before there was a chain counts with the SHA-256 of its
parts. `consent/migrations/0005_chain_triggers.py` has the same rules in SQL.
"""

import datetime as dt
import hashlib
from collections.abc import Iterable, Mapping
from typing import Any

FORMAT = "1"
START = bytes(32)
EPOCH = dt.datetime(1970, 1, 1, tzinfo=dt.UTC)
BY_HAND = "manual"

# Those that differ between the lines of an import come first: the rest is one piece for all of them.
HEAD = ("format", "id", "sequence", "public_id", "contact_id")
TAIL = (
    *("workspace_id", "channel", "topic_id", "purpose", "state", "basis", "source", "source_detail"),
    *("text_sha256", "page_version_sha256", "actor_id", "evidence_digest", "profile", "profile_date"),
    *("at", "expires_at", "created_at"),
)
LINE = HEAD + TAIL
SEAL = ("format", "workspace_id", "number", "after_id", "last_id", "count", "digest", "sealed_at")


def part(value: Any) -> str:
    """One value as it goes into the bytes: None, text, number, UUID, date, aware time, or digest."""
    if value is None:
        return ":,"
    if isinstance(value, dt.datetime):
        text = str((value - EPOCH) // dt.timedelta(microseconds=1))
    elif isinstance(value, bytes | memoryview):
        text = bytes(value).hex()
    else:
        text = str(value)
    return f"{len(text.encode())}:{text},"


def parts(values: Mapping[str, Any], names: Iterable[str]) -> str:
    """Several of them in the order of `names`."""
    return "".join(part(values[name]) for name in names)


def line_values(record: Any, text_sha256: bytes | None, page_version_sha256: bytes | None) -> dict[str, Any]:
    """What of a ConsentRecord goes into its line, by the names in `LINE`."""
    values = {name: getattr(record, name, None) for name in LINE}
    if record.source == BY_HAND:
        values["source_detail"] = None
    values |= {"format": FORMAT, "text_sha256": text_sha256, "page_version_sha256": page_version_sha256}
    return values


def line_hash(previous: bytes, values: Mapping[str, Any]) -> bytes:
    """The hash of a line after the one whose hash is `previous`."""
    return hashlib.sha256(previous + parts(values, LINE).encode()).digest()


def evidence_digest(salt: bytes, ip_address: str | None, user_agent: str, note: str | None) -> bytes:
    """What the line keeps of where the person sat."""
    evidence = part(ip_address) + part(user_agent) + part(note)
    return hashlib.sha256(salt + evidence.encode()).digest()


def seal_hash(previous: bytes, values: Mapping[str, Any]) -> bytes:
    """The hash of a seal after the one whose hash is `previous`."""
    return hashlib.sha256(previous + parts({"format": FORMAT, **values}, SEAL).encode()).digest()
