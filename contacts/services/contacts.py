"""Creating and changing one contact, with its addresses and everything derived, in one transaction."""

from collections.abc import Mapping
from typing import Any

from django.db import IntegrityError, transaction
from django.utils.translation import gettext as _

from accounts.models import User, Workspace
from contacts.addresses import domain_of, normalise_email
from contacts.details import AttributeKind, ContactValues, clean_values, contact_vector, defaults_of, folded_texts
from contacts.models import Address, Attribute, Channel, Contact, Tombstone
from contacts.problems import Problem
from contacts.services.adding import add_with_address
from contacts.services.errors import ContactError, DuplicateContact, ErasedPerson, InvalidContact
from contacts.services.flagging import flags_for
from contacts.values import ReadingRules
from core.clock import now, zone_or_none
from core.crypto import address_hash
from events.services import record

ADDRESS_CHANNELS = {"email": Channel.EMAIL, "phone": Channel.SMS}


@transaction.atomic
def create_contact(
    *, workspace: Workspace, values: ContactValues, actor: User | None = None, source: str = ""
) -> Contact:
    """A new contact. `source` is a word for where it came from, such as `api` or `signup`.

    Raises InvalidContact, DuplicateContact (with the contact that is there already) and ErasedPerson.
    """
    contact = _new_contact(workspace, values, attribute_kinds(workspace))
    _refuse_erased(contact)
    return _add(contact, source, actor)


def _new_contact(
    workspace: Workspace, values: ContactValues, kinds: Mapping[str, AttributeKind], known: str = ""
) -> Contact:
    """A contact that is not saved yet; `known` is the address that was looked up a moment ago.

    Raises InvalidContact and DuplicateContact.
    """
    fields = _cleaned(workspace, values, kinds)
    given = defaults_of(kinds)
    contact = Contact(workspace=workspace, attributes={k: v for k, v in given.items() if k not in values.attributes})
    _apply(contact, fields, kinds)
    if not (contact.email or contact.phone or contact.external_id):
        raise InvalidContact({"email": [_("Give an e-mail address, a phone number or an external id.")]})
    _refuse_taken(contact, known)
    return contact


def _add(contact: Contact, source: str, actor: User | None = None) -> Contact:
    contact.bucket_seed = Contact.seed_of(contact.public_id.bytes)
    _save(contact)
    record(
        contact.workspace,
        "contact.created",
        contact_id=contact.pk,
        properties=_who(actor) | {"contact": str(contact.public_id)} | ({"source": source} if source else {}),
    )
    return contact


@transaction.atomic
def update_contact(*, contact: Contact, values: ContactValues, actor: User | None = None) -> Contact:
    """Change what `values` says; the contact's row is locked meanwhile. Returns it as it is now.

    A changed e-mail address or phone replaces the primary one. Raises InvalidContact and DuplicateContact.
    """
    contact = Contact.objects.select_for_update(of=("self",)).select_related("workspace").get(pk=contact.pk)
    kinds = attribute_kinds(contact.workspace)
    before = _state(contact)
    _apply(contact, _cleaned(contact.workspace, values, kinds, contact.country), kinds)
    changed = sorted(name for name, value in _state(contact).items() if value != before[name])
    if not changed:
        return contact
    if not (contact.email or contact.phone or contact.external_id):
        raise InvalidContact({"email": [_("Keep an e-mail address, a phone number or an external id.")]})
    _refuse_taken(contact)
    if {"email", "phone"} & set(changed):
        _refuse_erased(contact)
    _save(contact)
    record(
        contact.workspace,
        "contact.updated",
        contact_id=contact.pk,
        properties=_who(actor) | {"contact": str(contact.public_id), "changed": changed},
    )
    return contact


def find_or_create_by_email(
    *,
    workspace: Workspace,
    email: str,
    defaults: ContactValues | None = None,
    source: str = "signup",
    kinds: Mapping[str, AttributeKind] | None = None,
) -> tuple[Contact, bool]:
    """The contact with this address, and whether it is new: for people who come by themselves.

    Two callers at once get the same contact. Somebody who was erased and comes back is let in, but their tombstone
    stays, and with it the refusal of every campaign: anybody can type an address; only the answer from its mailbox
    lifts it (consent's ledger). `defaults` fill a new contact only; `source` is a word for where it came from;
    `kinds` are the `attribute_kinds` of whoever has read them. Raises InvalidContact.
    """
    try:
        normal = normalise_email(email)
    except Problem as problem:
        raise InvalidContact({"email": [str(problem)]}) from None
    known = Address.objects.contact_with(workspace.pk, Channel.EMAIL, normal)
    found = Contact.objects.filter(pk=known).first() if known is not None else None
    if found is not None:
        return found, False
    given = defaults or ContactValues()
    fresh = ContactValues(**{**{name: getattr(given, name) for name in given.__dataclass_fields__}, "email": normal})
    contact = _new_contact(workspace, fresh, attribute_kinds(workspace) if kinds is None else kinds, "email")
    # Saving has a savepoint, so that the transaction goes on after its refusal, which is why that is caught inside.
    with transaction.atomic(savepoint=False):
        try:
            return _add(contact, source), True
        except DuplicateContact as error:
            duplicate = error
    if duplicate.field != "email":
        raise duplicate
    return duplicate.existing, False


def attribute_kinds(workspace: Workspace) -> dict[str, AttributeKind]:
    """What must be known of the workspace's attributes to read their values, by key."""
    return {
        key: AttributeKind(type=kind, choices=tuple(choices), limits=rules, default=default)
        for key, kind, choices, rules, default in Attribute.objects.kinds_of(workspace.pk)
    }


def _cleaned(
    workspace: Workspace, given: ContactValues, kinds: Mapping[str, AttributeKind], country: str = ""
) -> dict[str, Any]:
    rules = ReadingRules(zone=zone_or_none(workspace.time_zone))
    fields, problems = clean_values(given, kinds, country, rules)
    if problems:
        raise InvalidContact.of(problems)
    return fields


def _apply(contact: Contact, fields: dict[str, Any], kinds: Mapping[str, AttributeKind]) -> None:
    """Write cleaned fields into the object, and what is derived from them."""
    for name, value in fields.items():
        if name == "attributes":
            merged = contact.attributes | value
            contact.attributes = {key: item for key, item in merged.items() if item is not None}
        elif name == "add_tags":
            known = {tag.casefold() for tag in contact.tags}
            contact.tags = [*contact.tags, *(tag for tag in value if tag.casefold() not in known)]
        elif name == "external_id":
            contact.external_id = value or None
        else:
            setattr(contact, name, value)
    contact.folded = folded_texts(contact.first_name, contact.last_name, contact.attributes, kinds)


def _state(contact: Contact) -> dict[str, Any]:
    names = ("external_id", "first_name", "last_name", "email", "phone", "language", "time_zone", "country")
    return {name: getattr(contact, name) for name in names} | {
        "tags": list(contact.tags),
        "attributes": dict(contact.attributes),
    }


def _refuse_taken(contact: Contact, known: str = "") -> None:
    """Raise DuplicateContact when another contact has an address, other than the `known` one, or the external id."""
    others = Contact.objects.filter(workspace_id=contact.workspace_id).exclude(pk=contact.pk)
    for name, channel in ADDRESS_CHANNELS.items():
        value = getattr(contact, name) if name != known else ""
        existing = others.with_address(channel, value).first() if value else None
        if existing is not None:
            raise DuplicateContact(existing, name)
    if contact.external_id:
        existing = others.with_external_id(contact.workspace_id, contact.external_id).first()
        if existing is not None:
            raise DuplicateContact(existing, "external_id")


def _refuse_erased(contact: Contact) -> None:
    for name, channel in ADDRESS_CHANNELS.items():
        value = getattr(contact, name)
        if value and Tombstone.objects.has(contact.workspace_id, channel, address_hash(value)):
            raise ErasedPerson({name: [str(Problem("erased"))]})


def _save(contact: Contact) -> None:
    """Save the row, its search vector and its primary addresses.

    Somebody who took an address a moment ago makes this raise DuplicateContact; the transaction stays usable.
    """
    is_new = contact.pk is None
    given = [(channel, getattr(contact, name)) for name, channel in ADDRESS_CHANNELS.items() if getattr(contact, name)]
    if is_new and len(given) == 1 and not contact.external_id:
        if not add_with_address(contact, *given[0]):
            _refuse_taken(contact)
            raise IntegrityError("an address was taken and is free again")
        return
    contact.search = None
    try:
        with transaction.atomic():
            contact.save()
            Contact.objects.filter(pk=contact.pk).set_search(contact_vector(vars(contact)))
            for name, channel in ADDRESS_CHANNELS.items():
                if not is_new:
                    set_primary_address(contact, channel, getattr(contact, name))
                elif getattr(contact, name):
                    _add_primary_address(contact, channel, getattr(contact, name))
    except IntegrityError:
        _refuse_taken(contact)
        raise


def set_primary_address(contact: Contact, channel: str, value: str) -> None:
    """Make `value` the contact's primary address of the channel; the one it replaces goes. Empty removes it."""
    current = Address.objects.filter(contact=contact, channel=channel, is_primary=True).first()
    if current is not None and current.value == value:
        return
    if current is not None:
        current.delete()
    if not value:
        return
    known = Address.objects.filter(contact=contact, channel=channel, value=value)
    if not known.update(is_primary=True):
        _add_primary_address(contact, channel, value)


def _add_primary_address(contact: Contact, channel: str, value: str) -> None:
    Address.objects.create(
        workspace_id=contact.workspace_id,
        contact=contact,
        channel=channel,
        value=value,
        domain=domain_of(value) if channel == Channel.EMAIL else "",
        flags=flags_for(contact.workspace_id, channel, value),
        status_at=now(),
    )


def _who(actor: User | None) -> dict[str, Any]:
    return {"by": str(actor)} if actor is not None else {}


__all__ = ["ContactError", "attribute_kinds", "create_contact", "find_or_create_by_email", "update_contact"]
