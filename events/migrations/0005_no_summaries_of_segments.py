"""Coming into segments and leaving them is not counted: no rule may ask about it, and many do so at once.

Orders are indexed with their ids, so that what followed upon what is told from the index alone, and the planner knows
which kinds of event have a currency.
"""

from django.contrib.postgres.operations import AddIndexConcurrently, RemoveIndexConcurrently
from django.db import migrations, models

UNCOUNTED = "('segment.entered', 'segment.left')"
# Functions of migration 0002, each with one condition more.
CREATE = f"""
CREATE OR REPLACE FUNCTION events_summarise_new() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    INSERT INTO events_eventsummary AS s (workspace_id, kind, contact_id, times, first_at, last_at)
        SELECT f.workspace_id, f.kind, f.contact_id, count(*), min(f.at), max(f.at) FROM fresh f
        WHERE f.contact_id IS NOT NULL AND f.kind NOT IN {UNCOUNTED}
        GROUP BY f.workspace_id, f.kind, f.contact_id
        ORDER BY f.workspace_id, f.kind, f.contact_id
        ON CONFLICT (workspace_id, kind, contact_id) DO UPDATE SET times = s.times + excluded.times,
            first_at = least(s.first_at, excluded.first_at), last_at = greatest(s.last_at, excluded.last_at);
    RETURN NULL;
END
$$;
CREATE OR REPLACE FUNCTION events_summarise_gone() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    PERFORM events_recount(array_agg(k.workspace_id), array_agg(k.kind::text), array_agg(k.contact_id))
        FROM (SELECT DISTINCT g.workspace_id, g.kind, g.contact_id FROM gone g
              WHERE g.contact_id IS NOT NULL AND g.kind NOT IN {UNCOUNTED}) k
        HAVING count(*) > 0;
    RETURN NULL;
END
$$;
CREATE OR REPLACE FUNCTION events_summarise_changed() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    PERFORM events_recount(array_agg(k.workspace_id), array_agg(k.kind::text), array_agg(k.contact_id))
        FROM (
            SELECT DISTINCT side.workspace_id, side.kind, side.contact_id
            FROM gone g FULL JOIN fresh f ON f.id = g.id
            CROSS JOIN LATERAL (VALUES (g.workspace_id, g.kind, g.contact_id), (f.workspace_id, f.kind, f.contact_id))
                AS side(workspace_id, kind, contact_id)
            WHERE (g.workspace_id, g.kind, g.contact_id, g.at) IS DISTINCT FROM
                    (f.workspace_id, f.kind, f.contact_id, f.at)
                AND side.contact_id IS NOT NULL AND side.kind NOT IN {UNCOUNTED}) k
        HAVING count(*) > 0;
    RETURN NULL;
END
$$;
"""
CLEAR = f"DELETE FROM events_eventsummary WHERE kind IN {UNCOUNTED}"  # noqa: S608
STATISTICS = """
CREATE STATISTICS event_kind_currency (dependencies, mcv) ON kind, currency FROM events_event;
"""
DROP_STATISTICS = "DROP STATISTICS event_kind_currency"


class Migration(migrations.Migration):
    atomic = False
    dependencies = [("events", "0004_event_without_own_workspace_index")]

    operations = [
        migrations.RunSQL(CREATE, migrations.RunSQL.noop),
        migrations.RunSQL(CLEAR, migrations.RunSQL.noop),
        migrations.RunSQL(STATISTICS, DROP_STATISTICS),
        AddIndexConcurrently(
            model_name="event",
            index=models.Index(
                fields=["workspace", "kind", "at"],
                include=["contact_id", "amount", "currency", "id"],
                name="event_kind_time",
            ),
        ),
        RemoveIndexConcurrently(model_name="event", name="event_kind_at"),
    ]
