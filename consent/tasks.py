"""Wake-ups for consent. Losing or repeating one changes nothing but latency."""

from celery import shared_task

from consent.services.confirmations import forget_ended_confirmations
from consent.services.expiry import expire_consents
from consent.services.suppression_lists import run_list
from consent.services.verification import run_check


@shared_task(name="consent.check_ledger")
def check_ledger(check_id: int) -> None:
    """Read a workspace's whole ledger."""
    run_check(check_id=check_id)


@shared_task(name="consent.expire")
def expire() -> None:
    """Write down what ran out."""
    expire_consents()


@shared_task(name="consent.tidy")
def tidy() -> None:
    """Forget double opt-ins that ended long ago."""
    forget_ended_confirmations()


@shared_task(name="consent.take_in_list")
def take_in_list(list_id: int) -> None:
    """Take in a list of suppressions."""
    run_list(list_id=list_id)
