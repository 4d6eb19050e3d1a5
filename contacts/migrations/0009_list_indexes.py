from django.contrib.postgres.indexes import BrinIndex
from django.contrib.postgres.operations import AddIndexConcurrently
from django.db import migrations, models


class Migration(migrations.Migration):
    atomic = False

    dependencies = [("contacts", "0008_addresses_checked_by_statement")]

    operations = [
        AddIndexConcurrently(
            model_name="address",
            index=models.Index(
                condition=models.Q(("status__in", ["risky", "invalid", "dead"])),
                fields=["workspace", "channel", "status", "contact"],
                name="address_in_trouble",
            ),
        ),
        AddIndexConcurrently(
            model_name="contact",
            index=BrinIndex(autosummarize=True, fields=["created_at"], name="contact_created"),
        ),
    ]
