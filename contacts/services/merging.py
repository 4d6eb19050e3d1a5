"""Making several contacts one, in one transaction: what wins, what moves, and what is kept to take it back."""

import datetime as dt
import json
import uuid
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from django.db import OperationalError, connection, transaction
from django.utils.translation import gettext as _
from psycopg.errors import DeadlockDetected

from accounts.models import User, Workspace
from accounts.services import record_audit
from contacts import merge_hooks
from contacts.details import MAX_TAGS, TEXT_FIELDS, contact_vector, folded_texts
from contacts.duplicates.fields import ATTRIBUTE, CHANNEL_OF, Person, united_tags, winners
from contacts.models import Address, Contact, ContactAlias, DuplicatePair, Merge, MergeBatch
from contacts.services.contacts import attribute_kinds
from contacts.services.regrouping import regroup
from core.clock import now
from events.services import record

UNDO_DAYS = 30
MOST_AT_ONCE = 10
LATE = dt.timedelta(minutes=15)
_ATTEMPTS = 3


class CannotMerge(Exception):
    """Nothing was changed; the words say why."""


@dataclass(frozen=True)
class Merged:
    """The contact that stays, and the batch by which it can be taken back; None when they were one already."""

    kept: Contact
    batch: MergeBatch | None
    people: int


def merge_contacts(
    *,
    workspace: Workspace,
    keep: uuid.UUID,
    merge: Sequence[uuid.UUID],
    choices: Mapping[str, uuid.UUID] | None = None,
    actor: User | None = None,
    batch: MergeBatch | None = None,
) -> Merged:
    """Make the contacts `merge` part of `keep`, all by public id; `choices` maps fields to whose value is kept.

    Fields are the built-in ones and `attributes.key`; without a choice the rules of contacts.duplicates.fields hold.
    Merging again who is merged already changes nothing. Raises CannotMerge, and Contact.DoesNotExist for an id that
    is none of this workspace. One transaction: it happens as a whole or not at all.
    """
    for attempt in range(_ATTEMPTS):
        try:
            with transaction.atomic():
                return _merge(_Wanted(workspace, keep, tuple(merge), choices or {}, actor), batch)
        except OperationalError as error:
            is_deadlock = isinstance(error.__cause__, DeadlockDetected)
            if connection.in_atomic_block or not is_deadlock or attempt == _ATTEMPTS - 1:
                raise
    raise AssertionError("unreachable")


@dataclass(frozen=True)
class _Wanted:
    workspace: Workspace
    keep: uuid.UUID
    merge: tuple[uuid.UUID, ...]
    choices: Mapping[str, uuid.UUID]
    actor: User | None


def _merge(wanted: _Wanted, batch: MergeBatch | None) -> Merged:
    found = find_people(wanted.workspace, [wanted.keep, *wanted.merge], lock=True)
    kept = found[wanted.keep]
    others = {contact.pk: contact for contact in found.values() if contact.pk != kept.pk}
    if not others:
        return Merged(kept, None, 0)
    if len(others) >= MOST_AT_ONCE:
        raise CannotMerge(_("At most %(count)s people become one at a time.") % {"count": MOST_AT_ONCE})
    batch = batch or MergeBatch.objects.create(
        workspace=wanted.workspace, actor=wanted.actor, status=MergeBatch.Status.DONE, done=1
    )
    people = persons([kept, *others.values()])
    chosen = {name: found[public_id].pk for name, public_id in wanted.choices.items() if public_id in found}
    winning = winners(people, kept.pk, chosen)
    by_key = {person.key: person for person in people}
    groups = _groups_of([kept.pk, *others])
    rows = [_take_in(kept, other, batch, _gained(winning, by_key, kept, other)) for other in others.values()]
    _write_kept(kept, others, winning, by_key)
    for row in rows:
        _tell(kept, row, wanted.actor)
    regroup(wanted.workspace.pk, groups)
    return Merged(kept, batch, len(rows))


def find_people(
    workspace: Workspace, public_ids: Sequence[uuid.UUID], *, lock: bool = False
) -> dict[uuid.UUID, Contact]:
    """Public id to contact, following earlier merges. With `lock`, their rows in the order of their ids.

    Raises Contact.DoesNotExist when one is nobody of this workspace, or went while its lock was waited for.
    """
    contacts = Contact.objects.in_workspace(workspace).select_related("workspace")
    keys = {
        public_id: contacts.with_public_id(public_id).values_list("pk", flat=True).get() for public_id in public_ids
    }
    if lock:
        contacts = contacts.select_for_update(of=("self",))
    rows = {row.pk: row for row in contacts.filter(pk__in=keys.values()).order_by("pk")}
    if len(rows) < len(set(keys.values())):
        raise Contact.DoesNotExist
    return {public_id: rows[key] for public_id, key in keys.items()}


def persons(contacts: Sequence[Contact]) -> list[Person]:
    """The contacts as contacts.duplicates.fields compares them."""
    states: dict[tuple[int, str], str] = {
        (contact_id, channel): status
        for contact_id, channel, status in Address.objects.filter(
            contact_id__in=[contact.pk for contact in contacts], is_primary=True
        ).values_list("contact_id", "channel", "status")
    }
    return [
        Person(
            key=contact.pk,
            values={name: getattr(contact, name) or "" for name in TEXT_FIELDS}
            | {f"{ATTRIBUTE}{key}": value for key, value in contact.attributes.items()},
            changed_at=contact.updated_at,
            created_at=contact.created_at,
            states={
                name: states[contact.pk, channel]
                for name, channel in CHANNEL_OF.items()
                if (contact.pk, channel) in states
            },
        )
        for contact in contacts
    ]


def _groups_of(contact_ids: Sequence[int]) -> list[int]:
    pairs = DuplicatePair.objects.filter(group__isnull=False)
    touching = pairs.filter(first_id__in=contact_ids) | pairs.filter(second_id__in=contact_ids)
    return list(touching.order_by().values_list("group_id", flat=True).distinct())


def _gained(
    winning: Mapping[str, int], people: Mapping[int, Person], kept: Contact, other: Contact
) -> dict[str, list[Any]]:
    """Field to [value before, value after] for what the kept contact gets from `other`."""
    gained = {}
    for name, winner in winning.items():
        before = people[kept.pk].values.get(name)
        after = people[other.pk].values.get(name)
        if winner == other.pk and before != after:
            gained[name] = [before, after]
    return gained


def _take_in(kept: Contact, other: Contact, batch: MergeBatch, gained: dict[str, list[Any]]) -> Merge:
    """Move everything of `other` to `kept`, and delete its row. Constraints find what a part forgot."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT to_jsonb(c) FROM contacts_contact c WHERE id = %s", [other.pk])
        before = json.loads(cursor.fetchone()[0])
        data = {}
        for name, part in merge_hooks.parts().items():
            done = part.merge(cursor, kept.pk, other.pk)
            if done is not None:
                data[name] = done
        known = {tag.casefold() for tag in kept.tags}
        row = Merge.objects.create(
            workspace_id=kept.workspace_id,
            batch=batch,
            kept=kept,
            merged_id=other.pk,
            merged_public_id=other.public_id,
            before=before,
            parts=data,
            changes={
                "into": kept.pk,
                "fields": gained,
                "tags": [tag for tag in other.tags if tag.casefold() not in known],
            },
        )
        cursor.execute("DELETE FROM contacts_contact WHERE id = %s", [other.pk])
    ContactAlias.objects.create(
        workspace_id=kept.workspace_id,
        contact=kept,
        merge=row,
        public_id=other.public_id,
        former_id=other.pk,
        external_id=other.external_id,
    )
    if "external_id" in gained and kept.external_id:
        ContactAlias.objects.create(
            workspace_id=kept.workspace_id, contact=kept, merge=row, external_id=kept.external_id
        )
    return row


def _write_kept(
    kept: Contact, others: Mapping[int, Contact], winning: Mapping[str, int], people: Mapping[int, Person]
) -> None:
    """Give the kept contact the winning values; its leading addresses follow from them."""
    attributes = dict(kept.attributes)
    for name, winner in winning.items():
        value = people[winner].values.get(name)
        if not name.startswith(ATTRIBUTE):
            if name not in CHANNEL_OF:
                setattr(kept, name, value or (None if name == "external_id" else ""))
            elif value:
                _lead(kept, CHANNEL_OF[name], value)
        elif value is None:
            attributes.pop(name.removeprefix(ATTRIBUTE), None)
        else:
            attributes[name.removeprefix(ATTRIBUTE)] = value
    kept.attributes = attributes
    kept.tags = united_tags(kept.tags, [other.tags for other in others.values()], MAX_TAGS)
    save_derived(kept)


def _lead(contact: Contact, channel: str, value: str) -> None:
    rows = Address.objects.filter(contact=contact, channel=channel)
    rows.filter(is_primary=True).exclude(value=value).update(is_primary=False)
    rows.filter(value=value, is_primary=False).update(is_primary=True)


def save_derived(contact: Contact) -> None:
    """Save a contact whose addresses are in place: the leading ones, folded texts and search words follow."""
    leading = dict(Address.objects.filter(contact=contact, is_primary=True).values_list("channel", "value"))
    contact.email, contact.phone = leading.get("email", ""), leading.get("sms", "")
    kinds = attribute_kinds(contact.workspace)
    contact.folded = folded_texts(contact.first_name, contact.last_name, contact.attributes, kinds)
    contact.search = None
    contact.save()
    Contact.objects.filter(pk=contact.pk).set_search(contact_vector(vars(contact)))


def _tell(kept: Contact, row: Merge, actor: User | None) -> None:
    properties = {"contact": str(kept.public_id), "merged": str(row.merged_public_id)}
    properties |= {"by": str(actor)} if actor else {}
    record(kept.workspace, "contact.merged", contact_id=kept.pk, properties=properties)
    record_audit(workspace=kept.workspace, actor=actor, action="contact.merged", target=str(kept.public_id))


def adopt_late_rows() -> int:
    """Give rows that were written for a contact while it was being merged to the one it became part of.

    Only tables without a constraint can have such rows, and only from transactions that began before the merge.
    Returns how many contacts had any.
    """
    fresh = ContactAlias.objects.filter(created_at__gt=now() - LATE, former_id__isnull=False)
    former = dict(fresh.values_list("former_id", "contact_id"))
    adopted = 0
    for part in merge_hooks.parts().values():
        if part.is_loose and former:
            for column in part.columns:
                adopted += _adopt(part, column, former)
    return adopted


def _adopt(part: merge_hooks.Part, column: str, former: Mapping[int, int]) -> int:
    table, _dot, name = column.partition(".")
    quoted, quote = connection.ops.quote_name(table), connection.ops.quote_name
    with connection.cursor() as cursor:
        cursor.execute(
            f"SELECT DISTINCT {quote(name)} FROM {quoted} WHERE {quote(name)} = ANY(%s)",  # noqa: S608 - from code
            [list(former)],
        )
        late = [key for (key,) in cursor.fetchall()]
    for key in late:
        with transaction.atomic(), connection.cursor() as cursor:
            is_here = Contact.objects.select_for_update(of=("self",)).filter(pk=former[key]).exists()
            if is_here and ContactAlias.objects.filter(former_id=key, contact_id=former[key]).exists():
                part.merge(cursor, former[key], key)
    return len(late)
