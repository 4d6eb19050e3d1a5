"""The audit log: who changed what. Written in the same transaction as the change it tells of."""

from collections.abc import Sequence
from typing import Any

from django.db import connection

from accounts.models import AuditEntry, User, Workspace

# Every text anywhere in the details is looked at, whole: the audit log holds plain values, no prose.
FORGET = """
WITH known AS MATERIALIZED (SELECT unnest(%(texts)s::text[]) AS text)
UPDATE accounts_auditentry a SET
    target = CASE WHEN lower(a.target) IN (SELECT text FROM known) THEN '' ELSE a.target END,
    detail = CASE WHEN EXISTS (
        SELECT 1 FROM jsonb_path_query(a.detail, '$.** ? (@.type() == "string")') AS found(value)
        WHERE lower(found.value #>> '{}') IN (SELECT text FROM known)) THEN '{}'::jsonb ELSE a.detail END
WHERE a.workspace_id = %(workspace)s AND (lower(a.target) IN (SELECT text FROM known) OR EXISTS (
    SELECT 1 FROM jsonb_path_query(a.detail, '$.** ? (@.type() == "string")') AS found(value)
    WHERE lower(found.value #>> '{}') IN (SELECT text FROM known)))
"""


def record_audit(
    *, workspace: Workspace, actor: User | None, action: str, target: str = "", detail: dict[str, Any] | None = None
) -> AuditEntry:
    """Note that `actor` did `action` (`noun.past_verb`) to `target`, a name people recognise.

    `detail` holds plain data for the curious; never a secret, and never more of a person than needed.
    """
    return AuditEntry.objects.create(
        workspace=workspace, actor=actor, action=action, target=target[:120], detail=detail or {}
    )


def forget_in_audit(*, workspace: Workspace, texts: Sequence[str]) -> int:
    """Blank targets and details that are, whole, one of these folded texts: people who are erased.

    That something was done, when and by whom, stays. Returns the number of entries that named somebody.
    """
    with connection.cursor() as cursor:
        cursor.execute(FORGET, {"workspace": workspace.pk, "texts": list(texts)})
        return int(cursor.rowcount)
