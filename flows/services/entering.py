"""From the first screen, of which nothing is stored, into a session."""

import dataclasses
from collections.abc import Mapping
from typing import Any

from django.db import transaction

from flows.engine.state import ACTIVE
from flows.models import Flow, FlowSession
from flows.services.sessions import (
    AlreadyBegun,
    Answer,
    FirstScreen,
    NotLive,
    Turn,
    Visitor,
    advanced,
    begin,
    send_event,
    store_turns,
)
from flows.services.settling import is_counted_outside


def answer_first(
    *,
    flow: Flow,
    visitor: Visitor,
    first: FirstScreen,
    event: Mapping[str, Any] | None = None,
    context: Mapping[str, Any] | None = None,
) -> Answer:
    """Begin as the first screen was shown, and send the event that came with it, in one transaction.

    The same screen sent twice, even at the same moment, begins once: the second finds its step past (`stale_step`).
    Raises NotLive.
    """
    try:
        with transaction.atomic():
            return _answer_new(flow, visitor, first, event, context)
    except AlreadyBegun:
        # Sent before, or at this moment: that session is the one, and nothing of this attempt is left.
        return send_event(flow=flow, secret=first.secret, event=event or {"type": "resume"}, visitor=visitor)


def _answer_new(
    flow: Flow,
    visitor: Visitor,
    first: FirstScreen,
    event: Mapping[str, Any] | None,
    context: Mapping[str, Any] | None,
) -> Answer:
    try:
        answer = begin(flow=flow, visitor=visitor, context=context, first=first)
    except NotLive:
        _refuse_begun(first)
        raise
    session, state = answer.session, answer.state
    if state is None:
        _refuse_begun(first)
        return answer
    turns = [Turn(None, answer)]
    if state.status == ACTIVE and event is not None:
        answer = dataclasses.replace(advanced(session, state, event), secret=first.secret)
        if answer.state is not None and answer.state is not state:
            turns.append(Turn(state, answer))
    if any(is_counted_outside(turn.answer.effects) for turn in turns):
        _refuse_begun(first)
    store_turns(session, turns, visitor)
    return answer


def _refuse_begun(first: FirstScreen) -> None:
    """Look before anything is done; who is not seen yet is met when the session is stored."""
    if FlowSession.objects.with_secret(first.secret).exists():
        raise AlreadyBegun
