"""Writing down who changed what."""

from typing import Any

from accounts.models import AuditEntry, User, Workspace


def record_audit(
    *,
    workspace: Workspace,
    actor: User | None,
    action: str,
    target: str = "",
    detail: dict[str, Any] | None = None,
) -> AuditEntry:
    """Note an action such as "api_key.created" in the caller's transaction; `actor` None is the system."""
    return AuditEntry.objects.create(
        workspace=workspace, actor=actor, action=action, target=target[:120], detail=detail or {}
    )
