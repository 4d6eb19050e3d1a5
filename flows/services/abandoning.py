"""People who leave in the middle: noted after half an hour, forgotten after a month where nobody knows who it was."""

import datetime as dt
import secrets

from django.db import transaction

from core.clock import now
from core.queue import enqueue
from events.services import record
from flows.models import FlowSession, MailedKey
from flows.services.keys import has_keys_to_sweep

IDLE = dt.timedelta(minutes=30)
FORGOTTEN_AFTER = dt.timedelta(days=30)
BATCH = 1_000

_Status = FlowSession.Status


def note_abandoned() -> int:
    """Mark sessions in which nothing happened for half an hour as left; for people who are known that is the event
    `flow.abandoned`, with the step. Returns how many.

    They can come back and go on: the next event makes the session active again, and leaving again is noted again. So
    many at a time that the tick stays short.
    """
    left = 0
    while True:
        some = _note_some()
        left += some
        if some < BATCH or left >= 10 * BATCH:
            return left


@transaction.atomic
def _note_some() -> int:
    idle = FlowSession.objects.filter(status=_Status.ACTIVE, last_at__lt=now() - IDLE).order_by("last_at")
    # Locked ones are being answered this moment.
    rows = list(
        idle.select_for_update(of=("self",), skip_locked=True)
        .select_related("flow__workspace")
        .defer("state", "answers")[:BATCH]
    )
    FlowSession.objects.filter(pk__in=[row.pk for row in rows]).update(status=_Status.ABANDONED)
    for row in rows:
        if row.contact_id is not None:
            said = {"flow": row.flow.key, "session": str(row.public_id), "step": row.current}
            record(row.flow.workspace, "flow.abandoned", contact_id=row.contact_id, properties=said)
    return len(rows)


@transaction.atomic
def forget_left_sessions() -> int:
    """Empty what strangers began a month ago and never finished: that somebody was here stays, what they said goes."""
    left = FlowSession.objects.filter(
        status=_Status.ABANDONED, contact=None, last_at__lt=now() - FORGOTTEN_AFTER
    ).exclude(state="")
    rows = list(left.select_for_update(of=("self",), skip_locked=True).only("pk")[:BATCH])
    for row in rows:
        row.state, row.answers, row.notes, row.referrer = "", {}, [], ""
        row.status, row.secret_digest = _Status.EXPIRED, secrets.token_bytes(32)
    FlowSession.objects.bulk_update(rows, ["state", "answers", "notes", "referrer", "status", "secret_digest"])
    MailedKey.objects.filter(session__in=rows).delete()
    return len(rows)


def wake_abandoning() -> None:
    """Have it done where there is something to do; a tick job, three look-ups in small indexes."""
    moment = now()
    idle = FlowSession.objects.filter(status=_Status.ACTIVE, last_at__lt=moment - IDLE)
    old = FlowSession.objects.filter(
        status=_Status.ABANDONED, contact=None, last_at__lt=moment - FORGOTTEN_AFTER
    ).exclude(state="")
    if idle.exists() or old.exists() or has_keys_to_sweep():
        enqueue("flows.note_abandoned")
