"""Versions of a campaign: writing them down, copying them, and beginning to compare them."""

import datetime as dt
from collections.abc import Mapping, Sequence
from typing import Any

from django.db import models, transaction

from campaigns.models import Campaign, CampaignVariant, Experiment
from campaigns.variants import FEWEST, MOST
from core.clock import now
from delivery.models import Dispatch, Message

SETTINGS = ("share", "goal", "event_kind", "wait_hours", "is_automatic", "otherwise")
PARTS = ("subject", "sender", "template", "delay_minutes")
# The first look comes so soon after the start.
SOONEST = dt.timedelta(minutes=5)


def write_versions(*, campaign: Campaign, versions: Sequence[Mapping[str, Any]], settings: Mapping[str, Any]) -> None:
    """Give the locked campaign these versions and settings; fewer than two take the comparison away.

    Raises ValueError for more than eight or for parts of another workspace, before anything is written.
    """
    if len(versions) > MOST:
        raise ValueError(f"more than {MOST} versions")
    _require_own(campaign, versions)
    campaign.variants.all().delete()
    if len(versions) < FEWEST:
        Experiment.objects.filter(campaign=campaign).delete()
        return
    CampaignVariant.objects.bulk_create(
        CampaignVariant(campaign=campaign, position=place, **{name: one[name] for name in PARTS if name in one})
        for place, one in enumerate(versions, start=1)
    )
    values = {name: settings[name] for name in SETTINGS if name in settings}
    Experiment.objects.update_or_create(campaign=campaign, defaults=values)


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
    write_versions(campaign=target, versions=versions, settings=settings)


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
