"""That an address belongs to a contact is checked once per statement, no longer row by row (docs/adr/0014)."""

import django.db.models.deletion
from django.db import migrations, models

# A sub-select that gives one value is always answered from the index, however many contacts there are: a join could
# be planned for the first small statement of a connection and kept for a large one, or the other way round.
CREATE = """
CREATE FUNCTION contacts_address_has_contact() RETURNS trigger LANGUAGE plpgsql AS $$
DECLARE
    missing bigint;
BEGIN
    SELECT f.contact_id INTO missing FROM fresh f
        WHERE (SELECT c.id FROM contacts_contact c WHERE c.id = f.contact_id) IS NULL LIMIT 1;
    IF FOUND THEN
        RAISE EXCEPTION 'there is no contact % for an address', missing USING ERRCODE = 'foreign_key_violation';
    END IF;
    RETURN NULL;
END
$$;
CREATE FUNCTION contacts_moved_address_has_contact() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    PERFORM FROM contacts_contact WHERE id = NEW.contact_id;
    IF NOT FOUND THEN
        RAISE EXCEPTION 'there is no contact % for an address', NEW.contact_id
            USING ERRCODE = 'foreign_key_violation';
    END IF;
    RETURN NULL;
END
$$;
CREATE FUNCTION contacts_contact_left_no_address() RETURNS trigger LANGUAGE plpgsql AS $$
DECLARE
    left_behind bigint;
BEGIN
    SELECT g.id INTO left_behind FROM gone g
        WHERE (SELECT a.id FROM contacts_address a WHERE a.contact_id = g.id LIMIT 1) IS NOT NULL LIMIT 1;
    IF FOUND THEN
        RAISE EXCEPTION 'contact % still has addresses', left_behind USING ERRCODE = 'foreign_key_violation';
    END IF;
    RETURN NULL;
END
$$;
CREATE TRIGGER address_has_contact
    AFTER INSERT ON contacts_address REFERENCING NEW TABLE AS fresh
    FOR EACH STATEMENT EXECUTE FUNCTION contacts_address_has_contact();
CREATE TRIGGER moved_address_has_contact
    AFTER UPDATE OF contact_id ON contacts_address
    FOR EACH ROW WHEN (OLD.contact_id <> NEW.contact_id) EXECUTE FUNCTION contacts_moved_address_has_contact();
CREATE TRIGGER contact_left_no_address
    AFTER DELETE ON contacts_contact REFERENCING OLD TABLE AS gone
    FOR EACH STATEMENT EXECUTE FUNCTION contacts_contact_left_no_address();
"""
DROP = """
DROP TRIGGER contact_left_no_address ON contacts_contact;
DROP TRIGGER moved_address_has_contact ON contacts_address;
DROP TRIGGER address_has_contact ON contacts_address;
DROP FUNCTION contacts_contact_left_no_address();
DROP FUNCTION contacts_moved_address_has_contact();
DROP FUNCTION contacts_address_has_contact();
"""


class Migration(migrations.Migration):
    dependencies = [("contacts", "0007_import_formats")]

    operations = [
        migrations.RunSQL(CREATE, DROP),
        migrations.AlterField(
            model_name="address",
            name="contact",
            field=models.ForeignKey(
                db_constraint=False,
                on_delete=django.db.models.deletion.CASCADE,
                related_name="addresses",
                to="contacts.contact",
            ),
        ),
    ]
