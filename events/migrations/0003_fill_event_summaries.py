"""The summaries of what happened before there were any, a range of contacts at a time.

Each range is a transaction of its own, so a run that was stopped is simply repeated: what is right already is only
read. Others may write events meanwhile. Where such a writer was first, its row lacks what happened before; such rows
are counted anew.
"""

from django.db import migrations, transaction

EVENTS_AT_ONCE = 100_000
NEXT = """
SELECT max(contact_id) FROM (
    SELECT contact_id FROM events_event WHERE contact_id > %s ORDER BY contact_id LIMIT %s) AS coming
"""
FILL = """
INSERT INTO events_eventsummary (workspace_id, kind, contact_id, times, first_at, last_at)
SELECT workspace_id, kind, contact_id, count(*), min(at), max(at) FROM events_event
WHERE contact_id > %(after)s AND contact_id <= %(last)s
GROUP BY workspace_id, kind, contact_id ORDER BY workspace_id, kind, contact_id
ON CONFLICT DO NOTHING
"""
MEND = """
SELECT events_recount(array_agg(t.workspace_id), array_agg(t.kind::text), array_agg(t.contact_id))
FROM (SELECT workspace_id, kind, contact_id, count(*) AS times, min(at) AS first_at, max(at) AS last_at
      FROM events_event WHERE contact_id > %(after)s AND contact_id <= %(last)s
      GROUP BY workspace_id, kind, contact_id) t
LEFT JOIN events_eventsummary s USING (workspace_id, kind, contact_id)
WHERE (t.times, t.first_at, t.last_at) IS DISTINCT FROM (s.times, s.first_at, s.last_at)
HAVING count(*) > 0
"""


def fill(apps, schema_editor):
    """Summarise all contacts in the order of their ids."""
    connection = schema_editor.connection
    after = -1
    while True:
        with transaction.atomic(using=connection.alias), connection.cursor() as cursor:
            cursor.execute(NEXT, [after, EVENTS_AT_ONCE])
            (last,) = cursor.fetchone()
            if last is None:
                return
            cursor.execute(FILL, {"after": after, "last": last})
            cursor.execute(MEND, {"after": after, "last": last})
        after = last


class Migration(migrations.Migration):
    atomic = False
    dependencies = [("events", "0002_event_summaries")]

    operations = [migrations.RunPython(fill, migrations.RunPython.noop)]
