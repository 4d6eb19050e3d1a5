"""The ledger refuses change and removal by itself, whatever an application forgets."""

from django.db import migrations

CREATE = """
CREATE FUNCTION consent_ledger_is_append_only() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    RAISE EXCEPTION 'the consent ledger is append-only' USING ERRCODE = 'integrity_constraint_violation';
END
$$;
CREATE TRIGGER consent_record_append_only
    BEFORE UPDATE OR DELETE ON consent_consentrecord
    FOR EACH ROW EXECUTE FUNCTION consent_ledger_is_append_only();
CREATE TRIGGER consent_text_append_only
    BEFORE UPDATE ON consent_consenttext
    FOR EACH ROW EXECUTE FUNCTION consent_ledger_is_append_only();
"""
DROP = """
DROP TRIGGER consent_record_append_only ON consent_consentrecord;
DROP TRIGGER consent_text_append_only ON consent_consenttext;
DROP FUNCTION consent_ledger_is_append_only();
"""


class Migration(migrations.Migration):
    dependencies = [("consent", "0001_initial")]
    operations = [migrations.RunSQL(CREATE, DROP)]
