"""Everybody who was not in the test of versions: which version they get, and when."""

import dataclasses
import datetime as dt
from collections.abc import Sequence

from campaigns.hold_outs import hold_outs_of
from campaigns.models import Campaign, CampaignVariant
from campaigns.planning import day_of, times_of, zone_of
from campaigns.schedule import instant_at
from campaigns.timing import NEXT_DAY, timing_of
from campaigns.variants import arms_of, salt_of
from delivery.services import Plan

ONE_DAY = dt.timedelta(days=1)


def plan_for_rest(campaign: Campaign, variants: Sequence[CampaignVariant], *, moment: dt.datetime) -> Plan:
    """The plan for the rest as of `moment`: equal parts of them get each of `variants`, one or more.

    They get it at once, outside of quiet hours; where it goes out at an hour on each person's own clock, the next
    time that hour comes. Nobody waits for a version's later hour any more. Who was kept back from the test stays so.
    """
    assert campaign.dispatch is not None  # noqa: S101 - it has started
    started_at, timing = campaign.dispatch.occurrence, timing_of(campaign)
    at = _same_hour(campaign, started_at, moment) if timing.local_time else moment
    due_at, by_zone = times_of(campaign, dataclasses.replace(timing, if_passed=NEXT_DAY), at, moment)
    return Plan(
        due_at=due_at,
        arms=[dataclasses.replace(arm, delay=dt.timedelta()) for arm in arms_of(campaign, variants)],
        salt=f"{salt_of(campaign)}:rest",
        by_zone=by_zone,
        send_within=timing.within,
        hold_outs=hold_outs_of(campaign, started_at),
    )


def _same_hour(campaign: Campaign, started_at: dt.datetime, moment: dt.datetime) -> dt.datetime:
    """The next time clocks in the campaign's zone show the hour at which it started."""
    zone = zone_of(campaign)
    day, clock = day_of(campaign, moment), started_at.astimezone(zone).time()
    at = instant_at(day, clock, zone)
    return at if at >= moment else instant_at(day + ONE_DAY, clock, zone)
