"""Wake-ups for senders. Losing or repeating one changes nothing but latency."""

from celery import shared_task
from celery.signals import worker_process_shutdown

from delivery import recovery, services
from delivery.services.dispatches import end_dispatches
from delivery.services.sending import close_sender


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


@shared_task(name="delivery.recover", time_limit=900)
def recover() -> None:
    """Take up what dead sender processes left."""
    recovery.recover()


@worker_process_shutdown.connect
def stop_sender(**_kwargs: object) -> None:
    """A worker that ends in an orderly way leaves no journal behind."""
    close_sender()
