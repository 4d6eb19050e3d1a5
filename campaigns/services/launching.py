"""The start of a campaign: from a row whose time has come to messages that wait to be sent."""

import datetime as dt
import logging

from django.db import transaction

from campaigns import holds
from campaigns.models import Campaign
from campaigns.preflight import template_is_broken
from campaigns.services.rows import locked, tell
from content.problems import ContentError
from content.services import pin_version
from core.clock import now
from core.queue import enqueue
from delivery.services import Arm, Audience, Plan, freeze_audience, open_dispatch
from segments.language.problems import RuleError
from segments.services import audience_sql

logger = logging.getLogger(__name__)

# A start that comes later than this is asked about instead: an offer for the morning is wrong in the evening.
LATE_AFTER = dt.timedelta(hours=6)
SOURCE = "campaign"


class _Held(Exception):
    def __init__(self, code: str) -> None:
        super().__init__(code)
        self.code = code


@transaction.atomic
def launch_campaign(*, campaign_id: int, at: dt.datetime | None = None) -> Campaign | None:
    """Start one campaign whose time has come by `at` (default: now); None when there is nothing to start.

    Content, audience and state are written in one transaction under the row's lock, and the dispatch is unique
    per (campaign, scheduled time): calling this twice, at once or after a crash, writes everybody once.
    What cannot start is not lost: the campaign becomes a draft again that says why.
    """
    moment = at or now()
    candidate = Campaign.objects.due(moment).filter(pk=campaign_id).first()
    if candidate is None:
        return None
    campaign = locked(candidate)
    if campaign.status != Campaign.Status.SCHEDULED or campaign.scheduled_at is None or campaign.scheduled_at > moment:
        return None
    try:
        _require_startable(campaign, moment)
        with transaction.atomic():
            _start(campaign, moment)
    except _Held as held:
        _hold(campaign, held.code)
    return campaign


def _require_startable(campaign: Campaign, moment: dt.datetime) -> None:
    if campaign.scheduled_at is None or moment - campaign.scheduled_at > LATE_AFTER:
        raise _Held(holds.LATE)
    if not (campaign.segment and campaign.topic and campaign.template and campaign.sender):
        raise _Held(holds.INCOMPLETE)
    if not (campaign.sender.is_verified and campaign.sender.is_active):
        raise _Held(holds.SENDER_UNVERIFIED)
    if template_is_broken(campaign.template):
        raise _Held(holds.TEMPLATE_BROKEN)


def _start(campaign: Campaign, moment: dt.datetime) -> None:
    assert campaign.segment is not None  # noqa: S101 - _require_startable has looked
    assert campaign.template is not None  # noqa: S101
    assert campaign.sender is not None  # noqa: S101
    assert campaign.scheduled_at is not None  # noqa: S101
    try:
        audience = audience_sql(campaign.workspace, campaign.segment.rule, moment)
        version = pin_version(campaign.template)
    except RuleError as error:
        raise _Held(holds.SEGMENT_BROKEN) from error
    except ContentError as error:
        raise _Held(holds.TEMPLATE_BROKEN) from error
    dispatch, _opened = open_dispatch(
        workspace=campaign.workspace,
        source=(SOURCE, campaign.pk),
        occurrence=campaign.scheduled_at,
        name=campaign.name,
    )
    targeted = freeze_audience(
        dispatch=dispatch,
        audience=Audience(audience.sql, audience.params, campaign.topic),
        plan=Plan(due_at=campaign.scheduled_at, arms=[Arm(campaign.sender, version)]),
    )
    if not targeted:
        raise _Held(holds.NOBODY)
    campaign.status = Campaign.Status.SENDING
    dispatch.targeted = targeted
    campaign.dispatch = dispatch
    campaign.content_version = version
    campaign.launched_at = moment
    campaign.launch_problem = ""
    campaign.save()
    tell(campaign, "campaign.launched", targeted=targeted)


def _hold(campaign: Campaign, code: str) -> None:
    logger.warning("campaign_held campaign=%s reason=%s", campaign.pk, code)
    campaign.status = Campaign.Status.DRAFT
    campaign.launch_problem = code
    campaign.save()
    tell(campaign, "campaign.paused", reason=code)


def wake_due_campaigns(*, at: dt.datetime | None = None) -> list[int]:
    """Wake a worker for every campaign whose time has come; returns their ids. Doing it again is harmless."""
    due = list(Campaign.objects.due(at or now()).order_by("scheduled_at", "id").values_list("pk", flat=True)[:200])
    for campaign_id in due:
        enqueue("campaigns.launch", campaign_id=campaign_id)
    return due
