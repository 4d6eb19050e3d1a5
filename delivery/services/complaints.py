"""A complaint about one message: a fact of the message, and the end of writing to the person, in one transaction."""

from django.db import transaction

from consent.evidence import Proof
from consent.models import Suppression
from consent.services import suppress_address, take_complaint
from contacts.models import Contact
from delivery.models import Message
from delivery.services.facts import write_fact
from delivery.verdict import HUMAN


class NeverSent(Exception):
    """Nobody can complain about a message that has not left."""


@transaction.atomic
def record_complaint(*, message: Message, proof: Proof) -> bool:
    """Note that this message was complained about, and never write to whoever got it again.

    The address it went to is blocked even where the contact has another one today, or there is none. True when the
    complaint is new. Raises NeverSent, and then nothing has changed.
    """
    if message.status not in {"sending", "sent", "unknown"}:
        raise NeverSent
    people = Contact.objects.select_for_update(no_key=True)
    contact = people.filter(pk=message.contact_id).first() if message.contact_id else None
    is_new = write_fact(message, "complained", HUMAN)
    if contact is not None:
        take_complaint(contact=contact, proof=proof, channel=message.channel, is_told=True)
    if message.workspace is not None and message.recipient:
        suppress_address(
            workspace=message.workspace,
            addresses=[message.recipient],
            reason=Suppression.Reason.COMPLAINT,
            channel=message.channel,
        )
    return is_new
