"""Taking up what a sender process left behind when it ended without settling."""

import logging
from pathlib import Path

from django.conf import settings
from django.db import connection, transaction

from core.clock import now
from delivery.aftermath import note_hard_bounces
from delivery.claims import Settlement, settle
from delivery.journal import AMBIGUOUS, NOT_ATTEMPTED, AbandonedJournal, Journal
from delivery.models import Message
from delivery.outcomes import from_journal

logger = logging.getLogger(__name__)

# Nothing was attempted before the hold, so these simply become due again.
FREE_CLAIMED = """
UPDATE delivery_message SET status = 'pending', owner = NULL, lease_until = NULL
WHERE status = 'claimed' AND lease_until < %s
"""
# The journal of these is on another machine or lost: perhaps accepted, so never again by the machine.
GIVE_UP_SENDING = """
UPDATE delivery_message SET status = 'unknown', reason = 'owner_lost', lease_until = NULL, settled_at = %s
WHERE status = 'sending' AND lease_until < %s AND NOT owner = ANY(%s)
"""


def journal_directory() -> Path:
    """Where this machine's sender processes keep their journals."""
    return Path(settings.DATA_DIR) / "journal"


def recover() -> int:
    """Settle what abandoned journals of this machine know, then what is past its lease; returns rows changed."""
    directory = journal_directory()
    changed = 0
    if directory.is_dir():
        for journal in Journal.abandoned(directory):
            changed += recover_journal(journal)
    moment = now()
    late = Message.objects.filter(status="sending", lease_until__lt=moment).values_list("owner", flat=True).distinct()
    # A server may keep a living process of this machine waiting for longer than its lease.
    alive = [owner for owner in late.order_by() if owner and Journal.is_owner_alive(directory, owner)]
    with transaction.atomic(), connection.cursor() as cursor:
        cursor.execute(FREE_CLAIMED, [moment])
        changed += cursor.rowcount
        cursor.execute(GIVE_UP_SENDING, [moment, moment, alive])
        changed += cursor.rowcount
    return changed


def recover_journal(journal: AbandonedJournal) -> int:
    """Settle every row its owner still holds, by what the journal proves; then remove the journal."""
    rows = Message.objects.filter(owner=journal.owner, status__in=["claimed", "sending"]).values_list("id", "status")
    settlements = [_settlement(journal, key, status) for key, status in rows]
    with transaction.atomic():
        changed = settle(owner=journal.owner, settlements=settlements)
        note_hard_bounces(settlements)
    journal.discard()
    if changed:
        unknown = sum(settlement.status == "unknown" for settlement in settlements)
        logger.warning("journal_recovered owner=%s messages=%d unknown=%d", journal.owner, changed, unknown)
    return changed


def _settlement(journal: AbandonedJournal, key: int, status: str) -> Settlement:
    if status == "claimed":
        return Settlement(key, "pending")
    verdict = journal.verdict(key)
    if verdict.state == NOT_ATTEMPTED:
        return Settlement(key, "pending")
    if verdict.state == AMBIGUOUS:
        return Settlement(key, "unknown", "owner_lost")
    return from_journal(key, verdict.state, verdict.detail)
