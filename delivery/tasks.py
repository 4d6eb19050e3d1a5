"""Wake-ups for senders. Losing or repeating one changes nothing but latency."""

import logging

from celery import shared_task
from celery.signals import worker_process_shutdown, worker_ready, worker_shutting_down

from delivery import recovery, services
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
