"""Events that follow a person to another row, or are taken away, are noted too; so is who a sent message belongs to."""

from django.db import migrations

CREATE = """
CREATE TRIGGER segments_note_update AFTER UPDATE ON events_event REFERENCING NEW TABLE AS rows
    FOR EACH STATEMENT EXECUTE FUNCTION segments_note_events();
CREATE TRIGGER segments_note_delete AFTER DELETE ON events_event REFERENCING OLD TABLE AS rows
    FOR EACH STATEMENT EXECUTE FUNCTION segments_note_events();
CREATE OR REPLACE FUNCTION segments_note_sent() RETURNS trigger LANGUAGE plpgsql AS $$
DECLARE
    watched bigint[] := ARRAY(SELECT workspace_id FROM segments_watch WHERE what = 'fact:sent');
BEGIN
    IF watched <> '{}' THEN
        INSERT INTO segments_contacttouch (workspace_id, contact_id, what, at)
        SELECT DISTINCT r.workspace_id, r.contact_id, 'fact:sent', statement_timestamp()
        FROM rows r JOIN before b ON b.id = r.id
        WHERE r.workspace_id = ANY(watched) AND r.contact_id IS NOT NULL AND 'sent' IN (r.status, b.status)
          AND (r.status, r.settled_at, r.contact_id) IS DISTINCT FROM (b.status, b.settled_at, b.contact_id);
    END IF;
    RETURN NULL;
END
$$;
"""
DROP = """
DROP TRIGGER segments_note_delete ON events_event;
DROP TRIGGER segments_note_update ON events_event;
"""


class Migration(migrations.Migration):
    dependencies = [("segments", "0005_drafts"), ("events", "0002_event_summaries")]
    operations = [migrations.RunSQL(CREATE, DROP)]
