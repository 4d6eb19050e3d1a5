"""Somebody complained about a message: to their mail provider, to us, or on the phone. Then nothing more goes out."""

from django.db import transaction

from consent.evidence import Proof
from consent.models import Suppression
from consent.services.suppressions import STRENGTH, suppress_address
from consent.services.withdrawals import withdraw_everything
from contacts.models import Channel, Contact
from core.crypto import address_hash
from events.services import record

# Reasons that say as much as a complaint does, or more.
ENOUGH = STRENGTH[STRENGTH.index(Suppression.Reason.COMPLAINT) :]


@transaction.atomic
def take_complaint(*, contact: Contact, proof: Proof, channel: str = Channel.EMAIL, is_told: bool = False) -> bool:
    """End every agreement on the channel and block all the person's addresses there, as `complaint`.

    False when that had been done before, and then nothing is written. It becomes the event `message.complained`
    unless the caller has recorded one for the message (`is_told`).
    """
    Contact.objects.select_for_update(no_key=True).get(pk=contact.pk)
    if has_complained(contact, channel):
        return False
    withdraw_everything(contact=contact, proof=proof, channel=channel)
    addresses = list(contact.addresses.filter(channel=channel).values_list("value", flat=True))
    reason = Suppression.Reason.COMPLAINT
    suppress_address(
        workspace=contact.workspace, addresses=addresses, reason=reason, channel=channel, actor=proof.actor
    )
    if not is_told:
        properties = {"channel": channel, "source": str(proof.source)}
        record(contact.workspace, "message.complained", contact_id=contact.pk, properties=properties)
    return True


def has_complained(contact: Contact, channel: str = Channel.EMAIL) -> bool:
    """True when every address the person has on the channel is blocked for a complaint, or for more than one."""
    values = contact.addresses.filter(channel=channel).values_list("value", flat=True)
    digests = {address_hash(value) for value in values}
    blocked = Suppression.objects.in_workspace(contact.workspace).filter(
        channel=channel, address_hash__in=digests, reason__in=ENOUGH
    )
    return bool(digests) and blocked.count() == len(digests)
