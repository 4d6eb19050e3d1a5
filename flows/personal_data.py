"""What flows keep about a person, to show it to them. Erasing takes it away with the person's row."""

from collections.abc import Iterator
from typing import Any

from django.utils.translation import gettext as _

from contacts.models import Contact
from contacts.rights import Section
from flows.models import ContactVariables, FlowSession, Submission
from flows.people import words_of_answers

CHUNK = 200

# Whoever answered something is kept when the import that brought them is undone.
KEEP = """
UPDATE {table} AS undo SET kept = 'submissions'
WHERE kept IS NULL AND (
    EXISTS (SELECT 1 FROM flows_submission s WHERE s.contact_id = undo.contact_id)
    OR EXISTS (SELECT 1 FROM flows_flowsession f WHERE f.contact_id = undo.contact_id)
)
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
    fields = {
        "at": _("When"),
        "flow_name": _("Where"),
        "status_name": _("How it ended"),
        "language": _("Language"),
        "device": _("Device"),
        "source": _("Came through"),
        "referrer": _("Came from"),
        "text": _("What they answered"),
    }
    yield Section(
        key="flow_sessions", title=_("Forms they opened"), fields=fields, rows=_sessions(contact), is_prose=True
    )
    fields = {"changed_at": _("Changed"), "text": _("What is remembered")}
    yield Section(
        key="flow_variables", title=_("Remembered from forms"), fields=fields, rows=_variables(contact), is_prose=True
    )


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
            "text": words_of_answers(row.answers, types),
        }


def _sessions(contact: Contact) -> Iterator[dict[str, Any]]:
    for row in FlowSession.objects.of_contact(contact).defer("state").iterator(CHUNK):
        yield {
            "id": str(row.public_id),
            "at": row.created_at,
            "flow": row.flow.key,
            "flow_name": row.flow.name,
            "status": row.status,
            "status_name": row.get_status_display(),
            "language": row.locale,
            "device": row.device,
            "source": row.source,
            "referrer": row.referrer,
            "answers": row.answers,
            "text": words_of_answers(row.answers, row.flow.answers),
        }


def _variables(contact: Contact) -> Iterator[dict[str, Any]]:
    for row in ContactVariables.objects.filter(contact=contact):
        yield {"changed_at": row.changed_at, "values": row.values, "text": words_of_answers(row.values, {})}


def keep_people_who_answered(cursor: Any, _import: Any, table: str) -> None:
    """An import that is undone leaves those who answered something since."""
    cursor.execute(KEEP.format(table=table))
