"""Which list brought an entry of the installation's own list, so that a whole list can be taken back."""

import django.db.models.deletion
from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [("consent", "0011_global_digest_once")]

    operations = [
        migrations.AddField(
            model_name="globalsuppression",
            name="added_with",
            field=models.ForeignKey(
                db_constraint=False,
                db_index=False,
                null=True,
                on_delete=django.db.models.deletion.SET_NULL,
                related_name="+",
                to="consent.globalsuppressionchange",
            ),
        ),
    ]
