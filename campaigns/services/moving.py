"""Moving a campaign to another day of the calendar."""

import datetime as dt

from django.db import transaction
from django.utils.translation import gettext

from accounts.models import User
from campaigns.errors import WrongState
from campaigns.models import Campaign
from campaigns.planning import home_zone, prepared_at
from campaigns.schedule import instant_at
from campaigns.services.approving import withdraw_approval
from campaigns.services.rows import locked, note
from campaigns.timing import FARTHEST_YEAR, timing_of
from core.clock import now

USUAL_HOUR = dt.time(9)
LONG_AGO = dt.date(2000, 1, 1)


@transaction.atomic
def move_campaign(*, campaign: Campaign, actor: User | None, day: dt.date, clock: dt.time | None = None) -> Campaign:
    """Move a draft or scheduled campaign to `day`, at the hour it has, at `clock`, or at nine.

    Days and hours are the workspace's, as on the calendar. A draft stays one: the day is only what is planned. A
    scheduled one goes out then. Raises WrongState, with nothing changed, for a day that has passed, for one that has
    begun, and for a series, whose days are its own.
    """
    row = locked(campaign)
    if not row.is_editable:
        raise WrongState(gettext("“%(name)s” has begun, so it stays where it is.") % {"name": row.name})
    if row.kind != Campaign.Kind.ONCE:
        raise WrongState(
            gettext("“%(name)s” goes out on days of its own. Open it to choose other days.") % {"name": row.name}
        )
    zone = home_zone(row.workspace.time_zone)
    present = row.scheduled_at.astimezone(zone).time() if row.scheduled_at else USUAL_HOUR
    if day.year > FARTHEST_YEAR:
        raise WrongState(gettext("That day is too far away, so nothing was moved."))
    at = instant_at(max(day, LONG_AGO), (clock or present).replace(second=0, microsecond=0), zone)
    if at <= now():
        raise WrongState(
            gettext("That time has passed, so “%(name)s” stays where it was. Choose a later one.") % {"name": row.name}
        )
    row.scheduled_at = at
    row.launch_at = prepared_at(row, timing_of(row), at)
    row.updated_by = actor
    # A second person's yes was for the other day: it is asked for again.
    if withdraw_approval(row, actor=actor) or row.status == Campaign.Status.WAITING:
        row.status = Campaign.Status.DRAFT
    row.save(update_fields=["scheduled_at", "launch_at", "status", "updated_by", "updated_at"])
    note(row, actor, "moved", at=at.isoformat())
    return row
