"""Secrets at rest and tokens in links, both from SECRET_KEY through separate derivations."""

import base64
import functools
import hashlib
import hmac
from typing import Any

from cryptography.fernet import Fernet, InvalidToken
from django.conf import settings
from django.db import models


@functools.lru_cache(maxsize=32)
def derived_key(purpose: str) -> bytes:
    """32 bytes for one purpose; knowing one says nothing of another (HMAC-SHA-256 as a KDF)."""
    return hmac.digest(settings.SECRET_KEY.encode(), f"rapport:{purpose}".encode(), "sha256")


def signature(purpose: str, message: bytes, length: int = 12) -> bytes:
    """The first `length` bytes of HMAC-SHA-256. 96 bits stand against guessing over the network."""
    inner, outer = _started(purpose)
    inner, outer = inner.copy(), outer.copy()
    inner.update(message)
    outer.update(inner.digest())
    return outer.digest()[:length]


@functools.lru_cache(maxsize=32)
def _started(purpose: str) -> tuple[Any, Any]:
    """The two hashes of an HMAC (RFC 2104 §2) after the key: to begin with them costs a third of beginning anew."""
    key = derived_key(purpose).ljust(64, b"\0")
    inner, outer = (hashlib.sha256(bytes(byte ^ pad for byte in key)) for pad in (0x36, 0x5C))
    return inner, outer


def sign_token(purpose: str, payload: bytes) -> str:
    """URL-safe text of payload and signature; never expires by itself (CAN-SPAM asks links to keep working)."""
    return base64.urlsafe_b64encode(payload + signature(purpose, payload)).rstrip(b"=").decode()


def read_token(purpose: str, token: str, length: int = 12) -> bytes | None:
    """The payload of a token made by `sign_token` for the same purpose, or None for anything else."""
    try:
        raw = base64.urlsafe_b64decode(token.encode("ascii") + b"=" * (-len(token) % 4))
    except (ValueError, UnicodeEncodeError):
        return None
    payload, given = raw[:-length], raw[-length:]
    if not payload or not hmac.compare_digest(given, signature(purpose, payload, length)):
        return None
    return payload


def address_hash(value: str) -> bytes:
    """A keyed digest of a normalised address, for suppressions that outlive an erased person.

    Plain SHA-256 over key and value, so that PostgreSQL computes the same set-wise with the key bound.
    """
    return hashlib.sha256(derived_key("address") + value.encode()).digest()


def _fernet() -> Fernet:
    return Fernet(base64.urlsafe_b64encode(derived_key("stored secrets")))


def seal(text: str) -> str:
    """Text encrypted with Fernet (AES-128-CBC and HMAC) under this application's key."""
    return _fernet().encrypt(text.encode()).decode()


def unseal(text: str) -> str:
    """What `seal` was given; "" for what another key sealed or somebody touched."""
    try:
        return _fernet().decrypt(text.encode()).decode()
    except InvalidToken:
        return ""


class EncryptedTextField(models.TextField):
    """Text encrypted at rest with Fernet (AES-128-CBC and HMAC). A value from another key reads as empty."""

    def get_prep_value(self, value: Any) -> Any:
        """Encrypt what goes in."""
        value = super().get_prep_value(value)
        return seal(value) if value else value

    def from_db_value(self, value: str | None, *_args: Any) -> str | None:
        """Decrypt what comes out."""
        return unseal(value) if value else value
