"""consent_gate: may each of 100,000 people be mailed about a topic? As asked before a campaign is frozen."""

import time
from typing import Any

from django.db import connection

from bench.figure import Figure, percentile
from bench.world import Bench
from consent.models import Topic
from core.crypto import derived_key
from delivery.services import Audience, preview_audience

ASKED = 100_000
ROUNDS = 7
AUDIENCE = "SELECT id FROM contacts_contact WHERE workspace_id = %s AND hashint8(id) %% %s = 0 LIMIT %s"
COUNT = f"SELECT count(*) FROM ({AUDIENCE}) audience JOIN contacts_address a ON a.contact_id = audience.id"
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


def run(bench: Bench) -> list[Figure]:
    """The 95th percentile of seconds to decide, beside only finding the same people's addresses."""
    bench.have_contacts()
    topic = _have_consents(bench)
    params = [bench.workspace.pk, max(1, bench.rows // ASKED), ASKED]
    seconds, baselines = [], []
    for number in range(ROUNDS + 1):
        took, preview = _decide(bench, topic, params)
        baseline = _count(params)
        if number:  # the first brings the pages into memory
            seconds.append(took)
            baselines.append(baseline)
    if not (len(preview.excluded) > 5 and 0 < preview.will_get < preview.matched):
        raise RuntimeError(f"the gate said {preview.excluded} and let {preview.will_get} pass")
    asked = {
        "asked": float(preview.matched),
        "allowed": float(preview.will_get),
        "reasons": float(len(preview.excluded)),
    }
    value = percentile(seconds, 0.95)
    return [Figure("consent_gate", value, "s", percentile(baselines, 0.95), 1, is_less_better=True, more=asked)]


def _decide(bench: Bench, topic: Topic, params: list[int]) -> tuple[float, Any]:
    began = time.monotonic()
    preview = preview_audience(workspace=bench.workspace, audience=Audience(AUDIENCE, params, topic), sample=5)
    return time.monotonic() - began, preview


def _count(params: list[int]) -> float:
    began = time.monotonic()
    with connection.cursor() as cursor:
        cursor.execute(COUNT, params)
        cursor.fetchone()
    return time.monotonic() - began


def _have_consents(bench: Bench) -> Topic:
    """A topic about which everybody in the workspace has had the chance to say something."""
    tables = "consent_consentstate, consent_suppression, consent_globalsuppression, consent_contactpreference"
    topic, _created = Topic.objects.get_or_create(workspace=bench.workspace, key="news", defaults={"name": "News"})
    values: dict[str, Any] = {"topic": topic.pk, "workspace": bench.workspace.pk, "key": derived_key("address")}
    with connection.cursor() as cursor:
        cursor.execute(f"TRUNCATE {tables}, contacts_tombstone, contacts_restriction")
        for statement in (STATES, SUPPRESSIONS, EVERYWHERE, *RARE):
            cursor.execute(statement, values)
        cursor.execute(f"VACUUM (ANALYZE) {tables}, contacts_tombstone, contacts_restriction")
    return topic
