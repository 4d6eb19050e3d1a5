"""Random but stable parts of all people: the same salt always puts a person into the same of 10,000 buckets."""

from hashlib import sha256

PRIME = 2**31 - 1
BUCKETS = 10_000


def bucket_factors(salt: str) -> tuple[int, int]:
    """Return a and b of the salt: bucket = ((a·seed + b) mod PRIME) mod BUCKETS (docs/segments.md §6)."""
    digest = sha256(salt.encode()).digest()
    return 1 + int.from_bytes(digest[:4], "big") % (PRIME - 1), int.from_bytes(digest[4:8], "big") % PRIME


def bucket_of(seed: int, salt: str) -> int:
    """Return the bucket (0–9999) of a contact's seed."""
    a, b = bucket_factors(salt)
    return (a * seed + b) % PRIME % BUCKETS


def bucket_sql(seed: str, salt: str) -> str:
    """Return the SQL expression of the bucket of `seed`, an expression written by code, with %% for a cursor."""
    a, b = bucket_factors(salt)
    return f"((({a}::bigint * {seed} + {b}::bigint) %% {PRIME} %% {BUCKETS})::integer)"
