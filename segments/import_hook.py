"""Putting the people of an imported file onto a list, and taking them off again when the import is undone."""

from typing import Any

from core.ids import uuid_or_none
from segments.models import StaticList

BATCH = 1_000

# The list cannot be deleted before the chunk commits, and lanes of one import do not wait for one another. A list is
# a snapshot from its first moment or never.
HOLD_LIST = """
SELECT id FROM segments_staticlist
WHERE workspace_id = %s AND public_id = %s AND frozen_at IS NULL FOR KEY SHARE
"""

# Those whom this import has just made nobody else can see yet.
HOLD_PEOPLE = """
SELECT FROM contacts_contact c
WHERE c.id IN (SELECT contact_id FROM {table} WHERE outcome <> 'created') ORDER BY c.id FOR KEY SHARE
"""

# `added_at` is the instant the import began, by which an undo knows whom it put there.
ADD = """
INSERT INTO segments_listmember (workspace_id, list_id, contact_id, added_at)
SELECT %(workspace)s, %(list)s, chosen.contact_id, %(began)s
FROM (SELECT DISTINCT contact_id FROM {table}) chosen JOIN contacts_contact c ON c.id = chosen.contact_id
ORDER BY chosen.contact_id
ON CONFLICT (list_id, contact_id) DO NOTHING
"""

TAKE_OFF = """
WITH gone AS (
    DELETE FROM segments_listmember WHERE list_id = %(list)s AND contact_id IN (
        SELECT contact_id FROM segments_listmember
        WHERE list_id = %(list)s AND added_at = %(began)s AND contact_id > %(last)s ORDER BY contact_id LIMIT %(limit)s
    ) AND added_at = %(began)s
    RETURNING contact_id
)
SELECT coalesce(max(contact_id), 0) FROM gone
"""


def lists_on_offer(workspace: Any) -> list[tuple[str, str]]:
    """The lists an import may put people onto, as (public id, name); snapshots take nobody."""
    lists = StaticList.objects.in_workspace(workspace).filter(frozen_at=None).order_by("name", "pk")
    return [(str(public_id), name) for public_id, name in lists.values_list("public_id", "name")]


def put_on_list(cursor: Any, import_: Any, table: str) -> None:
    """Put everybody a chunk reached onto the list that was chosen; nothing happens when it was deleted meanwhile."""
    list_id = _held_list(cursor, import_)
    if list_id is None:
        return
    cursor.execute(HOLD_PEOPLE.format(table=table))
    values = {"workspace": import_.workspace_id, "list": list_id, "began": import_.started_at}
    cursor.execute(ADD.format(table=table), values)


def take_off_list(cursor: Any, import_: Any, last_id: int) -> int:
    """Take the next people off the list whom an undone import put there; returns the last one, 0 at the end.

    Who was on it before, or was put there by somebody since, stays.
    """
    list_id = _held_list(cursor, import_)
    if list_id is None:
        return 0
    cursor.execute(TAKE_OFF, {"list": list_id, "began": import_.started_at, "last": last_id, "limit": BATCH})
    return int(cursor.fetchone()[0])


def _held_list(cursor: Any, import_: Any) -> int | None:
    public_id = uuid_or_none(import_.options.get("static_list") or "")
    if public_id is None:
        return None
    cursor.execute(HOLD_LIST, [import_.workspace_id, public_id])
    found = cursor.fetchone()
    return int(found[0]) if found else None
