"""Every segment there is begins its history with what it is now."""

from django.db import migrations

BEGIN = """
INSERT INTO segments_segmentversion (segment_id, number, rule, name, saved_at, saved_by_id)
SELECT id, version, rule, name, updated_at, created_by_id FROM segments_segment
ON CONFLICT (segment_id, number) DO NOTHING
"""


class Migration(migrations.Migration):
    dependencies = [("segments", "0002_lists_versions_and_membership")]
    operations = [migrations.RunSQL(BEGIN, migrations.RunSQL.noop)]
