"""How fast messages of a workspace leave, as its last campaigns showed."""

import datetime as dt

from django.db.models import DurationField, ExpressionWrapper, F

from accounts.models import Workspace
from core.clock import now
from delivery.models import Dispatch, Message

# What was slower had a reason of its own: hours on everybody's clock, a pause, versions. What was smaller says little.
LAST = 5
FEWEST = 200
NOT_BEFORE = dt.timedelta(days=90)


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
