"""Events from outside: finding whom they are about, and handing them to the log."""

import datetime as dt
import uuid
from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any

from django.db import transaction
from django.utils.translation import gettext as _

from accounts.models import Workspace
from contacts.addresses import normalise_email
from contacts.details import ContactValues
from contacts.models import Address, Channel, Contact, ContactAlias
from contacts.problems import Problem
from contacts.services.contacts import create_contact
from contacts.services.errors import ContactError, RestrictedPerson
from contacts.services.rights import restricted_among
from core.ids import uuid_or_none
from events.services import MAX_BATCH, Appended, NewEvent, append_events

# Ids that are no UUIDs become one, the same for the same text and workspace.
_ID_SPACE = uuid.UUID("8a2f6a1c-7d0b-5c53-9a54-1f0d9f3b6c11")


@dataclass(frozen=True, kw_only=True)
class IncomingEvent:
    """One event as the API gets it: about whom by one of `email`, `external_id` and `contact` (public id)."""

    name: str
    email: str = ""
    external_id: str = ""
    contact: str = ""
    at: dt.datetime | None = None
    properties: dict[str, Any] = field(default_factory=dict)
    id: str = ""


@transaction.atomic
def ingest_events(
    *, workspace: Workspace, batch: Sequence[IncomingEvent], create_contacts: bool = True
) -> list[Appended]:
    """Record up to 1,000 events; answers one by one, in order: created, repeated, or refused with the sentence why.

    An e-mail address nobody has becomes a new contact when `create_contacts`; other unknown people are refused.
    Raises ValueError for a longer batch.
    """
    if len(batch) > MAX_BATCH:
        raise ValueError(f"at most {MAX_BATCH} events at once")
    people = _People(workspace, batch, create_contacts)
    answers: list[Appended | None] = []
    events: list[NewEvent] = []
    for item in batch:
        try:
            contact_id = people.find(item)
        except (ContactError, Problem) as problem:
            answers.append(Appended("refused", str(problem), problem.code))
            continue
        answers.append(None)
        events.append(
            NewEvent(
                name=item.name,
                contact_id=contact_id,
                at=item.at,
                properties=item.properties,
                public_id=_public_id(workspace, item.id),
            )
        )
    written = iter(append_events(workspace, events))
    return [answer or next(written) for answer in answers]


def _public_id(workspace: Workspace, text: str) -> uuid.UUID | None:
    if not text:
        return None
    return uuid_or_none(text) or uuid.uuid5(_ID_SPACE, f"{workspace.public_id}:{text}")


class _People:
    """Whom a batch is about: looked up once for all, created one by one where allowed."""

    def __init__(self, workspace: Workspace, batch: Sequence[IncomingEvent], create: bool) -> None:
        self._workspace = workspace
        self._create = create
        emails = {email for item in batch if (email := _email_or_empty(item.email))}
        self._by_email = dict(
            Address.objects.filter(workspace=workspace, channel=Channel.EMAIL, value__in=emails).values_list(
                "value", "contact_id"
            )
        )
        contacts = Contact.objects.in_workspace(workspace)
        external = {item.external_id for item in batch if item.external_id}
        public = {found for item in batch if (found := uuid_or_none(item.contact))}
        # Names from before a merge lead to the contact that stayed.
        aliases = ContactAlias.objects.in_workspace(workspace)
        self._by_external_id = dict(aliases.filter(external_id__in=external).values_list("external_id", "contact_id"))
        self._by_external_id |= dict(contacts.filter(external_id__in=external).values_list("external_id", "pk"))
        self._by_public_id = dict(aliases.filter(public_id__in=public).values_list("public_id", "contact_id"))
        self._by_public_id |= dict(contacts.filter(public_id__in=public).values_list("public_id", "pk"))
        people = {*self._by_email.values(), *self._by_external_id.values(), *self._by_public_id.values()}
        self._restricted = restricted_among(people)

    def find(self, item: IncomingEvent) -> int:
        """The contact's id. Raises ContactError, RestrictedPerson among them, or Problem."""
        found = self._found(item)
        if found in self._restricted:
            raise RestrictedPerson({"contact": [_("This person asked that their data is not used.")]})
        return found

    def _found(self, item: IncomingEvent) -> int:
        if item.contact:
            found = self._by_public_id.get(uuid_or_none(item.contact))
        elif item.external_id:
            found = self._by_external_id.get(item.external_id)
        else:
            return self._by_address(normalise_email(item.email))
        if found is None:
            raise ContactError({"contact": [_("There is no such contact.")]})
        return found

    def _by_address(self, email: str) -> int:
        found = self._by_email.get(email)
        if found is None:
            if not self._create:
                raise ContactError({"contact": [_("There is no such contact.")]})
            contact = create_contact(workspace=self._workspace, values=ContactValues(email=email), source="event")
            found = self._by_email[email] = contact.pk
        return found


def _email_or_empty(text: str) -> str:
    try:
        return normalise_email(text) if text else ""
    except Problem:
        return ""
