"""Writing down a person without knowing whether they are here already."""

from dataclasses import replace

from django.db import transaction
from django.utils.translation import gettext as _

from accounts.models import User, Workspace
from contacts.addresses import normalise_email, normalise_phone
from contacts.details import ContactValues
from contacts.models import Channel, Contact
from contacts.problems import Problem
from contacts.services.contacts import create_contact, update_contact
from contacts.services.errors import DuplicateContact, InvalidContact
from contacts.services.rights import refuse_restricted


@transaction.atomic
def upsert_contact(
    *, workspace: Workspace, values: ContactValues, actor: User | None = None, source: str = ""
) -> tuple[Contact, bool]:
    """Change the contact with this external id, e-mail address or phone, in this order, or make one; and whether new.

    Two callers at once end with one contact. Raises InvalidContact, ErasedPerson, RestrictedPerson, and
    DuplicateContact when the values name two different people.
    """
    existing = find_contact(workspace=workspace, values=values)
    if existing is None:
        try:
            with transaction.atomic():
                return create_contact(workspace=workspace, values=values, actor=actor, source=source), True
        except DuplicateContact:
            # Somebody else was faster; then it is this person that changes.
            existing = find_contact(workspace=workspace, values=values)
            if existing is None:
                raise
    if values.external_id and existing.external_id and existing.external_id != values.external_id.strip():
        if not existing.aliases.filter(external_id=values.external_id.strip()).exists():
            raise DuplicateContact(existing, "email" if values.email else "phone")
        # A name from before a merge leads to the contact and does not become its name again.
        values = replace(values, external_id=None)
    refuse_restricted(existing)
    return update_contact(contact=existing, values=values, actor=actor), False


def find_contact(*, workspace: Workspace, values: ContactValues) -> Contact | None:
    """The contact that the values name, by the first of external id, e-mail address and phone that is known.

    Raises InvalidContact when there is none of the three, or when one cannot be read.
    """
    contacts = Contact.objects.in_workspace(workspace)
    if not (values.external_id or values.email or values.phone):
        raise InvalidContact({"email": [_("Give an e-mail address, a phone number or an external id.")]})
    if values.external_id:
        found = contacts.with_external_id(workspace, values.external_id.strip()).first()
        if found is not None:
            return found
    for channel, address in _addresses(values):
        found = contacts.with_address(channel, address).first()
        if found is not None:
            return found
    return None


def _addresses(values: ContactValues) -> list[tuple[str, str]]:
    readers = {
        "email": (Channel.EMAIL, normalise_email),
        "phone": (Channel.SMS, lambda text: normalise_phone(text, (values.country or "").strip().upper())),
    }
    found = []
    for name, (channel, read) in readers.items():
        text = getattr(values, name)
        try:
            found += [(str(channel), read(text))] if text else []
        except Problem as problem:
            raise InvalidContact({name: [str(problem)]}) from None
    return found
