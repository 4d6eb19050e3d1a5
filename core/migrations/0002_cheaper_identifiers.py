"""One random number for each identifier: the two bits that tell version 7 from version 4 are set in place."""

from django.db import migrations

CREATE = """
CREATE OR REPLACE FUNCTION rapport_uuid7() RETURNS uuid LANGUAGE sql VOLATILE PARALLEL SAFE AS $$
    SELECT encode(
        set_bit(
            set_bit(
                overlay(
                    uuid_send(gen_random_uuid())
                    PLACING substring(int8send((extract(epoch FROM clock_timestamp()) * 1000)::bigint) FROM 3)
                    FROM 1 FOR 6
                ),
                52, 1
            ),
            53, 1
        ),
        'hex'
    )::uuid
$$;
"""


class Migration(migrations.Migration):
    dependencies = [("core", "0001_identifiers")]
    operations = [migrations.RunSQL(CREATE, migrations.RunSQL.noop)]
