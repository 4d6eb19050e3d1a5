"""Fetching mail that came back from its mailbox."""

import logging

from django.conf import settings
from django.core.cache import cache

from core.queue import enqueue
from delivery.receipts.applying import Effect
from delivery.receipts.mailbox import MailboxSettings, MailboxUnavailable, read_mailbox
from delivery.receipts.taking import take_mail

logger = logging.getLogger(__name__)

EVERY_SECONDS = 60
# One process reads at a time, as two would only fetch the same; a dead one's turn ends by itself.
TURN_SECONDS = 600


def wake_fetching() -> None:
    """Wake a worker once a minute where there is a mailbox."""
    if settings.BOUNCE_MAILBOX_URL and cache.add("returned-mail:woken", 1, EVERY_SECONDS):
        enqueue("delivery.fetch_returned_mail")


def fetch_returned_mail() -> int:
    """Take every unread mail; returns how many. Those about our messages are deleted, the others are left as read.

    Reading one twice changes nothing, so a crash in the middle only costs the work.
    """
    if not settings.BOUNCE_MAILBOX_URL or not cache.add("returned-mail:turn", 1, TURN_SECONDS):
        return 0
    try:
        return read_mailbox(MailboxSettings.from_url(settings.BOUNCE_MAILBOX_URL), _take)
    except (MailboxUnavailable, ValueError) as error:
        logger.warning("bounce_mailbox_unavailable %s", error)
        return 0
    finally:
        cache.delete("returned-mail:turn")


def _take(raw: bytes) -> bool:
    return take_mail(raw) in {Effect.NOTED, Effect.KNOWN}
