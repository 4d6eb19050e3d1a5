"""What delivery says when an import is undone: people who were written to stay."""

from typing import Any

KEEP = """
UPDATE {table} AS undo SET kept = 'messages'
WHERE kept IS NULL AND EXISTS (SELECT 1 FROM delivery_message m WHERE m.contact_id = undo.contact_id)
"""


def keep_people_written_to(cursor: Any, _import: Any, table: str) -> None:
    """Their messages are part of reports, and their answers may still come."""
    cursor.execute(KEEP.format(table=table))
