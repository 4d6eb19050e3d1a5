"""From the first screen, of which nothing is stored, into a session."""

from collections.abc import Mapping
from typing import Any

from django.db import IntegrityError, transaction

from flows.engine.state import ACTIVE
from flows.models import Flow, FlowSession
from flows.services.sessions import Answer, FirstScreen, Visitor, send_event, start_session


@transaction.atomic
def answer_first(
    *,
    flow: Flow,
    visitor: Visitor,
    first: FirstScreen,
    event: Mapping[str, Any] | None = None,
    context: Mapping[str, Any] | None = None,
) -> Answer:
    """Begin as the first screen was shown, and send the event that came with it.

    The same screen sent twice, even at the same moment, begins once: the second finds its step past (`stale_step`).
    Raises NotLive.
    """
    if not FlowSession.objects.with_secret(first.secret).exists():
        try:
            with transaction.atomic():
                begun = start_session(flow=flow, visitor=visitor, context=context, first=first)
        except IntegrityError:
            pass  # the other request was faster; its session is the one
        else:
            if event is None or begun.state is None or begun.state.status != ACTIVE:
                return begun
    return send_event(flow=flow, secret=first.secret, event=event or {"type": "resume"}, visitor=visitor)
