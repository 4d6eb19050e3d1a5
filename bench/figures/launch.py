"""launch: freezing everybody into a campaign, with consent, suppression and how often people want mail asked."""

import time

from django.db import connection

from bench import mailing
from bench.figure import Figure
from bench.processor import database_seconds
from bench.world import Bench

PLAIN = """
CREATE TABLE bench_copy AS SELECT a.contact_id, a.value, rapport_uuid7() AS public_id FROM contacts_address a
WHERE a.workspace_id = %s AND a.channel = 'email' AND a.is_primary
"""
COUNTS = "SELECT CASE WHEN status = 'skipped' THEN reason ELSE status END, count(*) FROM delivery_message GROUP BY 1"


def run(bench: Bench) -> list[Figure]:
    """Seconds, beside copying the same addresses into a table without indexes."""
    world = mailing.have_mailing(bench)
    used = database_seconds()
    dispatch, seconds = world.launch(bench.rows)
    used = database_seconds() - used
    dispatch.refresh_from_db()
    with connection.cursor() as cursor:
        cursor.execute(COUNTS)
        outcomes = dict(cursor.fetchall())
    if dispatch.targeted != bench.rows or len(outcomes) < 6 or not outcomes.get("pending"):
        raise RuntimeError(f"{dispatch.targeted} of {bench.rows} were frozen: {outcomes}")
    more = {"pending": float(outcomes["pending"]), "reasons": float(len(outcomes) - 1), "database_cpu": used}
    return [Figure("launch", seconds, "s", _plain_copy(bench), 10, is_less_better=True, more=more)]


def _plain_copy(bench: Bench) -> float:
    began = time.monotonic()
    with connection.cursor() as cursor:
        cursor.execute(PLAIN, [bench.workspace.pk])
        cursor.execute("DROP TABLE bench_copy")
    return time.monotonic() - began
