"""What becomes of lists and of noted members when two contacts become one, and when they become two again.

The kept contact is on every list and in every segment that either was in; the next tick looks at them anew. The record
of who came and went keeps the id it was written for, and says that the merge was the cause.
"""

import json
from collections.abc import Sequence
from typing import Any

from contacts.merge_hooks import Part, move_rows, put_rows, take_part, take_rows
from core.clock import now
from segments.models import ListMember, MemberChange, SegmentMember

_JOIN = """
WITH joined AS (
    INSERT INTO segments_segmentmember (workspace_id, segment_id, contact_id, since)
    SELECT s.workspace_id, s.id, %(contact)s, %(at)s FROM segments_segment s WHERE s.id = ANY(%(segments)s)
    ON CONFLICT (segment_id, contact_id) DO NOTHING
    RETURNING workspace_id, segment_id, contact_id
), told AS (
    INSERT INTO segments_memberchange (workspace_id, segment_id, contact_id, change, cause, at)
    SELECT workspace_id, segment_id, contact_id, 'entered', 'merge', %(at)s FROM joined
)
SELECT segment_id FROM joined ORDER BY segment_id
"""
_TELL = """
INSERT INTO segments_memberchange (workspace_id, segment_id, contact_id, change, cause, at)
SELECT m.workspace_id, m.segment_id, m.contact_id, %(change)s, 'merge', %(at)s
FROM jsonb_populate_recordset(NULL::segments_segmentmember, %(rows)s::jsonb) m
"""
_NOTE = """
INSERT INTO segments_contacttouch (workspace_id, contact_id, what, at)
SELECT workspace_id, %(contact)s, '*', %(at)s FROM segments_watch
WHERE what = '*' AND workspace_id = (SELECT workspace_id FROM contacts_contact WHERE id = %(contact)s)
"""


def register_parts() -> None:
    """Answer for the tables of segments that name a contact."""
    move_rows(ListMember, once_per=("list_id",))
    columns = [f"segments_{table}.contact_id" for table in ("segmentmember", "memberchange", "contacttouch")]
    take_part("segments.members", Part(tuple(columns), _unite, _part))


def _unite(cursor: Any, kept_id: int, merged_id: int) -> Any:
    """The merged contact leaves everything, the kept one is where it was."""
    held = take_rows(cursor, SegmentMember, "m.contact_id = %s", [merged_id])
    _tell(cursor, held, MemberChange.Change.LEFT)
    gained = _join(cursor, kept_id, [row["segment_id"] for row in held])
    _note(cursor, kept_id)
    return {"held": held, "gained": gained} if held else None


def _part(cursor: Any, kept_id: int, merged_id: int, data: Any) -> None:
    """Each is where it was; the next tick looks at both."""
    condition = "m.contact_id = %s AND m.segment_id = ANY(%s)"
    _tell(cursor, take_rows(cursor, SegmentMember, condition, [kept_id, data["gained"]]), MemberChange.Change.LEFT)
    put_rows(cursor, SegmentMember, data["held"])
    cursor.execute(
        "SELECT segment_id FROM segments_segmentmember WHERE contact_id = %s AND segment_id = ANY(%s)",
        [merged_id, [row["segment_id"] for row in data["held"]]],
    )
    there = {segment_id for (segment_id,) in cursor.fetchall()}
    _tell(cursor, [row for row in data["held"] if row["segment_id"] in there], MemberChange.Change.ENTERED)
    _note(cursor, kept_id)
    _note(cursor, merged_id)


def _join(cursor: Any, contact_id: int, segment_ids: Sequence[int]) -> list[int]:
    cursor.execute(_JOIN, {"contact": contact_id, "at": now(), "segments": list(segment_ids)})
    return [segment_id for (segment_id,) in cursor.fetchall()]


def _tell(cursor: Any, rows: list[dict[str, Any]], change: str) -> None:
    cursor.execute(_TELL, {"rows": json.dumps(rows), "change": change, "at": now()})


def _note(cursor: Any, contact_id: int) -> None:
    cursor.execute(_NOTE, {"contact": contact_id, "at": now()})
