"""Deciding when a campaign starts, and taking that back."""

import datetime as dt

from django.db import transaction
from django.utils.translation import gettext

from accounts.models import User
from campaigns.errors import NotReady, WrongState
from campaigns.models import Campaign
from campaigns.preflight import inspect_campaign
from campaigns.services.rows import locked, note, require_state, require_version
from core.clock import now, zone_or_none
from core.queue import enqueue

# How long somebody who pressed send can take it back with nothing sent.
UNDO_WINDOW = dt.timedelta(seconds=10)


def schedule_campaign(
    *,
    campaign: Campaign,
    actor: User | None,
    at: dt.datetime,
    time_zone: str = "",
    lock_version: int | None = None,
) -> Campaign:
    """Have the campaign start at `at`; its audience is decided then. A scheduled one is moved.

    Raises NotReady with what must be mended (a time in the past too), EditConflict when it is not what this
    person looked at, WrongState once it has started.
    """
    return _schedule(campaign, actor, at, time_zone=time_zone, lock_version=lock_version)


@transaction.atomic
def send_now(*, campaign: Campaign, actor: User | None, lock_version: int | None = None) -> Campaign:
    """Have the campaign start after UNDO_WINDOW. Pressing twice changes nothing and sends once.

    Raises as `schedule_campaign`.
    """
    row = locked(campaign)
    moment = now()
    if row.status == Campaign.Status.SENDING or _starts_in_a_moment(row, moment):
        return row
    return _schedule(row, actor, moment + UNDO_WINDOW, time_zone="", lock_version=lock_version)


@transaction.atomic
def unschedule_campaign(*, campaign: Campaign, actor: User | None) -> Campaign:
    """Make a scheduled campaign a draft again; nothing has left. A draft stays one.

    Raises WrongState when it has already started: then pausing and stopping are what is left.
    """
    row = locked(campaign)
    if row.status == Campaign.Status.DRAFT:
        return row
    if row.status != Campaign.Status.SCHEDULED:
        raise WrongState(gettext("It was too late to take this back: sending has begun. You can pause or stop it."))
    row.status = Campaign.Status.DRAFT
    row.scheduled_at = None
    row.save(update_fields=["status", "scheduled_at", "updated_at"])
    note(row, actor, "unscheduled")
    return row


@transaction.atomic
def launch_at_once(*, campaign: Campaign, actor: User | None) -> Campaign:
    """Do not wait for the rest of the undo window. No effect once it has started.

    Raises WrongState when it is not scheduled for the next minute: that is a matter of `send_now`.
    """
    row = locked(campaign)
    if row.status == Campaign.Status.SENDING:
        return row
    moment = now()
    if not _starts_in_a_moment(row, moment):
        raise WrongState(gettext("This campaign is not about to start. Look at it again before you send it."))
    row.scheduled_at = min(row.scheduled_at or moment, moment)
    row.save(update_fields=["scheduled_at", "updated_at"])
    enqueue("campaigns.launch", campaign_id=row.pk)
    return row


def _starts_in_a_moment(campaign: Campaign, moment: dt.datetime) -> bool:
    return (
        campaign.status == Campaign.Status.SCHEDULED
        and campaign.scheduled_at is not None
        and campaign.scheduled_at - moment <= dt.timedelta(minutes=1)
    )


@transaction.atomic
def _schedule(
    campaign: Campaign, actor: User | None, at: dt.datetime, *, time_zone: str, lock_version: int | None
) -> Campaign:
    row = locked(campaign)
    require_state(row, Campaign.Status.DRAFT, Campaign.Status.SCHEDULED)
    require_version(row, lock_version)
    blocking = inspect_campaign(row, at=at).blocking
    if blocking:
        raise NotReady(list(blocking))
    row.status = Campaign.Status.SCHEDULED
    row.scheduled_at = at
    if zone_or_none(time_zone):
        row.time_zone = time_zone
    row.scheduled_by = actor
    row.launch_problem = ""
    row.save()
    note(row, actor, "scheduled", at=at.isoformat())
    return row
