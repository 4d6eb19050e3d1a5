"""That a list is there is checked once per statement; its members need one index less."""

import django.db.models.deletion
from django.db import migrations, models

CREATE = """
CREATE FUNCTION segments_member_has_list() RETURNS trigger LANGUAGE plpgsql AS $$
DECLARE
    missing bigint;
BEGIN
    SELECT named.list_id INTO missing FROM (SELECT DISTINCT list_id FROM rows) named
        WHERE (SELECT l.id FROM segments_staticlist l WHERE l.id = named.list_id) IS NULL LIMIT 1;
    IF FOUND THEN
        RAISE EXCEPTION 'there is no list % for somebody', missing USING ERRCODE = 'foreign_key_violation';
    END IF;
    RETURN NULL;
END
$$;
CREATE FUNCTION segments_list_left_no_member() RETURNS trigger LANGUAGE plpgsql AS $$
DECLARE
    left_behind bigint;
BEGIN
    SELECT g.id INTO left_behind FROM rows g
        WHERE (SELECT m.contact_id FROM segments_listmember m WHERE m.list_id = g.id LIMIT 1) IS NOT NULL LIMIT 1;
    IF FOUND THEN
        RAISE EXCEPTION 'somebody is still on list %', left_behind USING ERRCODE = 'foreign_key_violation';
    END IF;
    RETURN NULL;
END
$$;
CREATE TRIGGER segments_member_has_list AFTER INSERT ON segments_listmember REFERENCING NEW TABLE AS rows
    FOR EACH STATEMENT EXECUTE FUNCTION segments_member_has_list();
CREATE TRIGGER segments_moved_member_has_list AFTER UPDATE ON segments_listmember REFERENCING NEW TABLE AS rows
    FOR EACH STATEMENT EXECUTE FUNCTION segments_member_has_list();
CREATE TRIGGER segments_list_left_no_member AFTER DELETE ON segments_staticlist REFERENCING OLD TABLE AS rows
    FOR EACH STATEMENT EXECUTE FUNCTION segments_list_left_no_member();
"""
DROP = """
DROP TRIGGER segments_list_left_no_member ON segments_staticlist;
DROP TRIGGER segments_moved_member_has_list ON segments_listmember;
DROP TRIGGER segments_member_has_list ON segments_listmember;
DROP FUNCTION segments_list_left_no_member(), segments_member_has_list();
"""
KEY = models.UniqueConstraint(fields=("list", "contact"), include=("workspace",), name="list_member_key")
ADD_KEY = """
CREATE UNIQUE INDEX CONCURRENTLY list_member_key ON segments_listmember (list_id, contact_id) INCLUDE (workspace_id)
"""
DROP_KEY = "DROP INDEX CONCURRENTLY list_member_key"


class Migration(migrations.Migration):
    atomic = False
    dependencies = [("segments", "0009_fill_profiles")]

    operations = [
        # Before the old check goes.
        migrations.RunSQL(CREATE, DROP),
        migrations.AlterField(
            model_name="listmember",
            name="list",
            field=models.ForeignKey(
                db_constraint=False,
                db_index=False,
                on_delete=django.db.models.deletion.CASCADE,
                related_name="+",
                to="segments.staticlist",
            ),
        ),
        migrations.SeparateDatabaseAndState(
            database_operations=[migrations.RunSQL(ADD_KEY, DROP_KEY)],
            state_operations=[migrations.AddConstraint(model_name="listmember", constraint=KEY)],
        ),
        migrations.RemoveConstraint(model_name="listmember", name="list_member_once"),
        migrations.RemoveIndex(model_name="listmember", name="list_member_lookup"),
    ]
