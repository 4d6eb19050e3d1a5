"""Merging every group that is certain, and taking that back, in the background: one group, one transaction."""

import datetime as dt
import logging

from django.db import OperationalError, transaction

from accounts.models import User, Workspace
from contacts.duplicates.fields import default_kept
from contacts.models import Contact, DuplicateGroup, DuplicatePair, Merge, MergeBatch
from contacts.services.finding_duplicates import certain_groups
from contacts.services.merging import CannotMerge, adopt_late_rows, merge_contacts, persons
from contacts.services.unmerging import forget_old_merges, undo_merge
from core.clock import now
from core.queue import enqueue

logger = logging.getLogger(__name__)

LEASE = dt.timedelta(seconds=60)
ATTEMPTS = 3
_WORKING = (MergeBatch.Status.QUEUED, MergeBatch.Status.RUNNING, MergeBatch.Status.UNDOING)


@transaction.atomic
def merge_certain_groups(*, workspace: Workspace, actor: User | None = None) -> MergeBatch | None:
    """Have all groups merged that are certain now; None when there is none.

    While one such batch is on its way, asking again gives that one.
    """
    Workspace.objects.select_for_update(of=("self",), no_key=True).get(pk=workspace.pk)
    open_one: MergeBatch | None = (
        MergeBatch.objects.in_workspace(workspace).filter(status__in=["queued", "running"]).first()
    )
    if open_one is not None:
        return open_one
    count = certain_groups(workspace).count()
    if not count:
        return None
    batch: MergeBatch = MergeBatch.objects.create(workspace=workspace, actor=actor, groups=count)
    enqueue("contacts.run_merge_batch", batch_id=batch.pk)
    return batch


def people_of(group: DuplicateGroup) -> list[Contact]:
    """The members of a group that are still here, the one to keep first."""
    pairs = DuplicatePair.objects.filter(group=group).values_list("first_id", "second_id")
    ids = {member for pair in pairs for member in pair}
    contacts = {row.pk: row for row in Contact.objects.filter(pk__in=ids, workspace_id=group.workspace_id)}
    if not contacts:
        return []
    first = default_kept(persons(list(contacts.values()))).key
    return sorted(contacts.values(), key=lambda contact: (contact.pk != first, contact.pk))


def run_batch(*, batch_id: int) -> None:
    """Work on a batch until it is done. A worker killed at any moment leaves whole groups only; another goes on."""
    batch = _claim(batch_id)
    try:
        while batch is not None and (_undo_next(batch) if batch.status == "undoing" else _merge_next(batch)):
            pass
    except OperationalError:
        raise  # the database is away: the lease runs out and the tick comes back
    except Exception:
        logger.exception("merge_batch_failed batch=%s", batch_id)
        MergeBatch.objects.filter(pk=batch_id).update(status=MergeBatch.Status.FAILED, lease_until=None)


def wake_merges() -> None:
    """What the tick does: batches that a worker left, rows that came late, and what need not be kept any more."""
    for batch_id in MergeBatch.objects.needing_work(now()).values_list("pk", flat=True):
        enqueue("contacts.run_merge_batch", batch_id=batch_id)
    adopt_late_rows()
    forget_old_merges()


def _claim(batch_id: int) -> MergeBatch | None:
    with transaction.atomic():
        rows = MergeBatch.objects.select_for_update(skip_locked=True, of=("self",)).needing_work(now())
        batch: MergeBatch | None = rows.select_related("workspace", "actor").filter(pk=batch_id).first()
        if batch is None:
            return None
        batch.attempts += 1
        batch.lease_until = now() + LEASE
        if batch.attempts > ATTEMPTS:
            batch.status, batch.lease_until = MergeBatch.Status.FAILED, None
        elif batch.status == MergeBatch.Status.QUEUED:
            batch.status = MergeBatch.Status.RUNNING
        batch.save()
        return None if batch.status == MergeBatch.Status.FAILED else batch


def _hold(batch: MergeBatch) -> MergeBatch | None:
    """The batch, locked until the commit; None when somebody else decides over it by now."""
    held: MergeBatch | None = (
        MergeBatch.objects.select_for_update(of=("self",)).filter(pk=batch.pk, status=batch.status).first()
    )
    if held is not None:
        held.lease_until, held.attempts = now() + LEASE, 1
    return held


def _merge_next(batch: MergeBatch) -> bool:
    """Merge one more group that was certain when the batch was asked for; False when there is none."""
    with transaction.atomic():
        held = _hold(batch)
        if held is None:
            return False
        groups = certain_groups(batch.workspace).filter(found_at__lte=batch.created_at)
        group = groups.first() if held.done + held.left_alone < held.groups else None
        if group is None:
            held.status, held.lease_until = MergeBatch.Status.DONE, None
        elif _merge_group(group, batch):
            held.done += 1
        else:
            held.left_alone += 1
        held.save()
        return group is not None


def _merge_group(group: DuplicateGroup, batch: MergeBatch) -> bool:
    """True when it was merged. One that cannot be goes from the list until the next search."""
    try:
        with transaction.atomic():
            people = people_of(group)
            if len(people) > 1:
                merge_contacts(
                    workspace=batch.workspace,
                    keep=people[0].public_id,
                    merge=[person.public_id for person in people[1:]],
                    actor=batch.actor,
                    batch=batch,
                )
                return True
    except (CannotMerge, Contact.DoesNotExist):
        logger.info("group_left_alone group=%s", group.public_id)
    group.delete()
    return False


def _undo_next(batch: MergeBatch) -> bool:
    """Take back the last merge that stands; False when there is none."""
    with transaction.atomic():
        held = _hold(batch)
        if held is None:
            return False
        merge = Merge.objects.in_force().filter(batch=batch, before__isnull=False).order_by("-id").first()
        if merge is None:
            held.status, held.lease_until = MergeBatch.Status.UNDONE, None
        else:
            undo_merge(merge=merge, actor=batch.actor)
            held.done = Merge.objects.in_force().filter(batch=batch).values("kept").distinct().count()
        held.save()
        return merge is not None
