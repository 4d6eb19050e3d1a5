"""Campaigns while they are being written."""

from collections.abc import Mapping
from typing import Any

from django.db import transaction
from django.utils.translation import gettext

from accounts.models import User, Workspace
from campaigns.errors import WrongState
from campaigns.models import Campaign
from campaigns.services.rows import locked, note, require_state, require_version

EDITABLE = ("name", "segment", "topic", "template", "sender", "time_zone")
PARTS = ("segment", "topic", "template", "sender")


@transaction.atomic
def create_campaign(*, workspace: Workspace, actor: User | None, name: str, **parts: Any) -> Campaign:
    """A new draft. `parts` are segment, topic, template, sender and time_zone, each may be left out.

    Raises ValueError for a part of another workspace: forms and serializers offer only their own.
    """
    _require_own(workspace, parts)
    campaign: Campaign = Campaign.objects.create(
        workspace=workspace, name=name, created_by=actor, updated_by=actor, **_known(parts)
    )
    return campaign


@transaction.atomic
def update_campaign(
    *, campaign: Campaign, actor: User | None, values: Mapping[str, Any], lock_version: int | None = None
) -> Campaign:
    """Change a draft or scheduled campaign to `values` (names of EDITABLE).

    Raises EditConflict when `lock_version` is not the present one, WrongState once it has started; then nothing
    is changed.
    """
    row = locked(campaign)
    require_state(row, Campaign.Status.DRAFT, Campaign.Status.SCHEDULED)
    require_version(row, lock_version)
    _require_own(row.workspace, values)
    for name, value in _known(values).items():
        setattr(row, name, value)
    row.lock_version += 1
    row.updated_by = actor
    row.launch_problem = ""
    row.save()
    return row


@transaction.atomic
def duplicate_campaign(*, campaign: Campaign, actor: User | None) -> Campaign:
    """A draft with the same audience, message and sender; results and times stay with the original."""
    name = gettext("%(name)s (copy)") % {"name": campaign.name[:100]}
    parts = {part: getattr(campaign, part) for part in (*PARTS, "time_zone")}
    return create_campaign(workspace=campaign.workspace, actor=actor, name=name, **parts)


@transaction.atomic
def delete_campaign(*, campaign: Campaign, actor: User | None) -> None:
    """Remove a draft for good. Raises WrongState for anything that was scheduled or sent: its results stay."""
    row = locked(campaign)
    if row.status != Campaign.Status.DRAFT:
        raise WrongState(gettext("Only drafts can be deleted. What was sent stays, with its results."))
    note(row, actor, "deleted")
    row.delete()


def _known(values: Mapping[str, Any]) -> dict[str, Any]:
    return {name: value for name, value in values.items() if name in EDITABLE}


def _require_own(workspace: Workspace, values: Mapping[str, Any]) -> None:
    for part in PARTS:
        value = values.get(part)
        if value is not None and value.workspace_id != workspace.pk:
            raise ValueError(f"{part} belongs to another workspace")
