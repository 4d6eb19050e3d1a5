"""Who keeps the mailboxes of a domain, and the small index a launch asks."""

from django.contrib.postgres.operations import AddIndexConcurrently
from django.db import migrations, models


class Migration(migrations.Migration):
    atomic = False

    dependencies = [("contacts", "0014_beginnings_by_bytes")]

    operations = [
        migrations.AddField("maildomain", "keeper", models.CharField(max_length=16, null=True)),
        AddIndexConcurrently(
            "maildomain",
            models.Index(
                fields=["domain"], include=["keeper"], condition=models.Q(("keeper__gt", "")), name="mail_domain_kept"
            ),
        ),
    ]
