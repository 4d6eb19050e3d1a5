"""The addresses that mail providers call: signed, so that only the account's owner and the provider know them."""

from __future__ import annotations

import uuid

from django.conf import settings

from channels.models import Sender
from core.crypto import read_token, sign_token

# The server's own account, which belongs to no sender.
SERVER = uuid.UUID(int=0)


def hook_url(kind: str, sender: Sender | None) -> str:
    """The address to enter at the provider; None for the server's own account."""
    token = sign_token("hook", (sender.public_id if sender else SERVER).bytes)
    return f"{settings.BASE_URL}/hooks/{kind}/{token}/"


def read_hook_token(token: str) -> uuid.UUID | None:
    """The sender a hook was made for, SERVER for the server's own account, None for a made-up token."""
    payload = read_token("hook", token)
    return uuid.UUID(bytes=payload) if payload is not None and len(payload) == 16 else None
