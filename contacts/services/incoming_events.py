"""Events from outside: finding whom they are about, and handing them to the log."""

import datetime as dt
import uuid
from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any

from django.db import OperationalError, connection, transaction
from django.utils.translation import gettext as _
from psycopg.errors import DeadlockDetected

from accounts.models import Workspace
from contacts.addresses import normalise_email
from contacts.models import Channel
from contacts.problems import Problem
from contacts.services.errors import ContactError, ErasedPerson, RestrictedPerson
from contacts.services.newcomers import create_people
from core.ids import uuid_or_none
from events.services import MAX_BATCH, Appended, NewEvent, append_events

# Names from before a merge lead to the contact that stayed; whose they are now comes last and so counts.
FIND = """
SELECT way, name, f.contact_id, r.contact_id IS NOT NULL FROM (
    SELECT 1 AS place, 'email' AS way, value AS name, contact_id FROM contacts_address
    WHERE workspace_id = %(workspace)s AND channel = %(email)s AND value = ANY(%(emails)s::text[])
    UNION ALL
    SELECT 0, 'external_id', external_id, contact_id FROM contacts_contactalias
    WHERE workspace_id = %(workspace)s AND external_id = ANY(%(external)s::text[])
    UNION ALL
    SELECT 1, 'external_id', external_id, id FROM contacts_contact
    WHERE workspace_id = %(workspace)s AND external_id = ANY(%(external)s::text[])
    UNION ALL
    SELECT 0, 'public_id', public_id::text, contact_id FROM contacts_contactalias
    WHERE workspace_id = %(workspace)s AND public_id = ANY(%(public)s::uuid[])
    UNION ALL
    SELECT 1, 'public_id', public_id::text, id FROM contacts_contact
    WHERE workspace_id = %(workspace)s AND public_id = ANY(%(public)s::uuid[])) f
LEFT JOIN contacts_restriction r ON r.contact_id = f.contact_id
ORDER BY place
"""
_ATTEMPTS = 3
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


def ingest_events(
    *, workspace: Workspace, batch: Sequence[IncomingEvent], create_contacts: bool = True
) -> list[Appended]:
    """Record up to 1,000 events; answers one by one, in order: created, repeated, or refused with the sentence why.

    An e-mail address nobody has becomes a new contact when `create_contacts`; other unknown people are refused.
    Raises ValueError for a longer batch. An import may bring the same new people in the order of its file, so that
    one of the two waits in a ring and is undone: then the whole batch is tried again.
    """
    if len(batch) > MAX_BATCH:
        raise ValueError(f"at most {MAX_BATCH} events at once")
    for attempt in range(_ATTEMPTS):
        try:
            return _ingest(workspace, batch, create_contacts)
        except OperationalError as error:
            is_deadlock = isinstance(error.__cause__, DeadlockDetected)
            if connection.in_atomic_block or not is_deadlock or attempt == _ATTEMPTS - 1:
                raise
    raise AssertionError("unreachable")


@transaction.atomic
def _ingest(workspace: Workspace, batch: Sequence[IncomingEvent], create_contacts: bool) -> list[Appended]:
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
        self._by_email: dict[str, int] = {}
        self._by_external_id: dict[str, int] = {}
        self._by_public_id: dict[str, int] = {}
        self._restricted: set[int] = set()
        names: dict[str, Any] = {
            "workspace": workspace.pk,
            "email": Channel.EMAIL,
            "emails": list({email for item in batch if (email := _email_or_empty(item.email))}),
            "external": list({item.external_id for item in batch if item.external_id}),
            "public": list({str(found) for item in batch if (found := uuid_or_none(item.contact))}),
        }
        ways = {"email": self._by_email, "external_id": self._by_external_id, "public_id": self._by_public_id}
        with connection.cursor() as cursor:
            cursor.execute(FIND, names)
            for way, name, contact_id, is_restricted in cursor.fetchall():
                ways[way][name] = contact_id
                if is_restricted:
                    self._restricted.add(contact_id)
        self._add_newcomers(batch)

    def _add_newcomers(self, batch: Sequence[IncomingEvent]) -> None:
        """People whose address nobody has become contacts, where that is allowed."""
        named = {_email_or_empty(item.email) for item in batch if not (item.contact or item.external_id)}
        new = named - self._by_email.keys() - {""}
        if new and self._create:
            self._by_email |= create_people(workspace=self._workspace, emails=new, source="event")

    def find(self, item: IncomingEvent) -> int:
        """The contact's id. Raises ContactError, RestrictedPerson among them, or Problem."""
        found = self._found(item)
        if found in self._restricted:
            raise RestrictedPerson({"contact": [_("This person asked that their data is not used.")]})
        return found

    def _found(self, item: IncomingEvent) -> int:
        if item.contact:
            found = self._by_public_id.get(str(uuid_or_none(item.contact)))
        elif item.external_id:
            found = self._by_external_id.get(item.external_id)
        else:
            found = self._by_email.get(normalise_email(item.email))
            if found is None and self._create:
                # Whoever has no contact by now was erased.
                raise ErasedPerson({"email": [str(Problem("erased"))]})
        if found is None:
            raise ContactError({"contact": [_("There is no such contact.")]})
        return found


def _email_or_empty(text: str) -> str:
    try:
        return normalise_email(text) if text else ""
    except Problem:
        return ""
