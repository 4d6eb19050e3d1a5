"""Versions of a campaign: setting them up, copying them, and beginning to compare them."""

import datetime as dt
from collections.abc import Mapping, Sequence
from typing import Any

from django.db import models, transaction

from accounts.models import User
from campaigns.models import Campaign, CampaignVariant, Experiment
from campaigns.services.rows import locked, require_state, require_version
from campaigns.variants import FEWEST, MOST
from core.clock import now
from delivery.models import Dispatch, Message

SETTINGS = ("share", "goal", "event_kind", "wait_hours", "is_automatic", "otherwise")
PARTS = ("subject", "sender", "template", "delay_minutes")
# The first look comes so soon after the start.
SOONEST = dt.timedelta(minutes=5)


@transaction.atomic
def set_versions(
    *,
    campaign: Campaign,
    actor: User | None,
    versions: Sequence[Mapping[str, Any]],
    settings: Mapping[str, Any],
    lock_version: int | None = None,
) -> Campaign:
    """Give a campaign that has not started these versions (names of PARTS) and `settings` (names of SETTINGS).

    Fewer than two versions take the comparison away. Raises ValueError for more than eight or for parts of another
    workspace, EditConflict and WrongState as `update_campaign`.
    """
    row = locked(campaign)
    require_state(row, Campaign.Status.DRAFT, Campaign.Status.SCHEDULED)
    require_version(row, lock_version)
    if len(versions) > MOST:
        raise ValueError(f"more than {MOST} versions")
    _require_own(row, versions)
    row.variants.all().delete()
    if len(versions) < FEWEST:
        Experiment.objects.filter(campaign=row).delete()
    else:
        CampaignVariant.objects.bulk_create(
            CampaignVariant(campaign=row, position=place, **{name: one[name] for name in PARTS if name in one})
            for place, one in enumerate(versions, start=1)
        )
        values = {name: settings[name] for name in SETTINGS if name in settings}
        Experiment.objects.update_or_create(campaign=row, defaults=values)
    row.lock_version += 1
    row.updated_by = actor
    row.launch_problem = ""
    row.save(update_fields=["lock_version", "updated_by", "launch_problem", "updated_at"])
    return row


def _require_own(campaign: Campaign, versions: Sequence[Mapping[str, Any]]) -> None:
    for one in versions:
        for part in ("sender", "template"):
            value = one.get(part)
            if value is not None and value.workspace_id != campaign.workspace_id:
                raise ValueError(f"{part} belongs to another workspace")


def copy_versions(*, source: Campaign, target: Campaign) -> None:
    """Give a copy the versions of its original, and how they are compared; what came of it stays there."""
    experiment = Experiment.objects.filter(campaign=source).first()
    if experiment is None:
        return
    versions = [{name: getattr(variant, name) for name in PARTS} for variant in source.variants.all()]
    settings = {name: getattr(experiment, name) for name in SETTINGS}
    set_versions(campaign=target, actor=target.updated_by, versions=versions, settings=settings)


@transaction.atomic
def start_experiment(*, campaign: Campaign, dispatch: Dispatch) -> None:
    """The test has been written down: from now on it is looked at. Nothing to do where there is one version."""
    experiment = (
        Experiment.objects.select_for_update().filter(campaign=campaign, status=Experiment.Status.PLANNED).first()
    )
    if experiment is None:
        return
    moment = now()
    last = Message.objects.filter(dispatch=dispatch, status="pending").aggregate(at=models.Max("due_at"))["at"]
    experiment.status = Experiment.Status.RUNNING
    experiment.frozen_at = moment
    experiment.deadline_at = max(last or moment, moment) + dt.timedelta(hours=experiment.wait_hours)
    experiment.next_look_at = moment + SOONEST
    experiment.save()
