"""What rules ask of contacts, in a table of its own, kept by triggers in the writer's transaction (docs/adr/0019)."""

import django.contrib.postgres.indexes
import django.db.models.deletion
from django.db import migrations, models

COLUMNS = (
    "id", "workspace_id", "created_at", "imported_at", "bucket_seed", "country", "language", "time_zone", "attributes",
    "folded",
)  # fmt: skip
VALUES = ", ".join(f"r.{column}" for column in COLUMNS)
OTHERS = ", ".join(COLUMNS[1:])

# Whoever writes a profile holds the lock of its contact already, so profiles bring no lock that could make a ring.
#
# Changes are compared with the profile itself, found by its key: the settings see to that however many contacts the
# first statement of a connection changed, for whose number the plan is kept.
CREATE = f"""
CREATE FUNCTION segments_profile_new() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    INSERT INTO segments_profile ({", ".join(COLUMNS)}) SELECT {VALUES} FROM rows r;
    RETURN NULL;
END
$$;
CREATE FUNCTION segments_profile_changed() RETURNS trigger LANGUAGE plpgsql
SET enable_seqscan = off SET enable_hashjoin = off SET enable_mergejoin = off AS $$
BEGIN
    UPDATE segments_profile p SET ({OTHERS}) = ROW({VALUES.removeprefix("r.id, ")}) FROM rows r
    WHERE p.id = r.id
        AND ({", ".join(f"p.{column}" for column in COLUMNS[1:])}) IS DISTINCT FROM ({VALUES.removeprefix("r.id, ")});
    RETURN NULL;
END
$$;
CREATE FUNCTION segments_profile_gone() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    DELETE FROM segments_profile WHERE id = ANY(ARRAY(SELECT id FROM rows));
    RETURN NULL;
END
$$;
CREATE FUNCTION segments_profile_none() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    -- One statement may empty both, and a table that is being emptied cannot be emptied again.
    DELETE FROM segments_profile;
    RETURN NULL;
END
$$;
CREATE TRIGGER segments_profile_new AFTER INSERT ON contacts_contact REFERENCING NEW TABLE AS rows
    FOR EACH STATEMENT EXECUTE FUNCTION segments_profile_new();
CREATE TRIGGER segments_profile_changed AFTER UPDATE ON contacts_contact REFERENCING NEW TABLE AS rows
    FOR EACH STATEMENT EXECUTE FUNCTION segments_profile_changed();
CREATE TRIGGER segments_profile_gone AFTER DELETE ON contacts_contact REFERENCING OLD TABLE AS rows
    FOR EACH STATEMENT EXECUTE FUNCTION segments_profile_gone();
CREATE TRIGGER segments_profile_none AFTER TRUNCATE ON contacts_contact
    FOR EACH STATEMENT EXECUTE FUNCTION segments_profile_none();
"""
DROP = """
DROP TRIGGER segments_profile_none ON contacts_contact;
DROP TRIGGER segments_profile_gone ON contacts_contact;
DROP TRIGGER segments_profile_changed ON contacts_contact;
DROP TRIGGER segments_profile_new ON contacts_contact;
DROP FUNCTION segments_profile_none(), segments_profile_gone(), segments_profile_changed(), segments_profile_new();
"""
# What documents hold is not guessed from samples of whole documents; that only makes looking through them dear.
NO_SAMPLES = """
ALTER TABLE segments_profile ALTER attributes SET STATISTICS 0, ALTER folded SET STATISTICS 0;
"""


class Migration(migrations.Migration):
    dependencies = [
        ("accounts", "0001_initial"),
        ("contacts", "0011_database_defaults"),
        ("segments", "0007_words_of_changes"),
    ]

    operations = [
        migrations.CreateModel(
            name="Profile",
            fields=[
                ("id", models.BigIntegerField(primary_key=True, serialize=False)),
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
                ("created_at", models.DateTimeField()),
                ("imported_at", models.DateTimeField(null=True)),
                ("bucket_seed", models.IntegerField()),
                ("country", models.CharField(max_length=2)),
                ("language", models.CharField(max_length=20)),
                ("time_zone", models.CharField(max_length=64)),
                ("attributes", models.JSONField()),
                ("folded", models.JSONField()),
            ],
            options={
                "indexes": [
                    django.contrib.postgres.indexes.BrinIndex(
                        autosummarize=True, fields=["created_at"], name="profile_created"
                    )
                ],
            },
        ),
        migrations.RunSQL(NO_SAMPLES, migrations.RunSQL.noop),
        migrations.RunSQL(CREATE, DROP),
    ]
