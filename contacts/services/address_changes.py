"""A person gives a new e-mail address: it replaces the old one once somebody at the new mailbox has said yes."""

import datetime as dt

from django.db import transaction
from django.utils.translation import gettext as _

from accounts.services import record_audit
from contacts.addresses import normalise_email
from contacts.details import ContactValues
from contacts.models import AddressChange, Channel, Contact, RightsRequest, Tombstone
from contacts.problems import Problem
from contacts.services.contacts import update_contact
from contacts.services.errors import InvalidContact
from contacts.services.rights import finish_request, record_request
from core.clock import now
from core.crypto import address_hash
from core.limits import is_over_limit
from events.services import record

EXPIRES_AFTER = dt.timedelta(days=7)
A_DAY = 3


class AddressChangeExpired(Exception):
    """The link was opened after its last day, or a newer one was asked for; nothing was changed."""


@transaction.atomic
def request_address_change(*, contact: Contact, email: str) -> AddressChange:
    """Mail a link to the new address; until it is used nothing changes. The newest request is the one that counts.

    Says nothing of whether anybody else has that address. Raises InvalidContact, and Contact.DoesNotExist for
    somebody erased meanwhile.
    """
    Contact.objects.select_for_update(no_key=True).get(pk=contact.pk)
    try:
        value = normalise_email(email)
    except Problem as problem:
        raise InvalidContact({"email": [str(problem)]}) from None
    if value == contact.email:
        raise InvalidContact({"email": [_("This is your address already.")]})
    waiting = AddressChange.objects.waiting(now()).filter(contact=contact)
    known = waiting.filter(value=value).first()
    if is_over_limit("address-change", str(contact.pk), limit=A_DAY, seconds=24 * 3600):
        raise InvalidContact({"email": [_("Too many mails for one day. Try again tomorrow.")]})
    waiting.exclude(value=value).delete()
    change = known or AddressChange.objects.create(
        workspace=contact.workspace, contact=contact, value=value, expires_at=now() + EXPIRES_AFTER
    )
    record_request(contact=contact, kind=RightsRequest.Kind.CORRECTION, source=RightsRequest.Source.PREFERENCES)
    record(
        contact.workspace,
        "contact.address_change_requested",
        contact_id=contact.pk,
        properties={"change": str(change.public_id)},
    )
    return change


@transaction.atomic
def confirm_address_change(*, change: AddressChange) -> Contact:
    """Replace the old address by the confirmed one; twice is once.

    Whoever reads the mailbox may have been erased under this address before: their coming back ends that. Raises
    AddressChangeExpired, DuplicateContact when somebody else has the address by now, and AddressChange.DoesNotExist
    for somebody erased meanwhile.
    """
    held: AddressChange = (
        AddressChange.objects.select_for_update(of=("self",)).select_related("contact__workspace").get(pk=change.pk)
    )
    contact = held.contact
    if held.confirmed_at is not None:
        return contact
    if held.has_expired:
        raise AddressChangeExpired
    digest = address_hash(held.value)
    Tombstone.objects.filter(workspace=held.workspace_id, channel=Channel.EMAIL, address_hash=digest).delete()
    contact = update_contact(contact=contact, values=ContactValues(email=held.value))
    held.confirmed_at = now()
    held.save(update_fields=["confirmed_at"])
    asked = RightsRequest.objects.filter(contact=contact, kind=RightsRequest.Kind.CORRECTION).open().first()
    if asked is not None:
        finish_request(request=asked)
    record_audit(
        workspace=contact.workspace, actor=None, action="contact.address_confirmed", target=str(contact.public_id)
    )
    return contact
