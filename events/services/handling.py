"""Running the handlers of events, each (event, handler) once."""

import datetime as dt
import logging

from django.db import transaction

from core.clock import now
from events import registry
from events.models import HandlerRun

logger = logging.getLogger(__name__)

MAX_ATTEMPTS = 8


def run_due_handlers(limit: int = 200) -> int:
    """Run waiting handlers, each in its own transaction with its row locked; returns how many succeeded.

    A handler that raises is tried again with growing pauses, up to MAX_ATTEMPTS; others go on meanwhile.
    """
    done = 0
    for _attempt in range(limit):
        outcome = _run_next_handler()
        if outcome is None:
            break
        done += outcome
    return done


def _run_next_handler() -> int | None:
    with transaction.atomic():
        run = (
            HandlerRun.objects.select_for_update(skip_locked=True, of=("self",))
            .select_related("event__workspace")
            .filter(status=HandlerRun.Status.PENDING, due_at__lte=now())
            .order_by("due_at", "id")
            .first()
        )
        if run is None:
            return None
        handler = registry.handlers_of(run.event.kind).get(run.handler)
        run.attempts += 1
        try:
            with transaction.atomic():
                if handler is not None:
                    handler(run.event)
            run.status = HandlerRun.Status.DONE
        except Exception as error:
            logger.exception("event_handler_failed handler=%s", run.handler)
            run.error = type(error).__name__
            run.due_at = now() + dt.timedelta(seconds=min(2**run.attempts, 900))
            if run.attempts >= MAX_ATTEMPTS:
                run.status = HandlerRun.Status.FAILED
        run.save()
        return int(run.status == HandlerRun.Status.DONE)
