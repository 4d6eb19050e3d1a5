"""A workspace as segments meet it: people with attributes, agreements, addresses, events and messages.

Made by the database itself, from hashes of row numbers, so that it is the same every time. The shares of people who
are found by the rules of `bench.segment_rules` are those of a shop that has been in business for some years.
"""

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

from django.db import connection, transaction

from bench.world import Bench
from consent.models import Topic
from contacts.models import Attribute
from events.models import EventKind
from segments.models import StaticList
from segments.services import learn_values

TABLES = (
    "contacts_contact",
    "segments_profile",
    "contacts_address",
    "consent_consentstate",
    "events_event",
    "events_eventsummary",
    "delivery_dispatch",
    "delivery_message",
    "delivery_messagefact",
)
ATTRIBUTES = {
    "plan": ("choice", ["free", "pro", "team"]),
    "age": ("number", []),
    "city": ("text", []),
    "interests": ("multi_choice", ["art", "food", "music", "sport", "travel"]),
    "birthday": ("date", []),
    "ltv": ("money", []),
}
KINDS = {
    "order.placed": {"total": "money", "items": "number"},
    "cart.added": {"sku": "text"},
    "login": {},
    "page.viewed": {"path": "text"},
}
# A number from 0 (included) to 1 that depends on a row's number and on what it is drawn for. Gone with the session.
CHANCE = """
CREATE OR REPLACE FUNCTION pg_temp.chance(number bigint, purpose bigint) RETURNS double precision
LANGUAGE sql IMMUTABLE PARALLEL SAFE
RETURN (hashint8extended(number, purpose) & 4294967295) / 4294967296.0
"""
CONTACTS = """
INSERT INTO contacts_contact (id, public_id, created_at, external_id, first_name, last_name, email, phone, language,
    time_zone, country, attributes, folded, tags, search, bucket_seed, updated_at, imported_at, import_batch_id,
    workspace_id)
SELECT n, public_id, at, 'C' || n, first, last, email, phone, lower(country), zone, country,
    jsonb_strip_nulls(jsonb_build_object('plan', plan, 'age', age, 'city', city, 'birthday', birthday,
        'ltv', jsonb_build_object('amount', ltv::text, 'currency', 'EUR')))
        || CASE WHEN interests = '[]' THEN '{}' ELSE jsonb_build_object('interests', interests) END,
    jsonb_strip_nulls(jsonb_build_object('first_name', lower(first), 'last_name', lower(last), 'city', lower(city))),
    '{news}', array_to_tsvector(array_remove(ARRAY[lower(first), lower(last), 'c' || n, 'mail' || n %% 5000, 'example',
        phone, '=l:' || lower(country), '=c:' || country, '=t:news'], '')),
    (('x' || left(encode(sha256(uuid_send(public_id)), 'hex'), 8))::bit(32)::bigint %% 2147483647)::int,
    at, NULL, NULL, %(workspace)s
FROM (
    SELECT n, ('01900000' || substr(md5(n::text), 9))::uuid AS public_id, now() - interval '1 day' - age_of_row AS at,
        (ARRAY['Ada', 'Aroha', 'Chidi', 'Dmitri', 'Elif', 'Giulia', 'Ines', 'Jan', 'Keiko', 'Mei'])[
            1 + (10 * pg_temp.chance(n, 1))::int %% 10] AS first,
        (ARRAY['Ngata', 'Okafor', 'Petrov', 'Haddad', 'Rossi', 'Silva', 'Tanaka', 'Chen'])[
            1 + (8 * pg_temp.chance(n, 2))::int %% 8] || (2000 * pg_temp.chance(n, 3))::int AS last,
        CASE WHEN pg_temp.chance(n, 10) < 0.95 THEN 'p' || n || '@mail' || n %% 5000 || '.example' ELSE '' END AS email,
        CASE WHEN pg_temp.chance(n, 11) < 0.3 THEN '+49151' || lpad(n::text, 8, '0') ELSE '' END AS phone,
        (ARRAY['DE', 'DE', 'DE', 'PL', 'PL', 'FR', 'FR', 'GB', 'GB', 'RU', 'IT', 'IT', 'ES', 'ES', 'NL', 'AT', 'CH',
               'SE', 'NZ', 'US'])[1 + floor(20 * pg_temp.chance(n, 4))::int] AS country,
        (ARRAY['Europe/Berlin', 'Europe/Warsaw', 'Europe/London', 'Pacific/Auckland', ''])[
            1 + floor(5 * pg_temp.chance(n, 5))::int] AS zone,
        CASE WHEN pg_temp.chance(n, 6) < 0.1 THEN 'pro' WHEN pg_temp.chance(n, 6) < 0.15 THEN 'team'
             WHEN pg_temp.chance(n, 6) < 0.8 THEN 'free' END AS plan,
        CASE WHEN pg_temp.chance(n, 7) < 0.95 THEN 18 + floor(60 * pg_temp.chance(n, 8))::int END AS age,
        (ARRAY['Berlin', 'Berlin Mitte', 'Köln', 'Bonn', 'Warszawa', 'Paris', 'Lyon', 'London', 'Roma', 'Milano',
               'Madrid', 'Sevilla', 'Utrecht', 'Wien', 'Bern', 'Malmö', 'Auckland', 'Moskva', 'Hamburg', 'Kiel',
               'Graz', 'Nice', 'Leeds', 'Bari', 'Toledo'])[1 + floor(25 * pg_temp.chance(n, 9))::int] AS city,
        to_char(date '1945-01-01' + (23000 * pg_temp.chance(n, 12))::int, 'YYYY-MM-DD') AS birthday,
        round((3000 * power(pg_temp.chance(n, 13), 3))::numeric, 2) AS ltv,
        (CASE (8 * pg_temp.chance(n, 14))::int WHEN 0 THEN '["art", "food"]' WHEN 1 THEN '["art"]'
              WHEN 2 THEN '["music", "art"]' WHEN 3 THEN '["sport"]' WHEN 4 THEN '["travel", "food"]'
              WHEN 5 THEN '["music"]' ELSE '[]' END)::jsonb AS interests
    FROM (SELECT n, (1 - n / %(rows)s::float) * interval '1400 days' AS age_of_row
          FROM generate_series(1, %(rows)s) AS n) AS numbers
    OFFSET 0
) AS people
"""
# What triggers would have written, had they not been left out.
PROFILES = """
INSERT INTO segments_profile (id, workspace_id, created_at, imported_at, bucket_seed, country, language, time_zone,
    attributes, folded)
SELECT id, workspace_id, created_at, imported_at, bucket_seed, country, language, time_zone, attributes, folded
FROM contacts_contact ORDER BY id
"""
ADDRESSES = """
INSERT INTO contacts_address (workspace_id, contact_id, channel, value, domain, status, status_reason, is_primary,
    created_at)
SELECT workspace_id, id, 'email', email, split_part(email, '@', 2),
    CASE WHEN pg_temp.chance(id, 20) < 0.65 THEN 'valid' WHEN pg_temp.chance(id, 20) < 0.85 THEN 'unverified'
         WHEN pg_temp.chance(id, 20) < 0.88 THEN 'risky' WHEN pg_temp.chance(id, 20) < 0.93 THEN 'invalid'
         ELSE 'dead' END, '', true, created_at
FROM contacts_contact WHERE email <> ''
UNION ALL
SELECT workspace_id, id, 'sms', phone, '', CASE WHEN pg_temp.chance(id, 21) < 0.5 THEN 'valid' ELSE 'unverified' END,
    '', true, created_at
FROM contacts_contact WHERE phone <> ''
"""
CONSENTS = """
INSERT INTO consent_consentstate
    (workspace_id, contact_id, channel, topic_id, purpose, state, basis, changed_at, expires_at)
SELECT workspace_id, id, 'email', %(topic)s, 'marketing',
    CASE WHEN drawn < 0.55 THEN 'granted' WHEN drawn < 0.68 THEN 'withdrawn' ELSE 'pending' END,
    CASE WHEN drawn < 0.55 THEN 'express' ELSE '' END, created_at,
    CASE WHEN drawn < 0.05 THEN now() + (drawn - 0.02) * interval '2000 days' END
FROM (SELECT *, pg_temp.chance(id, 30) AS drawn FROM contacts_contact) AS people WHERE drawn < 0.75
UNION ALL
SELECT workspace_id, id, 'email', NULL, 'tracking', 'granted', 'express', created_at, NULL
FROM contacts_contact WHERE pg_temp.chance(id, 31) < 0.5
"""
# Ever more of them, over two years; the longer ago, the smaller the id, as in life.
EVENTS = """
INSERT INTO events_event (public_id, workspace_id, kind, contact_id, at, recorded_at, properties, folded, amount,
    currency, source_kind)
SELECT ('0190' || lpad(to_hex(n), 12, '0') || '7000' || substr(md5(n::text), 1, 12))::uuid, %(workspace)s, kind,
    1 + floor(%(rows)s * pg_temp.chance(n, 40))::bigint, at, at,
    CASE kind WHEN 'order.placed' THEN jsonb_build_object('items', 1 + n %% 4,
            'total', jsonb_build_object('amount', cents / 100 || '.' || lpad((cents %% 100)::text, 2, '0'), 'currency',
                'EUR'))
        WHEN 'cart.added' THEN jsonb_build_object('sku', 'SKU-' || n %% 900)
        WHEN 'page.viewed' THEN jsonb_build_object('path', '/things/' || n %% 3000) ELSE '{}' END,
    CASE kind WHEN 'cart.added' THEN jsonb_build_object('sku', 'sku-' || n %% 900)
        WHEN 'page.viewed' THEN jsonb_build_object('path', '/things/' || n %% 3000) ELSE '{}' END,
    CASE kind WHEN 'order.placed' THEN cents * 100 END, CASE kind WHEN 'order.placed' THEN 'EUR' END, ''
FROM (
    SELECT n, CASE WHEN pg_temp.chance(n, 41) < 0.25 THEN 'order.placed' WHEN pg_temp.chance(n, 41) < 0.41
            THEN 'cart.added' WHEN pg_temp.chance(n, 41) < 0.53 THEN 'login' ELSE 'page.viewed' END AS kind,
        (500 + 15000 * power(pg_temp.chance(n, 42), 1.4))::bigint AS cents,
        now() - interval '730 days' * power(1 - n / %(events)s::float, 2) AS at
    FROM generate_series(1, %(events)s) AS n
    OFFSET 0
) AS happened
"""
# These, too.
SUMMARIES = """
INSERT INTO events_eventsummary (workspace_id, kind, contact_id, times, first_at, last_at)
SELECT workspace_id, kind, contact_id, count(*), min(at), max(at) FROM events_event
GROUP BY workspace_id, kind, contact_id ORDER BY workspace_id, kind, contact_id
"""
LIST_MEMBERS = """
INSERT INTO segments_listmember (workspace_id, list_id, contact_id, added_at)
SELECT workspace_id, %(list)s, id, created_at FROM contacts_contact WHERE pg_temp.chance(id, 70) < 0.1
"""
DISPATCHES = """
INSERT INTO delivery_dispatch (id, public_id, created_at, workspace_id, source_kind, source_id, occurrence, name,
    status, pause_reason, targeted, finished_at)
SELECT n, gen_random_uuid(), now(), %(workspace)s, 'campaign', n, now() - n * interval '2 days', 'Letter ' || n,
    'finished', '', 0, now()
FROM generate_series(1, 180) AS n
"""
# One letter after the other: few people get two on the same days.
MESSAGES = """
INSERT INTO delivery_message (id, public_id, workspace_id, dispatch_id, purpose, channel, contact_id, step, recipient,
    status, reason, detail, created_at, due_at, attempts, is_tracked, settled_at, provider_id)
SELECT n, ('0191' || lpad(to_hex(n), 12, '0') || '7000' || substr(md5(n::text), 1, 12))::uuid, %(workspace)s,
    1 + (extract(epoch FROM now() - at) / 172800)::bigint %% 180, 'marketing', 'email', contact_id, n %% 32000,
    'p' || contact_id || '@mail.example', 'sent', '', '', at, at, 1, true, at, ''
FROM (
    SELECT n, 1 + floor(%(rows)s * pg_temp.chance(n, 50))::bigint AS contact_id,
        now() - interval '360 days' * power(1 - n / %(messages)s::float, 1.3) AS at
    FROM generate_series(1, %(messages)s) AS n
    OFFSET 0
) AS sent
"""
FACTS = """
INSERT INTO delivery_messagefact
    (workspace_id, message_id, dispatch_id, contact_id, channel, action, verdict, link, at, last_at, times, detail)
SELECT workspace_id, m.id, dispatch_id, contact_id, 'email', action, verdict, link, happened, happened, 1, ''
FROM delivery_message m
JOIN (VALUES ('delivered', 'human', -1, 0.0, 0.14, 60), ('opened', 'human', -1, 0.2, 0.5, 61),
             ('opened', 'machine', -1, 0.4, 0.62, 61), ('clicked', 'human', 1, 0.2, 0.3, 61),
             ('bounced', 'human', -1, 0.98, 1.0, 61)) AS f(action, verdict, link, low, high, purpose)
    ON pg_temp.chance(m.id, f.purpose) >= f.low AND pg_temp.chance(m.id, f.purpose) < f.high,
LATERAL (SELECT least(settled_at + pg_temp.chance(m.id, 62) * interval '2 days', now()) AS happened) AS t
ORDER BY happened
"""


def have_segment_world(bench: Bench) -> None:
    """Make the world unless it is there; what other figures left behind is cleared away first."""
    if EventKind.objects.filter(workspace=bench.workspace, name="login").exists():
        return
    bench.reset()
    _have_names(bench)
    values: dict[str, Any] = {
        **named_ids(bench),
        "rows": bench.rows,
        "events": 5 * bench.rows,
        "messages": bench.rows * 3 // 2,
    }
    with connection.cursor() as cursor:
        cursor.execute(CHANCE)
        cursor.execute("TRUNCATE consent_consentstate, delivery_dispatch, delivery_message CASCADE")
        for table, statement in (
            ("contacts_contact", CONTACTS),
            ("segments_profile", PROFILES),
            ("contacts_address", ADDRESSES),
            ("consent_consentstate", CONSENTS),
            ("events_event", EVENTS),
            ("events_eventsummary", SUMMARIES),
            ("segments_listmember", LIST_MEMBERS),
            ("delivery_dispatch", DISPATCHES),
            ("delivery_message", MESSAGES),
            ("delivery_messagefact", FACTS),
        ):
            with transaction.atomic(), _bulk(cursor, table):
                cursor.execute(statement, values)
        for table in ("contacts_contact", "delivery_dispatch", "delivery_message"):
            cursor.execute(f"SELECT setval('{table}_id_seq', (SELECT max(id) FROM {table}))")
        cursor.execute(f"VACUUM (ANALYZE) {', '.join(TABLES)}")
        cursor.execute("CHECKPOINT")
    learn_values()  # as the first task of each day does


def named_ids(bench: Bench) -> dict[str, Any]:
    """The numbers by which statements name the workspace, its topic and its list; made where missing."""
    topic, _created = Topic.objects.get_or_create(workspace=bench.workspace, key="news", defaults={"name": "News"})
    customers, _created = StaticList.objects.get_or_create(
        workspace=bench.workspace, key="customers", defaults={"name": "Customers"}
    )
    return {"workspace": bench.workspace.pk, "topic": topic.pk, "list": customers.pk}


def _have_names(bench: Bench) -> None:
    """What rules can name."""
    for key, (kind, choices) in ATTRIBUTES.items():
        Attribute.objects.update_or_create(
            workspace=bench.workspace, key=key, defaults={"type": kind, "label": key.title(), "choices": choices}
        )
    for name, properties in KINDS.items():
        EventKind.objects.update_or_create(workspace=bench.workspace, name=name, defaults={"properties": properties})


@contextmanager
def _bulk(cursor: Any, table: str) -> Iterator[None]:
    """Write a table without triggers and without the indexes that can be made afterwards, in a tenth of the time."""
    cursor.execute(
        """SELECT indexname, indexdef FROM pg_indexes WHERE tablename = %s AND NOT EXISTS (
            SELECT FROM pg_constraint c WHERE c.conname = indexname AND c.contype IN ('p', 'u', 'x'))""",
        [table],
    )
    indexes = cursor.fetchall()
    cursor.execute("SET LOCAL session_replication_role = replica; SET LOCAL maintenance_work_mem = '512MB'")
    for name, _definition in indexes:
        cursor.execute(f'DROP INDEX "{name}"')
    yield
    for _name, definition in indexes:
        cursor.execute(definition)
