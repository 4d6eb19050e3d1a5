"""Implied consent that ran out becomes a line of the ledger, and an event that others can act on."""

from typing import Any

from django.db import connection, transaction

from accounts.models import Workspace
from consent.evidence import Source
from consent.models import ConsentState, State
from consent.services.ledger import apply_records
from core.clock import now
from core.queue import enqueue
from events.services import record_each

PEOPLE_A_BATCH = 500

DUE = """
SELECT s.workspace_id, array_agg(s.contact_id) FROM (
    SELECT workspace_id, contact_id FROM consent_consentstate
    WHERE expires_at <= %s AND state = 'granted' ORDER BY expires_at LIMIT %s
) s GROUP BY s.workspace_id ORDER BY s.workspace_id
"""

# Whom somebody else writes about just now is taken with the next batch or tick.
LOCK = "SELECT id FROM contacts_contact WHERE id = ANY(%s) ORDER BY id FOR NO KEY UPDATE SKIP LOCKED"

# The line is dated to the instant it ran out, so that whatever was said later stands (or to the agreement itself,
# when that was given for a time already over). What is looked at here is
# read after the lock: nobody can agree again between the two.
EXPIRE = """
INSERT INTO consent_consentrecord
    (public_id, created_at, workspace_id, contact_id, channel, topic_id, purpose, state, basis, source,
     source_detail, user_agent, at)
SELECT gen_random_uuid(), %(moment)s, s.workspace_id, s.contact_id, s.channel, s.topic_id, s.purpose, %(expired)s,
       '', %(source)s, s.basis, '', greatest(s.expires_at, s.changed_at)
FROM consent_consentstate s
WHERE s.contact_id = ANY(%(contacts)s) AND s.workspace_id = %(workspace)s AND s.state = 'granted'
  AND s.expires_at <= %(moment)s
ORDER BY s.contact_id, s.expires_at, s.id
RETURNING id, contact_id, channel, purpose, source_detail,
    (SELECT t.key FROM consent_topic t WHERE t.id = topic_id),
    (SELECT t.name FROM consent_topic t WHERE t.id = topic_id)
"""


def wake_expiry() -> None:
    """Have expired consent written down when there is any; an index look-up when there is none."""
    if ConsentState.objects.filter(state=State.GRANTED, expires_at__lte=now()).exists():
        enqueue("consent.expire")


def expire_consents() -> int:
    """Write down every agreement that has run out, a batch in each transaction; returns how many lines.

    Killed at any moment it leaves whole batches; two at once pass each other by.
    """
    written = 0
    while batch := _expire_batch():
        written += batch
    return written


def _expire_batch() -> int:
    moment = now()
    with connection.cursor() as cursor:
        cursor.execute(DUE, [moment, PEOPLE_A_BATCH])
        due = cursor.fetchall()
    return sum(_expire_people(workspace_id, contacts, moment) for workspace_id, contacts in due)


@transaction.atomic
def _expire_people(workspace_id: int, contacts: list[int], moment: Any) -> int:
    with connection.cursor() as cursor:
        cursor.execute(LOCK, [contacts])
        locked = [row[0] for row in cursor.fetchall()]
        values = {"contacts": locked, "workspace": workspace_id, "moment": moment}
        cursor.execute(EXPIRE, {**values, "expired": str(State.EXPIRED), "source": str(Source.EXPIRY)})
        rows = cursor.fetchall()
    apply_records([row[0] for row in rows])
    about = []
    for _id, contact_id, channel, purpose, basis, key, name in rows:
        properties = {"channel": channel, "purpose": purpose, "basis": basis}
        if key:
            properties |= {"topic": key, "topic_name": name}
        about.append((contact_id, properties))
    record_each(Workspace.objects.get(pk=workspace_id), "consent.expired", about)
    return len(rows)
