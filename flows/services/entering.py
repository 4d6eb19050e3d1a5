"""From the first screen, of which nothing is stored, into a session."""

from collections.abc import Mapping
from typing import Any

from django.db import IntegrityError, transaction

from flows.engine.state import ACTIVE
from flows.models import Flow, FlowSession
from flows.services.sessions import Answer, FirstScreen, NotLive, Visitor, begin, go_on, send_event


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
    try:
        with transaction.atomic():
            begun = begin(flow=flow, visitor=visitor, context=context, first=first)
    except IntegrityError:
        pass  # sent before, or at this moment: that session is the one
    except NotLive:
        if not _has_begun(first):
            raise
    else:
        if begun.state is not None and begun.state.status == ACTIVE:
            return go_on(begun=begun, event=event, visitor=visitor) if event is not None else begun
        if begun.state is not None or not _has_begun(first):
            return begun
    return send_event(flow=flow, secret=first.secret, event=event or {"type": "resume"}, visitor=visitor)


def _has_begun(first: FirstScreen) -> bool:
    return FlowSession.objects.with_secret(first.secret).exists()
