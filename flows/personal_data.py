"""What flows keep about a person, to show it to them. Erasing takes it away with the person's row."""

from collections.abc import Iterator
from typing import Any

from django.utils.translation import gettext as _

from contacts.models import Contact
from contacts.rights import Section
from contacts.values import print_value
from flows.models import Submission

CHUNK = 200

# Whoever answered something is kept when the import that brought them is undone.
KEEP = """
UPDATE {table} AS undo SET kept = 'submissions'
WHERE kept IS NULL AND EXISTS (SELECT 1 FROM flows_submission s WHERE s.contact_id = undo.contact_id)
"""


def sections(contact: Contact) -> Iterator[Section]:
    """Every answer they gave, one row for each submission."""
    fields = {
        "at": _("When"),
        "flow_name": _("Where"),
        "status_name": _("Finished"),
        "outcome": _("Outcome"),
        "score": _("Score"),
        "text": _("What they answered"),
    }
    yield Section(key="submissions", title=_("Answers"), fields=fields, rows=_rows(contact), is_prose=True)


def _rows(contact: Contact) -> Iterator[dict[str, Any]]:
    for row in Submission.objects.of_contact(contact).iterator(CHUNK):
        types = row.flow.answers
        yield {
            "id": str(row.public_id),
            "at": row.at,
            "flow": row.flow.key,
            "flow_name": row.flow.name,
            "status": row.status,
            "status_name": row.get_status_display(),
            "outcome": row.outcome,
            "score": None if row.score is None else f"{row.score.normalize():f}",
            "answers": row.answers,
            "text": "\n".join(
                f"{key}: {print_value(types.get(key, {}).get('type', 'text'), value)}"
                for key, value in row.answers.items()
            ),
        }


def keep_people_who_answered(cursor: Any, _import: Any, table: str) -> None:
    """An import that is undone leaves those who answered something since."""
    cursor.execute(KEEP.format(table=table))
