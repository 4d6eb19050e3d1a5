"""Taking a merge back: the merged contact returns with its ids, and what happened since stays with the kept one."""

import datetime as dt
from collections.abc import Mapping
from typing import Any

from django.db import connection, transaction
from django.utils.translation import gettext as _

from accounts.models import User
from accounts.services import record_audit
from contacts import merge_hooks
from contacts.details import TEXT_FIELDS
from contacts.duplicates.fields import ATTRIBUTE, CHANNEL_OF
from contacts.duplicates.grouping import ordered
from contacts.duplicates.parts import settle_leading_addresses
from contacts.models import Address, Contact, ContactAlias, DuplicatePair, Merge, MergeBatch
from contacts.services.merging import UNDO_DAYS, save_derived
from core.clock import now
from core.queue import enqueue
from events.services import record

# More than these are taken back by a worker, with a progress bar.
AT_ONCE = 10


class CannotUnmerge(Exception):
    """Nothing was changed; the words say why."""


@transaction.atomic
def undo_batch(*, batch: MergeBatch, actor: User | None = None) -> MergeBatch:
    """Take back all merges of one press, at once when they are few, else by a worker.

    A batch that was taken back before stays as it is. Raises CannotUnmerge after 30 days.
    """
    batch = MergeBatch.objects.select_for_update(of=("self",)).select_related("workspace").get(pk=batch.pk)
    if batch.status in {MergeBatch.Status.UNDONE, MergeBatch.Status.UNDOING}:
        return batch
    if not can_be_undone(batch):
        raise CannotUnmerge(_("A merge can be taken back for 30 days. These people stay one."))
    merges = Merge.objects.undoable(_oldest()).filter(batch=batch).order_by("-id")
    if merges.count() > AT_ONCE or batch.status != MergeBatch.Status.DONE:
        batch.status, batch.lease_until, batch.attempts = MergeBatch.Status.UNDOING, None, 0
        enqueue("contacts.run_merge_batch", batch_id=batch.pk)
    else:
        for merge in merges:
            undo_merge(merge=merge, actor=actor)
        batch.status, batch.done = MergeBatch.Status.UNDONE, 0
    batch.save(update_fields=["status", "done", "lease_until", "attempts"])
    return batch


def can_be_undone(batch: MergeBatch) -> bool:
    """True for 30 days after a batch that is not taken back yet."""
    if batch.status in {MergeBatch.Status.UNDONE, MergeBatch.Status.UNDOING}:
        return False
    return Merge.objects.undoable(_oldest()).filter(batch=batch).exists()


@transaction.atomic
def undo_merge(*, merge: Merge, actor: User | None = None) -> Contact | None:
    """Bring the merged contact back; None when that was done before. The kept contact keeps what came since.

    Raises CannotUnmerge after 30 days, Merge.DoesNotExist when the kept contact was erased meanwhile.
    """
    # The contact first, as everybody does who changes one; a later merge may have made it part of another by now.
    kept_id = Merge.objects.values_list("kept_id", flat=True).get(pk=merge.pk)
    kept = Contact.objects.select_for_update(of=("self",)).select_related("workspace").get(pk=kept_id)
    merge = Merge.objects.select_for_update(of=("self",)).get(pk=merge.pk)
    if merge.undone_at is not None:
        return None
    if merge.kept_id != kept_id or merge.before is None or merge.created_at < _oldest():
        raise CannotUnmerge(_("A merge can be taken back for 30 days. These people stay one."))
    ContactAlias.objects.filter(merge=merge).delete()
    before, parts = merge.before, merge.parts or {}
    if before["external_id"] and _is_taken(kept, before["external_id"], merge):
        before["external_id"] = None
    with connection.cursor() as cursor:
        merge_hooks.put_rows(cursor, Contact, [before])
        restored = Contact.objects.select_related("workspace").get(pk=merge.merged_id)
        for name, part in merge_hooks.parts().items():
            if name in parts:
                part.undo(cursor, kept.pk, restored.pk, parts[name])
    _give_back(kept, merge.changes or {})
    for contact in (kept, restored):
        save_derived(contact)
    _tell_apart(kept, restored, actor)
    merge.undone_at = now()
    merge.before = merge.parts = merge.changes = None
    merge.save(update_fields=["undone_at", "before", "parts", "changes"])
    _announce(kept, restored, actor)
    return restored


def _oldest() -> dt.datetime:
    return now() - dt.timedelta(days=UNDO_DAYS)


def _is_taken(kept: Contact, external_id: str, merge: Merge) -> bool:
    """Whether somebody else has the external id by now; the kept contact gives back what it got by the merge."""
    others = Contact.objects.in_workspace(kept.workspace).filter(external_id=external_id)
    got = ((merge.changes or {}).get("fields", {})).get("external_id")
    if kept.external_id == external_id and got and got[1] == external_id and _is_own(kept, merge.changes or {}):
        Contact.objects.filter(pk=kept.pk).update(external_id=None)
    return others.exists()


def _is_own(kept: Contact, changes: Mapping[str, Any]) -> bool:
    """Whether the changes were made to this contact, and not to one that has become part of it since."""
    return bool(changes) and changes["into"] == kept.pk


def _give_back(kept: Contact, changes: Mapping[str, Any]) -> None:
    """Put the kept contact's details back where they still are what the merge made of them."""
    if not _is_own(kept, changes):
        return
    for name, (old, new) in changes["fields"].items():
        if name in CHANNEL_OF:
            if getattr(kept, name) == new:
                _lead_as_before(kept, CHANNEL_OF[name], old)
        elif name in TEXT_FIELDS:
            if (getattr(kept, name) or "") == (new or ""):
                setattr(kept, name, old or (None if name == "external_id" else ""))
        elif kept.attributes.get(name.removeprefix(ATTRIBUTE)) == new:
            attributes = {**kept.attributes, name.removeprefix(ATTRIBUTE): old}
            kept.attributes = {key: value for key, value in attributes.items() if value is not None}
    kept.tags = [tag for tag in kept.tags if tag not in set(changes["tags"])]


def _lead_as_before(kept: Contact, channel: str, value: str | None) -> None:
    own = Address.objects.filter(contact=kept, channel=channel)
    if value and own.filter(value=value).exists():
        own.filter(is_primary=True).exclude(value=value).update(is_primary=False)
        own.filter(value=value).update(is_primary=True)
    settle_leading_addresses([kept.pk])


def _tell_apart(kept: Contact, restored: Contact, actor: User | None) -> None:
    """Whoever takes a merge back says that they are two: they are not offered again."""
    first, second = ordered(kept.pk, restored.pk)
    DuplicatePair.objects.update_or_create(
        first_id=first,
        second_id=second,
        defaults={"workspace_id": kept.workspace_id, "group": None, "dismissed_at": now(), "dismissed_by": actor},
    )


def _announce(kept: Contact, restored: Contact, actor: User | None) -> None:
    properties = {"contact": str(kept.public_id), "restored": str(restored.public_id)}
    properties |= {"by": str(actor)} if actor else {}
    for contact in (kept, restored):
        record(kept.workspace, "contact.unmerged", contact_id=contact.pk, properties=properties)
    record_audit(workspace=kept.workspace, actor=actor, action="contact.unmerged", target=str(restored.public_id))


def forget_old_merges(limit: int = 1_000) -> int:
    """Drop what was kept to take merges back, once their 30 days are over; returns how many."""
    old = Merge.objects.in_force().filter(created_at__lt=_oldest(), before__isnull=False).order_by("pk")[:limit]
    return Merge.objects.filter(pk__in=list(old.values_list("pk", flat=True))).update(
        before=None, parts=None, changes=None
    )
