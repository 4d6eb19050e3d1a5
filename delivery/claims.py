"""The queue's own statements: claim, refuse, hold, settle. Each touches a whole batch.

A claim locks its rows and writes nothing; the hold that follows in the same transaction is their first write. Every
change is fenced on state, and on the owner once there is one, so a process that lost its lease cannot settle what
another one has.
"""

import datetime as dt
import uuid
from collections import Counter, defaultdict
from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any, NamedTuple

from django.db import connection, transaction

from core.clock import now
from delivery import frequency
from delivery.arrays import number_array, text_array, time_array
from delivery.pace.meters import Lane, allot
from delivery.pace.store import limits_of
from delivery.pace.turns import due_lanes

# Longer than a server may take to answer the final dot (RFC 5321 §4.5.3.2.6: ten minutes).
LEASE = dt.timedelta(minutes=15)

# The weaker of the two locks that an update takes: a fact about a message may be written meanwhile.
CLAIM_SINGLE = """
SELECT m.id, m.purpose, m.sender_id, m.receiver FROM delivery_message m
WHERE m.dispatch_id IS NULL AND m.status = 'pending' AND m.due_at <= %(now)s
ORDER BY m.due_at, m.id LIMIT %(limit)s FOR NO KEY UPDATE SKIP LOCKED
"""
CLAIM_LANES = """
SELECT due.id, due.purpose, lane.sender_id, lane.receiver
FROM unnest(%(senders)s::bigint[], %(receivers)s::smallint[], %(shares)s::int[]) AS lane(sender_id, receiver, share)
CROSS JOIN LATERAL (
    SELECT own.id, own.purpose FROM delivery_message own
    WHERE own.dispatch_id = %(dispatch)s AND own.sender_id = lane.sender_id AND own.receiver = lane.receiver
      AND own.status = 'pending' AND own.due_at <= %(now)s
    ORDER BY own.due_at, own.id LIMIT lane.share FOR NO KEY UPDATE SKIP LOCKED) AS due
"""
HOLD = """
UPDATE delivery_message m SET
    status = 'sending', owner = %(owner)s, lease_until = %(lease)s, is_tracked = v.is_tracked = 1
FROM unnest(%(ids)s::bigint[], %(tracked)s::int[]) AS v(id, is_tracked)
WHERE m.id = v.id AND m.status = 'pending'
  AND NOT EXISTS (SELECT FROM delivery_dispatch d WHERE d.id = m.dispatch_id AND d.status <> 'running')
RETURNING m.id
"""
SETTLE = """
UPDATE delivery_message m SET
    status = v.status, reason = v.reason, detail = v.detail, provider_id = v.provider_id,
    due_at = COALESCE(v.due_at, %(now)s),
    attempts = m.attempts + v.attempts,
    lease_until = NULL,
    owner = CASE WHEN v.status = 'unknown' THEN m.owner END,
    settled_at = CASE WHEN v.status <> 'pending' THEN %(now)s END
FROM unnest(%(ids)s::bigint[], %(statuses)s::text[], %(reasons)s::text[], %(details)s::text[],
            %(provider_ids)s::text[], %(dues)s::timestamptz[], %(attempts)s::smallint[])
    AS v(id, status, reason, detail, provider_id, due_at, attempts)
WHERE m.id = v.id AND {fence}
"""
# Rows in `claimed` are of a version that committed its claims.
OWN = """
m.owner = %(owner)s AND (m.status IN ('claimed', 'sending') OR (m.status = 'unknown' AND v.status = 'sent'))
"""
WAITING = "m.status = 'pending'"


class Settlement(NamedTuple):
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
    """A claimed batch: ids in order, and the same by purpose.

    `is_metered` tells that limits counted it, so that what is not attempted has to be given back; `is_short` that a
    limit kept something back; `stop` are the words of whoever refuses a sender that is stopped.
    """

    keys: list[int] = field(default_factory=list)
    by_purpose: dict[str, list[int]] = field(default_factory=dict)
    is_metered: bool = False
    is_short: bool = False
    stop: str | None = None


def claim_batch(*, dispatch: int | None, limit: int) -> Claimed:
    """Lock up to `limit` due messages of the dispatch (None: those without one) until the transaction ends.

    Nobody else gets them meanwhile, and no commit of their own is needed: when the process dies they are free again.
    Limits count them; single messages never wait for a limit.
    """
    values: dict[str, Any] = {"limit": limit, "now": now()}
    with transaction.atomic(savepoint=False), connection.cursor() as cursor:
        if dispatch is not None:
            return _claim_lanes(cursor, {**values, "dispatch": dispatch})
        cursor.execute(CLAIM_SINGLE, values)
        return _claimed(cursor.fetchall())


def _claimed(rows: Sequence[tuple[int, str, int, int]], *, is_metered: bool = False, is_short: bool = False) -> Claimed:
    by_purpose: dict[str, list[int]] = defaultdict(list)
    for key, purpose, _sender, _receiver in sorted(rows):
        by_purpose[purpose].append(key)
    return Claimed(sorted(row[0] for row in rows), dict(by_purpose), is_metered, is_short)


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
        limits.change(cursor, Counter(Lane(sender, receiver) for _key, _purpose, sender, receiver in rows))
    return _claimed(rows, is_metered=limits is not None, is_short=is_short)


def hold(*, owner: uuid.UUID, tracked: dict[int, bool]) -> set[int]:
    """Mark claimed messages as sending; the caller commits before the first byte that could lead to acceptance.

    Returns those that are ours now, whose dispatch runs and whose person did not ask for fewer; the others must not
    be attempted.
    """
    if not tracked:
        return set()
    values: dict[str, Any] = {
        "owner": owner,
        "ids": number_array(tracked),
        "tracked": number_array([int(is_tracked) for is_tracked in tracked.values()]),
        "lease": now() + LEASE,
    }
    with transaction.atomic(savepoint=False), connection.cursor() as cursor:
        frequency.skip_too_soon(cursor, ids=list(tracked), at=now())
        cursor.execute(HOLD, values)
        return {row[0] for row in cursor.fetchall()}


def refuse(settlements: Sequence[Settlement]) -> int:
    """Write what becomes of claimed messages that are not held; returns how many still waited."""
    return _settle(WAITING, settlements, {})


def settle(*, owner: uuid.UUID, settlements: Sequence[Settlement]) -> int:
    """Write the outcomes of a held batch in one statement; returns how many rows were still ours to settle."""
    return _settle(OWN, settlements, {"owner": owner})


def _settle(fence: str, settlements: Sequence[Settlement], values: dict[str, Any]) -> int:
    if not settlements:
        return 0
    moment = now()
    values |= {
        "now": moment,
        "ids": number_array([item.key for item in settlements]),
        "statuses": text_array([item.status for item in settlements]),
        "reasons": text_array([item.reason for item in settlements]),
        "details": text_array([printable(item.detail) for item in settlements]),
        "provider_ids": text_array([printable(item.provider_id)[:200] for item in settlements]),
        "dues": time_array([item.due_at for item in settlements]),
        "attempts": number_array([item.attempts for item in settlements]),
    }
    with transaction.atomic(savepoint=False), connection.cursor() as cursor:
        cursor.execute(SETTLE.format(fence=fence), values)
        return cursor.rowcount


def printable(text: str) -> str:
    """A server's words as they can be stored: no NUL, no half of a character, at most 300 characters.

    A provider's JSON may hold half of a pair as an escape of its own (RFC 8259 §8.2), which no database takes.
    """
    text = text.replace("\0", " ")[:300]
    return text if text.isascii() else text.encode("utf-8", "replace").decode()
