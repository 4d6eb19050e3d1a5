"""Tokens in tracked addresses: which message and which link, signed so that nobody can make one up."""

import struct
import uuid

from django.conf import settings

from core.crypto import read_token, sign_token


def click_url(message: uuid.UUID, link: int) -> str:
    """Address of the numbered link of a message."""
    return f"{settings.BASE_URL}/c/{sign_token('click', message.bytes + struct.pack('>H', link))}"


def open_url(message: uuid.UUID) -> str:
    """Address of the picture that tells of an open."""
    return f"{settings.BASE_URL}/o/{sign_token('open', message.bytes)}.gif"


def view_url(message: uuid.UUID) -> str:
    """Address where the message can be read in a browser."""
    return f"{settings.BASE_URL}/v/{sign_token('view', message.bytes)}/"


def read_click(token: str) -> tuple[uuid.UUID, int] | None:
    """Message and link number of a click token, or None."""
    payload = read_token("click", token)
    if payload is None or len(payload) != 18:
        return None
    return uuid.UUID(bytes=payload[:16]), struct.unpack(">H", payload[16:])[0]


def read_message(purpose: str, token: str) -> uuid.UUID | None:
    """Message of an open or view token, or None."""
    payload = read_token(purpose, token)
    return uuid.UUID(bytes=payload) if payload is not None and len(payload) == 16 else None
