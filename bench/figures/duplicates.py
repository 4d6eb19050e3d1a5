"""duplicates: looking through everybody for people known twice."""

import time
from typing import Any

from django.db import connection

from bench.figure import Figure
from bench.world import Bench
from contacts.models import DuplicateGroup, DuplicatePair, DuplicateSearch
from contacts.services.finding_duplicates import ask_for_search, find_duplicates

# Two in five have a Gmail address too. One in forty is the next person again: with their name, their birthday and a
# Gmail address that differs by a dot and a tag. One in a hundred has somebody else's number for WhatsApp.
GMAIL = """
INSERT INTO contacts_address (workspace_id, contact_id, channel, value, domain, status, status_reason, is_primary,
    created_at)
SELECT workspace_id, id, 'email',
    CASE WHEN number %% 40 = 0 THEN 'p.' || (number + 1) || '+shop@googlemail.com'
        ELSE 'p' || number || '@gmail.com' END,
    CASE WHEN number %% 40 = 0 THEN 'googlemail.com' ELSE 'gmail.com' END, 'unverified', '', false, now()
FROM (SELECT id, workspace_id, row_number() OVER (ORDER BY id) AS number FROM contacts_contact
      WHERE workspace_id = %(workspace)s) c
WHERE number %% 5 < 2
"""
TWICE = """
CREATE TEMPORARY TABLE bench_twice AS
SELECT one.id, one.first_name, one.last_name, one.folded, one.attributes, next.id AS next_id
FROM (SELECT *, row_number() OVER (ORDER BY id) AS number FROM contacts_contact WHERE workspace_id = %(workspace)s) one
JOIN contacts_contact next ON next.id = one.id + 1
WHERE one.number %% 40 = 0
"""
SAME = """
UPDATE contacts_contact c SET first_name = n.first_name, last_name = n.last_name, folded = n.folded,
    attributes = n.attributes
FROM bench_twice t JOIN contacts_contact n ON n.id = t.next_id WHERE c.id = t.id
"""
BACK = """
UPDATE contacts_contact c SET first_name = t.first_name, last_name = t.last_name, folded = t.folded,
    attributes = t.attributes
FROM bench_twice t WHERE c.id = t.id
"""
WHATSAPP = """
INSERT INTO contacts_address (workspace_id, contact_id, channel, value, domain, status, status_reason, is_primary,
    created_at)
SELECT %(workspace)s, min(other.id), 'whatsapp', a.value, '', 'unverified', '', true, now()
FROM contacts_address a JOIN contacts_contact other ON other.id = a.contact_id + 7
WHERE a.workspace_id = %(workspace)s AND a.channel = 'sms' AND a.contact_id %% 100 = 0
GROUP BY a.value ON CONFLICT DO NOTHING
"""
BASELINE = "SELECT email FROM contacts_contact WHERE workspace_id = %s GROUP BY email HAVING count(*) > 1"


def run(bench: Bench) -> list[Figure]:
    """Seconds of a whole search, beside what PostgreSQL alone needs to group everybody by one key."""
    bench.have_contacts()
    last = _value("SELECT max(id) FROM contacts_address")
    with connection.cursor() as cursor:
        for statement in (GMAIL, TWICE, SAME, WHATSAPP):
            cursor.execute(statement, {"workspace": bench.workspace.pk})
        cursor.execute("VACUUM (ANALYZE) contacts_address, contacts_contact")
    try:
        return [_measured(bench)]
    finally:
        DuplicatePair.objects.all().delete()
        DuplicateGroup.objects.all().delete()
        with connection.cursor() as cursor:
            cursor.execute("DELETE FROM contacts_address WHERE id > %s", [last])
            cursor.execute(BACK)
            cursor.execute("DROP TABLE bench_twice")
            cursor.execute("VACUUM contacts_address, contacts_contact")


def _measured(bench: Bench) -> Figure:
    started = time.perf_counter()
    with connection.cursor() as cursor:
        cursor.execute(BASELINE, [bench.workspace.pk])
        cursor.fetchall()
    baseline = time.perf_counter() - started
    # 336 different days, so that chance brings people of one name together as birthdays do.
    ask_for_search(workspace=bench.workspace, birthday_key="last_stay")
    started = time.perf_counter()
    find_duplicates(workspace_id=bench.workspace.pk)
    seconds = time.perf_counter() - started
    search = DuplicateSearch.objects.get(workspace=bench.workspace)
    if search.status != DuplicateSearch.Status.DONE:
        raise RuntimeError("the search did not end")
    groups = DuplicateGroup.objects.in_workspace(bench.workspace)
    more = {
        "groups": float(groups.count()),
        "certain": float(groups.at_least(90).count()),
        "pairs": float(DuplicatePair.objects.in_workspace(bench.workspace).count()),
        "too_common": float(len(search.too_common)),
    }
    return Figure("duplicates", seconds, "s", baseline, 60, is_less_better=True, more=more)


def _value(statement: str) -> Any:
    with connection.cursor() as cursor:
        cursor.execute(statement)
        return cursor.fetchone()[0]
