"""Recording what Rapport itself knows has happened, and forgetting it with the person."""

import datetime as dt
import uuid
from collections.abc import Iterable, Sequence
from typing import Any

from django.db import connection, transaction

from accounts.models import Workspace
from core.clock import now
from core.folding import fold_texts
from core.queue import enqueue
from events import registry
from events.models import Event, HandlerRun

LATE = dt.timedelta(minutes=15)
# Of an erased person only the word of that stays. Others may have been writing about them just then, unseen by the
# erasure, for no constraint ties an event to a contact.
LATE_EVENTS = """
WITH erased AS MATERIALIZED (
    SELECT DISTINCT e.contact_id FROM accounts_workspace w CROSS JOIN LATERAL (
        SELECT contact_id FROM events_event
        WHERE workspace_id = w.id AND kind = 'contact.erased' AND at > %s AND contact_id IS NOT NULL) e
), late AS MATERIALIZED (
    SELECT e.id FROM erased CROSS JOIN LATERAL (
        SELECT id FROM events_event WHERE contact_id = erased.contact_id AND kind <> 'contact.erased') e
), runs AS (
    DELETE FROM events_handlerrun WHERE event_id IN (SELECT id FROM late)
)
DELETE FROM events_event WHERE id IN (SELECT id FROM late)
"""


# Without a savepoint of their own, which would be a third of what writing an event costs: nothing in here is caught.
@transaction.atomic(savepoint=False)
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


@transaction.atomic(savepoint=False)
def record_each(workspace: Workspace, kind: str, about: Sequence[tuple[int, dict[str, Any]]]) -> None:
    """`record` the same kind for many contacts, given as (contact id, properties), in a handful of statements."""
    moment = now()
    rows = [
        Event(workspace=workspace, kind=kind, contact_id=contact_id, at=moment, properties=properties,
              folded=fold_texts(properties))
        for contact_id, properties in about
    ]  # fmt: skip
    Event.objects.bulk_create(rows)
    names = registry.handlers_of(kind)
    if names and rows:
        HandlerRun.objects.bulk_create([HandlerRun(event=row, handler=name) for row in rows for name in names])
        enqueue("events.run_handlers")


def forget_contacts(contact_ids: Iterable[int]) -> int:
    """Remove everything the log says of these contacts, with the handler runs of it; returns how many events."""
    ids = list(contact_ids)
    with connection.cursor() as cursor:
        cursor.execute(
            "DELETE FROM events_handlerrun WHERE event_id IN (SELECT id FROM events_event WHERE contact_id = ANY(%s))",
            [ids],
        )
        cursor.execute("DELETE FROM events_event WHERE contact_id = ANY(%s)", [ids])
        return int(cursor.rowcount)


def forget_late_events() -> None:
    """Remove what was written about people while they were being erased; a tick job."""
    with connection.cursor() as cursor:
        cursor.execute(LATE_EVENTS, [now() - LATE])
