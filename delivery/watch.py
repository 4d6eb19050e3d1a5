"""Noticing, while a batch goes out, that somebody said stop."""

import datetime as dt
import time
from typing import Any

import psycopg
from django.db import connection

from core.crypto import address_hash
from delivery.arrays import number_array
from delivery.loading import Item

SECONDS_BETWEEN_LOOKS = 0.1
# Every look asks who said no; whether the rows are still ours costs more and changes rarely. By the clock on the wall,
# which goes on while a machine stands still: right after that it is asked.
SECONDS_BETWEEN_COUNTS = 1.0
# With the ten minutes a server may take over the final dot this stays within claims.LEASE, so that no other machine
# takes a slow process for a dead one.
LONGEST_BATCH_SECONDS = 240.0

# The clock of the machine that took somebody's no may be a little behind ours.
CLOCKS_MAY_DIFFER = dt.timedelta(seconds=2)

# A pause or a withdrawal since the batch was read: the rest goes back and is checked anew. The installation's list
# notes each change at its end, and has no index by time of its own.
CHANGED = """
SELECT EXISTS (SELECT FROM delivery_dispatch WHERE id = ANY(%(dispatches)s) AND status <> 'running')
    OR EXISTS (SELECT FROM consent_consentrecord
               WHERE contact_id = ANY(%(contacts)s::bigint[]) AND created_at >= %(said_since)s AND state <> 'granted')
    OR EXISTS (SELECT FROM consent_globalsuppressionchange WHERE action = 'added' AND created_at >= %(since)s)
"""
# Bounces of the very campaign add to the list all the time, so whom it names is looked at. What names no address, a
# domain or a digest of another tool, may be anybody.
LISTED = """
SELECT EXISTS (SELECT FROM consent_suppression
               WHERE workspace_id = ANY(%(workspaces)s) AND created_at >= %(said_since)s {whom})
"""
SOMEBODY = LISTED.format(whom="")
SOMEBODY_HERE = LISTED.format(whom="AND (address_hash IS NULL OR address_hash = ANY(%(hashes)s))")

# Somebody of the batch was erased, or it was given up because this machine stood still for longer than its lease:
# a person may have had it sent again meanwhile.
LOST = """
SELECT EXISTS (SELECT FROM delivery_message WHERE id = ANY(%(keys)s::bigint[]) AND status <> 'sending')
"""


class Watch:
    """Asks the database whether the batch may go on: before its first message, then ten times a second.

    `since` is the moment before consent was asked: rendering a batch takes long enough for somebody to say no.
    """

    def __init__(self, items: list[Item], since: dt.datetime) -> None:
        self._values: dict[str, Any] = {
            "dispatches": [*{item.dispatch_id for item in items if item.dispatch_id}],
            "contacts": number_array({item.contact_id for item in items if item.contact_id}),
            "workspaces": [*{item.workspace_id for item in items if item.workspace_id}],
            "since": since,
            "said_since": since - CLOCKS_MAY_DIFFER,
            "keys": number_array([item.key for item in items]),
        }
        self._recipients = [item.recipient for item in items]
        self._counted_at = time.time()
        # It is asked from inside the transport's event loop, where Django's own cursor refuses to work. Waiting a
        # millisecond or two there is meant: nothing may go out before the answer.
        connection.ensure_connection()
        self._connection: psycopg.Connection[tuple[bool]] = connection.connection
        self._next_look = 0.0
        self._ends_at = time.monotonic() + LONGEST_BATCH_SECONDS
        self._stopped = False

    def should_stop(self) -> bool:
        """True from the moment something changed, cannot be known, or took too long. Asked before each message."""
        if self._stopped or time.monotonic() < self._next_look:
            return self._stopped
        if time.monotonic() > self._ends_at:
            self._stopped = True
            return True
        try:
            self._stopped = self._is_true(CHANGED) or self._is_listed() or self._is_lost()
        except psycopg.Error:
            self._stopped = True
        self._next_look = time.monotonic() + SECONDS_BETWEEN_LOOKS
        return self._stopped

    def _is_listed(self) -> bool:
        """Whether somebody of the batch may have come onto the list of those never to write to."""
        if not self._is_true(SOMEBODY):
            return False
        if "hashes" not in self._values:
            self._values["hashes"] = [address_hash(recipient) for recipient in self._recipients]
        return self._is_true(SOMEBODY_HERE)

    def _is_lost(self) -> bool:
        if abs(time.time() - self._counted_at) < SECONDS_BETWEEN_COUNTS:
            return False
        self._counted_at = time.time()
        return self._is_true(LOST)

    def _is_true(self, question: str) -> bool:
        row = self._connection.execute(question, self._values).fetchone()
        return row is None or row[0]
