"""A lone digest is listed once. Built beside the writers of a big list; an index left half built is made again."""

from django.db import migrations, models

DROP = "DROP INDEX CONCURRENTLY IF EXISTS suppression_digest_once"
CREATE = """
CREATE UNIQUE INDEX CONCURRENTLY suppression_digest_once
    ON consent_suppression (workspace_id, channel, plain_digest) WHERE plain_digest IS NOT NULL
"""


class Migration(migrations.Migration):
    atomic = False
    dependencies = [("consent", "0008_access_codes")]
    operations = [
        migrations.RunSQL(
            [DROP, CREATE],
            DROP,
            state_operations=[
                migrations.AddConstraint(
                    "suppression",
                    models.UniqueConstraint(
                        fields=["workspace", "channel", "plain_digest"],
                        condition=models.Q(plain_digest__isnull=False),
                        name="suppression_digest_once",
                    ),
                )
            ],
        )
    ]
