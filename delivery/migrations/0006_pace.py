import django.contrib.postgres.fields
import django.db.models.deletion
from django.db import migrations, models


class Migration(migrations.Migration):
    """Limits, receivers that asked for less, senders that were stopped; whose mailbox a message goes to."""

    dependencies = [
        ("accounts", "0001_initial"),
        ("channels", "0002_sending_domains"),
        ("delivery", "0005_versions_and_windows"),
    ]

    operations = [
        migrations.CreateModel(
            name="PaceBucket",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                (
                    "workspace",
                    models.ForeignKey(
                        db_index=False,
                        on_delete=django.db.models.deletion.CASCADE,
                        related_name="+",
                        to="accounts.workspace",
                    ),
                ),
                (
                    "sender",
                    models.ForeignKey(
                        null=True, on_delete=django.db.models.deletion.CASCADE, related_name="+", to="channels.sender"
                    ),
                ),
                ("receiver", models.SmallIntegerField(null=True)),
                (
                    "dispatch",
                    models.ForeignKey(
                        null=True, on_delete=django.db.models.deletion.CASCADE, related_name="+", to="delivery.dispatch"
                    ),
                ),
                ("hourly_limit", models.IntegerField(null=True)),
                ("daily_limit", models.IntegerField(null=True)),
                ("warmup_from", models.DateField(null=True)),
                (
                    "warmup_plan",
                    django.contrib.postgres.fields.ArrayField(
                        base_field=models.IntegerField(), default=list, size=None
                    ),
                ),
                ("tokens", models.FloatField(default=0)),
                ("filled_at", models.DateTimeField(null=True)),
                ("day", models.DateField(null=True)),
                ("day_used", models.IntegerField(default=0)),
            ],
            options={
                "constraints": [
                    models.UniqueConstraint(
                        fields=("workspace", "sender", "receiver", "dispatch"),
                        name="pace_bucket_once",
                        nulls_distinct=False,
                    )
                ]
            },
        ),
        migrations.CreateModel(
            name="PaceSlowdown",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                (
                    "sender",
                    models.ForeignKey(
                        db_index=False,
                        on_delete=django.db.models.deletion.CASCADE,
                        related_name="+",
                        to="channels.sender",
                    ),
                ),
                ("receiver", models.SmallIntegerField()),
                ("rate", models.FloatField()),
                ("full_rate", models.FloatField()),
                ("paused_until", models.DateTimeField()),
                ("strikes", models.SmallIntegerField(default=1)),
                ("words", models.CharField(blank=True, default="", max_length=300)),
                ("tokens", models.FloatField(default=0)),
                ("filled_at", models.DateTimeField(null=True)),
            ],
            options={
                "constraints": [models.UniqueConstraint(fields=("sender", "receiver"), name="pace_slowdown_once")]
            },
        ),
        migrations.CreateModel(
            name="SenderStop",
            fields=[
                (
                    "sender",
                    models.OneToOneField(
                        on_delete=django.db.models.deletion.CASCADE,
                        primary_key=True,
                        related_name="+",
                        serialize=False,
                        to="channels.sender",
                    ),
                ),
                ("receiver", models.SmallIntegerField(null=True)),
                ("words", models.CharField(blank=True, default="", max_length=300)),
                ("stopped_at", models.DateTimeField()),
                ("probing_at", models.DateTimeField(null=True)),
            ],
        ),
        migrations.AddField(
            model_name="message",
            name="receiver",
            field=models.SmallIntegerField(db_default=0, default=0),
        ),
    ]
