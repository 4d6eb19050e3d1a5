import django.db.models.deletion
from django.db import migrations, models


class Migration(migrations.Migration):

    dependencies = [
        ("accounts", "0001_initial"),
        ("contacts", "0006_rights"),
    ]

    operations = [
        migrations.AddField(
            model_name="import",
            name="intake",
            field=models.JSONField(blank=True, null=True),
        ),
        migrations.AddField(
            model_name="import",
            name="source",
            field=models.FileField(blank=True, db_default="", default="", upload_to="imports/%Y/%m/"),
        ),
        migrations.CreateModel(
            name="Rehearsal",
            fields=[
                (
                    "import_batch",
                    models.OneToOneField(
                        on_delete=django.db.models.deletion.CASCADE,
                        primary_key=True,
                        related_name="rehearsal",
                        serialize=False,
                        to="contacts.import",
                    ),
                ),
                ("choices", models.CharField(max_length=64)),
                (
                    "status",
                    models.CharField(
                        choices=[
                            ("queued", "Waiting"),
                            ("running", "Running"),
                            ("done", "Done"),
                            ("stopped", "Stopped"),
                            ("failed", "Failed"),
                        ],
                        default="queued",
                        max_length=10,
                    ),
                ),
                ("total", models.BigIntegerField(default=0)),
                ("bytes_done", models.BigIntegerField(default=0)),
                ("created", models.BigIntegerField(default=0)),
                ("updated", models.BigIntegerField(default=0)),
                ("unchanged", models.BigIntegerField(default=0)),
                ("repeated", models.BigIntegerField(default=0)),
                ("rejected", models.BigIntegerField(default=0)),
                ("reasons", models.JSONField(default=dict)),
                ("started_at", models.DateTimeField(blank=True, null=True)),
                ("lease_until", models.DateTimeField(blank=True, null=True)),
            ],
        ),
        migrations.CreateModel(
            name="ImportLayout",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("headings", models.CharField(max_length=64)),
                ("columns", models.JSONField()),
                ("options", models.JSONField(default=dict)),
                ("used_at", models.DateTimeField()),
                (
                    "workspace",
                    models.ForeignKey(
                        db_index=False,
                        on_delete=django.db.models.deletion.CASCADE,
                        related_name="+",
                        to="accounts.workspace",
                    ),
                ),
            ],
            options={
                "constraints": [
                    models.UniqueConstraint(fields=("workspace", "headings"), name="import_layout_once"),
                ],
            },
        ),
    ]
