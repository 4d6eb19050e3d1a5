"""Many people at once of whom only the e-mail address is known, in a handful of statements."""

from collections.abc import Collection

from django.db import IntegrityError, transaction

from accounts.models import Workspace
from contacts.addresses import domain_of
from contacts.details import contact_vector, defaults_of, folded_texts
from contacts.models import Address, Channel, Contact, Tombstone
from contacts.services.contacts import attribute_kinds
from contacts.services.flagging import flags_for
from core.clock import now
from core.crypto import address_hash
from events.services import record_each

_ATTEMPTS = 3


@transaction.atomic
def create_people(*, workspace: Workspace, emails: Collection[str], source: str) -> dict[str, int]:
    """Contacts for these addresses, normalised: address to contact id. `source` is a word for where they came from.

    Who was erased is not among them and stays so. Somebody else may bring the same person at the same moment: then
    that contact is theirs and ours.
    """
    digests = {address_hash(email): email for email in emails}
    erased = Tombstone.objects.in_workspace(workspace).filter(channel=Channel.EMAIL, address_hash__in=list(digests))
    wanted = set(emails) - {digests[bytes(digest)] for digest in erased.values_list("address_hash", flat=True)}
    known: dict[str, int] = {}
    for attempt in range(_ATTEMPTS):
        try:
            with transaction.atomic():
                # In one order everywhere, so that two who bring the same people wait and never in a ring.
                return known | _insert(workspace, sorted(wanted - known.keys()), source)
        except IntegrityError:
            if attempt == _ATTEMPTS - 1:
                raise
            taken = Address.objects.filter(workspace=workspace, channel=Channel.EMAIL, value__in=wanted)
            known = dict(taken.values_list("value", "contact_id"))
    raise AssertionError("unreachable")


def _insert(workspace: Workspace, emails: list[str], source: str) -> dict[str, int]:
    if not emails:
        return {}
    kinds = attribute_kinds(workspace)
    attributes = defaults_of(kinds)
    folded = folded_texts("", "", attributes, kinds)
    people = [Contact(workspace=workspace, email=email, attributes=attributes, folded=folded) for email in emails]
    for person in people:
        person.bucket_seed = Contact.seed_of(person.public_id.bytes)
    Contact.objects.bulk_create(people)
    Contact.objects.write_search({person.pk: contact_vector(vars(person)) for person in people})
    moment = now()
    Address.objects.bulk_create(
        Address(
            workspace_id=workspace.pk,
            contact=person,
            channel=Channel.EMAIL,
            value=person.email,
            domain=domain_of(person.email),
            flags=flags_for(workspace.pk, Channel.EMAIL, person.email),
            status_at=moment,
        )
        for person in people
    )
    about = [(person.pk, {"contact": str(person.public_id), "source": source}) for person in people]
    record_each(workspace, "contact.created", about)
    return {person.email: person.pk for person in people}
