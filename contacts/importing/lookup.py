"""Looking up, as a set, whom the rows of a chunk may mean."""

import json
from collections.abc import Sequence
from typing import Any

from django.db import connection

from contacts.details import TEXT_FIELDS
from contacts.importing.batch import IDENTITIES, Incoming
from contacts.importing.copying import array_literal
from contacts.importing.matching import Known
from core.crypto import address_hash

_COLUMNS = (*TEXT_FIELDS, "attributes", "tags", "import_batch_id", "xmin")


def look_up(workspace_id: int, batch: Sequence[Incoming]) -> Known:
    """What is known of the people these rows may mean, in a handful of statements."""
    named = {name: [row.fields[name] for row in batch if name in row.fields] for name in IDENTITIES}
    with connection.cursor() as cursor:
        emails = _owners(cursor, workspace_id, "email", named["email"])
        phones = _owners(cursor, workspace_id, "sms", named["phone"])
        cursor.execute(
            "SELECT external_id, id FROM contacts_contact WHERE workspace_id = %s AND external_id = ANY(%s::text[])",
            [workspace_id, array_literal(named["external_id"])],
        )
        external = dict(cursor.fetchall())
        former = _former(cursor, workspace_id, named["external_id"])
        external = former | external
        erased = _erased(cursor, workspace_id, [*named["email"], *named["phone"]])
        ids = {*emails.values(), *phones.values(), *external.values()}
        contacts, restricted = _contacts(cursor, ids), _restricted(cursor, ids)
    return Known(external, emails, phones, contacts, erased, frozenset(former), restricted)


def _owners(cursor: Any, workspace_id: int, channel: str, values: list[str]) -> dict[str, int]:
    if not values:
        return {}
    cursor.execute(
        "SELECT value, contact_id FROM contacts_address"
        " WHERE workspace_id = %s AND channel = %s AND value = ANY(%s::text[])",
        [workspace_id, channel, array_literal(values)],
    )
    return dict(cursor.fetchall())


def _former(cursor: Any, workspace_id: int, external_ids: list[str]) -> dict[str, int]:
    """External ids that people had before they became part of a contact, to that contact."""
    cursor.execute(
        "SELECT external_id, contact_id FROM contacts_contactalias"
        " WHERE workspace_id = %s AND external_id = ANY(%s::text[])",
        [workspace_id, array_literal(external_ids)],
    )
    return dict(cursor.fetchall())


def any_former_names(workspace_id: int) -> bool:
    """True when somebody of the workspace goes by an external id of before a merge."""
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT EXISTS (SELECT 1 FROM contacts_contactalias WHERE workspace_id = %s AND external_id IS NOT NULL)",
            [workspace_id],
        )
        return bool(cursor.fetchone()[0])


def _contacts(cursor: Any, ids: set[int]) -> dict[int, dict[str, Any]]:
    if not ids:
        return {}
    cursor.execute(
        f"SELECT id, {', '.join(_COLUMNS)} FROM contacts_contact WHERE id = ANY(%s)",  # noqa: S608 - names from above
        [list(ids)],
    )
    found = {}
    for contact_id, *row in cursor.fetchall():
        contact = dict(zip(_COLUMNS, row, strict=True))
        contact["attributes"] = json.loads(contact["attributes"])
        found[contact_id] = contact
    return found


def _restricted(cursor: Any, ids: set[int]) -> frozenset[int]:
    """Those of the contacts whose data may not be used."""
    cursor.execute("SELECT contact_id FROM contacts_restriction WHERE contact_id = ANY(%s)", [list(ids)])
    return frozenset(contact_id for (contact_id,) in cursor.fetchall())


def any_tombstones(workspace_id: int) -> bool:
    """True when somebody of the workspace was erased."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT EXISTS (SELECT 1 FROM contacts_tombstone WHERE workspace_id = %s)", [workspace_id])
        return bool(cursor.fetchone()[0])


def _erased(cursor: Any, workspace_id: int, values: list[str]) -> frozenset[str]:
    if not any_tombstones(workspace_id):
        return frozenset()
    digests = {address_hash(value): value for value in values}
    cursor.execute(
        "SELECT address_hash FROM contacts_tombstone WHERE workspace_id = %s AND channel IN ('email', 'sms')"
        " AND address_hash = ANY(%s)",
        [workspace_id, list(digests)],
    )
    return frozenset(digests[bytes(digest)] for (digest,) in cursor.fetchall())
