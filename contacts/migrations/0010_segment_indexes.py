from django.contrib.postgres.operations import AddIndexConcurrently
from django.db import migrations, models


class Migration(migrations.Migration):
    """A random part of everybody for estimates, and who has an address that works: what segments ask most."""

    atomic = False
    dependencies = [("contacts", "0009_list_indexes")]

    operations = [
        AddIndexConcurrently(
            model_name="address",
            index=models.Index(
                condition=models.Q(("status", "valid")),
                fields=["workspace", "channel", "contact"],
                name="address_valid",
            ),
        ),
        AddIndexConcurrently(
            model_name="contact",
            index=models.Index(
                condition=models.Q(("bucket_seed__lt", 134217728)),
                fields=["workspace", "bucket_seed", "id"],
                name="contact_sample",
            ),
        ),
    ]
