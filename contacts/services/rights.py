"""What people ask of their own data: written down with the day it is due, and done."""

import datetime as dt
from collections.abc import Collection
from typing import Any

from django.db import transaction
from django.db.models import QuerySet
from django.utils.translation import gettext as _

from accounts.models import User
from accounts.services import record_audit
from contacts.models import Contact, Restriction, RightsRequest
from contacts.services.errors import RestrictedPerson
from core.clock import now
from events.services import record

# GDPR Art. 12(3): without undue delay, and within one month; thirty days are within every month but February's.
DAYS_TO_ANSWER = 30

Kind, Source, Outcome = RightsRequest.Kind, RightsRequest.Source, RightsRequest.Outcome


@transaction.atomic
def record_request(
    *, contact: Contact, kind: str, source: str = Source.HAND, note: str = "", actor: User | None = None
) -> RightsRequest:
    """Write down what the person asks for; asking again while it is open returns the open request.

    Raises Contact.DoesNotExist for somebody erased meanwhile, ValueError for an unknown kind or source.
    """
    Contact.objects.select_for_update(no_key=True).get(pk=contact.pk)
    kind, source = Kind(kind), Source(source)
    known = RightsRequest.objects.filter(contact=contact, kind=kind).open().first()
    if known is not None:
        return known
    request = RightsRequest.objects.create(
        workspace=contact.workspace,
        contact=contact,
        kind=kind,
        source=source,
        note=note.strip()[:300],
        due_at=now() + dt.timedelta(days=DAYS_TO_ANSWER),
    )
    record(
        contact.workspace,
        "contact.asked_for_rights",
        contact_id=contact.pk,
        properties={"request": str(request.public_id), "kind": str(kind), "source": str(source)},
    )
    record_audit(
        workspace=contact.workspace,
        actor=actor,
        action="rights.requested",
        target=str(contact.public_id),
        detail={"kind": str(kind), "source": str(source)},
    )
    return request


@transaction.atomic
def finish_request(*, request: RightsRequest, actor: User | None = None, declined: bool = False) -> RightsRequest:
    """Say that a request is done, or declined; what is over already stays as it is."""
    held: RightsRequest = (
        RightsRequest.objects.select_for_update(of=("self",)).select_related("workspace").get(pk=request.pk)
    )
    if not held.is_open:
        return held
    held.outcome = Outcome.DECLINED if declined else Outcome.DONE
    held.done_at, held.done_by = now(), actor
    held.save(update_fields=["outcome", "done_at", "done_by"])
    record_audit(
        workspace=held.workspace,
        actor=actor,
        action="rights.request_declined" if declined else "rights.request_done",
        target=str(held.public_id),
        detail={"kind": held.kind},
    )
    return held


@transaction.atomic
def note_copy(*, contact: Contact, source: str = Source.HAND, actor: User | None = None) -> None:
    """Write down that a copy of the person's data was handed out; a request for one is done by it.

    Where nobody had asked before, the copy is a request that was done at once.
    """
    request = record_request(contact=contact, kind=Kind.ACCESS, source=source, actor=actor)
    finish_request(request=request, actor=actor)
    record_audit(
        workspace=contact.workspace, actor=actor, action="contact.copied", target=str(contact.public_id), detail={}
    )


@transaction.atomic
def request_erasure(*, contact: Contact, source: str = Source.PREFERENCES, note: str = "") -> RightsRequest:
    """Write down that a person wants to be erased, and use their data for nothing until somebody has done it.

    `erase_contact` does it, and with it the request.
    """
    request = record_request(contact=contact, kind=Kind.ERASURE, source=source, note=note)
    restrict_contact(contact=contact)
    return request


@transaction.atomic
def request_restriction(*, contact: Contact, source: str = Source.PREFERENCES, note: str = "") -> RightsRequest:
    """Restrict the use of a person's data because they ask for it: done at once, and written down as done."""
    request = record_request(contact=contact, kind=Kind.RESTRICTION, source=source, note=note)
    restrict_contact(contact=contact)
    return finish_request(request=request)


@transaction.atomic
def restrict_contact(*, contact: Contact, note: str = "", actor: User | None = None) -> Restriction:
    """Keep the person's data and use it for nothing (GDPR Art. 18) until the restriction is lifted.

    Nothing goes out to them but mail they need; imports and programs change nothing of them, and no event is taken
    in. Restricting again changes nothing. Raises Contact.DoesNotExist for somebody erased meanwhile.
    """
    Contact.objects.select_for_update(no_key=True).get(pk=contact.pk)
    restriction, is_new = Restriction.objects.get_or_create(
        contact=contact, defaults={"workspace": contact.workspace, "note": note.strip()[:200], "actor": actor}
    )
    if is_new:
        _tell(contact, "contact.restricted", actor)
        record_audit(
            workspace=contact.workspace, actor=actor, action="contact.restricted", target=str(contact.public_id)
        )
    return restriction


@transaction.atomic
def lift_restriction(*, contact: Contact, actor: User | None = None) -> bool:
    """Use the person's data again, as far as they agreed; False when there was no restriction."""
    count, _by_model = Restriction.objects.filter(contact=contact).delete()
    if count:
        _tell(contact, "contact.restriction_lifted", actor)
        record_audit(
            workspace=contact.workspace,
            actor=actor,
            action="contact.restriction_lifted",
            target=str(contact.public_id),
        )
    return bool(count)


def restricted_among(contact_ids: Collection[int]) -> set[int]:
    """Those of these contacts whose data may not be used."""
    rows: QuerySet[Any] = Restriction.objects.filter(contact_id__in=contact_ids)
    return set(rows.values_list("contact_id", flat=True))


def refuse_restricted(contact: Contact) -> None:
    """Raise RestrictedPerson when programs may change nothing of this person."""
    if restricted_among([contact.pk]):
        raise RestrictedPerson({"contact": [_("This person asked that their data is not used. Nothing was changed.")]})


def _tell(contact: Contact, kind: str, actor: User | None) -> None:
    properties = {"contact": str(contact.public_id)} | ({"by": str(actor)} if actor else {})
    if kind == "contact.restricted":
        record(contact.workspace, "contact.restricted", contact_id=contact.pk, properties=properties)
    else:
        record(contact.workspace, "contact.restriction_lifted", contact_id=contact.pk, properties=properties)
