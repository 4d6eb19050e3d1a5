"""Opening, pausing and ending dispatches: set-based, whatever their size."""

import datetime as dt
from typing import Any

from django.db import connection, transaction

from accounts.models import User, Workspace
from core.clock import now
from core.queue import enqueue
from delivery.models import Dispatch, Message
from delivery.pace.stops import probe_senders
from events.services import record

# Whoever was to get a second copy may have had the first: that stays unknown.
CANCEL = """
UPDATE delivery_message SET settled_at = %(now)s,
    status = CASE WHEN reason = 'sent_again' THEN 'unknown' ELSE 'cancelled' END,
    reason = CASE WHEN reason = 'sent_again' THEN reason ELSE 'cancelled' END
WHERE id IN (SELECT id FROM delivery_message WHERE dispatch_id = %(dispatch)s AND status = 'pending'
             LIMIT 20000 FOR UPDATE SKIP LOCKED)
"""
FINISHED = """
UPDATE delivery_dispatch d SET status = 'finished', finished_at = %(now)s
WHERE d.status = 'running' AND NOT d.is_open AND NOT EXISTS (
    SELECT FROM delivery_message m WHERE m.dispatch_id = d.id AND m.status IN ('pending', 'claimed', 'sending'))
RETURNING d.id
"""
# Whoever added messages while the statement above had already looked committed too late for it: nobody is forgotten.
FINISHED_TOO_SOON = """
UPDATE delivery_dispatch d SET status = 'running', finished_at = NULL
WHERE d.status = 'finished' AND d.finished_at > %(since)s AND EXISTS (
    SELECT FROM delivery_message m WHERE m.dispatch_id = d.id AND m.status = 'pending')
"""
LOOKS_BACK = dt.timedelta(minutes=15)


@transaction.atomic
def open_dispatch(
    *, workspace: Workspace, source: tuple[str, int], occurrence: dt.datetime, name: str, **rules: Any
) -> tuple[Dispatch, bool]:
    """The dispatch of this occurrence, and whether it is new. Firing an occurrence twice gives the same one.

    `source` is a kind and a number that mean something to the caller. `rules` of a new one are `priority`,
    `hourly_limit` and `is_open` (see Dispatch).
    """
    source_kind, source_id = source
    return Dispatch.objects.get_or_create(
        source_kind=source_kind,
        source_id=source_id,
        occurrence=occurrence,
        defaults={"workspace": workspace, "name": name, **rules},
    )


@transaction.atomic
def close_dispatch(*, dispatch: Dispatch) -> None:
    """Nobody else will be added: it finishes as soon as nothing of it waits."""
    if Dispatch.objects.filter(pk=dispatch.pk, is_open=True).update(is_open=False):
        enqueue("delivery.end_dispatches")


@transaction.atomic
def pause_dispatch(*, dispatch: Dispatch, reason: str = "") -> bool:
    """Stop claiming; at most what is in flight still goes. False when it was not running."""
    changed = Dispatch.objects.filter(pk=dispatch.pk, status="running").update(
        status="paused", pause_reason=reason[:300]
    )
    if changed:
        _tell(dispatch, "dispatch.paused", reason)
    return bool(changed)


@transaction.atomic
def resume_dispatch(*, dispatch: Dispatch) -> bool:
    """Go on after a pause. False when it was not paused."""
    changed = Dispatch.objects.filter(pk=dispatch.pk, status="paused").update(
        status="running", pause_reason="", trouble_since=None
    )
    if changed:
        Message.objects.filter(dispatch=dispatch, status="pending", reason="sender_fault").update(
            reason="", due_at=now()
        )
        probe_senders(dispatch=dispatch.pk)
        enqueue("delivery.send_bulk")
    return bool(changed)


@transaction.atomic
def cancel_dispatch(*, dispatch: Dispatch) -> bool:
    """End it for good: nothing more is claimed, and what waits becomes cancelled. False when it had ended."""
    changed = Dispatch.objects.filter(pk=dispatch.pk, status__in=["running", "paused"]).update(
        status="cancelled", finished_at=now()
    )
    if changed:
        enqueue("delivery.end_dispatches")
    return bool(changed)


def end_dispatches() -> list[int]:
    """Turn what waits in cancelled dispatches into cancelled, and finish those with nothing left to do.

    Returns the ids of the dispatches finished now; each is announced once.
    """
    cancelled = Message.objects.filter(status="pending", dispatch__status="cancelled")
    for dispatch_id in set(cancelled.order_by("dispatch").values_list("dispatch", flat=True).distinct()[:50]):
        _cancel_pending(dispatch_id)
    with transaction.atomic():
        with connection.cursor() as cursor:
            cursor.execute(FINISHED_TOO_SOON, {"since": now() - LOOKS_BACK})
            cursor.execute(FINISHED, {"now": now()})
            finished = [row[0] for row in cursor.fetchall()]
        for dispatch in Dispatch.objects.select_related("workspace").filter(id__in=finished):
            _tell(dispatch, "dispatch.finished", "")
    return finished


def _cancel_pending(dispatch_id: int) -> None:
    """In chunks, so that a million rows are no single long transaction."""
    changed = 1
    while changed:
        with transaction.atomic(), connection.cursor() as cursor:
            cursor.execute(CANCEL, {"dispatch": dispatch_id, "now": now()})
            changed = cursor.rowcount


@transaction.atomic
def send_to_unknown(*, dispatch: Dispatch, actor: User | None) -> int:
    """A person's decision to risk a second copy: unknown messages become pending once more; returns how many.

    None of a dispatch that was cancelled: nothing of it goes out any more.
    """
    if Dispatch.objects.select_for_update().filter(pk=dispatch.pk, status="cancelled").exists():
        return 0
    changed = Message.objects.filter(dispatch=dispatch, status="unknown").update(
        status="pending", reason="sent_again", owner=None, lease_until=None, settled_at=None, due_at=now()
    )
    if changed:
        Dispatch.objects.filter(pk=dispatch.pk, status="finished").update(status="running", finished_at=None)
        properties = {"messages": changed, "actor": str(actor.public_id) if actor else ""}
        record(dispatch.workspace, "dispatch.resent_unknown", properties=properties, source=("dispatch", dispatch.pk))
        enqueue("delivery.send_bulk")
    return changed


def _tell(dispatch: Dispatch, kind: str, reason: str) -> None:
    properties = {"source_kind": dispatch.source_kind, "source_id": dispatch.source_id, "reason": reason}
    record(dispatch.workspace, kind, properties=properties, source=("dispatch", dispatch.pk))
