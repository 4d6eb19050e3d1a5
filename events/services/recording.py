"""Recording what Rapport itself knows has happened, and forgetting it with the person."""

import datetime as dt
import json
import uuid
from collections.abc import Iterable, Iterator, Sequence
from contextlib import contextmanager
from contextvars import ContextVar
from typing import Any

from django.db import connection, transaction

from accounts.models import Workspace
from core.clock import now
from core.folding import fold_texts
from core.queue import enqueue_gathered
from events import registry
from events.models import Event

# Events and the runs of their handlers in one statement, in the order in which they were recorded.
WRITE = """
WITH written AS (
    INSERT INTO events_event (public_id, workspace_id, kind, contact_id, at, recorded_at, properties, folded,
        source_kind, source_id)
    SELECT g.public_id, g.workspace, g.kind, g.contact, g.at, %(now)s, g.properties, g.folded, g.source_kind, g.source
    FROM jsonb_to_recordset(%(rows)s::jsonb) AS g(public_id uuid, workspace bigint, kind text, contact bigint,
        at timestamptz, properties jsonb, folded jsonb, source_kind text, source bigint)
    RETURNING id, public_id, kind
), runs AS (
    INSERT INTO events_handlerrun (event_id, handler, status, attempts, due_at, error)
    SELECT w.id, h.handler, 'pending', 0, %(now)s, ''
    FROM written w JOIN unnest(%(kinds)s::text[], %(handlers)s::text[]) AS h(kind, handler) ON h.kind = w.kind
)
SELECT public_id, id FROM written
"""
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


# What `gathering_events` has gathered so far; None outside of it.
_gathered: ContextVar[list[Event] | None] = ContextVar("gathered", default=None)


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
    event = Event(
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
    _keep([event])
    return event


@transaction.atomic(savepoint=False)
def record_each(workspace: Workspace, kind: str, about: Sequence[tuple[int, dict[str, Any]]]) -> None:
    """`record` the same kind for many contacts, given as (contact id, properties), in one statement."""
    moment = now()
    _keep(
        [
            Event(workspace=workspace, kind=kind, contact_id=contact_id, at=moment, properties=properties,
                  folded=fold_texts(properties))
            for contact_id, properties in about
        ]
    )  # fmt: skip


@contextmanager
def gathering_events() -> Iterator[None]:
    """Write the events that are recorded in here together, at the end: for one transaction that records several.

    Until then they are not in the log, and have no id. Nothing is written when an exception leaves the block.
    Inside another one, that one writes.
    """
    if _gathered.get() is not None:
        yield
        return
    events: list[Event] = []
    token = _gathered.set(events)
    try:
        yield
    finally:
        _gathered.reset(token)
    with transaction.atomic(savepoint=False):
        _write(events)


def _keep(events: list[Event]) -> None:
    waiting = _gathered.get()
    if waiting is None:
        _write(events)
    else:
        waiting += events


def _write(events: list[Event]) -> None:
    if not events:
        return
    runs = [(kind, name) for kind in {event.kind for event in events} for name in registry.handlers_of(kind)]
    moment = now()
    values: dict[str, Any] = {
        "rows": json.dumps([_row(event) for event in events]), "now": moment,
        "kinds": [kind for kind, _name in runs], "handlers": [name for _kind, name in runs],
    }  # fmt: skip
    with connection.cursor() as cursor:
        cursor.execute(WRITE, values)
        ids = dict(cursor.fetchall())
    for event in events:
        event.pk, event.recorded_at = ids[event.public_id], moment
    if runs:
        enqueue_gathered("events.run_handlers")


def _row(event: Event) -> dict[str, Any]:
    """The event as the statement reads it."""
    return {
        "public_id": str(event.public_id), "workspace": event.workspace_id, "kind": event.kind,
        "contact": event.contact_id, "at": event.at.isoformat(), "properties": event.properties,
        "folded": event.folded, "source_kind": event.source_kind, "source": event.source_id,
    }  # fmt: skip


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
