"""Reading and writing one attribute of many contacts in sets, with what it was before put aside."""

import json
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from django.db import connection

from contacts.models import Attribute, AttributeChange
from core.folding import fold

VALUES = """
SELECT attributes -> %(key)s::text, count(*) FROM contacts_contact
WHERE workspace_id = %(workspace)s AND attributes ? %(key)s::text GROUP BY 1
"""
WITHOUT = """
SELECT count(*) FROM contacts_contact WHERE workspace_id = %(workspace)s AND NOT attributes ? %(key)s::text
"""
# Walks the workspace's contacts by index contact_in_order. While a change is undone, people whose value was lost have
# no value, only an original.
WITH = """
SELECT count(*) FROM contacts_contact WHERE workspace_id = %(workspace)s AND attributes ? %(key)s::text
"""
BATCH = """
SELECT c.id, c.attributes -> %(key)s::text, o.id IS NOT NULL, o.value, o.became
FROM contacts_contact c
LEFT JOIN contacts_attributeoriginal o ON o.change_id = %(change)s AND o.contact_id = c.id
WHERE c.workspace_id = %(workspace)s AND c.id > %(last)s AND {which}
ORDER BY c.id LIMIT %(limit)s FOR UPDATE OF c
"""
WRITE = """
UPDATE contacts_contact c SET
    attributes = CASE WHEN v.value IS NULL THEN c.attributes - %(key)s::text
                      ELSE c.attributes || jsonb_build_object(%(key)s::text, v.value) END,
    folded = CASE WHEN v.folded IS NULL THEN c.folded - %(key)s::text
                  ELSE c.folded || jsonb_build_object(%(key)s::text, v.folded) END
FROM unnest(%(ids)s::bigint[], %(values)s::jsonb[], %(folded)s::text[]) AS v(id, value, folded)
WHERE c.id = v.id
"""
KEEP = """
INSERT INTO contacts_attributeoriginal (change_id, contact_id, value, became)
SELECT %(change)s, * FROM unnest(%(ids)s::bigint[], %(before)s::jsonb[], %(values)s::jsonb[])
ON CONFLICT (change_id, contact_id) DO NOTHING
"""


@dataclass(slots=True)
class Rewritten:
    """One contact's value, and what becomes of it; None is no value."""

    contact_id: int
    value: Any
    has_original: bool = False
    original: Any = None
    became: Any = None
    new: Any = None


def values_with_counts(attribute: Attribute) -> list[tuple[Any, int]]:
    """Every different value of the attribute in its workspace, and how many people have it."""
    with connection.cursor() as cursor:
        cursor.execute(VALUES, {"key": attribute.key, "workspace": attribute.workspace_id})
        return [(json.loads(value), people) for value, people in cursor.fetchall()]


def count_people(attribute: Attribute, *, has_value: bool) -> int:
    """How many people have a value, or none."""
    with connection.cursor() as cursor:
        cursor.execute(WITH if has_value else WITHOUT, {"key": attribute.key, "workspace": attribute.workspace_id})
        return int(cursor.fetchone()[0])


def read_batch(change: AttributeChange, limit: int) -> list[Rewritten]:
    """The next contacts a change has to look at, locked, in the order of their ids."""
    which = "c.attributes ? %(key)s::text"
    if change.status == AttributeChange.Status.UNDOING:
        which = "(c.attributes ? %(key)s::text OR o.id IS NOT NULL)"
    elif change.kind == AttributeChange.Kind.DEFAULT:
        which = "NOT c.attributes ? %(key)s::text"
    with connection.cursor() as cursor:
        cursor.execute(
            BATCH.format(which=which),
            {
                "key": change.attribute.key,
                "change": change.pk,
                "workspace": change.workspace_id,
                "last": change.last_id,
                "limit": limit,
            },
        )
        rows = cursor.fetchall()
    return [Rewritten(row[0], _read(row[1]), row[2], _read(row[3]), _read(row[4])) for row in rows]


def write_batch(change: AttributeChange, rows: Sequence[Rewritten]) -> None:
    """Write the new values and their folded texts; going forwards, put the old ones aside."""
    is_text = (change.before if change.status == AttributeChange.Status.UNDOING else change.after)["type"] == "text"
    parameters: dict[str, Any] = {
        "key": change.attribute.key,
        "change": change.pk,
        "ids": [row.contact_id for row in rows],
        "values": [_json(row.new) for row in rows],
        "before": [_json(row.value) for row in rows],
        "folded": [(fold(row.new) or None) if is_text and isinstance(row.new, str) else None for row in rows],
    }
    with connection.cursor() as cursor:
        cursor.execute(WRITE, parameters)
        if change.status == AttributeChange.Status.RUNNING:
            cursor.execute(KEEP, parameters)


def _read(value: str | None) -> Any:
    return None if value is None else json.loads(value)


def _json(value: Any) -> str | None:
    return None if value is None else json.dumps(value, ensure_ascii=False)
