"""Codes that prove an address: mailed when their question comes up, typed on its page, good once and for minutes."""

import datetime as dt
import hmac
import secrets
from collections.abc import Mapping, Sequence
from typing import Any

from core.clock import now
from core.crypto import address_hash
from flows.codes import address_of, code_blocks, code_digest, confirmed, digits_in, is_confirmed
from flows.effects import Effect, Occasion
from flows.engine.flow import Flow as Compiled
from flows.engine.intake import Block
from flows.engine.state import State
from flows.engine.values import Value
from flows.mail import send_code
from flows.models import FlowSession, MailedKey
from flows.services.keys import keep_key, may_mail

MINUTES, MOST_TRIES = 15, 5
# A button pressed twice is one mail.
PAUSE = dt.timedelta(seconds=20)


def mail_codes(occasion: Occasion, effects: Sequence[Effect]) -> None:
    """Mail the codes that the step which was entered now asks for, where none is on its way: in the event's
    transaction.

    Whether an address is known makes no difference, here or on the page. What limits forbid is not mailed; the page
    says then that a code may be asked for later.
    """
    for block in _shown(occasion, effects):
        _mail(occasion, block)


def mail_again(occasion: Occasion, effects: Sequence[Effect]) -> bool:
    """Mail new codes at the visitor's wish for the step that `effects` show; False when that was done too often, or
    there is no address to mail to. The older code is void. The caller holds the session's row."""
    mailed = [_mail(occasion, block, is_wished=True) for block in _shown(occasion, effects)]
    return bool(mailed) and all(mailed)


def _shown(occasion: Occasion, effects: Sequence[Effect]) -> list[Block]:
    shown = next((one["blocks"] for one in reversed(effects) if one["type"] == "render"), ())
    return [one for one in code_blocks(occasion.compiled, occasion.state) if one["key"] in shown] if shown else []


def _mail(occasion: Occasion, block: Block, *, is_wished: bool = False) -> bool:
    session, address, key = occasion.session, address_of(occasion.compiled, occasion.state), str(block["key"])
    if not address:
        return False
    if is_confirmed(occasion.state.kept.get(key), address):
        return True
    newest = MailedKey.objects.codes_of(session, key, address_hash(address.lower())).first()
    if newest is not None and (newest.sent_at > now() - PAUSE if is_wished else _is_good(newest)):
        return True
    if not may_mail(session=session, address=address, ip=occasion.ip):
        return False
    code = f"{secrets.randbelow(10**6):06d}"
    digest = code_digest(session, key, code)
    keep_key(session, MailedKey.Kind.CODE, address, digest, dt.timedelta(minutes=MINUTES), block=key)
    send_code(session, address, code=code, minutes=MINUTES)
    return True


def try_codes(session: FlowSession, compiled: Compiled, state: State, event: Mapping[str, Any]) -> dict[str, Value]:
    """What a `submit` proves of the codes its step asks for, by their keys: `confirmed(…)` or `{"problem": code}`.

    Every code that is typed counts, with the event's transaction; the session's row is held, so tries of one session
    come one after the other. An event that the engine will refuse as out of date tries nothing.
    """
    answers = event.get("answers")
    is_here = event.get("step") == state.current and event.get("visit", state.visit) == state.visit
    found: dict[str, Value] = {}
    if event.get("type") != "submit" or not isinstance(answers, Mapping) or not is_here:
        return found
    for block in code_blocks(compiled, state):
        key, address = str(block["key"]), address_of(compiled, state)
        if is_confirmed(state.kept.get(key), address):
            found[key] = confirmed(address)
        elif typed := answers.get(key):
            found[key] = _tried(session, key, address, digits_in(typed))
    return found


def _tried(session: FlowSession, key: str, address: str, digits: str) -> dict[str, str]:
    # A session that is not stored yet was mailed nothing.
    sent = MailedKey.objects.codes_of(session, key, address_hash(address.lower())) if session.pk is not None else None
    newest = sent.first() if sent is not None else None
    problem = _problem(newest)
    if newest is None or problem:
        return {"problem": problem}
    newest.tries += 1
    is_right = hmac.compare_digest(bytes(newest.digest), code_digest(session, key, digits))
    newest.used_at = now() if is_right else None
    newest.save(update_fields=["tries", "used_at"])
    return confirmed(address) if is_right else {"problem": _problem(newest) or "code"}


def _problem(newest: MailedKey | None) -> str:
    """Why a code cannot be right any more, "" where it can."""
    if newest is None:
        return "code_unsent"
    if newest.tries >= MOST_TRIES:
        return "code_tries"
    return "code_expired" if newest.used_at is not None or newest.expires_at <= now() else ""


def _is_good(newest: MailedKey) -> bool:
    return _problem(newest) == ""


def code_state(*, session: FlowSession, block: str, address: str) -> str:
    """How it stands with a code: `sent`, `code_unsent`, `code_tries` or `code_expired`."""
    newest = MailedKey.objects.codes_of(session, block, address_hash(address.lower())).first()
    return _problem(newest) or "sent"
