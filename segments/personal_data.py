"""What segments and lists say about a person: to show it to them, and what goes when they are erased."""

from collections.abc import Iterator, Mapping

from django.db import connection
from django.utils.translation import gettext as _

from contacts.models import Contact
from contacts.rights import Leaving, Section
from segments.models import ListMember, MemberChange, Segment
from segments.services import segments_holding
from segments.services.rounds import hold_off_rounds

# Noted members and places on lists go with the person's row; the record of who came and went forgets who it was.
FORGET = """
UPDATE segments_memberchange SET contact_id = NULL WHERE contact_id = ANY(%(ids)s)
"""
DROP_TOUCHES = """
DELETE FROM segments_contacttouch WHERE contact_id = ANY(%(ids)s)
"""


def sections(contact: Contact) -> Iterator[Section]:
    """The groups they belong to at present."""
    rows = [
        {"key": segment.key, "name": segment.name, "description": segment.description}
        for segment in segments_holding(contact.workspace, contact)
    ]
    fields = {"name": _("Name"), "description": _("What it is for")}
    yield Section(key="segments", title=_("Groups you are in now"), fields=fields, rows=rows)
    fields = {"name": _("Name"), "description": _("What it is for"), "added_at": _("Since when")}
    yield Section(key="lists", title=_("Lists you are on"), fields=fields, rows=_lists(contact))
    fields = {"at": _("When"), "name": _("Group"), "change_name": _("What happened"), "cause_name": _("Why")}
    yield Section(
        key="segment_changes", title=_("Groups you came into and left"), fields=fields, rows=_changes(contact)
    )


def _lists(contact: Contact) -> Iterator[dict[str, object]]:
    rows = ListMember.objects.filter(contact=contact).select_related("list").order_by("list__name", "list_id")
    for row in rows.iterator():
        listed = row.list
        about = {"key": listed.key, "name": listed.name, "description": listed.description}
        yield about | {"added_at": row.added_at}


def _changes(contact: Contact) -> Iterator[dict[str, object]]:
    names = dict(Segment.objects.in_workspace(contact.workspace).values_list("pk", "name"))
    for row in MemberChange.objects.of_person(contact).order_by("at", "id").iterator():
        yield {
            "at": row.at,
            "name": names.get(row.segment_id, _("A segment that is gone")),
            "change": row.change,
            "change_name": row.get_change_display(),
            "cause": row.cause,
            "cause_name": row.get_cause_display(),
        }


def forget(leaving: Leaving) -> Mapping[str, int]:
    """Nothing says any more who came and went, and nothing waits to look at them."""
    hold_off_rounds(leaving.workspace)
    with connection.cursor() as cursor:
        cursor.execute(FORGET, {"ids": leaving.all_ids})
        forgotten = cursor.rowcount
        cursor.execute(DROP_TOUCHES, {"ids": leaving.all_ids})
    return {"segment_changes": forgotten}
