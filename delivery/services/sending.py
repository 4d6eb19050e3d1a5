"""Running this process's sender, and waking the senders that are needed."""

import datetime as dt
import logging
import mmap
import os
import threading
import time

from django.db import connection

from core.clock import now
from core.queue import enqueue
from delivery.aftermath import note_no_room
from delivery.journal import JournalFull
from delivery.models import Message
from delivery.pace.turns import has_idle_dispatch
from delivery.policy import BULK
from delivery.recovery import journal_directory, recover_journals
from delivery.sender_process import SenderProcess

logger = logging.getLogger(__name__)

# Shorter than the soft shutdown of a worker, so that a deploy never cuts a batch in two.
SECONDS_PER_RUN = 15.0
# Work that lasts longer than this is too much for one: a colleague is called, on whichever machine one is free. A call
# that nobody could follow expires before its caller's next one, so that calls do not pile up while all are busy.
SECONDS_ALONE = 1.0
CALL_EXPIRES_SECONDS = 10
# After so long without a claim, due work counts as forgotten.
NOBODY_AT_IT = dt.timedelta(seconds=5)

_local = threading.local()
# Memory shared with forked children: a worker that was asked to stop tells them so.
_leaving = mmap.mmap(-1, 1)


def run_sender(queue: str, seconds: float = SECONDS_PER_RUN) -> int:
    """Send what is due on a queue for some seconds with this process's own sender; returns messages settled.

    What processes of this machine left that were killed is taken up first: no other machine can read it. While there
    is more than it can do it calls others, and when it stops with work left it wakes the next run. A failure leaves
    the journal to recovery and is raised.
    """
    recover_journals()
    try:
        settled = _run(_sender(), queue, seconds)
    except JournalFull as full:
        _forget()
        note_no_room(str(full))
        raise
    except BaseException:
        _forget()
        raise
    if queue == BULK:
        enqueue("delivery.end_dispatches")
    # Bulk that has to wait for a limit is woken by the tick: its buckets hold a minute's worth.
    if _sender().has_more or (queue != BULK and has_due_single()):
        enqueue(f"delivery.send_{queue}")
    return settled


def _run(sender: SenderProcess, queue: str, seconds: float) -> int:
    """Send in stretches of a second or a batch, so that a worker that is to stop does so soon."""
    until = time.monotonic() + seconds
    settled = sender.run(queue, min(seconds, SECONDS_ALONE))
    if sender.has_more and seconds > SECONDS_ALONE:
        enqueue(f"delivery.send_{queue}", expires=CALL_EXPIRES_SECONDS)
    while sender.has_more and not _leaving[0] and (left := until - time.monotonic()) > 0:
        settled += sender.run(queue, min(left, SECONDS_ALONE))
    return settled


def leave_soon() -> None:
    """Have the sending processes of this worker stop after their batch; called in the worker that forked them."""
    _leaving[0] = 1


def close_sender() -> None:
    """Close this process's sender in an orderly way (worker shutdown, tests)."""
    sender = getattr(_local, "sender", None)
    if sender is not None:
        _local.sender = None
        sender.close()


def has_due_single() -> bool:
    """True when a single message could be claimed now."""
    return Message.objects.filter(status="pending", due_at__lte=now(), dispatch=None).exists()


def wake_senders() -> None:
    """What the tick calls: wake a sender for work that nobody is at, so that wake-ups do not pile up."""
    stale = now() - NOBODY_AT_IT
    if Message.objects.filter(status="pending", dispatch=None, due_at__lte=stale).exists():
        enqueue("delivery.send_transactional")
    if has_idle_dispatch(at=now(), stale=stale):
        enqueue("delivery.send_bulk")


def _sender() -> SenderProcess:
    """This process's sender. A forked child makes its own: connections and journal locks cannot be shared."""
    if getattr(_local, "process", None) != os.getpid() or getattr(_local, "sender", None) is None:
        _local.process, _local.sender = os.getpid(), SenderProcess(journal_directory())
    sender: SenderProcess = _local.sender
    return sender


def _forget() -> None:
    sender, _local.sender = getattr(_local, "sender", None), None
    if sender is not None:
        sender.abandon()
    connection.close_if_unusable_or_obsolete()
