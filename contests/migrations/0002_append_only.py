"""The ledger of tickets and published documents refuse change and removal by themselves."""

from django.db import migrations

CREATE = """
CREATE FUNCTION contest_is_append_only() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    RAISE EXCEPTION 'what a contest has written down stays as it is' USING ERRCODE = 'integrity_constraint_violation';
END
$$;
CREATE TRIGGER contest_ticket_append_only BEFORE UPDATE OR DELETE ON contests_ticket
    FOR EACH ROW EXECUTE FUNCTION contest_is_append_only();
CREATE TRIGGER contest_document_append_only BEFORE UPDATE OR DELETE ON contests_document
    FOR EACH ROW EXECUTE FUNCTION contest_is_append_only();
CREATE TRIGGER contest_attempt_append_only BEFORE UPDATE OR DELETE ON contests_attempt
    FOR EACH ROW EXECUTE FUNCTION contest_is_append_only();
"""
DROP = """
DROP TRIGGER contest_attempt_append_only ON contests_attempt;
DROP TRIGGER contest_document_append_only ON contests_document;
DROP TRIGGER contest_ticket_append_only ON contests_ticket;
DROP FUNCTION contest_is_append_only();
"""


class Migration(migrations.Migration):
    dependencies = [("contests", "0001_initial")]
    operations = [migrations.RunSQL(CREATE, DROP)]
