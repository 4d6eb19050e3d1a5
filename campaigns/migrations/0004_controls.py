import django.core.validators
import django.db.models.deletion
from django.conf import settings
from django.db import migrations, models

import core.ids


class Migration(migrations.Migration):
    """Rules for sending, second people's answers, links looked at; how important a campaign is."""

    dependencies = [
        ("accounts", "0002_quiet_hours"),
        ("campaigns", "0003_versions_and_hold_outs"),
        migrations.swappable_dependency(settings.AUTH_USER_MODEL),
    ]

    operations = [
        migrations.CreateModel(
            name="CampaignRules",
            fields=[
                (
                    "workspace",
                    models.OneToOneField(
                        on_delete=django.db.models.deletion.CASCADE,
                        primary_key=True,
                        related_name="+",
                        serialize=False,
                        to="accounts.workspace",
                    ),
                ),
                (
                    "approval_from",
                    models.PositiveIntegerField(blank=True, null=True, verbose_name="from how many people"),
                ),
                (
                    "approver_role",
                    models.CharField(
                        choices=[("owner", "Owners"), ("editor", "Owners and editors")],
                        default="owner",
                        max_length=8,
                        verbose_name="who may say yes",
                    ),
                ),
                (
                    "undo_seconds",
                    models.PositiveSmallIntegerField(
                        default=10,
                        validators=[
                            django.core.validators.MinValueValidator(10),
                            django.core.validators.MaxValueValidator(300),
                        ],
                        verbose_name="time to take it back",
                    ),
                ),
                (
                    "price",
                    models.DecimalField(
                        blank=True,
                        decimal_places=4,
                        max_digits=10,
                        null=True,
                        validators=[django.core.validators.MinValueValidator(0)],
                        verbose_name="price of a thousand messages",
                    ),
                ),
                ("currency", models.CharField(blank=True, max_length=3, verbose_name="currency")),
                ("updated_at", models.DateTimeField(auto_now=True)),
            ],
        ),
        migrations.AddField(
            model_name="campaign",
            name="priority",
            field=models.SmallIntegerField(
                choices=[(-1, "Low"), (0, "Normal"), (1, "High")], db_default=0, default=0, verbose_name="importance"
            ),
        ),
        migrations.AddField(
            model_name="campaign",
            name="wait_days",
            field=models.PositiveSmallIntegerField(db_default=0, default=0, verbose_name="days to wait"),
        ),
        migrations.AlterField(
            model_name="campaign",
            name="status",
            field=models.CharField(
                choices=[
                    ("draft", "Draft"),
                    ("waiting", "Waits for a yes"),
                    ("scheduled", "Scheduled"),
                    ("sending", "Sending"),
                    ("paused", "Paused"),
                    ("sent", "Sent"),
                    ("cancelled", "Cancelled"),
                    ("template", "Template"),
                ],
                default="draft",
                max_length=10,
                verbose_name="state",
            ),
        ),
        migrations.CreateModel(
            name="Approval",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("public_id", models.UUIDField(default=core.ids.uuid7, editable=False, unique=True)),
                ("created_at", models.DateTimeField(auto_now_add=True, verbose_name="created")),
                ("mark", models.CharField(max_length=64)),
                ("people", models.PositiveIntegerField(default=0)),
                ("is_at_once", models.BooleanField(default=False)),
                (
                    "answer",
                    models.CharField(
                        choices=[
                            ("open", "Waits for an answer"),
                            ("yes", "Approved"),
                            ("no", "Not approved"),
                            ("withdrawn", "Withdrawn"),
                        ],
                        default="open",
                        max_length=9,
                    ),
                ),
                ("answered_at", models.DateTimeField(null=True)),
                ("comment", models.CharField(blank=True, max_length=500, verbose_name="comment")),
                (
                    "answered_by",
                    models.ForeignKey(
                        null=True,
                        on_delete=django.db.models.deletion.SET_NULL,
                        related_name="+",
                        to=settings.AUTH_USER_MODEL,
                    ),
                ),
                (
                    "asked_by",
                    models.ForeignKey(
                        null=True,
                        on_delete=django.db.models.deletion.SET_NULL,
                        related_name="+",
                        to=settings.AUTH_USER_MODEL,
                    ),
                ),
                (
                    "campaign",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.CASCADE, related_name="approvals", to="campaigns.campaign"
                    ),
                ),
            ],
            options={
                "constraints": [
                    models.UniqueConstraint(
                        condition=models.Q(("answer__in", ["open", "yes"])),
                        fields=("campaign",),
                        name="approval_one_at_a_time",
                    )
                ],
            },
        ),
        migrations.CreateModel(
            name="LinkCheck",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("digest", models.CharField(max_length=64)),
                ("url", models.CharField(max_length=2000)),
                ("code", models.PositiveSmallIntegerField(default=0)),
                ("problem", models.CharField(blank=True, max_length=200)),
                ("asked_at", models.DateTimeField()),
                ("checked_at", models.DateTimeField(null=True)),
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
                "constraints": [models.UniqueConstraint(fields=("workspace", "digest"), name="link_check_once")],
            },
        ),
    ]
