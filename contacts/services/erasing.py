"""Erasing people: everything goes but a keyed digest of each address, so that no import brings them back."""

from collections.abc import Iterable

from django.db import transaction

from accounts.models import User, Workspace
from accounts.services import record_audit
from contacts.models import Address, Contact, ImportedChange, Tombstone
from core.crypto import address_hash
from events.services import forget_contacts, record


@transaction.atomic
def erase_contact(*, contact: Contact, actor: User | None = None) -> None:
    """Remove the contact for good. Nothing can bring it back.

    Apps above hear `contact.erased`, whose `contact_id` no longer names a row, and remove what they keep.
    """
    workspace = contact.workspace
    erase_rows(workspace, [contact.pk])
    record_audit(workspace=workspace, actor=actor, action="contact.erased", target=str(contact.public_id))


@transaction.atomic
def erase_rows(workspace: Workspace, contact_ids: Iterable[int]) -> int:
    """Erase these contacts of the workspace; returns how many there were."""
    contacts = list(
        Contact.objects.in_workspace(workspace).select_for_update(of=("self",)).filter(pk__in=list(contact_ids))
    )
    ids = [contact.pk for contact in contacts]
    addresses = Address.objects.filter(contact_id__in=ids).values_list("channel", "value")
    Tombstone.objects.bulk_create(
        [
            Tombstone(workspace=workspace, channel=channel, address_hash=address_hash(value))
            for channel, value in addresses
        ],
        ignore_conflicts=True,
    )
    forget_contacts(ids)
    for contact in contacts:
        record(workspace, "contact.erased", contact_id=contact.pk, properties={"contact": str(contact.public_id)})
    ImportedChange.objects.filter(contact_id__in=ids).delete()
    Contact.objects.filter(pk__in=ids).delete()
    return len(ids)
