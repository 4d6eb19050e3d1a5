"""Wake-ups for senders. Losing or repeating one changes nothing but latency."""

import logging
import time
from typing import Any

from celery import shared_task
from celery.signals import (
    heartbeat_sent,
    worker_process_shutdown,
    worker_ready,
    worker_shutdown,
    worker_shutting_down,
)
from django.db import Error as DatabaseError
from django.db import close_old_connections

from delivery import recovery, services
from delivery.processes import ALIVE_EVERY_SECONDS, note_alive, note_gone
from delivery.services.dispatches import end_dispatches
from delivery.services.fetching import fetch_returned_mail
from delivery.services.resolving import resolve_unknown
from delivery.services.sending import close_sender, leave_soon

logger = logging.getLogger(__name__)


@shared_task(name="delivery.send_bulk", time_limit=900)
def send_bulk() -> None:
    """Send what campaigns have due."""
    services.run_sender("bulk")


@shared_task(name="delivery.send_transactional", time_limit=900)
def send_transactional() -> None:
    """Send single messages that are due."""
    services.run_sender("transactional")


@shared_task(name="delivery.end_dispatches", time_limit=900)
def end() -> None:
    """Finish what is finished, cancel what was cancelled."""
    end_dispatches()


@shared_task(name="delivery.resolve_unknown", time_limit=900)
def resolve() -> None:
    """Ask providers about messages of unknown fate."""
    resolve_unknown()


@shared_task(name="delivery.fetch_returned_mail", time_limit=900)
def fetch_returned() -> None:
    """Read the mailbox for bounces."""
    fetch_returned_mail()


@shared_task(name="delivery.recover", time_limit=900)
def recover() -> None:
    """Take up what dead sender processes left."""
    recovery.recover()


@worker_ready.connect
def recover_here(**_kwargs: object) -> None:
    """A machine that comes back settles what it left, whether or not anything else is to be sent."""
    try:
        recovery.recover_journals()
    except Exception:
        # The database may come up after us; the next run of a sender here does the same.
        logger.exception("recovery_at_start_failed")


@worker_shutting_down.connect
def stop_soon(**_kwargs: object) -> None:
    """A deploy waits for a batch, not for a whole run; what is left is for whoever is woken next."""
    leave_soon()


@worker_process_shutdown.connect
def stop_sender(**_kwargs: object) -> None:
    """A worker that ends in an orderly way leaves no journal behind."""
    close_sender()


# Of the worker program this is: its consumer, and when it last noted which of its processes live.
_program: dict[str, Any] = {}
QUEUES = frozenset({"bulk", "transactional"})


@worker_ready.connect
def introduce(sender: Any = None, **_kwargs: object) -> None:
    """A worker that sends, campaigns or single mail, is to be seen as soon as it is there."""
    queues = QUEUES & set(sender.app.amqp.queues.consume_from) if sender is not None else frozenset()
    if not queues:
        return
    names = {"worker": str(sender.hostname), "sends_campaigns": "bulk" in queues}
    _program.update(consumer=sender, names=names, noted=-ALIVE_EVERY_SECONDS)
    tell_alive()


@heartbeat_sent.connect
def tell_alive(**_kwargs: object) -> None:
    """Called every two seconds in the worker that forked the processes; notes now and then that they live."""
    moment = time.monotonic()
    if not _program or moment - _program["noted"] < ALIVE_EVERY_SECONDS:
        return
    _program["noted"] = moment
    pids = _program["consumer"].pool.info.get("processes") or []
    try:
        note_alive(pids=[pid for pid in pids if isinstance(pid, int)], **_program["names"])
    except DatabaseError as error:
        logger.warning("processes_not_told error=%s", type(error).__name__)
    finally:
        # Nothing else in this program asks for one.
        close_old_connections()


@worker_shutdown.connect
def say_goodbye(**_kwargs: object) -> None:
    """A worker that ends in an orderly way leaves no line behind."""
    if not _program:
        return
    try:
        note_gone(worker=_program["names"]["worker"])
    except DatabaseError as error:
        logger.warning("goodbye_not_told error=%s", type(error).__name__)
    finally:
        close_old_connections()
