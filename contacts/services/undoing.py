"""Taking an import back: people it brought go unless something has happened since, changed details return.

A contact that the import created is kept when it was changed by anything else since, when its log has entries, or
when an app above says so (`contacts.import_hooks.protect`): it was written to, or it agreed to something itself.
A detail of a contact that was there before gets its old value back where it still is what the import made of it.
Apps above take back what they wrote with the import, such as the agreement it declared (`contacts.import_hooks`).
"""

from collections.abc import Callable
from typing import Any

from django.db import connection, transaction

from contacts import import_hooks
from contacts.details import contact_vector, folded_texts
from contacts.importing.copying import replace_addresses
from contacts.models import Contact, Import, ImportedChange
from contacts.services.contacts import attribute_kinds
from core.clock import now

BATCH = 1_000
UNDO_TABLE = "contacts_import_undo"


def undo_rows(import_: Import, keep_lease: Callable[[], None]) -> None:
    """Undo batch by batch, each in its own transaction; done again from the start after a crash, which is harmless.

    `keep_lease` is called between batches and raises when another worker has taken over.
    """
    last_id = 0
    while True:
        with transaction.atomic():
            last_id = _remove_created(import_, last_id)
        keep_lease()
        if not last_id:
            break
    while True:
        with transaction.atomic():
            more = _restore_changed(import_)
        keep_lease()
        if not more:
            break
    for hook in import_hooks.undoing_hooks():
        last_id = -1
        while last_id:
            with transaction.atomic(), connection.cursor() as cursor:
                last_id = hook(cursor, import_, max(last_id, 0))
            keep_lease()
    with transaction.atomic():
        held = Import.objects.select_for_update(of=("self",)).get(pk=import_.pk)
        held.status, held.lease_until = Import.Status.UNDONE, None
        held.kept = Contact.objects.in_workspace(import_.workspace).filter(import_batch=import_).count()
        held.finished_at = now()
        held.save(update_fields=["status", "lease_until", "kept", "finished_at"])


def kept_after_undo(import_: Import, limit: int = 20_000) -> int | None:
    """How many of the people an import brought would stay, or None when that takes too long to say.

    Nothing is changed.
    """
    if Contact.objects.in_workspace(import_.workspace).filter(import_batch=import_)[: limit + 1].count() > limit:
        return None
    count = 0
    last_id = 0
    with transaction.atomic(), connection.cursor() as cursor:
        while True:
            ids = _next_created(import_, last_id)
            if not ids:
                break
            last_id = ids[-1]
            count += len(ids) - len(_removable(cursor, import_, ids))
    return count


def _next_created(import_: Import, last_id: int) -> list[int]:
    created = Contact.objects.in_workspace(import_.workspace).filter(import_batch=import_, pk__gt=last_id)
    return list(created.order_by("pk").values_list("pk", flat=True)[:BATCH])


def _remove_created(import_: Import, last_id: int) -> int:
    """Remove the removable among the next created contacts; returns the last id looked at, 0 when there was none."""
    ids = _next_created(import_, last_id)
    if not ids:
        return 0
    with connection.cursor() as cursor:
        removable = _removable(cursor, import_, ids)
    Contact.objects.filter(pk__in=removable).delete()
    return ids[-1]


def _removable(cursor: Any, import_: Import, ids: list[int]) -> list[int]:
    cursor.execute(
        f"CREATE TEMPORARY TABLE IF NOT EXISTS {UNDO_TABLE} (contact_id bigint PRIMARY KEY, kept text)"
        " ON COMMIT DELETE ROWS"
    )
    cursor.execute(f"TRUNCATE {UNDO_TABLE}")
    cursor.execute(
        f"INSERT INTO {UNDO_TABLE} (contact_id, kept)"  # noqa: S608 - a name from above
        " SELECT c.id, CASE WHEN c.updated_at > %s THEN 'changed'"
        " WHEN EXISTS (SELECT 1 FROM events_event e WHERE e.contact_id = c.id) THEN 'events' END"
        " FROM contacts_contact c WHERE c.id = ANY(%s)",
        [import_.started_at, ids],
    )
    for hook in import_hooks.protecting_hooks():
        hook(cursor, import_, UNDO_TABLE)
    cursor.execute(f"SELECT contact_id FROM {UNDO_TABLE} WHERE kept IS NULL")  # noqa: S608 - a name from above
    return [contact_id for (contact_id,) in cursor.fetchall()]


def _restore_changed(import_: Import) -> bool:
    """Give the next changed contacts their old values back; True while there are more.

    A row changed by anything since the import keeps what it has now: its old values are only dropped.
    """
    kept_changes = list(
        ImportedChange.objects.filter(import_batch=import_).select_related("contact").order_by("pk")[:BATCH]
    )
    if not kept_changes:
        return False
    kinds = attribute_kinds(import_.workspace)
    restored = []
    addresses: list[tuple[int, str, str]] = []
    for change in kept_changes:
        contact = change.contact
        if import_.started_at is not None and contact.updated_at > import_.started_at:
            continue
        _put_back(contact, change.before, addresses)
        contact.folded = folded_texts(contact.first_name, contact.last_name, contact.attributes, kinds)
        contact.updated_at = now()
        restored.append(contact)
    with connection.cursor() as cursor:
        replace_addresses(cursor, import_.workspace_id, _free(cursor, import_.workspace_id, addresses))
    names = ["external_id", "first_name", "last_name", "email", "phone", "language", "time_zone", "country"]
    Contact.objects.bulk_update(restored, [*names, "attributes", "folded", "tags", "updated_at"], batch_size=500)
    Contact.objects.write_search({contact.pk: contact_vector(vars(contact)) for contact in restored})
    ImportedChange.objects.filter(pk__in=[change.pk for change in kept_changes]).delete()
    return True


def _put_back(contact: Contact, before: dict[str, Any], addresses: list[tuple[int, str, str]]) -> None:
    for name, value in before.items():
        prefix, _dot, key = name.partition(".")
        if prefix == "attributes":
            contact.attributes = {k: v for k, v in {**contact.attributes, key: value}.items() if v is not None}
            continue
        setattr(contact, name, value)
        if name in {"email", "phone"}:
            addresses.append((contact.pk, "email" if name == "email" else "sms", value))


def _free(cursor: Any, workspace_id: int, wanted: list[tuple[int, str, str]]) -> list[tuple[int, str, str]]:
    """Without addresses that somebody else has by now."""
    if not wanted:
        return []
    cursor.execute(
        "SELECT channel, value, contact_id FROM contacts_address WHERE workspace_id = %s AND value = ANY(%s)",
        [workspace_id, [value for _contact, _channel, value in wanted]],
    )
    owners = {(channel, value): owner for channel, value, owner in cursor.fetchall()}
    return [item for item in wanted if owners.get((item[1], item[2]), item[0]) == item[0]]
