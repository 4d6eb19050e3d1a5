"""Beginnings of addresses, phones and external ids are found by bytes, whatever the collation of the database is.

Each index is made beside the writers of a big table, a half-made one anew, before the one it replaces goes.
"""

from django.contrib.postgres.operations import AddIndexConcurrently, RemoveIndexConcurrently
from django.db import migrations, models
from django.db.models.functions import Collate

ADDRESS_KNOWN_ONCE = """
CREATE UNIQUE INDEX CONCURRENTLY address_known_once ON contacts_address (workspace_id, channel, value varchar_pattern_ops)
"""
ADDRESS_ONCE = "CREATE UNIQUE INDEX CONCURRENTLY address_once ON contacts_address (workspace_id, channel, value)"
EXTERNAL_ID_KNOWN_ONCE = """
CREATE UNIQUE INDEX CONCURRENTLY contact_external_id_known_once
    ON contacts_contact (workspace_id, external_id varchar_pattern_ops) WHERE external_id IS NOT NULL
"""
EXTERNAL_ID_ONCE = """
CREATE UNIQUE INDEX CONCURRENTLY contact_external_id_once
    ON contacts_contact (workspace_id, external_id) WHERE external_id IS NOT NULL
"""


class Migration(migrations.Migration):
    atomic = False
    dependencies = [("contacts", "0013_shorter_waiting_list")]

    operations = [
        AddIndexConcurrently(
            "contact",
            models.Index(models.F("workspace"), Collate("email", "C"), models.F("id"), name="contact_by_mail"),
        ),
        RemoveIndexConcurrently("contact", "contact_by_email"),
        migrations.RunSQL(
            ["DROP INDEX CONCURRENTLY IF EXISTS address_known_once", ADDRESS_KNOWN_ONCE],
            "DROP INDEX CONCURRENTLY IF EXISTS address_known_once",
            state_operations=[
                migrations.AddConstraint(
                    "address",
                    models.UniqueConstraint(
                        fields=["workspace", "channel", "value"],
                        opclasses=["int8_ops", "varchar_ops", "varchar_pattern_ops"],
                        name="address_known_once",
                    ),
                )
            ],
        ),
        migrations.RunSQL(
            # On the way back it is an index without a constraint, which promises the same.
            [
                "ALTER TABLE contacts_address DROP CONSTRAINT IF EXISTS address_once",
                "DROP INDEX CONCURRENTLY IF EXISTS address_once",
            ],
            ["DROP INDEX CONCURRENTLY IF EXISTS address_once", ADDRESS_ONCE],
            state_operations=[migrations.RemoveConstraint("address", "address_once")],
        ),
        migrations.RunSQL(
            ["DROP INDEX CONCURRENTLY IF EXISTS contact_external_id_known_once", EXTERNAL_ID_KNOWN_ONCE],
            "DROP INDEX CONCURRENTLY IF EXISTS contact_external_id_known_once",
            state_operations=[
                migrations.AddConstraint(
                    "contact",
                    models.UniqueConstraint(
                        fields=["workspace", "external_id"],
                        condition=models.Q(external_id__isnull=False),
                        opclasses=["int8_ops", "varchar_pattern_ops"],
                        name="contact_external_id_known_once",
                    ),
                )
            ],
        ),
        migrations.RunSQL(
            "DROP INDEX CONCURRENTLY IF EXISTS contact_external_id_once",
            ["DROP INDEX CONCURRENTLY IF EXISTS contact_external_id_once", EXTERNAL_ID_ONCE],
            state_operations=[migrations.RemoveConstraint("contact", "contact_external_id_once")],
        ),
    ]
