"""A changed tag is noted like any other change of a contact."""

from django.db import migrations

CHANGED = """
CREATE OR REPLACE FUNCTION segments_note_changed_people() RETURNS trigger LANGUAGE plpgsql AS $$
DECLARE
    watched bigint[] := ARRAY(SELECT workspace_id FROM segments_watch WHERE what = 'contact');
BEGIN
    IF watched <> '{}' THEN
        INSERT INTO segments_contacttouch (workspace_id, contact_id, what, at)
        SELECT r.workspace_id, r.id, 'contact', statement_timestamp() FROM rows r JOIN before b ON b.id = r.id
        WHERE r.workspace_id = ANY(watched)
          AND (r.attributes, r.folded, r.language, r.country, r.time_zone, r.created_at, r.imported_at%(more)s)
              IS DISTINCT FROM
              (b.attributes, b.folded, b.language, b.country, b.time_zone, b.created_at, b.imported_at%(before)s);
    END IF;
    RETURN NULL;
END
$$;
"""


class Migration(migrations.Migration):
    dependencies = [("segments", "0011_what_agreements_say"), ("contacts", "0011_database_defaults")]
    operations = [
        migrations.RunSQL(CHANGED % {"more": ", r.tags", "before": ", b.tags"}, CHANGED % {"more": "", "before": ""})
    ]
