"""An imported person writes to two indexes less; made beside the writers of a big table, and half-made ones anew."""

import django.db.models.deletion
from django.contrib.postgres.operations import AddIndexConcurrently, RemoveIndexConcurrently
from django.db import migrations, models

LEADS_ONCE = """
CREATE UNIQUE INDEX CONCURRENTLY address_leads_once
    ON contacts_address (contact_id, channel, (CASE WHEN is_primary THEN 0 ELSE id END))
"""
ONE_PRIMARY = """
CREATE UNIQUE INDEX CONCURRENTLY address_one_primary ON contacts_address (contact_id, channel) WHERE is_primary
"""


class Migration(migrations.Migration):
    atomic = False
    dependencies = [("contacts", "0011_database_defaults")]

    operations = [
        migrations.RunSQL(
            ["DROP INDEX CONCURRENTLY IF EXISTS address_leads_once", LEADS_ONCE],
            "DROP INDEX CONCURRENTLY IF EXISTS address_leads_once",
            state_operations=[
                migrations.AddConstraint(
                    "address",
                    models.UniqueConstraint(
                        models.F("contact"),
                        models.F("channel"),
                        models.Case(models.When(is_primary=True, then=models.Value(0)), default=models.F("id")),
                        name="address_leads_once",
                    ),
                )
            ],
        ),
        migrations.RunSQL(
            "DROP INDEX CONCURRENTLY IF EXISTS address_one_primary",
            ["DROP INDEX CONCURRENTLY IF EXISTS address_one_primary", ONE_PRIMARY],
            state_operations=[migrations.RemoveConstraint("address", "address_one_primary")],
        ),
        migrations.AlterField(
            "address",
            "contact",
            models.ForeignKey(
                db_constraint=False,
                db_index=False,
                on_delete=django.db.models.deletion.CASCADE,
                related_name="addresses",
                to="contacts.contact",
            ),
        ),
        AddIndexConcurrently("contact", models.Index(fields=["workspace", "id"], name="contact_in_order")),
        RemoveIndexConcurrently("contact", "contact_newest"),
    ]
