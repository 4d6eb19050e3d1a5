"""Which group of people a campaign was written to, for those who ask why they got it."""

import uuid

from django.utils.translation import gettext as _

from campaigns.models import Campaign
from contacts.models import Contact
from delivery.models import Message


def describe_campaign(message: uuid.UUID, contact: Contact) -> list[str]:
    """The campaign's group and topic, when the message was one of its own to this person."""
    rows = Message.objects.select_related("dispatch").filter(public_id=message, contact=contact)
    row = rows.filter(dispatch__source_kind="campaign").first()
    if row is None or row.dispatch is None:
        return []
    campaign = Campaign.objects.select_related("segment", "topic").filter(pk=row.dispatch.source_id).first()
    if campaign is None:
        return []
    sentences = []
    if campaign.topic is not None:
        sentences.append(_("It went to people who agreed to “%(topic)s”.") % {"topic": f"\u2068{campaign.topic}\u2069"})
    if campaign.segment is not None:
        sentences.append(
            _("Of these we wrote to the group we call “%(group)s”.") % {"group": f"\u2068{campaign.segment}\u2069"}
        )
    return sentences
