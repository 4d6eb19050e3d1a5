"""Campaigns while they are being written."""

from collections.abc import Mapping
from typing import Any

from django.db import transaction
from django.utils.translation import gettext

from accounts.models import User, Workspace
from campaigns.errors import WrongState
from campaigns.models import Campaign
from campaigns.rules import rules_of
from campaigns.services.approving import withdraw_approval
from campaigns.services.rows import locked, note, require_state, require_version
from campaigns.services.versions import copy_versions

Status = Campaign.Status
PARTS = ("segment", "topic", "template", "sender")
RULES = ("time_zone", "kind", "timing", "hold_out", "priority", "wait_days", "hourly_limit")
EDITABLE = ("name", *PARTS, *RULES)


@transaction.atomic
def create_campaign(*, workspace: Workspace, actor: User | None, name: str, **parts: Any) -> Campaign:
    """A new draft. `parts` are names of EDITABLE, each may be left out.

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
    """Change a campaign that has not started to `values` (names of EDITABLE).

    Where a second person's yes is needed, one that waits or is scheduled becomes a draft: the yes was for something
    else. Raises EditConflict when `lock_version` is not the present one, WrongState once it has started; then
    nothing is changed.
    """
    row = locked(campaign)
    require_state(row, *Campaign.EDITABLE_STATES)
    require_version(row, lock_version)
    _require_own(row.workspace, values)
    for name, value in _known(values).items():
        setattr(row, name, value)
    row.lock_version += 1
    row.updated_by = actor
    row.launch_problem = ""
    had_approval = withdraw_approval(row, actor=actor)
    if row.status == Status.WAITING or (row.status == Status.SCHEDULED and (had_approval or _asks_for_yes(row))):
        row.status = Status.DRAFT
        row.scheduled_at = row.launch_at = None
    row.save()
    return row


def _asks_for_yes(row: Campaign) -> bool:
    return rules_of(row.workspace).approval_from is not None


@transaction.atomic
def duplicate_campaign(*, campaign: Campaign, actor: User | None) -> Campaign:
    """A draft with the same audience, message, sender and rules; results and times stay with the original."""
    name = gettext("%(name)s (copy)") % {"name": campaign.name[:100]}
    return copy_campaign(campaign=campaign, actor=actor, name=name, status=Status.DRAFT)


def copy_campaign(*, campaign: Campaign, actor: User | None, name: str, status: str) -> Campaign:
    """A new one in that state with everything that can be edited; call it in a transaction."""
    parts = {part: getattr(campaign, part) for part in (*PARTS, *RULES)}
    copy = create_campaign(workspace=campaign.workspace, actor=actor, name=name, **parts)
    copy_versions(source=campaign, target=copy)
    if status != Status.DRAFT:
        copy.status = status
        copy.save(update_fields=["status"])
    return copy


@transaction.atomic
def delete_campaign(*, campaign: Campaign, actor: User | None) -> None:
    """Remove a draft or a template for good. Raises WrongState for what was scheduled or sent: its results stay."""
    row = locked(campaign)
    if row.status not in (Status.DRAFT, Status.TEMPLATE) or row.occurrences.begun().exists():
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
