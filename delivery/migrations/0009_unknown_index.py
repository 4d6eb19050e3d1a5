from django.contrib.postgres.operations import AddIndexConcurrently
from django.db import migrations, models


class Migration(migrations.Migration):
    """What the resolver reads: the few messages of which nobody knows whether they left."""

    atomic = False
    dependencies = [("delivery", "0008_frequency")]

    operations = [
        AddIndexConcurrently(
            model_name="message",
            index=models.Index(
                condition=models.Q(("status", "unknown")), fields=["settled_at"], name="message_unknown"
            ),
        ),
    ]
