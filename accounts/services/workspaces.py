"""Making and changing workspaces."""

import datetime as dt
from typing import Any

from django.db import IntegrityError, transaction
from django.utils.text import slugify

from accounts.models import Membership, Role, User, Workspace
from accounts.services.audit import record_audit

CHANGEABLE = ("name", "time_zone", "language", "postal_address", "brand_color", "quiet_from", "quiet_until")
SLUG_ATTEMPTS = 50


@transaction.atomic
def create_workspace(*, owner: User, name: str, time_zone: str = "UTC", language: str = "en") -> Workspace:
    """A new workspace owned by `owner`, with an address made of its name."""
    workspace = _with_free_slug(Workspace(name=name, time_zone=time_zone, language=language))
    Membership.objects.create(workspace=workspace, user=owner, role=Role.OWNER)
    record_audit(workspace=workspace, actor=owner, action="workspace.created", target=name)
    return workspace


def _with_free_slug(workspace: Workspace) -> Workspace:
    """Save under the first free of `name`, `name-2`, …; the unique index decides between two at once."""
    base = slugify(workspace.name)[:50] or "workspace"
    for number in range(1, SLUG_ATTEMPTS):
        workspace.slug = base if number == 1 else f"{base}-{number}"
        if Workspace.objects.filter(slug=workspace.slug).exists():
            continue
        try:
            with transaction.atomic():
                workspace.save()
        except IntegrityError:
            continue
        return workspace
    workspace.slug = f"{base[:20]}-{workspace.public_id}"[:60]
    workspace.save()
    return workspace


@transaction.atomic
def change_workspace(*, workspace: Workspace, actor: User, changes: dict[str, Any]) -> list[str]:
    """Set the given fields (of CHANGEABLE); the changed names."""
    current = Workspace.objects.select_for_update().get(pk=workspace.pk)
    changed = [name for name in CHANGEABLE if name in changes and getattr(current, name) != changes[name]]
    for name in changed:
        setattr(current, name, changes[name])
        setattr(workspace, name, changes[name])
    if changed:
        current.save(update_fields=changed)
        record_audit(
            workspace=current,
            actor=actor,
            action="workspace.changed",
            target=current.name,
            detail={name: _in_words(changes[name]) for name in changed},
        )
    return changed


def _in_words(value: Any) -> Any:
    """As the audit log can keep it."""
    return value.isoformat("minutes") if isinstance(value, dt.time) else value
