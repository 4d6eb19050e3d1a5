"""Limits people set, and what limits mean for what waits."""

import datetime as dt
from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any
from zoneinfo import ZoneInfo

from django.db import connection, transaction
from django.utils.functional import Promise

from accounts.models import User, Workspace
from accounts.services import record_audit
from channels.models import Sender
from contacts.services.hygiene import kept_domains
from core.clock import now, zone_or_none
from delivery.models import Dispatch, Message, PaceBucket, PaceSlowdown, SenderStop
from delivery.pace.backoff import current_rate, is_recovered
from delivery.pace.forecast import Slot, ends_at, forecast
from delivery.pace.meters import planned_for, smallest
from delivery.pace.receivers import EVERYBODY, KEPT_BY, receiver_label
from delivery.pace.turns import due_lanes, senders_of

EVER = dt.timedelta(days=36_500)


@dataclass(frozen=True, slots=True)
class Limits:
    """What somebody may set for a workspace or a sender. None is no limit.

    `receivers` are messages an hour by receiver (delivery.pace.receivers); `plan` the most for each day from
    `plan_from` on.
    """

    hourly: int | None = None
    daily: int | None = None
    receivers: Mapping[int, int] = field(default_factory=dict)
    plan_from: dt.date | None = None
    plan: Sequence[int] = ()


@dataclass(frozen=True, slots=True)
class SlowedReceiver:
    """A receiver that asked for less: nothing before `until`, then `hourly` messages an hour and slowly more."""

    receiver: int
    label: Promise
    until: dt.datetime
    hourly: int
    words: str
    is_paused: bool

    @property
    def is_everybody(self) -> bool:
        """It is the sender's provider that asked, whoever is written to."""
        return self.receiver == EVERYBODY


@dataclass(frozen=True, slots=True)
class CompanyDomains:
    """Companies' own domains whose mailboxes one receiver runs, so that its limits hold for them too."""

    label: Promise
    domains: int
    people: int


@dataclass(frozen=True, slots=True)
class SenderPace:
    """A sender's limits and where they stand today."""

    limits: Limits
    used_today: int
    allowed_today: int | None
    warmup_day: int | None
    slowed: list[SlowedReceiver]
    stop: SenderStop | None


@dataclass(frozen=True, slots=True)
class DispatchPace:
    """What limits mean for the messages of a dispatch that wait.

    `today` of them can still leave today and `later` on another day; `hourly` is the strictest limit of an hour. All
    limits are shared: what other campaigns send meanwhile comes on top, so `ends_at` is the earliest end.
    """

    waiting: int = 0
    today: int = 0
    later: int = 0
    hourly: int | None = None
    is_warming_up: bool = False
    ends_at: dt.datetime | None = None
    slowed: list[SlowedReceiver] = field(default_factory=list)
    slots: list[Slot] = field(default_factory=list)

    @property
    def is_limited(self) -> bool:
        """Whether anything but the servers' own speed decides."""
        return bool(self.hourly or self.later or self.slowed)


@transaction.atomic
def set_limits(*, workspace: Workspace, actor: User | None, limits: Limits, sender: Sender | None = None) -> None:
    """Set the limits of a workspace, or of one of its senders. What was counted so far stays counted."""
    whose: dict[str, Any] = {"workspace": workspace, "sender": sender, "dispatch": None}
    values: dict[str, Any] = {
        "hourly_limit": limits.hourly,
        "daily_limit": limits.daily,
        "warmup_from": limits.plan_from if limits.plan else None,
        "warmup_plan": list(limits.plan) if limits.plan_from else [],
    }
    _keep_or_drop({**whose, "receiver": None}, values)
    PaceBucket.objects.filter(**whose, receiver__isnull=False).exclude(receiver__in=limits.receivers).delete()
    for receiver, hourly in limits.receivers.items():
        PaceBucket.objects.update_or_create(**whose, receiver=receiver, defaults={"hourly_limit": hourly})
    record_audit(workspace=workspace, actor=actor, action="pace.changed", target=str(sender or workspace))


def _keep_or_drop(whose: dict[str, Any], values: dict[str, Any]) -> None:
    """A row without any limit would only cost time."""
    if any(values.values()):
        PaceBucket.objects.update_or_create(**whose, defaults=values)
    else:
        PaceBucket.objects.filter(**whose).delete()


def limits_of(workspace: Workspace, sender: Sender | None = None) -> Limits:
    """The limits set for a workspace, or for one of its senders."""
    return _limits(list(PaceBucket.objects.filter(workspace=workspace, sender=sender, dispatch=None)))


def used_today(workspace: Workspace) -> int:
    """Messages of the workspace counted today; 0 where it has no limits."""
    own = PaceBucket.objects.filter(workspace=workspace, sender=None, dispatch=None).first()
    return own.used_on(today_of(workspace)) if own else 0


def company_domains(workspace: Workspace) -> list[CompanyDomains]:
    """Companies' own domains among the workspace's addresses, by who runs their mailboxes; as last counted."""
    counted = kept_domains(workspace)
    return [
        CompanyDomains(receiver_label(KEPT_BY[keeper]), domains, people)
        for keeper, domains, people in counted
        if keeper in KEPT_BY
    ]


def sender_pace(sender: Sender) -> SenderPace:
    """Where a sender stands: limits, today's count, receivers that asked for less, and whether it is stopped."""
    return sender_paces([sender])[0][1]


def _sender_pace(
    rows: list[PaceBucket], day: dt.date, slowed: list[SlowedReceiver], stop: SenderStop | None
) -> SenderPace:
    limits = _limits(rows)
    planned = planned_for(limits.plan, limits.plan_from, day)
    return SenderPace(
        limits=limits,
        used_today=_own(rows).used_on(day),
        allowed_today=smallest(limits.daily, planned),
        warmup_day=(day - limits.plan_from).days + 1 if planned is not None and limits.plan_from else None,
        slowed=slowed,
        stop=stop,
    )


def _own(rows: list[PaceBucket]) -> PaceBucket:
    return next((row for row in rows if row.receiver is None), PaceBucket())


def _limits(rows: list[PaceBucket]) -> Limits:
    own = _own(rows)
    receivers = {row.receiver: row.hourly_limit for row in rows if row.receiver is not None and row.hourly_limit}
    return Limits(own.hourly_limit, own.daily_limit, receivers, own.warmup_from, own.warmup_plan)


def sender_paces(senders: Iterable[Sender]) -> list[tuple[Sender, SenderPace]]:
    """Where several senders of one workspace stand; as many statements as for one."""
    senders = list(senders)
    rows: dict[int, list[PaceBucket]] = defaultdict(list)
    for row in PaceBucket.objects.filter(sender__in=senders, dispatch=None):
        rows[row.sender_id or 0].append(row)
    slowed: dict[int, list[SlowedReceiver]] = defaultdict(list)
    for sender_id, receiver in slowed_by_sender([sender.pk for sender in senders]):
        slowed[sender_id].append(receiver)
    stops = SenderStop.objects.in_bulk([sender.pk for sender in senders])
    day = today_of(senders[0].workspace) if senders else now().date()
    return [(one, _sender_pace(rows[one.pk], day, slowed[one.pk], stops.get(one.pk))) for one in senders]


def slowed_receivers(senders: Iterable[int]) -> list[SlowedReceiver]:
    """Receivers that asked these senders for less and have not come back to full speed."""
    return [receiver for _sender, receiver in slowed_by_sender(senders)]


def slowed_by_sender(senders: Iterable[int]) -> list[tuple[int, SlowedReceiver]]:
    """The same with the sender that each asked."""
    moment = now()
    return [
        (
            row.sender_id,
            SlowedReceiver(
                row.receiver,
                receiver_label(row.receiver),
                row.paused_until,
                round(current_rate(row.state, moment)),
                row.words,
                is_paused=row.paused_until > moment,
            ),
        )
        for row in PaceSlowdown.objects.filter(sender__in=list(senders)).order_by("receiver", "sender")
        if not is_recovered(row.state, moment)
    ]


@transaction.atomic
def try_sender_again(*, sender: Sender, actor: User | None) -> bool:
    """Let one message at a time try what a stopped sender was refused; false when it is not stopped."""
    changed = SenderStop.objects.filter(sender=sender).update(probing_at=now())
    if changed:
        record_audit(workspace=sender.workspace, actor=actor, action="sender.tried_again", target=str(sender))
    return bool(changed)


def pace_of(dispatch: Dispatch) -> DispatchPace:
    """What limits mean for what waits in a dispatch, as things stand."""
    with connection.cursor() as cursor:
        # Whatever is due, now or later: by jumping from lane to lane, not by reading all rows once more.
        senders = senders_of(due_lanes(cursor, dispatch=dispatch.pk, at=now() + EVER))
    return pace_for(
        workspace=dispatch.workspace,
        senders=senders,
        messages=Message.objects.filter(dispatch=dispatch, status="pending").count(),
        hourly_limit=dispatch.hourly_limit,
    )


def pace_for(
    *,
    workspace: Workspace,
    senders: Sequence[int],
    messages: int,
    hourly_limit: int | None = None,
    due: Sequence[tuple[dt.datetime, int]] = (),
) -> DispatchPace:
    """What limits would mean for so many messages from these senders (ids): all due now, or at their times `due`."""
    return paced(
        workspace=workspace,
        rows=list(PaceBucket.objects.filter(workspace=workspace, dispatch=None, receiver=None)),
        senders=senders,
        hourly_limit=hourly_limit,
        due=due or [(now(), messages)],
        slowed=slowed_receivers(senders),
    )


def paced(
    *,
    workspace: Workspace,
    rows: Iterable[PaceBucket],
    senders: Sequence[int],
    hourly_limit: int | None,
    due: Sequence[tuple[dt.datetime, int]],
    slowed: list[SlowedReceiver],
) -> DispatchPace:
    """The same from `rows`, the limits of the workspace and its senders, and `slowed`, which the caller has read.

    `due` says at which times how many are due, and is not empty.
    """
    start, messages = min(at for at, _number in due), sum(number for _at, number in due)
    limits = {row.sender_id: row for row in rows if row.receiver is None and row.dispatch_id is None}
    own = limits.get(None, PaceBucket())
    theirs = [limits.get(key, PaceBucket()) for key in senders]
    hourly = smallest(hourly_limit, own.hourly_limit, _together([row.hourly_limit for row in theirs]))

    def left_on(day: dt.date) -> int | None:
        return smallest(_left(own, day), _together([_left(row, day) for row in theirs]))

    zone = zone_of(workspace)
    day = start.astimezone(zone).date()
    slots = forecast(due, zone=zone, hourly=hourly, left_on=left_on)
    today = sum(slot.messages for slot in slots if slot.at.astimezone(zone).date() == day)
    return DispatchPace(
        waiting=messages,
        today=today,
        later=messages - today,
        hourly=hourly,
        is_warming_up=any(planned_for(row.warmup_plan, row.warmup_from, day) is not None for row in theirs),
        ends_at=ends_at(slots, hourly),
        slowed=slowed,
        slots=slots,
    )


def zone_of(workspace: Workspace) -> ZoneInfo:
    """The clock whose days limits count."""
    return zone_or_none(workspace.time_zone) or ZoneInfo("UTC")


def today_of(workspace: Workspace) -> dt.date:
    """The day it is in the workspace."""
    return now().astimezone(zone_of(workspace)).date()


def _left(row: PaceBucket, day: dt.date) -> int | None:
    limit = smallest(row.daily_limit, planned_for(row.warmup_plan, row.warmup_from, day))
    return None if limit is None else max(0, limit - row.used_on(day))


def _together(limits: Sequence[int | None]) -> int | None:
    """Several senders share the work: without a limit for one of them there is none."""
    known = [limit for limit in limits if limit is not None]
    return sum(known) if known and len(known) == len(limits) else None
