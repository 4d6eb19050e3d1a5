"""Recording the same of many contacts at once."""

import datetime as dt
import json
from collections.abc import Sequence
from typing import Any

from django.db import connection, transaction

from accounts.models import Workspace
from core.clock import now
from core.folding import fold_texts
from core.queue import enqueue
from events import registry

_RECORD = """
WITH written AS (
    INSERT INTO events_event (public_id, workspace_id, kind, contact_id, at, recorded_at, properties, folded,
        source_kind)
    SELECT gen_random_uuid(), %(workspace)s, %(kind)s, c.id, %(at)s, %(recorded_at)s, %(properties)s::jsonb,
        %(folded)s::jsonb, ''
    FROM unnest(%(contacts)s::bigint[]) WITH ORDINALITY AS c(id, place) ORDER BY c.place
    RETURNING id
)
INSERT INTO events_handlerrun (event_id, handler, status, attempts, due_at, error)
SELECT w.id, h.name, 'pending', 0, %(recorded_at)s, '' FROM written w CROSS JOIN unnest(%(handlers)s::text[]) AS h(name)
"""


@transaction.atomic
def record_alike(
    workspace: Workspace, kind: str, contact_ids: Sequence[int], *, at: dt.datetime, properties: dict[str, Any]
) -> None:
    """`record` one kind with the same properties for many contacts, in one statement; nobody writes nothing."""
    if not contact_ids:
        return
    names = list(registry.handlers_of(kind))
    values: dict[str, Any] = {
        "workspace": workspace.pk,
        "kind": kind,
        "contacts": list(contact_ids),
        "at": at,
        "recorded_at": now(),
        "properties": json.dumps(properties),
        "folded": json.dumps(fold_texts(properties)),
        "handlers": names,
    }
    with connection.cursor() as cursor:
        cursor.execute(_RECORD, values)
    if names:
        enqueue("events.run_handlers")
