"""API keys: what they look like, what they may do, and how they are stored."""

import hashlib
import secrets

from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

PREFIX_LENGTH = 12

# Reading and changing are granted apart; sending campaigns is a matter of its own.
SCOPES: dict[str, Promise] = {
    "contacts:read": _("Read contacts, attributes and imports"),
    "contacts:write": _("Change contacts, attributes and imports"),
    "consents:read": _("Read topics, consents and suppressions"),
    "consents:write": _("Record consents, change topics and suppressions"),
    "events:write": _("Send events"),
    "segments:read": _("Read segments and count them"),
    "segments:write": _("Change segments"),
    "templates:read": _("Read and render templates"),
    "templates:write": _("Change templates"),
    "senders:read": _("Read senders"),
    "senders:write": _("Change senders"),
    "campaigns:read": _("Read campaigns and their reports"),
    "campaigns:write": _("Change campaigns"),
    "campaigns:send": _("Schedule, send, pause and stop campaigns"),
    "messages:read": _("Read messages and their history"),
    "messages:write": _("Send single messages"),
}
ALL_SCOPES: tuple[str, ...] = tuple(SCOPES)


def new_key() -> str:
    """A key of 256 random bits, recognisable by its beginning."""
    return f"rpt_{secrets.token_urlsafe(32)}"


def prefix_of(key: str) -> str:
    """The part of a key that may be shown, so that people can tell theirs apart."""
    return key[:PREFIX_LENGTH]


def hash_of(key: str) -> bytes:
    """What is stored. Plain SHA-256 is enough: nobody can try 2^256 keys."""
    return hashlib.sha256(key.encode()).digest()
