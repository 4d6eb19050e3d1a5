"""The ledger and the suppressions are read newest first; a sender asks often whether a suppression is new."""

import django.db.models.deletion
from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [
        ("accounts", "0001_initial"),
        ("consent", "0002_ledger_is_append_only"),
    ]
    operations = [
        migrations.AlterField(
            model_name="consentrecord",
            name="workspace",
            field=models.ForeignKey(
                db_constraint=False,
                db_index=False,
                on_delete=django.db.models.deletion.CASCADE,
                related_name="+",
                to="accounts.workspace",
            ),
        ),
        migrations.AddIndex(
            model_name="consentrecord",
            index=models.Index(fields=["workspace", "-id"], name="consent_newest"),
        ),
        migrations.AddIndex(
            model_name="suppression",
            index=models.Index(fields=["workspace", "-created_at"], name="suppression_newest"),
        ),
    ]
