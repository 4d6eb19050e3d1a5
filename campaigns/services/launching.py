"""The start of a campaign: from a row whose time has come to messages that wait to be sent."""

import datetime as dt

from django.db import transaction

from campaigns import holds
from campaigns.models import Campaign
from campaigns.services.evergreen import begin_evergreen
from campaigns.services.feeding import Material, fetch_material, needs_feed
from campaigns.services.rows import locked, tell
from campaigns.services.series import launch_next
from campaigns.services.starting import Held, hold, require_startable, start_occurrence
from campaigns.timing import timing_of
from core.clock import now
from core.queue import enqueue


def launch_campaign(*, campaign_id: int, at: dt.datetime | None = None) -> Campaign | None:
    """Start one campaign whose time has come by `at` (default: now); None when there is nothing to start.

    Content, audience and state are written in one transaction under the row's lock, and the dispatch is unique
    per (campaign, scheduled time): calling this twice, at once or after a crash, writes everybody once.
    What cannot start is not lost: the campaign becomes a draft again that says why.
    """
    moment = at or now()
    candidate = Campaign.objects.due(moment).with_parts().filter(pk=campaign_id).first()
    if candidate is None:
        return None
    # A feed is somebody else's server: it is asked before any row is locked.
    material = fetch_material(campaign=candidate) if needs_feed(candidate) else None
    return _launch(candidate, moment, material)


@transaction.atomic
def _launch(candidate: Campaign, moment: dt.datetime, material: Material | None) -> Campaign | None:
    campaign = locked(candidate)
    if not Campaign.objects.due(moment).filter(pk=campaign.pk).exists():
        return None
    if campaign.is_series:
        return launch_next(campaign, moment, material)
    try:
        _require_in_time(campaign, moment)
        require_startable(campaign)
        with transaction.atomic():
            _start(campaign, moment)
    except Held as held:
        tell(campaign, hold(campaign, held.code), reason=held.code)
    return campaign


def _require_in_time(campaign: Campaign, moment: dt.datetime) -> None:
    # By everybody's time: for whom it is earlier, there is a rule of its own (campaigns.planning).
    planned = campaign.scheduled_at
    if planned is None or moment - planned > timing_of(campaign).allowance:
        raise Held(holds.LATE)


def _start(campaign: Campaign, moment: dt.datetime) -> None:
    assert campaign.scheduled_at is not None  # noqa: S101 - _require_in_time has looked
    if campaign.kind == Campaign.Kind.EVERGREEN:
        started = begin_evergreen(campaign, campaign.scheduled_at, moment)
    else:
        started = start_occurrence(campaign, campaign.scheduled_at, moment)
    campaign.status = Campaign.Status.SENDING
    campaign.dispatch = started.dispatch
    campaign.content_version = started.version
    campaign.launched_at = moment
    campaign.launch_problem = ""
    campaign.save()
    tell(campaign, "campaign.launched", targeted=started.targeted)


def wake_due_campaigns(*, at: dt.datetime | None = None) -> list[int]:
    """Wake a worker for every campaign whose time has come; returns their ids. Doing it again is harmless."""
    due = list(Campaign.objects.due(at or now()).order_by("scheduled_at", "id").values_list("pk", flat=True)[:200])
    for campaign_id in due:
        enqueue("campaigns.launch", campaign_id=campaign_id)
    return due
