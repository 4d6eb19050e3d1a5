"""Recording events and running their handlers, each (event, handler) once."""

import datetime as dt
import logging
import uuid
from typing import Any

from django.db import transaction

from accounts.models import Workspace
from core.clock import now
from core.folding import fold_texts
from core.queue import enqueue
from events import registry
from events.models import Event, HandlerRun

logger = logging.getLogger(__name__)

MAX_ATTEMPTS = 8


@transaction.atomic
def record(
    workspace: Workspace,
    kind: str,
    *,
    contact_id: int | None = None,
    at: dt.datetime | None = None,
    properties: dict[str, Any] | None = None,
    source: tuple[str, int] | None = None,
    public_id: uuid.UUID | None = None,
) -> Event:
    """Write one event in the caller's transaction and wake its handlers after the commit."""
    source_kind, source_id = source or ("", None)
    values: dict[str, Any] = {"public_id": public_id} if public_id else {}
    event = Event.objects.create(
        workspace=workspace,
        kind=kind,
        contact_id=contact_id,
        at=at or now(),
        properties=properties or {},
        folded=fold_texts(properties or {}),
        source_kind=source_kind,
        source_id=source_id,
        **values,
    )
    names = registry.handlers_of(kind)
    if names:
        HandlerRun.objects.bulk_create([HandlerRun(event=event, handler=name) for name in names])
        enqueue("events.run_handlers")
    return event


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
