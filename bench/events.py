"""Events in bulk, made by the database itself: a million contacts' worth in a minute or so."""

from typing import Any

from django.db import connection

from bench.world import Bench
from core.folding import fold
from events.models import EventKind

PER_CONTACT = 5
KINDS = ("order_placed", "page_viewed", "cabin_saved", "message.opened", "message.clicked")

# Spread over two years, a little money in every fifth; the same every time.
INSERT = """
INSERT INTO events_event (public_id, workspace_id, kind, contact_id, at, recorded_at, properties, folded, amount,
    currency, source_kind)
SELECT gen_random_uuid(), %(workspace)s, (%(kinds)s::text[])[1 + n %% cardinality(%(kinds)s::text[])], c.id,
    timestamptz '2026-11-01' - (n * interval '36 hours' / %(thinner)s) - (c.id %% 1440) * interval '1 minute', now(),
    jsonb_build_object('cabin', 'Kea', 'nights', n %% 9), jsonb_build_object('cabin', %(folded)s),
    CASE WHEN n %% 5 = 0 THEN 125000 + n END, CASE WHEN n %% 5 = 0 THEN 'EUR' END, ''
FROM (SELECT id FROM contacts_contact WHERE workspace_id = %(workspace)s
    AND (%(ids)s::bigint[] IS NULL OR id = ANY(%(ids)s::bigint[]))) c,
    generate_series(%(first)s, %(last)s) AS n
"""


def have_events(bench: Bench) -> None:
    """Give every contact PER_CONTACT events unless they have them."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT count(*) FROM events_event WHERE workspace_id = %s", [bench.workspace.pk])
        if cursor.fetchone()[0] >= bench.rows * PER_CONTACT:
            return
    EventKind.objects.bulk_create(
        [EventKind(workspace=bench.workspace, name=name) for name in KINDS if "." not in name], ignore_conflicts=True
    )
    add_events(bench, None, PER_CONTACT)
    with connection.cursor() as cursor:
        cursor.execute("VACUUM (ANALYZE) events_event")


def add_events(bench: Bench, ids: list[int] | None, count: int) -> None:
    """Give these contacts, or everybody, `count` more events."""
    values: dict[str, Any] = {
        "workspace": bench.workspace.pk,
        "kinds": list(KINDS),
        "ids": ids,
        "first": 1,
        "last": count,
        "thinner": 1 + count // 500,
        "folded": fold("Kea"),
    }
    with connection.cursor() as cursor:
        cursor.execute(INSERT, values)
