"""Tokens in tracked addresses: which message and which link, signed so that nobody can make one up."""

import struct
import uuid

from django.conf import settings

from core.crypto import read_token, sign_token

MOST_DIGITS = 4


def click_url(message: uuid.UUID, link: int) -> str:
    """Address of the numbered link of a message."""
    return f"{_clicks(message)}{link}"


def click_urls(message: uuid.UUID, count: int) -> list[str]:
    """The addresses of all numbered links of a message.

    They share one signature, which is of the message: whoever changes the number reaches another of the links that
    stand in the same message.
    """
    clicks = _clicks(message)
    return [f"{clicks}{link}" for link in range(count)]


def _clicks(message: uuid.UUID) -> str:
    return f"{settings.BASE_URL}/c/{sign_token('click', message.bytes)}."


def open_url(message: uuid.UUID) -> str:
    """Address of the picture that tells of an open."""
    return f"{settings.BASE_URL}/o/{sign_token('open', message.bytes)}.gif"


def view_url(message: uuid.UUID) -> str:
    """Address where the message can be read in a browser."""
    return f"{settings.BASE_URL}/v/{sign_token('view', message.bytes)}/"


def read_click(token: str) -> tuple[uuid.UUID, int] | None:
    """Message and link number of a click token, or None."""
    signed, dot, number = token.partition(".")
    payload = read_token("click", signed)
    if payload is None:
        return None
    if not dot and len(payload) == 18:
        # Links of before 2026-11-22 hold the number inside; they work for ever.
        return uuid.UUID(bytes=payload[:16]), struct.unpack(">H", payload[16:])[0]
    if len(payload) != 16 or not (number.isascii() and number.isdecimal() and len(number) <= MOST_DIGITS):
        return None
    return uuid.UUID(bytes=payload), int(number)


def read_message(purpose: str, token: str) -> uuid.UUID | None:
    """Message of an open or view token, or None."""
    payload = read_token(purpose, token)
    return uuid.UUID(bytes=payload) if payload is not None and len(payload) == 16 else None
