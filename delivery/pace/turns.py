"""Whose turn it is: the workspace served longest ago, and in it the dispatch that waited longest.

However many campaigns a workspace starts and however big they are, every other workspace with something due gets the
next turn but a few. Inside a workspace a higher priority goes first among dispatches served within the same ten
seconds; who was last served before that goes before them, so that nobody waits for ever.
"""

import datetime as dt
import time
from collections.abc import Collection, Iterable
from typing import Any

from django.db import connection, transaction

from core.clock import now
from delivery.pace.meters import Lane

# The first row of each lane by due time, by jumping from lane to lane in the index message_lane: some ten look-ups,
# whether a dispatch has a hundred rows waiting or a million, and whenever they are due.
LANES = """
WITH RECURSIVE lane AS (
    (SELECT m.sender_id, m.receiver, m.due_at FROM delivery_message m
     WHERE m.dispatch_id = {dispatch} AND m.status = 'pending'
     ORDER BY m.sender_id, m.receiver, m.due_at, m.id LIMIT 1)
    UNION ALL
    SELECT further.sender_id, further.receiver, further.due_at
    FROM lane CROSS JOIN LATERAL (
        SELECT m.sender_id, m.receiver, m.due_at FROM delivery_message m
        WHERE m.dispatch_id = {dispatch} AND m.status = 'pending'
          AND (m.sender_id, m.receiver) > (lane.sender_id, lane.receiver)
        ORDER BY m.sender_id, m.receiver, m.due_at, m.id LIMIT 1) AS further
)
SELECT lane.sender_id, lane.receiver FROM lane WHERE lane.due_at <= %(now)s
"""
# OFFSET 0 keeps the question what is due behind the order: the first that has something ends the search.
NEXT = """
SELECT turn.id FROM (
    SELECT d.id FROM delivery_dispatch d
    CROSS JOIN LATERAL (
        SELECT max(own.claimed_at) AS at FROM delivery_dispatch own WHERE own.workspace_id = d.workspace_id) AS served
    WHERE d.status = 'running' AND d.id <> ALL(%(resting)s)
    ORDER BY served.at NULLS FIRST, d.workspace_id,
        date_bin('10 seconds', d.claimed_at, 'epoch') NULLS FIRST, d.priority DESC, d.claimed_at NULLS FIRST, d.id
    OFFSET 0) AS turn
WHERE EXISTS ({lanes})
LIMIT 1
"""
# A row that somebody else has locked, such as a pause being pressed, is left as it is: nobody waits here.
NOTE = """
UPDATE delivery_dispatch SET claimed_at = %(now)s
WHERE id = (SELECT id FROM delivery_dispatch WHERE id = %(dispatch)s FOR UPDATE SKIP LOCKED)
"""
IDLE = """
SELECT EXISTS (
    SELECT FROM delivery_dispatch d
    WHERE d.status = 'running' AND (d.claimed_at IS NULL OR d.claimed_at < %(stale)s)
      AND EXISTS ({lanes}))
"""


def next_dispatch(*, at: dt.datetime, resting: Collection[int] = ()) -> int | None:
    """The running dispatch with due messages whose turn it is, and note the turn; those `resting` are passed over."""
    with transaction.atomic(), connection.cursor() as cursor:
        # A turn that a crash of the database forgets is taken once more.
        cursor.execute("SET LOCAL synchronous_commit = off")
        cursor.execute(NEXT.format(lanes=LANES.format(dispatch="turn.id")), {"now": at, "resting": list(resting)})
        row = cursor.fetchone()
        if row is None:
            return None
        cursor.execute(NOTE, {"now": at, "dispatch": row[0]})
    return int(row[0])


def due_lanes(cursor: Any, *, dispatch: int, at: dt.datetime) -> list[Lane]:
    """The lanes of a dispatch in which something is due."""
    cursor.execute(LANES.format(dispatch="%(dispatch)s"), {"dispatch": dispatch, "now": at})
    return [Lane(*row) for row in cursor.fetchall()]


def has_idle_dispatch(*, at: dt.datetime, stale: dt.datetime) -> bool:
    """Whether a running dispatch has something due and nobody turned to it since `stale`."""
    with connection.cursor() as cursor:
        cursor.execute(IDLE.format(lanes=LANES.format(dispatch="d.id")), {"now": at, "stale": stale})
        return bool(cursor.fetchone()[0])


def senders_of(lanes: Iterable[Lane]) -> list[int]:
    """The senders of some lanes, each once."""
    return sorted({lane.sender for lane in lanes})


class Turns:
    """The turns of one sending process. A dispatch whose limits are used up rests a little, so that the process
    neither asks for it again and again nor sends it in crumbs."""

    REST_SECONDS = 2.0

    def __init__(self) -> None:
        self._resting: dict[int, float] = {}

    def next_dispatch(self) -> int | None:
        """The dispatch whose turn it is, of those that do not rest."""
        moment = time.monotonic()
        self._resting = {key: until for key, until in self._resting.items() if until > moment}
        return next_dispatch(at=now(), resting=[*self._resting])

    def rest(self, dispatch: int) -> None:
        """Leave a dispatch alone for a moment."""
        self._resting[dispatch] = time.monotonic() + self.REST_SECONDS
