"""One index says that nobody gets a campaign twice and finds what somebody was sent; before, there were two.

It is built beside the writers of a big table, and again where that was cut short. The old ones go after it stands.
"""

from django.contrib.postgres.operations import RemoveIndexConcurrently
from django.db import migrations, models

ONCE = models.UniqueConstraint(
    fields=["contact", "dispatch", "step"], condition=models.Q(contact__isnull=False), name="message_to_contact_once"
)
CLEAR = "DROP INDEX CONCURRENTLY IF EXISTS message_to_contact_once"
BUILD = """
CREATE UNIQUE INDEX CONCURRENTLY message_to_contact_once ON delivery_message (contact_id, dispatch_id, step)
    WHERE contact_id IS NOT NULL
"""
CLEAR_BEFORE = "DROP INDEX CONCURRENTLY IF EXISTS message_once"
BUILD_BEFORE = """
CREATE UNIQUE INDEX CONCURRENTLY message_once ON delivery_message (dispatch_id, contact_id, step)
    WHERE dispatch_id IS NOT NULL
"""


class Migration(migrations.Migration):
    atomic = False
    dependencies = [("delivery", "0010_keys_by_statement")]

    operations = [
        migrations.RunSQL([CLEAR, BUILD], CLEAR, state_operations=[migrations.AddConstraint("message", ONCE)]),
        migrations.RunSQL(
            CLEAR_BEFORE,
            [CLEAR_BEFORE, BUILD_BEFORE],
            state_operations=[migrations.RemoveConstraint("message", "message_once")],
        ),
        RemoveIndexConcurrently("message", "message_of_contact"),
    ]
