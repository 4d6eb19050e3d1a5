"""Proving that the summaries say what the log says, a range of contacts at a time."""

from typing import Any

from django.db import connection, transaction

from core.derived import Findings

EVENTS_AT_ONCE = 1_000_000
EXAMPLES = 20

# One statement sees one instant, and a writer's event and its summary appear in the same one.
COMPARE = """
SELECT count(*), count(*) FILTER (WHERE is_wrong), (array_agg(
        format('workspace %%s, contact %%s, %%s: %%s times from %%s to %%s, the log says %%s from %%s to %%s',
            workspace_id, contact_id, kind, coalesce(said, 0), coalesce(said_first::text, '-'),
            coalesce(said_last::text, '-'), coalesce(found, 0), coalesce(found_first::text, '-'),
            coalesce(found_last::text, '-'))
        ORDER BY workspace_id, contact_id, kind) FILTER (WHERE is_wrong))[1:%(examples)s],
    array_agg(workspace_id) FILTER (WHERE is_wrong), array_agg(kind::text) FILTER (WHERE is_wrong),
    array_agg(contact_id) FILTER (WHERE is_wrong)
FROM (
    SELECT workspace_id, kind, contact_id, said, said_first, said_last, found, found_first, found_last,
        (said, said_first, said_last) IS DISTINCT FROM (found, found_first, found_last) AS is_wrong
    FROM (SELECT workspace_id, kind, contact_id, times AS said, first_at AS said_first, last_at AS said_last
          FROM events_eventsummary
          WHERE contact_id > %(after)s AND (%(last)s::bigint IS NULL OR contact_id <= %(last)s)) s
    FULL JOIN (
        SELECT workspace_id, kind, contact_id, count(*) AS found, min(at) AS found_first, max(at) AS found_last
        FROM events_event WHERE contact_id > %(after)s AND (%(last)s::bigint IS NULL OR contact_id <= %(last)s)
            AND kind NOT IN ('segment.entered', 'segment.left')
        GROUP BY workspace_id, kind, contact_id) t USING (workspace_id, kind, contact_id)) AS compared
"""
RECOUNT = "SELECT events_recount(%s::bigint[], %s::text[], %s::bigint[])"


def check_event_summaries(repair: bool = False) -> Findings:
    """Compare every summary with the events it counts; with `repair`, count anew those that differ.

    Each range is a transaction of its own, so writers wait for a moment at most, and only where something is wrong.
    """
    after: int | None = -1
    compared = wrong = 0
    examples: tuple[str, ...] = ()
    while after is not None:
        with transaction.atomic(), connection.cursor() as cursor:
            last = _end_of_range(cursor, after)
            cursor.execute(COMPARE, {"after": after, "last": last, "examples": EXAMPLES})
            in_range, wrong_here, said, *keys = cursor.fetchone()
            if repair and wrong_here:
                cursor.execute(RECOUNT, keys)
        compared, wrong = compared + in_range, wrong + wrong_here
        examples = (*examples, *(said or ()))[:EXAMPLES]
        after = last
    return Findings(compared, wrong, examples)


def _end_of_range(cursor: Any, after: int) -> int | None:
    """The last contact of the range behind `after`; None for the last range, which also finds rows without events."""
    cursor.execute(
        "SELECT contact_id FROM events_event WHERE contact_id > %s ORDER BY contact_id OFFSET %s LIMIT 1",
        [after, EVENTS_AT_ONCE],
    )
    row = cursor.fetchone()
    return row[0] if row else None
