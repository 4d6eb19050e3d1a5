"""Lists over the API: made, filled, frozen, refused."""

from typing import Any

import pytest

from accounts.models import Workspace
from contacts.models import Contact
from segments.models import ListMember, StaticList
from tests.api import ApiClient
from tests.cast import make_contact

KIWIS = {"version": 1, "where": {"kind": "contact", "field": "country", "op": "eq", "value": "NZ"}}


@pytest.fixture
def api(workspace: Workspace) -> ApiClient:
    return ApiClient(workspace)


@pytest.fixture
def crew(api: ApiClient) -> dict[str, Any]:
    made: dict[str, Any] = api.post("lists/", {"name": "Crew"})
    return made


@pytest.fixture
def aroha(workspace: Workspace) -> Contact:
    return make_contact(workspace, "aroha@example.org", country="NZ", external_id="A-1")


def on_it() -> set[str]:
    return set(ListMember.objects.values_list("contact__email", flat=True))


def test_people_are_added_however_they_are_named_and_only_once(
    api: ApiClient, workspace: Workspace, crew: dict[str, Any], aroha: Contact
) -> None:
    bill = make_contact(workspace, "bill@example.org")
    body = {"contacts": ["AROHA@example.org", "A-1", str(bill.public_id), "nobody@example.org"]}
    assert api.post(f"lists/{crew['id']}/add/", body, 200) == {
        "changed": 2, "unchanged": 0, "unknown": ["nobody@example.org"],
    }  # fmt: skip
    again = api.post(f"lists/{crew['id']}/add/", body, 200)
    assert (again["changed"], again["unchanged"]) == (0, 2)
    assert on_it() == {"aroha@example.org", "bill@example.org"}
    assert api.get(f"lists/{crew['id']}/")["people"] == 2
    shown = api.get(f"lists/{crew['id']}/contacts/")["results"]
    assert [one["email"] for one in shown] == ["bill@example.org", "aroha@example.org"]
    assert api.post(f"lists/{crew['id']}/remove/", {"contacts": ["A-1"]}, 200)["changed"] == 1
    assert on_it() == {"bill@example.org"}


def test_a_strangers_contact_is_nobody(api: ApiClient, crew: dict[str, Any], other_workspace: Workspace) -> None:
    theirs = make_contact(other_workspace, "theirs@example.org", external_id="T-1")
    named = ["theirs@example.org", "T-1", str(theirs.public_id)]
    assert api.post(f"lists/{crew['id']}/add/", {"contacts": named}, 200)["unknown"] == named
    assert not ListMember.objects.exists()


def test_a_snapshot_keeps_who_was_in_the_segment_and_takes_nobody(
    api: ApiClient, workspace: Workspace, aroha: Contact
) -> None:
    segment = api.post("segments/", {"name": "Kiwis", "rule": KIWIS})
    frozen = api.post("lists/", {"name": "Kiwis then", "segment": "kiwis"})
    make_contact(workspace, "late@example.org", country="NZ")
    assert (frozen["people"], frozen["segment"], on_it()) == (1, segment["id"], {"aroha@example.org"})
    refused = api.post(f"lists/{frozen['id']}/add/", {"contacts": ["late@example.org"]}, 409)
    assert refused["error"]["code"] == "frozen"
    assert on_it() == {"aroha@example.org"}


def test_a_list_that_a_segment_asks_for_stays(api: ApiClient, crew: dict[str, Any]) -> None:
    rule = {"version": 1, "where": {"not": {"all": [{"kind": "list", "key": "crew"}]}}}
    api.post("segments/", {"name": "Guests", "rule": rule})
    assert "Guests" in api.delete(f"lists/{crew['id']}/", 409)["error"]["message"]
    assert StaticList.objects.count() == 1


def test_a_list_is_renamed_and_deleted_and_its_key_stays(api: ApiClient, crew: dict[str, Any], aroha: Contact) -> None:
    address = f"lists/{crew['id']}/"
    api.post(f"{address}add/", {"contacts": ["A-1"]}, 200)
    assert api.patch(address, {"name": "Staff"})["key"] == "crew"
    assert list(api.patch(address, {"key": "staff"}, 400)["error"]["fields"]) == ["key"]
    assert api.post("lists/", {"name": "X", "key": "crew"}, 409)["error"]["code"] == "key_taken"
    api.delete(address)
    assert (StaticList.objects.count(), ListMember.objects.count(), Contact.objects.count()) == (0, 0, 1)
