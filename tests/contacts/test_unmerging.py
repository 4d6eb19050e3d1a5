"""Making one contact two again."""

import datetime as dt
import json

import pytest

from accounts.models import User, Workspace
from contacts.details import ContactValues
from contacts.models import (
    Contact,
    ContactAlias,
    DuplicatePair,
    Merge,
    Restriction,
)
from contacts.services.contacts import create_contact, update_contact
from contacts.services.unmerging import CannotUnmerge, forget_old_merges, undo_batch
from core.clock import now
from events.models import Event
from events.services import record
from tests.contacts.merging import ALL, everything, merge

pytestmark = pytest.mark.django_db


def test_undo_brings_everything_back(ann: Contact, anna: Contact, workspace: Workspace) -> None:
    record(workspace, "shop.bought", contact_id=anna.pk)
    Restriction.objects.create(workspace=workspace, contact=anna, note="asked by phone")
    tables = ("contacts.Address", "contacts.ContactAlias", "contacts.Restriction")
    before = everything(*tables)
    rows = {row["id"]: row for row in Contact.objects.values()}
    bought = Event.objects.get(kind="shop.bought")

    batch = merge(ann, anna).batch
    undo_batch(batch=batch)

    for row in Contact.objects.values():
        old = rows.pop(row["id"])
        assert {name: value for name, value in row.items() if name not in {"updated_at"}} == {
            name: value for name, value in old.items() if name not in {"updated_at"}
        }
    assert rows == {}
    assert json.loads(everything(*tables)) == json.loads(before)
    bought.refresh_from_db()
    assert bought.contact_id == anna.pk
    merged = Merge.objects.get()
    assert (merged.before, merged.parts, merged.changes) == (None, None, None)
    assert merged.undone_at is not None


def test_undo_leaves_what_came_since_with_the_kept_one(ann: Contact, anna: Contact) -> None:
    batch = merge(ann, anna).batch
    later = record(ann.workspace, "shop.bought", contact_id=ann.pk)
    update_contact(contact=ann, values=ContactValues(first_name="Anne", email="anne@new.example"))

    undo_batch(batch=batch)

    later.refresh_from_db()
    ann.refresh_from_db()
    restored = Contact.objects.get(pk=anna.pk)
    assert later.contact_id == ann.pk
    assert (ann.first_name, ann.email) == ("Anne", "anne@new.example")
    # The new address replaced the one that had led, so nobody has that any more.
    assert (restored.email, restored.phone) == ("", "+64211234567")


def test_undo_without_the_external_id_that_somebody_has_by_now(
    ann: Contact, anna: Contact, workspace: Workspace
) -> None:
    batch = merge(ann, anna).batch
    ContactAlias.objects.update(external_id=None)
    create_contact(workspace=workspace, values=ContactValues(external_id="B-2"))

    undo_batch(batch=batch)

    assert Contact.objects.get(pk=anna.pk).external_id is None


def test_undo_says_that_they_are_two(ann: Contact, anna: Contact, owner: User) -> None:
    batch = merge(ann, anna).batch

    undo_batch(batch=batch, actor=owner)

    pair = DuplicatePair.objects.get()
    assert {pair.first_id, pair.second_id} == {ann.pk, anna.pk}
    assert pair.dismissed_at is not None
    assert pair.dismissed_by == owner


def test_undo_twice_changes_nothing(ann: Contact, anna: Contact) -> None:
    batch = merge(ann, anna).batch
    undo_batch(batch=batch)
    before = everything(*ALL)

    undo_batch(batch=batch)

    assert everything(*ALL) == before


def test_undo_in_the_middle_of_a_chain(ann: Contact, anna: Contact, workspace: Workspace) -> None:
    third = create_contact(workspace=workspace, values=ContactValues(email="third@kea.example"))
    event = record(workspace, "shop.bought", contact_id=ann.pk)
    first = merge(anna, ann).batch
    second = merge(third, anna).batch

    undo_batch(batch=first)
    event.refresh_from_db()
    assert event.contact_id == ann.pk
    assert Contact.objects.get(pk=ann.pk).email == "ann@kea.example"
    undo_batch(batch=second)

    anna.refresh_from_db()
    third.refresh_from_db()
    assert (anna.email, anna.phone, third.email, third.phone) == (
        "anna@tui.example", "+64211234567", "third@kea.example", "",
    )  # fmt: skip
    assert ContactAlias.objects.count() == 0


def test_undo_after_thirty_days_is_refused(ann: Contact, anna: Contact) -> None:
    batch = merge(ann, anna).batch
    Merge.objects.update(created_at=now() - dt.timedelta(days=31))
    before = everything(*ALL)

    with pytest.raises(CannotUnmerge):
        undo_batch(batch=batch)

    assert everything(*ALL) == before


def test_what_undoing_needs_is_forgotten_after_thirty_days(ann: Contact, anna: Contact) -> None:
    merge(ann, anna)
    assert forget_old_merges() == 0
    Merge.objects.update(created_at=now() - dt.timedelta(days=31))

    assert forget_old_merges() == 1

    assert Merge.objects.get().before is None
    assert ContactAlias.objects.count() == 1
