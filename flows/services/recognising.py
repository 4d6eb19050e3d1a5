"""Who a session's visitor is: matched by what they typed, or made; and what their answers change about them."""

from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import Any

from consent.services.choices import preference_of, save_choices
from contacts.details import AttributeKind, ContactValues, clean_tags
from contacts.models import Channel, Contact
from contacts.problems import Problem
from contacts.services import (
    ContactError,
    DuplicateContact,
    ErasedPerson,
    RestrictedPerson,
    create_contact,
    find_or_create_by_email,
    refuse_restricted,
    update_contact,
)
from contacts.services.contacts import attribute_kinds
from core.clock import now
from flows.effects import Effect, Occasion
from flows.models import ContactVariables, FlowSession
from flows.people import OWN_FIELDS, Note, Said, said_of

# What a stranger who types somebody's address cannot change, only fill in.
FILLED_ONLY = ("first_name", "last_name", "phone", "language", "time_zone", "country")
SOURCE = "flow"
PLAIN_FIELDS = OWN_FIELDS | {"full_name"}


def recognise(occasion: Occasion, fields: Mapping[str, Any], tags: list[Effect]) -> None:
    """Give the session its contact, and the contact what the answers say of it: `fields` of `update_contact`, and
    `tags`, the effects that put tags on and take them off. What cannot be kept is noted in the session, never raised.

    Somebody who came by a link of their own (their record is in the session's context) may change everything; an
    address that is not theirs means that somebody else uses the link, who is looked up by it. Anybody else is matched
    by the e-mail address, or else the phone number: details of somebody known are answers and are saved, but names
    and addresses only where there were none.
    """
    session = occasion.session
    workspace = session.flow.workspace
    kinds = attribute_kinds(workspace)
    said = said_of(fields, compiled=occasion.compiled, kinds=kinds, time_zone=workspace.time_zone)
    known = session.contact
    is_own = known is not None and bool(occasion.state.context.get("contact"))
    email = said.fields.get("email", "")
    if known is not None and email and known.email and known.email != email:
        known, is_own = None, False
    try:
        contact, is_new = (known, False) if known is not None else _match(session, said, tags, kinds)
        if contact is not None and not is_new:
            refuse_restricted(contact)
            contact = _change(contact, said, tags, is_own=is_own)
        session.contact = contact
        if contact is not None and said.has_frequency:
            _keep_frequency(contact, said.days_between, may_change=is_new or is_own)
    except RestrictedPerson:
        said.notes.append({"field": "email", "problem": "restricted"})
    except ContactError as error:
        said.notes.append({"field": next(iter(error.fields), ""), "problem": error.code})
    note_problems(session, said.notes)


def _match(
    session: FlowSession, said: Said, tags: list[Effect], kinds: Mapping[str, AttributeKind]
) -> tuple[Contact | None, bool]:
    """The person with the typed address, made where there was none; None when no address was typed."""
    workspace = session.flow.workspace
    first_tags = tags_after([], tags)
    if said.fields.get("email"):
        fresh = replace(said.values("email"), tags=first_tags)
        try:
            return find_or_create_by_email(
                workspace=workspace, email=said.fields["email"], defaults=fresh, source=SOURCE, kinds=kinds
            )
        except DuplicateContact as duplicate:
            return _without(session, said, tags, kinds, duplicate.field)
    if said.fields.get("phone"):
        found = Contact.objects.in_workspace(workspace).with_address(Channel.SMS, said.fields["phone"]).first()
        if found is not None:
            return found, False
        fresh = replace(said.values(), tags=first_tags)
        return create_contact(workspace=workspace, values=fresh, source=SOURCE), True
    return None, False


def _without(
    session: FlowSession, said: Said, tags: list[Effect], kinds: Mapping[str, AttributeKind], field: str
) -> tuple[Contact | None, bool]:
    """The same again without a phone number that somebody else has."""
    if field not in said.fields or field == "email":
        raise ContactError({field: []})
    said.notes.append({"field": field, "problem": "taken"})
    del said.fields[field]
    return _match(session, said, tags, kinds)


def _change(contact: Contact, said: Said, tags: list[Effect], *, is_own: bool) -> Contact:
    held = Contact.objects.select_for_update(of=("self",)).get(pk=contact.pk)
    values = replace(said.values(), tags=tags_after(held.tags, tags) if tags else None)
    if not is_own:
        kept: dict[str, Any] = {name: None for name in FILLED_ONLY if getattr(held, name)}
        values = replace(values, **kept)
    # Whoever is found by an address keeps it; an address they lack is theirs only if they came by their own link.
    values = replace(values, email=values.email if is_own and not held.email else None)
    try:
        return update_contact(contact=held, values=values)
    except (DuplicateContact, ErasedPerson) as error:
        field = next(iter(error.fields))
        said.notes.append({"field": field, "problem": "taken" if isinstance(error, DuplicateContact) else error.code})
        return update_contact(contact=held, values=replace(values, email=None, phone=None))


def _keep_frequency(contact: Contact, days: int | None, *, may_change: bool) -> None:
    """How often they want messages, like a name: a stranger who types an address fills in, and changes nothing."""
    if may_change or preference_of(contact).days_between is None:
        save_choices(contact=contact, values={"days_between": days})


def note_problems(session: FlowSession, notes: list[Note]) -> None:
    """Add what is not noted yet; the caller saves."""
    session.notes = [*session.notes, *(one for one in notes if one not in session.notes)]


def change_tags(contact: Contact, effects: list[Effect]) -> Contact:
    """Put tags on a person who is known and take them off; returns them as they are now."""
    held = Contact.objects.select_for_update(of=("self",)).get(pk=contact.pk)
    tags = tags_after(held.tags, effects)
    return held if tags == held.tags else update_contact(contact=held, values=ContactValues(tags=tags))


def tags_after(before: Sequence[str], effects: list[Effect]) -> list[str]:
    """Tags after the effects, in their order. A tag that is too long, or one beyond fifty, is left out."""
    tags = list(before)
    for effect in effects:
        kept = [tag for tag in tags if tag.casefold() != effect["tag"].casefold()]
        if effect["type"] == "untag":
            tags = kept
        elif len(kept) == len(tags) and _is_tag(effect["tag"], tags):
            tags = [*tags, effect["tag"]]
    return tags


def _is_tag(tag: str, others: list[str]) -> bool:
    try:
        return len(clean_tags([*others, tag])) > len(others)
    except Problem:
        return False


def remember_variables(contact: Contact, values: Mapping[str, Any]) -> None:
    """Keep variables of scope `contact` for the next flow; others stay as they are."""
    row, _is_new = ContactVariables.objects.select_for_update(of=("self",)).get_or_create(
        contact=contact, defaults={"workspace_id": contact.workspace_id, "changed_at": now()}
    )
    row.values, row.changed_at = {**row.values, **values}, now()
    row.save(update_fields=["values", "changed_at"])
