"""How often each kind of event happened to each contact, kept by triggers in the writer's transaction (docs/adr/0015)."""

import django.db.models.deletion
from django.db import migrations, models

# Rows are always locked in the order of their key, so that two writers of the same contacts wait but never for each
# other. A new event only adds to what is there, so it never has to look at the log.
#
# What is taken away or moved is counted anew instead, key by key: first every row is there and locked, and only then,
# by a statement that begins later and so sees what the holders of these locks wrote before, the log is counted. Who
# writes an event meanwhile waits for the row and adds to it. A row can go between the two steps; then they are repeated.
CREATE = """
CREATE FUNCTION events_recount(workspaces bigint[], kinds text[], contacts bigint[]) RETURNS void LANGUAGE plpgsql AS $$
DECLARE
    wanted bigint;
    held bigint;
BEGIN
    SELECT count(*) INTO wanted
        FROM (SELECT DISTINCT * FROM unnest(workspaces, kinds, contacts) AS k(workspace_id, kind, contact_id)) k;
    LOOP
        INSERT INTO events_eventsummary (workspace_id, kind, contact_id, times, first_at, last_at)
            SELECT DISTINCT k.workspace_id, k.kind, k.contact_id, 0, 'infinity'::timestamptz, '-infinity'::timestamptz
            FROM unnest(workspaces, kinds, contacts) AS k(workspace_id, kind, contact_id)
            ORDER BY 1, 2, 3
            ON CONFLICT DO NOTHING;
        SELECT count(*) INTO held FROM (
            SELECT FROM events_eventsummary s
            WHERE (s.workspace_id, s.kind, s.contact_id) IN (SELECT * FROM unnest(workspaces, kinds, contacts))
            ORDER BY s.workspace_id, s.kind, s.contact_id FOR UPDATE) locked;
        EXIT WHEN held >= wanted;
    END LOOP;
    UPDATE events_eventsummary s SET times = t.times, first_at = t.first_at, last_at = t.last_at
        FROM unnest(workspaces, kinds, contacts) AS k(workspace_id, kind, contact_id)
        CROSS JOIN LATERAL (
            SELECT count(*) AS times, min(e.at) AS first_at, max(e.at) AS last_at FROM events_event e
            WHERE e.workspace_id = k.workspace_id AND e.kind = k.kind AND e.contact_id = k.contact_id) t
        WHERE t.times > 0
            AND s.workspace_id = k.workspace_id AND s.kind = k.kind AND s.contact_id = k.contact_id;
    DELETE FROM events_eventsummary s USING unnest(workspaces, kinds, contacts) AS k(workspace_id, kind, contact_id)
        WHERE s.workspace_id = k.workspace_id AND s.kind = k.kind AND s.contact_id = k.contact_id
            AND NOT EXISTS (SELECT FROM events_event e
                WHERE e.workspace_id = k.workspace_id AND e.kind = k.kind AND e.contact_id = k.contact_id);
END
$$;
CREATE FUNCTION events_summarise_new() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    INSERT INTO events_eventsummary AS s (workspace_id, kind, contact_id, times, first_at, last_at)
        SELECT f.workspace_id, f.kind, f.contact_id, count(*), min(f.at), max(f.at) FROM fresh f
        WHERE f.contact_id IS NOT NULL
        GROUP BY f.workspace_id, f.kind, f.contact_id
        ORDER BY f.workspace_id, f.kind, f.contact_id
        ON CONFLICT (workspace_id, kind, contact_id) DO UPDATE SET times = s.times + excluded.times,
            first_at = least(s.first_at, excluded.first_at), last_at = greatest(s.last_at, excluded.last_at);
    RETURN NULL;
END
$$;
CREATE FUNCTION events_summarise_gone() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    PERFORM events_recount(array_agg(k.workspace_id), array_agg(k.kind::text), array_agg(k.contact_id))
        FROM (SELECT DISTINCT g.workspace_id, g.kind, g.contact_id FROM gone g WHERE g.contact_id IS NOT NULL) k
        HAVING count(*) > 0;
    RETURN NULL;
END
$$;
CREATE FUNCTION events_summarise_changed() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    PERFORM events_recount(array_agg(k.workspace_id), array_agg(k.kind::text), array_agg(k.contact_id))
        FROM (
            SELECT DISTINCT side.workspace_id, side.kind, side.contact_id
            FROM gone g FULL JOIN fresh f ON f.id = g.id
            CROSS JOIN LATERAL (VALUES (g.workspace_id, g.kind, g.contact_id), (f.workspace_id, f.kind, f.contact_id))
                AS side(workspace_id, kind, contact_id)
            WHERE (g.workspace_id, g.kind, g.contact_id, g.at) IS DISTINCT FROM
                    (f.workspace_id, f.kind, f.contact_id, f.at)
                AND side.contact_id IS NOT NULL) k
        HAVING count(*) > 0;
    RETURN NULL;
END
$$;
CREATE FUNCTION events_summarise_none() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    DELETE FROM events_eventsummary;
    RETURN NULL;
END
$$;
CREATE TRIGGER event_summarise_new AFTER INSERT ON events_event REFERENCING NEW TABLE AS fresh
    FOR EACH STATEMENT EXECUTE FUNCTION events_summarise_new();
CREATE TRIGGER event_summarise_gone AFTER DELETE ON events_event REFERENCING OLD TABLE AS gone
    FOR EACH STATEMENT EXECUTE FUNCTION events_summarise_gone();
CREATE TRIGGER event_summarise_changed AFTER UPDATE ON events_event REFERENCING OLD TABLE AS gone NEW TABLE AS fresh
    FOR EACH STATEMENT EXECUTE FUNCTION events_summarise_changed();
CREATE TRIGGER event_summarise_none AFTER TRUNCATE ON events_event
    FOR EACH STATEMENT EXECUTE FUNCTION events_summarise_none();
"""
DROP = """
DROP TRIGGER event_summarise_none ON events_event;
DROP TRIGGER event_summarise_changed ON events_event;
DROP TRIGGER event_summarise_gone ON events_event;
DROP TRIGGER event_summarise_new ON events_event;
DROP FUNCTION events_summarise_none();
DROP FUNCTION events_summarise_changed();
DROP FUNCTION events_summarise_gone();
DROP FUNCTION events_summarise_new();
DROP FUNCTION events_recount(bigint[], text[], bigint[]);
"""
# The key's index holds the other columns too: people in the order of their numbers, without a look at the table.
KEY = """
ALTER TABLE events_eventsummary DROP CONSTRAINT events_eventsummary_pkey,
    ADD CONSTRAINT events_eventsummary_pkey PRIMARY KEY (workspace_id, kind, contact_id)
        INCLUDE (times, first_at, last_at);
"""
# Every event of somebody known makes a new version of a row, and an answer from the index alone needs pages known to
# hold no old ones: they are looked through sooner than the usual fifth of the table.
VACUUM = """
ALTER TABLE events_eventsummary SET (autovacuum_vacuum_scale_factor = 0.05,
    autovacuum_vacuum_insert_scale_factor = 0.05, autovacuum_analyze_scale_factor = 0.05);
"""


class Migration(migrations.Migration):
    dependencies = [("accounts", "0001_initial"), ("events", "0001_initial")]

    operations = [
        migrations.CreateModel(
            name="EventSummary",
            fields=[
                (
                    "pk",
                    models.CompositePrimaryKey(
                        "workspace_id", "kind", "contact_id", blank=True, editable=False, primary_key=True,
                        serialize=False,
                    ),
                ),
                ("kind", models.CharField(max_length=80)),
                ("contact_id", models.BigIntegerField()),
                ("times", models.IntegerField()),
                ("first_at", models.DateTimeField()),
                ("last_at", models.DateTimeField()),
                (
                    "workspace",
                    models.ForeignKey(
                        db_constraint=False, db_index=False, on_delete=django.db.models.deletion.CASCADE, related_name="+",
                        to="accounts.workspace",
                    ),
                ),
            ],
        ),
        migrations.AddIndex(
            model_name="eventsummary",
            index=models.Index(
                fields=["workspace", "kind", "last_at", "contact_id"], name="event_summary_last",
            ),
        ),
        migrations.RunSQL(KEY, migrations.RunSQL.noop),
        migrations.RunSQL(VACUUM, migrations.RunSQL.noop),
        migrations.RunSQL(CREATE, DROP),
    ]
