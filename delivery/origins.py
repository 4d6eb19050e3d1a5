"""What a person may read about the message that led them to their page."""

import uuid

from django.utils import formats, timezone
from django.utils.translation import gettext as _

from contacts.models import Contact
from delivery.models import Message


def describe_message(message: uuid.UUID, contact: Contact) -> list[str]:
    """When it was sent, and what it was called; nothing for a message that was not theirs."""
    found = Message.objects.select_related("dispatch", "content_version").filter(public_id=message, contact=contact)
    row = found.first()
    if row is None:
        return []
    moment = timezone.localtime(row.settled_at or row.created_at)
    values = {"name": f"\u2068{row.title}\u2069", "day": formats.date_format(moment, "DATE_FORMAT")}
    return [_("The message that led you here is “%(name)s” of %(day)s.") % values]
