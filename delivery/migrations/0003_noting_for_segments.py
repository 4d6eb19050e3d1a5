"""What becomes of messages is noted for the segments that are followed, in the transaction it is written in."""

from django.db import migrations

CREATE = """
CREATE TRIGGER segments_note_insert AFTER INSERT ON delivery_messagefact REFERENCING NEW TABLE AS rows
    FOR EACH STATEMENT EXECUTE FUNCTION segments_note_facts();
CREATE TRIGGER segments_note_update AFTER UPDATE ON delivery_messagefact REFERENCING NEW TABLE AS rows
    FOR EACH STATEMENT EXECUTE FUNCTION segments_note_facts();
CREATE TRIGGER segments_note_sent AFTER UPDATE ON delivery_message
    REFERENCING OLD TABLE AS before NEW TABLE AS rows
    FOR EACH STATEMENT EXECUTE FUNCTION segments_note_sent();
"""
DROP = """
DROP TRIGGER segments_note_sent ON delivery_message;
DROP TRIGGER segments_note_update ON delivery_messagefact;
DROP TRIGGER segments_note_insert ON delivery_messagefact;
"""


class Migration(migrations.Migration):
    dependencies = [("delivery", "0002_message_to_stranger"), ("segments", "0004_noting_changes")]
    operations = [migrations.RunSQL(CREATE, DROP)]
