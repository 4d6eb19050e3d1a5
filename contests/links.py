"""Links that entrants and winners carry. They name nobody and cannot be guessed."""

import uuid

from channels.services import page_base
from contests.models import Contest, Entry, Winner
from core.crypto import read_token, sign_token

STATUS, VERIFY, CLAIM = "contest entry", "contest verification", "contest claim"


def token_of(purpose: str, public_id: uuid.UUID) -> str:
    """The last part of a link for one purpose."""
    return sign_token(purpose, public_id.bytes)


def read(purpose: str, token: str) -> uuid.UUID | None:
    """The public id in a token made for this purpose, or None."""
    payload = read_token(purpose, token)
    return uuid.UUID(bytes=payload) if payload is not None and len(payload) == 16 else None


def contest_url(contest: Contest, page: str = "") -> str:
    """A public page of a contest: "" for where people enter, or `rules`, `draw`, `gallery`, `leaders`."""
    return f"{page_base(contest.flow.workspace)}/f/{contest.flow.public_id}/{page}{'/' if page else ''}"


def status_url(entry: Entry) -> str:
    """Where somebody sees their own entry."""
    return f"{contest_url(entry.contest)}entry/{token_of(STATUS, entry.public_id)}/"


def verify_url(entry: Entry) -> str:
    """The link in the mail that asks whether it was them."""
    return f"{contest_url(entry.contest)}confirm/{token_of(VERIFY, entry.public_id)}/"


def friend_url(entry: Entry) -> str:
    """The link to hand on to friends."""
    return f"{contest_url(entry.contest)}?ref={entry.code}"


def claim_url(winner: Winner) -> str:
    """Where a winner claims the prize."""
    return f"{contest_url(winner.contest)}claim/{token_of(CLAIM, winner.public_id)}/"
