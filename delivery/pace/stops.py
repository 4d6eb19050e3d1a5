"""Senders that were stopped: trying again, and going on once a message is accepted."""

from collections.abc import Collection

from django.db import connection

from core.clock import now
from delivery.pace.meters import Lane

# Every sender with something waiting in a dispatch, due or not, by the index message_lane.
PROBE = """
UPDATE delivery_senderstop stop SET probing_at = %(now)s
WHERE EXISTS (
    SELECT FROM delivery_message m
    WHERE m.dispatch_id = %(dispatch)s AND m.sender_id = stop.sender_id AND m.status = 'pending')
"""
MENDED = """
DELETE FROM delivery_senderstop stop
USING unnest(%(senders)s::bigint[], %(receivers)s::smallint[]) AS ok(sender, receiver)
WHERE stop.sender_id = ok.sender AND (stop.receiver IS NULL OR stop.receiver = ok.receiver)
"""


def probe_senders(*, dispatch: int) -> None:
    """A person says it is mended: one message of each stopped sender at a time may try."""
    with connection.cursor() as cursor:
        cursor.execute(PROBE, {"dispatch": dispatch, "now": now()})


def note_accepted(lanes: Collection[Lane]) -> None:
    """Messages were accepted: whoever refused their senders does so no more."""
    if not lanes:
        return
    values = {"senders": [lane.sender for lane in lanes], "receivers": [lane.receiver for lane in lanes]}
    with connection.cursor() as cursor:
        cursor.execute(MENDED, values)
