"""How fast messages leave: as the last campaigns showed, and in the one that is on its way."""

import datetime as dt

from django.db.models import DurationField, ExpressionWrapper, F

from accounts.models import Workspace
from campaigns.models import Campaign
from campaigns.variants import parts_of_versions
from core.clock import now
from delivery.models import Dispatch, Message
from delivery.services import DispatchReport, pace_for

# What was slower had a reason of its own: hours on everybody's clock, a pause, versions. What was smaller says little.
LAST = 5
FEWEST = 200
NOT_BEFORE = dt.timedelta(days=90)
NEAR = 0.25


def usual_speed(workspace: Workspace) -> float | None:
    """Messages a second in the fastest of the last campaigns without a limit of its own; None where none can tell."""
    ended = Dispatch.objects.filter(
        workspace=workspace,
        source_kind="campaign",
        status=Dispatch.Status.FINISHED,
        hourly_limit=None,
        targeted__gte=FEWEST,
        finished_at__gt=now() - NOT_BEFORE,
    ).annotate(lasted=ExpressionWrapper(F("finished_at") - F("created_at"), output_field=DurationField()))
    rows = [row for row in ended.order_by("-finished_at")[:LAST] if row.lasted > dt.timedelta()]
    if not rows:
        return None
    fastest = max(rows, key=lambda row: row.targeted / row.lasted.total_seconds())
    # Who was left out took no time.
    sent = Message.objects.filter(dispatch=fastest, status=Message.Status.SENT).count()
    return sent / fastest.lasted.total_seconds() if sent >= FEWEST else None


def seconds_for(workspace: Workspace, messages: int) -> float | None:
    """How long so many messages take at that speed; None where nothing is known."""
    speed = usual_speed(workspace) if messages else None
    return messages / speed if speed else None


def seconds_left(campaign: Campaign, report: DispatchReport) -> int | None:
    """How long what waits still takes: as fast as it goes now, or as limits let it; None where nothing is known.

    Of a limit of a few an hour a single minute shows hardly anything, so the limit itself is reckoned with, unless
    messages leave at less than NEAR of it: then something else is slower.
    """
    senders = {sender.pk for sender in [campaign.sender, *parts_of_versions(campaign)[0]] if sender}
    pace = pace_for(
        workspace=campaign.workspace,
        senders=sorted(senders),
        messages=report.pending,
        hourly_limit=campaign.hourly_limit,
    )
    is_near = pace.hourly is not None and report.rate_per_minute * 60 >= NEAR * pace.hourly
    if report.pending and pace.ends_at and (pace.later or is_near or not report.rate_per_minute):
        return round((pace.ends_at - now()).total_seconds())
    return report.seconds_left
