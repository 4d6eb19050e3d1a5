"""What is on its way now: how much of each dispatch waits for whom, how fast it goes, what slows it, when it ends.

Everything is asked for all dispatches together, of indexes alone; nothing is written.
"""

import datetime as dt
from collections import Counter, defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from typing import Any

from django.db import connection
from django.db.models import QuerySet
from django.utils.functional import Promise

from accounts.models import Workspace
from channels.models import Sender
from core.clock import now
from delivery.models import Dispatch, PaceBucket, SenderStop
from delivery.pace.receivers import receiver_label
from delivery.services.pace import DispatchPace, SlowedReceiver, paced, slowed_by_sender

MOST = 50
MINUTE = dt.timedelta(minutes=1)
YOUNGEST_SECONDS = 10
# Whoever had a turn in so many seconds is sending now.
AT_IT = dt.timedelta(seconds=30)

# By the index message_lane alone.
WAITING = """
SELECT dispatch_id, sender_id, receiver, count(*), count(*) FILTER (WHERE due_at <= %(now)s),
    min(due_at) FILTER (WHERE due_at > %(now)s), max(due_at)
FROM delivery_message WHERE dispatch_id = ANY(%(dispatches)s) AND status = 'pending' GROUP BY 1, 2, 3
"""
# By the index message_sent_to alone.
LATELY = """
SELECT dispatch_id, count(*) FROM delivery_message
WHERE workspace_id = ANY(%(workspaces)s) AND status = 'sent' AND settled_at >= %(since)s
  AND dispatch_id = ANY(%(dispatches)s) GROUP BY 1
"""


@dataclass(frozen=True, slots=True)
class LaneState:
    """What waits of a dispatch from one sender for one receiver."""

    sender: int
    receiver: int
    waiting: int
    due: int
    next_at: dt.datetime | None
    last_at: dt.datetime


@dataclass(frozen=True, slots=True)
class Mailboxes:
    """What waits for one receiver, from all senders; `slowed` where it asked for less."""

    receiver: int
    label: Promise
    waiting: int
    slowed: SlowedReceiver | None = None


@dataclass(slots=True)
class GoingOut:
    """One dispatch on its way. `due` of those `waiting` could leave now; `next_at` is when the next of the others can.

    `per_minute` is its own speed and `together` that of all dispatches of its workspace that were asked about.
    `stops` are senders that somebody refuses, `limits` the rows of pace that are about it, `rivals` how many others of
    its workspace take turns with it, `has_neighbours` whether other workspaces do.
    """

    dispatch: Dispatch
    lanes: list[LaneState] = field(default_factory=list)
    per_minute: int = 0
    together: int = 0
    pace: DispatchPace = field(default_factory=DispatchPace)
    senders: list[Sender] = field(default_factory=list)
    stops: list[SenderStop] = field(default_factory=list)
    limits: list[PaceBucket] = field(default_factory=list)
    rivals: int = 0
    has_neighbours: bool = False

    @property
    def is_paused(self) -> bool:
        """Whether it stands still because it was paused."""
        return self.dispatch.status == Dispatch.Status.PAUSED

    @property
    def waiting(self) -> int:
        """Messages that have not left."""
        return sum(lane.waiting for lane in self.lanes)

    @property
    def due(self) -> int:
        """Messages whose time has come."""
        return sum(lane.due for lane in self.lanes)

    @property
    def next_at(self) -> dt.datetime | None:
        """When the next message becomes due whose time has not come."""
        return min((lane.next_at for lane in self.lanes if lane.next_at), default=None)

    @property
    def mailboxes(self) -> list[Mailboxes]:
        """By receiver, the most first."""
        waiting: dict[int, int] = defaultdict(int)
        for lane in self.lanes:
            waiting[lane.receiver] += lane.waiting
        slowed = {one.receiver: one for one in self.pace.slowed}
        found = [Mailboxes(key, receiver_label(key), number, slowed.get(key)) for key, number in waiting.items()]
        return sorted(found, key=lambda one: (-one.waiting, one.receiver))

    @property
    def ends_at(self) -> dt.datetime | None:
        """When the last message leaves as things stand; None while it stands still or nobody can know."""
        if self.is_paused or self.stops or not self.waiting:
            return None
        last_due = max(lane.last_at for lane in self.lanes)
        if self.pace.ends_at and (self.pace.hourly or self.pace.later):
            return max(self.pace.ends_at, last_due)
        if self.due and not self.per_minute:
            return None
        by_speed = now() + dt.timedelta(minutes=self.due / self.per_minute) if self.due else last_due
        return max(by_speed, last_due)


def going_out(workspace: Workspace | None = None, *, only: int | None = None) -> list[GoingOut]:
    """What is on its way in a workspace, or in all: running, then paused, the newest of each first; MOST at most.

    `only` is the id of the one dispatch that is asked about.
    """
    rows = Dispatch.objects.filter(status__in=(Dispatch.Status.RUNNING, Dispatch.Status.PAUSED))
    if workspace is not None:
        rows = rows.filter(workspace=workspace)
    if only is not None:
        rows = rows.filter(pk=only)
    dispatches = _latest(rows)
    if not dispatches:
        return []
    found = [GoingOut(dispatch, _lanes_of(rows)) for dispatch, rows in _with_lanes(dispatches)]
    _add_speed(found)
    _add_pace(found)
    _add_rivals(found)
    return found


def _latest(rows: QuerySet[Dispatch]) -> list[Dispatch]:
    """Running ones first, so that those that stand still do not push them off the page; in an order that stays."""
    return list(rows.select_related("workspace").order_by("-status", "-id")[:MOST])


def _with_lanes(dispatches: list[Dispatch]) -> Iterable[tuple[Dispatch, list[Any]]]:
    lanes: dict[int, list[Any]] = defaultdict(list)
    with connection.cursor() as cursor:
        cursor.execute(WAITING, {"dispatches": [one.pk for one in dispatches], "now": now()})
        for dispatch, *lane in cursor.fetchall():
            lanes[dispatch].append(lane)
    return [(one, lanes[one.pk]) for one in dispatches]


def _lanes_of(rows: list[Any]) -> list[LaneState]:
    return [LaneState(*row) for row in rows]


def _add_speed(found: list[GoingOut]) -> None:
    moment = now()
    values: dict[str, Any] = {
        "workspaces": sorted({one.dispatch.workspace_id for one in found}),
        "dispatches": [one.dispatch.pk for one in found],
        "since": moment - MINUTE,
    }
    with connection.cursor() as cursor:
        cursor.execute(LATELY, values)
        sent = dict(cursor.fetchall())
    for one in found:
        # In the first minute what has left so far is not the number of a minute.
        age = (moment - one.dispatch.created_at).total_seconds()
        one.per_minute = round(sent.get(one.dispatch.pk, 0) * 60 / min(max(age, YOUNGEST_SECONDS), 60))
    speeds: Counter[int] = Counter()
    for one in found:
        speeds[one.dispatch.workspace_id] += one.per_minute
    for one in found:
        one.together = speeds[one.dispatch.workspace_id]


def _add_pace(found: list[GoingOut]) -> None:
    """Limits, slowdowns and stops, each read once for all."""
    keys = sorted({lane.sender for one in found for lane in one.lanes if lane.sender})
    senders = Sender.objects.in_bulk(keys)
    stops = SenderStop.objects.in_bulk(keys)
    slowed: dict[int, list[SlowedReceiver]] = defaultdict(list)
    for sender, receiver in slowed_by_sender(keys):
        slowed[sender].append(receiver)
    rows: dict[int, list[PaceBucket]] = defaultdict(list)
    workspaces = {one.dispatch.workspace_id for one in found}
    for row in PaceBucket.objects.filter(workspace__in=workspaces, dispatch=None):
        rows[row.workspace_id].append(row)
    for one in found:
        own = sorted({lane.sender for lane in one.lanes if lane.sender})
        one.senders = [senders[key] for key in own if key in senders]
        one.stops = [stops[key] for key in own if key in stops]
        one.limits = [row for row in rows[one.dispatch.workspace_id] if row.sender_id in (None, *own)]
        if one.lanes:
            one.pace = _pace(one, own, [receiver for key in own for receiver in slowed[key]])


def _pace(one: GoingOut, senders: Sequence[int], slowed: list[SlowedReceiver]) -> DispatchPace:
    moment = now()
    due = [(moment, one.due)] + [
        (lane.next_at, lane.waiting - lane.due) for lane in one.lanes if lane.next_at is not None
    ]
    return paced(
        workspace=one.dispatch.workspace,
        rows=one.limits,
        senders=senders,
        hourly_limit=one.dispatch.hourly_limit,
        due=due,
        slowed=slowed,
    )


def _add_rivals(found: list[GoingOut]) -> None:
    """Who takes turns with whom: whoever had a turn a moment ago."""
    busy = Dispatch.objects.filter(status=Dispatch.Status.RUNNING, claimed_at__gte=now() - AT_IT)
    at_it: dict[int, set[int]] = defaultdict(set)
    for key, workspace in busy.values_list("pk", "workspace_id")[: MOST * 4]:
        at_it[workspace].add(key)
    for one in found:
        own = at_it.get(one.dispatch.workspace_id, set())
        one.rivals = len(own - {one.dispatch.pk})
        one.has_neighbours = any(key != one.dispatch.workspace_id for key in at_it)
