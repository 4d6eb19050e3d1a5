"""What segments say about a person: membership is never stored, so it is asked for at the moment of telling."""

from collections.abc import Iterator

from django.utils.translation import gettext as _

from contacts.models import Contact
from contacts.rights import Section
from segments.services import segments_holding


def sections(contact: Contact) -> Iterator[Section]:
    """The groups they belong to at present."""
    rows = [
        {"key": segment.key, "name": segment.name, "description": segment.description}
        for segment in segments_holding(contact.workspace, contact)
    ]
    fields = {"name": _("Name"), "description": _("What it is for")}
    yield Section(key="segments", title=_("Groups you are in now"), fields=fields, rows=rows)
