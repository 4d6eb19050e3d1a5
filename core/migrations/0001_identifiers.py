"""The heartbeat table, and UUID version 7 in SQL for set-based writers (RFC 9562 §5.7)."""

from django.db import migrations, models

CREATE = """
CREATE FUNCTION rapport_uuid7() RETURNS uuid LANGUAGE sql VOLATILE PARALLEL SAFE AS $$
    SELECT encode(
        set_byte(
            overlay(
                uuid_send(gen_random_uuid())
                PLACING substring(int8send((extract(epoch FROM clock_timestamp()) * 1000)::bigint) FROM 3)
                FROM 1 FOR 6
            ),
            6,
            get_byte(uuid_send(gen_random_uuid()), 0) & 15 | 112
        ),
        'hex'
    )::uuid
$$
"""


class Migration(migrations.Migration):
    initial = True
    dependencies = []
    operations = [
        migrations.CreateModel(
            name="Heartbeat",
            fields=[
                ("name", models.CharField(max_length=40, primary_key=True, serialize=False)),
                ("seen_at", models.DateTimeField()),
            ],
        ),
        migrations.RunSQL(CREATE, "DROP FUNCTION rapport_uuid7()"),
    ]
