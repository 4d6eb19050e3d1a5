import django.db.models.deletion
from django.db import migrations, models

import core.ids


class Migration(migrations.Migration):
    """How many campaign messages a person may get in so many days, and how long one waits for its turn."""

    dependencies = [
        ("accounts", "0001_initial"),
        ("delivery", "0007_pace_indexes"),
    ]

    operations = [
        migrations.AddField(
            model_name="dispatch",
            name="waits_for",
            field=models.DurationField(null=True),
        ),
        migrations.CreateModel(
            name="FrequencyRule",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("public_id", models.UUIDField(default=core.ids.uuid7, editable=False, unique=True)),
                ("created_at", models.DateTimeField(auto_now_add=True, verbose_name="created")),
                (
                    "channel",
                    models.CharField(
                        blank=True,
                        choices=[
                            ("email", "E-mail"),
                            ("sms", "Text message"),
                            ("push", "Push"),
                            ("telegram", "Telegram"),
                            ("whatsapp", "WhatsApp"),
                            ("messenger", "Messenger"),
                            ("viber", "Viber"),
                            ("voice", "Voice"),
                        ],
                        default="",
                        max_length=10,
                        verbose_name="channel",
                    ),
                ),
                ("messages", models.PositiveSmallIntegerField(verbose_name="messages")),
                ("days", models.PositiveSmallIntegerField(verbose_name="days")),
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
                    models.UniqueConstraint(fields=("workspace", "channel", "days"), name="frequency_rule_once"),
                    models.CheckConstraint(
                        condition=models.Q(
                            ("days__gte", 1), ("days__lte", 60), ("messages__gte", 1), ("messages__lte", 100)
                        ),
                        name="frequency_rule_sane",
                    ),
                ],
            },
        ),
    ]
