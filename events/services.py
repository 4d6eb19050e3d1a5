"""Recording events and running their handlers, each (event, handler) once."""

import datetime as dt
import logging
import uuid
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from decimal import Decimal
from typing import Any

from django.db import connection, transaction

from accounts.models import Workspace
from core.clock import now
from core.folding import fold_texts
from core.queue import enqueue
from events import registry
from events.models import Event, EventKind, HandlerRun
from events.properties import PropertyProblem, name_problem, typed_properties

logger = logging.getLogger(__name__)

MAX_ATTEMPTS = 8
MAX_BATCH = 1000


@dataclass(frozen=True, kw_only=True)
class NewEvent:
    """One event from outside. The same `public_id` again is the same event."""

    name: str
    contact_id: int | None = None
    at: dt.datetime | None = None
    properties: dict[str, Any] = field(default_factory=dict)
    public_id: uuid.UUID | None = None


@dataclass(frozen=True)
class Appended:
    """What became of one event: `status` is created, repeated or refused, `problem` the sentence why.

    `code` says for programs why it was refused, where there is more to say than that it was.
    """

    status: str
    problem: str = ""
    code: str = ""


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


@transaction.atomic
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


@transaction.atomic
def append_events(workspace: Workspace, batch: Sequence[NewEvent]) -> list[Appended]:
    """Write up to MAX_BATCH events of the workspace's own kinds, set-wise; answers one by one, in order.

    A name or property nobody has used before joins the registry of kinds with the type of its first value.
    Raises ValueError for a longer batch.
    """
    if len(batch) > MAX_BATCH:
        raise ValueError(f"at most {MAX_BATCH} events at once")
    kinds = _locked_kinds(workspace, {event.name for event in batch if not name_problem(event.name)})
    results: list[Appended | None] = []
    rows: list[Event] = []
    for event in batch:
        try:
            row = _row_of(workspace, event, kinds)
        except PropertyProblem as problem:
            results.append(Appended("refused", str(problem)))
            continue
        results.append(None)
        rows.append(row)
    EventKind.objects.bulk_update(kinds.values(), ["properties"])
    fresh = _insert_new(rows)
    waiting = iter(rows)
    return [result or _answer(next(waiting), fresh) for result in results]


def _answer(row: Event, fresh: set[uuid.UUID]) -> Appended:
    if row.public_id not in fresh:
        return Appended("repeated")
    fresh.remove(row.public_id)  # the same id again in this batch is a repetition
    return Appended("created")


def _locked_kinds(workspace: Workspace, names: set[str]) -> dict[str, EventKind]:
    """The registry rows of these names, made where missing and locked, so that a type is fixed only once."""
    EventKind.objects.bulk_create(
        [EventKind(workspace=workspace, name=name) for name in sorted(names)], ignore_conflicts=True
    )
    rows = (
        EventKind.objects.select_for_update(of=("self",)).filter(workspace=workspace, name__in=names).order_by("name")
    )
    return {row.name: row for row in rows}


def _row_of(workspace: Workspace, event: NewEvent, kinds: dict[str, EventKind]) -> Event:
    problem = name_problem(event.name)
    if problem:
        raise PropertyProblem(problem)
    kind = kinds[event.name]
    typed, types = typed_properties(event.properties, kind.properties)
    kind.properties = types
    money = next((typed[name] for name, type_ in types.items() if type_ == "money" and name in typed), None)
    row = Event(
        workspace=workspace,
        kind=event.name,
        contact_id=event.contact_id,
        at=event.at or now(),
        properties=typed,
        folded=fold_texts({name: value for name, value in typed.items() if types[name] == "text"}),
        source_kind="api",
    )
    if event.public_id is not None:
        row.public_id = event.public_id
    if money is not None:
        row.amount, row.currency = int(Decimal(money["amount"]) * 10_000), money["currency"]
    return row


def _insert_new(rows: Sequence[Event]) -> set[uuid.UUID]:
    """Insert the rows whose public id the workspace does not know; returns their public ids."""
    if not rows:
        return set()
    unique = {row.public_id: row for row in reversed(rows)}
    same = Event.objects.filter(workspace=rows[0].workspace, public_id__in=list(unique))
    known = set(same.values_list("public_id", flat=True))
    fresh = [row for public_id, row in unique.items() if public_id not in known]
    # Another caller may have written the same id since; its row stays and ours is left out.
    Event.objects.bulk_create(fresh, ignore_conflicts=True)
    created = {row.public_id for row in fresh}
    _wake_handlers([row for row in fresh if registry.handlers_of(row.kind)])
    return created


def _wake_handlers(rows: Sequence[Event]) -> None:
    if not rows:
        return
    kinds = {row.public_id: row.kind for row in rows}
    written = Event.objects.filter(workspace=rows[0].workspace, public_id__in=list(kinds)).values_list(
        "pk", "public_id"
    )
    runs = [
        HandlerRun(event_id=pk, handler=name)
        for pk, public_id in written
        for name in registry.handlers_of(kinds[public_id])
    ]
    HandlerRun.objects.bulk_create(runs, ignore_conflicts=True)
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
