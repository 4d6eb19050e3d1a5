"""Holding, going on and stopping while messages leave, and following what delivery says of them."""

from django.db import transaction
from django.utils.translation import gettext

from accounts.models import User
from campaigns.errors import WrongState
from campaigns.models import Campaign
from campaigns.services import series
from campaigns.services.rows import locked, note, require_state, tell
from core.clock import now
from delivery import services as delivery
from delivery.models import Dispatch

Status = Campaign.Status


@transaction.atomic
def pause_campaign(*, campaign: Campaign, actor: User | None, reason: str = "") -> Campaign:
    """Hold what has not left yet; messages already on their way arrive. Pausing twice changes nothing.

    `reason` is what people read instead of who did it. Raises WrongState unless it is being sent.
    """
    row = locked(campaign)
    reason = reason or _paused_by(actor)
    if row.status == Status.PAUSED:
        return row
    if row.is_series:
        require_state(row, Status.SCHEDULED, Status.SENDING)
        series.pause_series(row, reason)
    else:
        require_state(row, Status.SENDING)
        delivery.pause_dispatch(dispatch=_dispatch_of(row), reason=reason)
        _become(row, Status.PAUSED)
    note(row, actor, "paused")
    tell(row, "campaign.paused", reason="by_hand")
    return row


@transaction.atomic
def resume_campaign(*, campaign: Campaign, actor: User | None) -> Campaign:
    """Go on where it was held; nobody gets it twice. Raises WrongState unless it is paused or being sent."""
    row = locked(campaign)
    if row.status == Status.SENDING or (row.is_series and row.status == Status.SCHEDULED):
        return row
    require_state(row, Status.PAUSED)
    if row.is_series:
        series.resume_series(row, now())
    else:
        delivery.resume_dispatch(dispatch=_dispatch_of(row))
        _become(row, Status.SENDING)
    note(row, actor, "resumed")
    return row


@transaction.atomic
def cancel_campaign(*, campaign: Campaign, actor: User | None) -> Campaign:
    """Stop for good: what waits is not sent, what was sent keeps its results. Stopping twice changes nothing.

    Raises WrongState for drafts and for campaigns that are done.
    """
    row = locked(campaign)
    if row.status == Status.CANCELLED:
        return row
    require_state(row, Status.SCHEDULED, Status.SENDING, Status.PAUSED)
    if row.is_series:
        series.cancel_series(row, now())
    else:
        if row.dispatch is not None:
            delivery.cancel_dispatch(dispatch=row.dispatch)
        row.finished_at = now()
        _become(row, Status.CANCELLED)
    note(row, actor, "cancelled")
    return row


@transaction.atomic
def send_to_unknown(*, campaign: Campaign, actor: User) -> int:
    """Send once more to those of whom nobody knows whether it arrived: some may get it twice. Returns how many.

    Raises WrongState when the campaign never started, or was stopped for good.
    """
    row = locked(campaign)
    if row.status == Status.CANCELLED:
        raise WrongState(gettext("This campaign was stopped for good, so nothing of it is sent again."))
    count = delivery.send_to_unknown(dispatch=_dispatch_of(row), actor=actor)
    if count and row.status == Status.SENT and not row.is_series:
        row.finished_at = None
        _become(row, Status.SENDING)
    note(row, actor, "sent_to_unknown", people=count)
    return count


@transaction.atomic
def follow_dispatch(*, campaign_id: int) -> None:
    """Bring a campaign's state in line with its dispatch, which may have finished or been held by itself.

    What counts is how the dispatch stands now, not which event told of it: events may come late or twice.
    """
    campaign = Campaign.objects.filter(pk=campaign_id).first()
    if campaign is None:
        return
    row = locked(campaign)
    series.follow_occurrences(row)
    if row.is_series or row.dispatch is None or row.status not in (Status.SENDING, Status.PAUSED):
        return
    if row.dispatch.status == Dispatch.Status.FINISHED:
        row.finished_at = row.dispatch.finished_at or now()
        _become(row, Status.SENT)
        tell(row, "campaign.finished")
    elif row.dispatch.status == Dispatch.Status.PAUSED and row.status == Status.SENDING:
        _become(row, Status.PAUSED)
        tell(row, "campaign.paused", reason=row.dispatch.pause_reason)
    elif row.dispatch.status == Dispatch.Status.RUNNING and row.status == Status.PAUSED:
        _become(row, Status.SENDING)


def _become(campaign: Campaign, status: str) -> None:
    campaign.status = status
    campaign.save(update_fields=["status", "finished_at", "updated_at"])


def _dispatch_of(campaign: Campaign) -> Dispatch:
    if campaign.dispatch is None:
        raise WrongState(gettext("This campaign has not started yet, so nothing was changed."))
    return campaign.dispatch


def _paused_by(actor: User | None) -> str:
    return gettext("Paused by %(name)s.") % {"name": actor} if actor else gettext("Paused through the API.")
