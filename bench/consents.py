"""What people said about being written to, made by the database itself: some agreed, some did not, some bounced."""

from typing import Any

from django.db import connection

from bench.world import Bench
from consent.models import Topic
from core.crypto import derived_key

TABLES = (
    "consent_consentstate, consent_suppression, consent_globalsuppression, consent_contactpreference,"
    " contacts_tombstone, contacts_restriction"
)
# Of ten people seven agreed, one of them until a day that is past or to come; one withdrew, one never confirmed and
# one was never asked. One in 200 left everything; of 50 addresses one bounced or complained; one in 100 domains is
# not written to, one in 1,000 people was erased, takes a break, or has their data restricted.
STATES = """
INSERT INTO consent_consentstate
    (workspace_id, contact_id, channel, topic_id, purpose, state, basis, changed_at, expires_at)
SELECT workspace_id, id, 'email', %(topic)s, 'marketing',
       CASE WHEN id %% 10 < 7 THEN 'granted' WHEN id %% 10 = 7 THEN 'withdrawn' ELSE 'pending' END,
       CASE WHEN id %% 10 < 7 THEN 'express' ELSE '' END, now() - interval '30 days',
       CASE WHEN id %% 10 = 0 THEN now() + (id %% 100 - 50) * interval '1 day' END
FROM contacts_contact WHERE id %% 10 < 9
UNION ALL
SELECT workspace_id, id, 'email', NULL, 'marketing', 'withdrawn', '', now(), NULL
FROM contacts_contact WHERE id %% 200 = 3
UNION ALL
SELECT workspace_id, id, 'email', NULL, 'tracking', 'granted', 'express', now(), NULL
FROM contacts_contact WHERE id %% 2 = 0
"""
SUPPRESSIONS = """
INSERT INTO consent_suppression
    (public_id, workspace_id, channel, address, address_hash, domain, reason, note, created_at)
SELECT gen_random_uuid(), workspace_id, 'email', '', sha256(%(key)s::bytea || convert_to(value, 'UTF8')), '',
       CASE WHEN contact_id %% 3 = 0 THEN 'complaint' ELSE 'hard_bounce' END, '', now()
FROM contacts_address WHERE channel = 'email' AND contact_id %% 50 = 1
UNION ALL
SELECT gen_random_uuid(), %(workspace)s, 'email', '', NULL, 'mail' || n * 100 || '.example', 'manual', '', now()
FROM generate_series(0, 49) n
"""
EVERYWHERE = """
INSERT INTO consent_globalsuppression (public_id, channel, address_hash, domain, reason, note, created_at)
SELECT gen_random_uuid(), 'email', sha256(%(key)s::bytea || convert_to(value, 'UTF8')), '', 'complaint', '', now()
FROM contacts_address WHERE channel = 'email' AND contact_id %% 500 = 2
"""
RARE = (
    """INSERT INTO contacts_tombstone (workspace_id, channel, address_hash, erased_at)
    SELECT workspace_id, 'email', sha256(%(key)s::bytea || convert_to(value, 'UTF8')), now()
    FROM contacts_address WHERE channel = 'email' AND contact_id %% 1000 = 4""",
    """INSERT INTO consent_contactpreference (contact_id, workspace_id, paused_until, preferred_channel, updated_at)
    SELECT id, workspace_id, now() + interval '9 days', '', now() FROM contacts_contact WHERE id %% 1000 = 5""",
    """INSERT INTO contacts_restriction (contact_id, workspace_id, note, created_at)
    SELECT id, workspace_id, '', now() FROM contacts_contact WHERE id %% 1000 = 6""",
)


def have_consents(bench: Bench) -> Topic:
    """A topic about which everybody in the workspace has had the chance to say something."""
    topic, _created = Topic.objects.get_or_create(workspace=bench.workspace, key="news", defaults={"name": "News"})
    values: dict[str, Any] = {"topic": topic.pk, "workspace": bench.workspace.pk, "key": derived_key("address")}
    with connection.cursor() as cursor:
        cursor.execute(f"TRUNCATE {TABLES}")
        for statement in (STATES, SUPPRESSIONS, EVERYWHERE, *RARE):
            cursor.execute(statement, values)
        cursor.execute(f"VACUUM (ANALYZE) {TABLES}")
    return topic
