"""How often people said they want campaigns: asked for a whole audience at launch, and once more before sending.

Only people with a row in consent_contactpreference that names days cost anything; they are few.
"""

import datetime as dt
import uuid
from collections.abc import Sequence
from typing import Any

from consent.gate import SqlJoins

REASON = "frequency_chosen"
# A weekly letter that leaves at 9:01 after one that left at 9:03 has kept the week.
GRACE = dt.timedelta(hours=12)

# What has left, is leaving, or perhaps has left. Any campaign and any channel counts.
_RECENT = """EXISTS (
    SELECT FROM delivery_message prior
    WHERE prior.contact_id = {contact} AND prior.id <> {message} AND prior.purpose = 'marketing'
      AND (prior.status = 'sending' OR (prior.status IN ('sent', 'unknown')
           AND prior.settled_at > {at} - make_interval(days => {days}) + %(frequency_grace)s)))"""

# The same 64 locks for everybody: enough that two batches seldom meet, and few enough for any number of them.
LOCK_SPACE = 7_203
LOCK = """
SELECT pg_advisory_xact_lock({space}, bucket) FROM (
    SELECT DISTINCT (often.contact_id %% 64)::int AS bucket
    FROM delivery_message m JOIN consent_contactpreference often ON often.contact_id = m.contact_id
    WHERE m.id = ANY(%(ids)s) AND m.purpose = 'marketing' AND often.days_between > 0
    ORDER BY bucket) AS buckets
"""
# The ids are gathered once, whatever the planner believes of an owner it has never seen.
SKIP = """
UPDATE delivery_message m SET status = 'skipped', reason = '{reason}', settled_at = %(now)s, lease_until = NULL,
    owner = NULL
WHERE m.id = ANY(ARRAY(
    SELECT asked.id FROM (
        SELECT own.id, row_number() OVER (PARTITION BY own.contact_id ORDER BY own.id) AS turn, {recent} AS is_recent
        FROM delivery_message own JOIN consent_contactpreference often ON often.contact_id = own.contact_id
        WHERE own.id = ANY(%(ids)s) AND own.purpose = 'marketing' AND own.status = 'claimed' AND own.owner = %(owner)s
          AND often.days_between > 0
    ) AS asked WHERE asked.is_recent OR asked.turn > 1))
  AND m.status = 'claimed' AND m.owner = %(owner)s
"""


def audience_joins(*, contact: str, at: str) -> SqlJoins:
    """For an audience: `sql` is NULL or REASON, as things stand for a message that leaves `at`.

    Arguments are SQL expressions written by code; `contact` is never NULL. The sub-select runs for people who
    chose days only, through the index message_of_contact.
    """
    joins = f"LEFT JOIN consent_contactpreference often ON often.contact_id = {contact} AND often.days_between > 0"
    recent = _RECENT.format(contact=contact, message=0, at=at, days="often.days_between")
    sql = f"CASE WHEN often.contact_id IS NOT NULL AND {recent} THEN '{REASON}' END"
    return SqlJoins(joins, sql, {"frequency_grace": GRACE})


def skip_too_soon(cursor: Any, *, owner: uuid.UUID, ids: Sequence[int], at: dt.datetime) -> int:
    """Skip claimed messages to people who had another one too recently; returns how many were.

    Call it in the transaction that marks the rest as sending. Of two processes with a message each for one person,
    the second waits here until the first has committed `sending`, and its next statement, with a snapshot of its
    own under READ COMMITTED, sees that row. Claimed messages need not count then, and two can never skip each
    other. These locks are taken in order and before any row's, so nobody waits in a circle. Two messages of one
    batch: the older goes.
    """
    if not ids:
        return 0
    values = {"ids": list(ids), "owner": owner, "now": at, "frequency_grace": GRACE}
    cursor.execute(LOCK.format(space=LOCK_SPACE), values)
    if not cursor.fetchone():
        return 0
    recent = _RECENT.format(contact="own.contact_id", message="own.id", at="%(now)s", days="often.days_between")
    cursor.execute(SKIP.format(reason=REASON, recent=recent), values)
    return int(cursor.rowcount)
