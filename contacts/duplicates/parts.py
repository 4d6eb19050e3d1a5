"""What becomes of the rows of contacts and events when two contacts become one (contacts.merge_hooks)."""

from typing import Any

from django.db import connection

from contacts.merge_hooks import Part, hold_rows, move_rows, put_rows, take_part, take_rows
from contacts.models import (
    AddressChange,
    AttributeOriginal,
    ContactAlias,
    DuplicatePair,
    ImportedChange,
    Merge,
    Restriction,
    RightsRequest,
)
from events.models import Event

MOVE_ADDRESSES = """
UPDATE contacts_address a SET contact_id = %(kept)s, is_primary = old.is_primary AND NOT EXISTS (
    SELECT 1 FROM contacts_address k WHERE k.contact_id = %(kept)s AND k.channel = a.channel AND k.is_primary)
FROM contacts_address old WHERE old.id = a.id AND a.contact_id = %(merged)s
RETURNING a.id, old.is_primary
"""
RETURN_ADDRESSES = """
UPDATE contacts_address a SET contact_id = %(merged)s, is_primary = old.is_primary
FROM unnest(%(ids)s::bigint[], %(primary)s::boolean[]) AS old(id, is_primary)
WHERE a.id = old.id AND a.contact_id = %(kept)s
"""
# The best of what is left leads where the leading address went back.
LEAD_AGAIN = """
UPDATE contacts_address SET is_primary = true WHERE id IN (
    SELECT DISTINCT ON (a.contact_id, a.channel) a.id FROM contacts_address a
    WHERE a.contact_id = ANY(%s) AND NOT EXISTS (
        SELECT 1 FROM contacts_address p
        WHERE p.contact_id = a.contact_id AND p.channel = a.channel AND p.is_primary)
    ORDER BY a.contact_id, a.channel, array_position('{valid,unverified,risky,invalid,dead}', a.status::text), a.id)
"""
RESTRICT_TOO = """
INSERT INTO contacts_restriction (contact_id, workspace_id, note, actor_id, created_at)
SELECT %s, workspace_id, note, actor_id, created_at FROM contacts_restriction WHERE contact_id = %s
ON CONFLICT (contact_id) DO NOTHING
"""
# What was said of the merged one and of others holds for the kept one: first of all that two people are two.
CARRY_PAIRS = """
INSERT INTO contacts_duplicatepair AS known
    (workspace_id, group_id, first_id, second_id, reasons, strength, dismissed_at, dismissed_by_id)
SELECT workspace_id, group_id, least(%(kept)s, other), greatest(%(kept)s, other), reasons, strength, dismissed_at,
    dismissed_by_id
FROM (SELECT *, CASE first_id WHEN %(merged)s THEN second_id ELSE first_id END AS other
      FROM contacts_duplicatepair WHERE %(merged)s IN (first_id, second_id)) p
WHERE other <> %(kept)s
ON CONFLICT (first_id, second_id) DO UPDATE SET
    group_id = CASE WHEN excluded.dismissed_at IS NULL THEN known.group_id END,
    dismissed_at = coalesce(known.dismissed_at, excluded.dismissed_at),
    dismissed_by_id = coalesce(known.dismissed_by_id, excluded.dismissed_by_id)
"""


def register_parts() -> None:
    """Answer for every table of contacts and events that names a contact."""
    move_rows(Event, is_loose=True)
    # Its rows follow from the events, by triggers of theirs.
    take_part("events.summary", Part(("events_eventsummary.contact_id",), _leave_to_triggers, _leave_to_triggers))
    move_rows(ContactAlias)
    move_rows(Merge, "kept_id")
    move_rows(RightsRequest)
    move_rows(AddressChange)
    move_rows(AttributeOriginal, once_per=("change_id",))
    # The kept contact has changed since that import, so undoing the import would leave it alone anyway.
    hold_rows(ImportedChange)
    take_part(
        "contacts.restriction",
        Part(("contacts_restriction.contact_id",), _restrict_kept, _restrict_as_before),
    )
    take_part(
        "contacts.duplicates",
        Part(
            ("contacts_duplicatepair.first_id", "contacts_duplicatepair.second_id"), _carry_pairs, _put_dismissed_back
        ),
    )
    take_part(
        "contacts.addresses",
        Part(("contacts_address.contact_id",), _move_addresses, _return_addresses, is_last=True),
    )


def _move_addresses(cursor: Any, kept_id: int, merged_id: int) -> Any:
    cursor.execute(MOVE_ADDRESSES, {"kept": kept_id, "merged": merged_id})
    rows = cursor.fetchall()
    return {"ids": [row[0] for row in rows], "primary": [row[1] for row in rows]} if rows else None


def _return_addresses(cursor: Any, kept_id: int, merged_id: int, data: Any) -> None:
    cursor.execute(RETURN_ADDRESSES, {"kept": kept_id, "merged": merged_id, **data})
    cursor.execute(LEAD_AGAIN, [[kept_id, merged_id]])


def _leave_to_triggers(_cursor: Any, _kept_id: int, _merged_id: int, *_data: Any) -> None:
    """Nothing is left to do."""


def _restrict_kept(cursor: Any, kept_id: int, merged_id: int) -> Any:
    """Restricted if any of them is."""
    cursor.execute("SELECT EXISTS (SELECT 1 FROM contacts_restriction WHERE contact_id = %s)", [kept_id])
    was_restricted = cursor.fetchone()[0]
    cursor.execute(RESTRICT_TOO, [kept_id, merged_id])
    return {"was_restricted": was_restricted, "held": take_rows(cursor, Restriction, "m.contact_id = %s", [merged_id])}


def _restrict_as_before(cursor: Any, kept_id: int, merged_id: int, data: Any) -> None:
    """Each as before; what was asked for since the merge holds for both, for nobody knows who asked."""
    put_rows(cursor, Restriction, data["held"])
    if data["was_restricted"]:
        return
    if data["held"]:
        cursor.execute(
            "DELETE FROM contacts_restriction WHERE contact_id = %s AND created_at = %s",
            [kept_id, data["held"][0]["created_at"]],
        )
    cursor.execute(RESTRICT_TOO, [merged_id, kept_id])


def _carry_pairs(cursor: Any, kept_id: int, merged_id: int) -> Any:
    cursor.execute(CARRY_PAIRS, {"kept": kept_id, "merged": merged_id})
    held = take_rows(cursor, DuplicatePair, "%s IN (m.first_id, m.second_id)", [merged_id])
    dismissed = [row | {"group_id": None} for row in held if row["dismissed_at"]]
    return {"held": dismissed} if dismissed else None


def _put_dismissed_back(cursor: Any, _kept_id: int, _merged_id: int, data: Any) -> None:
    put_rows(cursor, DuplicatePair, data["held"])


def settle_leading_addresses(contact_ids: list[int]) -> None:
    """See to it that every channel with addresses has a leading one."""
    with connection.cursor() as cursor:
        cursor.execute(LEAD_AGAIN, [contact_ids])
