"""Taking up what a sender process left behind when it ended without settling."""

import logging
from pathlib import Path

from django.conf import settings
from django.db import Error as DatabaseError
from django.db import close_old_connections, connection, transaction

from core.clock import now
from delivery.aftermath import note_hard_bounces
from delivery.claims import LEASE, Settlement, settle
from delivery.journal import AMBIGUOUS, NOT_ATTEMPTED, AbandonedJournal, Journal
from delivery.models import Dispatch, Message
from delivery.outcomes import from_journal

logger = logging.getLogger(__name__)

# Versions that committed their claims left these; nothing was attempted, so they simply become due again.
FREE_CLAIMED = """
UPDATE delivery_message SET status = 'pending', owner = NULL, lease_until = NULL
WHERE status = 'claimed' AND lease_until < %s
"""
# The journal of these is on another machine or lost: perhaps accepted, so never again by the machine. The owner stays,
# for its journal may come back.
GIVE_UP_SENDING = """
UPDATE delivery_message SET status = 'unknown', reason = 'owner_lost', lease_until = NULL, settled_at = %s
WHERE status = 'sending' AND lease_until < %s AND NOT owner = ANY(%s)
"""
# What was given up while the journal was away; by id, since only open rows are indexed by their owner.
TAKE_BACK = """
UPDATE delivery_message SET status = 'sending', lease_until = %s
WHERE id = ANY(%s) AND owner = %s AND status = 'unknown' AND reason = 'owner_lost'
"""


def journal_directory() -> Path:
    """Where this machine's sender processes keep their journals."""
    return Path(settings.DATA_DIR) / "journal"


def recover() -> int:
    """Settle what abandoned journals of this machine know, then what is past its lease; returns rows changed."""
    return recover_journals() + give_up_lost()


def recover_journals() -> int:
    """Settle what the journals of processes that ended on this machine know; returns rows changed.

    No other machine can do it, so every sender does before it begins. A journal that cannot be taken up stays for
    the next time and keeps no other from being read.
    """
    changed = 0
    for journal in Journal.abandoned(journal_directory()):
        try:
            changed += recover_journal(journal)
        except Exception as error:  # whatever one journal holds, this machine has to go on sending
            logger.exception("journal_not_recovered owner=%s", journal.owner)
            if isinstance(error, DatabaseError):
                close_old_connections()
    return changed


def give_up_lost() -> int:
    """Free and give up what is past its lease, whichever machine had it; returns rows changed."""
    directory, moment = journal_directory(), now()
    late = Message.objects.filter(status="sending", lease_until__lt=moment).values_list("owner", flat=True).distinct()
    # A server may keep a living process of this machine waiting for longer than its lease.
    alive = [owner for owner in late.order_by() if owner and Journal.is_owner_alive(directory, owner)]
    with transaction.atomic(), connection.cursor() as cursor:
        cursor.execute(FREE_CLAIMED, [moment])
        changed: int = cursor.rowcount
        cursor.execute(GIVE_UP_SENDING, [moment, moment, alive])
        return changed + cursor.rowcount


def recover_journal(journal: AbandonedJournal) -> int:
    """Settle every row its owner still holds, by what the journal proves; then remove the journal.

    A journal that comes back with its machine after the lease settles better what was given up meanwhile. One that
    another machine wrote into a directory both can see is left alone until the lease is over: its lock means nothing
    here.
    """
    moment = now()
    rows = Message.objects.filter(owner=journal.owner, status__in=["claimed", "sending"])
    if journal.is_from_elsewhere and rows.filter(lease_until__gte=moment).exists():
        return 0
    with connection.cursor() as cursor:
        # Committed before the rest: with open rows its dispatch does not finish under our hands.
        cursor.execute(TAKE_BACK, [moment + LEASE, sorted(journal.keys), journal.owner])
    with transaction.atomic():
        settlements = _settlements(journal, list(rows.values_list("id", "status", "dispatch")))
        changed = settle(owner=journal.owner, settlements=settlements)
        note_hard_bounces(settlements)
    journal.discard()
    if changed:
        unknown = sum(settlement.status == "unknown" for settlement in settlements)
        logger.warning("journal_recovered owner=%s messages=%d unknown=%d", journal.owner, changed, unknown)
    return changed


def _settlements(journal: AbandonedJournal, rows: list[tuple[int, str, int | None]]) -> list[Settlement]:
    dispatches = {dispatch for _key, _status, dispatch in rows if dispatch is not None}
    ended = Dispatch.objects.select_for_update().filter(id__in=dispatches, status="finished")
    is_over = set(ended.order_by("id").values_list("id", flat=True))
    return [_settlement(journal, key, status, is_over=dispatch in is_over) for key, status, dispatch in rows]


def _settlement(journal: AbandonedJournal, key: int, status: str, *, is_over: bool) -> Settlement:
    if status == "claimed":
        return Settlement(key, "pending")
    verdict = journal.verdict(key)
    if verdict.state == AMBIGUOUS:
        return Settlement(key, "unknown", "owner_lost")
    known = Settlement(key, "pending")
    if verdict.state != NOT_ATTEMPTED:
        known = from_journal(key, verdict.state, verdict.detail)
    if known.status == "pending" and is_over:
        # Its campaign ended without it, perhaps days ago: whether it still makes sense is for a person to say.
        return Settlement(key, "unknown", "not_attempted")
    return known
