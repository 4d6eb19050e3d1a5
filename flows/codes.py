"""The block `otp`: which address a code goes to, whether it was confirmed, and how a typed code reads. No writes."""

import unicodedata
from collections.abc import Iterator, Mapping
from typing import Any

from core.crypto import signature
from flows.engine.flow import Flow as Compiled
from flows.engine.rules import replay
from flows.engine.state import ACTIVE, State
from flows.engine.view import View
from flows.models import FlowSession

VERIFIED = "verified"
DIGITS = 6


def code_blocks(flow: Compiled, state: State | None) -> Iterator[Mapping[str, Any]]:
    """The blocks of the current step that ask for a mailed code."""
    step = flow.step(state.current or "") if state is not None and state.status == ACTIVE else None
    if step is not None and state is not None:
        yield from (one for one in step.blocks(state.variants.get(step.key)) if one["type"] == "otp")


def address_in(view: View) -> str:
    """The e-mail address that was answered last on the way here; else that of the person who is known; else ""."""
    for entry in reversed(view.live.values()):
        step = view.flow.step(entry.step)
        for block in reversed(step.blocks(view.state.variants.get(entry.step)) if step else ()):
            answer = entry.answers.get(block.get("key", "")) if block["type"] == "email" else None
            if isinstance(answer, str) and block["key"] in entry.shown:
                return answer
    known = view.state.context.get("contact")
    email = known.get("email") if isinstance(known, Mapping) else None
    return email if isinstance(email, str) else ""


def address_of(flow: Compiled, state: State) -> str:
    """The address that a code of this session goes to now, "" while there is none."""
    view, _rules = replay(flow, state)
    return address_in(view)


def confirmed(address: str) -> dict[str, str]:
    """The answer to an `otp` block whose code was right: the address that it proves."""
    return {"status": VERIFIED, "email": address}


def is_confirmed(answer: Any, address: str) -> bool:
    """Whether an answer, which only the server can have given, proves this address."""
    return bool(address) and isinstance(answer, Mapping) and dict(answer) == confirmed(address)


def code_digest(session: FlowSession, block: str, code: str) -> bytes:
    """What is kept of a code: keyed, since a million are soon tried; good for one question of one session."""
    return signature("flow code", f"{session.public_id}:{block}:{code}".encode(), 32)


def digits_in(typed: Any) -> str:
    """The digits somebody typed, of any script: Arabic keyboards write ٤ for 4. Blanks and hyphens do not count."""
    text = typed[:100] if isinstance(typed, str) else ""
    return "".join(str(unicodedata.decimal(one)) for one in text if one.isdecimal())
