"""Limits in the database: read and locked for the moment of a claim, taken from, given back to.

The database's clock fills the buckets, so that machines whose clocks differ share them all the same. Rows are locked
in one order, buckets before slowdowns, so that nobody waits in a circle, and only for the claim's own transaction.
"""

import datetime as dt
from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any
from zoneinfo import ZoneInfo

from django.db import connection, transaction

from core.clock import UTC, zone_or_none
from delivery.pace import backoff
from delivery.pace.meters import ENDLESS, Lane, Meter, burst, planned_for, refilled, smallest, whole
from delivery.pace.receivers import EVERYBODY
from delivery.pace.turns import senders_of

SCOPE = """
SELECT d.workspace_id, d.hourly_limit, w.time_zone, clock_timestamp(),
    d.hourly_limit IS NOT NULL
    OR EXISTS (SELECT FROM delivery_pacebucket b WHERE b.workspace_id = d.workspace_id)
    OR EXISTS (SELECT FROM delivery_paceslowdown slow WHERE slow.sender_id = ANY(%(senders)s))
    OR EXISTS (SELECT FROM delivery_senderstop stop WHERE stop.sender_id = ANY(%(senders)s))
FROM delivery_dispatch d JOIN accounts_workspace w ON w.id = d.workspace_id WHERE d.id = %(dispatch)s
"""
OPEN_FOR_DISPATCH = """
INSERT INTO delivery_pacebucket (workspace_id, dispatch_id, warmup_plan, tokens, day_used)
SELECT %(workspace)s, %(dispatch)s, '{}', 0, 0
WHERE NOT EXISTS (SELECT FROM delivery_pacebucket WHERE workspace_id = %(workspace)s AND dispatch_id = %(dispatch)s)
ON CONFLICT DO NOTHING
"""
BUCKETS = """
SELECT b.id, b.sender_id, b.receiver,
    CASE WHEN b.dispatch_id IS NOT NULL THEN %(hourly)s::int ELSE b.hourly_limit END,
    b.daily_limit, b.warmup_from, b.warmup_plan, b.tokens, b.filled_at, b.day, b.day_used
FROM delivery_pacebucket b
WHERE b.workspace_id = %(workspace)s AND (b.sender_id IS NULL OR b.sender_id = ANY(%(senders)s))
  AND (b.dispatch_id IS NULL OR b.dispatch_id = %(dispatch)s)
ORDER BY b.id FOR UPDATE
"""
KEEP_BUCKETS = """
UPDATE delivery_pacebucket b
SET tokens = v.tokens, filled_at = GREATEST(b.filled_at, %(at)s), day = v.day, day_used = v.day_used
FROM unnest(%(ids)s::bigint[], %(tokens)s::float8[], %(days)s::date[], %(used)s::int[]) AS v(id, tokens, day, day_used)
WHERE b.id = v.id
"""
SLOWDOWNS = """
SELECT id, sender_id, receiver, rate, full_rate, paused_until, strikes, tokens, filled_at
FROM delivery_paceslowdown WHERE sender_id = ANY(%(senders)s) ORDER BY id FOR UPDATE
"""
KEEP_SLOWDOWNS = """
UPDATE delivery_paceslowdown s SET tokens = v.tokens, filled_at = GREATEST(s.filled_at, %(at)s)
FROM unnest(%(ids)s::bigint[], %(tokens)s::float8[]) AS v(id, tokens) WHERE s.id = v.id
"""
STOPS = """
SELECT sender_id, receiver, words, probing_at IS NOT NULL FROM delivery_senderstop WHERE sender_id = ANY(%(senders)s)
"""
COUNT_LANES = """
SELECT sender_id, receiver, count(*) FROM delivery_message
WHERE id = ANY(%(keys)s) AND sender_id IS NOT NULL GROUP BY 1, 2
"""


@dataclass(slots=True)
class Bucket:
    """A bucket's row, locked and filled up to this moment."""

    key: int
    sender: int | None
    receiver: int | None
    hourly: float | None
    tokens: float
    day: dt.date
    day_used: int
    day_limit: int | None

    def left(self) -> int:
        """How many messages it still lets through."""
        by_hour = whole(self.tokens) if self.hourly is not None else None
        by_day = self.day_limit - self.day_used if self.day_limit is not None else None
        limit = smallest(by_hour, by_day)
        return ENDLESS if limit is None else max(0, limit)

    def change(self, number: int) -> None:
        """Count `number` messages, negative ones to give back."""
        if self.hourly is not None:
            # Single mail may overdraw, by an hour's worth at most: bulk must come back one day.
            self.tokens = max(-self.hourly, min(burst(self.hourly), self.tokens - number))
        self.day_used = max(0, self.day_used + number)


@dataclass(slots=True)
class Slowed:
    """A slowdown's row, locked and filled up to this moment. Without a receiver it slows mail to everybody."""

    key: int
    sender: int
    receiver: int | None
    rate: float
    tokens: float
    is_paused: bool

    def left(self) -> int:
        """How many messages it still lets through."""
        return 0 if self.is_paused else max(0, whole(self.tokens))

    def change(self, number: int) -> None:
        """Count `number` messages, negative ones to give back."""
        self.tokens = min(burst(self.rate), self.tokens - number)


@dataclass(slots=True)
class Limits:
    """Everything that limits some lanes, locked until the transaction ends.

    `stops` are senders that were stopped, with the words of whoever refuses them; `probes` those that try again,
    each with who refused it.
    """

    at: dt.datetime
    buckets: list[Bucket] = field(default_factory=list)
    slowed: list[Slowed] = field(default_factory=list)
    stops: dict[int, str] = field(default_factory=dict)
    probes: list[tuple[int, int | None]] = field(default_factory=list)

    def meters(self) -> list[Meter]:
        """The limits as the arithmetic takes them."""
        rows: list[Bucket | Slowed] = [*self.buckets, *self.slowed]
        meters = [Meter(row.key, row.left(), row.sender, row.receiver) for row in rows]
        return meters + [Meter(0, 1, sender, receiver) for sender, receiver in self.probes]

    def change(self, cursor: Any, counts: Mapping[Lane, int]) -> None:
        """Count messages of some lanes (negative: give back) and write it down."""
        rows: list[Bucket | Slowed] = [*self.buckets, *self.slowed]
        for lane, number in counts.items():
            for row in rows:
                if row.sender in (None, lane.sender) and row.receiver in (None, lane.receiver):
                    row.change(number)
        keep(cursor, self.at, self.buckets, self.slowed)


def limits_of(cursor: Any, *, dispatch: int, lanes: Sequence[Lane]) -> Limits | None:
    """What limits these lanes of a dispatch, locked; None where nothing does, after a single look-up."""
    values: dict[str, Any] = {"dispatch": dispatch, "senders": senders_of(lanes)}
    cursor.execute(SCOPE, values)
    workspace, hourly, zone, at, is_limited = cursor.fetchone()
    if not is_limited:
        return None
    values |= {"workspace": workspace, "hourly": hourly}
    if hourly is not None:
        cursor.execute(OPEN_FOR_DISPATCH, values)
    limits = Limits(at)
    cursor.execute(BUCKETS, values)
    day = at.astimezone(zone_or_none(zone) or ZoneInfo("UTC")).date()
    limits.buckets = [_bucket(row, at=at, day=day) for row in cursor.fetchall()]
    cursor.execute(SLOWDOWNS, values)
    limits.slowed = _slowed(cursor.fetchall(), at)
    cursor.execute(STOPS, values)
    for sender, receiver, words, is_probing in cursor.fetchall():
        if is_probing:
            limits.probes.append((sender, receiver))
        else:
            limits.stops[sender] = words
    return limits


def give_back(*, dispatch: int, keys: Iterable[int]) -> None:
    """Undo the counting of claimed messages that were not attempted.

    A process that dies before this leaves them counted: a little less goes out, never more.
    """
    with transaction.atomic(), connection.cursor() as cursor:
        cursor.execute(COUNT_LANES, {"keys": list(keys)})
        counts = {Lane(sender, receiver): -number for sender, receiver, number in cursor.fetchall()}
        limits = limits_of(cursor, dispatch=dispatch, lanes=list(counts)) if counts else None
        if limits is not None:
            limits.change(cursor, counts)


def keep(cursor: Any, at: dt.datetime, buckets: Sequence[Bucket], slowed: Sequence[Slowed]) -> None:
    """Write locked rows back, in one statement each."""
    if buckets:
        values = {
            "at": at,
            "ids": [row.key for row in buckets],
            "tokens": [row.tokens for row in buckets],
            "days": [row.day for row in buckets],
            "used": [row.day_used for row in buckets],
        }
        cursor.execute(KEEP_BUCKETS, values)
    if slowed:
        values = {"at": at, "ids": [row.key for row in slowed], "tokens": [row.tokens for row in slowed]}
        cursor.execute(KEEP_SLOWDOWNS, values)


def _bucket(row: Sequence[Any], *, at: dt.datetime, day: dt.date) -> Bucket:
    key, sender, receiver, hourly, daily, warmup_from, plan, tokens, filled_at, counted, used = row
    return Bucket(
        key=key,
        sender=sender,
        receiver=receiver,
        hourly=hourly,
        tokens=refilled(tokens, filled_at, hourly, at) if hourly is not None else 0.0,
        day=day,
        day_used=used if counted == day else 0,
        day_limit=smallest(daily, planned_for(plan, warmup_from, day)),
    )


def _slowed(rows: Iterable[Sequence[Any]], at: dt.datetime) -> list[Slowed]:
    """The slowdowns still in force; those that are over limit nothing."""
    found = []
    for key, sender, receiver, rate, full_rate, paused_until, strikes, tokens, filled_at in rows:
        state = backoff.Slowness(rate, full_rate, paused_until, strikes)
        if backoff.is_recovered(state, at):
            continue
        current = backoff.current_rate(state, at)
        # A bucket that was full when the receiver complained begins empty.
        since = max(filled_at or paused_until, paused_until)
        full = refilled(tokens, since, current, at)
        whose = None if receiver == EVERYBODY else receiver
        found.append(Slowed(key, sender, whose, current, full, is_paused=at < paused_until))
    return found


class Debts:
    """Single mail that has left and is not counted yet: it never waits for a bucket, nor for its lock.

    Kept in the process. What cannot be counted at once, because a claim holds the bucket, is counted later; what a
    dying process forgets was sent and not counted, some messages at most.
    """

    OWED = """
    SELECT b.id, b.sender_id, b.receiver, b.workspace_id FROM delivery_pacebucket b
    WHERE b.workspace_id = ANY(%(workspaces)s) AND b.dispatch_id IS NULL
    """
    PAY = """
    SELECT b.id, b.sender_id, b.receiver, b.hourly_limit, b.daily_limit, b.warmup_from, b.warmup_plan, b.tokens,
        b.filled_at, b.day, b.day_used, clock_timestamp(), w.time_zone
    FROM delivery_pacebucket b JOIN accounts_workspace w ON w.id = b.workspace_id
    WHERE b.id = ANY(%(ids)s) ORDER BY b.id FOR UPDATE OF b SKIP LOCKED
    """

    def __init__(self) -> None:
        self._owed: Counter[int] = Counter()

    def pay(self, sent: Mapping[tuple[int, int | None, int], int]) -> None:
        """Count messages by (workspace, sender, receiver), and what was left over from earlier."""
        if not sent and not self._owed:
            return
        with transaction.atomic(), connection.cursor() as cursor:
            self._note(cursor, sent)
            if not self._owed:
                return
            cursor.execute(self.PAY, {"ids": list(self._owed)})
            for row in cursor.fetchall():
                at, zone = row[11], zone_or_none(row[12]) or UTC
                bucket = _bucket(row[:11], at=at, day=at.astimezone(zone).date())
                bucket.change(self._owed.pop(bucket.key))
                keep(cursor, at, [bucket], [])

    def _note(self, cursor: Any, sent: Mapping[tuple[int, int | None, int], int]) -> None:
        cursor.execute(self.OWED, {"workspaces": sorted({workspace for workspace, _sender, _receiver in sent})})
        for key, bucket_sender, bucket_receiver, bucket_workspace in cursor.fetchall():
            for (workspace, sender, receiver), number in sent.items():
                if (
                    workspace == bucket_workspace
                    and bucket_sender in (None, sender)
                    and bucket_receiver in (None, receiver)
                ):
                    self._owed[key] += number
