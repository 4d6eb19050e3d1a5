"""A shorter waiting list of the index of words. Changing the setting rebuilds nothing and stops nobody."""

from django.contrib.postgres.indexes import GinIndex
from django.db import migrations


class Migration(migrations.Migration):
    dependencies = [("contacts", "0012_fewer_indexes")]

    operations = [
        migrations.RunSQL(
            "ALTER INDEX contact_search SET (gin_pending_list_limit = 1024)",
            "ALTER INDEX contact_search RESET (gin_pending_list_limit)",
            state_operations=[
                migrations.RemoveIndex("contact", "contact_search"),
                migrations.AddIndex(
                    "contact", GinIndex(fields=["search"], gin_pending_list_limit=1024, name="contact_search")
                ),
            ],
        )
    ]
