"""What is done to the contacts chosen in a list."""

from collections.abc import Sequence

from django.db import transaction

from accounts.models import User, Workspace
from accounts.services import record_audit
from contacts.details import clean_tags, contact_vector
from contacts.models import Contact
from contacts.problems import Problem
from contacts.services.erasing import erase_rows
from contacts.services.errors import InvalidContact
from core.clock import now

MAX_CHOSEN = 500


@transaction.atomic
def add_tag(*, workspace: Workspace, public_ids: Sequence[str], tag: str, actor: User | None = None) -> int:
    """Put `tag` on the chosen contacts; returns how many did not have it. Raises InvalidContact."""
    try:
        tags = clean_tags([tag])
    except Problem as problem:
        raise InvalidContact({"tag": [str(problem)]}) from None
    if not tags:
        raise InvalidContact({"tag": [str(Problem("text_long"))]})
    changed = []
    chosen = Contact.objects.in_workspace(workspace).select_for_update(of=("self",))
    for contact in chosen.filter(public_id__in=public_ids[:MAX_CHOSEN]).order_by("id"):
        if tags[0].casefold() not in {known.casefold() for known in contact.tags} and len(contact.tags) < 50:
            contact.tags = [*contact.tags, tags[0]]
            changed.append(contact)
    _write_tags(changed)
    if changed:
        record_audit(
            workspace=workspace, actor=actor, action="contact.tagged", target=tags[0], detail={"people": len(changed)}
        )
    return len(changed)


def _write_tags(contacts: list[Contact]) -> None:
    moment = now()
    for contact in contacts:
        contact.updated_at = moment
    Contact.objects.bulk_update(contacts, ["tags", "updated_at"])
    Contact.objects.write_search({contact.pk: contact_vector(vars(contact)) for contact in contacts})


@transaction.atomic
def erase_contacts(*, workspace: Workspace, public_ids: Sequence[str], actor: User | None = None) -> int:
    """Erase the chosen contacts for good (see `erase_contact`); returns how many there were."""
    ids = (
        Contact.objects.in_workspace(workspace)
        .filter(public_id__in=public_ids[:MAX_CHOSEN])
        .values_list("pk", flat=True)
    )
    chosen = list(ids)
    receipt = erase_rows(workspace, chosen, actor=actor)
    count = receipt.get("contacts.contact", 0)
    if count:
        detail = {"people": count, "removed": receipt}
        record_audit(workspace=workspace, actor=actor, action="contact.erased", detail=detail)
    return count
