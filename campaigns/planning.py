"""What a launch freezes: who is meant, and with which versions, times and people kept back. The one place for it."""

import datetime as dt
from collections.abc import Mapping
from typing import Any
from zoneinfo import ZoneInfo

from campaigns.models import Campaign
from campaigns.schedule import instant_at, instants_everywhere
from campaigns.timing import AT_ONCE, NEXT_DAY, Timing, timing_of
from campaigns.variants import with_versions
from consent.quiet_hours import quiet_ends
from content.models import ContentVersion
from core.clock import UTC, available_zones, zone_or_none
from delivery.services import Arm, Audience, Plan
from segments.services import audience_sql

Kind = Campaign.Kind
Hours = tuple[dt.time, dt.time]
ONE_DAY = dt.timedelta(days=1)
# Workers need a moment, and so does a busy machine: who is so little late has not been passed by.
GRACE = dt.timedelta(minutes=15)


def make_plan(campaign: Campaign, at: dt.datetime, *, version: ContentVersion, moment: dt.datetime) -> Plan:
    """How the messages of the occurrence `at` differ, prepared at `moment`. The campaign has a sender.

    Raises ContentError where one of several versions cannot be compiled.
    """
    assert campaign.sender is not None  # noqa: S101 - a launch has looked
    timing = timing_of(campaign)
    due_at, by_zone = times_of(campaign, timing, at, moment)
    plan = Plan(
        due_at=due_at,
        arms=[Arm(campaign.sender, version)],
        by_zone=by_zone,
        send_within=timing.within,
    )
    return with_versions(campaign, plan, at)


def make_audience(campaign: Campaign, at: dt.datetime, moment: dt.datetime) -> Audience:
    """Who is meant by the occurrence `at`, asked at `moment`: the segment, or those of it whose date it is.

    Raises RuleError where the segment or the date names something that is gone.
    """
    assert campaign.segment is not None  # noqa: S101 - a launch has looked
    rule, asked_at = campaign.segment.rule, moment
    if campaign.kind == Kind.DATE:
        rule = rule_of_date(rule, timing_of(campaign), day_of(campaign, at))
        # The language counts anniversaries from its own today, which here is the day of the occurrence.
        asked_at = instant_at(day_of(campaign, at), dt.time(12), home_zone(campaign.workspace.time_zone))
    compiled = audience_sql(campaign.workspace, rule, asked_at)
    return Audience(compiled.sql, compiled.params, campaign.topic)


def rule_of_date(rule: Mapping[str, Any], timing: Timing, day: dt.date) -> dict[str, Any]:
    """The segment's rule narrowed to people whose date is `timing.days` away from `day`: itself, or its anniversary."""
    wanted = day - dt.timedelta(days=timing.days)
    itself = {"kind": "attribute", "key": timing.attribute, "op": "eq", "value": wanted.isoformat()}
    ahead = -timing.days
    yearly = {"kind": "anniversary", "key": timing.attribute, "from": ahead, "to": ahead}
    date: dict[str, Any] = {"any": [itself, yearly]} if timing.yearly else itself
    return {"version": rule["version"], "where": {"all": [rule["where"], date]}}


def home_zone(name: str) -> ZoneInfo:
    """The zone of that name; UTC for one that nobody knows any more."""
    return zone_or_none(name) or ZoneInfo("UTC")


def zone_of(campaign: Campaign) -> ZoneInfo:
    """The zone in which its times are told."""
    return home_zone(campaign.zone_name)


def day_of(campaign: Campaign, at: dt.datetime) -> dt.date:
    """The day of an occurrence where its times are told."""
    return at.astimezone(zone_of(campaign)).date()


def prepared_at(campaign: Campaign, timing: Timing, at: dt.datetime) -> dt.datetime:
    """When the occurrence `at` must be frozen: when the first people on earth are due."""
    if not timing.local_time:
        return at
    return min(at, *instants_everywhere(day_of(campaign, at), _clock_of(campaign, timing, at)).values())


def times_of(
    campaign: Campaign, timing: Timing, at: dt.datetime, moment: dt.datetime
) -> tuple[dt.datetime, dict[str, dt.datetime | None]]:
    """Everybody's time, and the times of people in zones where it is another one (None: not any more).

    Quiet hours of the workspace are on each person's own clock. Whose zone nobody knows, gets it at everybody's.
    """
    quiet = quiet_of(campaign)
    everybody = _after_quiet(at, quiet, zone_of(campaign))
    if not timing.local_time and quiet is None:
        return everybody, {}
    by_zone: dict[str, dt.datetime | None] = {}
    for name in available_zones():
        zone = ZoneInfo(name)
        due = _local_due(campaign, timing, at, moment, zone) if timing.local_time else at
        due = _after_quiet(due, quiet, zone) if due is not None else None
        if due != everybody:
            by_zone[name] = due
    return everybody, by_zone


def quiet_of(campaign: Campaign) -> Hours | None:
    """The hours in which the workspace writes to nobody, on their own clock."""
    workspace = campaign.workspace
    if workspace.quiet_from is None or workspace.quiet_until is None:
        return None
    return workspace.quiet_from, workspace.quiet_until


def _clock_of(campaign: Campaign, timing: Timing, at: dt.datetime) -> dt.time:
    return timing.clock if campaign.is_series else at.astimezone(zone_of(campaign)).time()


def _local_due(
    campaign: Campaign, timing: Timing, at: dt.datetime, moment: dt.datetime, zone: ZoneInfo
) -> dt.datetime | None:
    """When clocks in `zone` show the hour; by the campaign's rule where that has passed at `moment`."""
    day, clock = day_of(campaign, at), _clock_of(campaign, timing, at)
    due = instants_everywhere(day, clock)[zone.key]
    if due >= moment - GRACE:
        return due
    if timing.if_passed == AT_ONCE:
        return moment
    if timing.if_passed == NEXT_DAY:
        while due < moment:
            day += ONE_DAY
            due = instant_at(day, clock, zone)
        return due
    return None


def _after_quiet(due: dt.datetime, quiet: Hours | None, zone: ZoneInfo) -> dt.datetime:
    return (quiet_ends(due, *quiet, zone) or due).astimezone(UTC) if quiet is not None else due
