"""Making two contacts one."""

import pytest

from accounts.models import AuditEntry, User, Workspace
from contacts.details import ContactValues
from contacts.models import (
    Address,
    Contact,
    Restriction,
)
from contacts.services.contacts import create_contact
from contacts.services.erasing import erase_contact
from contacts.services.merging import CannotMerge
from events.models import Event
from events.services import record
from tests.contacts.merging import ALL, addresses, everything, merge

pytestmark = pytest.mark.django_db


def test_merge_keeps_the_newest_of_each_detail_and_unites_the_rest(ann: Contact, anna: Contact) -> None:
    kept = merge(ann, anna).kept

    kept.refresh_from_db()
    assert (kept.external_id, kept.first_name, kept.last_name, kept.country) == ("A-1", "Anna", "Ngata", "NZ")
    assert kept.tags == ["vip", "Beach", "new"]
    assert (kept.email, kept.phone) == ("anna@tui.example", "+64211234567")
    assert addresses(kept) == {
        ("email", "ann@kea.example", False),
        ("email", "anna@tui.example", True),
        ("sms", "+64211234567", True),
    }
    assert kept.folded == {"first_name": "anna", "last_name": "ngata"}
    assert Contact.objects.filter(pk=anna.pk).count() == 0


def test_chosen_values_win_even_when_empty(ann: Contact, anna: Contact) -> None:
    kept = merge(ann, anna, first_name=ann, email=ann, country=ann, external_id=anna).kept

    kept.refresh_from_db()
    assert (kept.first_name, kept.email, kept.country, kept.external_id) == ("Ann", "ann@kea.example", "", "B-2")


def test_address_known_to_work_leads(ann: Contact, anna: Contact) -> None:
    Address.objects.filter(contact=ann, channel="email").update(status="valid")

    kept = merge(ann, anna).kept

    assert kept.email == "ann@kea.example"


def test_merge_is_told_to_the_log_and_the_audit(ann: Contact, anna: Contact, owner: User) -> None:
    merge(ann, anna, actor=owner)

    event = Event.objects.get(kind="contact.merged")
    assert event.contact_id == ann.pk
    assert event.properties == {"contact": str(ann.public_id), "merged": str(anna.public_id), "by": "Alice"}
    assert AuditEntry.objects.get(action="contact.merged").target == str(ann.public_id)


def test_events_of_the_merged_belong_to_the_kept_one(ann: Contact, anna: Contact) -> None:
    record(anna.workspace, "shop.bought", contact_id=anna.pk)

    merge(ann, anna)

    assert set(Event.objects.values_list("contact_id", flat=True)) == {ann.pk}


def test_restricted_if_any_is(ann: Contact, anna: Contact) -> None:
    Restriction.objects.create(workspace=anna.workspace, contact=anna, note="asked by phone")

    merge(ann, anna)

    assert Restriction.objects.get().contact_id == ann.pk


def test_merging_twice_changes_nothing(ann: Contact, anna: Contact) -> None:
    merge(ann, anna)
    before = everything(*ALL)

    again = merge(ann, anna)

    assert (again.kept, again.batch, again.people) == (ann, None, 0)
    assert everything(*ALL) == before


def test_merging_the_other_way_round_afterwards_changes_nothing(ann: Contact, anna: Contact) -> None:
    merge(ann, anna)

    assert merge(anna, ann).kept == ann


def test_merging_somebody_erased_meanwhile_changes_nothing(ann: Contact, anna: Contact) -> None:
    erase_contact(contact=anna)
    before = everything(*ALL)

    with pytest.raises(Contact.DoesNotExist):
        merge(ann, anna)

    assert everything(*ALL) == before


def test_contacts_of_another_workspace_cannot_be_merged(ann: Contact, other_workspace: Workspace) -> None:
    theirs = create_contact(workspace=other_workspace, values=ContactValues(email="x@kea.example"))

    with pytest.raises(Contact.DoesNotExist):
        merge(ann, theirs)

    assert Contact.objects.count() == 2


def test_too_many_at_once_are_refused(ann: Contact, workspace: Workspace) -> None:
    others = [
        create_contact(workspace=workspace, values=ContactValues(email=f"p{number}@kea.example"))
        for number in range(10)
    ]

    with pytest.raises(CannotMerge):
        merge(ann, *others)

    assert Contact.objects.count() == 11
