"""No two lines of one person can have the same place in the chain. Built beside the writers of a big ledger."""

from django.db import migrations, models

CREATE = """
CREATE UNIQUE INDEX CONCURRENTLY consent_record_sequence_once
    ON consent_consentrecord (contact_id, sequence) WHERE sequence IS NOT NULL
"""


class Migration(migrations.Migration):
    atomic = False
    dependencies = [("consent", "0005_chain_triggers")]
    operations = [
        migrations.RunSQL(
            CREATE,
            "DROP INDEX CONCURRENTLY consent_record_sequence_once",
            state_operations=[
                migrations.AddConstraint(
                    "consentrecord",
                    models.UniqueConstraint(
                        fields=["contact", "sequence"],
                        condition=models.Q(sequence__isnull=False),
                        name="consent_record_sequence_once",
                    ),
                )
            ],
        )
    ]
