from django.contrib.postgres.operations import AddIndexConcurrently
from django.db import migrations, models


class Migration(migrations.Migration):
    """Messages to people who are no contacts, found by their address when somebody is erased."""

    atomic = False
    dependencies = [("delivery", "0001_initial")]
    operations = [
        AddIndexConcurrently(
            model_name="message",
            index=models.Index(
                condition=models.Q(("contact__isnull", True), models.Q(("recipient", ""), _negated=True)),
                fields=["workspace", "recipient"],
                name="message_to_stranger",
            ),
        ),
    ]
