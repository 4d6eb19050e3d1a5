"""The pages about people known twice."""

import datetime as dt
import uuid
from typing import Any

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.urls import reverse

from accounts.models import User, Workspace
from contacts.details import ContactValues
from contacts.models import Attribute, Contact, DuplicateGroup, DuplicatePair, DuplicateSearch, Merge, MergeBatch
from contacts.services.contacts import create_contact
from contacts.services.erasing import erase_contact
from contacts.services.finding_duplicates import ask_for_search, find_duplicates
from contacts.services.merging_many import run_batch
from core.clock import now
from tests.cast import client_of

pytestmark = pytest.mark.django_db


@pytest.fixture
def desk(teammate: User) -> Client:
    return client_of(teammate)


@pytest.fixture
def ann(workspace: Workspace) -> Contact:
    return create_contact(workspace=workspace, values=ContactValues(email="ann@gmail.com", first_name="Ann"))


@pytest.fixture
def anna(workspace: Workspace) -> Contact:
    return create_contact(
        workspace=workspace, values=ContactValues(email="an.n+x@gmail.com", first_name="Anna", country="NZ")
    )


def address(name: str, *args: Any) -> str:
    return reverse(f"contacts:{name}", args=["kea-cabins", *args])


def searched(workspace: Workspace) -> DuplicateGroup:
    ask_for_search(workspace=workspace)
    find_duplicates(workspace_id=workspace.pk)
    return DuplicateGroup.objects.get()


def sent(*people: Contact, **more: Any) -> dict[str, Any]:
    return {"person": [str(person.public_id) for person in people], "keep": str(people[0].public_id)} | more


def test_nobody_has_looked_yet(desk: Client, workspace: Workspace) -> None:
    assert "Nobody has looked yet" in desk.get(address("duplicates")).content.decode()


def test_looking_is_asked_for_by_a_button(desk: Client, workspace: Workspace) -> None:
    Attribute.objects.create(workspace=workspace, key="last_stay", type="date", label="Last stay")

    answer = desk.post(address("duplicates-look"), {"birthday": "last_stay"})

    assert answer.status_code == 302
    search = DuplicateSearch.objects.get()
    assert (search.status, search.birthday_key) == ("queued", "last_stay")
    assert 'hx-trigger="every 2s"' in desk.get(address("duplicates")).content.decode()


def test_list_tells_who_and_why(desk: Client, workspace: Workspace, ann: Contact, anna: Contact) -> None:
    searched(workspace)

    page = desk.get(address("duplicates")).content.decode()

    assert "Same Google mailbox" in page
    assert "an.n+x@gmail.com" in page.replace("<wbr>", "")
    assert "Merge the certain one" in page
    assert desk.get(address("duplicates") + "?level=possible").context["groups"] == []


def test_list_costs_the_same_however_long(desk: Client, workspace: Workspace) -> None:
    def make(number: int) -> None:
        for text in (f"p{number}@gmail.com", f"p.{number}@gmail.com"):
            create_contact(workspace=workspace, values=ContactValues(email=text))

    def look() -> int:
        ask_for_search(workspace=workspace)
        find_duplicates(workspace_id=workspace.pk)
        with CaptureQueriesContext(connection) as queries:
            assert desk.get(address("duplicates")).status_code == 200
        return len(queries)

    make(10)
    look()
    one = look()
    for number in range(11, 30):
        make(number)

    assert look() == one


def test_next_page_goes_on_behind_the_last_group(desk: Client, workspace: Workspace) -> None:
    for number in range(10, 35):
        for text in (f"p{number}@gmail.com", f"p.{number}@gmail.com"):
            create_contact(workspace=workspace, values=ContactValues(email=text))
    ask_for_search(workspace=workspace)
    find_duplicates(workspace_id=workspace.pk)

    first = desk.get(address("duplicates")).context
    second = desk.get(address("duplicates") + f"?after={first['following']}").context

    shown = [group["row"].pk for page in (first, second) for group in page["groups"]]
    assert len(shown) == len(set(shown)) == 25
    assert second["following"] == ""


def test_same_person_is_merged_with_what_was_chosen(
    desk: Client, workspace: Workspace, ann: Contact, anna: Contact
) -> None:
    group = searched(workspace)
    here = address("duplicate-group", group.public_id)
    assert "Is this one person?" in desk.get(here).content.decode()

    answer = desk.post(here, sent(ann, anna, action="merge", **{"field:first_name": str(ann.public_id)}))

    kept = Contact.objects.get()
    assert (kept.pk, kept.first_name, kept.country, kept.email) == (ann.pk, "Ann", "NZ", "ann@gmail.com")
    batch = MergeBatch.objects.get()
    assert answer.url == address("duplicates") + f"?merged={batch.public_id}"
    page = desk.get(answer.url).content.decode()
    assert address("merge-undo", batch.public_id) in page


def test_different_people_are_not_offered_again(
    desk: Client, workspace: Workspace, ann: Contact, anna: Contact
) -> None:
    group = searched(workspace)

    desk.post(address("duplicate-group", group.public_id), {"action": "apart"})

    assert Contact.objects.count() == 2
    assert DuplicatePair.objects.dismissed().count() == 1
    assert DuplicateGroup.objects.count() == 0


def test_pressing_twice_says_that_the_group_has_changed(
    desk: Client, workspace: Workspace, ann: Contact, anna: Contact
) -> None:
    group = searched(workspace)
    body = sent(ann, anna, action="merge")
    desk.post(address("duplicate-group", group.public_id), body)

    answer = desk.post(address("duplicate-group", group.public_id), body, follow=True)

    assert "has changed meanwhile" in answer.content.decode()
    assert Merge.objects.count() == 1


def test_one_of_them_erased_meanwhile(desk: Client, workspace: Workspace, ann: Contact, anna: Contact) -> None:
    group = searched(workspace)
    erase_contact(contact=anna)

    answer = desk.post(address("duplicate-group", group.public_id), sent(ann, anna), follow=True)

    assert "has changed meanwhile" in answer.content.decode()
    assert Merge.objects.count() == 0
    assert desk.post(address("merge"), sent(ann, anna)).status_code == 404


def test_choosing_fewer_than_two_is_told(desk: Client, workspace: Workspace, ann: Contact, anna: Contact) -> None:
    group = searched(workspace)

    answer = desk.post(address("duplicate-group", group.public_id), sent(ann))

    assert answer.status_code == 422
    assert "Choose at least two people" in answer.content.decode()
    assert Contact.objects.count() == 2


def test_merge_with_somebody_found_by_name(desk: Client, workspace: Workspace, ann: Contact, anna: Contact) -> None:
    page = desk.get(address("merge-with", ann.public_id) + "?q=anna").content.decode()
    link = f"{address('merge')}?contact={ann.public_id}&amp;contact={anna.public_id}"
    assert link in page

    answer = desk.post(address("merge"), sent(ann, anna))

    batch = MergeBatch.objects.get()
    assert answer.url == address("merge-batch", batch.public_id)
    assert "They are one person now" in desk.get(answer.url).content.decode()
    assert desk.get(address("merge") + f"?contact={ann.public_id}&contact={anna.public_id}").status_code == 302


@pytest.mark.parametrize("query", ["", "?contact=x", "?contact=00000000-0000-7000-8000-000000000000"])
def test_merge_of_nobody_is_not_found(desk: Client, workspace: Workspace, query: str) -> None:
    assert desk.get(address("merge") + query).status_code == 404


def test_old_address_of_a_page_leads_to_the_kept_one(
    desk: Client, workspace: Workspace, ann: Contact, anna: Contact
) -> None:
    desk.post(address("merge"), sent(ann, anna))

    answer = desk.get(address("detail", anna.public_id))

    assert answer.status_code == 302
    assert answer.url == address("detail", ann.public_id)


def test_undo_asks_first_and_then_takes_back(desk: Client, workspace: Workspace, ann: Contact, anna: Contact) -> None:
    desk.post(address("merge"), sent(ann, anna))
    batch = MergeBatch.objects.get()
    here = address("merge-undo", batch.public_id)
    assert "What happened since stays" in desk.get(here).content.decode()

    assert desk.post(here).status_code == 302
    assert desk.post(here).status_code == 302

    assert Contact.objects.count() == 2
    assert "Everybody is back" in desk.get(address("merge-batch", batch.public_id)).content.decode()


def test_undo_that_is_too_late_is_told(desk: Client, workspace: Workspace, ann: Contact, anna: Contact) -> None:
    desk.post(address("merge"), sent(ann, anna))
    Merge.objects.update(created_at=now() - dt.timedelta(days=31))
    here = address("merge-undo", MergeBatch.objects.get().public_id)

    assert "cannot be taken back any more" in desk.get(here).content.decode()
    assert "for 30 days" in desk.post(here, follow=True).content.decode()
    assert Contact.objects.count() == 1


def test_certain_ones_are_merged_together(desk: Client, workspace: Workspace, ann: Contact, anna: Contact) -> None:
    searched(workspace)
    assert "Merge 1 group" in desk.get(address("duplicates-certain")).content.decode()

    answer = desk.post(address("duplicates-certain"))

    batch = MergeBatch.objects.get()
    assert answer.url == address("merge-batch", batch.public_id)
    assert 'hx-trigger="every 1s"' in desk.get(answer.url).content.decode()
    run_batch(batch_id=batch.pk)
    assert Contact.objects.count() == 1
    assert "nothing was merged" in desk.post(address("duplicates-certain"), follow=True).content.decode()


def test_viewer_sees_the_list_and_no_buttons(viewer: User, workspace: Workspace, ann: Contact, anna: Contact) -> None:
    group = searched(workspace)
    page = client_of(viewer).get(address("duplicates"))

    assert page.status_code == 200
    assert address("duplicate-group", group.public_id) not in page.content.decode()
    assert client_of(viewer).get(address("duplicate-group", group.public_id)).status_code == 403


@pytest.mark.parametrize("field", ["person", "keep", "field:first_name", "action"])
def test_nonsense_is_no_error(desk: Client, workspace: Workspace, ann: Contact, anna: Contact, field: str) -> None:
    group = searched(workspace)
    body = sent(ann, anna) | {field: ["\x00", "x" * 400, str(uuid.uuid4())]}

    assert desk.post(address("duplicate-group", group.public_id), body).status_code in {302, 404, 422}
