"""Profiles of the people who are there already, some at a time, so that nobody who writes waits for long."""

from django.db import migrations, transaction

AT_ONCE = 20_000
# The lock makes this read the newest version of whoever is being changed; changes that come later find a profile.
FILL = """
INSERT INTO segments_profile (id, workspace_id, created_at, imported_at, bucket_seed, country, language, time_zone,
    attributes, folded)
SELECT id, workspace_id, created_at, imported_at, bucket_seed, country, language, time_zone, attributes, folded
FROM contacts_contact WHERE id > %s AND id <= %s FOR SHARE
ON CONFLICT (id) DO NOTHING
"""


def fill(apps, schema_editor):
    with schema_editor.connection.cursor() as cursor:
        cursor.execute("SELECT coalesce(min(id), 0) - 1, coalesce(max(id), 0) FROM contacts_contact")
        first, last = cursor.fetchone()
        while first < last:
            with transaction.atomic(using=schema_editor.connection.alias):
                cursor.execute(FILL, [first, first + AT_ONCE])
            first += AT_ONCE
        if last > 0:
            cursor.execute("ANALYZE segments_profile")


class Migration(migrations.Migration):
    atomic = False
    dependencies = [("segments", "0008_profiles")]
    operations = [migrations.RunPython(fill, migrations.RunPython.noop)]
