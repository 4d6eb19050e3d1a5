"""The queue's own statements: claim, hold, settle, release. Each touches a whole batch, none holds a lock on return.

Every change is fenced on owner and state, so a process that lost its lease cannot settle what another one has.
"""

import datetime as dt
import uuid
from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from typing import Any

from django.db import connection, transaction

from core.clock import now
from delivery import frequency
from delivery.pace.meters import Lane, allot
from delivery.pace.store import limits_of
from delivery.pace.turns import due_lanes

# Longer than a server may take to answer the final dot (RFC 5321 §4.5.3.2.6: ten minutes).
LEASE = dt.timedelta(minutes=15)

# A claim that a crash of the database forgets leaves its rows pending, which is what they are: `hold` then finds
# nothing. Holding and settling wait for the disk; without that a crash doubles messages.
FORGETTABLE = "SET LOCAL synchronous_commit = off"

CLAIM_SINGLE = """
WITH picked AS (
    SELECT m.id FROM delivery_message m
    WHERE m.dispatch_id IS NULL AND m.status = 'pending' AND m.due_at <= %(now)s
    ORDER BY m.due_at, m.id LIMIT %(limit)s FOR UPDATE SKIP LOCKED
)
UPDATE delivery_message m SET status = 'claimed', owner = %(owner)s, lease_until = %(lease)s
FROM picked WHERE m.id = picked.id RETURNING m.id
"""
# How many rows the shares come to is anybody's guess to the planner: gathered in an array first they are looked up by
# their ids, and not by reading the whole table.
CLAIM_LANES = """
UPDATE delivery_message m SET status = 'claimed', owner = %(owner)s, lease_until = %(lease)s
WHERE m.id = ANY(ARRAY(
    SELECT due.id FROM unnest(%(senders)s::bigint[], %(receivers)s::smallint[], %(shares)s::int[])
        AS lane(sender_id, receiver, share)
    CROSS JOIN LATERAL (
        SELECT own.id FROM delivery_message own
        WHERE own.dispatch_id = %(dispatch)s AND own.sender_id = lane.sender_id AND own.receiver = lane.receiver
          AND own.status = 'pending' AND own.due_at <= %(now)s
        ORDER BY own.due_at, own.id LIMIT lane.share FOR UPDATE SKIP LOCKED) AS due))
RETURNING m.id, m.sender_id, m.receiver
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


@dataclass(frozen=True, slots=True)
class Claimed:
    """A claimed batch: ids in order.

    `is_metered` tells that limits counted it, so that what is not attempted has to be given back; `is_short` that a
    limit kept something back; `stop` are the words of whoever refuses a sender that is stopped.
    """

    keys: list[int] = field(default_factory=list)
    is_metered: bool = False
    is_short: bool = False
    stop: str | None = None


def claim(*, dispatch: int | None, owner: uuid.UUID, limit: int) -> list[int]:
    """Take up to `limit` due messages of the dispatch (None: those without one) and commit; returns their ids."""
    return claim_batch(dispatch=dispatch, owner=owner, limit=limit).keys


def claim_batch(*, dispatch: int | None, owner: uuid.UUID, limit: int) -> Claimed:
    """The same, with what limits had to say. Single messages never wait for a limit."""
    values: dict[str, Any] = {"owner": owner, "limit": limit, "now": now(), "lease": now() + LEASE}
    with transaction.atomic(), connection.cursor() as cursor:
        cursor.execute(FORGETTABLE)
        if dispatch is not None:
            return _claim_lanes(cursor, {**values, "dispatch": dispatch})
        cursor.execute(CLAIM_SINGLE, values)
        return Claimed(sorted(row[0] for row in cursor.fetchall()))


def _claim_lanes(cursor: Any, values: dict[str, Any]) -> Claimed:
    """Take from each lane of a dispatch what its limits let through, and count it there."""
    lanes = due_lanes(cursor, dispatch=values["dispatch"], at=values["now"])
    if not lanes:
        return Claimed()
    limits = limits_of(cursor, dispatch=values["dispatch"], lanes=lanes)
    if limits is not None and limits.stops:
        return Claimed(is_metered=True, stop=next(iter(limits.stops.values())))
    shares = allot(lanes, limits.meters() if limits else [], values["limit"])
    is_short = sum(shares) < values["limit"]
    if not any(shares):
        return Claimed(is_metered=True, is_short=True)
    values |= {
        "senders": [lane.sender for lane in lanes],
        "receivers": [lane.receiver for lane in lanes],
        "shares": shares,
    }
    cursor.execute(CLAIM_LANES, values)
    rows = cursor.fetchall()
    if limits is not None:
        limits.change(cursor, Counter(Lane(sender, receiver) for _key, sender, receiver in rows))
    return Claimed(sorted(row[0] for row in rows), is_metered=limits is not None, is_short=is_short)


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
