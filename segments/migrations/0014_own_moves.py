"""Finds who came and went by themselves among the many whom a saved rule moves at once."""

from django.contrib.postgres.operations import AddIndexConcurrently
from django.db import migrations, models


class Migration(migrations.Migration):
    atomic = False

    dependencies = [("segments", "0013_members_by_their_key")]

    operations = [
        AddIndexConcurrently(
            model_name="memberchange",
            index=models.Index(
                condition=models.Q(("cause__in", ["data", "time"])),
                fields=["segment", "at", "id"],
                include=("change",),
                name="member_change_own",
            ),
        ),
    ]
