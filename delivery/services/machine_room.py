"""For whoever runs the installation: which processes send, and how their turns are shared between workspaces."""

import datetime as dt
from collections.abc import Iterable
from dataclasses import dataclass, field

from django.db.models import Count, Min

from accounts.models import Workspace
from core.clock import now
from delivery.models import Dispatch, Message, SendingProcess
from delivery.processes import AT_IT, GONE_AFTER, MINUTE
from delivery.services.going_out import GoingOut

MOST_PROCESSES = 500


@dataclass(frozen=True, slots=True)
class ProcessState:
    """One process: `state` is working, free or gone, `doing` the campaign it is at, `done` messages a minute."""

    row: SendingProcess
    state: str
    done: int
    doing: str = ""


@dataclass(slots=True)
class Machine:
    """A machine and its processes."""

    name: str
    processes: list[ProcessState] = field(default_factory=list)

    @property
    def alive(self) -> int:
        """Processes that were heard of lately."""
        return sum(one.state != "gone" for one in self.processes)

    @property
    def done(self) -> int:
        """Messages that all of them settled in the last minute."""
        return sum(one.done for one in self.processes)


@dataclass(slots=True)
class Share:
    """What one workspace has on its way, and what it got of the last minute."""

    workspace: Workspace
    campaigns: int = 0
    waiting: int = 0
    due: int = 0
    sent: int = 0
    served_at: dt.datetime | None = None


@dataclass(frozen=True, slots=True)
class SingleMail:
    """Receipts, codes and tests that are due and have not left, and since when the oldest of them is due."""

    waiting: int
    since: dt.datetime | None


def machines() -> list[Machine]:
    """Every machine with processes that send, by name."""
    rows = list(SendingProcess.objects.order_by("machine", "-sends_campaigns", "worker", "pid")[:MOST_PROCESSES])
    names = dict(Dispatch.objects.filter(pk__in={row.dispatch_id for row in rows}).values_list("pk", "name"))
    found: dict[str, Machine] = {}
    for row in rows:
        machine = found.setdefault(row.machine, Machine(row.machine))
        machine.processes.append(_state_of(row, names.get(row.dispatch_id or 0, "")))
    return list(found.values())


def _state_of(row: SendingProcess, name: str) -> ProcessState:
    moment = now()
    # What it told last says nothing of a minute that has passed since.
    is_fresh = row.worked_at is not None and moment - row.worked_at < dt.timedelta(seconds=MINUTE)
    done = row.settled_last_minute if is_fresh else 0
    if moment - row.seen_at > GONE_AFTER:
        return ProcessState(row, "gone", 0)
    if row.worked_at is not None and moment - row.worked_at < AT_IT:
        return ProcessState(row, "working", done, name)
    return ProcessState(row, "free", done)


def shares_of(found: Iterable[GoingOut]) -> list[Share]:
    """How what is on its way is shared between workspaces: who got most of the last minute first."""
    shares: dict[int, Share] = {}
    for one in found:
        dispatch = one.dispatch
        share = shares.setdefault(dispatch.workspace_id, Share(dispatch.workspace))
        share.campaigns += 1
        share.waiting += one.waiting
        share.due += 0 if one.is_paused else one.due
        share.sent += one.per_minute
        if dispatch.claimed_at and (share.served_at is None or dispatch.claimed_at > share.served_at):
            share.served_at = dispatch.claimed_at
    return sorted(
        shares.values(), key=lambda share: (-share.sent, -share.due, share.workspace.name, share.workspace.pk)
    )


def single_mail() -> SingleMail:
    """By the index message_single_due, which holds what waits and nothing else."""
    waiting = Message.objects.filter(status="pending", dispatch=None, due_at__lte=now())
    found = waiting.aggregate(count=Count("pk"), since=Min("due_at"))
    return SingleMail(found["count"], found["since"])
