"""Deciding when a campaign goes out, once or again and again, and taking that back."""

import datetime as dt
from dataclasses import replace

from django.db import transaction
from django.utils.translation import gettext

from accounts.models import User
from campaigns.approval import has_yes, is_asked, is_needed, mark_of
from campaigns.errors import NotReady, WrongState
from campaigns.models import Approval, Campaign, Occurrence
from campaigns.planning import make_audience, prepared_at
from campaigns.preflight import inspect_campaign
from campaigns.rules import undo_window
from campaigns.services.approving import ask_approval, give_yes, withdraw_approval
from campaigns.services.rows import locked, note, require_state, require_version
from campaigns.services.series import begin_series
from campaigns.timing import FARTHEST_YEAR, Timing, timing_of, timing_problems
from core.clock import now, zone_or_none
from core.queue import enqueue
from segments.language.problems import RuleError

Kind = Campaign.Kind
UNSTARTED = (Campaign.Status.DRAFT, Campaign.Status.WAITING, Campaign.Status.SCHEDULED)


@transaction.atomic
def schedule_campaign(
    *,
    campaign: Campaign,
    actor: User | None,
    at: dt.datetime | None = None,
    time_zone: str = "",
    kind: str | None = None,
    timing: Timing | None = None,
    lock_version: int | None = None,
) -> Campaign:
    """Have the campaign go out: once `at`, or by the rules of its kind. Its audience is decided then.

    `kind` and `timing` replace what it has. A scheduled one is moved. One for newcomers starts `at`, or after the
    undo window. Where the workspace wants a second person's yes, it waits for that first. Raises NotReady with what
    must be mended (a time in the past too), EditConflict when it is not what this person looked at, WrongState once
    it has started.
    """
    row = locked(campaign)
    require_state(row, *UNSTARTED)
    require_version(row, lock_version)
    _set_rules(row, kind, timing)
    if zone_or_none(time_zone):
        row.time_zone = time_zone
    if row.is_series:
        return _schedule_series(row, actor)
    moment = now()
    starts_at = at or (moment + undo_window(row.workspace) if row.kind == Kind.EVERGREEN else None)
    if starts_at is None:
        raise NotReady([gettext("Choose a time")])
    return _schedule_once(row, actor, starts_at, is_at_once=at is None)


@transaction.atomic
def plan_draft(
    *,
    campaign: Campaign,
    actor: User | None,
    kind: str,
    timing: Timing,
    at: dt.datetime | None = None,
    time_zone: str = "",
    lock_version: int | None = None,
) -> Campaign:
    """Keep when a draft or a template is meant to go out. Nothing goes out by that, and nothing else is looked at.

    `lock_version` stays as it is: whoever has the page open goes on with it. Raises EditConflict when it is not what
    this person looked at, WrongState for anything but drafts and templates, NotReady for rules that cannot be.
    """
    row = locked(campaign)
    require_state(row, Campaign.Status.DRAFT, Campaign.Status.TEMPLATE)
    require_version(row, lock_version)
    _require_near(at)
    _set_rules(row, kind, timing)
    if zone_or_none(time_zone):
        row.time_zone = time_zone
    # A template is for other days.
    row.scheduled_at = at if row.kind == Kind.ONCE and row.status == Campaign.Status.DRAFT else None
    row.launch_at = None
    row.updated_by = actor
    row.save()
    return row


@transaction.atomic
def send_now(
    *, campaign: Campaign, actor: User | None, lock_version: int | None = None, as_once: bool = False
) -> Campaign:
    """Have the campaign start after the undo window, for everybody at once. Pressing twice sends once.

    `as_once` makes one message of a draft that had rules of its own. Raises as `schedule_campaign`; WrongState for a
    series too, which goes out by its own times.
    """
    row = locked(campaign)
    moment = now()
    if as_once and row.kind != Kind.ONCE and row.status == Campaign.Status.DRAFT:
        require_version(row, lock_version)
        _set_rules(row, Kind.ONCE, Timing())
    if row.is_series:
        raise WrongState(
            gettext(
                "This campaign goes out at its own times, so it was not sent now. "
                "Take it back first, or duplicate it and send the copy."
            )
        )
    if row.status == Campaign.Status.SENDING or _starts_in_a_moment(row, moment) or is_asked(row, None):
        return row
    require_state(row, *UNSTARTED)
    require_version(row, lock_version)
    row.timing = replace(timing_of(row), local_time=False).as_data()
    return _schedule_once(row, actor, moment + undo_window(row.workspace), is_at_once=True)


@transaction.atomic
def approve_campaign(*, campaign: Campaign, actor: User | None, comment: str = "") -> Campaign:
    """A second person's yes: the campaign is scheduled as it was asked for, at once after the undo window.

    Raises NotReady with what must be mended first, and as campaigns.services.approving.give_yes; then it still
    waits.
    """
    row = locked(campaign)
    approval = give_yes(row, actor=actor, comment=comment)
    if row.is_series:
        return _schedule_series(row, approval.asked_by, approval=approval)
    at = row.scheduled_at
    if approval.is_at_once or at is None:
        at = now() + undo_window(row.workspace)
    return _schedule_once(row, approval.asked_by, at, is_at_once=approval.is_at_once, approval=approval)


@transaction.atomic
def unschedule_campaign(*, campaign: Campaign, actor: User | None) -> Campaign:
    """Make a scheduled campaign a draft again; nothing more will leave. A draft stays one.

    Raises WrongState when it has already started: then pausing and stopping are what is left.
    """
    row = locked(campaign)
    if row.status == Campaign.Status.DRAFT:
        return row
    if row.status not in UNSTARTED:
        raise WrongState(gettext("It was too late to take this back: sending has begun. You can pause or stop it."))
    row.occurrences.filter(status=Occurrence.Status.PLANNED).delete()
    row.status = Campaign.Status.DRAFT
    row.scheduled_at = row.launch_at = None
    row.save(update_fields=["status", "scheduled_at", "launch_at", "updated_at"])
    withdraw_approval(row, actor=actor)
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
        and not campaign.is_series
        and campaign.scheduled_at is not None
        and campaign.scheduled_at - moment <= max(dt.timedelta(minutes=1), undo_window(campaign.workspace))
    )


def _set_rules(row: Campaign, kind: str | None, timing: Timing | None) -> None:
    """Give the locked row another kind and other rules. Raises WrongState or NotReady where that cannot be."""
    wanted = kind or row.kind
    if wanted != row.kind and row.occurrences.begun().exists():
        raise WrongState(
            gettext("This campaign has gone out already, so it stays what it is. Duplicate it to make another of it.")
        )
    rules = timing if timing is not None else timing_of(row)
    problems = timing_problems(wanted, rules)
    if problems:
        raise NotReady([str(sentence) for sentence in problems.values()])
    row.kind, row.timing = wanted, rules.as_data()


def _require_near(at: dt.datetime | None) -> None:
    """Raise NotReady for a year so far away that the clocks of other places could not be told."""
    if at is not None and at.year > FARTHEST_YEAR:
        raise NotReady([gettext("This day is too far away.")])


def _schedule_once(
    row: Campaign, actor: User | None, at: dt.datetime, *, is_at_once: bool = False, approval: Approval | None = None
) -> Campaign:
    _require_near(at)
    people = _require_ready(row, at)
    row.occurrences.filter(status=Occurrence.Status.PLANNED).delete()
    row.scheduled_at = at
    row.launch_at = prepared_at(row, timing_of(row), at) if row.kind == Kind.ONCE else None
    return _scheduled(row, actor, people, None if is_at_once else at, approval)


def _schedule_series(row: Campaign, actor: User | None, *, approval: Approval | None = None) -> Campaign:
    people = _require_ready(row, None)
    moment = now()
    if not begin_series(row, moment):
        raise NotReady([gettext("There is no day left on which it would go out. Choose other days")])
    try:
        make_audience(row, row.scheduled_at or moment, moment)
    except RuleError as error:
        raise NotReady([gettext("The date it is about no longer exists. Choose another one")]) from error
    return _scheduled(row, actor, people, row.scheduled_at, approval)


def _require_ready(row: Campaign, at: dt.datetime | None) -> int:
    """How many people would get it. Raises NotReady when something must be mended first."""
    found = inspect_campaign(row, at=at)
    if found.blocking:
        raise NotReady(list(found.blocking))
    return found.audience.will_get if found.audience else 0


def _scheduled(
    row: Campaign, actor: User | None, people: int, asked_at: dt.datetime | None, approval: Approval | None
) -> Campaign:
    """Scheduled, or waiting for the yes it needs; with an `approval` that was given in this transaction it has it."""
    row.scheduled_by = actor
    row.launch_problem = ""
    if approval is not None:
        approval.mark = mark_of(row, asked_at)
        approval.save(update_fields=["mark"])
    elif is_needed(row, people) and not has_yes(row, asked_at):
        return ask_approval(row, actor=actor, at=asked_at, people=people)
    row.status = Campaign.Status.SCHEDULED
    row.save()
    note(row, actor, "scheduled", at=row.scheduled_at.isoformat() if row.scheduled_at else "")
    return row
