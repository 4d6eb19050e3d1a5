"""What becomes of messages when two contacts become one: they follow, and nobody gets the same campaign twice.

A dispatch has one row for a person and step. Where both were in its audience, the merged one's row takes a step below
zero: it stays in the report and in the person's story, and stands in nobody's way.
"""

from collections.abc import Sequence
from typing import Any

from contacts.merge_hooks import Part, move_rows, take_part
from core.clock import now
from delivery.models import MessageFact

TWINS = """
SELECT m.id, m.status, k.id, k.status
FROM delivery_message m
JOIN delivery_message k ON k.dispatch_id = m.dispatch_id AND k.step = m.step AND k.contact_id = %(kept)s
WHERE m.contact_id = %(merged)s AND m.dispatch_id IS NOT NULL
ORDER BY m.id FOR UPDATE
"""
DROP = """
UPDATE delivery_message SET status = 'skipped', reason = 'merged', detail = '', owner = NULL, lease_until = NULL,
    settled_at = %s
WHERE id = ANY(%s) AND status IN ('pending', 'claimed')
"""
STEP_ASIDE = """
UPDATE delivery_message m SET contact_id = %(kept)s, step = (
    SELECT least(min(o.step), 0) - 1 FROM delivery_message o
    WHERE o.dispatch_id = m.dispatch_id AND o.contact_id = %(kept)s)
WHERE m.id = %(id)s
"""
FOLLOW = "UPDATE delivery_message SET contact_id = %s WHERE contact_id = %s RETURNING id"
RETURN = "UPDATE delivery_message SET contact_id = %s WHERE id = ANY(%s) AND contact_id = %s"
OLD_STEPS = """
UPDATE delivery_message m SET step = v.step
FROM unnest(%s::bigint[], %s::smallint[]) AS v(id, step) WHERE m.id = v.id AND m.contact_id = %s
"""

WAITING = frozenset({"pending", "claimed"})
ON_ITS_WAY = frozenset({"sending", "sent", "unknown"})


def register_parts() -> None:
    """Answer for the tables of delivery."""
    take_part(
        "delivery.messages", Part(("delivery_message.contact_id",), follow_person, return_messages, is_loose=True)
    )
    move_rows(MessageFact)


def follow_person(cursor: Any, kept_id: int, merged_id: int) -> Any:
    """Move the messages; of two that one campaign has waiting, one goes."""
    cursor.execute(TWINS, {"kept": kept_id, "merged": merged_id})
    twins = cursor.fetchall()
    cursor.execute(DROP, [now(), _superfluous(twins)])
    aside = [message for message, _status, _twin, _twin_status in twins]
    cursor.execute("SELECT id, step FROM delivery_message WHERE id = ANY(%s)", [aside])
    steps = cursor.fetchall()
    for message in aside:
        cursor.execute(STEP_ASIDE, {"kept": kept_id, "id": message})
    cursor.execute(FOLLOW, [kept_id, merged_id])
    moved = [key for (key,) in cursor.fetchall()]
    if not (moved or aside):
        return None
    return {"moved": moved + aside, "aside": [key for key, _step in steps], "steps": [step for _key, step in steps]}


def return_messages(cursor: Any, kept_id: int, merged_id: int, data: Any) -> None:
    """The merged one has its messages again. One that was dropped as a twin stays dropped."""
    # The contact first: under the kept one the old step is taken.
    cursor.execute(RETURN, [merged_id, data["moved"], kept_id])
    cursor.execute(OLD_STEPS, [data["aside"], data["steps"], merged_id])


def _superfluous(twins: Sequence[tuple[int, str, int, str]]) -> list[int]:
    """Which of each two must not go out: the one that waits when the other is on its way, else the younger."""
    dropped = []
    for message, status, twin, twin_status in twins:
        if status in WAITING and twin_status in ON_ITS_WAY:
            dropped.append(message)
        elif twin_status in WAITING and status in ON_ITS_WAY:
            dropped.append(twin)
        elif status in WAITING and twin_status in WAITING:
            dropped.append(max(message, twin))
    return dropped
