"""Old ids of merged contacts, and programs that merge."""

import uuid
from typing import Any

import pytest

from accounts.models import Workspace
from contacts.details import ContactValues
from contacts.models import (
    Contact,
)
from contacts.services.contacts import create_contact
from contacts.services.errors import DuplicateContact
from contacts.services.merging import adopt_late_rows
from contacts.services.upserting import upsert_contact
from events.models import Event
from events.services import record
from tests.api import ApiClient
from tests.contacts.importing import imported, tally
from tests.contacts.merging import ALL, everything, merge

pytestmark = pytest.mark.django_db


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
