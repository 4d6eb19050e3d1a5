"""The addresses that mail providers call: signed, so that only the account's owner and the provider know them."""

from __future__ import annotations

import struct
import uuid

from django.conf import settings

from channels.models import Sender
from core.crypto import read_token, sign_token

# The server's own account, which belongs to no sender.
SERVER = uuid.UUID(int=0)


def hook_url(kind: str, sender: Sender | None) -> str:
    """The address to enter at the provider; None for the server's own account."""
    number = sender.hook_number if sender else 0
    # The first address has no number: those that were entered before there were any go on working.
    counted = struct.pack(">H", number) if number else b""
    token = sign_token("hook", (sender.public_id if sender else SERVER).bytes + counted)
    return f"{settings.BASE_URL}/hooks/{kind}/{token}/"


def read_hook_token(token: str) -> tuple[uuid.UUID, int] | None:
    """The sender a hook was made for (SERVER: the server's own account) and its number; None for a made-up token."""
    payload = read_token("hook", token)
    if payload is None or len(payload) not in (16, 18):
        return None
    return uuid.UUID(bytes=payload[:16]), struct.unpack(">H", payload[16:])[0] if len(payload) == 18 else 0
