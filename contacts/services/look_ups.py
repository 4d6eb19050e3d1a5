"""Asking a provider about a group of addresses: started by a person within a budget, worked off by a worker.

Each batch is asked outside a transaction; its answers, the states they move and the progress are one. A worker killed
between the two leads to the same batch being asked again, never to an answer counted twice.
"""

import datetime as dt
import logging
from collections import Counter
from collections.abc import Sequence
from decimal import Decimal

from django.db import connection, transaction
from django.utils.translation import gettext as _

from accounts.models import User, Workspace
from accounts.services import record_audit
from contacts.lookups.providers import (
    ABSENT,
    LIVE,
    UNKNOWN,
    UNREACHABLE,
    Answer,
    LookUpProvider,
    Unavailable,
    provider_of,
)
from contacts.models import AddressState, LookUp, LookUpRun
from contacts.services.addresses import Mark, mark_where
from contacts.services.errors import InvalidContact
from core.clock import now
from core.queue import enqueue

logger = logging.getLogger(__name__)

MAX_LIMIT = 100_000
LEASE = dt.timedelta(minutes=2)
WAITS = tuple(dt.timedelta(minutes=minutes) for minutes in (1, 5, 15, 60))
# What was asked lately is not paid for again.
FRESH_DAYS = 90

_UNVERIFIED, _RISKY, _DEAD, _ALL = "unverified", "risky", "dead", "all"
# The groups that can be asked about, as conditions on the addresses; texts of our own.
GROUPS = {
    _UNVERIFIED: "a.status = 'unverified'",
    _RISKY: "a.status = 'risky'",
    _DEAD: "a.status = 'dead'",
    _ALL: "a.status IN ('unverified', 'valid', 'risky')",
}
_NEXT = """
SELECT a.id, a.value FROM contacts_address a
WHERE a.workspace_id = %(workspace)s AND a.channel = %(channel)s AND a.id > %(after)s AND {group}
  AND NOT EXISTS (SELECT 1 FROM contacts_lookup l WHERE l.address_id = a.id AND l.asked_at > %(since)s)
ORDER BY a.id LIMIT %(limit)s
"""
_MARKS = {
    LIVE: Mark(status="valid", reason="number_live", source=AddressState.Source.LOOK_UP),
    ABSENT: Mark(status="dead", reason="number_absent", source=AddressState.Source.LOOK_UP),
    UNREACHABLE: Mark(status="risky", reason="number_unreachable", source=AddressState.Source.LOOK_UP),
}


def count_group(workspace: Workspace, provider: LookUpProvider, group: str, limit: int = MAX_LIMIT) -> int:
    """How many addresses a run would ask about now, at most `limit`."""
    return len(_next(workspace, provider, group, 0, limit))


def price_of(provider: LookUpProvider, count: int) -> Decimal:
    """What so many answers cost, in the provider's currency."""
    return provider.cost * count


@transaction.atomic
def start_look_up(
    *, workspace: Workspace, provider: str, group: str, limit: int, actor: User | None = None
) -> LookUpRun:
    """Begin to ask about a group, `limit` addresses at most. One run at a time in a workspace.

    Raises InvalidContact for a provider, group or limit that does not exist, for nobody to ask about, and while
    another run is under way.
    """
    Workspace.objects.select_for_update().get(pk=workspace.pk)
    chosen = provider_of(provider)
    if chosen is None or group not in GROUPS:
        raise InvalidContact({"group": [_("Choose whom to ask about.")]})
    if not 1 <= limit <= MAX_LIMIT:
        raise InvalidContact({"limit": [_("Choose a number between 1 and 100,000.")]})
    if LookUpRun.objects.in_workspace(workspace).filter(status__in=["queued", "running"]).exists():
        raise InvalidContact({"group": [_("A check is under way. Wait until it is done, or stop it.")]})
    total = count_group(workspace, chosen, group, limit)
    if not total:
        raise InvalidContact({"group": [_("There is nobody to ask about: all of them were asked lately.")]})
    run: LookUpRun = LookUpRun.objects.create(
        workspace=workspace, created_by=actor, provider=provider, group=group, limit=limit, total=total
    )
    record_audit(
        workspace=workspace,
        actor=actor,
        action="look_up.started",
        target=str(chosen.label),
        detail={"group": group, "numbers": total, "cost": f"{price_of(chosen, total)} {chosen.currency}"},
    )
    enqueue("contacts.run_look_up", run_id=run.pk)
    return run


@transaction.atomic
def stop_look_up(*, run: LookUpRun, actor: User | None = None) -> None:
    """Stop a run after the batch it is at; its answers stay. Nothing happens to one that is over."""
    held = LookUpRun.objects.select_for_update(of=("self",)).get(pk=run.pk)
    if held.status not in (LookUpRun.Status.QUEUED, LookUpRun.Status.RUNNING):
        return
    held.is_stopping = True
    if held.status == LookUpRun.Status.QUEUED:
        held.status, held.finished_at = LookUpRun.Status.STOPPED, now()
    held.save(update_fields=["is_stopping", "status", "finished_at"])
    record_audit(workspace=held.workspace, actor=actor, action="look_up.stopped", target=held.provider)


def wake_look_ups() -> None:
    """Wake a worker for each run that waits, or whose worker stopped answering."""
    for run_id in LookUpRun.objects.needing_work(now()).values_list("pk", flat=True)[:20]:
        enqueue("contacts.run_look_up", run_id=run_id)


def run_look_up(*, run_id: int) -> None:
    """Work on a run until it is done, stopped, or the provider is away. Safe to call at any time."""
    moment = now()
    free = LookUpRun.objects.needing_work(moment).filter(pk=run_id)
    if not free.update(status=LookUpRun.Status.RUNNING, lease_until=moment + LEASE):
        return
    run = LookUpRun.objects.select_related("workspace").get(pk=run_id)
    provider = provider_of(run.provider)
    while provider is not None and run.status == LookUpRun.Status.RUNNING:
        size = min(provider.batch_size, run.total - run.done)
        batch = _next(run.workspace, provider, run.group, run.last_id, size) if size > 0 else []
        if run.is_stopping or not batch:
            _end(run, LookUpRun.Status.STOPPED if run.is_stopping else LookUpRun.Status.DONE)
            return
        try:
            answers = provider.check([value for _id, value in batch])
        except Unavailable as error:
            _put_off(run, error)
            return
        run = _keep(run, batch, answers)
    if provider is None:
        _end(run, LookUpRun.Status.FAILED)


def _next(workspace: Workspace, provider: LookUpProvider, group: str, after: int, limit: int) -> list[tuple[int, str]]:
    with connection.cursor() as cursor:
        cursor.execute(
            _NEXT.format(group=GROUPS[group]),
            {
                "workspace": workspace.pk,
                "channel": provider.channel,
                "after": after,
                "since": now() - dt.timedelta(days=FRESH_DAYS),
                "limit": limit,
            },
        )
        return [(address_id, value) for address_id, value in cursor.fetchall()]


@transaction.atomic
def _keep(run: LookUpRun, batch: Sequence[tuple[int, str]], answers: Sequence[Answer]) -> LookUpRun:
    """Write a batch's answers and what they move; returns the run as it is now."""
    held: LookUpRun = LookUpRun.objects.select_for_update(of=("self",)).select_related("workspace").get(pk=run.pk)
    if held.last_id != run.last_id or held.status != LookUpRun.Status.RUNNING:
        # Another worker was here: its answers count.
        held.status = LookUpRun.Status.STOPPED
        return held
    moment = now()
    by_value = {answer.value: answer for answer in answers}
    found = [(address_id, by_value.get(value) or Answer(value=value, answer=UNKNOWN)) for address_id, value in batch]
    with connection.cursor() as cursor:
        # Somebody may have removed an address, or a person, while the provider was asked.
        cursor.execute("SELECT id FROM contacts_address WHERE id = ANY(%s) FOR KEY SHARE", [[pk for pk, _a in found]])
        present = {address_id for (address_id,) in cursor.fetchall()}
    LookUp.objects.bulk_create(
        LookUp(
            address_id=address_id,
            run=held,
            provider=held.provider,
            answer=said.answer,
            network=said.network[:80],
            ported_to=said.ported_to[:80],
            raw=said.raw[:300],
            asked_at=moment,
        )
        for address_id, said in found
        if address_id in present
    )
    for answer, mark in _MARKS.items():
        ids = [address_id for address_id, said in found if said.answer == answer]
        if ids:
            mark_where(held.workspace, mark, "id = ANY(%(ids)s)", {"ids": ids})
    held.counts = dict(Counter(held.counts) + Counter(said.answer for _id, said in found))
    held.done += len(batch)
    held.last_id, held.attempts, held.lease_until = batch[-1][0], 0, moment + LEASE
    held.save(update_fields=["counts", "done", "last_id", "attempts", "lease_until"])
    return held


def _put_off(run: LookUpRun, error: Unavailable) -> None:
    """Wait longer each time the provider is away, and give up after the last."""
    logger.warning("look_up_unavailable run=%s attempt=%s", run.pk, run.attempts + 1)
    if run.attempts >= len(WAITS):
        _end(run, LookUpRun.Status.FAILED)
        return
    wait = max(WAITS[run.attempts], dt.timedelta(seconds=min(error.seconds, 86_400)))
    LookUpRun.objects.filter(pk=run.pk).update(attempts=run.attempts + 1, next_at=now() + wait, lease_until=None)


def _end(run: LookUpRun, status: str) -> None:
    LookUpRun.objects.filter(pk=run.pk, status=LookUpRun.Status.RUNNING).update(
        status=status, finished_at=now(), lease_until=None
    )
