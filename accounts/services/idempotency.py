"""Forgetting the answers kept for repeated API requests."""

import datetime as dt
from collections.abc import Sequence

from django.db import connection

from accounts.models import IdempotencyRecord, Workspace
from core.clock import now

FORGET = """
WITH known AS MATERIALIZED (SELECT unnest(%(texts)s::text[]) AS text)
DELETE FROM accounts_idempotencyrecord r
WHERE r.workspace_id = %(workspace)s AND (
    EXISTS (SELECT 1 FROM regexp_split_to_table(lower(r.key), '[\\s<>,;:"()]+') AS word
            WHERE word IN (SELECT text FROM known))
    OR EXISTS (
        SELECT 1 FROM jsonb_path_query(r.body, '$.** ? (@.type() == "string")') AS found(value)
        WHERE lower(found.value #>> '{}') IN (SELECT text FROM known))
)
"""


def forget_old_answers() -> None:
    """Drop records older than a day; a tick job."""
    IdempotencyRecord.objects.filter(created_at__lt=now() - dt.timedelta(hours=24)).delete()


def forget_in_answers(*, workspace: Workspace, texts: Sequence[str]) -> int:
    """Drop kept answers that name erased people by one of these folded texts; returns how many there were.

    The same request again is then worked on again, and refused for somebody who was erased.
    """
    with connection.cursor() as cursor:
        cursor.execute(FORGET, {"workspace": workspace.pk, "texts": list(texts)})
        return int(cursor.rowcount)
