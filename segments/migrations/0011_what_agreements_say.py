"""How many people said what about which topic: by single columns the planner expects a third too few (docs/adr/0028)."""

from django.db import migrations

# Nobody waits for it: it is gathered together with what is known of single columns.
LEARN = """
CREATE STATISTICS segments_consent (mcv) ON workspace_id, channel, topic_id, purpose, state FROM consent_consentstate;
ANALYZE consent_consentstate;
"""


class Migration(migrations.Migration):
    dependencies = [
        ("consent", "0009_suppression_digest_once"),
        ("segments", "0010_lists_checked_by_statement"),
    ]
    operations = [migrations.RunSQL(LEARN, "DROP STATISTICS segments_consent")]
