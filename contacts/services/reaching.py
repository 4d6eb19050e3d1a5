"""A person's own addresses: adding, removing, choosing the main one, and what a teammate knows about one."""

from typing import Any

from django.db import IntegrityError, transaction
from django.utils.translation import gettext as _

from accounts.models import User
from accounts.services import record_audit
from contacts.addresses import domain_of, normalise_email, normalise_phone
from contacts.details import contact_vector
from contacts.models import Address, AddressState, Channel, Contact, Tombstone
from contacts.problems import Problem
from contacts.services.addresses import Mark, mark_where
from contacts.services.errors import DuplicateContact, ErasedPerson, InvalidContact
from contacts.services.flagging import flags_for
from contacts.values import clean_text
from core.clock import now
from core.crypto import address_hash
from events.services import record

MAX_ADDRESSES = 20
MAX_VALUE = 254
PHONES = frozenset({Channel.SMS, Channel.VOICE, Channel.WHATSAPP, Channel.VIBER})
# Where a lost main address hands over, the best first.
_BEST_FIRST = (
    Address.Status.VALID,
    Address.Status.UNVERIFIED,
    Address.Status.RISKY,
    Address.Status.INVALID,
    Address.Status.DEAD,
)


def normalise_address(channel: str, text: str, region: str = "") -> str:
    """The stored form of an address of any channel; `region` reads national phone numbers.

    Raises Problem.
    """
    if channel == Channel.EMAIL:
        return normalise_email(text)
    if channel in PHONES:
        return normalise_phone(text, region)
    value = "".join(clean_text(text).split())
    if not value:
        raise Problem("address_empty")
    if len(value) > MAX_VALUE:
        raise Problem("text_long", value[:80])
    return value


@transaction.atomic
def add_address(
    *, contact: Contact, channel: str, value: str, is_primary: bool = False, actor: User | None = None
) -> Address:
    """Give the contact one more way to be reached; the first of its channel is the main one.

    Raises InvalidContact, DuplicateContact for one that somebody has (this contact too), and ErasedPerson.
    """
    contact = _locked(contact)
    normal = _readable(contact, channel, value)
    known = list(Address.objects.of_contact(contact))
    if len(known) >= MAX_ADDRESSES:
        raise InvalidContact({"value": [_("This person has 20 addresses already. Remove one first.")]})
    if Tombstone.objects.has(contact.workspace_id, channel, address_hash(normal)):
        raise ErasedPerson({"value": [str(Problem("erased"))]})
    _refuse_taken(contact, channel, normal)
    is_first = not any(row.channel == channel for row in known)
    if is_primary and not is_first:
        Address.objects.filter(contact=contact, channel=channel).update(is_primary=False)
    try:
        with transaction.atomic():
            row: Address = Address.objects.create(
                workspace_id=contact.workspace_id,
                contact=contact,
                channel=channel,
                value=normal,
                domain=domain_of(normal) if channel == Channel.EMAIL else "",
                is_primary=is_primary or is_first,
                flags=flags_for(contact.workspace_id, channel, normal),
                status_at=now(),
            )
    except IntegrityError:
        _refuse_taken(contact, channel, normal)
        raise
    _note_change(contact, actor)
    return row


@transaction.atomic
def remove_address(*, address: Address, actor: User | None = None) -> None:
    """Take an address from its contact, with its history. A lost main one hands over to the best that is left.

    Raises InvalidContact when nothing would be left to know the contact by.
    """
    contact = _locked(address.contact)
    others = list(Address.objects.of_contact(contact).exclude(pk=address.pk))
    if not contact.external_id and not any(row.channel in (Channel.EMAIL, Channel.SMS) for row in others):
        raise InvalidContact({"value": [_("Keep an e-mail address, a phone number or an external id.")]})
    was_primary = address.is_primary
    address.delete()
    heirs = sorted(
        (row for row in others if row.channel == address.channel),
        key=lambda row: (_BEST_FIRST.index(row.status), row.pk),
    )
    if was_primary and heirs:
        Address.objects.filter(pk=heirs[0].pk).update(is_primary=True)
    _note_change(contact, actor)


@transaction.atomic
def make_primary(*, address: Address, actor: User | None = None) -> None:
    """Make an address the one that messages of its channel go to. Nothing happens when it is."""
    contact = _locked(address.contact)
    rows = Address.objects.filter(contact=contact, channel=address.channel)
    if rows.filter(pk=address.pk, is_primary=True).exists():
        return
    rows.update(is_primary=False)
    rows.filter(pk=address.pk).update(is_primary=True)
    _note_change(contact, actor)


@transaction.atomic
def state_address(
    *, address: Address, status: str, note: str, actor: User | None = None, source: str = AddressState.Source.PERSON
) -> None:
    """Write down what somebody knows of an address, with the reason they give; it is audited.

    Raises InvalidContact without a reason or for a state that does not exist.
    """
    reason = " ".join(note.split())
    if status not in Address.Status.values:
        raise InvalidContact({"status": [_("There is no such state.")]})
    if not reason:
        raise InvalidContact({"note": [_("Say why, so that others understand it later.")]})
    if len(reason) > 120:
        raise InvalidContact({"note": [str(Problem("text_long"))]})
    contact = address.contact
    mark = Mark(status=status, reason=reason, source=source, actor=actor)
    mark_where(contact.workspace, mark, "id = %(id)s", {"id": address.pk})
    record_audit(
        workspace=contact.workspace,
        actor=actor,
        action="address.marked",
        target=str(contact),
        detail={"contact": str(contact.public_id), "channel": address.channel, "status": status, "why": reason},
    )


def _locked(contact: Contact) -> Contact:
    locked: Contact = (
        Contact.objects.select_for_update(of=("self",), no_key=True).select_related("workspace").get(pk=contact.pk)
    )
    return locked


def _readable(contact: Contact, channel: str, value: str) -> str:
    if channel not in Channel.values:
        raise InvalidContact({"channel": [_("There is no such channel.")]})
    try:
        return normalise_address(channel, value, contact.country)
    except Problem as problem:
        raise InvalidContact({"value": [str(problem)]}) from None


def _refuse_taken(contact: Contact, channel: str, value: str) -> None:
    existing = Contact.objects.in_workspace(contact.workspace).with_address(channel, value).first()
    if existing is not None:
        raise DuplicateContact(existing, "value")


def _note_change(contact: Contact, actor: User | None) -> None:
    """Repeat the main addresses in the contact's row, whatever changed about them, and tell it."""
    rows = Address.objects.filter(contact=contact, is_primary=True, channel__in=[Channel.EMAIL, Channel.SMS])
    primary = dict(rows.values_list("channel", "value"))
    email, phone = primary.get(Channel.EMAIL, ""), primary.get(Channel.SMS, "")
    changed = [name for name, new in (("email", email), ("phone", phone)) if getattr(contact, name) != new]
    contact.email, contact.phone = email, phone
    contact.save(update_fields=["email", "phone", "updated_at"])
    Contact.objects.filter(pk=contact.pk).set_search(contact_vector(vars(contact)))
    by: dict[str, Any] = {"by": str(actor)} if actor is not None else {}
    record(
        contact.workspace,
        "contact.updated",
        contact_id=contact.pk,
        properties=by | {"contact": str(contact.public_id), "changed": changed or ["addresses"]},
    )
