"""Signing messages (DKIM, RFC 6376 and RFC 8463): canonicalised and hashed once, signed with every key.

Both canonicalisations are `relaxed`, which outlives servers that fold headers or trim spaces.
"""

import base64
import hashlib
import re
from collections.abc import Sequence
from functools import lru_cache
from typing import NamedTuple

from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ed25519, padding, rsa

RSA_BITS = 2048

# Each is named once more than it occurs ("over-signing", RFC 6376 §8.15): otherwise anybody on the way could put a
# second From or List-Unsubscribe above ours, and the signature would still hold.
SIGNED_HEADERS = (
    b"from", b"to", b"cc", b"subject", b"date", b"message-id", b"reply-to", b"list-unsubscribe",
    b"list-unsubscribe-post", b"list-id", b"feedback-id", b"auto-submitted", b"mime-version", b"content-type",
    b"content-transfer-encoding",
)  # fmt: skip
_LINE_OF_SIGNATURE = 70

PrivateKey = rsa.RSAPrivateKey | ed25519.Ed25519PrivateKey


class SigningKey(NamedTuple):
    """One key ready to sign for a domain; `private_key` is PEM (PKCS #8), parsed once and kept."""

    domain: str
    selector: str
    private_key: str


class KeyPair(NamedTuple):
    """A new key: PEM for us, base64 for the `p=` of its record in DNS."""

    private_key: str
    public_key: str


def sign(message: bytes, keys: Sequence[SigningKey], at: int) -> bytes:
    """The message with a DKIM-Signature above it for each key; CRLF line ends are taken for granted.

    `at` are seconds since 1970. Raises ValueError for a key that cannot be read.
    """
    if not keys:
        return message
    head, _separator, body = message.partition(b"\r\n\r\n")
    names, canonical = _canonical_headers(head + b"\r\n")
    body_hash = base64.b64encode(hashlib.sha256(canonical_body(body)).digest())
    signatures = [_signature(key, names, canonical, body_hash, at) for key in keys]
    return b"".join(signatures) + message


def make_key(algorithm: str) -> KeyPair:
    """A new key, "rsa" (some 0.1 s) or "ed25519"."""
    key: PrivateKey
    if algorithm == "rsa":
        key = rsa.generate_private_key(public_exponent=65537, key_size=RSA_BITS)
        public = key.public_key().public_bytes(
            serialization.Encoding.DER, serialization.PublicFormat.SubjectPublicKeyInfo
        )
    else:
        key = ed25519.Ed25519PrivateKey.generate()
        # RFC 8463 §4.2: the 32 bytes alone, without the wrapping that RSA keys have.
        public = key.public_key().public_bytes(serialization.Encoding.Raw, serialization.PublicFormat.Raw)
    private = key.private_bytes(
        serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption()
    )
    return KeyPair(private.decode(), base64.b64encode(public).decode())


def canonical_body(body: bytes) -> bytes:
    """The body as RFC 6376 §3.4.4 hashes it; most bodies need no change and are only looked at."""
    if not body.endswith(b"\r\n"):
        # SMTP ends the last line, and what arrives is what gets checked.
        body += b"\r\n"
    if b"\t" in body:
        body = body.replace(b"\t", b" ")
    # Each round halves the longest run: twenty are enough for a megabyte of spaces.
    while b"  " in body:
        body = body.replace(b"  ", b" ")
    body = body.replace(b" \r\n", b"\r\n")
    stripped = body.rstrip(b"\r\n")
    return stripped + b"\r\n" if stripped else b""


def _canonical_headers(head: bytes) -> tuple[bytes, bytes]:
    """The `h=` list and the headers as they are hashed, the lowest of each name first (RFC 6376 §5.4.2)."""
    found: dict[bytes, list[bytes]] = {}
    for line in re.sub(rb"\r\n(?=[ \t])", b"", head).split(b"\r\n"):
        name, colon, value = line.partition(b":")
        if colon:
            found.setdefault(name.strip().lower(), []).append(b" ".join(value.split()))
    names: list[bytes] = []
    canonical: list[bytes] = []
    for name in SIGNED_HEADERS:
        values = found.get(name, [])
        names.extend([name] * (len(values) + 1))
        canonical.extend(name + b":" + value + b"\r\n" for value in reversed(values))
    return b":".join(names), b"".join(canonical)


def _signature(key: SigningKey, names: bytes, canonical: bytes, body_hash: bytes, at: int) -> bytes:
    private = _parsed(key.private_key)
    algorithm = b"rsa-sha256" if isinstance(private, rsa.RSAPrivateKey) else b"ed25519-sha256"
    tags = [
        b"v=1; a=" + algorithm + b"; c=relaxed/relaxed; d=" + key.domain.encode() + b";",
        b"s=" + key.selector.encode() + b"; t=" + str(at).encode() + b";",
        b"h=" + names.replace(b":list-unsubscribe:", b":\r\n list-unsubscribe:", 1) + b";",
        b"bh=" + body_hash + b";",
        b"b=",
    ]
    folded = b"\r\n ".join(tags)
    own = b"dkim-signature:" + b" ".join(folded.split())
    signed = _signed(private, canonical + own)
    lines = [signed[start : start + _LINE_OF_SIGNATURE] for start in range(0, len(signed), _LINE_OF_SIGNATURE)]
    return b"DKIM-Signature: " + folded + b"\r\n ".join(lines) + b"\r\n"


def _signed(private: PrivateKey, data: bytes) -> bytes:
    if isinstance(private, rsa.RSAPrivateKey):
        raw = private.sign(data, padding.PKCS1v15(), hashes.SHA256())
    else:
        # RFC 8463 §3: the key signs the hash, not the text.
        raw = private.sign(hashlib.sha256(data).digest())
    return base64.b64encode(raw)


@lru_cache(maxsize=1024)
def _parsed(pem: str) -> PrivateKey:
    key = serialization.load_pem_private_key(pem.encode(), password=None)
    if not isinstance(key, rsa.RSAPrivateKey | ed25519.Ed25519PrivateKey):
        raise ValueError("A key that signs mail is RSA or Ed25519.")
    return key
