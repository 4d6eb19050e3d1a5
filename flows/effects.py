"""What the engine says is to be done, and who does it. Apps above flows take kinds of their own (`on_effect`).

Showing (`render`, `review`, `redirect`, `end` …) is for whoever sent the event; what is here happens in the database,
in the transaction that writes the session, so that it is done once or not at all.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

from flows.engine.flow import Flow as Compiled
from flows.engine.state import State
from flows.models import FlowSession

Effect = Mapping[str, Any]


@dataclass(frozen=True)
class Occasion:
    """What a handler may need to know beside the effect.

    `session` has its contact once `update_contact` is done, which comes before everything else that is given.
    `ip` is where the event came from, "" where there is no such place; `browser` what its cookie says, "" without one.
    """

    session: FlowSession
    compiled: Compiled
    state: State
    ip: str = ""
    user_agent: str = ""
    browser: str = ""


Handler = Callable[[Occasion, Effect], None]

_handlers: dict[str, Handler] = {}


def on_effect(kind: str, handler: Handler) -> None:
    """Have `handler` carry out effects of this kind. Each kind has one handler."""
    if _handlers.get(kind, handler) is not handler:
        raise ValueError(f"effect {kind} is taken")
    _handlers[kind] = handler


def carry_out(occasion: Occasion, effects: list[dict[str, Any]]) -> None:
    """Do everything that somebody registered for, in order."""
    for effect in effects:
        handler = _handlers.get(effect["type"])
        if handler is not None:
            handler(occasion, effect)
