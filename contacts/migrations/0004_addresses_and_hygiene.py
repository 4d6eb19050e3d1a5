"""Histories, hygiene figures and look-ups. Histories and look-ups go with their address, even where plain SQL
removes it; a line of a history never changes."""

import django.contrib.postgres.fields
import django.db.models.deletion
from django.conf import settings
from django.db import migrations, models

import core.ids

CREATE = """
ALTER TABLE contacts_addressstate ADD CONSTRAINT address_state_goes_with_address
    FOREIGN KEY (address_id) REFERENCES contacts_address (id) ON DELETE CASCADE;
ALTER TABLE contacts_lookup ADD CONSTRAINT look_up_goes_with_address
    FOREIGN KEY (address_id) REFERENCES contacts_address (id) ON DELETE CASCADE;
CREATE FUNCTION contacts_history_is_append_only() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    RAISE EXCEPTION 'the history of addresses is append-only' USING ERRCODE = 'integrity_constraint_violation';
END
$$;
CREATE TRIGGER address_state_append_only
    BEFORE UPDATE ON contacts_addressstate
    FOR EACH ROW EXECUTE FUNCTION contacts_history_is_append_only();
"""
DROP = """
DROP TRIGGER address_state_append_only ON contacts_addressstate;
DROP FUNCTION contacts_history_is_append_only();
ALTER TABLE contacts_lookup DROP CONSTRAINT look_up_goes_with_address;
ALTER TABLE contacts_addressstate DROP CONSTRAINT address_state_goes_with_address;
"""


class Migration(migrations.Migration):
    dependencies = [
        ("accounts", "0001_initial"),
        ("contacts", "0003_exports"),
        migrations.swappable_dependency(settings.AUTH_USER_MODEL),
    ]

    operations = [
        migrations.CreateModel(
            name="HygieneRefresh",
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
                ("requested_at", models.DateTimeField(null=True)),
                ("lease_until", models.DateTimeField(null=True)),
                ("finished_at", models.DateTimeField(null=True)),
            ],
        ),
        migrations.AddField(
            model_name="address",
            name="flags",
            field=django.contrib.postgres.fields.ArrayField(
                base_field=models.CharField(max_length=12), blank=True, null=True, size=None
            ),
        ),
        migrations.CreateModel(
            name="LookUpRun",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("public_id", models.UUIDField(default=core.ids.uuid7, editable=False, unique=True)),
                ("created_at", models.DateTimeField(auto_now_add=True, verbose_name="created")),
                ("provider", models.CharField(max_length=40)),
                ("group", models.CharField(max_length=20)),
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
                ("limit", models.IntegerField()),
                ("total", models.IntegerField(default=0)),
                ("done", models.IntegerField(default=0)),
                ("counts", models.JSONField(default=dict)),
                ("last_id", models.BigIntegerField(default=0)),
                ("attempts", models.SmallIntegerField(default=0)),
                ("is_stopping", models.BooleanField(default=False)),
                ("next_at", models.DateTimeField(null=True)),
                ("lease_until", models.DateTimeField(null=True)),
                ("finished_at", models.DateTimeField(null=True)),
                (
                    "created_by",
                    models.ForeignKey(
                        null=True,
                        on_delete=django.db.models.deletion.SET_NULL,
                        related_name="+",
                        to=settings.AUTH_USER_MODEL,
                    ),
                ),
                (
                    "workspace",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.CASCADE, related_name="+", to="accounts.workspace"
                    ),
                ),
            ],
            options={
                "indexes": [
                    models.Index(
                        condition=models.Q(("status__in", ["queued", "running"])),
                        fields=["lease_until"],
                        name="look_up_run_open",
                    )
                ],
            },
        ),
        migrations.CreateModel(
            name="LookUp",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("provider", models.CharField(max_length=40)),
                (
                    "answer",
                    models.CharField(
                        choices=[
                            ("live", "In use"),
                            ("absent", "Not in use"),
                            ("unreachable", "Switched off or out of reach"),
                            ("unknown", "No answer"),
                        ],
                        max_length=12,
                    ),
                ),
                ("network", models.CharField(blank=True, max_length=80)),
                ("ported_to", models.CharField(blank=True, max_length=80)),
                ("raw", models.CharField(blank=True, max_length=300)),
                ("asked_at", models.DateTimeField()),
                (
                    "address",
                    models.ForeignKey(
                        db_constraint=False,
                        db_index=False,
                        on_delete=django.db.models.deletion.CASCADE,
                        related_name="+",
                        to="contacts.address",
                    ),
                ),
                (
                    "run",
                    models.ForeignKey(
                        null=True,
                        on_delete=django.db.models.deletion.CASCADE,
                        related_name="+",
                        to="contacts.lookuprun",
                    ),
                ),
            ],
            options={
                "indexes": [models.Index(fields=["address", "asked_at"], name="look_up_of_address")],
            },
        ),
        migrations.CreateModel(
            name="MailDomain",
            fields=[
                ("domain", models.CharField(max_length=253, primary_key=True, serialize=False)),
                (
                    "answer",
                    models.CharField(
                        choices=[
                            ("unknown", "Not known yet"),
                            ("mail", "Takes mail"),
                            ("no_mail", "Says that it takes no mail"),
                            ("missing", "Does not exist"),
                            ("no_server", "Has no server at all"),
                        ],
                        default="unknown",
                        max_length=10,
                    ),
                ),
                ("bad_since", models.DateTimeField(null=True)),
                ("checked_at", models.DateTimeField(null=True)),
                ("next_check_at", models.DateTimeField()),
            ],
            options={
                "indexes": [models.Index(fields=["next_check_at"], name="mail_domain_due")],
            },
        ),
        migrations.CreateModel(
            name="MistypedDomain",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("domain", models.CharField(max_length=253)),
                ("suggestion", models.CharField(max_length=253)),
                ("is_right", models.BooleanField(default=False)),
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
                "constraints": [models.UniqueConstraint(fields=("workspace", "domain"), name="mistyped_domain_once")],
            },
        ),
        migrations.CreateModel(
            name="AddressState",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                (
                    "status",
                    models.CharField(
                        choices=[
                            ("unverified", "Not verified"),
                            ("valid", "Good"),
                            ("risky", "Risky"),
                            ("invalid", "Invalid"),
                            ("dead", "Dead"),
                        ],
                        max_length=10,
                    ),
                ),
                ("reason", models.CharField(blank=True, max_length=120)),
                (
                    "source",
                    models.CharField(
                        choices=[
                            ("person", "A teammate"),
                            ("api", "Through the API"),
                            ("bounce", "A message came back"),
                            ("confirmation", "They confirmed it"),
                            ("click", "They clicked in a message"),
                            ("mail_check", "The mail server was looked up"),
                            ("look_up", "A number check"),
                            ("system", "Rapport"),
                        ],
                        max_length=12,
                    ),
                ),
                ("at", models.DateTimeField()),
                (
                    "actor",
                    models.ForeignKey(
                        db_constraint=False,
                        db_index=False,
                        null=True,
                        on_delete=django.db.models.deletion.DO_NOTHING,
                        related_name="+",
                        to=settings.AUTH_USER_MODEL,
                    ),
                ),
                (
                    "address",
                    models.ForeignKey(
                        db_constraint=False,
                        db_index=False,
                        on_delete=django.db.models.deletion.CASCADE,
                        related_name="states",
                        to="contacts.address",
                    ),
                ),
                (
                    "workspace",
                    models.ForeignKey(
                        db_constraint=False,
                        db_index=False,
                        on_delete=django.db.models.deletion.CASCADE,
                        related_name="+",
                        to="accounts.workspace",
                    ),
                ),
            ],
            options={
                "indexes": [models.Index(fields=["address", "at"], name="address_state_of_address")],
            },
        ),
        migrations.CreateModel(
            name="HygieneReport",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("day", models.DateField()),
                ("as_of", models.DateTimeField()),
                ("people", models.BigIntegerField()),
                ("figures", models.JSONField(default=dict)),
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
                "constraints": [models.UniqueConstraint(fields=("workspace", "day"), name="hygiene_report_once")],
            },
        ),
        migrations.RunSQL(CREATE, DROP),
    ]
