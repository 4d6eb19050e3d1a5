"""Holding everything that would go out by itself, for a database that comes from a backup.

What left after the backup was made, the restored tables know nothing about: going on would write to people twice.
"""

from dataclasses import dataclass

from django.db import transaction
from django.db.models import Q
from django.utils.translation import gettext

from campaigns.models import Campaign
from campaigns.services.control import pause_campaign
from campaigns.services.scheduling import unschedule_campaign
from delivery.services import doubt_waiting

Status = Campaign.Status


@dataclass(frozen=True, slots=True)
class Stillness:
    """What was held: campaigns paused and taken off the schedule, and single messages nobody knows about."""

    paused: int
    unscheduled: int
    unknown: int


@transaction.atomic
def stand_still() -> Stillness:
    """Pause what is being sent and every series, make drafts of what waits for its time, doubt what was waiting.

    Doing it again changes nothing. Call it while no worker runs.
    """
    reason = gettext(
        "Rapport was restored from a backup. Whoever got this campaign after the backup was made would get it twice. "
        "Resume it if nobody did; else stop it."
    )
    starts = Q(status=Status.SCHEDULED)
    begun = Campaign.objects.filter(Q(status=Status.SENDING) | starts & Q(kind__in=Campaign.SERIES)).order_by("pk")
    once = Campaign.objects.filter(starts).exclude(kind__in=Campaign.SERIES).order_by("pk")
    paused = [pause_campaign(campaign=campaign, actor=None, reason=reason) for campaign in begun]
    drafts = [unschedule_campaign(campaign=campaign, actor=None) for campaign in once]
    return Stillness(len(paused), len(drafts), doubt_waiting())
