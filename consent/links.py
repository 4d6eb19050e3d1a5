"""Links that a person carries in their mail. They name nobody, cannot be guessed, and never run out.

A link keeps working for as long as the message may be kept: CAN-SPAM (15 U.S.C. 7704) asks for 30 days, CASL for
60. What it leads to changes nothing on GET, because machines open every link they see.
"""

import datetime as dt
import uuid
from dataclasses import dataclass

from django.conf import settings

from core.crypto import read_token, sign_token

NOBODY = uuid.UUID(int=0)
EPOCH = dt.datetime(1970, 1, 1, tzinfo=dt.UTC)


@dataclass(frozen=True, slots=True)
class UnsubscribeClaim:
    """What an unsubscribe link says: who, from what (None: from everything), because of which message."""

    contact: uuid.UUID
    topic: uuid.UUID | None
    message: uuid.UUID | None


@dataclass(frozen=True, slots=True)
class PreferencesClaim:
    """What a preference link says."""

    contact: uuid.UUID
    message: uuid.UUID | None


def unsubscribe_url(contact: uuid.UUID, topic: uuid.UUID | None = None, message: uuid.UUID | None = None) -> str:
    """The link that ends `topic` (everything when None) for a contact, all by public id; also RFC 8058's."""
    token = sign_token("unsubscribe", contact.bytes + (topic or NOBODY).bytes + (message or NOBODY).bytes)
    return f"{settings.BASE_URL}/u/{token}/"


def preferences_url(contact: uuid.UUID, message: uuid.UUID | None = None) -> str:
    """The link to a contact's own preference page."""
    return f"{settings.BASE_URL}/p/{preferences_token(contact, message)}/"


def renewal_url(contact: uuid.UUID, message: uuid.UUID | None = None) -> str:
    """The link to the page that asks a contact again before their consent runs out."""
    return f"{preferences_url(contact, message)}stay/"


def preferences_token(contact: uuid.UUID, message: uuid.UUID | None = None) -> str:
    """The last part of `preferences_url`."""
    return sign_token("preferences", contact.bytes + (message or NOBODY).bytes)


def confirmation_url(confirmation: uuid.UUID) -> str:
    """The link in a double opt-in mail."""
    return f"{settings.BASE_URL}/confirm/{sign_token('confirm', confirmation.bytes)}/"


def signup_url(page: uuid.UUID) -> str:
    """Where people sign up."""
    return f"{settings.BASE_URL}/f/{page}/"


def read_unsubscribe(token: str) -> UnsubscribeClaim | None:
    """What `unsubscribe_url` put into its token, or None for anything not made by it."""
    ids = _read_ids("unsubscribe", token, 3)
    return UnsubscribeClaim(ids[0], _known(ids[1]), _known(ids[2])) if ids else None


def read_preferences(token: str) -> PreferencesClaim | None:
    """What `preferences_url` put into its token, or None."""
    ids = _read_ids("preferences", token, 2)
    return PreferencesClaim(ids[0], _known(ids[1])) if ids else None


def read_confirmation(token: str) -> uuid.UUID | None:
    """The confirmation named by `confirmation_url`, or None."""
    ids = _read_ids("confirm", token, 1)
    return ids[0] if ids else None


def undo_token(contact: uuid.UUID, at: dt.datetime) -> str:
    """Names one withdrawal of a contact by its instant, for the button that takes it back."""
    microseconds = (at - EPOCH) // dt.timedelta(microseconds=1)
    return sign_token("undo", contact.bytes + microseconds.to_bytes(8, "big"))


def read_undo(token: str, contact: uuid.UUID) -> dt.datetime | None:
    """The instant named by `undo_token` for this contact, or None."""
    payload = read_token("undo", token)
    if payload is None or len(payload) != 24 or payload[:16] != contact.bytes:
        return None
    return EPOCH + dt.timedelta(microseconds=int.from_bytes(payload[16:], "big"))


def _known(value: uuid.UUID) -> uuid.UUID | None:
    return None if value == NOBODY else value


def _read_ids(purpose: str, token: str, count: int) -> list[uuid.UUID]:
    payload = read_token(purpose, token)
    if payload is None or len(payload) != 16 * count:
        return []
    return [uuid.UUID(bytes=payload[start : start + 16]) for start in range(0, len(payload), 16)]


def page_key(contact: uuid.UUID) -> str:
    """What the forms of a person's own pages carry: programs that POST to every link they find change nothing."""
    return sign_token("page", contact.bytes)


def is_from_page(contact: uuid.UUID, key: str) -> bool:
    """True for the value of `page_key`. It never ends: a page may stay open for days."""
    return read_token("page", key) == contact.bytes


def lost_link_url(workspace: uuid.UUID) -> str:
    """Where people of a workspace ask for their link."""
    return f"{settings.BASE_URL}/p/lost/{workspace}/"
