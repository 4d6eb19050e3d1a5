"""What contests keep about a person: to show it to them, and what goes when they are erased."""

from collections.abc import Iterator, Mapping
from typing import Any

from django.db import connection
from django.utils.translation import gettext as _

from contacts.models import Contact
from contacts.rights import Leaving, Section
from contests.models import Code, Entry, Winner
from contests.wording import reason_in_words

# Numbers that name nobody stay: they are in published documents. Until the list is sealed the entry leaves the
# contest, since nobody could be told that they won.
LEAVE = """
UPDATE contests_entry e SET status = 'withdrawn', reason = 'erased'
FROM contests_contest c
WHERE c.id = e.contest_id AND e.contact_id = ANY(%(ids)s) AND c.phase IN ('draft', 'open', 'closed')
  AND e.status NOT IN ('rejected', 'withdrawn')
"""
FORGET_DIGESTS = """
DELETE FROM contests_identity i USING contests_entry e WHERE e.id = i.entry_id AND e.contact_id = ANY(%(ids)s)
"""
FORGET_CLAIMS = """
UPDATE contests_winner w SET message = '' FROM contests_entry e
WHERE e.id = w.entry_id AND e.contact_id = ANY(%(ids)s) AND w.message <> ''
"""
FORGET_PICTURES = """
UPDATE contests_entry SET picture = '{}', display = 'none', contact_id = NULL, session_id = NULL, score = NULL
WHERE contact_id = ANY(%(ids)s)
"""
# Whoever entered is kept when the import that brought them is undone.
KEEP = """
UPDATE {table} AS undo SET kept = 'entered'
WHERE kept IS NULL AND EXISTS (SELECT 1 FROM contests_entry e WHERE e.contact_id = undo.contact_id)
"""


def sections(contact: Contact) -> Iterator[Section]:
    """Their entries with tickets and what became of them, and the codes they were given."""
    fields = {
        "at": _("When"),
        "contest": _("Contest"),
        "status_name": _("What became of it"),
        "tickets": _("Tickets"),
        "number": _("Number of the receipt"),
        "reference": _("Name in published lists"),
        "prize": _("Prize"),
        "message": _("What you said when you claimed it"),
    }
    yield Section(key="contest_entries", title=_("Contests"), fields=fields, rows=_entries(contact))
    fields = {"at": _("When"), "code": _("Code"), "pool": _("For")}
    yield Section(key="prize_codes", title=_("Codes you were given"), fields=fields, rows=_codes(contact))


def _entries(contact: Contact) -> Iterator[dict[str, Any]]:
    for entry in Entry.objects.of_contact(contact):
        won = Winner.objects.filter(entry=entry).exclude(prize="").first()
        words = str(entry.get_status_display())
        yield {
            "id": str(entry.public_id),
            "at": entry.issued_at,
            "contest": entry.contest.flow.name,
            "status": entry.status,
            "status_name": f"{words}: {reason_in_words(entry.reason)}" if entry.reason else words,
            "tickets": entry.tickets,
            "number": entry.seq,
            "reference": entry.entry_ref,
            "prize": won.prize if won else "",
            "message": won.message if won else "",
        }


def _codes(contact: Contact) -> Iterator[dict[str, Any]]:
    for code in Code.objects.filter(contact=contact).select_related("pool").order_by("given_at"):
        yield {"at": code.given_at, "code": code.text, "pool": code.pool.key}


def forget(leaving: Leaving) -> Mapping[str, int]:
    """Take the person off their entries; the numbers in published documents stay."""
    with connection.cursor() as cursor:
        for statement in (LEAVE, FORGET_DIGESTS, FORGET_CLAIMS, FORGET_PICTURES):
            cursor.execute(statement, {"ids": leaving.all_ids})
        return {"contest_entries": cursor.rowcount}


def keep_people_who_entered(cursor: Any, _import: Any, table: str) -> None:
    """An import that is undone leaves those who entered a contest since."""
    cursor.execute(KEEP.format(table=table))
