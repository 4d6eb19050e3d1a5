"""Campaigns that go out again and again: each time is an occurrence, and only the next one is stored ahead."""

import datetime as dt
from dataclasses import replace

from django.db import transaction

from campaigns import holds
from campaigns.models import Campaign, Occurrence
from campaigns.planning import day_of, prepared_at, zone_of
from campaigns.querysets import OccurrenceQuerySet
from campaigns.services.feeding import Material, note_entries, pinned_with_feed
from campaigns.services.rows import tell
from campaigns.services.starting import Held, Started, hold, require_startable, start_occurrence
from campaigns.timing import SKIP, Timing, timing_of
from core.clock import now
from delivery import services as delivery
from delivery.models import Dispatch

Status = Campaign.Status
# Missed while nothing was running: so many are noted one by one, what is older than these is passed over.
MOST_MISSED = 100
RETRY_FEED = dt.timedelta(minutes=10)
# Where nothing was meant to go out there is nothing to mend either.
NOTHING_TO_SEND = (holds.NOBODY, holds.NOTHING_NEW)


def begin_series(campaign: Campaign, moment: dt.datetime) -> bool:
    """Plan the first occurrence after `moment` of the locked campaign; False when its rule has none.

    The first day is written down, so that "twelve times" is counted from it. The caller saves.
    """
    timing = timing_of(campaign)
    zone = zone_of(campaign)
    rule = timing.recurrence(campaign.kind, moment.astimezone(zone).date())
    following = replace(rule, times=None).next_after(moment, zone)
    if following is None:
        return False
    if timing.starts_on is None or timing.times is not None:
        campaign.timing = replace(timing, starts_on=day_of(campaign, following)).as_data()
    return plan_next(campaign, moment)


def plan_next(campaign: Campaign, after: dt.datetime) -> bool:
    """Make the first occurrence after `after` the next one of the locked campaign; False when there is none.

    Whatever else was planned is forgotten. The caller saves.
    """
    timing = timing_of(campaign)
    rule = timing.recurrence(campaign.kind, after.astimezone(zone_of(campaign)).date())
    following = rule.next_after(after, zone_of(campaign))
    # One that was launched already is never planned again: a rule may have been changed to an earlier hour.
    while following and campaign.occurrences.exclude(status="planned").filter(at=following).exists():
        following = rule.next_after(following, zone_of(campaign))
    planned = campaign.occurrences.filter(status=Occurrence.Status.PLANNED)
    if following is None:
        planned.delete()
        campaign.scheduled_at = campaign.launch_at = None
        return False
    planned.exclude(at=following).delete()
    Occurrence.objects.get_or_create(campaign=campaign, at=following, defaults={"workspace": campaign.workspace})
    campaign.scheduled_at = following
    campaign.launch_at = prepared_at(campaign, timing, following)
    return True


def launch_next(campaign: Campaign, moment: dt.datetime, material: Material | None) -> Campaign:
    """Start the occurrence of the locked series whose time has come, or note why not, and plan the next one.

    Missed ones follow the rule for lateness. What needs somebody (a sender that is not verified any more) holds
    the whole series: it becomes a draft that says why.
    """
    timing = timing_of(campaign)
    occurrence = _skip_missed(campaign, timing, moment)
    if occurrence is None:
        return _settle(campaign)
    try:
        if moment - occurrence.at > timing.allowance:
            raise Held(holds.LATE)
        require_startable(campaign)
        with transaction.atomic():
            started = _start(campaign, occurrence, moment, material)
    except Held as held:
        return _not_started(campaign, occurrence, moment, held.code, timing)
    _note_started(campaign, occurrence, moment, started)
    return _settle(campaign)


def _skip_missed(campaign: Campaign, timing: Timing, moment: dt.datetime) -> Occurrence | None:
    """Note those that were missed and shall not be made up; the one to start now, None when there is none left."""
    for _each in range(MOST_MISSED):
        occurrence = _planned(campaign)
        if timing.when_late != SKIP or moment - occurrence.at <= timing.allowance:
            return occurrence
        _close(occurrence, Occurrence.Status.SKIPPED, holds.LATE)
        if not plan_next(campaign, occurrence.at):
            return None
        if campaign.launch_at is not None and campaign.launch_at > moment:
            return None
    plan_next(campaign, moment - timing.allowance)
    return None


def _planned(campaign: Campaign) -> Occurrence:
    assert campaign.scheduled_at is not None  # noqa: S101 - it is due
    occurrence, _new = Occurrence.objects.get_or_create(
        campaign=campaign, at=campaign.scheduled_at, defaults={"workspace": campaign.workspace}
    )
    return occurrence


def _start(campaign: Campaign, occurrence: Occurrence, moment: dt.datetime, material: Material | None) -> Started:
    if campaign.kind != Campaign.Kind.FEED:
        return start_occurrence(campaign, occurrence.at, moment)
    if material is None or material.is_down:
        raise Held(holds.FEED_DOWN)
    entries = material.unseen(campaign)
    if not entries:
        raise Held(holds.NOTHING_NEW)
    version = pinned_with_feed(campaign, material, entries)
    started = start_occurrence(campaign, occurrence.at, moment, version=version)
    note_entries(campaign, material, occurrence, entries)
    return started


def _note_started(campaign: Campaign, occurrence: Occurrence, moment: dt.datetime, started: Started) -> None:
    occurrence.status = Occurrence.Status.LAUNCHED
    occurrence.reason = ""
    occurrence.dispatch = started.dispatch
    occurrence.content_version = started.version
    occurrence.launched_at = moment
    occurrence.save()
    campaign.dispatch = started.dispatch
    campaign.content_version = started.version
    campaign.launched_at = moment
    campaign.launch_problem = ""
    plan_next(campaign, occurrence.at)
    tell(campaign, "campaign.launched", targeted=started.targeted, occurrence=str(occurrence.public_id))


def _not_started(
    campaign: Campaign, occurrence: Occurrence, moment: dt.datetime, code: str, timing: Timing
) -> Campaign:
    if code == holds.FEED_DOWN and moment + RETRY_FEED - occurrence.at < timing.allowance:
        campaign.launch_at = moment + RETRY_FEED
        campaign.save()
        return campaign
    if code in NOTHING_TO_SEND or code == holds.FEED_DOWN:
        _close(occurrence, Occurrence.Status.SKIPPED, code)
        plan_next(campaign, occurrence.at)
        return _settle(campaign)
    _close(occurrence, Occurrence.Status.HELD, code)
    campaign.scheduled_at = None
    tell(campaign, hold(campaign, code), reason=code)
    return campaign


def _close(occurrence: Occurrence, status: str, reason: str) -> None:
    occurrence.status, occurrence.reason, occurrence.finished_at = status, reason, now()
    occurrence.save()


def _settle(campaign: Campaign) -> Campaign:
    """Save the locked series in the state that fits: waiting for its next time, sending its last one, or done."""
    if campaign.scheduled_at is not None:
        campaign.status = Status.SCHEDULED
    elif running(campaign).exists():
        campaign.status = Status.SENDING
    else:
        campaign.status = Status.SENT
        campaign.finished_at = now()
        tell(campaign, "campaign.finished")
    campaign.save()
    return campaign


def running(campaign: Campaign) -> OccurrenceQuerySet:
    """Its occurrences that are being sent or held in the middle of it."""
    states = (Dispatch.Status.RUNNING, Dispatch.Status.PAUSED)
    return campaign.occurrences.filter(dispatch__status__in=states).select_related("dispatch").order_by("at")


def pause_series(campaign: Campaign, reason: str) -> None:
    """Hold what is being sent, and start nothing more, of the locked series. Saves it."""
    for occurrence in running(campaign):
        assert occurrence.dispatch is not None  # noqa: S101 - that is what was asked for
        delivery.pause_dispatch(dispatch=occurrence.dispatch, reason=reason)
    campaign.status = Status.PAUSED
    campaign.save()


def resume_series(campaign: Campaign, moment: dt.datetime) -> None:
    """Go on with the locked series. Times that passed meanwhile are noted as skipped and not made up. Saves it."""
    for occurrence in running(campaign):
        assert occurrence.dispatch is not None  # noqa: S101 - that is what was asked for
        delivery.resume_dispatch(dispatch=occurrence.dispatch)
    missed = campaign.occurrences.filter(status=Occurrence.Status.PLANNED, at__lt=moment)
    missed.update(status=Occurrence.Status.SKIPPED, reason=holds.PAUSED, finished_at=moment)
    plan_next(campaign, moment)
    _settle(campaign)


def cancel_series(campaign: Campaign, moment: dt.datetime) -> None:
    """Stop the locked series for good: nothing waits or is planned any more. Saves it."""
    for occurrence in running(campaign):
        assert occurrence.dispatch is not None  # noqa: S101 - that is what was asked for
        delivery.cancel_dispatch(dispatch=occurrence.dispatch)
    campaign.occurrences.filter(status=Occurrence.Status.PLANNED).delete()
    campaign.scheduled_at = campaign.launch_at = None
    campaign.finished_at = moment
    campaign.status = Status.CANCELLED
    campaign.save()


def follow_occurrences(campaign: Campaign) -> None:
    """Bring the occurrences of the locked campaign, and a series itself, in line with how their dispatches stand."""
    ended = (Dispatch.Status.FINISHED, Dispatch.Status.CANCELLED)
    done = campaign.occurrences.filter(status=Occurrence.Status.LAUNCHED, dispatch__status__in=ended)
    done.update(status=Occurrence.Status.DONE, finished_at=now())
    if not campaign.is_series or campaign.status not in (Status.SCHEDULED, Status.SENDING):
        return
    held = running(campaign).filter(dispatch__status=Dispatch.Status.PAUSED).first()
    if held is not None and held.dispatch is not None:
        campaign.status = Status.PAUSED
        campaign.save()
        tell(campaign, "campaign.paused", reason=held.dispatch.pause_reason)
    elif campaign.status == Status.SENDING:
        _settle(campaign)
