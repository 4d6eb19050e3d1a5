from django.contrib.postgres.operations import AddIndexConcurrently, RemoveIndexConcurrently
from django.db import migrations, models


class Migration(migrations.Migration):
    """Whom messages were sent to, and facts by their last time, without reading the rows themselves."""

    atomic = False
    dependencies = [("delivery", "0003_noting_for_segments")]

    operations = [
        AddIndexConcurrently(
            model_name="message",
            index=models.Index(
                condition=models.Q(("status", "sent")),
                fields=["workspace", "settled_at"],
                include=("contact", "channel", "dispatch"),
                name="message_sent_to",
            ),
        ),
        AddIndexConcurrently(
            model_name="messagefact",
            index=models.Index(
                fields=["workspace", "action", "last_at"],
                include=("contact", "verdict", "message", "at"),
                name="fact_action_last",
            ),
        ),
        RemoveIndexConcurrently(
            model_name="message",
            name="message_sent_at",
        ),
    ]
