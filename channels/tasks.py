"""Wake-ups for looking up the records of sending domains."""

from celery import shared_task

from channels.services.domains import check_domains as look_up_domains
from channels.services.hosts import check_hosts as look_up_hosts


@shared_task(name="channels.check_domains", time_limit=900)
def check_domains() -> None:
    """Look up the records of the domains that are due."""
    look_up_domains()


@shared_task(name="channels.check_hosts", time_limit=900)
def check_hosts() -> None:
    """Look up the records of the host names that are due."""
    look_up_hosts()
