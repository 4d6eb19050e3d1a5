"""Links that prove somebody reads a sender's address. Signed, bound to the address, good for seven days."""

from __future__ import annotations

import datetime as dt
import hashlib
import struct
import uuid
from typing import Any

from django.conf import settings
from django.urls import reverse

from channels.models import Sender
from core.clock import now
from core.crypto import read_token, sign_token

VALID_FOR = dt.timedelta(days=7)
_PAYLOAD = struct.Struct(">16sI8s")


def _fingerprint(email: str) -> bytes:
    """Eight bytes that change when the address does, so that an old link cannot verify a new one."""
    return hashlib.sha256(email.strip().lower().encode()).digest()[:8]


def verification_url(sender: Sender) -> str:
    """Return the full address of the page where this sender's address is confirmed."""
    expires = int((now() + VALID_FOR).timestamp())
    token = sign_token("sender", _PAYLOAD.pack(sender.public_id.bytes, expires, _fingerprint(sender.email)))
    return f"{settings.BASE_URL}{reverse('senders:confirm', args=[token])}"


def find_by_token(token: str) -> Sender | None:
    """Return the sender a link was made for, or None when it is forged, too old, or for an earlier address."""
    payload = read_token("sender", token)
    if payload is None or len(payload) != _PAYLOAD.size:
        return None
    public_id, expires, fingerprint = _PAYLOAD.unpack(payload)
    if expires < now().timestamp():
        return None
    senders: Any = Sender.objects.select_related("workspace").filter(is_active=True)
    sender: Sender | None = senders.filter(public_id=uuid.UUID(bytes=public_id)).first()
    return sender if sender is not None and _fingerprint(sender.email) == fingerprint else None
