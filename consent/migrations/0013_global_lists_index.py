"""Finds what a list brought to the installation's own list."""

from django.contrib.postgres.operations import AddIndexConcurrently
from django.db import migrations, models


class Migration(migrations.Migration):
    atomic = False

    dependencies = [("consent", "0012_global_lists_back")]

    operations = [
        AddIndexConcurrently(
            model_name="globalsuppression",
            index=models.Index(
                fields=["added_with"],
                condition=models.Q(("added_with__isnull", False)),
                name="global_suppression_brought",
            ),
        ),
    ]
