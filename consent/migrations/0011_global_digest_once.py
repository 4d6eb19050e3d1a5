"""A digest of another tool is listed once. Built beside the readers of a big list; half an index is made again."""

from django.db import migrations, models

DROP = "DROP INDEX CONCURRENTLY IF EXISTS global_suppression_digest_once"
CREATE = """
CREATE UNIQUE INDEX CONCURRENTLY global_suppression_digest_once
    ON consent_globalsuppression (channel, plain_digest) WHERE plain_digest IS NOT NULL
"""


class Migration(migrations.Migration):
    atomic = False
    dependencies = [("consent", "0010_frequency_and_global_list")]
    operations = [
        migrations.RunSQL(
            [DROP, CREATE],
            DROP,
            state_operations=[
                migrations.AddConstraint(
                    "globalsuppression",
                    models.UniqueConstraint(
                        fields=["channel", "plain_digest"],
                        condition=models.Q(plain_digest__isnull=False),
                        name="global_suppression_digest_once",
                    ),
                )
            ],
        )
    ]
