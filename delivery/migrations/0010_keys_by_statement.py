"""What a message belongs to is checked once per statement, no longer five times for each row (docs/adr/0023)."""

import django.db.models.deletion
from django.db import migrations, models

# The parents are locked as a foreign key locks them, so that none of them goes before the messages are committed.
CREATE = """
CREATE FUNCTION delivery_parent_is_there(of regclass, key bigint) RETURNS void LANGUAGE plpgsql AS $$
DECLARE
    found_one boolean;
BEGIN
    IF key IS NULL THEN
        RETURN;
    END IF;
    EXECUTE format('SELECT true FROM %s WHERE id = $1 FOR KEY SHARE', of) INTO found_one USING key;
    IF found_one IS NULL THEN
        RAISE EXCEPTION 'there is no % % for a message', of, key USING ERRCODE = 'foreign_key_violation';
    END IF;
END
$$;
CREATE FUNCTION delivery_new_messages_have_parents() RETURNS trigger LANGUAGE plpgsql AS $$
DECLARE
    named record;
BEGIN
    FOR named IN SELECT DISTINCT workspace_id, dispatch_id, sender_id, topic_id, content_version_id FROM fresh LOOP
        PERFORM delivery_parent_is_there('accounts_workspace', named.workspace_id);
        PERFORM delivery_parent_is_there('delivery_dispatch', named.dispatch_id);
        PERFORM delivery_parent_is_there('channels_sender', named.sender_id);
        PERFORM delivery_parent_is_there('consent_topic', named.topic_id);
        PERFORM delivery_parent_is_there('content_contentversion', named.content_version_id);
    END LOOP;
    RETURN NULL;
END
$$;
CREATE FUNCTION delivery_moved_message_has_parents() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    PERFORM delivery_parent_is_there('accounts_workspace', NEW.workspace_id);
    PERFORM delivery_parent_is_there('delivery_dispatch', NEW.dispatch_id);
    PERFORM delivery_parent_is_there('channels_sender', NEW.sender_id);
    PERFORM delivery_parent_is_there('consent_topic', NEW.topic_id);
    PERFORM delivery_parent_is_there('content_contentversion', NEW.content_version_id);
    RETURN NULL;
END
$$;
CREATE FUNCTION delivery_parent_left_no_message() RETURNS trigger LANGUAGE plpgsql AS $$
DECLARE
    left_behind boolean;
BEGIN
    EXECUTE format('SELECT EXISTS (SELECT FROM delivery_message WHERE %I = $1)', TG_ARGV[0])
        INTO left_behind USING OLD.id;
    IF left_behind THEN
        RAISE EXCEPTION '% % still has messages', TG_TABLE_NAME, OLD.id USING ERRCODE = 'foreign_key_violation';
    END IF;
    RETURN NULL;
END
$$;
CREATE TRIGGER message_has_parents AFTER INSERT ON delivery_message REFERENCING NEW TABLE AS fresh
    FOR EACH STATEMENT EXECUTE FUNCTION delivery_new_messages_have_parents();
CREATE TRIGGER moved_message_has_parents
    AFTER UPDATE OF workspace_id, dispatch_id, sender_id, topic_id, content_version_id ON delivery_message
    FOR EACH ROW EXECUTE FUNCTION delivery_moved_message_has_parents();
"""
DROP = """
DROP TRIGGER moved_message_has_parents ON delivery_message;
DROP TRIGGER message_has_parents ON delivery_message;
DROP FUNCTION delivery_moved_message_has_parents(), delivery_new_messages_have_parents(),
    delivery_parent_is_there(regclass, bigint);
"""
DROP_LAST = "DROP FUNCTION delivery_parent_left_no_message()"
PARENTS = {
    "workspace_id": "accounts_workspace",
    "dispatch_id": "delivery_dispatch",
    "sender_id": "channels_sender",
    "topic_id": "consent_topic",
    "content_version_id": "content_contentversion",
}


def at_the_parent(column: str, table: str) -> migrations.RunSQL:
    """Whoever removes a parent is asked at the end of the transaction, as by a foreign key."""
    return migrations.RunSQL(
        f"CREATE CONSTRAINT TRIGGER left_no_message AFTER DELETE ON {table} DEFERRABLE INITIALLY DEFERRED"
        f" FOR EACH ROW EXECUTE FUNCTION delivery_parent_left_no_message('{column}')",
        f"DROP TRIGGER left_no_message ON {table}",
    )


def key(to: str, on_delete: object) -> models.ForeignKey:
    """A key to a parent that the database itself does not check."""
    return models.ForeignKey(
        db_constraint=False, db_index=False, null=True, on_delete=on_delete, related_name="+", to=to
    )


class Migration(migrations.Migration):
    dependencies = [
        ("accounts", "0002_quiet_hours"),
        ("channels", "0002_sending_domains"),
        ("consent", "0009_suppression_digest_once"),
        ("content", "0001_initial"),
        ("delivery", "0009_unknown_index"),
    ]

    operations = [
        # Before the old checks go; undone in the other order.
        migrations.RunSQL(migrations.RunSQL.noop, DROP_LAST),
        migrations.RunSQL(CREATE, DROP),
        *(at_the_parent(column, table) for column, table in PARENTS.items()),
        migrations.AlterField("message", "workspace", key("accounts.workspace", django.db.models.deletion.CASCADE)),
        migrations.AlterField("message", "dispatch", key("delivery.dispatch", django.db.models.deletion.CASCADE)),
        migrations.AlterField("message", "sender", key("channels.sender", django.db.models.deletion.PROTECT)),
        migrations.AlterField("message", "topic", key("consent.topic", django.db.models.deletion.SET_NULL)),
        migrations.AlterField(
            "message", "content_version", key("content.contentversion", django.db.models.deletion.PROTECT)
        ),
    ]
