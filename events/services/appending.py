"""Taking events from outside: typed, once each, a batch in a handful of statements."""

import datetime as dt
import json
import uuid
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from decimal import Decimal
from typing import Any, NamedTuple

from django.db import connection, transaction
from django.utils.translation import gettext as _

from accounts.models import Workspace
from core.clock import now
from core.folding import fold_texts
from core.ids import uuid7
from core.queue import enqueue_gathered
from events import registry
from events.models import EventKind, HandlerRun
from events.properties import PropertyProblem, name_problem, typed_properties

MAX_BATCH = 1000
# Of one workspace: names that are values would fill every list of events.
MAX_KINDS = 1000

# Ids follow the order of the batch, which decides between events of the same second. Rows go in by their public id,
# so that two callers who bring the same events wait for each other and never in a ring.
INSERT = """
WITH given AS MATERIALIZED (
    SELECT nextval((SELECT pg_get_serial_sequence('events_event', 'id')::regclass)) AS id, g.*
    FROM jsonb_to_recordset(%(rows)s::jsonb) AS g(public_id uuid, kind text, contact_id bigint, at timestamptz,
        properties jsonb, folded jsonb, amount bigint, currency text)
)
INSERT INTO events_event (id, public_id, workspace_id, kind, contact_id, at, recorded_at, properties, folded, amount,
    currency, source_kind)
SELECT id, public_id, %(workspace)s, kind, contact_id, at, %(now)s, properties, folded, amount, currency, 'api'
FROM given ORDER BY public_id
ON CONFLICT (workspace_id, public_id) DO NOTHING
RETURNING id, public_id, kind
"""


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


class _Row(NamedTuple):
    """An event as it is stored."""

    public_id: uuid.UUID
    kind: str
    contact_id: int | None
    at: dt.datetime
    properties: dict[str, Any]
    folded: dict[str, str]
    amount: int | None
    currency: str | None


# Of every kind of event, the types of its properties.
_Types = dict[str, Mapping[str, str]]


@transaction.atomic
def append_events(workspace: Workspace, batch: Sequence[NewEvent]) -> list[Appended]:
    """Write up to MAX_BATCH events of the workspace's own kinds, set-wise; answers one by one, in order.

    A name or property nobody has used before joins the registry of kinds with the type of its first value.
    Raises ValueError for a longer batch.
    """
    if len(batch) > MAX_BATCH:
        raise ValueError(f"at most {MAX_BATCH} events at once")
    problems = {name: name_problem(name) for name in {event.name for event in batch}}
    names = {name for name, problem in problems.items() if not problem}
    known = _types_of(EventKind.objects.filter(workspace=workspace, name__in=names))
    rows, types = _typed_rows(batch, problems, known)
    if types != known:
        # Something new: read once more under a lock, so that a type is fixed only once.
        kinds = _locked_kinds(workspace, names)
        known = _types_of(kinds)
        problems |= {name: _("This workspace has 1,000 names of events already.") for name in names - known.keys()}
        rows, types = _typed_rows(batch, problems, known)
        for kind in kinds:
            kind.properties = dict(types[kind.name])
        EventKind.objects.bulk_update([kind for kind in kinds if kind.properties != known[kind.name]], ["properties"])
    fresh = _insert_new(workspace, [row for row in rows if isinstance(row, _Row)])
    return [_answer(row, fresh) for row in rows]


def _answer(row: _Row | Appended, fresh: set[uuid.UUID]) -> Appended:
    if isinstance(row, Appended):
        return row
    if row.public_id not in fresh:
        return Appended("repeated")
    fresh.remove(row.public_id)  # the same id again in this batch is a repetition
    return Appended("created")


def _types_of(kinds: Iterable[EventKind]) -> _Types:
    return {kind.name: kind.properties for kind in kinds}


def _locked_kinds(workspace: Workspace, names: set[str]) -> list[EventKind]:
    """The registry rows of these names, locked in the order of their names; made where missing, while there is room."""
    every = EventKind.objects.filter(workspace=workspace)
    missing = sorted(names - set(every.filter(name__in=names).values_list("name", flat=True)))
    new = missing[: max(MAX_KINDS - every.count(), 0)] if missing else []
    EventKind.objects.bulk_create([EventKind(workspace=workspace, name=name) for name in new], ignore_conflicts=True)
    kinds = EventKind.objects.filter(workspace=workspace, name__in=names).order_by("name")
    return list(kinds.select_for_update(of=("self",)))


def _typed_rows(
    batch: Sequence[NewEvent], problems: Mapping[str, str], known: _Types
) -> tuple[list[_Row | Appended], _Types]:
    """Each event as it is stored or the refusal of it, and the types of all properties known afterwards."""
    types = dict(known)
    rows: list[_Row | Appended] = []
    moment = now()
    for event in batch:
        problem = problems[event.name]
        if problem:
            rows.append(Appended("refused", problem))
            continue
        try:
            typed, types[event.name] = typed_properties(event.properties, types.get(event.name, {}))
        except PropertyProblem as refusal:
            rows.append(Appended("refused", str(refusal)))
            continue
        rows.append(_row_of(event, typed, types[event.name], moment))
    return rows, types


def _row_of(event: NewEvent, typed: dict[str, Any], types: Mapping[str, str], moment: dt.datetime) -> _Row:
    money = next((value for name, value in typed.items() if types[name] == "money"), None)
    return _Row(
        public_id=event.public_id or uuid7(),
        kind=event.name,
        contact_id=event.contact_id,
        at=event.at or moment,
        properties=typed,
        folded=fold_texts({name: value for name, value in typed.items() if types[name] == "text"}),
        amount=int(Decimal(money["amount"]) * 10_000) if money else None,
        currency=money["currency"] if money else None,
    )


def _insert_new(workspace: Workspace, rows: Sequence[_Row]) -> set[uuid.UUID]:
    """Insert the rows whose public id the workspace does not know; returns their public ids."""
    if not rows:
        return set()
    # Of an id that comes twice the first counts.
    first = {row.public_id: row for row in reversed(rows)}
    unique = [row for row in rows if first[row.public_id] is row]
    document = json.dumps([row._asdict() for row in unique], default=str)
    with connection.cursor() as cursor:
        cursor.execute(INSERT, {"rows": document, "workspace": workspace.pk, "now": now()})
        written: list[tuple[int, uuid.UUID, str]] = cursor.fetchall()
    _wake_handlers(written)
    return {public_id for _event, public_id, _kind in written}


def _wake_handlers(written: Iterable[tuple[int, uuid.UUID, str]]) -> None:
    runs = [
        HandlerRun(event_id=event_id, handler=name)
        for event_id, _public, kind in written
        for name in registry.handlers_of(kind)
    ]
    if runs:
        HandlerRun.objects.bulk_create(runs)
        enqueue_gathered("events.run_handlers")
