"""The queue's own statements: claim, hold, settle, release. Each touches a whole batch, none holds a lock on return.

Every change is fenced on owner and state, so a process that lost its lease cannot settle what another one has.
"""

import datetime as dt
import uuid
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Any

from django.db import connection, transaction

from core.clock import now
from delivery import frequency

# Longer than a server may take to answer the final dot (RFC 5321 §4.5.3.2.6: ten minutes).
LEASE = dt.timedelta(minutes=15)

# A claim that a crash of the database forgets leaves its rows pending, which is what they are: `hold` then finds
# nothing. Holding and settling wait for the disk; without that a crash doubles messages.
FORGETTABLE = "SET LOCAL synchronous_commit = off"

CHOOSE_DISPATCH = """
UPDATE delivery_dispatch SET claimed_at = %(now)s WHERE id = (
    SELECT d.id FROM delivery_dispatch d
    WHERE d.status = 'running' AND EXISTS (
        SELECT FROM delivery_message m
        WHERE m.dispatch_id = d.id AND m.status = 'pending' AND m.due_at <= %(now)s)
    ORDER BY d.claimed_at NULLS FIRST LIMIT 1
) RETURNING id
"""
CLAIM = """
WITH picked AS (
    SELECT m.id FROM delivery_message m
    WHERE {whose} AND m.status = 'pending' AND m.due_at <= %(now)s
    ORDER BY m.due_at, m.id LIMIT %(limit)s FOR UPDATE SKIP LOCKED
)
UPDATE delivery_message m SET status = 'claimed', owner = %(owner)s, lease_until = %(lease)s
FROM picked WHERE m.id = picked.id RETURNING m.id
"""
HOLD = """
UPDATE delivery_message m SET status = 'sending', lease_until = %(lease)s, is_tracked = v.is_tracked
FROM unnest(%(ids)s::bigint[], %(tracked)s::boolean[]) AS v(id, is_tracked)
WHERE m.id = v.id AND m.status = 'claimed' AND m.owner = %(owner)s
  AND NOT EXISTS (SELECT FROM delivery_dispatch d WHERE d.id = m.dispatch_id AND d.status <> 'running')
RETURNING m.id
"""
SETTLE = """
UPDATE delivery_message m SET
    status = v.status, reason = v.reason, detail = v.detail, provider_id = v.provider_id, due_at = v.due_at,
    attempts = m.attempts + v.attempts,
    lease_until = NULL,
    owner = CASE WHEN v.status = 'unknown' THEN m.owner END,
    settled_at = CASE WHEN v.status <> 'pending' THEN %(now)s END
FROM unnest(%(ids)s::bigint[], %(statuses)s::text[], %(reasons)s::text[], %(details)s::text[],
            %(provider_ids)s::text[], %(dues)s::timestamptz[], %(attempts)s::smallint[])
    AS v(id, status, reason, detail, provider_id, due_at, attempts)
WHERE m.id = v.id AND m.owner = %(owner)s
  AND (m.status IN ('claimed', 'sending') OR (m.status = 'unknown' AND v.status = 'sent'))
"""


@dataclass(frozen=True, slots=True)
class Settlement:
    """What becomes of one message. `due_at` matters for pending ones; `attempts` is what to add."""

    key: int
    status: str
    reason: str = ""
    detail: str = ""
    provider_id: str = ""
    due_at: dt.datetime | None = None
    attempts: int = 0


def choose_dispatch() -> int | None:
    """The running dispatch with due messages that waited longest for its turn, so that campaigns share workers."""
    with transaction.atomic(), connection.cursor() as cursor:
        cursor.execute(FORGETTABLE)
        cursor.execute(CHOOSE_DISPATCH, {"now": now()})
        row = cursor.fetchone()
    return row[0] if row else None


def claim(*, dispatch: int | None, owner: uuid.UUID, limit: int) -> list[int]:
    """Take up to `limit` due messages of the dispatch (None: those without one) and commit; returns their ids."""
    whose = "m.dispatch_id = %(dispatch)s" if dispatch is not None else "m.dispatch_id IS NULL"
    values: dict[str, Any] = {
        "dispatch": dispatch,
        "owner": owner,
        "limit": limit,
        "now": now(),
        "lease": now() + LEASE,
    }
    with transaction.atomic(), connection.cursor() as cursor:
        cursor.execute(FORGETTABLE)
        cursor.execute(CLAIM.format(whose=whose), values)
        return sorted(row[0] for row in cursor.fetchall())


def hold(*, owner: uuid.UUID, tracked: dict[int, bool]) -> set[int]:
    """Mark claimed messages as sending and commit, before the first byte that could lead to acceptance.

    Returns those that really are ours, whose dispatch still runs and whose person did not ask for fewer; the others
    must not be attempted.
    """
    if not tracked:
        return set()
    values: dict[str, Any] = {
        "owner": owner,
        "ids": list(tracked),
        "tracked": list(tracked.values()),
        "lease": now() + LEASE,
    }
    with transaction.atomic(), connection.cursor() as cursor:
        frequency.skip_too_soon(cursor, owner=owner, ids=values["ids"], at=now())
        cursor.execute(HOLD, values)
        return {row[0] for row in cursor.fetchall()}


def settle(*, owner: uuid.UUID, settlements: Sequence[Settlement]) -> int:
    """Write the outcomes of a batch in one statement; returns how many rows were still ours to settle."""
    if not settlements:
        return 0
    moment = now()
    values: dict[str, Any] = {
        "now": moment,
        "owner": owner,
        "ids": [item.key for item in settlements],
        "statuses": [item.status for item in settlements],
        "reasons": [item.reason for item in settlements],
        "details": [printable(item.detail) for item in settlements],
        "provider_ids": [printable(item.provider_id)[:200] for item in settlements],
        "dues": [item.due_at or moment for item in settlements],
        "attempts": [item.attempts for item in settlements],
    }
    with transaction.atomic(), connection.cursor() as cursor:
        cursor.execute(SETTLE, values)
        return cursor.rowcount


def release(*, owner: uuid.UUID, keys: Iterable[int], due_at: dt.datetime | None = None) -> int:
    """Give back messages that were certainly not attempted."""
    return settle(owner=owner, settlements=[Settlement(key, "pending", due_at=due_at) for key in keys])


def printable(text: str) -> str:
    """A server's words as they can be stored: no NUL, at most 300 characters."""
    return text.replace("\0", " ")[:300]
