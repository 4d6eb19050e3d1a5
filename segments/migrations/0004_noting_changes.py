"""Triggers note who changed for the segments that are followed; the record of who came and went takes no changes.

Each notes once per statement and only what some followed segment of the workspace depends on (segments_watch), in the
transaction of the change itself. Lists of ids are passed as arrays, so that an index is used whatever their length.
"""

from django.db import migrations

APPEND_ONLY = """
CREATE FUNCTION segments_change_is_kept() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF TG_OP = 'UPDATE' THEN
        OLD.contact_id = NULL;
        IF NEW IS NOT DISTINCT FROM OLD THEN
            RETURN NEW;
        END IF;
    END IF;
    RAISE EXCEPTION 'who came and went is only ever added to' USING ERRCODE = 'integrity_constraint_violation';
END
$$;
CREATE TRIGGER member_change_is_kept
    BEFORE UPDATE OR DELETE ON segments_memberchange FOR EACH ROW EXECUTE FUNCTION segments_change_is_kept();
"""
# A new person may belong anywhere, for they lack what others have; whoever is gone belongs nowhere.
PEOPLE = """
CREATE FUNCTION segments_note_new_people() RETURNS trigger LANGUAGE plpgsql AS $$
DECLARE
    watched bigint[] := ARRAY(SELECT workspace_id FROM segments_watch WHERE what = '*');
BEGIN
    IF watched <> '{}' THEN
        INSERT INTO segments_contacttouch (workspace_id, contact_id, what, at)
        SELECT r.workspace_id, r.id, '*', statement_timestamp() FROM rows r WHERE r.workspace_id = ANY(watched);
    END IF;
    RETURN NULL;
END
$$;
CREATE FUNCTION segments_note_changed_people() RETURNS trigger LANGUAGE plpgsql AS $$
DECLARE
    watched bigint[] := ARRAY(SELECT workspace_id FROM segments_watch WHERE what = 'contact');
BEGIN
    IF watched <> '{}' THEN
        INSERT INTO segments_contacttouch (workspace_id, contact_id, what, at)
        SELECT r.workspace_id, r.id, 'contact', statement_timestamp() FROM rows r JOIN before b ON b.id = r.id
        WHERE r.workspace_id = ANY(watched)
          AND (r.attributes, r.folded, r.language, r.country, r.time_zone, r.created_at, r.imported_at)
              IS DISTINCT FROM
              (b.attributes, b.folded, b.language, b.country, b.time_zone, b.created_at, b.imported_at);
    END IF;
    RETURN NULL;
END
$$;
CREATE FUNCTION segments_note_gone_people() RETURNS trigger LANGUAGE plpgsql AS $$
DECLARE
    gone bigint[] := ARRAY(SELECT id FROM rows);
BEGIN
    DELETE FROM segments_listmember WHERE contact_id = ANY(gone);
    DELETE FROM segments_segmentmember WHERE contact_id = ANY(gone);
    INSERT INTO segments_contacttouch (workspace_id, contact_id, what, at)
    SELECT r.workspace_id, r.id, '*', statement_timestamp() FROM rows r
    WHERE r.workspace_id = ANY(ARRAY(SELECT workspace_id FROM segments_watch WHERE what = '*'));
    RETURN NULL;
END
$$;
CREATE TRIGGER segments_note_new
    AFTER INSERT ON contacts_contact REFERENCING NEW TABLE AS rows
    FOR EACH STATEMENT EXECUTE FUNCTION segments_note_new_people();
CREATE TRIGGER segments_note_changed
    AFTER UPDATE ON contacts_contact REFERENCING OLD TABLE AS before NEW TABLE AS rows
    FOR EACH STATEMENT EXECUTE FUNCTION segments_note_changed_people();
CREATE TRIGGER segments_note_gone
    AFTER DELETE ON contacts_contact REFERENCING OLD TABLE AS rows
    FOR EACH STATEMENT EXECUTE FUNCTION segments_note_gone_people();
"""
ROWS = """
CREATE FUNCTION segments_note_rows() RETURNS trigger LANGUAGE plpgsql AS $$
DECLARE
    watched bigint[] := ARRAY(SELECT workspace_id FROM segments_watch WHERE what = TG_ARGV[0]);
BEGIN
    IF watched <> '{}' THEN
        INSERT INTO segments_contacttouch (workspace_id, contact_id, what, at)
        SELECT DISTINCT r.workspace_id, r.contact_id, TG_ARGV[0], statement_timestamp() FROM rows r
        WHERE r.workspace_id = ANY(watched) AND r.contact_id IS NOT NULL;
    END IF;
    RETURN NULL;
END
$$;
CREATE FUNCTION segments_note_events() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    INSERT INTO segments_contacttouch (workspace_id, contact_id, what, at)
    SELECT DISTINCT r.workspace_id, r.contact_id, w.what, statement_timestamp()
    FROM rows r JOIN segments_watch w ON w.workspace_id = r.workspace_id AND w.what = 'event:' || r.kind
    WHERE r.contact_id IS NOT NULL;
    RETURN NULL;
END
$$;
CREATE FUNCTION segments_note_facts() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    INSERT INTO segments_contacttouch (workspace_id, contact_id, what, at)
    SELECT DISTINCT r.workspace_id, r.contact_id, w.what, statement_timestamp()
    FROM rows r JOIN segments_watch w ON w.workspace_id = r.workspace_id AND w.what = 'fact:' || r.action
    WHERE r.contact_id IS NOT NULL;
    RETURN NULL;
END
$$;
CREATE FUNCTION segments_note_sent() RETURNS trigger LANGUAGE plpgsql AS $$
DECLARE
    watched bigint[] := ARRAY(SELECT workspace_id FROM segments_watch WHERE what = 'fact:sent');
BEGIN
    IF watched <> '{}' THEN
        INSERT INTO segments_contacttouch (workspace_id, contact_id, what, at)
        SELECT DISTINCT r.workspace_id, r.contact_id, 'fact:sent', statement_timestamp()
        FROM rows r JOIN before b ON b.id = r.id
        WHERE r.workspace_id = ANY(watched) AND r.contact_id IS NOT NULL
          AND r.status <> b.status AND 'sent' IN (r.status, b.status);
    END IF;
    RETURN NULL;
END
$$;
"""


def on_rows(table: str, what: str) -> str:
    """Return the statements that note added, changed and removed rows of a table as `what`."""
    tables = {"INSERT": "NEW", "UPDATE": "NEW", "DELETE": "OLD"}
    return "".join(
        f"CREATE TRIGGER segments_note_{change.lower()} AFTER {change} ON {table} REFERENCING {rows} TABLE AS rows"
        f" FOR EACH STATEMENT EXECUTE FUNCTION segments_note_rows('{what}');\n"
        for change, rows in tables.items()
    )


NOTED = {"contacts_address": "address", "consent_consentstate": "consent", "segments_listmember": "list"}
TRIGGERS = (
    "".join(on_rows(table, what) for table, what in NOTED.items())
    + """
CREATE TRIGGER segments_note_insert AFTER INSERT ON events_event REFERENCING NEW TABLE AS rows
    FOR EACH STATEMENT EXECUTE FUNCTION segments_note_events();
"""
)
DROP = (
    "".join(
        f"DROP TRIGGER segments_note_{change} ON {table};\n"
        for table in NOTED
        for change in ("insert", "update", "delete")
    )
    + """
DROP TRIGGER segments_note_insert ON events_event;
DROP TRIGGER segments_note_new ON contacts_contact;
DROP TRIGGER segments_note_changed ON contacts_contact;
DROP TRIGGER segments_note_gone ON contacts_contact;
DROP TRIGGER member_change_is_kept ON segments_memberchange;
DROP FUNCTION segments_note_new_people(), segments_note_changed_people(), segments_note_gone_people(),
    segments_note_rows(), segments_note_events(), segments_note_facts(), segments_note_sent(),
    segments_change_is_kept();
"""
)


class Migration(migrations.Migration):
    dependencies = [
        ("segments", "0003_first_versions"),
        ("contacts", "0008_addresses_checked_by_statement"),
        ("consent", "0009_suppression_digest_once"),
        ("events", "0001_initial"),
    ]
    operations = [migrations.RunSQL(APPEND_ONLY + PEOPLE + ROWS + TRIGGERS, DROP)]
