"""Header fields and envelope senders of outgoing mail, and reading our own tokens back out of what returns."""

import base64
import binascii
import hmac
import re
import uuid

from django.conf import settings

from accounts.models import Workspace
from channels.models import Sender
from core.crypto import signature
from delivery.loading import Item

# Mail from a program that nobody is to answer automatically (RFC 3834 §5).
AUTOMATIC = (("Auto-Submitted", "auto-generated"),)

_MESSAGE_ID = re.compile(r"([0-9a-f]{32})\.([0-9a-f]{12})@")
# 16 bytes of message and 8 of signature in base32, which servers that write addresses in small or capital
# letters do not break. With 20 letters before the "+" a local part stays below 64 octets (RFC 5321 §4.5.3.1.1).
_SIGNATURE_BYTES = 8
_TOKEN = re.compile(r"\+([a-z2-7]{39})@", re.IGNORECASE)


def list_headers(
    item: Item, workspace: Workspace, sender: Sender | None, unsubscribe: str
) -> tuple[tuple[str, str], ...]:
    """RFC 2369, 2919 and 8058 headers of a message somebody may unsubscribe from, and Gmail's Feedback-ID."""
    domain = (sender.email if sender else "localhost").rpartition("@")[2]
    topic = item.topic_public_id.hex[:12] if item.topic_public_id else "all"
    source = f"d{item.dispatch_id}" if item.dispatch_id else "single"
    return (
        ("List-Unsubscribe", f"<{unsubscribe}>"),
        ("List-Unsubscribe-Post", "List-Unsubscribe=One-Click"),
        ("List-Id", f"<{topic}.{workspace.slug}.{domain}>"),
        ("Feedback-ID", f"{source}:{topic}:{workspace.slug}:rapport"),
    )


def message_id(public_id: uuid.UUID, from_email: str) -> str:
    """The stable Message-ID of a message: the same for every attempt, hard to guess."""
    domain = from_email.rpartition("@")[2] or "localhost"
    return f"<{public_id.hex}.{signature('message-id', public_id.bytes, 6).hex()}@{domain}>"


def read_message_id(text: str) -> uuid.UUID | None:
    """The message whose Message-ID stands in `text`; None when there is none that we signed."""
    for found in _MESSAGE_ID.finditer(text.lower()):
        public_id = uuid.UUID(hex=found[1])
        if hmac.compare_digest(signature("message-id", public_id.bytes, 6).hex(), found[2]):
            return public_id
    return None


def return_path(public_id: uuid.UUID, host: str) -> str:
    """The envelope sender of one message (VERP), so that whatever comes back names it; "" when none is set up.

    `host` is the sending domain's own host for bounces, "" for that of BOUNCE_ADDRESS.
    """
    local, _at, common_host = settings.BOUNCE_ADDRESS.partition("@")
    if not local:
        return ""
    raw = public_id.bytes + signature("return-path", public_id.bytes, _SIGNATURE_BYTES)
    token = base64.b32encode(raw).rstrip(b"=").decode().lower()
    return f"{local}+{token}@{host or common_host}"


def read_return_path(text: str) -> uuid.UUID | None:
    """The message whose return path stands in `text`; None when there is none that we signed."""
    for found in _TOKEN.finditer(text):
        try:
            raw = base64.b32decode(found[1].upper() + "=")
        except binascii.Error:
            continue
        if hmac.compare_digest(raw[16:], signature("return-path", raw[:16], _SIGNATURE_BYTES)):
            return uuid.UUID(bytes=raw[:16])
    return None
