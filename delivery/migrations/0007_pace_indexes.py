from django.contrib.postgres.operations import AddIndexConcurrently, RemoveIndexConcurrently
from django.db import migrations, models


class Migration(migrations.Migration):
    """What a claim reads: the lanes of a dispatch, single messages by time, and whose turn it is."""

    atomic = False
    dependencies = [("delivery", "0006_pace")]

    operations = [
        AddIndexConcurrently(
            model_name="message",
            index=models.Index(
                condition=models.Q(("dispatch__isnull", False), ("status", "pending")),
                fields=["dispatch", "sender", "receiver", "due_at", "id"],
                name="message_lane",
            ),
        ),
        AddIndexConcurrently(
            model_name="message",
            index=models.Index(
                condition=models.Q(("dispatch__isnull", True), ("status", "pending")),
                fields=["due_at", "id"],
                name="message_single_due",
            ),
        ),
        RemoveIndexConcurrently(
            model_name="message",
            name="message_due",
        ),
        AddIndexConcurrently(
            model_name="dispatch",
            index=models.Index(fields=["workspace", "-claimed_at"], name="dispatch_served"),
        ),
    ]
