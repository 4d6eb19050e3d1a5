"""The workspace of an event comes first in three other indexes; one of its own only made each event dearer."""

import django.db.models.deletion
from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [("events", "0003_fill_event_summaries")]

    operations = [
        migrations.AlterField(
            model_name="event",
            name="workspace",
            field=models.ForeignKey(
                db_index=False, on_delete=django.db.models.deletion.CASCADE, related_name="+", to="accounts.workspace"
            ),
        ),
    ]
