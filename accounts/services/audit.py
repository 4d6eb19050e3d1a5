"""The audit log: who changed what. Written in the same transaction as the change it tells of."""

from typing import Any

from accounts.models import AuditEntry, User, Workspace


def record_audit(
    *, workspace: Workspace, actor: User | None, action: str, target: str = "", detail: dict[str, Any] | None = None
) -> AuditEntry:
    """Note that `actor` did `action` (`noun.past_verb`) to `target`, a name people recognise.

    `detail` holds plain data for the curious; never a secret, and never more of a person than needed.
    """
    return AuditEntry.objects.create(
        workspace=workspace, actor=actor, action=action, target=target[:120], detail=detail or {}
    )
