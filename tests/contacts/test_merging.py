"""Making two contacts one, and two again."""

import datetime as dt
import json
import uuid
from typing import Any

import pytest

from accounts.models import AuditEntry, User, Workspace
from contacts.details import ContactValues
from contacts.models import (
    Address,
    Contact,
    ContactAlias,
    DuplicatePair,
    Merge,
    MergeBatch,
    Restriction,
)
from contacts.services.contacts import create_contact, update_contact
from contacts.services.erasing import erase_contact
from contacts.services.errors import DuplicateContact
from contacts.services.finding_duplicates import ask_for_search, find_duplicates
from contacts.services.merging import CannotMerge, adopt_late_rows, merge_contacts
from contacts.services.merging_many import merge_certain_groups, run_batch
from contacts.services.unmerging import CannotUnmerge, forget_old_merges, undo_batch
from contacts.services.upserting import upsert_contact
from core.clock import now
from events.models import Event
from events.services import record
from tests.api import ApiClient
from tests.contacts.importing import imported, tally

pytestmark = pytest.mark.django_db


@pytest.fixture
def ann(workspace: Workspace) -> Contact:
    return create_contact(
        workspace=workspace,
        values=ContactValues(
            external_id="A-1", email="ann@kea.example", first_name="Ann", last_name="Ngata", tags=["vip", "Beach"]
        ),
    )


@pytest.fixture
def anna(workspace: Workspace) -> Contact:
    return create_contact(
        workspace=workspace,
        values=ContactValues(
            external_id="B-2",
            email="anna@tui.example",
            phone="+64211234567",
            first_name="Anna",
            country="NZ",
            tags=["beach", "new"],
        ),
    )


def merge(kept: Contact, *others: Contact, actor: User | None = None, **choices: Contact) -> Any:
    return merge_contacts(
        workspace=kept.workspace,
        keep=kept.public_id,
        merge=[other.public_id for other in others],
        choices={name: contact.public_id for name, contact in choices.items()},
        actor=actor,
    )


def addresses(contact: Contact) -> set[tuple[str, str, bool]]:
    return set(Address.objects.filter(contact=contact).values_list("channel", "value", "is_primary"))


def everything(*tables: str) -> str:
    """All rows of the tables, to see that nothing changed."""
    from django.apps import apps

    return json.dumps(
        {table: list(apps.get_model(table).objects.order_by("pk").values()) for table in tables}, default=str
    )


ALL = (
    "contacts.Contact", "contacts.Address", "contacts.ContactAlias", "contacts.Merge", "contacts.Restriction",
    "events.Event", "consent.ConsentRecord", "consent.ConsentState", "delivery.Message",
)  # fmt: skip


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


def test_old_ids_lead_to_the_kept_one(ann: Contact, anna: Contact) -> None:
    workspace = ann.workspace

    merge(ann, anna)

    contacts = Contact.objects.in_workspace(workspace)
    assert contacts.with_public_id(anna.public_id).get() == ann
    assert contacts.with_external_id(workspace, "B-2").get() == ann
    assert contacts.with_public_id(ann.public_id).get() == ann
    assert list(contacts.with_public_id(uuid.uuid4())) == []


def test_old_ids_lead_on_after_a_second_merge(ann: Contact, anna: Contact, workspace: Workspace) -> None:
    third = create_contact(workspace=workspace, values=ContactValues(email="third@kea.example"))
    merge(anna, ann)
    merge(third, anna)

    assert Contact.objects.with_public_id(ann.public_id).get() == third
    assert Contact.objects.with_external_id(workspace, "A-1").get() == third


def test_upsert_by_an_old_external_id_changes_the_kept_one(ann: Contact, anna: Contact, workspace: Workspace) -> None:
    merge(ann, anna)

    contact, is_new = upsert_contact(workspace=workspace, values=ContactValues(external_id="B-2", first_name="Annie"))

    assert (contact.pk, is_new, contact.external_id, contact.first_name) == (ann.pk, False, "A-1", "Annie")


def test_nobody_new_gets_an_old_external_id(ann: Contact, anna: Contact, workspace: Workspace) -> None:
    merge(ann, anna)

    with pytest.raises(DuplicateContact) as refused:
        create_contact(workspace=workspace, values=ContactValues(external_id="B-2"))

    assert refused.value.existing == ann


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


def test_program_merges_and_gets_the_kept_one(ann: Contact, anna: Contact, workspace: Workspace) -> None:
    api = ApiClient(workspace)
    body = {
        "keep": str(ann.public_id),
        "merge": [str(anna.public_id)],
        "choices": {"first_name": str(ann.public_id)},
    }

    answer = api.post("contacts/merge/", body, 200)

    assert (answer["id"], answer["first_name"], answer["phone"]) == (str(ann.public_id), "Ann", "+64211234567")
    assert api.get(f"contacts/{anna.public_id}/")["id"] == str(ann.public_id)
    assert api.get("contacts/?external_id=B-2")["results"][0]["id"] == str(ann.public_id)
    assert api.post("contacts/merge/", body, 200) == api.get(f"contacts/{ann.public_id}/")


@pytest.mark.parametrize(
    "change",
    [
        {"merge": []},
        {"merge": ["00000000-0000-7000-8000-000000000000"]},
        {"keep": "x"},
        {"choices": {"shoe": "ANN"}},
        {"choices": {"email": "STRANGER"}},
        {"extra": 1},
    ],
)
def test_program_that_asks_wrongly_is_refused(
    ann: Contact, anna: Contact, workspace: Workspace, change: dict[str, Any]
) -> None:
    third = create_contact(workspace=workspace, values=ContactValues(email="third@kea.example"))
    names = {"ANN": str(ann.public_id), "STRANGER": str(third.public_id)}
    if "choices" in change:
        change = {"choices": {name: names[value] for name, value in change["choices"].items()}}
    before = everything(*ALL)

    ApiClient(workspace).post(
        "contacts/merge/", {"keep": str(ann.public_id), "merge": [str(anna.public_id)], **change}, 400
    )

    assert everything(*ALL) == before


def test_event_about_an_old_id_is_about_the_kept_one(ann: Contact, anna: Contact, workspace: Workspace) -> None:
    merge(ann, anna)
    api = ApiClient(workspace)

    for about in ({"id": str(anna.public_id)}, {"external_id": "B-2"}, {"email": "anna@tui.example"}):
        api.post("events/", {"contact": about, "name": "bought"})

    assert list(Event.objects.filter(kind="bought").values_list("contact_id", flat=True)) == [ann.pk] * 3


def test_import_with_an_old_external_id_means_the_kept_one(ann: Contact, anna: Contact, workspace: Workspace) -> None:
    merge(ann, anna)

    done = imported(workspace, "id,name\nB-2,Hana\nC-3,Ben\n", ["external_id", "first_name"])

    ann.refresh_from_db()
    assert tally(done) == (1, 1, 0, 0)
    assert (ann.external_id, ann.first_name) == ("A-1", "Hana")
    assert Contact.objects.count() == 2


def test_event_written_while_they_became_one_follows(ann: Contact, anna: Contact) -> None:
    merge(ann, anna)
    late = record(ann.workspace, "shop.bought", contact_id=anna.pk)

    assert adopt_late_rows() == 1

    late.refresh_from_db()
    assert late.contact_id == ann.pk
    assert adopt_late_rows() == 0


def test_certain_groups_are_merged_and_taken_back_as_a_whole(workspace: Workspace, owner: User) -> None:
    for name in ("ann", "ben"):
        create_contact(workspace=workspace, values=ContactValues(email=f"{name}@gmail.com"))
        create_contact(workspace=workspace, values=ContactValues(email=f"{name}+x@gmail.com"))
    ask_for_search(workspace=workspace)
    find_duplicates(workspace_id=workspace.pk)

    batch = merge_certain_groups(workspace=workspace, actor=owner)
    assert batch is not None
    assert merge_certain_groups(workspace=workspace) == batch
    run_batch(batch_id=batch.pk)

    batch.refresh_from_db()
    assert (batch.status, batch.groups, batch.done, batch.left_alone) == ("done", 2, 2, 0)
    assert Contact.objects.count() == 2
    assert merge_certain_groups(workspace=workspace) is None
    undo_batch(batch=batch)
    assert Contact.objects.count() == 4


def test_batch_leaves_alone_who_was_erased_meanwhile(workspace: Workspace) -> None:
    people = [
        create_contact(workspace=workspace, values=ContactValues(email=email))
        for email in ("ann@gmail.com", "a.nn@gmail.com", "ben@gmail.com", "b.en@gmail.com")
    ]
    ask_for_search(workspace=workspace)
    find_duplicates(workspace_id=workspace.pk)
    batch = merge_certain_groups(workspace=workspace)
    assert batch is not None
    erase_contact(contact=people[0])

    run_batch(batch_id=batch.pk)

    batch.refresh_from_db()
    assert (batch.status, batch.done) == ("done", 1)
    assert Contact.objects.count() == 2


def test_batch_goes_on_where_a_worker_was_killed(workspace: Workspace) -> None:
    for name in ("ann", "ben"):
        create_contact(workspace=workspace, values=ContactValues(email=f"{name}@gmail.com"))
        create_contact(workspace=workspace, values=ContactValues(email=f"{name}+x@gmail.com"))
    ask_for_search(workspace=workspace)
    find_duplicates(workspace_id=workspace.pk)
    batch = merge_certain_groups(workspace=workspace)
    assert batch is not None
    MergeBatch.objects.update(status="running", lease_until=now() - dt.timedelta(seconds=1), attempts=1)

    run_batch(batch_id=batch.pk)

    batch.refresh_from_db()
    assert (batch.status, batch.done) == ("done", 2)
