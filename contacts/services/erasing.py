"""Erasing people: everything goes but a keyed digest of each address, so that no import brings them back."""

import functools
from collections import Counter
from collections.abc import Iterable

from django.db import transaction
from django.db.models import Exists, OuterRef

from accounts.models import AuditEntry, User, Workspace
from accounts.services import record_audit
from contacts.models import Contact, Export, Import, RightsRequest, Tombstone
from contacts.rights.registry import Leaving, erasers
from contacts.rights.removal import describe_leaving
from core.clock import now
from core.crypto import address_hash
from events.services import forget_contacts, record_each

# So many people at once keep a statement's lists and the locks it takes within bounds.
BATCH = 2_000


@transaction.atomic
def erase_contact(*, contact: Contact, actor: User | None = None) -> dict[str, int]:
    """Remove the contact for good, in every app. Nothing can bring it back.

    Returns the receipt: how many rows were removed or emptied, by what they were; the audit log keeps the same.
    Raises Contact.DoesNotExist for somebody erased meanwhile.
    """
    receipt = erase_rows(contact.workspace, [contact.pk], actor=actor)
    if not receipt:
        raise Contact.DoesNotExist
    record_audit(
        workspace=contact.workspace,
        actor=actor,
        action="contact.erased",
        target=str(contact.public_id),
        detail={"people": 1, "removed": receipt},
    )
    return receipt


@transaction.atomic
def erase_rows(workspace: Workspace, contact_ids: Iterable[int], *, actor: User | None = None) -> dict[str, int]:
    """Erase these contacts of the workspace, in sets; returns the receipt, empty when there was nobody.

    One transaction: what any app cannot remove keeps everything as it was. Apps without an eraser of their own hear
    `contact.erased`, whose `contact_id` no longer names a row.
    """
    chosen = Contact.objects.in_workspace(workspace).select_for_update(of=("self",))
    # Locked in the order of their ids, so that two erasures of the same people do not wait for each other in a ring.
    rows = list(chosen.filter(pk__in=list(contact_ids)).order_by("pk").values_list("pk", "public_id"))
    receipt: Counter[str] = Counter()
    for start in range(0, len(rows), BATCH):
        part = rows[start : start + BATCH]
        leaving = describe_leaving(workspace, [pk for pk, _public_id in part])
        receipt.update(_erase(leaving, actor))
        record_each(workspace, "contact.erased", [(pk, {"contact": str(public_id)}) for pk, public_id in part])
    if rows:
        for import_ in Import.objects.in_workspace(workspace).over_with_file():
            _drop_file(import_)
        for export in Export.objects.in_workspace(workspace).on_offer():
            _withdraw(export)
    return {name: count for name, count in sorted(receipt.items()) if count}


def _erase(leaving: Leaving, actor: User | None) -> Counter[str]:
    """Everything about the people of one batch."""
    Tombstone.objects.bulk_create(
        [
            Tombstone(workspace=leaving.workspace, channel=channel, address_hash=address_hash(value))
            for channel, value in leaving.addresses
        ],
        ignore_conflicts=True,
    )
    receipt: Counter[str] = Counter()
    for eraser in erasers():
        receipt.update(eraser(leaving))
    receipt["events"] += forget_contacts(leaving.all_ids)
    _end_requests(leaving, actor)
    _count, by_model = Contact.objects.filter(pk__in=leaving.ids).delete()
    receipt.update({label.lower(): count for label, count in by_model.items()})
    return receipt


def _end_requests(leaving: Leaving, actor: User | None) -> None:
    """What they asked for is over: the erasure is done, anything else has nobody left to be done for."""
    theirs = RightsRequest.objects.filter(contact_id__in=leaving.ids)
    theirs.open().update(outcome=RightsRequest.Outcome.DONE, done_at=now(), done_by=actor)
    theirs.update(note="")


def drop_files_of_the_erased(limit: int = 50) -> None:
    """Remove the files of imports and exports from before somebody was erased; a tick job.

    An erasure does this at once; what was still being read or written then is found here. The people may be in those
    files. Nobody needs a file any more whose import is over, and an export can be asked for again.
    """
    erased = AuditEntry.objects.filter(workspace=OuterRef("workspace"), action="contact.erased")
    imported = Import.objects.over_with_file().filter(Exists(erased.filter(at__gte=OuterRef("created_at"))))
    for import_ in imported.order_by("pk")[:limit]:
        _drop_file(import_)
    exported = Export.objects.on_offer().filter(Exists(erased.filter(at__gte=OuterRef("started_at"))))
    for export in exported.order_by("pk")[:limit]:
        _withdraw(export)


def _drop_file(import_: Import) -> None:
    """Forget the stored files, and remove them once that is certain."""
    stored = [file for file in (import_.file, import_.source) if file]
    Import.objects.filter(pk=import_.pk).update(file="", source="")
    for file in stored:
        transaction.on_commit(functools.partial(file.storage.delete, str(file.name)))


def _withdraw(export: Export) -> None:
    """The same for a file that is on offer."""
    stored = export.file
    if Export.objects.on_offer().filter(pk=export.pk).update(status=Export.Status.EXPIRED, file="") and stored:
        transaction.on_commit(functools.partial(stored.storage.delete, str(stored.name)))
